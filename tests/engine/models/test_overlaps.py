"""Where patterns and models both find something, patterns win."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from epol.engine.bundle.findings import Finding
from epol.engine.models.overlaps import trimmed

TEXT = "write to Ada Lovelace <ada@example.org>, 12 Elm Street, Oakham"


def at(part: str, label: str) -> Finding:
    start = TEXT.index(part)
    return Finding(label, "d", start, start + len(part), 90)


@pytest.mark.parametrize(
    ("found", "surer", "left"),
    [
        (at("Ada Lovelace", "n"), [], ["Ada Lovelace"]),
        (at("ada", "n"), [at("ada@example.org", "m")], []),
        (at("Lovelace <ada", "n"), [at("ada@example.org", "m")], ["Lovelace"]),
        (at("Ada Lovelace", "n"), [at("Ada", "m")], ["Lovelace"]),
        (at("Ada Lovelace", "n"), [at("Ada", "n")], ["Ada Lovelace"]),
        (at("Ada Lovelace", "n"), [at("Ada Lovelace", "n")], []),
        (at("12 Elm Street, Oakham", "a.b"), [at("12 Elm Street", "a")], ["12 Elm Street, Oakham"]),
        (at("12 Elm Street, Oakham", "a.b"), [at("12 Elm Street", "ab")], ["Oakham"]),
        (at("12 Elm Street, Oakham", "a"), [at("Elm", "n")], ["12", "Street, Oakham"]),
    ],
)
def test_what_is_left(found: Finding, surer: list[Finding], left: list[str]) -> None:
    assert [TEXT[each.start : each.end] for each in trimmed(TEXT, [found], surer)] == left


SPANS = st.tuples(st.integers(0, len(TEXT)), st.integers(0, len(TEXT))).map(sorted)


@given(st.lists(SPANS, max_size=4), st.lists(SPANS, max_size=6))
def test_no_character_is_both_and_none_is_lost(
    ours: list[list[int]], theirs: list[list[int]]
) -> None:
    found = [Finding("n", "d", low, high, 90) for low, high in ours]
    surer = [Finding("m", "d", low, high, 90) for low, high in theirs if low < high]
    taken = {at for each in surer for at in range(each.start, each.end)}
    for each in found:
        parts = list(trimmed(TEXT, [each], surer))
        left = {at for part in parts for at in range(part.start, part.end)}
        assert not left & taken
        assert left <= set(range(each.start, each.end))
        lost = set(range(each.start, each.end)) - taken - left
        runs = "".join(TEXT[at] if at in lost else " " for at in range(len(TEXT))).split()
        assert all(sum(map(str.isalnum, run)) < 2 for run in runs)
