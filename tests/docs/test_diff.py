"""The page of `epolc diff` says of each kind what the code says."""

import re

from epol.compiler.diff.kinds import MEANING, OFF_REQUEST
from tests.docs.blocks import ROOT


def test_the_page_has_every_kind_with_its_meaning() -> None:
    page = (ROOT / "docs" / "diff.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([a-z-]+)` \| (yes)? *\| (.+) \|$", page, re.MULTILINE)
    assert rows == [
        (str(kind), "yes" if kind in OFF_REQUEST else "", meaning)
        for kind, meaning in MEANING.items()
    ]
