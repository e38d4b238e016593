"""The kernel's source as plain Python decides as the evaluator: what the mutants are tried on."""

from __future__ import annotations

import ast

import pytest

from epol.engine.deciding import batch
from tests.differential.decided import corners, corpus, one_unknown
from tests.engine.kernel.pure import fenced, pure_kernel, source


def test_the_source_of_the_kernel_decides_as_the_evaluator(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(batch, "CHUNK", 100)
    kernel = pure_kernel()
    found = [*corpus(range(24), 6), *(one_unknown(n) for n in (2, 3, 8, 16, 40, 64)), corners()]
    assert len(found) > 16
    assert not [each.name for each in found if each.disagrees(each.program, kernel)]


@pytest.mark.parametrize("chunk", [36, 64, 100])
def test_it_stays_within_its_memory(monkeypatch: pytest.MonkeyPatch, chunk: int) -> None:
    monkeypatch.setattr(batch, "CHUNK", chunk)
    with fenced():
        kernel = pure_kernel()
        found = [*corpus(range(3), 2), one_unknown(5), corners()]
        assert not [each.name for each in found if each.disagrees(each.program, kernel)]


def test_who_leaves_it_is_noticed() -> None:
    text = source().read_text(encoding="utf-8")
    changed = text.replace("numbers[offset + i] = _signed(total)", "numbers[-1] = 0")
    assert changed != text
    with fenced(), pytest.raises(IndexError):
        corners().disagrees(corners().program, pure_kernel(ast.parse(changed)))
