"""Every disguise of every disguise: the value is found, and its span is what was written."""

import random

import pytest

from epol.engine.text.views import TRIGGERS, Hints, derive
from epol.engine.text.views.triggers import hints
from tests.engine.views.evasions import ALL, Evasion

EVERYTHING = Hints(True, **dict.fromkeys(TRIGGERS, True))


def values(seed: str) -> list[str]:
    """One value of each of some common forms; the same for one seed."""
    chance = random.Random(seed)

    def digits(count: int) -> str:
        return "".join(chance.choices("0123456789", k=count))

    name = chance.choice(["anna", "j.berg", "Tom.Ruiz", "mei_lin"])
    return [
        f"{digits(3)}-{digits(2)}-{digits(4)}",
        f"{digits(4)} {digits(4)} {digits(4)} {digits(4)}",
        f"{name}{digits(2)}@{chance.choice(['mail.example', 'corp.example'])}",
        f"{chance.choice(['QX', 'KTN', 'ZW-B'])}-{digits(6)}",
        f"+49 30 {digits(7)}",
        digits(9),
    ]


def spans(value: str, text: str, known: Hints) -> set[tuple[int, int]]:
    """Where a value is found."""
    return {
        view.span(at, at + len(value))
        for view in derive(text, known).views
        for at in range(len(view.text))
        if view.text.startswith(value, at)
    }


def hidden(*layers: Evasion, value: str) -> str:
    """A value in disguises, the first innermost."""
    for layer in layers:
        value = layer(value)
    return value


@pytest.mark.parametrize("outer", sorted(ALL))
def test_of_two_disguises_both_are_undone(outer: str) -> None:
    for number, inner in enumerate(sorted(ALL)):
        forms = values(f"{inner} in {outer}")
        value = forms[number % len(forms)]
        shown = hidden(ALL[inner], ALL[outer], value=value)
        text = f"about {shown} we know"
        if shown != value:
            span = len("about "), len("about ") + len(shown)
            assert span in spans(value, text, hints(text)), (inner, value, shown)


@pytest.mark.parametrize("seed", range(40))
def test_of_three_disguises_all_are_undone(seed: int) -> None:
    """But look-alikes of the digits of a code within another code are seldom undone."""
    chance = random.Random(seed)
    inner, middle, outer = chance.choices(sorted(ALL), k=3)
    value = chance.choice(values(str(seed)))
    shown = hidden(ALL[inner], ALL[middle], ALL[outer], value=value)
    text = f"about {shown} we know"
    if shown != value:
        found = spans(value, text, EVERYTHING)
        assert (len("about "), len("about ") + len(shown)) in found, (inner, middle, outer, shown)


def test_disguises_side_by_side_are_undone_together() -> None:
    value = "KTN-402817"
    names = sorted(set(ALL) - {"tags"})
    shown = [ALL[name](value) for name in names]
    text = " and ".join(shown)
    found = spans(value, text, hints(text))
    at = 0
    for name, each in zip(names, shown, strict=True):
        if each != value:
            assert (at, at + len(each)) in found, name
        at += len(each) + len(" and ")
