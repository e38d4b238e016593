"""A rules file as a module, with a report of what it lacks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from epol.compiler.importing.detector import import_rule
from epol.compiler.importing.discards import file_losses
from epol.compiler.importing.document import Config
from epol.compiler.importing.losses import Loss, report
from epol.compiler.importing.module import module_text


@dataclass(frozen=True)
class Conversion:
    """The module's text (None if no rule became a detector), and what is left out."""

    text: str | None
    losses: tuple[Loss, ...]
    report: tuple[str, ...]


def convert(file: str, config: Config) -> Conversion:
    """Convert all rules of a file of this name.  Raises `TooLargeError`."""
    rules = [import_rule(rule, config) for rule in config.rules]
    shared = list(file_losses(config))
    losses = (*shared, *(loss for imported in rules for loss in imported.losses))
    written = sum(bool(imported.secret.patterns) for imported in rules)
    text = module_text(file, rules, shared) if written else None
    return Conversion(text, losses, tuple(_report(file, len(rules), written, losses)))


def _report(file: str, rules: int, written: int, losses: tuple[Loss, ...]) -> Iterator[str]:
    yield from report(losses)
    conditions = sum(not loss.whole for loss in losses)
    whole = len(losses) - conditions
    yield (
        f"{file}: {_counted(written, 'detector')} of {_counted(rules, 'rule')}; left out: "
        f"{_counted(whole, 'rule')}, {_counted(conditions, 'condition')}"
    )


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}" + ("" if number == 1 else "s")
