"""The filters of betterleaks, as far as a detector can say the same.

A filter is an expression (Expr, or the older CEL) that is true for what is no finding.  Here a
chain of `||` is taken apart: each part that compares the secret's entropy, or asks whether the
secret contains or matches something, is understood; the others are handed back as they stand.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_TOKEN = re.compile(
    r"""(?P<space>\s+|//[^\n]*|/\*.*?\*/)
    |(?P<raw>r?\"{3}.*?\"{3}|`[^`]*`)
    |(?P<string>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
    |(?P<number>\d+(?:\.\d+)?)
    |(?P<word>[A-Za-z_]\w*)
    |(?P<sign>\|\||&&|\?\?|\?\.|<=|>=|==|!=|.)""",
    re.DOTALL | re.VERBOSE,
)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", '"': '"', "'": "'", "`": "`"}
_SECRET = ("finding", "[", "'secret'", "]")
_LOWEST = {"?", ":", ";", "??", "let", "|", "=", ","}
"""What binds less than `||`, or makes it mean something else."""

_DEEPEST = 20
_MOST_SHOWN = 60


@dataclass
class Discards:
    """What is no finding: a low entropy, words in the secret, patterns that match in it.

    `others` are parts that are not understood, each as short text.
    """

    entropy: float = 0.0
    words: list[str] = field(default_factory=list[str])
    regexes: list[str] = field(default_factory=list[str])
    others: list[str] = field(default_factory=list[str])


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str

    @property
    def key(self) -> str:
        """What it is compared as; strings of all three kinds are equal."""
        return f"'{self.value}'" if self.kind in {"raw", "string"} else self.text

    @property
    def value(self) -> str:
        """The text of a string."""
        if self.kind == "raw":
            return self.text[1:-1] if self.text[0] == "`" else self.text.removeprefix("r")[3:-3]
        return _ESCAPE.sub(lambda e: _ESCAPES.get(e[1], e[0]), self.text[1:-1])


def read_filter(text: str) -> Discards:
    """Take a filter apart; nothing that is not understood is ever an error."""
    tokens = [
        _Token(str(found.lastgroup), found[0])
        for found in _TOKEN.finditer(text)
        if found.lastgroup != "space"
    ]
    result = Discards()
    if tokens:
        _read(tokens, result, 0)
    return result


def _read(tokens: list[_Token], result: Discards, depth: int) -> None:
    tokens = _bare(tokens)
    parts = _split(tokens)
    if depth > _DEEPEST or any(token.text in _LOWEST for token in _outside(tokens)):
        result.others.append(_short(tokens))
    elif len(parts) > 1:
        for part in parts:
            _read(part, result, depth + 1)
    elif not _term(tokens, result):
        result.others.append(_short(tokens))


def _term(tokens: list[_Token], result: Discards) -> bool:
    """One part without `||`; whether it is understood."""
    if [token.text for token in tokens[:2]] == ["filter", "."]:
        tokens = tokens[2:]
    keys = tuple(token.key for token in tokens)
    last = tokens[-1] if tokens else _Token("sign", "")
    is_string = last.kind in {"raw", "string"}
    if keys[:6] == ("containsAny", "(", *_SECRET):
        return _take(tokens[6:], result.words)
    if keys[:6] == ("matchesAny", "(", *_SECRET):
        return _take(tokens[6:], result.regexes)
    if keys[:-2] == ("entropy", "(", *_SECRET, ")") and keys[-2] in {"<", "<="}:
        result.entropy = max(result.entropy, float(last.text) if last.kind == "number" else 0)
        return last.kind == "number"
    if keys[:-1] == ("lower", "(", *_SECRET, ")", "contains") and is_string:
        # Of a lower-case text, a word with capitals is no part.
        is_lower = last.value == last.value.lower()
        result.words += [last.value] if is_lower else []
        return is_lower
    return False


def _take(tokens: list[_Token], into: list[str]) -> bool:
    """The strings of `, ["a", "b"])`, if that is what the tokens are."""
    keys = [token.text for token in tokens]
    if keys[:2] != [",", "["] or keys[-2:] != ["]", ")"]:
        return False
    inside = tokens[2:-2]
    if inside and inside[-1].text == ",":
        inside = inside[:-1]
    strings, commas = inside[::2], inside[1::2]
    if any(t.kind not in {"raw", "string"} for t in strings) or any(t.text != "," for t in commas):
        return False
    into += [token.value for token in strings]
    return bool(strings)


def _bare(tokens: list[_Token]) -> list[_Token]:
    """Without parentheses around it all."""
    for _ in range(_DEEPEST):
        if len(tokens) < 3 or tokens[0].text != "(" or list(_outside(tokens))[1:]:
            break
        tokens = tokens[1:-1]
    return tokens


def _outside(tokens: list[_Token]) -> Iterator[_Token]:
    """The tokens in no brackets; a bracketed part counts as its closing sign."""
    depth = 0
    for token in tokens:
        depth -= token.text in {")", "]", "}"}
        if depth == 0 and token.text not in {"(", "[", "{"}:
            yield token
        depth += token.text in {"(", "[", "{"}


def _split(tokens: list[_Token]) -> list[list[_Token]]:
    """The parts of a chain of `||`."""
    parts, depth = [list[_Token]()], 0
    for token in tokens:
        depth += (token.text in {"(", "[", "{"}) - (token.text in {")", "]", "}"})
        if depth == 0 and token.text in {"||", "or"}:
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


def _short(tokens: list[_Token]) -> str:
    text = " ".join(" ".join(token.text.split()) for token in tokens[:_MOST_SHOWN])
    text = re.sub(r"(?<=\w) (?=[(\[.])|(?<=[(\[.!]) | (?=[)\],])", "", text)
    return text if len(text) <= _MOST_SHOWN else text[: _MOST_SHOWN - 1] + "…"
