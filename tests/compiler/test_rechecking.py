"""Checks that know the one before find what a check from the beginning finds."""

from __future__ import annotations

import re
from pathlib import Path
from random import Random

import pytest

from epol.compiler.examine import Examination, examine
from epol.compiler.pipeline import compile_policy
from epol.compiler.rechecking import Checker
from epol.compiler.testing import PASSED, run_test
from epol.lang.diagnostics import Diagnostic
from tests.fuzz.corpus import TOTAL
from tests.planted.random_policies import random_policy

POLICIES = max(TOTAL // 100, 8)
EDITS = 5
SHOWN = "request-starved"
"""Which sets of rules are named for it depends on the requests that were found."""

IDLE, IDLE_ALONE = "rule-changes-nothing", "rule-never-fires"
"""Which of several smallest sets of rules is named beside an idle rule depends on what was tried
first; `is_fewest` judges it."""


@pytest.mark.parametrize("chunk", range(4))
def test_edits_are_checked_as_from_the_beginning(chunk: int, tmp_path: Path) -> None:
    undecided = 0
    for seed in range(chunk * 10_000, chunk * 10_000 + POLICIES // 4):
        path, rng = tmp_path / "policy.epol", Random(seed)
        text = random_policy(seed)
        checker = Checker(path)
        for _ in range(EDITS):
            path.write_text(text, encoding="utf-8")
            known, anew = checker.examine(), examine(path)
            assert found(known) == found(anew), f"seed {seed}\n{text}"
            for message in told(known) ^ told(anew):
                assert is_fewest(path, text, message), f"seed {seed}\n{text}\n{message}"
            path.write_text(text, encoding="utf-8")
            assert checker.doubts() is None
            for each in known.diagnostics:
                assert passes(path, text, each), f"seed {seed}\n{text}\n{each.witness}"
            undecided += any(each.name == "finding-undecided" for each in known.diagnostics)
            text = edited(text, rng)
    assert undecided == 0


def found(examination: Examination) -> list[object]:
    """What is found, and where; what is said of it may rest on the request that shows it."""
    every = [each for each in examination.diagnostics if each.name != SHOWN]
    places = [
        (d.name, d.span.start, d.message if d.witness is None and d.name != IDLE else "")
        for d in every
    ]
    return [places, any(each.name == SHOWN for each in examination.diagnostics)]


def told(examination: Examination) -> set[str]:
    """What is said of idle rules."""
    return {each.message for each in examination.diagnostics if each.name == IDLE}


def is_fewest(path: Path, text: str, message: str) -> bool:
    """Whether a rule is idle beside just the rules that are named, and not beside fewer."""
    rule, *others = re.findall(r"`(\w+)`", message)
    return is_idle(path, text, rule, others) and not any(
        is_idle(path, text, rule, [each for each in others if each != one]) for one in others
    )


def is_idle(path: Path, text: str, rule: str, others: list[str]) -> bool:
    """Whether a rule changes nothing where these are the only other rules."""
    kept = re.compile(rf"(?!rule )|rule ({'|'.join([rule, *others])})\b")
    lines = [line for line in text.splitlines() if kept.match(line)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    idle = (d.message for d in examine(path).diagnostics if d.name in {IDLE, IDLE_ALONE})
    return any(message.startswith(f"`{rule}` ") for message in idle)


def passes(path: Path, text: str, told: Diagnostic) -> bool:
    """Whether the tests that show a finding pass."""
    if told.witness is None:
        return True
    path.write_text(f"{text}\n{told.witness}\n", encoding="utf-8")
    policy = compile_policy(path).policy
    assert policy is not None
    return all(run_test(policy, test).status == PASSED for test in policy.tests)


def edited(text: str, rng: Random) -> str:
    """The text after one edit: a rule less, more or elsewhere, another number, word or line, or
    something that is declared or asked otherwise."""
    if rng.random() < 0.4:
        return exchanged(text, rng)
    lines = text.splitlines()
    rules = [i for i, line in enumerate(lines) if line.startswith("rule ")]
    kind = rng.choice(("drop", "copy", "swap", "number", "number", "word", "line", "other"))
    at = rng.choice(rules)
    match kind:
        case "drop" if len(rules) > 1:
            del lines[at]
        case "copy":
            lines.append(re.sub(r"^rule \w+", f"rule new{rng.randrange(10**6)}", lines[at]))
        case "swap":
            other = rng.choice(rules)
            lines[at], lines[other] = lines[other], lines[at]
        case "number":
            lines[at] = re.sub(r"\b[0-3]\b", lambda _: str(rng.randint(0, 3)), lines[at], count=1)
        case "word":
            lines[at] = lines[at].replace('"a"', '"c"') if '"a"' in lines[at] else lines[at]
        case "line":
            lines.insert(rng.randrange(len(lines)), rng.choice(("", "# why", "label l.more")))
        case _:
            place = rng.randrange(1, len(lines))
            words = {"true": "false", "mask": "redact", "deny": "hold", "local": "cloud"}
            was = next((word for word in words if word in lines[place]), None)
            lines[place] = lines[place].replace(was, words[was]) if was else lines[place]
    return "\n".join(lines) + "\n"


EXCHANGED = (
    (r"^(attr .*: bool)$", r"\1 default true"),
    (r"^(attr .*: int.*3)$", r"\1 default 2"),
    (r"^(attr .*: string)$", r'\1 default "b"'),
    (r"^(attr .*) default \S+$", r"\1"),
    (r"^(attr .*)$", r"\1\nattr other.more : string"),
    (r"in 0 \.\. 3", "in 0 .. 4"),
    (r"in 0 \.\. 4", "in 0 .. 3"),
    (r"enum { x, y, z }", "enum { y, x, z, w }"),
    (r"^(label l\.a)$", r"\1\nlabel l.a.most"),
    (r"under l$", "under l.a"),
    (r"{ match /CD\[0-9\]/ }", '{ model "names" class PER }'),
    (r'{ model "names" class PER }', "{ match /CD[0-9]/ }"),
    (r"level [0-3]", "level 4"),
    (r'zone "a"', 'zone "b"'),
    (r"open true ", ""),
    (r"(found [lm](\.[ab])?)(?= |$)(?! from)", r"\1 from user"),
    (r" from user", ""),
    (r"(count l\.a)(?! from)", r"\1 from { user, tool }"),
    (r'== "[ab]"', '== "ab"'),
    (r'[!=]= "(\w)"', r'like "\1*"'),
    (r'like "\*b"', 'like "*"'),
    (r"when found l ", "when found l.a "),
)
"""What is replaced by what, once."""


def exchanged(text: str, rng: Random) -> str:
    """The text with something declared or asked otherwise, if anything of it is there."""
    for pattern, other in rng.sample(EXCHANGED, len(EXCHANGED)):
        places = list(re.finditer(pattern, text, re.MULTILINE))
        if places:
            place = rng.choice(places)
            return text[: place.start()] + place.expand(other) + text[place.end() :]
    return text


HEAD = """policy p version "1"
field level : int in 0 .. 4
attr a.who : string default ""
attr request.tokens : int in 1 .. 9 default 1
attr request.max_output_tokens : int in 1 .. 9 default 1
target near { at local level 1 price in $1 out $1 per 1M }
target far { at cloud level 3 }
"""
TOUCHING = {
    "the price of a target that is named": (
        "rule r { when near.cost > $0 deny }\nrule s { when target.at == cloud hold }\n",
        "in $1 out $1",
        "in $0 out $0",
    ),
    "a constant that a glob matches": (
        'rule r { when a.who like "t*" deny }\nrule s { when a.who == "elsewhere" hold }\n',
        '"elsewhere"',
        '"team"',
    ),
    "a field, for which another rule makes one idle": (
        "rule b { when target.at == cloud deny }\nrule c { when target.name == far deny }\n"
        "rule d { when target.level >= 2 deny }\n",
        "level 3",
        "level 1",
    ),
}
"""Rules, and what is replaced by what: rules that stay as they are mean something else."""


@pytest.mark.parametrize("name", TOUCHING)
def test_what_an_edit_touches_is_looked_at_again(name: str, tmp_path: Path) -> None:
    rules, old, new = TOUCHING[name]
    path, text = tmp_path / "policy.epol", HEAD + rules
    checker, said = Checker(path), list[set[str]]()
    for each in (text, text.replace(old, new), text):
        path.write_text(each, encoding="utf-8")
        known, anew = checker.examine(), examine(path)
        assert found(known) == found(anew)
        assert told(known) == told(anew)
        said.append({d.message for d in known.diagnostics})
    assert said[0] == said[2] != said[1]


def test_a_file_that_does_not_compile_is_no_end(tmp_path: Path) -> None:
    path, text = tmp_path / "policy.epol", random_policy(3)
    checker = Checker(path)
    path.write_text(text, encoding="utf-8")
    first = found(checker.examine())
    path.write_text(text + "rule broken {", encoding="utf-8")
    assert not checker.examine().compiles
    assert checker.doubts() is None
    path.write_text(text, encoding="utf-8")
    assert found(checker.examine()) == first


def test_what_has_gathered_is_forgotten_in_time(tmp_path: Path) -> None:
    path = tmp_path / "policy.epol"
    head = 'policy p version "1"\nattr a.n : int in 0 .. 900 default 0\ntarget t { at local }\n'
    checker = Checker(path)
    sizes = list[int]()
    for edit in range(30):
        starts = (f"rule r{i} {{ when a.n > {i + 7 * edit}" for i in range(9))
        rules = (f"{start} prefer {i + 1} }}\n" for i, start in enumerate(starts))
        path.write_text(head + "".join(rules), encoding="utf-8")
        checker.examine()
        sizes.append(checker.size)
    assert max(sizes) > 2 * sizes[0]
    assert sizes[-1] < max(sizes) < 12 * sizes[0]
