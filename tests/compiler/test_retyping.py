"""Rules that were typed before are as if they were typed anew."""

from pathlib import Path
from random import Random

import pytest

from epol.compiler.check.retyping import Retyper
from epol.compiler.pipeline import Compiled, compile_policy
from epol.compiler.resolve.scope import MAX_DIAGNOSTICS
from epol.lang.model import Policy
from tests.compiler.test_rechecking import edited
from tests.fuzz.corpus import TOTAL
from tests.planted.random_policies import random_policy

SEEDS = max(TOTAL // 20, 40)
EDITS = 6

TEXT = """policy example version "1"
attr a.n : int default 1
let many = a.n > 3
target home { at local }
rule one { when many deny because "too many" }
rule two { when a.n > 9 tag "more" }
"""


@pytest.mark.parametrize("chunk", range(4))
def test_a_build_is_what_it_is_from_the_beginning(chunk: int, tmp_path: Path) -> None:
    path = tmp_path / "policy.epol"
    for seed in range(chunk * 10_000, chunk * 10_000 + SEEDS // 4):
        text, rng, retyper = random_policy(seed), Random(seed), Retyper()
        for _ in range(EDITS):
            path.write_text(text, encoding="utf-8")
            known, anew = compile_policy(path, retyper=retyper), compile_policy(path)
            assert _said(known) == _said(anew), text
            assert known.policy == anew.policy, text
            text = edited(text, rng)


def test_only_what_says_the_same_is_kept(tmp_path: Path) -> None:
    retyper = Retyper()
    first = _typed(tmp_path, TEXT, retyper)
    other = _typed(tmp_path, TEXT.replace("> 9", "> 8"), retyper)
    assert [b is a for a, b in _conditions(first, other)] == [True, False]
    assert [r.span.first.line for r in other.rules] == [5, 6]


def test_rules_elsewhere_are_named_where_they_are(tmp_path: Path) -> None:
    retyper = Retyper()
    first = _typed(tmp_path, TEXT, retyper)
    other = _typed(tmp_path, TEXT.replace("rule one", "\n\nrule one"), retyper)
    assert [b is a for a, b in _conditions(first, other)] == [True, True]
    assert [r.span.text for r in other.rules] == ["one", "two"]
    assert [r.span.first.line for r in other.rules] == [7, 8]


@pytest.mark.parametrize(
    ("was", "now"),
    [("a.n > 3", "a.n > 4"), ("default 1", "default 2"), ("at local", "at cloud")],
    ids=["let", "attribute", "target"],
)
def test_nothing_is_kept_where_something_is_declared_otherwise(
    tmp_path: Path, was: str, now: str
) -> None:
    retyper = Retyper()
    first = _typed(tmp_path, TEXT, retyper)
    other = _typed(tmp_path, TEXT.replace(was, now, 1), retyper)
    assert [b is a for a, b in _conditions(first, other)] == [False, False]


def test_what_is_wrong_is_said_each_time(tmp_path: Path) -> None:
    path, retyper = tmp_path / "policy.epol", Retyper()
    path.write_text(TEXT.replace("a.n > 9", "a.m > 9"), encoding="utf-8")
    for _ in range(2):
        assert [d.name for d in compile_policy(path, retyper=retyper).diagnostics] == [
            "unknown-attribute"
        ]


def test_what_is_wrong_behind_many_mistakes_is_not_forgotten(tmp_path: Path) -> None:
    """After so many no more are said, and what was not said is not right for that."""
    path, retyper = tmp_path / "policy.epol", Retyper()
    wrong = "\n".join(f"rule w{i} {{ when a.m deny }}" for i in range(MAX_DIAGNOSTICS))
    path.write_text(f"{TEXT}{wrong}\nrule last {{ when many }}\n", encoding="utf-8")
    said = compile_policy(path, retyper=retyper).diagnostics
    assert {d.name for d in said} == {"unknown-attribute"}
    path.write_text(f"{TEXT}rule last {{ when many }}\n", encoding="utf-8")
    said = compile_policy(path, retyper=retyper).diagnostics
    assert [d.name for d in said] == ["rule-without-effect"]


def _typed(folder: Path, text: str, retyper: Retyper) -> Policy:
    path = folder / "policy.epol"
    path.write_text(text, encoding="utf-8")
    policy = compile_policy(path, retyper=retyper).policy
    assert policy is not None
    return policy


def _conditions(one: Policy, other: Policy) -> list[tuple[object, object]]:
    return [(a.condition, b.condition) for a, b in zip(one.rules, other.rules, strict=True)]


def _said(compiled: Compiled) -> list[tuple[str, int, str]]:
    return [(d.name, d.span.start, d.message) for d in compiled.diagnostics]
