"""One scope for a whole build: every declaration under its name, duplicates reported."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from epol.compiler.resolve.loader import LoadedFile, Unit
from epol.lang import ast
from epol.lang.builtins import MAX_TARGETS, TARGET_PARTS_TAKEN, TARGET_WORDS_TAKEN
from epol.lang.diagnostics import (
    Definition,
    Diagnostic,
    Edit,
    Label,
    Severity,
    correction,
    define,
    did_you_mean,
)
from epol.lang.lexer import RESERVED
from epol.lang.model import DetectorInfo, InputInfo, LabelInfo, TargetInfo, Value
from epol.lang.source import Span
from epol.lang.types import Type

DUPLICATE_DECLARATION = define(
    "duplicate-declaration",
    "one name is declared twice",
    "Attributes, signals, lets, params and targets share one namespace across all files of a "
    "build; rules, detectors, claims and fields have one each. Only labels may be declared "
    "again: that adds parents.",
    bad="attr caller.rank : int\nsignal caller.rank : int",
    good="attr caller.rank : int\nsignal site.rank : int",
)
TARGET_OUTSIDE_POLICY = define(
    "target-outside-policy",
    "a module declares a target",
    "Where requests may go is said in one place: only the policy file declares targets.",
    bad={
        "policy.epol": 'policy example version "1"\nimport "./m.epol"',
        "m.epol": "module m\ntarget ward { at local }",
    },
    good={
        "policy.epol": 'policy example version "1"\nimport "./m.epol"\ntarget ward { at local }',
        "m.epol": "module m",
    },
)
TARGET_NAME_RESERVED = define(
    "target-name-reserved",
    "a target's name already means something else",
    "No target is called `target` or `any`, has a dot in its name, or is the first part of an "
    "attribute's or signal's name: `ward.up` must mean one thing.",
    bad="attr cloudy.region : string\ntarget cloudy { at cloud }",
    good="attr caller.zone : string\ntarget cloudy { at cloud }",
)
SIGNAL_UNDER_TARGET = define(
    "signal-under-target",
    "a signal has a target's name as its first part",
    "The policy file may declare a further signal under a target's name, as `site.maintenance` "
    "beside `target site`: it reads like one of the target's own, and can mean nothing else. It "
    "is one fact, though, not one a target: `target.maintenance` does not exist.",
    severity=Severity.NOTE,
    bad="signal cloudy.maintenance : bool default false\ntarget cloudy { at cloud }",
    good="signal dc.maintenance : bool default false\ntarget cloudy { at cloud }",
)
TOO_MANY_TARGETS = define(
    "too-many-targets",
    "a policy has more than 64 targets",
    "A decision is made for all targets at once, in the bits of one machine word; 64 is the limit.",
    bad="\n".join(f"target t{i} {{ at local }}" for i in range(65)),
    good="\n".join(f"target t{i} {{ at local }}" for i in range(63)),
)
FIELD_NAME_TAKEN = define(
    "field-name-taken",
    "a field has the name of a standard part of a target",
    "`at zone model context price url key` are standard fields, `up queue rtt latency errors "
    "rate_left` live signals, `name` and `cost` derived; other fields need other names, without "
    "dots.",
    bad="field queue : int",
    good="field shelf : int",
)

MAX_DIAGNOSTICS = 500
MOST_LABELS = 5
MOST_SUGGESTIONS = 50
"""Looking for the nearest name takes a while, and nobody reads that many."""

Valued = ast.InputDecl | ast.Let | ast.Param | ast.Target


@dataclass
class Scope:
    """What every name of a build means; `check` fills the typed tables in order."""

    unit: Unit
    valued: dict[str, tuple[LoadedFile, Valued]] = field(
        default_factory=dict[str, "tuple[LoadedFile, Valued]"]
    )
    fields: dict[str, ast.Field] = field(default_factory=dict[str, ast.Field])
    params: dict[str, tuple[Type, Value]] = field(default_factory=dict[str, "tuple[Type, Value]"])
    inputs: dict[str, InputInfo] = field(default_factory=dict[str, InputInfo])
    inputs_ready: bool = False
    labels: dict[str, LabelInfo] = field(default_factory=dict[str, LabelInfo])
    detectors: list[DetectorInfo] = field(default_factory=list[DetectorInfo])
    field_types: dict[str, tuple[Type, Value | None]] = field(
        default_factory=dict[str, "tuple[Type, Value | None]"]
    )
    targets: dict[str, TargetInfo] = field(default_factory=dict[str, TargetInfo])
    diagnostics: list[Diagnostic] = field(default_factory=list[Diagnostic])

    def report(
        self,
        definition: Definition,
        span: Span,
        message: str,
        *,
        help: str | None = None,
        labels: Iterable[Label] = (),
        fix: Edit | None = None,
    ) -> None:
        """Add a diagnostic; after MAX_DIAGNOSTICS of them, more would help nobody."""
        if len(self.diagnostics) >= MAX_DIAGNOSTICS and definition.severity == Severity.ERROR:
            return
        self.diagnostics.append(definition.at(span, message, help=help, labels=labels, fix=fix))

    def unknown(
        self,
        definition: Definition,
        name: ast.Name | ast.Reference,
        message: str,
        known: Iterable[str],
    ) -> None:
        """Report an unknown name, unless its declaration is in text that did not parse."""
        word = name.text if isinstance(name, ast.Name) else name.name
        if not self.is_broken(word):
            words = list(known) if len(self.diagnostics) < MOST_SUGGESTIONS else []
            near, fix = did_you_mean(word, words), correction(name.span, word, words)
            self.report(definition, name.span, message, help=near, fix=fix)

    def is_broken(self, word: str) -> bool:
        """Whether a name, or what it is part of, is declared in text that did not parse."""
        parts = word.split(".")
        heads = {".".join(parts[: i + 1]) for i in range(len(parts))} | {parts[-1]}
        broken = {name for file in self.unit.files for name in file.broken_names}
        return bool(heads & broken) or any(name.startswith(f"{word}.") for name in broken)

    def nodes(self, kind: type[ast.Node]) -> Iterator[tuple[LoadedFile, ast.Node]]:
        """All declarations of a kind, in the order of the files."""
        for file in self.unit.files:
            for node in file.tree.declarations:
                if isinstance(node, kind):
                    yield file, node

    def lookup(self, name: str) -> tuple[LoadedFile, Valued] | None:
        """What a name that holds a value declares; a module's own may be written qualified."""
        found = self.valued.get(name)
        if found is not None:
            return found
        for other in self.unit.files:
            if other.module is not None and name.startswith(other.module + "."):
                entry = self.valued.get(name.removeprefix(other.module + "."))
                if entry is not None and entry[0] is other:
                    return entry
        return None


def collect(unit: Unit) -> Scope:
    """Gather every declaration of a build under its name."""
    scope = Scope(unit, diagnostics=list(unit.diagnostics))
    _collect_valued(scope)
    _check_targets(scope)
    _collect_fields(scope)
    _check_unique(scope, ast.Rule)
    _check_unique(scope, ast.Detector)
    _check_unique(scope, ast.Prove)
    _check_modules(scope)
    return scope


def _collect_valued(scope: Scope) -> None:
    for kind in (ast.InputDecl, ast.Param, ast.Let, ast.Target):
        for file, node in scope.nodes(kind):
            assert isinstance(node, ast.InputDecl | ast.Param | ast.Let | ast.Target)
            known = scope.valued.get(node.name.text)
            if known is None:
                scope.valued[node.name.text] = (file, node)
            else:
                _duplicate(scope, node.name, known[1].name)


def _duplicate(scope: Scope, name: ast.Name, first: ast.Name) -> None:
    message = f"`{name.text}` is declared already"
    if (name.span.source.name, name.span.start) < (first.span.source.name, first.span.start):
        name, first = first, name
    scope.report(
        DUPLICATE_DECLARATION, name.span, message, labels=[Label(first.span, "first declared here")]
    )


def _check_targets(scope: Scope) -> None:
    targets = [(f, n) for f, n in scope.nodes(ast.Target) if isinstance(n, ast.Target)]
    under: dict[str, list[tuple[LoadedFile, ast.InputDecl]]] = {}
    for file, node in scope.nodes(ast.InputDecl):
        assert isinstance(node, ast.InputDecl)
        under.setdefault(node.name.text.split(".")[0], []).append((file, node))
    for file, node in targets:
        if isinstance(file.head, ast.ModuleHead):
            message = "only the policy file may declare targets"
            scope.report(TARGET_OUTSIDE_POLICY, node.name.span, message)
        name = node.name.text
        if name in TARGET_WORDS_TAKEN | RESERVED or "." in name:
            message = f"no target can be called `{name}`"
            scope.report(TARGET_NAME_RESERVED, node.name.span, message)
        else:
            _check_first_part(scope, file, node.name, under.get(name, []))
    if len(targets) > MAX_TARGETS:
        message = f"this is target {MAX_TARGETS + 1}; a policy may have {MAX_TARGETS}"
        scope.report(TOO_MANY_TARGETS, targets[MAX_TARGETS][1].name.span, message)


def _check_first_part(
    scope: Scope, file: LoadedFile, name: ast.Name, under: list[tuple[LoadedFile, ast.InputDecl]]
) -> None:
    """No attribute's name begins with a target's; a signal of the same file may."""
    for definition in (TARGET_NAME_RESERVED, SIGNAL_UNDER_TARGET):
        found = [
            other.name
            for owner, other in under
            if (definition is SIGNAL_UNDER_TARGET)
            == (other.keyword == "signal" and owner is file and not _is_target_part(scope, other))
        ]
        if found:
            message = f"`{name.text}` is the first part of `{found[0].text}`"
            labels = [Label(other.span, "declared here") for other in found[:MOST_LABELS]]
            scope.report(definition, name.span, message, labels=labels)


def _is_target_part(scope: Scope, node: ast.InputDecl) -> bool:
    """Whether `T.x` could also mean a field or signal of the target T."""
    part = node.name.text.partition(".")[2]
    fields = {f.name.text for _, f in scope.nodes(ast.Field) if isinstance(f, ast.Field)}
    return part in TARGET_PARTS_TAKEN | fields or not part


def _collect_fields(scope: Scope) -> None:
    for _, node in scope.nodes(ast.Field):
        assert isinstance(node, ast.Field)
        name = node.name.text
        if name in TARGET_PARTS_TAKEN or "." in name:
            message = f"a field cannot be called `{name}`"
            scope.report(FIELD_NAME_TAKEN, node.name.span, message)
        elif name in scope.fields:
            _duplicate(scope, node.name, scope.fields[name].name)
        else:
            scope.fields[name] = node


def _check_unique(scope: Scope, kind: type[ast.Rule | ast.Detector | ast.Prove]) -> None:
    first: dict[str, ast.Name] = {}
    for file, node in scope.nodes(kind):
        assert isinstance(node, ast.Rule | ast.Detector | ast.Prove)
        name = file.qualified(node.name.text)
        if name in first:
            _duplicate(scope, node.name, first[name])
        else:
            first[name] = node.name


def _check_modules(scope: Scope) -> None:
    first: dict[str, ast.Name] = {}
    for file in scope.unit.files:
        if isinstance(file.head, ast.ModuleHead):
            name = file.head.name
            if name.text in first:
                _duplicate(scope, name, first[name.text])
            first.setdefault(name.text, name)
