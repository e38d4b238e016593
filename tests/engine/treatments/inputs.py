"""Random texts, plans and spans, and the same ones as the reference takes them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from hypothesis import strategies as st

from epol.engine.bundle import treatment as plan
from epol.engine.text.treatments import regions
from epol.engine.text.treatments.keys import Keys
from epol.engine.text.treatments.tokens import Tokens
from epol.lang import builtins, decision, model, treating
from epol.lang.semantics import Lane

KEY = b"a key of sixteen bytes and more."
LABELS = ["pii", "pii.name", "phi.mrn", "phi.date", "net.ip", "a.b", "z"]
METHODS = ["year", "month", "decade", "zip3", "network"]

# Every plane, surrogates on their own too, and what other tools stumble over.
CHARACTERS = st.one_of(
    st.characters(), st.sampled_from("\0\n[]<>:*\ud800\udfff\U0001f600\U0010ffff\u0301\u200d09-./")
)
TEXTS = st.text(CHARACTERS, max_size=60)
METHOD = st.one_of(
    st.builds(plan.Method, st.sampled_from(METHODS)),
    st.builds(plan.Method, st.just("round"), st.integers(1, 10**8)),
)
DETAILS = st.builds(
    plan.Detail,
    st.sampled_from(plan.Treatment),
    keep_last=st.integers(0, 9),
    replacement=st.none() | st.text(CHARACTERS, max_size=4),
    method=st.none() | METHOD,
)
PLANS = st.dictionaries(st.sampled_from(LABELS), DETAILS, max_size=len(LABELS))


@st.composite
def spans_in(draw: st.DrawFn, length: int) -> list[regions.Span]:
    """Spans within a text of some length, empty ones too."""
    place = st.integers(0, length)
    # Few confidences, so that many are equal.
    parts = st.tuples(st.sampled_from(LABELS), place, place, st.sampled_from([50, 70, 100]))
    span = parts.map(lambda each: regions.Span(each[0], min(each[1:3]), max(each[1:3]), each[3]))
    return draw(st.lists(span, max_size=12))


@st.composite
def cases(draw: st.DrawFn) -> tuple[str, dict[str, plan.Detail], list[regions.Span]]:
    """A text, a plan and spans of the text."""
    text = draw(TEXTS)
    return text, draw(PLANS), draw(spans_in(len(text)))


def keys() -> Keys:
    """Keys with a session of their own."""
    return Keys(KEY, Tokens(KEY, "session"))


# --- the same for the reference ------------------------------------------------------


@dataclass(frozen=True)
class _Asked:
    """What a lane says of its labels, without a policy behind it."""

    plan: Mapping[str, decision.Detail]

    def detail(self, label: str) -> decision.Detail:
        return self.plan.get(label, decision.Detail(builtins.Treatment.KEEP))

    def treatment(self, label: str) -> builtins.Treatment:
        return self.detail(label).treatment


def reference_method(method: plan.Method) -> model.Method:
    """A generalization as the reference has it."""
    return model.Method(method.name, method.amount)


def reference_detail(detail: plan.Detail) -> decision.Detail:
    """A detail as the reference has it."""
    return decision.Detail(
        builtins.Treatment(detail.treatment),
        detail.keep_last,
        detail.replacement,
        None if detail.method is None else reference_method(detail.method),
    )


def reference_lane(details: plan.Plan) -> Lane:
    """A plan as the reference reads it."""
    return cast(Lane, _Asked({name: reference_detail(each) for name, each in details.items()}))


def reference_spans(spans: list[regions.Span]) -> list[treating.FoundSpan]:
    """Spans as the reference has them."""
    return [treating.FoundSpan(s.label, s.start, s.end, s.confidence) for s in spans]
