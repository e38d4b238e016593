"""What treatments do to text: joined regions, and nothing of a treated span left over."""

from hypothesis import given
from hypothesis import strategies as st

from epol.lang.treating import FoundSpan, Keys, count_spans, regions, treat
from tests.lang.policies import lane

POLICY = """
label l.mask
label l.hash
label l.drop
label l.keep
label l.token
label l.redact
attr a.drop : bool default false
target t { at local }
rule m { mask l.mask keep last 4 }
rule h { hash l.hash }
rule t { tokenize l.token }
rule r { redact l.redact with "[gone]" }
rule d { when a.drop drop l.drop }
"""
LANE = lane(POLICY, "t")
KEYS = Keys(b"key", lambda label, _: f"<{label}>")
TEXT = "abcdefghijklmnopqrstuvwxyz"


def spans(*parts: tuple[str, int, int]) -> list[FoundSpan]:
    """Spans of labels, `l.` apart."""
    return [FoundSpan(f"l.{label}", start, end) for label, start, end in parts]


def _span(label: str, start: int, length: int, confidence: int) -> FoundSpan:
    return FoundSpan(f"l.{label}", start, min(start + length, len(TEXT)), confidence)


SPANS = st.lists(
    st.builds(
        _span,
        st.sampled_from(["mask", "hash", "keep", "token", "redact"]),
        st.integers(0, len(TEXT) - 1),
        st.integers(1, 8),
        st.integers(0, 100),
    ),
    max_size=6,
)


def treated(*parts: tuple[str, int, int]) -> str | None:
    """The text with spans treated."""
    return treat(TEXT, regions(LANE, spans(*parts)), KEYS)


def test_each_treatment_does_what_its_name_says() -> None:
    assert treated(("mask", 0, 12)) == "*" * 8 + TEXT[8:]
    assert treated(("mask", 0, 6)) == "*" * 4 + TEXT[4:]
    assert treated(("token", 0, 3), ("redact", 5, 9)) == "<l.token>de[gone]" + TEXT[9:]
    assert treated(("keep", 0, 26)) == TEXT
    hashed = treated(("hash", 0, 26))
    assert hashed is not None
    assert len(hashed) == 64


def test_drop_takes_the_whole_segment() -> None:
    dropping = lane(POLICY, "t", attributes={"a.drop": True})
    assert treat(TEXT, regions(dropping, spans(("drop", 3, 4))), KEYS) is None


def test_spans_that_share_a_character_are_joined_and_the_strongest_wins() -> None:
    joined = regions(LANE, spans(("mask", 0, 5), ("token", 4, 8), ("mask", 7, 9), ("hash", 9, 10)))
    assert [(region.start, region.end) for region in joined] == [(0, 9), (9, 10)]
    assert [str(region.detail.treatment) for region in joined] == ["tokenize", "hash"]


def test_a_region_has_the_name_of_its_surest_then_longest_then_first_label() -> None:
    def named(*found: FoundSpan) -> str:
        [region] = regions(LANE, found)
        return region.label

    assert named(FoundSpan("l.mask", 0, 9, 50), FoundSpan("l.hash", 0, 3, 60)) == "l.hash"
    assert named(FoundSpan("l.mask", 0, 9, 50), FoundSpan("l.hash", 0, 3, 50)) == "l.mask"
    assert named(FoundSpan("l.mask", 0, 3, 50), FoundSpan("l.hash", 0, 3, 50)) == "l.hash"


def test_a_label_that_is_kept_joins_nothing() -> None:
    joined = regions(LANE, spans(("mask", 0, 3), ("keep", 2, 9), ("hash", 8, 12)))
    assert [(region.start, region.end) for region in joined] == [(0, 3), (8, 12)]


@given(SPANS)
def test_regions_are_apart_and_cover_just_what_is_treated(found: list[FoundSpan]) -> None:
    joined = regions(LANE, found)
    covered = [i for region in joined for i in range(region.start, region.end)]
    assert len(covered) == len(set(covered))
    assert set(covered) == {
        i for span in found if span.label != "l.keep" for i in range(span.start, span.end)
    }


@given(SPANS)
def test_the_result_depends_only_on_the_spans(found: list[FoundSpan]) -> None:
    once = treat(TEXT, regions(LANE, found), KEYS)
    assert treat(TEXT, regions(LANE, sorted(found, key=repr)), KEYS) == once
    assert treat(TEXT, regions(LANE, found + found), KEYS) == once


@given(SPANS)
def test_what_no_span_touches_is_left_alone(found: list[FoundSpan]) -> None:
    once = treat(TEXT, regions(LANE, found), KEYS)
    assert once is not None
    touched = {i for span in found for i in range(span.start, span.end)}
    if not touched:
        assert once == TEXT
    if 0 not in touched:
        assert once.startswith("a")
    if len(TEXT) - 1 not in touched:
        assert once.endswith("z")


@given(SPANS)
def test_spans_are_counted_once_each(found: list[FoundSpan]) -> None:
    counts = count_spans(found)
    assert sum(counts.values()) == len({(span.label, span.start, span.end) for span in found})
    assert count_spans(found + found) == counts
