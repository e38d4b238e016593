"""The mutants of a policy: itself with one small change to one rule of its own files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from epol.compiler.mutation.effects import effect_changes
from epol.compiler.mutation.expressions import changes
from epol.compiler.pipeline import Compiled
from epol.compiler.test_policies import own_files
from epol.lang import ast
from epol.lang.builtins import FLOWS
from epol.lang.model import And, Const, Expr, Not, Policy, RuleInfo
from epol.lang.source import Span
from epol.lang.types import BOOL


@dataclass(frozen=True)
class Mutant:
    """A rule and what it is changed to (None: it is gone): where, and what in words."""

    rule: RuleInfo
    changed: RuleInfo | None
    span: Span
    what: str

    @property
    def title(self) -> str:
        """The mutant in a few words."""
        return f"rule {self.rule.name} {self.what}"

    def policy(self, original: Policy) -> Policy:
        """The policy with the change."""
        changed = () if self.changed is None else (self.changed,)
        index = next(i for i, rule in enumerate(original.rules) if rule is self.rule)
        return replace(
            original, rules=(*original.rules[:index], *changed, *original.rules[index + 1 :])
        )


def mutants(compiled: Compiled) -> Iterator[Mutant]:
    """All mutants of a policy, rule by rule, each once; standard modules stay as they are, unless
    the policy is there to test one."""
    assert compiled.policy is not None
    written = {
        node.name.span: node
        for file in own_files(compiled.unit)
        for node in file.tree.declarations
        if isinstance(node, ast.Rule)
    }
    for rule in compiled.policy.rules:
        if rule.span in written:
            seen: set[RuleInfo | None] = {rule}
            for mutant in _of_rule(compiled.policy, rule, written[rule.span]):
                if mutant.changed not in seen:
                    seen.add(mutant.changed)
                    yield mutant


def _of_rule(policy: Policy, rule: RuleInfo, node: ast.Rule) -> Iterator[Mutant]:
    yield Mutant(rule, None, rule.span, "dropped")
    for expr, span, what in _conditions(rule, node):
        yield Mutant(rule, replace(rule, condition=expr), span, what)
    yield from _with_effects(policy, rule, node)
    if len(rule.flows) > 1:
        for flow in sorted(rule.flows, key=FLOWS.index):
            span = next(item.span for item in node.items if isinstance(item, ast.OnFlow))
            yield Mutant(rule, replace(rule, flows=rule.flows - {flow}), span, f"not on {flow}")


_Condition = tuple[Expr, Span, str]


def _conditions(rule: RuleInfo, node: ast.Rule) -> Iterator[_Condition]:
    """Every small change to the condition of a rule."""
    whens = [item for item in node.items if isinstance(item, ast.When)]
    if not whens:
        return
    whole = whens[0].span.to(whens[-1].span)
    yield Not(rule.condition.span, BOOL, rule.condition), whole, "with its condition negated"
    if len(whens) == 1:
        yield Const(rule.span, BOOL, value=True), whole, f"without its `{whens[0].keyword}`"
        yield from _parts(rule.condition)
        return
    assert isinstance(rule.condition, And)
    first, second = rule.condition.items
    yield second, whens[0].span, f"without its `{whens[0].keyword}`"
    yield first, whens[1].span, f"without its `{whens[1].keyword}`"
    for changed, span, what in _parts(first):
        yield replace(rule.condition, items=(changed, second)), span, what
    for changed, span, what in _parts(second):
        yield replace(rule.condition, items=(first, changed)), span, what


def _parts(expr: Expr) -> Iterator[_Condition]:
    for change in changes(expr):
        yield change.expr, change.span, change.what


def _with_effects(policy: Policy, rule: RuleInfo, node: ast.Rule) -> Iterator[Mutant]:
    others = ast.OnFlow | ast.When | ast.Because
    items = [item for item in node.items if not isinstance(item, others)]
    for index, (effect, item) in enumerate(zip(rule.effects, items, strict=True)):
        for change in effect_changes(effect, item, policy.labels):
            after = () if change.effect is None else (change.effect,)
            effects = (*rule.effects[:index], *after, *rule.effects[index + 1 :])
            if effects:  # without its only effect a rule is as good as dropped
                yield Mutant(rule, replace(rule, effects=effects), change.span, change.what)
