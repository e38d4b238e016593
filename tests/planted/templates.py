"""Policies as templates: one text for a fault and its cure, with names that are drawn.

`<<fault||cure>>` says where the two differ.  `@` and a letter is a name: `@r1` a rule, `@f1` a
fact, `@l1` a label, `@d1` a detector, `@w1` a word, `@X1` capital letters for a pattern, `@n1` a
number from 2 to 5, `@t1` a target, `@p1` its place; `@weak` and `@strong` are treatments, and
`@act` is an effect that shows in any decision where its rule fires.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random

_PLACE = re.compile(r"@(weak|strong|act|[a-zX]\d)")
_CHOICE = re.compile(r"<<(.*?)\|\|(.*?)>>", re.DOTALL)

FIRST = ("staff", "ward", "case", "visit", "order", "claim", "note", "chart", "bill", "study")
SECOND = ("urgent", "closed", "shared", "grade", "level", "stage", "kind", "state", "mark", "phase")
VERBS = ("keeps", "stops", "sends", "limits", "guards", "routes", "treats", "favours", "spares")
KINDS = ("badge", "phone", "plate", "ticket", "folder", "locker", "voucher", "permit", "ledger")
WORDS = ("amber", "birch", "cedar", "delta", "ember", "flint", "grove", "heath", "inlet", "jade")
SITES = ("edge", "attic", "cellar", "harbor", "tower", "garden", "bridge", "mill", "forge", "quay")
ACTS = ("deny", "hold", "cap max_output_tokens 77", 'tools only "clock"', "cap top_p 0.3")


class Names:
    """The names of one policy; the same mark is always the same name, no two marks share one."""

    def __init__(self, rng: Random, targets: list[str], places: list[str]) -> None:
        self.rng = rng
        self._given: dict[str, str] = {}
        self._taken: set[str] = set()
        for index, (target, place) in enumerate(zip(targets, places, strict=True), start=1):
            self._given[f"t{index}"], self._given[f"p{index}"] = target, place

    def fill(self, text: str) -> str:
        """A text with names for its marks."""
        return _PLACE.sub(lambda match: self._name(match.group(1)), text)

    def forget(self) -> None:
        """Give new names from now on, for all but targets."""
        self._given = {mark: name for mark, name in self._given.items() if mark[0] in "tp"}

    def _name(self, mark: str) -> str:
        if mark not in self._given:
            makers: dict[str, Callable[[], str]] = {
                "r": lambda: f"{self._pick(VERBS)}_{self._pick(KINDS)}",
                "f": lambda: f"{self._pick(FIRST)}.{self._pick(SECOND)}",
                "l": lambda: f"{self._pick(KINDS)}_data",
                "d": lambda: f"find_{self._pick(KINDS)}",
                "w": lambda: self._pick(WORDS),
                "X": lambda: "".join(self.rng.sample("ABCDEFGHKLMNPQRSTUVWXYZ", 3)),
                "n": lambda: str(self.rng.randint(2, 5)),
            }
            own = {"weak": ("mask", "generalize", "tokenize"), "strong": ("hash", "redact", "drop")}
            if mark == "act":
                self._given[mark] = self._pick(ACTS)
            elif mark in own:
                self._given[mark] = self._pick(own[mark])
            else:
                self._given[mark] = self._fresh(makers[mark[0]], many=mark[0] == "n")
        return self._given[mark]

    def _fresh(self, make: Callable[[], str], *, many: bool) -> str:
        name = make()
        while name in self._taken and not many:
            name = make()
        self._taken.add(name)
        return name

    def _pick(self, words: tuple[str, ...]) -> str:
        return self.rng.choice(words)


def faulty(template: str) -> str:
    """The text with the fault."""
    return _CHOICE.sub(lambda match: match.group(1), template)


def cured(template: str) -> str:
    """The text without it."""
    return _CHOICE.sub(lambda match: match.group(2), template)
