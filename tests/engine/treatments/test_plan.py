"""Plans: the order of treatments, and what several details come to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from epol.engine.bundle.treatment import (
    SCALES,
    Detail,
    Method,
    Treatment,
    coarsest,
    strictest,
)
from epol.engine.text.treatments.coarsen import coarsen
from epol.lang import builtins, semantics, treating
from tests.engine.treatments.inputs import DETAILS, METHOD, reference_detail, reference_method


def test_treatments_and_generalizations_are_those_of_the_language() -> None:
    ours = {str(each): int(each) for each in Treatment}
    assert ours == {name: int(each) for name, each in builtins.TREATMENTS.items()}
    assert {name for names in SCALES.values() for name in names} == set(builtins.GENERALIZATIONS)


@pytest.mark.parametrize("name", [name for names in SCALES.values() for name in names])
def test_every_generalization_has_a_function(name: str) -> None:
    assert coarsen("", Method(name, 1 if name == "round" else None)) is None


@given(st.lists(st.none() | METHOD, min_size=1, max_size=5))
def test_the_coarsest_method_is_that_of_the_reference(methods: list[Method | None]) -> None:
    ours = coarsest(methods)
    theirs = semantics.coarsest(
        None if each is None else reference_method(each) for each in methods
    )
    assert (ours and reference_method(ours)) == theirs
    assert coarsest(reversed(methods)) == ours


@given(st.lists(DETAILS, min_size=1, max_size=5))
def test_the_strictest_detail_is_that_of_the_reference(details: list[Detail]) -> None:
    strongest = max(detail.treatment for detail in details)
    equals = [reference_detail(each) for each in details if each.treatment == strongest]
    assert reference_detail(strictest(details)) == treating.strictest(equals)
    assert strictest(reversed(details)) == strictest(details)


@pytest.mark.parametrize(
    ("name", "amount"), [("century", None), ("year", 1), ("round", None), ("round", 0)]
)
def test_what_is_no_generalization_is_refused(name: str, amount: int | None) -> None:
    with pytest.raises(ValueError, match=r"round|year|no generalization"):
        Method(name, amount)


def test_fewer_than_no_characters_cannot_be_kept() -> None:
    with pytest.raises(ValueError, match="below zero"):
        Detail(Treatment.MASK, keep_last=-1)
