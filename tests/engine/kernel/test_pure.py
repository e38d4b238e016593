"""The kernel's source as plain Python decides as the evaluator: what the mutants are tried on."""

from __future__ import annotations

import pytest

from epol.engine.deciding import batch
from tests.differential.decided import corners, corpus, one_unknown
from tests.engine.kernel.pure import pure_kernel


def test_the_source_of_the_kernel_decides_as_the_evaluator(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(batch, "CHUNK", 100)
    kernel = pure_kernel()
    found = [*corpus(range(24), 6), *(one_unknown(n) for n in (2, 3, 8, 16, 40, 64)), corners()]
    assert len(found) > 16
    assert not [each.name for each in found if each.disagrees(each.program, kernel)]
