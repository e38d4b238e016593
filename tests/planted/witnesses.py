"""Whether the requests that a finding shows do what it says."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from epol.compiler.pipeline import compile_policy
from epol.compiler.testing import PASSED, run_test
from epol.lang.decision import BLOCK
from epol.lang.diagnostics import Diagnostic
from epol.lang.model import Value
from epol.lang.request import Request
from tests.planted.judged import Finding, Judged
from tests.planted.lanes import Lanes, View, part_of, request_views, status
from tests.planted.of_rules import clash, clashes, opened
from tests.planted.of_targets import covers, starved, tied
from tests.planted.of_texts import meetings
from tests.planted.told import quoted

SHOWN = {
    "treatment-opens-target": 1,
    "restriction-lifted-by-detection": 2,
    "treatments-disagree": 1,
    "request-starved": 1,
    "choice-rests-on-order": 1,
    "decision-rests-on-unknown": 2,
    "detectors-overlap": 1,
}
"""How many requests a finding shows."""


def why_wrong(it: Judged, folder: Path, finding: Finding, told: Diagnostic) -> str | None:
    """What is wrong with the witness of a finding; None if nothing is."""
    wanted = SHOWN.get(finding[0], 0)
    if wanted == 0 or told.witness is None:
        return None if (wanted == 0) == (told.witness is None) else "a witness, or none, is missing"
    root = it.compiled.unit.root.tree.source.text
    path = folder / "witnessed.epol"
    path.write_text(f"{root}\n{told.witness}\n", encoding="utf-8")
    policy = compile_policy(path).policy
    if policy is None:
        return "the policy does not compile with the tests"
    outcomes = [run_test(policy, test) for test in policy.tests]
    if len(outcomes) != wanted or any(outcome.status != PASSED for outcome in outcomes):
        return "there are more or fewer tests, or some do not pass"
    requests = [outcome.request for outcome in outcomes if outcome.request is not None]
    return None if shows(it, finding, told, requests) else "it does not show the finding"


def shows(it: Judged, finding: Finding, told: Diagnostic, requests: list[Request]) -> bool:
    """Whether requests are as a finding says, by the same definitions as the search for it."""
    name, about = finding
    views = request_views(it.policy, requests[0])
    match name:
        case "treatment-opens-target":
            without = request_views(it.policy, requests[0], (None, about[0]))
            return any(map(opened, views, without))
        case "restriction-lifted-by-detection":
            then = request_views(it.policy, requests[1])
            lifted = any(
                about[0] in a.refusing and b.permitted for a, b in zip(views, then, strict=True)
            )
            return lifted and _finds_more(it, *requests)
        case "treatments-disagree":
            one, other = (rule for rule in it.own if rule.name in about)
            labels = clashes(it, one, other)
            return any(clash(view, frozenset(about), labels) for view in views)
        case "request-starved":
            return _is_certain(it, requests[0]) and _starves(it, views, quoted(it.compiled, told))
        case "choice-rests-on-order":
            return tied(views)
        case "decision-rests-on-unknown":
            then = request_views(it.policy, requests[1])
            turned = status(views) != BLOCK and status(then) == BLOCK
            return turned and _loses(it, about[0], *requests)
        case _:
            return any(about in meetings(it, text) for _, text in requests[0].text)


def _starves(it: Judged, views: list[View], rules: frozenset[str]) -> bool:
    return starved(views) and rules in covers(views)


def _values(it: Judged, request: Request) -> Mapping[str, Value | None]:
    """What each input is on a request; None is unknown."""
    infos = it.policy.inputs.values()
    return {info.name: request.inputs.get(info.name, info.fallback) for info in infos}


def _is_certain(it: Judged, request: Request) -> bool:
    """Whether all that rules of the flow read is known, and every target is up."""
    values = _values(it, request)
    known = all(values[name] is not None for name in _read(it, request.flow))
    up = all(values[f"{target.name}.up"] is True for target in it.policy.targets)
    return known and up and None not in request.labels.values()


def _read(it: Judged, flow: str) -> frozenset[str]:
    """The inputs that rules of a flow read."""
    rules = frozenset(rule.name for rule in it.policy.rules if flow in rule.flows)
    lanes = Lanes(part_of(it.policy, (rules, None)), it.lanes.space, it.lanes.most)
    places = {place for read in lanes.read_by.values() for place in read}
    return frozenset(lanes.names[place] for place in places) & it.policy.inputs.keys()


def _finds_more(it: Judged, first: Request, second: Request) -> bool:
    """Whether nothing differs but counts of known labels, none of them less in the second."""
    same = _values(it, first) == _values(it, second)
    same = same and (first.flow, first.target) == (second.flow, second.target)
    for label in it.policy.labels:
        before, after = first.labels.get(label, {}), second.labels.get(label, {})
        if (before is None) != (after is None):
            return False
        if before is not None and after is not None:
            same = same and all(after.get(role, 0) >= count for role, count in before.items())
    return same


def _loses(it: Judged, name: str, first: Request, second: Request) -> bool:
    """Whether nothing differs but an input, which is known in the first, and all else is known."""
    before, after = dict(_values(it, first)), dict(_values(it, second))
    lost = before.pop(name) is not None and after.pop(name) is None
    read = _read(it, first.flow) - {name}
    labels = (*first.labels.values(), *second.labels.values())
    same = before == after and first.labels == second.labels
    return lost and same and None not in labels and all(before[n] is not None for n in read)
