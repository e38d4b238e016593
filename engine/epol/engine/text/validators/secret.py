"""What stands where a password or key would stand, and is none."""

from __future__ import annotations

import re

from epol.engine.text.validators._text import MAX_LONG

_WORDS = frozenset(
    "a abc access account add admin an any api apikey app auth authorization bar base baz "
    "bearer body bot callback change changeit changeme client code config credential "
    "credentials current data database db decoded default demo dev dummy elastic empty encrypted "
    "enter env event example fake false field file filtered fixme foo foobar form from "
    "generate generated get getcwd getenv global guest hash hashed header hello here hidden "
    "hook id in input insert is it jwt key local login long mariadb masked me method missing "
    "mock mongo mongodb my mypassword mysecret mysql name new nil no none not null of old "
    "omitted or oracle os pass passphrase passwd password path pg placeholder post postgres "
    "postgresql private prod public pw pwd rabbitmq random read redacted redis refresh "
    "removed replace request required res response root sa sample secret secure self server "
    "service session set some something specify state stdin string strong super supersecret "
    "sys system tbd temp test tester testing text that the this to todo token top true type "
    "undefined unknown url use user username val value var with word write x xxx xxxx y you "
    "your z"
    .split()
)  # fmt: skip
"""Words by which manuals, templates and programs name a credential, or say that it is missing."""

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_TEMPLATE = re.compile(
    r"\$.*|%.*%|%\(.*|[#$]?\{.*\}?|<.*>?|\[.*\]?|\(.*\)?|@[A-Za-z_]+@|__[A-Za-z_]+__|!\w*|(.)\1*"
    r"|.*(?:\.\.\.|…|\*{3}|[xX]{5}|[•●█]{2}).*",
    re.DOTALL,
)
_MOST_DIGITS = 4
_LEAST_RUN = 6
_STEPS = 0.75


def secret(value: str) -> bool:
    """Whether a value may be a credential: not a placeholder, a template or a reference.

    Refused are what a template language or a shell fills in (`${DB_PASSWORD}`, `<token>`,
    `{{ key }}`), what hides a value (`****`, `xxxxx`, `...`), values made of words for
    credentials and at most four digits (`your_api_key`, `password123`, `user.password2`), and
    runs of neighbouring characters (`1234567890`, `abcdefgh`).

    Source: MITRE, CWE-798 and CWE-1392 (credentials in code, default credentials), and the
    placeholders of the manuals that the modules of `std.secrets` cite.
    """
    text = value.strip()
    if not text or len(text) > MAX_LONG or _TEMPLATE.fullmatch(text):
        return False
    return not _is_run(text) and not _is_made_of_words(text)


def _is_made_of_words(text: str) -> bool:
    rest = _WORD.sub("", text)
    if sum(map(str.isalnum, rest)) > _MOST_DIGITS or len(rest) - _joints(rest) > _MOST_DIGITS:
        return False
    words = _WORD.findall(text)
    return bool(words) and all(word.lower() in _WORDS for word in words)


def _joints(text: str) -> int:
    return sum(text.count(joint) for joint in "-_. /:")


def _is_run(text: str) -> bool:
    """Whether most characters are the one before or its successor."""
    if len(text) < _LEAST_RUN:
        return False
    pairs = zip(text.lower(), text.lower()[1:], strict=False)
    steps = sum(ord(b) - ord(a) in (0, 1) or a + b in ("90", "9a", "0a", "za") for a, b in pairs)
    return steps >= _STEPS * (len(text) - 1)
