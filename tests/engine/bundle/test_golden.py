"""Bundles of earlier days are read, and the format does not change without its number.

tests/golden/bundles/NOTICE.md says what they are.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from epol.engine.bundle.container import FORMAT, READERS
from epol.engine.bundle.contents import read_bundle_file
from tests.engine.bundle.making import CONTENTS, bundle, trusting

GOLDEN = Path(__file__).parents[2] / "golden" / "bundles"
PROMISED = {number for number in (FORMAT - 1, FORMAT) if number >= 1}


def test_the_current_format_and_the_one_before_are_read() -> None:
    assert set(READERS) == PROMISED
    kept = {path.name for path in GOLDEN.glob("*.epolb")}
    assert kept >= {f"format-{number}.epolb" for number in PROMISED}


@pytest.mark.parametrize("number", sorted(PROMISED))
def test_a_golden_bundle_is_read(number: int) -> None:
    read = read_bundle_file(GOLDEN / f"format-{number}.epolb", trust=trusting(1, 2, threshold=2))
    assert read.frame.format == number
    assert read.manifest == CONTENTS.manifest
    assert read.sources == CONTENTS.sources
    assert read.record == CONTENTS.record
    assert (read.program, read.text) == (CONTENTS.program, CONTENTS.text)
    assert dict(read.databases) == CONTENTS.databases


def test_the_current_format_is_written_as_it_was() -> None:
    """If this fails, the format has changed: raise FORMAT, keep the old reader and golden."""
    assert bundle(1, 2) == (GOLDEN / f"format-{FORMAT}.epolb").read_bytes()
