"""A policy with all requests that are tried, and the rules that findings may speak of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from epol.compiler.pipeline import Compiled
from epol.lang import ast
from epol.lang.model import Policy, RuleInfo, Treat, Value
from tests.planted.domains import space_of
from tests.planted.lanes import Lanes, Variant

Finding = tuple[str, tuple[str, ...]]
"""The name of a finding, and what it is about, in the order of the alphabet."""


@dataclass(frozen=True)
class Judged:
    """A build, and its lanes; `texts` are those that detectors are tried on."""

    compiled: Compiled
    policy: Policy
    lanes: Lanes
    texts: tuple[str, ...] = ()

    @cached_property
    def nodes(self) -> Mapping[str, ast.Rule]:
        """The rules of files that are not standard modules, as they are written."""
        return {name: node for name, node in self._declared() if isinstance(node, ast.Rule)}

    @cached_property
    def detectors(self) -> Mapping[str, ast.Detector]:
        """The detectors of files that are not standard modules, as they are written."""
        return {name: node for name, node in self._declared() if isinstance(node, ast.Detector)}

    def _declared(self) -> Iterator[tuple[str, ast.Rule | ast.Detector]]:
        for file in self.compiled.unit.files:
            for node in file.tree.declarations:
                if isinstance(node, ast.Rule | ast.Detector) and not file.is_standard:
                    yield file.qualified(node.name.text), node

    @cached_property
    def own(self) -> tuple[RuleInfo, ...]:
        """The rules that findings may speak of."""
        return tuple(rule for rule in self.policy.rules if rule.name in self.nodes)

    @cached_property
    def names(self) -> frozenset[str]:
        """All rules, those of standard modules too."""
        return frozenset(rule.name for rule in self.policy.rules)

    def keeping(self, rules: frozenset[str]) -> Variant:
        """Some of the rules."""
        return (None if rules >= self.names else rules & self.names), None

    def treats(self, rule: RuleInfo) -> list[tuple[Treat, ast.Treat]]:
        """The treatments of a rule, each with how it is written."""
        effects = [effect for effect in rule.effects if isinstance(effect, Treat)]
        written = [item for item in self.nodes[rule.name].items if isinstance(item, ast.Treat)]
        return list(zip(effects, written, strict=True))


def judged(
    compiled: Compiled,
    domains: Mapping[str, tuple[Value, ...]] | None = None,
    texts: tuple[str, ...] = (),
    most: int = 20_000,
) -> Judged:
    """What is needed to judge a build; `domains` are those that only its maker can know.

    Raises `TooManyError` later if there are more than `most` requests to try.
    """
    policy = compiled.policy
    assert policy is not None, [(d.name, d.message, d.span.text) for d in compiled.diagnostics]
    return Judged(compiled, policy, Lanes(policy, space_of(policy, domains), most), texts)
