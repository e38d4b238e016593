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
            return self.text.removeprefix("r").strip("`") if self.text[-1] == "`" else _triple(self)
        return _ESCAPE.sub(lambda e: _ESCAPES.get(e[1], e[0]), self.text[1:-1])


def _triple(token: _Token) -> str:
    return token.text.removeprefix("r")[3:-3]


def read_filter(text: str) -> Discards:
    """Take a filter apart; nothing that is not understood is ever an error."""
    tokens = [
        _Token(str(found.lastgroup), found[0])
        for found in _TOKEN.finditer(text)
        if found.lastgroup != "space"
    ]
    result = Discards()
    if tokens:
        _read(tokens, result)
    return result


def _read(tokens: list[_Token], result: Discards) -> None:
    tokens = _bare(tokens)
    if any(token.text in _LOWEST for token in _outside(tokens)):
        result.others.append(_short(tokens))
        return
    parts = _split(tokens)
    if len(parts) > 1:
        for part in parts:
            _read(part, result)
    elif not _term(tokens, result):
        result.others.append(_short(tokens))


def _term(tokens: list[_Token], result: Discards) -> bool:
    """One part without `||`; whether it is understood."""
    if len(tokens) > 2 and (tokens[0].text, tokens[1].text) == ("filter", "."):
        tokens = tokens[2:]
    keys = tuple(token.key for token in tokens)
    if keys[:-2] == ("entropy", "(", *_SECRET, ")") and keys[-2] in {"<", "<="}:
        if tokens[-1].kind == "number":
            result.entropy = max(result.entropy, float(tokens[-1].text))
            return True
    elif keys[:6] == ("containsAny", "(", *_SECRET):
        return _take(tokens[6:], result.words)
    elif keys[:6] == ("matchesAny", "(", *_SECRET):
        return _take(tokens[6:], result.regexes)
    elif keys[:-2] == ("lower", "(", *_SECRET, ")") and keys[-2] == "contains":
        # Of a lower-case text, a word with capitals is no part.
        if tokens[-1].kind in {"raw", "string"} and tokens[-1].value.islower():
            result.words.append(tokens[-1].value)
            return True
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
    while len(tokens) > 1 and tokens[0].text == "(" and not list(_outside(tokens))[1:]:
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
    text = " ".join(token.text for token in tokens)
    text = re.sub(r"\s+", " ", re.sub(r" ?([()\[\],.]) ?", r"\1", text)).replace(",", ", ")
    return text if len(text) <= _MOST_SHOWN else text[: _MOST_SHOWN - 1] + "…"
