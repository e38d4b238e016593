"""The passes, in order, and why in that order."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from epol.compiler.check.claims import check_claims
from epol.compiler.check.detectors import check_detectors
from epol.compiler.check.expressions import Expressions
from epol.compiler.check.inputs import check_inputs, check_params, check_target_signals
from epol.compiler.check.labels import check_labels
from epol.compiler.check.lets import check_lets
from epol.compiler.check.retyping import Retyper
from epol.compiler.check.rules import check_rules
from epol.compiler.check.targets import check_fields, check_targets
from epol.compiler.check.testblocks import check_tests
from epol.compiler.check.trials import try_detectors
from epol.compiler.resolve.loader import LoadedFile, Parse, Unit, load
from epol.compiler.resolve.scope import Scope, collect
from epol.lang.diagnostics import Diagnostic, Severity
from epol.lang.model import Policy
from epol.lang.parser import parse
from epol.lang.source import Source

# Each pass fills a table that the next ones read.
PASSES: tuple[Callable[[Expressions], None], ...] = (
    lambda expressions: check_labels(expressions.scope),  # conditions expand labels
    check_params,  # everything constant may name a param
    check_fields,  # a target's values need their fields' types
    check_targets,  # intervals of `target.x` are those of its values on the targets
    check_inputs,  # defaults may name static fields of targets
    lambda expressions: check_target_signals(expressions.scope),
    lambda expressions: check_detectors(expressions.scope),
    check_lets,  # also those that nothing names
)


@dataclass(frozen=True)
class Compiled:
    """What is known of a build.  `policy` is None if it has errors."""

    unit: Unit
    policy: Policy | None
    diagnostics: tuple[Diagnostic, ...]

    @property
    def has_errors(self) -> bool:
        """Whether anything is wrong enough that the policy cannot be used."""
        return _has_errors(self.diagnostics)


def compile_policy(path: Path, parse: Parse = parse, retyper: Retyper | None = None) -> Compiled:
    """Read, resolve and check a policy or module with everything it imports.

    What was typed before is not typed again if the `retyper` knows it.

    Raises `UnreadableError` if the file itself cannot be read; all else is a diagnostic.
    """
    return _compiled(load(path, parse), retyper)


def compile_with_tests(path: Path, tests: Source) -> Compiled:
    """As `compile_policy`, with the `test` blocks of a text that stands apart from the policy."""
    unit = load(path)
    parsed = parse(tests)
    root = unit.root
    file = LoadedFile(
        path, parsed.file, parsed.comments, parsed.broken_names, None, root.module, False
    )
    files = file, *unit.files
    return _compiled(replace(unit, files=files, diagnostics=unit.diagnostics + parsed.diagnostics))


def _compiled(unit: Unit, retyper: Retyper | None = None) -> Compiled:
    scope = collect(unit)
    policy = check(scope, retyper)
    if not _has_errors(scope.diagnostics):
        # Last, because only a policy that is right can be run.
        scope.diagnostics += try_detectors(unit, policy)
    diagnostics = in_order(scope.diagnostics)
    return Compiled(unit, None if _has_errors(diagnostics) else policy, diagnostics)


def _has_errors(diagnostics: Iterable[Diagnostic]) -> bool:
    return any(diagnostic.severity == Severity.ERROR for diagnostic in diagnostics)


def declared(scope: Scope) -> Expressions:
    """What types expressions where every declaration of a build is known."""
    expressions = Expressions(scope)
    for run in PASSES:
        run(expressions)
    return expressions


def check(scope: Scope, retyper: Retyper | None = None) -> Policy:
    """Run the passes; with errors in `scope.diagnostics`, the policy is only partial."""
    expressions = declared(scope)
    rules = check_rules(expressions, retyper or Retyper())
    claims = check_claims(expressions)
    tests = check_tests(expressions)
    head = scope.unit.root.head
    return Policy(
        name=head.name.text if head else "",
        version=head.version.value if head and head.version else None,
        digest=scope.unit.digest(),
        inputs=scope.inputs,
        labels=scope.labels,
        detectors=tuple(scope.detectors),
        targets=tuple(scope.targets.values()),
        rules=rules,
        claims=claims,
        tests=tests,
    )


def in_order(diagnostics: list[Diagnostic]) -> tuple[Diagnostic, ...]:
    """By file and place, each once (a let named twice is typed once, but may be met twice)."""
    unique = {(d.span.source.name, d.span.start, d.name, d.message): d for d in diagnostics}
    return tuple(unique[key] for key in sorted(unique))
