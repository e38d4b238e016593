"""Which treatments are written `except` for others."""

from itertools import combinations
from pathlib import Path

import pytest

from epol.compiler.analysing import Known
from epol.compiler.exceptions import Written, is_exception
from epol.compiler.pipeline import compile_policy
from epol.lang.model import Treat
from tests.compiler.building import HEAD, WARD, write

LABELS = "label a.b\nlabel a.b.c\nlabel ab\nlabel d.e under a.b\n"


def treatments(folder: Path, rules: str) -> tuple[Known, list[Written]]:
    """All treatments of a policy, in the order of its text."""
    known = Known(compile_policy(write(folder, HEAD + LABELS + WARD + rules)))
    effects = ((rule, effect) for rule in known.own_rules for effect in rule.info.effects)
    return known, [(rule, effect) for rule, effect in effects if isinstance(effect, Treat)]


@pytest.mark.parametrize(
    ("one", "other", "wanted"),
    [
        ("redact a except a.b", "mask a.b", True),
        ("redact a except a.b", "mask a.b.c", True),
        ("redact a except a.b.c", "mask a.b", True),  # `a.b` names a.b.c, too
        ("redact any except a.b", "mask a", True),
        ("redact any except ab", "mask a.b", False),
        ("redact a except a.b", "mask ab", False),  # a name, not the start of a word
        ("redact any except a", "mask ab", False),
        ("redact any except a.b", "mask d.e", False),  # only below by `under`
        ("redact any except d.e", "mask d.e", True),
        ("redact any except d.e", "mask a.b", True),  # `a.b` names what is under it
        ("redact a", "mask a.b", False),
    ],
)
def test_an_exception_is_one_for_what_the_other_names(
    tmp_path: Path, one: str, other: str, wanted: bool
) -> None:
    known, written = treatments(tmp_path, f"rule r {{ {one} }}\nrule s {{ {other} }}\n")
    assert is_exception(known.policy, *written) is wanted
    assert is_exception(known.policy, *reversed(written)) is wanted


def test_each_treatment_of_a_rule_has_its_own_exceptions(tmp_path: Path) -> None:
    rules = 'rule r { deny redact a except a.b hold mask any except ab tag "x" hash a.b }\n'
    known, written = treatments(tmp_path, rules)
    found = [is_exception(known.policy, *pair) for pair in combinations(written, 2)]
    assert found == [True, True, False]
