"""What a family of planted faults is made of."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Family:
    """One kind of fault: a template (see `templates`), and the frame that it stands in.

    `about` are the marks that the finding is about; `counts` how many targets there may be.
    With `texts`, detectors are tried on short texts.  `mixes` says that it can stand in one
    policy with another fault.
    """

    finding: str
    template: str
    about: tuple[str, ...] = ()
    frame: str = "full"
    counts: tuple[int, ...] = (2, 2, 3)
    fields: tuple[str, ...] = ()
    texts: bool = False
    mixes: bool = True

    @property
    def declarations(self) -> list[str]:
        """The declarations, a comment with the one that it stands before."""
        whole: list[str] = []
        for line in self.template.strip().split("\n"):
            before = whole[-1] if whole else ""
            is_open = before.startswith("#") or before.count("<<") > before.count(">>")
            whole = [*whole[:-1], f"{before}\n{line}"] if is_open else [*whole, line]
        return whole


FLAG = "attr @f1 : bool default false\n"
FLAGS = FLAG + "attr @f2 : bool default false\n"
FOUND = "label @l1\ndetector @d1 -> @l1 { match /@X1[0-9]{3}/ }\n"
FOUND_TWO = FOUND + "label @l2\ndetector @d2 -> @l2 { match /@X2[0-9]{2}/ }\n"
PARTS = (
    "label @l1.@w1\nlabel @l1.@w2\ndetector @d1 -> @l1.@w1 { match /@X1[0-9]{3}/ }\n"
    "detector @d2 -> @l1.@w2 { match /@X2[0-9]{2}/ }\n"
)
