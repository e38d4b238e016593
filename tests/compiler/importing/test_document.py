"""Reading a rules file: what it holds, and what is wrong with it."""

from __future__ import annotations

import pytest

from epol.compiler.importing.document import MAX_BYTES, MAX_RULES, ConfigError, read_config

RULE = '[[rules]]\nid = "a"\n'


def test_both_forms_of_an_allowlist() -> None:
    config = read_config(
        b"""[allowlist]
paths = ["x"]
[[allowlists]]
condition = "AND"
targetRules = ["a"]
stopwords = ["w"]
[[rules]]
id = "a"
secretGroup = 2
entropy = 3
[rules.allowlist]
regexes = ["r"]
regexTarget = "match"
[[rules.allowlists]]
commits = ["c"]
"""
    )
    assert [a.paths for a in config.allowlists] == [("x",), ()]
    assert (config.allowlists[1].every, config.allowlists[1].rules) == (True, ("a",))
    (rule,) = config.rules
    assert (rule.group, rule.entropy) == (2, 3)
    assert [a.target for a in rule.allowlists] == ["match", "secret"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no [[rules]]"),
        ("rules = 3", "rules is not a list of tables"),
        ("rules = [1]", "rules is not a list of tables"),
        ("x = ", "not TOML"),
        ("x = 1\nx = 2", "not TOML"),
        ("x = " + "[" * 5000, "nested too deep"),
        ("[[rules]]", "rules[0] has no id"),
        (RULE + "regex = 3", "rules[0].regex is not a string"),
        (RULE + "keywords = 'x'", "rules[0].keywords is not a list of strings"),
        (RULE + "keywords = [1]", "rules[0].keywords is not a list of strings"),
        (RULE + "entropy = 'x'", "rules[0].entropy is not a number"),
        (RULE + "entropy = true", "rules[0].entropy is not a number"),
        (RULE + "entropy = nan", "rules[0].entropy is not a number"),
        (RULE + "entropy = inf", "rules[0].entropy is not a number"),
        (RULE + "secretGroup = -1", "rules[0].secretGroup is not the number of a group"),
        (RULE + "secretGroup = 1.5", "rules[0].secretGroup is not the number of a group"),
        (RULE + "skipReport = 1", "rules[0].skipReport is not true or false"),
        (RULE + "[rules.allowlist]\nstopwords = 1", "rules[0].allowlist.stopwords is not a list"),
        (RULE + "[[rules.allowlists]]\ncondition = 'XOR'", "condition is neither OR nor AND"),
        (RULE + "[[rules.allowlists]]\nregexTarget = 'x'", "regexTarget is none of"),
        (RULE + "[[rules.allowlists]]\nstopword = ['x']", "unknown key `stopword`"),
        (RULE + "[extend]\n" + "extend = 1", ""),
        ("extend = 1\n" + RULE, "extend is not a table"),
        (RULE * (MAX_RULES + 1), "more than 5,000 rules"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(text: str, said: str) -> None:
    if not said:
        assert read_config(text.encode()).extends
        return
    with pytest.raises(ConfigError) as error:
        read_config(text.encode())
    assert said in str(error.value)


def test_bytes_that_are_no_text_and_files_too_large() -> None:
    with pytest.raises(ConfigError, match="offset 0 is not UTF-8"):
        read_config(b"\xff")
    with pytest.raises(ConfigError, match="more than 2,048 KiB"):
        read_config(b"#" * (MAX_BYTES + 1))
