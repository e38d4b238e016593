"""What of a rules file has no form here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_NAMED = 4
"""Rules that a line of the report names."""

_MOST_SHOWN = 60


@dataclass(frozen=True)
class Loss:
    """A rule (`whole`), or a condition of it, that is left out.

    Without a condition a detector finds more than the rule did.  `rule` is None for what
    belongs to the file.
    """

    rule: str | None
    what: str
    whole: bool = False


def report(losses: Iterable[Loss]) -> Iterator[str]:
    """A line for each kind of loss, those of whole rules first."""
    kinds: dict[tuple[bool, str], list[str | None]] = {}
    for loss in losses:
        kinds.setdefault((not loss.whole, loss.what), []).append(loss.rule)
    for (finds_more, what), rules in sorted(kinds.items(), key=lambda item: item[0][0]):
        kind = "finds more" if finds_more else "left out"
        named = [rule for rule in rules if rule is not None]
        yield f"{kind}: {_of(named)}{what}"


def _of(rules: list[str]) -> str:
    if not rules:
        return ""
    more = f" and {len(rules) - _NAMED} more" if len(rules) > _NAMED else ""
    return f"{', '.join(rules[:_NAMED])}{more}: "


def shown(text: str) -> str:
    """A piece of the file, on one line and of bearable length."""
    line = " ".join(text.split())
    return f"`{line if len(line) <= _MOST_SHOWN else line[: _MOST_SHOWN - 1] + '…'}`"
