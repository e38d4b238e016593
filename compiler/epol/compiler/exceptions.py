"""Which treatments are written `except` for others."""

from __future__ import annotations

from epol.compiler.analysing import OwnRule
from epol.lang import ast
from epol.lang.model import Policy, Treat

Written = tuple[OwnRule, Treat]
"""A rule, and one of its treatments."""


def is_exception(policy: Policy, one: Written, other: Written) -> bool:
    """Whether one of two treatments leaves out a label that the other one names."""
    pairs = (one, other), (other, one)
    return any(_excepted(policy, mine) & _named(policy, its) for mine, its in pairs)


def _excepted(policy: Policy, written: Written) -> frozenset[str]:
    return _below(policy, _node(written).exceptions)


def _named(policy: Policy, written: Written) -> frozenset[str]:
    return _below(policy, _node(written).labels)


def _below(policy: Policy, names: tuple[ast.Name, ...]) -> frozenset[str]:
    """The labels that some names stand for."""
    return frozenset().union(
        *(policy.labels if name.text == "any" else policy.labels[name.text].below for name in names)
    )


def _node(written: Written) -> ast.Treat:
    """The tree of a treatment: treatments of a rule have the order of its text."""
    rule, effect = written
    nodes = [item for item in rule.tree.items if isinstance(item, ast.Treat)]
    effects = [each for each in rule.info.effects if isinstance(each, Treat)]
    return nodes[next(i for i, each in enumerate(effects) if each is effect)]
