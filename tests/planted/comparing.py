"""The judge beside `epolc check`, on one policy."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from epol.lang.diagnostics import Diagnostic
from tests.planted.judge import findings
from tests.planted.judged import Finding, Judged
from tests.planted.of_rules import nothing_changes
from tests.planted.told import UNDECIDED, comparable, examined, quoted, told
from tests.planted.witnesses import why_wrong


def disagreements(
    it: Judged, folder: Path, text: str, there: frozenset[Finding] | None = None
) -> list[str]:
    """Whatever the checker and the judge do not both say of a policy.

    `there` is what the judge says, if that is known already.
    """
    return list(_disagreements(it, folder, text, findings(it) if there is None else there))


def _disagreements(it: Judged, folder: Path, text: str, there: frozenset[Finding]) -> Iterator[str]:
    examination = examined(folder, text)
    said = told(it.compiled, examination)
    wanted = {finding for finding in there if comparable(finding)}
    yield from (f"missing: {finding}" for finding in sorted(wanted - said.keys()))
    yield from (f"wrong: {finding}" for finding in sorted(said.keys() - wanted))
    for finding in sorted(said.keys() & wanted):
        for diagnostic in said[finding]:
            wrong = why_wrong(it, folder, finding, diagnostic) or _wrong_rules(it, diagnostic)
            if wrong is not None:
                yield f"{finding}: {wrong}: {diagnostic.message}\n{diagnostic.witness or ''}"
        if len(said[finding]) > 1 and finding[0] != "request-starved":
            yield f"twice: {finding}"
    for diagnostic in examination.diagnostics:
        if diagnostic.name == UNDECIDED:
            yield f"undecided: {diagnostic.message}"


def _wrong_rules(it: Judged, diagnostic: Diagnostic) -> str | None:
    """What is wrong with the rules because of which a rule changes nothing."""
    if diagnostic.name != "rule-changes-nothing":
        return None
    (rule,) = (r for r in it.own if f"`{r.name}`" == diagnostic.message.split(" ", 1)[0])
    others = quoted(it.compiled, diagnostic) - {rule.name}
    if not nothing_changes(it, rule, others):
        return "it would change something beside these rules alone"
    if any(nothing_changes(it, rule, others - {each}) for each in others):
        return "it changes nothing beside fewer of these rules"
    return None
