"""What the findings share: a checked policy, its own rules, and questions to the solver.

A finding that depends on the solver has one of three outcomes: nothing is found, which is
proved; something is found, with requests that show it, replayed before they are believed;
or it is undecided, which is said.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from epol.compiler.confirming import doubts, replayed
from epol.compiler.pipeline import Compiled
from epol.compiler.places import Place
from epol.compiler.scanning import scanned
from epol.compiler.smt.answers import Answer, Impossible, Possible, Undecided
from epol.compiler.witness import as_test
from epol.lang import ast
from epol.lang.diagnostics import Definition, Diagnostic, Label, Severity, define
from epol.lang.model import Policy, RuleInfo
from epol.lang.request import Request
from epol.lang.source import Span

if TYPE_CHECKING:
    from epol.compiler.smt.memory import Memory
    from epol.compiler.smt.space import Space
    from epol.compiler.smt.symbols import Symbols
    from epol.compiler.smt.terms import Bool

PLAINNESS, PLAINNESS_OF_ALL = 1.0, 4.0
"""Seconds of a thread for making one witness plain, and for all of a policy; then they stay so."""

Key = TypeVar("Key")

_LETTERS = " or ".join(f'request.code like "*{letter}*"' for letter in "abcdefghijklmnop")
FINDING_UNDECIDED = define(
    "finding-undecided",
    "an analysis came to no end",
    "The solver did not say in the time that `--budget` allows whether something is wrong, or "
    "could not look at it at all. It may be wrong. The message names the finding and the reason.",
    severity=Severity.WARNING,
    bad=f"attr request.code : string\nrule r {{ when {_LETTERS} deny }}",
    good='attr request.code : string default ""\nrule r { when request.code like "*a*" deny }',
)


@dataclass(frozen=True, eq=False)
class OwnRule:
    """A rule that is not a standard module's, with the tree that it was read from.

    Compared by identity: it is a key of what is asked, and a tree takes long to compare.
    """

    info: RuleInfo
    tree: ast.Rule

    @property
    def name(self) -> str:
        """The qualified name."""
        return self.info.name

    @property
    def span(self) -> Span:
        """Where it is named."""
        return self.tree.name.span


@dataclass(frozen=True)
class Told:
    """What a person is told of a finding: where, what, and what to do."""

    span: Span
    message: str
    labels: tuple[Label, ...] = ()
    help: str | None = None


@dataclass(frozen=True)
class Case:
    """Something that would be a finding if `goal` held on some request, or pair of requests.

    `tell` judges the requests by the reference evaluator: None where they do not show it.
    `titles` are those of the tests that show the requests; `span` is where it is looked for.
    `text` is the user's, if the labels are those of a certain text.
    """

    span: Span
    place: Place
    goal: Bool
    tell: Callable[..., Told | None]
    titles: tuple[str, ...]
    requests: tuple[Symbols, ...] = ()
    text: str | None = None


@dataclass
class Known:
    """A policy that compiles, and what is found out about it; `deadline` is monotonic.

    `memory` is what is known from the policy before an edit.  Unless the engine `confirms` them
    at once, witnesses are gathered in `unconfirmed` for it.
    """

    compiled: Compiled
    deadline: float | None = None
    memory: Memory | None = None
    confirms: bool = True
    unconfirmed: list[Request] = field(default_factory=list[Request], init=False)
    _plainness: float = field(default=PLAINNESS_OF_ALL, init=False)

    @cached_property
    def policy(self) -> Policy:
        """The policy; with a memory, rules that an edit does not touch are those from before.

        They say the same, but their spans are those of the text before: `own_rules` has the trees.
        """
        return self._as_compiled if self.memory is None else self.space.policy

    @property
    def _as_compiled(self) -> Policy:
        assert self.compiled.policy is not None
        return self.compiled.policy

    @cached_property
    def space(self) -> Space:
        """Its requests, as the solver sees them."""
        from epol.compiler.smt.space import Space  # noqa: PLC0415 (the solver is slow to load)

        return Space(self._as_compiled, self.deadline, self.memory)

    @cached_property
    def own_rules(self) -> tuple[OwnRule, ...]:
        """The rules that are not a standard module's; none where there is no target."""
        infos = {rule.name: rule for rule in self.policy.rules}
        if not self.policy.targets:
            return ()
        return tuple(
            OwnRule(infos[file.qualified(node.name.text)], node)
            for file in self.compiled.unit.files
            if not file.is_standard
            for node in file.tree.declarations
            if isinstance(node, ast.Rule)
        )

    @property
    def head(self) -> Span:
        """Where the policy names itself, or begins."""
        root = self.compiled.unit.root
        return root.tree.source.span(0, 0) if root.head is None else root.head.name.span

    def rule_span(self, name: str) -> Span | None:
        """Where a rule is named, if it is not a standard module's."""
        return next((rule.span for rule in self.own_rules if rule.name == name), None)

    # --- questions -------------------------------------------------------------------

    def impossible(
        self,
        definition: Definition,
        goals: Mapping[Key, Bool],
        tell: Callable[[Key], Told],
    ) -> Iterator[Diagnostic]:
        """A finding for each of several things that hold on no request."""

        for key, answer in self.space.settle(goals).items():
            if isinstance(answer, Impossible):
                yield said(definition, tell(key))
            elif isinstance(answer, Undecided):
                yield undecided(definition, tell(key).span, answer.reason)

    def shown(
        self, definition: Definition, cases: Mapping[Key, Case]
    ) -> Iterator[tuple[Key, Diagnostic]]:
        """A finding for each of several things that hold on some request, which shows it."""

        answers = self.space.settle({key: case.goal for key, case in cases.items()})
        for key, answer in answers.items():
            case = cases[key]
            if isinstance(answer, Possible):
                yield key, self._replayed(definition, case, answer)
            elif isinstance(answer, Undecided):
                yield key, undecided(definition, case.span, answer.reason)

    def first_shown(
        self, definition: Definition, cases: Mapping[tuple[Key, object], Case]
    ) -> Iterator[Diagnostic]:
        """The same, one finding for all cases that have the first part of their key in common."""
        answers = self.space.settle({key: case.goal for key, case in cases.items()})
        by_first: dict[Key, list[tuple[Case, Answer]]] = {}
        for key, answer in answers.items():
            by_first.setdefault(key[0], []).append((cases[key], answer))
        for group in by_first.values():
            yield from self._first(definition, group)

    def _first(
        self, definition: Definition, group: list[tuple[Case, Answer]]
    ) -> Iterator[Diagnostic]:
        """The first that is shown; else one of those that are undecided."""

        open_: Diagnostic | None = None
        for case, answer in group:
            if isinstance(answer, Possible):
                told = self._replayed(definition, case, answer)
                if told.definition is not FINDING_UNDECIDED:
                    yield told
                    return
                open_ = told
            elif isinstance(answer, Undecided):
                open_ = undecided(definition, case.span, answer.reason)
        if open_ is not None:
            yield open_

    def _replayed(self, definition: Definition, case: Case, found: Possible) -> Diagnostic:
        return self.replayed(definition, case, self.witness(case, found))

    def witness(self, case: Case, found: Possible) -> tuple[Request, ...]:
        """Requests that show a case, as plain as can be."""
        from epol.compiler.smt.showing import Showing  # noqa: PLC0415 (z3 is slow to load)
        from epol.compiler.smt.witness import request_of  # noqa: PLC0415 (z3 is slow to load)

        requests = case.requests or (self.space.symbols,)
        showing = Showing(self.space, case.titles, case.goal, requests)
        values = showing.known()
        if values is None:
            started = time.thread_time()
            values = showing.made(found, min(PLAINNESS, max(self._plainness, 0.0)))
            self._plainness -= time.thread_time() - started
        shown = (request_of(symbols, values, *case.place) for symbols in requests)
        return tuple(each if case.text is None else self._with(case.text, each) for each in shown)

    def _with(self, text: str, request: Request) -> Request:
        """A request with what a user's text says of labels."""
        scan = scanned(replace(request, text=(("user", text),), labels={}), self.policy)
        models = {name: None for name, counts in request.labels.items() if counts is None}
        return replace(scan, text=(), labels={**scan.labels, **models}, unread=frozenset())

    def replayed(
        self, definition: Definition, case: Case, requests: tuple[Request, ...]
    ) -> Diagnostic:
        """The finding with requests that show it, if they do when they are decided."""
        told = case.tell(*requests)
        if told is None:
            reason = "the solver's witness does not show it when it is evaluated"
            return undecided(definition, case.span, reason)
        doubt = self.doubt(requests)
        told = told if doubt is None else replace(told, help=doubt)
        text = () if case.text is None else (("user", case.text),)
        pairs = zip(requests, case.titles, strict=True)
        blocks = [as_test(self.policy, each, title, text=text) for each, title in pairs]
        return replace(said(definition, told), witness="\n".join(blocks))

    def doubt(self, requests: tuple[Request, ...]) -> str | None:
        """Why the engine does not confirm a witness; None if it does, or will be asked later."""
        if self.confirms:
            return doubts(replayed(self.policy, requests))
        self.unconfirmed.extend(requests)
        return None


def said(definition: Definition, told: Told) -> Diagnostic:
    """A finding."""
    return definition.at(told.span, told.message, help=told.help, labels=told.labels)


def undecided(definition: Definition, span: Span, reason: str) -> Diagnostic:
    """That a finding is undecided."""
    return FINDING_UNDECIDED.at(span, f"`{definition.name}` is undecided here: {reason}")
