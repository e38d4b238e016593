"""The sentences that say why: data, places, rules, unknowns."""

from __future__ import annotations

from collections.abc import Iterator

from epol.lang.builtins import Treatment
from epol.lang.decision import BLOCK, HOLD, Decision, Detail, TargetDecision, cap_json, scaled_json
from epol.lang.model import Cap, Effect, Policy, Prefer, RuleInfo, Tag, TargetInfo, Tools
from epol.lang.request import Request
from epol.lang.semantics import Lane, decide

_FLOW_SUBJECT = {
    "request": "The request",
    "response": "The response",
    "tool_call": "The tool call",
}
_TREATED = {
    Treatment.MASK: "is masked",
    Treatment.GENERALIZE: "is made coarser",
    Treatment.TOKENIZE: "is replaced by a token that the answer turns back",
    Treatment.HASH: "is replaced by a keyed hash",
    Treatment.REDACT: "is redacted",
    Treatment.DROP: "is dropped with the text around it",
}


def explain(policy: Policy, request: Request) -> list[str]:
    """Every sentence about one decision."""
    decision = decide(policy, request)
    lines = [_headline(policy, request, decision), *_data(policy, decision)]
    ordered = [*decision.order, *(name for name in decision.targets if name not in decision.order)]
    for name in ordered:
        lines += ["", *_of_target(policy, request, decision, name)]
    lines += _unknowns(policy, request, decision)
    return lines


def outcome(policy: Policy, request: Request) -> str:
    """The sentence that says where a request goes."""
    return _headline(policy, request, decide(policy, request))


def about_target(policy: Policy, request: Request, name: str) -> list[str]:
    """What becomes of one target, and a line that begins with "- " for each reason."""
    return _of_target(policy, request, decide(policy, request), name)


def _of_target(policy: Policy, request: Request, decision: Decision, name: str) -> list[str]:
    lane = Lane(policy, request, policy.target(name))
    return [_standing(decision, name, lane), *_details(lane, decision)]


def place(target: TargetInfo) -> str:
    """A target with where it is: `azure (cloud, us-east)`."""
    parts = [str(target.fields[key]) for key in ("at", "zone") if key in target.fields]
    return f"{target.name} ({', '.join(parts)})" if parts else target.name


def data_name(policy: Policy, label: str) -> str:
    """A label in words: `Medical record number (phi.mrn)`."""
    description = policy.labels[label].description
    return f"{description} ({label})" if description else label


def _headline(policy: Policy, request: Request, decision: Decision) -> str:
    subject = _FLOW_SUBJECT[request.flow]
    if request.flow != "request":
        producer = place(policy.target(request.target or ""))
        goal = "the caller" if request.flow == "response" else "the tool"
        verb = {BLOCK: "may not go on", HOLD: "waits for a person's approval before it goes on"}
        return f"{subject} of {producer} {verb.get(decision.status, 'goes on')} to {goal}."
    if decision.target is None:
        return f"{subject} is blocked: no target may take it."
    chosen = place(policy.target(decision.target))
    if decision.status == HOLD:
        return f"{subject} waits for a person's approval before it goes to {chosen}."
    return f"{subject} goes to {chosen}."


def _data(policy: Policy, decision: Decision) -> list[str]:
    found = [
        f"{data_name(policy, label)}, {count} span{'s' if count > 1 else ''}"
        for label, count in decision.labels.items()
        if count is not None
    ]
    unknown = [data_name(policy, label) for label, n in decision.labels.items() if n is None]
    lines = ["No sensitive data is found in it."]
    if found:
        lines = [f"Found in it: {'; '.join(found)}."]
    if unknown:
        lines.append(f"Not known whether it holds: {'; '.join(unknown)}.")
    return lines


def _standing(decision: Decision, name: str, lane: Lane) -> str:
    where = place(lane.target)
    target = decision.targets[name]
    if not target.permitted:
        return f"{where} may not take it:"
    if lane.request.flow != "request":
        return f"{where} produced it:"
    score = scaled_json(target.score)
    if name == decision.target:
        tied = [t for t in decision.order[1:] if decision.targets[t].score == target.score]
        verb = "scores" if len(tied) == 1 else "score"
        tie = f", declared before {' and '.join(tied)}, which {verb} the same" if tied else ""
        return f"{where} is chosen, with a score of {score}{tie}:"
    return f"{where} is fallback {decision.order.index(name)}, with a score of {score}:"


def _details(lane: Lane, decision: Decision) -> list[str]:
    target = decision.targets[lane.target.name]
    sentences = [
        *_refusals(lane, decision),
        *_treatments(lane, target),
        *_limits(lane, target),
        *_points(lane),
    ]
    return [f"- {sentence}" for sentence in sentences] or ["- no rule says anything about it."]


def _refusals(lane: Lane, decision: Decision) -> Iterator[str]:
    for reason in decision.reasons:
        if reason.target == lane.target.name:
            rule = next(rule for rule in lane.rules if rule.name == reason.rule)
            held = decision.targets[reason.target].hold and not _removes(lane, rule)
            verb = "asks for a person's approval" if held else "refuses it"
            because = f" — {reason.because}" if reason.because else ""
            yield f"rule {reason.rule} {verb}{because}{_in_doubt(lane, rule)}."


def _removes(lane: Lane, rule: RuleInfo) -> bool:
    kinds = ("Deny", "Block", "Only")
    return any(type(e).__name__ in kinds and lane.fires(rule, e) for e in rule.effects)


def _in_doubt(lane: Lane, rule: RuleInfo) -> str:
    """What was unknown when a restriction fired to be safe."""
    return _to_be_safe(set(lane.blame_of(rule)))


def _to_be_safe(names: set[str]) -> str:
    if not names:
        return ""
    verb = "is" if len(names) == 1 else "are"
    return f" (to be safe: {', '.join(sorted(names))} {verb} not known)"


def _treatments(lane: Lane, target: TargetDecision) -> Iterator[str]:
    way = "there" if lane.request.flow == "request" else "on"
    for label, detail in target.treatments.items():
        rules = [
            rule
            for rule in lane.rules
            if any(effect in lane.treating(label) and getattr(effect, "treatment", None)
                   == detail.treatment for effect in rule.effects)
        ]  # fmt: skip
        named = _rules(rule.name for rule in rules)
        because = next((f" — {rule.because}" for rule in rules if rule.because), "")
        doubt = "" if lane.counts(label) is not None else ", should there be any,"
        subject = data_name(lane.policy, label)
        yield f"{subject}{doubt} {_treated(detail)} on the way {way}: {named}{because}."


def _treated(detail: Detail) -> str:
    verb = _TREATED[detail.treatment]
    if detail.treatment == Treatment.MASK and detail.keep_last:
        return f"{verb} but for at most its last {detail.keep_last} characters"
    if detail.treatment == Treatment.GENERALIZE:
        return f"{verb} ({detail.method})" if detail.method else "is redacted"
    if detail.replacement is not None:
        return f"{verb} with “{detail.replacement}”"
    return verb


def _limits(lane: Lane, target: TargetDecision) -> Iterator[str]:
    for name, value in target.caps.items():
        rules = _rules(
            rule.name for rule in lane.rules for effect in rule.effects
            if isinstance(effect, Cap) and (effect.name, effect.value) == (name, value)
            and lane.fires(rule, effect)
        )  # fmt: skip
        shown = name.replace("_", " ")
        yield f"{shown} may be {cap_json(name, value)} at most: {rules}{_doubts(lane, Cap)}."
    if target.tools is not None:
        rules = _rules(
            rule.name for rule in lane.rules for effect in rule.effects
            if isinstance(effect, Tools) and lane.fires(rule, effect)
        )  # fmt: skip
        offered = ", ".join(target.tools) or "no tools"
        only = " only" if target.tools else ""
        yield f"it is offered {offered}{only}: {rules}{_doubts(lane, Tools)}."
    if target.tags:
        yield f"it is tagged {', '.join(target.tags)}{_doubts(lane, Tag)}."


def _doubts(lane: Lane, kind: type[Effect]) -> str:
    """What was not known where effects of a kind fired to be safe."""
    doubtful = {
        name
        for rule in lane.rules
        if any(isinstance(effect, kind) and lane.fires(rule, effect) for effect in rule.effects)
        for name in lane.blame_of(rule)
    }
    return _to_be_safe(doubtful)


def _points(lane: Lane) -> Iterator[str]:
    for rule in lane.rules:
        for effect in rule.effects:
            if isinstance(effect, Prefer) and lane.fires(rule, effect):
                points = lane.points(effect)
                if points:
                    verb = "adds" if points > 0 else "takes away"
                    yield f"rule {rule.name} {verb} {scaled_json(abs(points))}."


def _rules(names: Iterator[str]) -> str:
    known = sorted(set(names))
    return f"rule{'s' if len(known) > 1 else ''} {' and '.join(known)}"


def _unknowns(policy: Policy, request: Request, decision: Decision) -> list[str]:
    if not decision.unknown:
        return []
    skipped = sorted({
        rule.name
        for name in decision.targets
        for lane in [Lane(policy, request, policy.target(name))]
        for rule in lane.rules
        for effect in rule.effects
        if isinstance(effect, Prefer) and request.flow == "request"
        and lane.truth(rule.condition) is not False and not lane.fires(rule, effect)
    })  # fmt: skip
    verb = "is" if len(decision.unknown) == 1 else "are"
    line = (
        f"{', '.join(decision.unknown)} {verb} not known. What is not known fires every "
        "restriction that asks for it, and no preference"
    )
    line += f" ({_rules(iter(skipped))} did not count)." if skipped else "."
    return ["", line]
