"""Reads samples.txt: texts that each validator accepts, and near misses that it refuses."""

from functools import cache
from pathlib import Path
from typing import NamedTuple


class Sample(NamedTuple):
    good: tuple[str, ...]
    bad: tuple[str, ...]


@cache
def samples() -> dict[str, Sample]:
    """By the validator's name."""
    text = (Path(__file__).parent / "samples.txt").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    blocks = zip(lines[::3], lines[1::3], lines[2::3], strict=True)
    return {name: Sample(_texts(good, "+"), _texts(bad, "-")) for name, good, bad in blocks}


def _texts(line: str, mark: str) -> tuple[str, ...]:
    head, rest = line[:4], line[4:]
    assert head == f"  {mark} ", line
    return tuple(rest.split(" | "))
