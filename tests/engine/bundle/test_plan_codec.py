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
        (replace(DETECTOR, name=""), r"length >= 1 .*\.name"),
        (replace(DETECTOR, checks=("x" * 1001,)), r"length <= 1000 .*\.checks"),
        (replace(DETECTOR, stopwords=("",)), r"length >= 1 .*\.stopwords"),
        (replace(DETECTOR, score=101), r"<= 100 .*\.score"),
        (replace(DETECTOR, threshold=-1), r">= 0 .*\.threshold"),
        (replace(DETECTOR, left=("vowel",)), "class of characters"),
        (replace(DETECTOR, entropy=8.5), r"<= 8(\.0)? .*\.entropy"),
        (replace(DETECTOR, near=(Near((), 1, 1),)), r"length >= 1 .*\.phrases"),
        (replace(DETECTOR, near=(Near((" ",), 1, 1),)), "detector 1 has a phrase of white space"),
        (replace(DETECTOR, near=(Near(("a",), 1001, 1),)), r"<= 1000 .*\.within"),
        (replace(DETECTOR, near=(Near(("a",), 1, 101),)), r"<= 100 .*\.adds"),
        (replace(DETECTOR, regexes=(replace(REGEX, gate=""),)), r"length >= 1 .*\.gate"),
        (replace(DETECTOR, regexes=(replace(REGEX, needs=""),)), r"length >= 1 .*\.needs"),
        (replace(DETECTOR, regexes=(replace(REGEX, zeros=""),)), r"length >= 1 .*\.zeros"),
        (replace(DETECTOR, regexes=(replace(REGEX, needs=None, zeros="0"),)), "without a trigger"),
        (replace(DETECTOR, regexes=(replace(REGEX, exact="x" * 1_000_001),)), r"10{6} .*\.exact"),
        (replace(DETECTOR, regexes=(replace(REGEX, reach=0),)), r">= 1 .*\.reach"),
        (replace(DETECTOR, regexes=(REGEX,) * 100_001), "more than 100,000"),
    ],
)  # fmt: skip
def test_what_no_policy_can_say_is_refused(changed: DetectorPlan, why: str) -> None:
    with pytest.raises(BundleError, match=why):
        decode_plan(encode_plan(TextPlan((changed,))))


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        (replace(SIGNAL, name=""), r"length >= 1 - at `\$\.signals\[0\]\.name"),
        (replace(SIGNAL, roles=frozenset(("",))), r"length >= 1 .*\.roles"),
        (replace(SIGNAL, function="sum"), "text signal 1 has a function that is none"),
        (replace(SIGNAL, regexes=(replace(REGEX, exact=""),)), r"length >= 1 .*\.exact"),
    ],
)
def test_text_signals_too(changed: SignalPlan, why: str) -> None:
    with pytest.raises(BundleError, match=why):
        decode_plan(encode_plan(TextPlan((), (changed,))))


def test_an_entropy_that_is_no_number_has_no_bytes() -> None:
    with pytest.raises(BundleError):
        decode_plan(encode_plan(TextPlan((DETECTOR,))).replace(b'"entropy":null', b'"entropy":NaN'))
