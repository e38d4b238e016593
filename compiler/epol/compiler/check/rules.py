"""Rules: one condition, one or more effects, a flow."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import cast

from epol.compiler.check.arithmetic import fit
from epol.compiler.check.constants import read_constant
from epol.compiler.check.expressions import (
    EXPRESSION_TOO_LARGE,
    Expressions,
    mentions_sends,
    mentions_target,
)
from epol.compiler.check.labels import dotted_below, expand
from epol.compiler.check.once import check_once
from epol.compiler.check.retyping import Retyper, Typed
from epol.compiler.check.words import flows, generalization, word
from epol.compiler.resolve.loader import LoadedFile
from epol.compiler.resolve.scope import MAX_DIAGNOSTICS, Scope
from epol.lang import ast
from epol.lang.build import DETAIL_MISPLACED
from epol.lang.builtins import CAPS, EFFORTS, TREATMENTS
from epol.lang.diagnostics import Label, define
from epol.lang.literals import Kind, parse_number
from epol.lang.model import (
    And,
    Block,
    Cap,
    Const,
    Deny,
    Effect,
    Expr,
    Hold,
    Method,
    Not,
    Only,
    Prefer,
    RuleInfo,
    Tag,
    Tools,
    Treat,
)
from epol.lang.types import BOOL, NumericType

RULE_WITHOUT_EFFECT = define(
    "rule-without-effect",
    "a rule does nothing",
    "A rule has one or more effects: `deny only block hold`, a treatment, `prefer avoid score`, "
    "`cap`, `tools` or `tag`.",
    bad='rule r { when net.online because "why" }',
    good='rule r { when not net.online tag "offline" because "why" }',
)
SENDS_IN_TREATMENT_RULE = define(
    "sends-in-treatment-rule",
    "a rule that treats data asks what is sent",
    "`sends` reads the treatments that the other rules ask for, so a rule that asks for one "
    "cannot depend on it: use `found`, or make two rules.",
    bad="label phi.mrn\nrule r { when sends phi redact phi }",
    good="label phi.mrn\nrule r { when found phi redact phi }",
)
BLOCK_MENTIONS_TARGET = define(
    "block-mentions-target",
    "the condition of `block` depends on the target",
    "`block` refuses the request as a whole, so its condition cannot depend on which target is "
    "decided; `sends` does. Use `deny` to refuse one target, or `found` instead of `sends`.",
    bad="rule r { when target.at == cloud block }",
    good="rule r { when target.at == cloud deny }",
)

MAX_RULES_SIZE = 1_000_000

_SIGNS = {"prefer": 1, "avoid": -1, "score": 1}


def check_rules(expressions: Expressions, retyper: Retyper) -> tuple[RuleInfo, ...]:
    """All rules of the build, typed; one with an error is left out."""
    scope = expressions.scope
    typed: list[Typed] = []
    retyper.begin(scope.unit)
    for file, node in scope.nodes(ast.Rule):
        assert isinstance(node, ast.Rule)
        rule = retyper.known(file, node) or _typed(expressions, file, node)
        if rule is not None:
            typed.append(rule)
            retyper.keep(file, node, rule)
    rules = tuple(each.rule for each in typed)
    _check_scores(scope, rules)
    _check_size(scope, typed)
    return rules


def _check_size(scope: Scope, typed: Iterable[Typed]) -> None:
    """Bound the work of a decision: all conditions together."""
    total = 0
    for each in typed:
        total += each.size
        if total > MAX_RULES_SIZE:
            message = f"the rules up to this one have more than {MAX_RULES_SIZE:,} parts together"
            scope.report(EXPRESSION_TOO_LARGE, each.rule.span, message)
            return


def _typed(expressions: Expressions, file: LoadedFile, node: ast.Rule) -> Typed | None:
    """A rule in which nothing is wrong; None also where it would not be said any more."""
    said = expressions.scope.diagnostics
    before = len(said)
    rule = _rule(expressions, file, node)
    if rule is None or len(said) > before or before >= MAX_DIAGNOSTICS:
        return None
    return Typed(rule, expressions.measure(rule.condition)[0])


def _rule(expressions: Expressions, file: LoadedFile, node: ast.Rule) -> RuleInfo | None:
    scope = expressions.scope
    check_once(scope, ((_keyword(item), item) for item in node.items), "a rule has one `{}`")
    condition = _condition(expressions, node)
    effects: list[Effect] = []
    for item in node.items:
        if not isinstance(item, ast.OnFlow | ast.When | ast.Because):
            effect = _effect(expressions, item)
            if effect is not None:
                effects.append(effect)
    has_effects = any(not isinstance(i, ast.OnFlow | ast.When | ast.Because) for i in node.items)
    if not has_effects:
        message = f"the rule `{node.name.text}` has no effect"
        scope.report(RULE_WITHOUT_EFFECT, node.name.span, message)
    if condition is None:
        return None
    _check_strata(scope, node, condition, effects)
    because = next((i.text.value for i in node.items if isinstance(i, ast.Because)), None)
    flow = next((i.flow for i in node.items if isinstance(i, ast.OnFlow)), None)
    name = file.qualified(node.name.text)
    return RuleInfo(name, flows(scope, flow), condition, tuple(effects), because, node.name.span)


def _keyword(item: ast.RuleItem) -> str | None:
    """The keyword of an item that a rule has once."""
    match item:
        case ast.When(keyword=keyword):
            return keyword
        case ast.OnFlow():
            return "on"
        case ast.Because():
            return "because"
        case _:
            return None


def _condition(expressions: Expressions, node: ast.Rule) -> Expr | None:
    """`when and not unless`; the constant true if there is neither."""
    whens = [item for item in node.items if isinstance(item, ast.When)]
    typed = [(item, expressions.condition(item.condition)) for item in whens]
    conditions: list[Expr] = []
    for item, expr in typed:
        if expr is None:
            return None
        conditions.append(expr if item.keyword == "when" else Not(item.condition.span, BOOL, expr))
    if not conditions:
        return Const(node.name.span, BOOL, value=True)
    if len(conditions) == 1:
        return conditions[0]
    return And(whens[0].condition.span.to(whens[-1].condition.span), BOOL, tuple(conditions))


def _check_strata(scope: Scope, node: ast.Rule, condition: Expr, effects: list[Effect]) -> None:
    inner = [effect.condition for effect in effects if isinstance(effect, Only)]
    inner += [effect.amount for effect in effects if isinstance(effect, Prefer)]
    if any(isinstance(effect, Treat) for effect in effects):
        sends = next((s for e in (condition, *inner) if (s := mentions_sends(e))), None)
        if sends is not None:
            message = "a rule with a treatment cannot use `sends`"
            label = Label(node.name.span, "this rule treats data")
            cure = "ask with `found`, or put the treatment in a rule of its own"
            scope.report(SENDS_IN_TREATMENT_RULE, sends.span, message, help=cure, labels=[label])
    if any(isinstance(effect, Block) for effect in effects):
        part = mentions_target(condition)
        if part is not None:
            message = "the condition of `block` cannot depend on the target"
            label = Label(node.name.span, "this rule blocks the whole request")
            cure = "use `deny` to refuse one target"
            scope.report(BLOCK_MENTIONS_TARGET, part.span, message, help=cure, labels=[label])


def _effect(expressions: Expressions, node: ast.Effect) -> Effect | None:
    scope = expressions.scope
    match node:
        case ast.Bare(keyword="deny"):
            return Deny()
        case ast.Bare(keyword="block"):
            return Block()
        case ast.Bare():
            return Hold()
        case ast.Only(condition=inner):
            condition = expressions.condition(inner)
            return None if condition is None else Only(condition)
        case ast.Treat():
            return _treat(scope, node)
        case ast.Preference(keyword=keyword, amount=inner):
            amount = expressions.amount(inner)
            return None if amount is None else Prefer(_SIGNS[keyword], amount)
        case ast.Cap():
            return _cap(expressions, node)
        case ast.Tools(allowed=allowed):
            return Tools(frozenset(tool.value for tool in allowed))
        case ast.Tag(text=text):
            return Tag(text.value)


def _treat(scope: Scope, node: ast.Treat) -> Treat:
    named = [expand(scope, label) for label in node.labels]
    excepted = [dotted_below(scope, label) for label in node.exceptions]
    labels = frozenset[str]().union(*named) - frozenset[str]().union(*excepted)
    keep_last, replacement, method = _detail(scope, node)
    return Treat(TREATMENTS[node.treatment], labels, keep_last, replacement, method)


_DETAILS = {"keep last": "mask", "with": "redact", "by": "generalize"}


def _detail(scope: Scope, node: ast.Treat) -> tuple[int | None, str | None, Method | None]:
    detail = node.detail
    word_ = {ast.KeepLast: "keep last", ast.Replacement: "with", ast.ByMethod: "by"}
    if detail is not None and _DETAILS[word_[type(detail)]] != node.treatment:
        owner = _DETAILS[word_[type(detail)]]
        message = f"`{word_[type(detail)]}` is a detail of `{owner}`, not of `{node.treatment}`"
        scope.report(DETAIL_MISPLACED, detail.span, message)
        return None, None, None
    match detail:
        case ast.KeepLast(count=count):
            quantity = parse_number(count.text)
            if quantity.kind != Kind.INT:
                message = "`keep last` takes a whole number of characters"
                scope.report(DETAIL_MISPLACED, count.span, message)
            return quantity.value, None, None
        case ast.Replacement(text=text):
            return None, text.value, None
        case ast.ByMethod(method=method):
            return None, None, generalization(scope, method)
        case None:
            return None, None, None


def _cap(expressions: Expressions, node: ast.Cap) -> Cap | None:
    name = word(expressions.scope, node.name, CAPS, "a cap")
    if name is None:
        return None
    value = read_constant(expressions, node.value, CAPS[name])
    if value is None:
        return None
    return Cap(name, EFFORTS.index(value) if isinstance(value, str) else cast(int, value))


def _check_scores(scope: Scope, rules: Iterable[RuleInfo]) -> None:
    """All preferences together must stay in 64 bits."""
    low = high = 0
    for rule, effect in _preferences(rules):
        type_ = cast(NumericType, effect.amount.type)
        ends = sorted((effect.sign * type_.low, effect.sign * type_.high))
        low, high = low + min(ends[0], 0), high + max(ends[1], 0)
        before = len(scope.diagnostics)
        fit(scope, rule.span, Kind.NUMBER, low, high)
        if len(scope.diagnostics) > before:
            return


def _preferences(rules: Iterable[RuleInfo]) -> Iterator[tuple[RuleInfo, Prefer]]:
    for rule in rules:
        for effect in rule.effects:
            if isinstance(effect, Prefer):
                yield rule, effect
