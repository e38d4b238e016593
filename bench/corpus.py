"""Clean chat texts of a given size, cut from questions that people ask.

By default from `data/clean.jsonl`, a small sample (see `data/NOTICE.md`) whose rows come
round again in longer texts; `python bench/corpus.py --source FILE` shows what another file
of lines {"text": …}, .gz or not, gives.
"""

from __future__ import annotations

import argparse
import gzip
import json
from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path

SAMPLE = Path(__file__).resolve().parent / "data" / "clean.jsonl"
KB = 1024
SIZES = (KB, 64 * KB)


def clean_texts(size: int, count: int, source: Path = SAMPLE) -> list[str]:
    """So many texts of `size` bytes of UTF-8, at most three less where a character is cut.

    Each is whole rows, one paragraph each, but for the last row, which is cut.  The first
    text begins with the first row, the next with the row after the one that was cut.
    """
    rows = cycle(_rows(source))
    return [_text(rows, size) for _ in range(count)]


def _text(rows: Iterator[str], size: int) -> str:
    taken: list[bytes] = []
    length = 0
    while length < size:
        taken.append(next(rows).encode() + b"\n\n")
        length += len(taken[-1])
    return b"".join(taken)[:size].decode(errors="ignore")


def _rows(source: Path) -> list[str]:
    data = source.read_bytes()
    if source.suffix == ".gz":
        data = gzip.decompress(data)
    return [json.loads(line)["text"] for line in data.splitlines()]


def main() -> None:
    """Show what the texts look like."""
    parser = argparse.ArgumentParser(description="Show clean texts of the sizes of the bench.")
    parser.add_argument("--source", type=Path, default=SAMPLE, help="a .jsonl or .jsonl.gz")
    source = parser.parse_args().source
    print(f"{source}: {len(_rows(source))} rows")
    for size in SIZES:
        for text in islice(clean_texts(size, 2, source), 2):
            print(f"{len(text.encode()):>6} bytes: {text[:80]!r} … {text[-40:]!r}")


if __name__ == "__main__":
    main()
