"""What tokens brought back, beside what patterns find."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from epol.engine.bundle.findings import Finding
from epol.engine.text.known import DETECTOR, findings_of, with_known
from epol.engine.text.restoring import Original

_PLACES = st.tuples(st.sampled_from("ab"), st.integers(0, 30), st.integers(1, 6))
FOUND = st.lists(_PLACES.map(lambda p: Finding(p[0], "d", p[1], p[1] + p[2], 50)), max_size=12)
ORIGINALS = st.lists(_PLACES.map(lambda p: Original(p[0], p[1], p[1] + p[2])), max_size=12)


def overlap(one: Finding, other: Finding) -> bool:
    return one.label == other.label and one.start < other.end and other.start < one.end


@given(FOUND, ORIGINALS, st.integers(0, 9))
def test_what_no_pattern_finds_is_added_and_nothing_goes(
    found: list[Finding], originals: list[Original], offset: int
) -> None:
    known = findings_of(originals, {"a"}, offset)
    assert [(k.label, k.start - offset, k.end - offset) for k in known] == [
        tuple(each) for each in originals if each.label == "a"
    ]
    both = with_known(found, known)
    added = [k for k in known if not any(overlap(k, f) for f in found)]
    assert sorted(both) == sorted([*found, *added])
    assert [f.start for f in both] == sorted(f.start for f in both)
    assert all(f.detector == DETECTOR and f.confidence == 100 for f in known)
