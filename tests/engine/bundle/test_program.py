"""Programs as bytes: whole, damaged, and hostile."""

from __future__ import annotations

from functools import cache

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from epol.compiler.lower import lower
from epol.engine.bundle import soundness
from epol.engine.bundle.program import (
    And,
    Feature,
    Fixed,
    Gather,
    Lanes,
    Least,
    Maybe,
    Member,
    Node,
    Program,
    Scale,
    Value,
)
from epol.engine.bundle.program_codec import decode_program, encode_program
from epol.engine.deciding.decider import Decider
from epol.engine.errors import BundleError
from tests.compiler.building import policy_of

TEXT = """
import std.edge
label l.a
label l.b
label l.c
attr a.roles : set { p, q }
target one { at local  price in $1 out $2 per 1M  context 8k }
target two { at cloud  context 4k }
rule r1 { when found l.a and net.jitter > 80ms and target.at == cloud tokenize l.a, l.b }
rule r2 { when sends l and caller.tenant like "eu-*" deny }
rule r3 { only request.tokens + request.max_output_tokens <= target.context }
rule r4 { when a.roles has p score if(net.online, -1 * target.cost / $0.01, min(1, 2)) }
rule r5 { when step.kind in { parse, tool } tag "t" tools only "x", "y" cap temperature 0.5 }
rule r6 { when count l.a from user > 3 hold }
"""


@cache
def program() -> Program:
    return lower(policy_of(TEXT))


def test_a_program_comes_back_whole() -> None:
    assert decode_program(encode_program(program())) == program()


def test_equal_programs_have_equal_bytes() -> None:
    assert encode_program(lower(policy_of(TEXT))) == encode_program(program())


@given(st.data())
def test_no_damaged_bytes_reach_the_kernel(data: st.DataObject) -> None:
    """What is taken all the same is a program, which the kernel can run."""
    whole = bytearray(encode_program(program()))
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(whole) - 1))
        whole[place] = data.draw(st.integers(0, 255))
    cut = data.draw(st.sampled_from([None, data.draw(st.integers(0, len(whole)))]))
    try:
        decoded = decode_program(bytes(whole[:cut]))
    except BundleError:
        return
    decider = Decider(decoded)
    features = decider.features({}, {})
    outcome = decider.decide(features, {}, "request", decider.asked("request", None))
    assert len(outcome.order()) <= len(decoded.targets)


def with_node(place: int, node: Node) -> Program:
    """The program with one node of the first flow exchanged."""
    nodes = list(program().request.nodes)
    nodes[place] = node
    flow = msgspec.structs.replace(program().request, nodes=tuple(nodes))
    return msgspec.structs.replace(program(), request=flow)


LAST = len(program().request.nodes) - 1
SOME_GATE = next(i for i, n in enumerate(program().request.nodes) if isinstance(n, Fixed))
SOME_NUMBER = next(i for i, n in enumerate(program().request.nodes) if isinstance(n, Value))


@pytest.mark.parametrize(
    "node",
    [
        And(()),
        And((2 * LAST,)),
        And((-2,)),
        And((2 * SOME_NUMBER,)),
        Maybe(2 * LAST + 4),
        Fixed(1 << 2, 0),
        Fixed(-1, 0),
        Value(2**63),
        Lanes((1,)),
        Lanes((1, 2**63)),
        Feature(10_000),
        Feature(-1),
        Gather((0,)),
        Gather((0, 10_000)),
        Least(()),
        Least((SOME_GATE,)),
        Member(SOME_NUMBER, (3, 1)),
        Member(SOME_NUMBER, (1, 1)),
        Member(SOME_NUMBER, (-1,)),
        Scale(SOME_NUMBER, SOME_NUMBER, SOME_GATE),
    ],
)
def test_a_node_that_is_none_is_refused(node: Node) -> None:
    with pytest.raises(BundleError, match="damaged"):
        soundness.check(with_node(LAST, node))


def test_a_denominator_that_is_not_above_zero_is_refused() -> None:
    nodes = (*program().request.nodes, Value(0))
    scale = Scale(SOME_NUMBER, SOME_NUMBER, len(nodes) - 1)
    flow = msgspec.structs.replace(program().request, nodes=(*nodes, scale))
    with pytest.raises(BundleError, match="denominator"):
        soundness.check(msgspec.structs.replace(program(), request=flow))


@pytest.mark.parametrize(
    ("part", "value"),
    [("permitted", 10**6), ("permitted", -1), ("roots", (10**6,)), ("hold", 2 * SOME_NUMBER)],
)
def test_an_output_that_is_not_there_is_refused(part: str, value: object) -> None:
    outputs = msgspec.structs.replace(program().request.outputs, **{part: value})
    flow = msgspec.structs.replace(program().request, outputs=outputs)
    with pytest.raises(BundleError, match="damaged"):
        soundness.check(msgspec.structs.replace(program(), request=flow))


def test_too_many_targets_are_refused() -> None:
    targets = tuple(f"t{i}" for i in range(65))
    with pytest.raises(BundleError, match="targets"):
        soundness.check(msgspec.structs.replace(program(), targets=targets))
