"""The module that is written: a label and a detector for each rule, in canonical form."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from epol.compiler.importing.detector import Imported
from epol.compiler.importing.losses import Loss
from epol.lang.formatter import format_source
from epol.lang.lexer import RESERVED
from epol.lang.parser import MAX_SOURCE_BYTES
from epol.lang.printing import string
from epol.lang.render import printable
from epol.lang.source import Source

ROOT = "secret.imported"
"""The label above all imported ones."""

_LONGEST_NAME = 60
_LONGEST_TITLE = 120
_NOT_NAME = re.compile(r"[^a-z0-9]+")
_MILLION = 1_000_000


class TooLargeError(ValueError):
    """The module would be longer than a file of the language may be."""


def module_text(file: str, rules: Sequence[Imported], losses: Sequence[Loss]) -> str:
    """The text of the module for a file of this name.  Raises `TooLargeError`."""
    names = _names([imported.rule.id for imported in rules])
    lines = [
        f"# Written by `epolc import gitleaks` from {_line(file)}.",
        *(f"# Left out, so that all detectors find more: {_line(loss.what)}" for loss in losses),
        f"module {identifier(file.partition('.toml')[0])}",
    ]
    for imported, name in zip(rules, names, strict=True):
        lines += ["", *_declarations(file, imported, name)]
    text = "".join(f"{line}\n" for line in lines)
    if len(text.encode()) > MAX_SOURCE_BYTES:
        raise TooLargeError("the module would be larger than 1 MiB; split the rules")
    formatted = format_source(Source(file, text))
    assert formatted is not None, "what is written here is in the language"
    if len(formatted.encode()) > MAX_SOURCE_BYTES:
        raise TooLargeError("the module would be larger than 1 MiB; split the rules")
    return formatted


def identifier(text: str) -> str:
    """A name of the language for a name of theirs."""
    name = _NOT_NAME.sub("_", text.lower()).strip("_")[:_LONGEST_NAME].strip("_")
    return name if name[:1].isalpha() and name not in RESERVED else f"rule_{name}".rstrip("_")


def _names(ids: Sequence[str]) -> list[str]:
    """A name for each rule; what would be the same is numbered."""
    names: dict[str, None] = {}
    for each in ids:
        first = name = identifier(each)
        number = 1
        while name in names:
            number += 1
            name = f"{first}_{number}"
        names[name] = None
    return list(names)


def _declarations(file: str, imported: Imported, name: str) -> Iterator[str]:
    """The lines of one rule."""
    rule = imported.rule
    yield f"# Rule {_line(rule.id)} of {_line(file)}."
    for loss in imported.losses:
        effect = "The rule is left out" if loss.whole else "Left out, so that it finds more"
        yield f"# {effect}: {_line(loss.what)}"
    if not imported.secret.patterns:
        return
    title = _line(rule.description, _LONGEST_TITLE)
    yield f"label {ROOT}.{name}" + (f" {string(title)}" if title else "")
    yield f"detector {name} -> {ROOT}.{name} {{"
    yield from (f"match /{p.replace('/', chr(92) + '/')}/" for p in imported.secret.patterns)
    if imported.stopwords:
        yield f"stopwords {', '.join(map(string, imported.stopwords))}"
    if imported.entropy:
        yield f"entropy {_decimal(imported.entropy)}"
    yield "}"


def _decimal(value: float) -> str:
    """Bits a character with six decimals at most, as the language has them; rounded down."""
    return f"{int(value * _MILLION + 1e-6) / _MILLION:.6f}".rstrip("0").rstrip(".")


def _line(text: str, most: int = 300) -> str:
    """Their text on one line, with nothing in it that acts or hides."""
    line = printable(" ".join(text.split()))
    return line if len(line) <= most else line[: most - 1] + "…"
