"""What `epolc test --mutate` says of mutants, as text and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from epol.compiler.mutation.mutants import Mutant
    from epol.compiler.mutation.running import Mutation, Survivor
    from epol.lang.render import Line


def mutant_lines(mutation: Mutation) -> Iterator[Line]:
    """The mutants that nothing noticed, those of which nobody knows, and how many there are."""
    from epol.lang.render import excerpt

    for survivor in mutation.survivors:
        yield [("survived", "error"), (f": {survivor.mutant.title}", "text")]
        yield from excerpt(survivor.mutant.span)
        yield from _witness(survivor)
        yield []
    for mutant, reason in mutation.undecided:
        yield [("undecided", "warning"), (f": {place(mutant)}: {mutant.title}: {reason}", "text")]
    yield [(summary(mutation), "text")]


def _witness(survivor: Survivor) -> Iterator[Line]:
    if survivor.told is not None:
        yield _note(f"the test “{survivor.told}” above would notice it")
        return
    what = "a test" if survivor.test else "no `expect` can say it; an entry of cases.yaml"
    yield _note(f"{what} that would notice it:")
    for line in (survivor.test or survivor.case or "").splitlines():
        yield [(f"     {line}", "text")]


def _note(text: str) -> Line:
    return [("  = ", "place"), (text, "help")]


def place(mutant: Mutant) -> str:
    """Where the change is."""
    return f"{mutant.span.source.name}:{mutant.span.first.line}"


def summary(mutation: Mutation) -> str:
    """One line on all mutants."""
    kinds = ("tests", "claims", "findings")
    by = ", ".join(f"{mutation.killed[kind]} by {kind}" for kind in kinds)
    made = f", {mutation.killed['made']} by the new tests" if mutation.killed["made"] else ""
    return (
        f"mutants: {mutation.total}; noticed {mutation.killed.total()} ({by}{made}), "
        f"{mutation.equivalent} equivalent, {len(mutation.survivors)} survived, "
        f"{len(mutation.undecided)} undecided"
    )


def mutants_json(mutations: Sequence[Mutation]) -> dict[str, object]:
    """The mutants of all policies."""
    kinds = ("tests", "claims", "findings", "made")
    return {
        "total": sum(each.total for each in mutations),
        "noticed": {kind: sum(each.killed[kind] for each in mutations) for kind in kinds},
        "equivalent": sum(each.equivalent for each in mutations),
        "survived": [
            {**_json(survivor.mutant), "witness": survivor.test, "case": survivor.case}
            for each in mutations
            for survivor in each.survivors
        ],
        "undecided": [
            {**_json(mutant), "reason": reason}
            for each in mutations
            for mutant, reason in each.undecided
        ],
    }


def _json(mutant: Mutant) -> dict[str, object]:
    from epol.compiler.report.json import span_json

    return {
        "rule": mutant.rule.name,
        "change": mutant.what,
        "file": mutant.span.source.name,
        "span": span_json(mutant.span),
    }
