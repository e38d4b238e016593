"""What the compiler found out about a policy before it wrote the bundle."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """A diagnostic; `line` and `column` count from 1, `file` is a name of `sources`."""

    name: str
    severity: str
    message: str
    file: str
    line: int
    column: int


@dataclass(frozen=True)
class Claim:
    """A `prove`, and whether it was `proved`, `refuted` or is `undecided`."""

    name: str
    outcome: str


@dataclass(frozen=True)
class Record:
    """Findings, claims, how many tests passed of how many, and the validation of the program.

    `translation` says what comparing program and formula gave, None where they were not
    compared; `solver` is the version of the solver that was asked, None where none was.
    """

    findings: tuple[Finding, ...] = ()
    claims: tuple[Claim, ...] = ()
    tests: int = 0
    tests_passed: int = 0
    translation: str | None = None
    solver: str | None = None
