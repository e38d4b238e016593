"""Tests that the solver makes: they pass at once, and the coverage is whole with them."""

from pathlib import Path
from random import Random

import pytest

from epol.compiler.pipeline import Compiled, compile_policy
from epol.lang.claims import is_allowed
from epol.lang.request import complete
from tests.compiler.building import HEAD, WARD, build
from tests.compiler.generation.making import made
from tests.differential.policies import policy_text
from tests.differential.requests import Requests

ROOT = Path(__file__).resolve().parents[3]
CLOUDY = "target cloudy { at cloud }\n"
WHOLE = [
    *sorted((ROOT / "conformance").rglob("policy.epol"))[::12],
    ROOT / "examples" / "hospital" / "hospital.epol",
    ROOT / "compiler" / "epol" / "compiler" / "template" / "policy.epol",
]


def test_each_test_is_plain_and_pins_what_it_was_made_for(tmp_path: Path) -> None:
    text = HEAD + WARD + CLOUDY
    text += "attr net.jitter : duration\nlabel phi.mrn\ndetector d -> phi.mrn { match /x/ }\n"
    text += 'rule rough { when net.jitter > 10ms and target.at == cloud deny because "shaky" }\n'
    text += "rule hide { when target.at == cloud redact phi }\n"
    assert made(build(tmp_path, text)).blocks == [
        "# Also: rough does not fire on ward; net.jitter > 10ms is true; target.at == cloud is"
        " true of\n"
        "# cloudy; and 5 more\n"
        'test "rough fires on cloudy" {\n'
        "  set net.jitter = 20ms\n"
        "  expect route ward\n"
        "  expect fired rough, hide\n"
        '  expect because "shaky"\n'
        "}\n",
        'test "net.jitter > 10ms is false" {\n'
        "  set net.jitter = 0s\n"
        "  expect route ward\n"
        "  expect not fired rough\n"
        "}\n",
    ]


def test_a_condition_that_is_known_shows_a_rule_better_than_an_unknown_one(tmp_path: Path) -> None:
    text = HEAD + WARD + "attr a.n : int\nrule r { when a.n > 5 deny }"
    assert "set a.n = 6" in made(build(tmp_path, text)).blocks[0]


def test_every_flow_and_producer_is_looked_at(tmp_path: Path) -> None:
    text = HEAD + WARD + CLOUDY + "attr a.x : bool\n"
    text += "rule r { on response when target.at == cloud and a.x deny }\n"
    text += "rule s { on tool_call when a.x hold }"
    done = made(build(tmp_path, text))
    assert done.titles[0] == "r fires, on response"
    assert "on response from cloudy" in done.blocks[0]
    assert any("on tool_call from ward" in block for block in done.blocks)
    assert list(done.measured.missing()) == []


def test_text_signals_are_known_without_text(tmp_path: Path) -> None:
    text = HEAD + WARD + "signal s.n : int from count /x/\nsignal s.y : bool from match /y/\n"
    text += 'rule r { when s.n > 2 and not s.y deny }\nrule t { when s.y tag "y" }'
    done = made(build(tmp_path, text))
    assert list(done.measured.missing()) == []
    assert list(done.measured.impossible()) == []
    assert all("s.n = 0" not in block and "s.y = false" not in block for block in done.blocks)


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        (
            "rule r { when a.n > 50 deny }",
            [
                "rule r is never fired: its effects need a condition that holds of no request in"
                " range",
                "`a.n > 50` is never true: no request in range makes it true (a.n is in 0 .. 9)",
            ],
        ),
        (
            "rule r { when target.at == cloud tag \"x\" }",
            [
                "rule r is never fired: its effects need a condition that holds of no request in"
                " range",
                "`target.at == cloud` is never true: no target makes it true",
            ],
        ),
        (
            "rule r { on response prefer 5 }",
            ["rule r is never fired: preferences count on the flow request alone"],
        ),
        (
            "rule r { when a.n >= 0 deny }",
            [
                "`a.n >= 0` is never false: no request in range makes it false"
                " (a.n is in 0 .. 9)",
                "rule r is never not fired: its condition is never false on a request in range",
            ],
        ),
        (
            'rule r { when a.s == "x" and a.s == "y" deny }',
            [
                "rule r is never fired: its effects need a condition that holds of no request in"
                " range",
            ],
        ),
    ],
)  # fmt: skip
def test_what_no_request_shows_is_said_with_the_reason(
    tmp_path: Path, rules: str, expected: list[str]
) -> None:
    text = HEAD + WARD + 'attr a.n : int in 0 .. 9 default 1\nattr a.s : string default ""\n'
    done = made(build(tmp_path, text + rules))
    said = [line.partition(": ")[2] for line in done.measured.impossible()]
    assert sorted(said) == sorted(expected)
    assert list(done.measured.missing()) == []


def test_what_nobody_knows_is_missing_with_the_reason(tmp_path: Path) -> None:
    late = made(build(tmp_path, HEAD + WARD + "attr a.x : bool\nrule r { when a.x deny }"), 0.0)
    assert late.blocks == []
    assert "was never fired nor not fired (the budget is used up)" in next(late.measured.missing())


def test_strings_beyond_the_limit_leave_it_undecided(tmp_path: Path) -> None:
    globs = " or ".join(f'a.s like "*{chr(97 + i)}*{chr(98 + i)}*"' for i in range(16))
    done = made(build(tmp_path, HEAD + WARD + f"attr a.s : string\nrule r {{ when {globs} deny }}"))
    assert "joint outcomes" in next(done.measured.missing())


def test_a_title_is_never_taken_twice(tmp_path: Path) -> None:
    text = HEAD + WARD + "attr a.x : bool\nrule r { when a.x deny }\n"
    text += 'test "r fires" { expect blocked }'
    assert made(build(tmp_path, text)).titles[0] == "r fires (2)"


@pytest.mark.parametrize("path", WHOLE, ids=lambda path: path.parent.name)
def test_the_coverage_of_real_policies_becomes_whole(path: Path) -> None:
    built = compile_policy(path)
    if built.policy is not None and built.policy.targets:
        assert list(made(built).measured.missing()) == []


def test_standard_modules_are_covered_through_a_policy(tmp_path: Path) -> None:
    text = HEAD + "import std.edge\nimport std.injection.rules\n" + WARD
    text += "target cloudy { at cloud context 8k tools true }\n"
    assert list(made(build(tmp_path, text)).measured.missing()) == []


def _random(tmp_path: Path, seed: int) -> Compiled:
    return build(tmp_path, policy_text(Random(seed)))


@pytest.mark.parametrize("seed", range(30))
def test_random_policies_become_whole_and_what_cannot_be_is_not(tmp_path: Path, seed: int) -> None:
    built = _random(tmp_path, seed)
    if built.policy is None:
        pytest.skip("a random sum may leave 64 bits")
    done = made(built)
    assert list(done.measured.missing()) == []
    rng, requests = Random(seed), Requests(built.policy)
    for _ in range(60):
        request = complete(requests.request(rng), built.policy)
        if is_allowed(built.policy, request):
            shown = done.measured.shown_by(request)
            for key, seen in (*done.measured.rules.items(), *done.measured.atoms.items()):
                assert not {(key, value) for value in seen.never} & shown, seen.what
