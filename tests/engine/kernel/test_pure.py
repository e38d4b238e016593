"""The kernel's source as plain Python decides as the evaluator: what the mutants are tried on."""

from __future__ import annotations

import pytest

from epol.engine.deciding import batch
from tests.differential.decided import corpus
from tests.engine.kernel.pure import pure_kernel


def test_the_source_of_the_kernel_decides_as_the_evaluator(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(batch, "CHUNK", 100)
    kernel = pure_kernel()
    found = list(corpus(range(24), 6))
    assert len(found) > 12
    assert not [each.name for each in found if each.disagrees(each.program, kernel)]
