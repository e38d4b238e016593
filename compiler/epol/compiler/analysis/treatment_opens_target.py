"""A treatment that lets a request go where it could not go untreated."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from epol.compiler.analysing import Case, Known, OwnRule, Told
from epol.compiler.decided import refusing
from epol.compiler.rule_questions import places_of
from epol.compiler.smt.strings import nodes
from epol.lang.diagnostics import Diagnostic, Label, Severity, define
from epol.lang.model import Policy, Sends, Treat
from epol.lang.request import Request
from epol.lang.semantics import Lane

TREATMENT_OPENS_TARGET = define(
    "treatment-opens-target",
    "a treatment opens a target that `sends` kept shut",
    "Without the treatments of this rule the target would be refused, because a rule asks with "
    "`sends` whether something goes there untreated. Often this is just what is meant; look at "
    "the witness.",
    severity=Severity.NOTE,
    bad="label pii.name\ntarget cloudy { at cloud context 8k }\nrule hide { tokenize pii }\n"
    "rule r { when target.at == cloud and sends pii deny }",
    good="label pii.name\ntarget cloudy { at cloud context 8k }\nrule hide { tokenize pii }\n"
    "rule r { when target.at == cloud and found pii deny }",
)


def treatment_opens_target(known: Known) -> Iterator[Diagnostic]:
    """The policy's own rules whose treatments open a target."""
    yield from known.first_shown(TREATMENT_OPENS_TARGET, dict(_cases(known)))


def _cases(known: Known) -> Iterator[tuple[tuple[str, object], Case]]:
    if not any(isinstance(node, Sends) for _, node in nodes([known.policy])):
        return
    for rule in known.own_rules:
        if any(isinstance(effect, Treat) for effect in rule.info.effects):
            for place, formula in places_of(known, rule.info):
                without, terms = formula.untreated({rule.name}), formula.terms
                for name, lane in formula.lanes.items():
                    refused = terms.negation(without.lanes[name].permitted)
                    goal = terms.both(lane.permitted, refused)
                    tell = partial(_told, known, rule, name)
                    titles = (f"{rule.name} opens {name}",)
                    yield (rule.name, (place, name)), Case(rule.span, place, goal, tell, titles)


def _told(known: Known, rule: OwnRule, target: str, request: Request) -> Told | None:
    policy, info = known.policy, known.policy.target(target)
    with_it, without = Lane(policy, request, info), Lane(_untreated(policy, rule), request, info)
    shut = refusing(without)
    if refusing(with_it) or not shut:
        return None
    names = " and ".join(f"`{each}`" for each in shut)
    spans = [span for each in shut if (span := known.rule_span(each)) is not None]
    labels = tuple(Label(span, f"refuses `{target}` otherwise") for span in spans)
    message = f"the treatments of `{rule.name}` open `{target}`, which {names} would refuse"
    return Told(rule.span, message, labels)


def _untreated(policy: Policy, rule: OwnRule) -> Policy:
    """The policy without the treatments of a rule."""
    effects = tuple(e for e in rule.info.effects if not isinstance(e, Treat))
    bare = replace(rule.info, effects=effects)
    return replace(policy, rules=tuple(bare if r is rule.info else r for r in policy.rules))
