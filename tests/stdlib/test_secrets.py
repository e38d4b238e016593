"""The standard modules of credentials: every example, and what they promise of themselves."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest
from tools import secret_types

from epol.compiler.pipeline import compile_policy
from epol.compiler.resolve import stdlib
from epol.compiler.scanning import scanner_of
from epol.engine.bundle.service import TextService
from epol.lang.model import DetectorInfo, Policy

NAMES = [name for name in stdlib.modules() if name.startswith("std.secrets.")]
KINDS = {"secret.key", "secret.token", "secret.password", "secret.private_key"}
FEWEST_TYPES = 400
FEWEST_TEXTS = 3
MODULES = {module.name: module for module in secret_types.modules()}
PROSE = (
    "Please summarize the main points of the attached report in three sentences.",
    "The token ring network was slow; the secret of its design was key to 1,024 passwords.",
    "my password is wrong and the API key is invalid, says the page",
    "tokenizer = AutoTokenizer.from_pretrained('bert-base-uncased')",
    "password: string, token: Optional[str] = None, api_key: str = os.environ['API_KEY']",
    "commit 1b3f5a7c9d1e3f5a7b9c1d3e5f7a9b1c3d5e7f90 of 550e8400-e29b-41d4-a716-446655440000",
    "https://docs.acme.test/en/guide?page=2#section-3 and anna.berg@acme.test",
    "curl -u $USER:$TOKEN -H 'Authorization: Bearer <token>' https://api.acme.test",
)


def path(name: str) -> Path:
    """The file of a standard module."""
    found = stdlib.path_of(name)
    assert found is not None, name
    return found


@cache
def policy(name: str) -> Policy:
    """A module on its own, with its examples tried, free of findings of any severity."""
    result = compile_policy(path(name))
    assert not [(each.name, each.message) for each in result.diagnostics]
    assert result.policy is not None
    return result.policy


@cache
def scanner() -> TextService:
    """The scanner of all of them."""
    return scanner_of(policy("std.secrets"))


def found(text: str) -> dict[str, list[str]]:
    """What the detectors find in a text, by their names."""
    result: dict[str, list[str]] = {}
    for finding in scanner().scan(text).findings:
        name = finding.detector.removeprefix("std.secrets.")
        result.setdefault(name, []).append(text[finding.start : finding.end])
    return result


def detectors() -> tuple[DetectorInfo, ...]:
    """Those of all modules."""
    return policy("std.secrets").detectors


def test_every_example_is_found_and_no_counterexample_beside_all_others() -> None:
    wrong: list[tuple[str, str]] = []
    for detector in detectors():
        short = detector.name.removeprefix("std.secrets.")
        wrong += [
            (short, example.text)
            for example in detector.examples
            if (short in found(example.text)) is not example.wanted
        ]
    assert not wrong


def test_every_detector_has_three_examples_of_each_kind() -> None:
    for detector in detectors():
        wanted = Counter(example.wanted for example in detector.examples)
        assert min(wanted[True], wanted[False]) >= FEWEST_TEXTS, detector.name


def test_there_are_so_many_types_and_each_cites_its_source() -> None:
    cited = 0
    for name in NAMES:
        text = path(name).read_text(encoding="utf-8")
        cited += len(re.findall(r"^# https?://\S+\ndetector ", text, re.MULTILINE))
    assert cited == len(detectors()) >= FEWEST_TYPES


def test_every_type_is_of_a_kind() -> None:
    labels = policy("std.secrets").labels
    for detector in detectors():
        kinds = [kind for kind in KINDS if detector.label in labels[kind].below]
        assert kinds, detector.label
        assert detector.label in labels["secret"].below


@pytest.mark.parametrize("text", PROSE)
def test_plain_text_and_code_hold_no_credential(text: str) -> None:
    assert not found(text)


@pytest.mark.parametrize("name", sorted(MODULES))
def test_the_lists_of_issuers_are_those_of_the_table(name: str) -> None:
    written = {
        detector.name.rpartition(".")[2]: (detector.label, detector.patterns[0].regex)
        for detector in policy(f"std.secrets.{name}").detectors
    }
    assert written == {
        each.name: (f"secret.{each.label}", each.match.replace(r"\/", "/"))
        for each in MODULES[name].types
    }


def test_a_module_is_as_it_would_be_written() -> None:
    assert path("std.secrets.data").read_text(encoding="utf-8") == MODULES["data"].text()


@pytest.mark.parametrize(
    ("text", "detector", "value"),
    [
        ("postgres://anna:q7TzK2mW@db:5432/a", "url.postgres_url_password", "q7TzK2mW"),
        ("datadog_api_key: 039211d9b963cc58ea44ecd5b868ec5f", "monitoring.datadog_api_key",
         "039211d9b963cc58ea44ecd5b868ec5f"),
        ("machine a.test login bo password k3Y7x2Kq", "files.netrc_password", "k3Y7x2Kq"),
        ("my password is Tr0ub4dor&3, thanks", "generic.said_password", "Tr0ub4dor&3"),
        ("otpauth://totp/a?secret=NQTYXMB3SH5VWKZR", "keys.otpauth_url", "NQTYXMB3SH5VWKZR"),
    ],
)  # fmt: skip
def test_the_span_is_the_credential_alone(text: str, detector: str, value: str) -> None:
    assert found(text)[detector] == [value]


def test_a_private_key_is_found_with_its_body_and_to_its_end() -> None:
    body = "\n".join(["MIIEowIBAAKCAQEAvR7x2Kq0LmZt9sYpWc4HnBfJ6dTgUe1oqX8aVzQk3Y7x2Kq0"] * 20)
    key = f"-----BEGIN RSA PRIVATE KEY-----\n{body}\n-----END RSA PRIVATE KEY-----"
    assert found(f"see below\n{key}\nthanks")["keys.rsa_private_key"] == [key]


def test_a_credential_is_found_in_json_that_is_escaped_twice() -> None:
    text = r'{"a": "{\"openrouter\": \"sk-or-v1-' + "039211d9b963cc58" * 4 + r'\"}"}'
    assert "ai.openrouter_key" in found(text)


@pytest.mark.parametrize("word", ["okta", "duo", "wise", "lob"])
def test_a_short_name_inside_a_word_is_no_name(word: str) -> None:
    value = "0023452Lllk2KqjLBvaxANWEgTd7bqjsxjo8aZj0wd"
    assert not [name for name in found(f"ro{word}ble = {value}") if word in name]
