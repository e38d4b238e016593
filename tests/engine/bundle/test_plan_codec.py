"""A text plan as bytes: the same back, and nothing else is taken for one."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from epol.engine.bundle.plan_codec import CLASSES, FUNCTIONS, decode_plan, encode_plan
from epol.engine.bundle.textplan import DetectorPlan, Near, Regex, SignalPlan, TextPlan
from epol.engine.errors import BundleError
from tests.engine.text.plans import PLAN

NAMES = st.text(min_size=1, max_size=12)
WORDS = st.lists(NAMES, max_size=3).map(tuple)
REACHES = st.none() | st.integers(1, 2**31)
REGEXES = st.builds(
    Regex, gate=NAMES, exact=NAMES, reach=REACHES, bounded=st.booleans()
) | st.builds(Regex, gate=NAMES, exact=NAMES, reach=REACHES, needs=NAMES, zeros=st.none() | NAMES)
NEAR = st.builds(
    Near,
    phrases=st.lists(NAMES.filter(str.strip), min_size=1, max_size=3).map(tuple),
    within=st.integers(0, 1000),
    adds=st.integers(0, 100),
)
SIDES = st.lists(st.sampled_from(sorted(CLASSES)), max_size=2).map(tuple)
DETECTORS = st.builds(
    DetectorPlan,
    name=NAMES,
    label=NAMES,
    regexes=st.lists(REGEXES, max_size=2).map(tuple),
    score=st.integers(0, 100),
    threshold=st.integers(0, 100),
    near=st.lists(NEAR, max_size=2).map(tuple),
    checks=WORDS,
    stopwords=WORDS,
    entropy=st.none() | st.floats(0, 8),
    left=SIDES,
    right=SIDES,
)
SIGNALS = st.builds(
    SignalPlan,
    name=NAMES,
    function=st.sampled_from(sorted(FUNCTIONS)),
    regexes=st.lists(REGEXES, max_size=2).map(tuple),
    roles=st.none() | st.frozensets(NAMES, max_size=3),
)
PLANS = st.builds(
    TextPlan,
    detectors=st.lists(DETECTORS, max_size=3).map(tuple),
    signals=st.lists(SIGNALS, max_size=2).map(tuple),
)
DATA = encode_plan(PLAN)


@given(PLANS)
def test_a_plan_comes_back_and_equal_plans_are_equal_bytes(plan: TextPlan) -> None:
    data = encode_plan(plan)
    assert decode_plan(data) == plan
    assert encode_plan(decode_plan(memoryview(data))) == data


@given(st.integers(0, len(DATA) - 1))
def test_what_is_cut_is_refused(length: int) -> None:
    with pytest.raises(BundleError, match="section `text`"):
        decode_plan(DATA[:length])


@given(st.integers(0, 8 * len(DATA) - 1))
def test_a_flipped_bit_is_refused_or_makes_another_whole_plan(bit: int) -> None:
    changed = bytearray(DATA)
    changed[bit // 8] ^= 1 << bit % 8
    try:
        plan = decode_plan(bytes(changed))
    except BundleError:
        return
    assert plan != PLAN
    assert encode_plan(plan) == changed


@given(st.binary(max_size=60))
def test_any_bytes_are_refused_or_a_plan(data: bytes) -> None:
    try:
        plan = decode_plan(data)
    except BundleError:
        return
    assert encode_plan(plan) == data


DETECTOR = PLAN.detectors[3]
REGEX = DETECTOR.regexes[0]
SIGNAL = PLAN.signals[0]


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        (replace(DETECTOR, name=""), "name or word"),
        (replace(DETECTOR, checks=("x" * 1001,)), "name or word"),
        (replace(DETECTOR, stopwords=("",)), "name or word"),
        (replace(DETECTOR, score=101), "score"),
        (replace(DETECTOR, threshold=-1), "score"),
        (replace(DETECTOR, left=("vowel",)), "class of characters"),
        (replace(DETECTOR, entropy=8.5), "entropy"),
        (replace(DETECTOR, near=(Near((), 1, 1),)), "no phrase"),
        (replace(DETECTOR, near=(Near((" ",), 1, 1),)), "no phrase"),
        (replace(DETECTOR, near=(Near(("a",), 1001, 1),)), "too far"),
        (replace(DETECTOR, near=(Near(("a",), 1, 101),)), "too far"),
        (replace(DETECTOR, regexes=(replace(REGEX, gate=""),)), "empty or too long"),
        (replace(DETECTOR, regexes=(replace(REGEX, needs=""),)), "empty or too long"),
        (replace(DETECTOR, regexes=(replace(REGEX, zeros=""),)), "empty or too long"),
        (replace(DETECTOR, regexes=(replace(REGEX, needs=None, zeros="0"),)), "without a trigger"),
        (replace(DETECTOR, regexes=(replace(REGEX, exact="x" * 1_000_001),)), "too long"),
        (replace(DETECTOR, regexes=(replace(REGEX, reach=0),)), "matches are empty"),
        (replace(DETECTOR, regexes=(REGEX,) * 100_001), "more than 100,000"),
    ],
)  # fmt: skip
def test_what_no_policy_can_say_is_refused(changed: DetectorPlan, why: str) -> None:
    with pytest.raises(BundleError, match=why):
        decode_plan(encode_plan(TextPlan((changed,))))


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        (replace(SIGNAL, name=""), "name"),
        (replace(SIGNAL, roles=frozenset(("",))), "name"),
        (replace(SIGNAL, function="sum"), "function"),
        (replace(SIGNAL, regexes=(replace(REGEX, exact=""),)), "empty or too long"),
    ],
)
def test_text_signals_too(changed: SignalPlan, why: str) -> None:
    with pytest.raises(BundleError, match=f"text signal 1 has .*{why}"):
        decode_plan(encode_plan(TextPlan((), (changed,))))


def test_an_entropy_that_is_no_number_has_no_bytes() -> None:
    with pytest.raises(BundleError):
        decode_plan(encode_plan(TextPlan((DETECTOR,))).replace(b'"entropy":null', b'"entropy":NaN'))
