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
    """The labels that a treatment leaves out: an exception follows dotted names alone."""
    names = [name.text for name in _node(written).exceptions]
    return frozenset(
        label
        for label in policy.labels
        if any(name == "any" or f"{label}.".startswith(f"{name}.") for name in names)
    )


def _named(policy: Policy, written: Written) -> frozenset[str]:
    """The labels that a treatment names, and those below."""
    names = (name.text for name in _node(written).labels)
    labels = policy.labels
    below = (frozenset(labels) if name == "any" else labels[name].below for name in names)
    return frozenset[str]().union(*below)


def _node(written: Written) -> ast.Treat:
    """The tree of a treatment: treatments of a rule have the order of its text."""
    rule, effect = written
    nodes = [item for item in rule.tree.items if isinstance(item, ast.Treat)]
    effects = [each for each in rule.info.effects if isinstance(each, Treat)]
    return nodes[next(i for i, each in enumerate(effects) if each is effect)]
