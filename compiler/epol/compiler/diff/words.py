"""A comparison in words: what every form of its report says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from epol.compiler.diff.common import common_type
from epol.compiler.diff.compare import Comparison
from epol.compiler.diff.judge import Pair, Side, place_of
from epol.compiler.diff.kinds import Kind, Subject
from epol.compiler.diff.search import FOUND, NONE, UNDECIDED, Verdict
from epol.compiler.why.reasons import about_target, outcome
from epol.compiler.witness import as_test, facts
from epol.lang.builtins import FLOWS
from epol.lang.literals import Kind as Unit
from epol.lang.literals import Quantity, format_quantity
from epol.lang.model import Policy

_MOST = 8
"""Names that are listed before the rest is counted."""

FLOW_TITLES: dict[str, str] = dict(zip(FLOWS, ("requests", "responses", "tool calls"), strict=True))
"""What each flow is called in a report."""


def version_of(policy: Policy) -> str:
    """A policy by its name and version."""
    return f"{policy.name} {policy.version or '(no version)'}"


def conclusion(comparison: Comparison) -> str:
    """The one sentence that sums up."""
    outcomes = [verdict.outcome for verdict in comparison.verdicts]
    if comparison.equivalent:
        return "OLD and NEW decide every request alike: proved."
    if comparison.alike:
        return (
            "OLD and NEW decide the same facts alike: proved. What is marked as not compared may "
            "make other facts of a request, or run it elsewhere."
        )
    found = len({verdict.kind for verdict in comparison.verdicts if verdict.outcome == FOUND})
    if not found:
        return "It is not proved that OLD and NEW decide every request alike."
    ways = "one kind" if found == 1 else f"{found} kinds"
    more = "; some kinds are undecided" if UNDECIDED in outcomes else ""
    return f"OLD and NEW decide requests otherwise, with {ways} of difference{more}."


def listed(words: Sequence[str]) -> str:
    """Words with commas; of many the first ones and how many more."""
    more = f" and {len(words) - _MOST} more" if len(words) > _MOST else ""
    return ", ".join(words[:_MOST]) + more


def about(subjects: Sequence[Subject], alike: Sequence[Subject] = ()) -> str:
    """What a kind of difference is about: places, targets, labels on targets."""
    parts = [_named("place", [s.place for s in subjects if s.place])]
    parts.append(_named("target", [s.target for s in subjects if s.target and not s.label]))
    for target in dict.fromkeys(s.target for s in subjects if s.label):
        labels = listed([s.label for s in subjects if s.label and s.target == target])
        more = sum(s.target == target for s in alike)
        also = f" (and {more} treated alike)" if more else ""
        parts.append(f"{labels} on {target}{also}")
    return "; ".join(part for part in parts if part)


def _named(what: str, names: Sequence[str]) -> str:
    return f"{what}{'s' if len(names) > 1 else ''} {listed(names)}" if names else ""


def none_of(verdicts: Sequence[Verdict]) -> str:
    """Which kinds are proved not to be, of the kinds of one flow; empty if none is."""
    none = [str(verdict.kind) for verdict in verdicts if verdict.outcome == NONE]
    if not none:
        return ""
    return "any kind" if len(none) == len(verdicts) else ", ".join(none)


# --- a request that shows something --------------------------------------------------


def shown_by(comparison: Comparison, pair: Pair) -> dict[Kind, tuple[Subject, ...]]:
    """What a request is a witness of."""
    kinds = [v.kind for v in comparison.verdicts if any(each is pair for each in v.witnesses)]
    return {kind: pair.differences[kind] for kind in kinds}


def given(pair: Pair) -> list[str]:
    """The facts of the request, as `set` writes them; who reads them, where one side alone does."""
    old, new = pair.old, pair.new
    before, after = facts(old.policy, old.request), facts(new.policy, new.request)
    lines = [each for each in before if each in after or _shared(each, old, new)]
    lines += [each for each in after if each not in before and _shared(each, old, new)]
    lines += [f"{each} (OLD alone)" for each in before if each not in lines]
    return lines + [f"{each} (NEW alone)" for each in after if each not in lines]


def _shared(fact: str, old: Side, new: Side) -> bool:
    """Whether both policies read a fact: what is left out is the default there."""
    words = fact.split()
    if words[0] == "label":
        return words[1] in old.policy.labels and words[1] in new.policy.labels
    one, other = (side.policy.inputs.get(words[0]) for side in (old, new))
    return one is not None and other is not None and common_type(one.type, other.type) is not None


def sides(comparison: Comparison, pair: Pair) -> Iterator[tuple[str, list[str]]]:
    """OLD and NEW with what each decides of the targets that matter, and why.

    What both say of a target is left out.
    """
    names = _that_matter(pair, shown_by(comparison, pair))
    told = [[_told(side, name) for name in names] for side in (pair.old, pair.new)]
    for title, side, own, other in (
        ("OLD", pair.old, told[0], told[1]),
        ("NEW", pair.new, told[1], told[0]),
    ):
        lines = (_without(mine, its) for mine, its in zip(own, other, strict=True))
        yield title, [outcome(side.policy, side.request), *(x for each in lines for x in each)]


def _told(side: Side, name: str) -> list[str]:
    if name not in side.decision.targets:
        return [f"{name} is not there."]
    return about_target(side.policy, side.request, name)


def _without(lines: list[str], others: list[str]) -> list[str]:
    """What becomes of a target, with the reasons that the other side does not give too."""
    first, *reasons = lines
    own = [reason for reason in reasons if reason not in others]
    return [first, *own] if own else [f"{first.removesuffix(':').removesuffix('.')}."]


def _that_matter(pair: Pair, shown: dict[Kind, tuple[Subject, ...]]) -> list[str]:
    """The chosen targets, and those that the differences are about."""
    subjects = [subject for kind in shown for subject in shown[kind]]
    places = {subject.place for subject in subjects if subject.place}
    there = [n for n in pair.new.decision.order if place_of(pair.new.policy.target(n)) in places]
    chosen = [side.decision.target for side in (pair.old, pair.new)]
    names = [*chosen, *(subject.target for subject in subjects), *there]
    return list(dict.fromkeys(name for name in names if name))


def dearer(pair: Pair) -> tuple[str, str, str] | None:
    """What the request costs by OLD and by NEW, and how much more; None unless that is known."""
    old, new = pair.old.cost(), pair.new.cost()
    if old is None or new is None:
        return None
    before, after, more = (format_quantity(Quantity(Unit.MONEY, n)) for n in (old, new, new - old))
    return before, after, more


def tests(pair: Pair, title: str) -> tuple[str, str]:
    """The request as a `test` block for each policy, which passes there."""
    old, new = (as_test(s.policy, s.request, title) for s in (pair.old, pair.new))
    return old, new
