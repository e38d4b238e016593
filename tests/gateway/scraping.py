"""What a scraper reads of the text of metrics, by the words of the format 0.0.4."""

from __future__ import annotations

import re

_NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
_LABEL = r'[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\\\|\\"|\\n)*"'
_SAMPLE = re.compile(rf"({_NAME})(?:\{{({_LABEL}(?:,{_LABEL})*)\}})? (\S+)")
_PAIR = re.compile(r'([^=,]+)="((?:[^"\\]|\\.)*)"')
_COMMENT = re.compile(rf"# (?:HELP ({_NAME}) \S.*|TYPE ({_NAME}) (?:counter|gauge|histogram))")
_UNESCAPED = {r"\\": "\\", r"\n": "\n", r"\"": '"'}

Labels = frozenset[tuple[str, str]]


def samples(text: bytes) -> dict[tuple[str, Labels], float]:
    """Every sample by its name and labels.  A line of another form, or twice, is an error."""
    lines = text.decode().split("\n")
    assert lines.pop() == "", "the last line ends too"
    found: dict[tuple[str, Labels], float] = {}
    for line in lines:
        if line.startswith("#"):
            assert _COMMENT.fullmatch(line), line
            continue
        sample = _SAMPLE.fullmatch(line)
        assert sample is not None, line
        name, labels, value = sample.groups()
        pairs = frozenset((k, _read(v)) for k, v in _PAIR.findall(labels or ""))
        assert (name, pairs) not in found, line
        found[name, pairs] = float(value)
    return found


def value(text: bytes, name: str, **labels: str) -> float:
    """The value of one sample; 0 where it is not there."""
    return samples(text).get((name, frozenset(labels.items())), 0)


def _read(text: str) -> str:
    return re.sub(r"\\.", lambda found: _UNESCAPED[found[0]], text)
