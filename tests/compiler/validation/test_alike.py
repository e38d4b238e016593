"""One label stands for those that neither side tells apart, and for no other."""

import msgspec
import pytest

from epol.compiler.lower import lower
from epol.compiler.validation.alike import representatives
from epol.compiler.validation.refusal import RefusedError
from epol.compiler.validation.translation import validate_program
from epol.engine.bundle.program import Program
from tests.compiler.building import policy_of

TEXT = """
label l.a
label l.b
label l.c
label l.d generalize by year
label m.x
label t.price
target t { at cloud }
rule r1 { tokenize l except l.c }
rule r2 { when found l and count m > 3 deny }
"""
POLICY = policy_of(TEXT)
PROGRAM = lower(POLICY)


def test_labels_in_the_same_sets_are_one_kind() -> None:
    kinds = representatives(PROGRAM, POLICY)
    assert len(kinds & {"l", "l.a", "l.b"}) == 1
    assert kinds >= {"l.c", "l.d"}


def test_a_label_with_the_name_of_something_else_stands_for_itself() -> None:
    assert "t.price" in representatives(PROGRAM, POLICY)


def with_labels(program: Program, labels: tuple[int, ...]) -> Program:
    """The program that treats other labels."""
    outputs = program.request.outputs
    classes = (msgspec.structs.replace(outputs.classes[0], labels=labels), *outputs.classes[1:])
    outputs = msgspec.structs.replace(outputs, classes=classes)
    flow = msgspec.structs.replace(program.request, outputs=outputs)
    return msgspec.structs.replace(program, request=flow)


@pytest.mark.parametrize("dropped", ["l.a", "l.b", "l.d"])
def test_a_label_that_only_the_program_forgets_is_told_apart(dropped: str) -> None:
    validate_program(PROGRAM, POLICY)
    place = PROGRAM.labels.index(dropped)
    first = PROGRAM.request.outputs.classes[0].labels
    assert place in first
    fewer = tuple(label for label in first if label != place)
    with pytest.raises(RefusedError, match=f"treatment of {dropped}"):
        validate_program(with_labels(PROGRAM, fewer), POLICY)


@pytest.mark.parametrize("dropped", ["l.a", "l.b"])
def test_a_label_that_a_group_forgets_is_told_apart(dropped: str) -> None:
    place = PROGRAM.labels.index(dropped)
    groups = tuple(
        msgspec.structs.replace(group, labels=tuple(x for x in group.labels if x != place))
        if len(group.labels) > 1
        else group
        for group in PROGRAM.groups
    )
    with pytest.raises(RefusedError):
        validate_program(msgspec.structs.replace(PROGRAM, groups=groups), POLICY)
