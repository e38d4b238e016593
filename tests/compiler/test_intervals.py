"""No value leaves the interval that the compiler proved, nor 64 bits.

Random arithmetic over random declared ranges is typed, then evaluated on random inputs
in range: with Python's big integers, step by step, as the language says.
"""

from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from epol.compiler.pipeline import compile_policy
from epol.lang.literals import INT64_MAX, INT64_MIN, MILLION
from epol.lang.model import Divide, Expr, Multiply, Policy, Prefer
from epol.lang.request import Request
from epol.lang.semantics import Lane, parts
from epol.lang.types import NumericType

INPUTS = ("a.x", "a.y", "a.n", "a.p")
SCALES = {"a.x": 1, "a.y": 1, "a.n": MILLION, "a.p": MILLION}
CONSTANT = st.one_of(
    st.integers(-(10**6), 10**6).map(str),
    st.integers(-(10**9), 10**9).map(lambda value: f"{value / 1000:.3f}"),
    st.sampled_from(["0", "1", "-1", "0.000001", "2_000_000_000", "1M", "target.speed"]),
)
DIVISOR = st.one_of(
    st.integers(1, 10**6).map(str), st.sampled_from(["0.000001", "0.5", "3", "target.speed"])
)


def _extend(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    two = st.tuples(inner, inner)
    return st.one_of(
        two.map(lambda pair: f"({pair[0]} + {pair[1]})"),
        two.map(lambda pair: f"({pair[0]} - {pair[1]})"),
        two.map(lambda pair: f"min({pair[0]}, {pair[1]})"),
        two.map(lambda pair: f"max({pair[0]}, {pair[1]})"),
        two.map(lambda pair: f"if(a.b, {pair[0]}, {pair[1]})"),
        st.tuples(inner, CONSTANT).map(lambda pair: f"({pair[0]} * {pair[1]})"),
        st.tuples(CONSTANT, inner).map(lambda pair: f"({pair[0]} * {pair[1]})"),
        st.tuples(inner, DIVISOR).map(lambda pair: f"({pair[0]} / {pair[1]})"),
    )


EXPRESSION = st.recursive(st.sampled_from(INPUTS) | CONSTANT, _extend, max_leaves=6)
SIZES = st.sampled_from([10, 10**4, 10**7, 10**12])
BOUNDS = SIZES.flatmap(lambda most: st.tuples(st.integers(-most, most), st.integers(0, most)))


@st.composite
def policies(draw: st.DrawFn) -> tuple[str, dict[str, tuple[int, int]]]:
    """A policy with one preference, and the range of each input on its scale."""
    ranges: dict[str, tuple[int, int]] = {}
    lines = ['policy p version "1"', "attr a.b : bool", "field speed : int in 1 .. 1M"]
    for name in INPUTS:
        low, width = draw(BOUNDS)
        kind = "number" if SCALES[name] > 1 else "int"
        lines.append(f"attr {name} : {kind} in {low} .. {low + width}")
        ranges[name] = (low * SCALES[name], (low + width) * SCALES[name])
    speeds = draw(st.lists(st.integers(1, 10**6), min_size=1, max_size=2))
    lines += [f"target t{i} {{ at local speed {speed} }}" for i, speed in enumerate(speeds)]
    lines.append(f"rule r {{ score {draw(EXPRESSION)} }}")
    return "\n".join(lines), ranges


def compiled(text: str) -> tuple[Policy | None, list[str]]:
    """The policy, or the names of what is wrong."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "p.epol"
        path.write_text(text, encoding="utf-8")
        built = compile_policy(path)
    return built.policy, [diagnostic.name for diagnostic in built.diagnostics]


def everything(expr: Expr) -> list[Expr]:
    """An expression and all its parts."""
    return [expr, *(each for part in parts(expr) for each in everything(part))]


def check_node(lane: Lane, expr: Expr) -> None:
    """One node's value is in its interval, and no step to it leaves 64 bits."""
    value = lane.number(expr)
    assert isinstance(expr.type, NumericType)
    assert value is not None
    assert INT64_MIN <= expr.type.low <= value <= expr.type.high <= INT64_MAX
    match expr:
        case Multiply(item=item, factor=factor, divisor=divisor):
            steps(lane.number(item), lane.number(factor), divisor)
        case Divide(item=item, multiplier=multiplier, divisor=divisor):
            steps(lane.number(item), multiplier, lane.number(divisor))
        case _:
            pass


def steps(x: int | None, n: int | None, d: int | None) -> None:
    """(x div d)·n + ((x mod d)·n) div d, each step in 64 bits."""
    assert x is not None
    assert n is not None
    assert d is not None
    whole, rest = (x // d) * n, (x % d) * n
    for step in (x // d, whole, rest, rest // d, whole + rest // d):
        assert INT64_MIN <= step <= INT64_MAX
    assert whole + rest // d == x * n // d


@settings(max_examples=150)
@given(policies(), st.data())
def test_no_value_leaves_its_interval(
    made: tuple[str, dict[str, tuple[int, int]]], data: st.DataObject
) -> None:
    text, ranges = made
    policy, names = compiled(text)
    assert set(names) <= {"number-overflow", "not-constant", "number-not-exact"}
    assume(policy is not None)
    assert policy is not None
    effect = policy.rules[0].effects[0]
    assert isinstance(effect, Prefer)
    for _ in range(5):
        values = {
            name: data.draw(st.sampled_from([low, high]) | st.integers(low, high))
            for name, (low, high) in ranges.items()
        }
        request = Request(inputs={**values, "a.b": data.draw(st.booleans())})
        for target in policy.targets:
            lane = Lane(policy, request, target)
            for expr in everything(effect.amount):
                if isinstance(expr.type, NumericType):
                    check_node(lane, expr)


def test_most_of_those_policies_compile() -> None:
    """The property above speaks of something."""
    text = "attr a.x : int in 0 .. 10\nrule r { score (a.x - 5) * 2.5 / 3 }"
    policy, names = compiled(f'policy p version "1"\ntarget t {{ at local }}\n{text}')
    assert (policy is not None, names) == (True, [])
