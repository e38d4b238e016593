"""`epolc import gitleaks`: the module, the report, exit statuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from epol.compiler.importing.document import MAX_BYTES, Allowlist, Config, Rule
from epol.compiler.importing.gitleaks import convert
from epol.compiler.importing.module import identifier
from epol.compiler.importing.stopword import as_stopword
from epol.lang.formatter import format_source
from epol.lang.source import Source
from tests.compiler.cli.running import epolc

ACME = """
title = "acme"

[[rules]]
id = "acme-token"
description = "Token of Acme's\\nbuild farm"
regex = '''(?i)acme[_-]?token\\s*[:=]\\s*['"]?(?P<token>[a-z0-9/]{20})\\b'''
keywords = ["acme"]
entropy = 3.0
tags = ["build"]
[[rules.allowlists]]
stopwords = ["example", "0000"]
regexes = ['(?i)dummy']
"""
HEAD = '[[rules]]\nid = "a"\nregex = "abc[0-9]+"\n'


def write(folder: Path, text: str, name: str = "acme.toml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def found(module: Path, text: str) -> list[tuple[str, str]]:
    """The label and the text of each finding."""
    ran = epolc("scan", "--policy", module, "--format", "json", stdin=text)
    assert ran.status == 0, ran.err
    return [(f["label"], text[f["start"] : f["end"]]) for f in ran.json()["findings"]]


def test_a_rule_is_a_detector_that_finds_the_secret(tmp_path: Path) -> None:
    out = tmp_path / "acme.epol"
    ran = epolc("import", "gitleaks", write(tmp_path, ACME), "-o", out, "--strict")
    assert (ran.status, ran.out) == (0, "")
    assert ran.err == "acme.toml: 1 detector of 1 rule; left out: 0 rules, 0 conditions\n"
    assert epolc("fmt", "--check", out).status == 0
    assert epolc("check", out).status == 0
    label = "secret.imported.acme_token"
    secret = "x9/k2m4p7q1r5t8w3z6b"
    assert found(out, f"ACME_TOKEN = '{secret}'") == [(label, secret)]
    for other in ("example12345678901234", "dummyq1r5t8w3z6bx9k2", "aaaaaaaaaabbbbbbbbbb"):
        assert found(out, f"acme-token: {other}") == []
    text = out.read_text()
    assert "# Rule acme-token of acme.toml." in text
    assert f'label {label} "Token of Acme\'s build farm"' in text


def test_standard_input_and_output() -> None:
    ran = epolc("import", "gitleaks", "-", stdin=ACME)
    assert ran.status == 0
    assert "module rules\n" in ran.out
    assert format_source(Source("x", ran.out)) == ran.out


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ('path = "\\\\.tf$"', "only in files"),
        ('keywords = ["zzz"]', "only in texts with a keyword (`zzz`)"),
        ("tokenEfficiency = true", "tokenEfficiency"),
        ("entropy = 9", "entropy of more than 8 bits"),
        ("colour = 1", "the key `colour` is not known"),
        ('[[rules.required]]\nid = "b"', "only where other rules match too"),
        ('[[rules.allowlists]]\npaths = ["x", "y"]', "allowlist of paths (2)"),
        ('[[rules.allowlists]]\ncommits = ["x"]', "allowlist of commits (1)"),
        ('[[rules.allowlists]]\nregexes = ["Abc"]', "allowlist regex `Abc`"),
        ('[[rules.allowlists]]\nregexes = ["x"]\nregexTarget = "line"', "for the line"),
        ('[[rules.allowlists]]\nstopwords = [""]', "the stopword that is empty"),
        (
            '[[rules.allowlists]]\ncondition = "AND"\nstopwords = ["x"]\npaths = ["y"]',
            "all of whose criteria must hold",
        ),
        ("filter = 'tokenRatio(finding[\"secret\"]) >= 2'", "filter `tokenRatio"),
        ("prefilter = 'x'", "`prefilter`"),
        ("[extend]\nuseDefault = true", "`extend`"),
        ('[allowlist]\npaths = ["x"]', "allowlist of paths (1)"),
    ],
)
def test_a_condition_without_a_form_is_said_and_strict_fails(
    tmp_path: Path, more: str, said: str
) -> None:
    out = tmp_path / "a.epol"
    ran = epolc("import", "gitleaks", write(tmp_path, HEAD + more), "-o", out, "--strict")
    assert ran.status == 1
    assert ran.err.startswith("finds more: ")
    assert said in ran.err
    assert "1 condition\n" in ran.err
    assert found(out, "abc123") == [("secret.imported.a", "abc123")]
    assert epolc("import", "gitleaks", tmp_path / "acme.toml", "-o", out).status == 0


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ('regex = "a(?=b)"', "begins no group in Go"),
        ('regex = "a{1001}"', "more than 1,000 repeats"),
        ('regex = "a*"', "matches the empty string"),
        ('regex = "\\\\p{Nobody}"', "the property"),
        ('regex = "(a"', "missing )"),
        ('regex = "(a)"\nsecretGroup = 2', "the secret is group 2, and there are 1"),
        ('path = "x"', "the names of files only"),
        ("", "it has no regex"),
        ('regex = "a"\nskipReport = true', "only helps other rules"),
    ],
)
def test_a_rule_without_a_form_is_left_out(tmp_path: Path, more: str, said: str) -> None:
    out = tmp_path / "a.epol"
    rules = write(tmp_path, f'{HEAD}[[rules]]\nid = "b"\n{more}')
    ran = epolc("import", "gitleaks", rules, "-o", out, "--strict")
    assert ran.status == 1
    assert ran.err.startswith("left out: b: ")
    assert said in ran.err
    assert "1 detector of 2 rules; left out: 1 rule, 0 conditions" in ran.err
    assert "detector b" not in out.read_text()
    assert "# The rule is left out: " in out.read_text()


def test_without_any_detector_nothing_is_written(tmp_path: Path) -> None:
    out = tmp_path / "a.epol"
    ran = epolc("import", "gitleaks", write(tmp_path, '[[rules]]\nid = "a"\n'), "-o", out)
    assert (ran.status, ran.out, out.exists()) == (1, "", False)


@pytest.mark.parametrize("text", ["x = ", "rules = 1", "#" * (MAX_BYTES + 1)])
def test_a_file_that_is_no_rules_file_changes_nothing(tmp_path: Path, text: str) -> None:
    out = tmp_path / "a.epol"
    out.write_text("before", encoding="utf-8")
    ran = epolc("import", "gitleaks", write(tmp_path, text), "-o", out)
    assert (ran.status, ran.out, out.read_text()) == (2, "", "before")
    assert ran.err.startswith("error: ")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.epol", "acme.toml"]


def test_what_cannot_be_read_or_written(tmp_path: Path) -> None:
    assert epolc("import", "gitleaks", tmp_path / "none.toml").status == 2
    path = write(tmp_path, ACME)
    ran = epolc("import", "gitleaks", path, "-o", tmp_path / "no" / "x.epol")
    assert ran.status == 2
    assert epolc("import", "gitleaks", path, "-o", tmp_path).status == 2
    assert epolc("import", "gitleaks", path, "-o", "/dev/null").status == 0


def test_a_module_too_long_for_the_language_is_refused(tmp_path: Path) -> None:
    words = json.dumps([f"w{n}" for n in range(1000)])
    rules = "".join(f'[[rules]]\nid = "r{n}"\nregex = "abc{n}"\n' for n in range(200))
    path = write(tmp_path, f"[allowlist]\nstopwords = {words}\n{rules}")
    ran = epolc("import", "gitleaks", path, "-o", tmp_path / "x.epol")
    assert ran.status == 2
    assert "larger than 1 MiB" in ran.err


def test_names_that_are_taken_or_no_names(tmp_path: Path) -> None:
    ids = ["1-a", "a.b", "a-b", "A_B", "min", "…", "é", "x" * 300]
    rules = "".join(f'[[rules]]\nid = "{each}"\nregex = "k{n}"\n' for n, each in enumerate(ids))
    out = tmp_path / "a.epol"
    assert epolc("import", "gitleaks", write(tmp_path, rules, "9.toml"), "-o", out).status == 0
    assert epolc("check", out).status == 0
    labels = [
        label.removeprefix("secret.imported.") for n in range(4) for label, _ in found(out, f"k{n}")
    ]
    assert labels == ["rule_1_a", "a_b", "a_b_2", "a_b_3"]


def test_the_whole_match_where_the_secret_is_not_told_apart(tmp_path: Path) -> None:
    text = '[[rules]]\nid = "a"\nregex = "k(?:(a)|(b))+"\nentropy = 3\n'
    out = tmp_path / "a.epol"
    ran = epolc("import", "gitleaks", write(tmp_path, text), "-o", out)
    assert "the span is the whole match" in ran.err
    assert "entropy and stopwords judge the secret" in ran.err
    assert found(out, "kaab") == [("secret.imported.a", "kaab")]


def test_target_rules_and_shared_filters() -> None:
    rules = (Rule("a", regex="a+"), Rule("b", regex="b+"))
    lists = (Allowlist(stopwords=("one",), rules=("a",)), Allowlist(stopwords=("all",)))
    shared = 'containsAny(finding["secret"], ["too"]) || entropy(finding["secret"]) < 2'
    text = convert("x.toml", Config(rules, lists, filter=shared)).text
    assert text is not None
    assert [line.strip() for line in text.splitlines() if "stopwords" in line] == [
        'stopwords "too", "one", "all"',
        'stopwords "too", "all"',
    ]
    assert text.count("entropy 2\n") == 2


def test_regexes_of_the_file_and_of_filters() -> None:
    own = 'matchesAny(finding["secret"], ["(?i)own", "Own"]) || len(finding["secret"]) == 3'
    shared = 'matchesAny(finding["secret"], ["(?i)shared", "Shared"]) || f(1)'
    lists = (Allowlist(regexes=("(?i)all", "All")), Allowlist(regexes=("x",), target="match"))
    config = Config((Rule("a", regex="a+", filter=own),), lists, shared, "p", True, ("colour",))
    converted = convert("x.toml", config)
    assert 'stopwords "own", "shared", "all"' in (converted.text or "")
    assert [(loss.rule, loss.what) for loss in converted.losses] == [
        (None, "`extend`: the rules of other files are not in this one"),
        (None, "`prefilter`: a text here has no path and no commit"),
        (None, "the key `colour` is not known"),
        (None, "filter `f(1)`"),
        (None, "filter regex `Shared`"),
        (None, "allowlist regex `All`"),
        (None, "allowlist regex `x` for the match"),
        ("a", 'filter `len(finding["secret"]) == 3`'),
        ("a", "filter regex `Own`"),
    ]


def test_the_report_names_a_few_rules_of_many() -> None:
    rules = tuple(Rule(f"r{n}", regex=f"abc{n}", path="x") for n in range(6))
    assert (
        convert("x.toml", Config(rules))
        .report[0]
        .startswith("finds more: r0, r1, r2, r3 and 2 more: only in files `x`")
    )


@pytest.mark.parametrize(
    ("regex", "word"),
    [
        ("(?i)example", "example"),
        ("0000", "0000"),
        (r"(?i)a\.b(?:-c)", "a.b-c"),
        ("[Ee][Xx]", "ex"),
        ("Example", None),
        ("(?i)^example", None),
        ("(?i)a+", None),
        ("[0-9]", None),
        ("(?i)ß", None),
        ("", None),
        ("(", None),
    ],
)
def test_a_regex_that_is_a_caseless_word(regex: str, word: str | None) -> None:
    assert as_stopword(regex) == word


@given(st.text(max_size=80))
def test_every_name_is_one_of_the_language(text: str) -> None:
    name = identifier(text)
    assert format_source(Source("x", f"module {name}\n")) == f"module {name}\n"


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(
    id_=st.text(min_size=1, max_size=20),
    description=st.text(max_size=40),
    word=st.text(min_size=1, max_size=10),
    entropy=st.floats(0, 8),
    regex=st.sampled_from(["a/b", r"\Qa/b\E", "x\ny", "[/\\\\]+z", "\u202e!"]),
    keyword=st.text(max_size=10),
)
def test_whatever_the_file_says_the_module_is_in_canonical_form(
    id_: str, description: str, word: str, entropy: float, regex: str, keyword: str
) -> None:
    rule = Rule(
        id_, description, regex, keywords=(keyword,), entropy=entropy,
        allowlists=(Allowlist(stopwords=(word,), regexes=(description,)),),
    )  # fmt: skip
    converted = convert("x\n.toml", Config((rule,)))
    text = converted.text
    assert text is not None
    assert format_source(Source("x", text)) == text
