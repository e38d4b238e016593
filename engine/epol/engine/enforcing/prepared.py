"""What a request was decided by, from which the body for each target is made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from epol.engine.bodies.body import Api, RequestBody
from epol.engine.bodies.rewriting import Rewriting
from epol.engine.bodies.tools import apply_tools
from epol.engine.bundle.findings import Finding, RequestScan
from epol.engine.bundle.treatment import Plan, Treatment
from epol.engine.deciding.outcome import TargetOutcome
from epol.engine.enforcing.reading import TextReader, findings_of
from epol.engine.enforcing.treating import treat_runs
from epol.engine.errors import UntreatableError
from epol.engine.text.treatments.keys import Keys


@dataclass(frozen=True)
class Prepared:
    """A request's body with what was found in it, and what it is treated with.

    `name` is that of its API.
    """

    text: TextReader
    name: str
    api: Api
    body: RequestBody = field(repr=False)
    scan: RequestScan = field(repr=False)
    keys: Keys = field(repr=False)

    def findings(self, text: str) -> tuple[Finding, ...]:
        """What was found in a part of the body that has this text; nothing if none has."""
        for run, scan in zip(self.body.runs, self.scan.scans, strict=True):
            for piece, own in findings_of(run, scan):
                if piece.part.text == text:
                    return tuple(own)
        return ()

    def body_for(self, target: TargetOutcome) -> bytes:
        """The body as it may go to a target.

        Raises `UntreatableError` where something that is to be treated could not be read,
        and what treating raises.
        """
        check_readable(self.scan.unknown, target.treatments)
        source = self.body.body
        rewriting = Rewriting(source)
        with self.keys.tokens.batch():
            treat_runs(
                self.text, self.body.runs, self.scan.scans, target.treatments, self.keys, rewriting
            )
        is_rewritten = bool(rewriting)
        rewriting.settle()
        edits = rewriting.edits(source)
        for echo in self.body.echoes if is_rewritten else ():
            edits.drop(echo.parent or echo, [echo.key])
        if target.tools is not None:
            apply_tools(edits, self.body.tools, target.tools)
        self.body.limit(edits, target.caps)
        return edits.rendered()


def check_readable(unknown: Mapping[str, str], plan: Plan) -> None:
    """Raise `UntreatableError` where a label is to be treated that nobody could look for."""
    for label, why in unknown.items():
        detail = plan.get(label)
        if detail is not None and detail.treatment != Treatment.KEEP:
            raise UntreatableError(f"`{label}` is to be treated and could not be looked for: {why}")
