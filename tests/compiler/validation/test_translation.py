"""What the compiler makes of a policy is proved; what it could not have made is refused."""

from __future__ import annotations

import re
from pathlib import Path
from random import Random

import pytest
from msgspec.structs import replace

from epol.compiler.lower import lower
from epol.compiler.pipeline import compile_policy
from epol.compiler.validation.refusal import RefusedError
from epol.compiler.validation.translation import validate, validate_program
from epol.engine.bundle.program import (
    And,
    Counted,
    Fixed,
    FlowProgram,
    Group,
    HasMember,
    LikeGlob,
    OfInput,
    Program,
    Rule,
    Sum,
)
from epol.engine.bundle.program_codec import encode_program
from epol.lang.model import Policy
from tests.compiler.building import policy_of
from tests.differential.policies import compiled, policy_text
from tests.fuzz.corpus import FUZZING, ROOT, TOTAL
from tests.fuzz.test_kernel import text_of

CHUNKS = 4
POLICIES = TOTAL // 50 if FUZZING else 25
REAL = sorted(
    path
    for folder in ("conformance", "examples", "stdlib-policies")
    for path in (ROOT / folder).rglob("*.epol")
)
RULES = """
attr a.n : int in 0 .. 9
attr a.s : string
attr a.set : set { p, q }
attr a.kind : enum { x, y }
label l.a
label l.b
target t { at local }
target u { at cloud }
rule one { when a.n > 3 and a.s == "x" deny because "too many" }
rule two { when a.s like "e*" or a.set has p prefer a.n }
rule three { when count l from user > 2 redact l.a with "[a]" }
rule four { when a.kind == y cap max_output_tokens 5 tag "b" }
rule five { tools only "mail", "clock" tag "a" }
"""


def proved(policy: Policy) -> bool:
    """Whether all of a policy's program is proved."""
    return validate(encode_program(lower(policy)), policy).outputs > 0


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_the_programs_of_random_policies_are_proved(chunk: int) -> None:
    rng = Random(chunk) if not FUZZING else Random()
    found = [compiled(policy_text(rng)) for _ in range(POLICIES)]
    policies = [policy for policy in found if policy is not None]
    assert len(policies) > POLICIES // 2
    assert all(proved(policy) for policy in policies)


def test_a_program_of_many_targets_and_labels_is_proved() -> None:
    policy = compiled(text_of(0))
    assert policy is not None
    assert len(policy.targets) > 16
    assert proved(policy)


@pytest.mark.parametrize("path", REAL, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_programs_of_real_policies_are_proved(path: Path) -> None:
    policy = compile_policy(path).policy
    if policy is not None and policy.targets:
        assert proved(policy)


# --- what no compiler would write ----------------------------------------------------


def refused(program: Program, policy: Policy) -> str:
    with pytest.raises(RefusedError) as caught:
        validate_program(program, policy)
    return str(caught.value)


def reading(program: Program, old: type, new: object) -> Program:
    """A program that reads something else in the place of one of its features."""
    at = next(i for i, feature in enumerate(program.features) if isinstance(feature, old))
    features = list(program.features)
    features[at] = new  # type: ignore[call-overload]
    return replace(program, features=tuple(features))


def test_tables_that_are_not_the_policys_are_refused() -> None:
    policy = policy_of(RULES)
    program = lower(policy)
    others = {
        "the targets": replace(program, targets=program.targets[::-1]),
        "the labels": replace(program, labels=program.labels[::-1]),
        "the rules": replace(program, rules=(Rule("one", "x"), *program.rules[1:])),
        "the inputs": replace(program, inputs=program.inputs[::-1]),
    }
    for what, other in others.items():
        assert refused(other, policy) == f"{what} are not those of the policy"
    twice = replace(program, strings=(*program.strings, "x"))
    assert refused(twice, policy) == "one of its strings is there twice"


def test_reading_what_the_policy_does_not_ask_about_is_refused() -> None:
    policy = policy_of(RULES)
    program = lower(policy)
    s = next(i for i, info in enumerate(program.inputs) if info.name == "a.s")
    other = reading(program, LikeGlob, LikeGlob(s, "f*"))
    assert "does not ask whether a.s is like 'f*'" in refused(other, policy)
    ends_badly = reading(program, LikeGlob, LikeGlob(s, "e\\"))
    assert "cannot end with a single backslash" in refused(ends_badly, policy)
    where = next(i for i, info in enumerate(program.inputs) if info.name == "a.set")
    assert "has no member 'z'" in refused(
        reading(program, HasMember, HasMember(where, "z")), policy
    )
    assert "is a set" in refused(reading(program, HasMember, OfInput(where)), policy)


def test_telling_roles_apart_that_the_policy_does_not_is_refused() -> None:
    policy = policy_of(RULES)
    program = lower(policy)
    groups = (*program.groups, Group((0,), ("system",)))
    other = reading(replace(program, groups=groups), Counted, Counted(len(groups) - 1))
    assert "roles apart" in refused(other, policy)


def flow_with(program: Program, **changes: object) -> Program:
    return replace(program, request=replace(program.request, **changes))


def test_a_gate_without_a_value_is_refused() -> None:
    policy = policy_of(RULES)
    program = lower(policy)
    nodes = tuple(Fixed(0, 0) if isinstance(n, Fixed) else n for n in program.request.nodes)
    assert "no value" in refused(flow_with(program, nodes=nodes), policy)


def test_names_out_of_order_are_refused() -> None:
    policy = policy_of(RULES)
    program = lower(policy)
    outputs = program.request.outputs
    for name in ("fired", "tags", "tools"):
        turned = replace(outputs, **{name: getattr(outputs, name)[::-1]})
        assert "not in order" in refused(flow_with(program, outputs=turned), policy)


# --- 64 bits -------------------------------------------------------------------------

WIDE = """
attr a.n : int in 0 .. 9
target t { at local }
rule one { when a.n + a.n + 7 > 20 deny }
"""


def with_sum(program: Program, constant: int, *coefficients: int) -> Program:
    """The program with another sum of its one number."""
    ((number, *_),) = [
        [number for _, number in node.terms]
        for node in program.request.nodes
        if isinstance(node, Sum)
    ]
    other = Sum(constant, tuple((coefficient, number) for coefficient in coefficients))
    nodes = (other if isinstance(node, Sum) else node for node in program.request.nodes)
    return flow_with(program, nodes=tuple(nodes))


def test_sums_are_those_of_64_bits() -> None:
    policy = policy_of(WIDE)
    program = lower(policy)
    assert validate_program(with_sum(program, 7, 2), policy).outputs
    # What wraps to the same sum is the same; what wraps to another one is not.
    assert validate_program(with_sum(program, 7, 2, *(4 * [2**62])), policy).outputs
    for other in ((7, 2 + 2**60), (7 - 2**63, 2), (7, 2, *(3 * [2**62])), (7, 2, -(2**63))):
        assert "not what the policy says" in refused(with_sum(program, *other), policy)


def test_an_unknown_solver_answer_is_a_refusal() -> None:
    policy = compiled(policy_text(Random(0)))
    assert policy is not None
    program = lower(policy)
    assert validate_program(program, policy).asked
    with pytest.raises(RefusedError, match=re.escape("is not known")):
        validate_program(program, policy, budget=0)


def test_a_conjunction_in_another_order_is_proved() -> None:
    policy = policy_of(RULES)
    program = lower(policy)
    nodes = tuple(
        And(node.literals[::-1]) if isinstance(node, And) else node
        for node in program.request.nodes
    )
    assert nodes != program.request.nodes
    flow: FlowProgram = replace(program.request, nodes=nodes)
    assert validate_program(replace(program, request=flow), policy).outputs
