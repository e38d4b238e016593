"""A rules file of gitleaks or betterleaks, read and typed.

The keys are those of gitleaks 8 (`config.go`) and betterleaks 2 (`docs/config.md`).  What a key
holds is checked; what it means is for others.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

MAX_BYTES = 2 * 1024 * 1024
"""The largest file that is read; what gitleaks ships has 150 KB, what betterleaks ships 620."""

MAX_RULES = 5000

_TOP = frozenset(
    "title description minVersion betterleaksMinVersion rules allowlist allowlists "
    "extend filter prefilter".split()
)
_RULE = frozenset(
    "id description regex secretGroup valueGroup keywords entropy path tags allowlist allowlists "
    "filter prefilter required components skipReport tokenEfficiency validate analyze revoke "
    "confidence specificity severity".split()
)
_ALLOWLIST = frozenset(
    "description condition commits paths regexTarget regexes stopwords targetRules id".split()
)

Table = Mapping[str, object]


class ConfigError(ValueError):
    """A file that is no rules file; str() says where and why."""


@dataclass(frozen=True)
class Allowlist:
    """What is not a finding.  `every` says that all its criteria must hold, not one of them."""

    regexes: tuple[str, ...] = ()
    target: str = "secret"
    stopwords: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    commits: tuple[str, ...] = ()
    every: bool = False
    rules: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rule:
    """One rule; `unknown` are keys of it that neither tool documents."""

    id: str
    description: str = ""
    regex: str | None = None
    group: int = 0
    keywords: tuple[str, ...] = ()
    entropy: float = 0.0
    path: str | None = None
    allowlists: tuple[Allowlist, ...] = ()
    filter: str = ""
    prefilter: str = ""
    needs_others: bool = False
    is_reported: bool = True
    token_efficiency: bool = False
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True)
class Config:
    """All rules, and what holds for all of them; `extends` says that others belong to them."""

    rules: tuple[Rule, ...]
    allowlists: tuple[Allowlist, ...] = ()
    filter: str = ""
    prefilter: str = ""
    extends: bool = False
    unknown: tuple[str, ...] = ()


def read_config(data: bytes) -> Config:
    """Read a file.  Raises `ConfigError`."""
    if len(data) > MAX_BYTES:
        raise ConfigError(f"it has more than {MAX_BYTES // 1024:,} KiB; split it")
    try:
        table = tomllib.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise ConfigError(f"the byte at offset {error.start} is not UTF-8") from None
    except (tomllib.TOMLDecodeError, ValueError) as error:
        raise ConfigError(f"it is not TOML: {error}") from None
    except RecursionError:
        raise ConfigError("it is nested too deep") from None
    return _config(_Table("", table))


def _config(top: _Table) -> Config:
    rules = top.tables("rules")
    if not rules:
        raise ConfigError("it has no [[rules]]")
    if len(rules) > MAX_RULES:
        raise ConfigError(f"it has more than {MAX_RULES:,} rules; split it")
    return Config(
        rules=tuple(_rule(each) for each in rules),
        allowlists=_allowlists(top),
        filter=top.text("filter"),
        prefilter=top.text("prefilter"),
        extends=bool(top.table("extend")),
        unknown=top.others(_TOP),
    )


def _rule(table: _Table) -> Rule:
    name = table.text("id")
    if not name.strip():
        raise ConfigError(f"{table.place} has no id")
    group = table.number("secretGroup") or table.number("valueGroup")
    entropy = table.number("entropy")
    if group < 0 or group != int(group):
        raise ConfigError(f"{table.place}.secretGroup is not the number of a group")
    if not math.isfinite(entropy):
        raise ConfigError(f"{table.place}.entropy is not a number")
    return Rule(
        id=name,
        description=table.text("description"),
        regex=table.text("regex") or None,
        group=int(group),
        keywords=table.texts("keywords"),
        entropy=entropy,
        path=table.text("path") or None,
        allowlists=_allowlists(table),
        filter=table.text("filter"),
        prefilter=table.text("prefilter"),
        needs_others=bool(table.tables("required") or table.tables("components")),
        is_reported=not table.flag("skipReport"),
        token_efficiency=table.flag("tokenEfficiency"),
        unknown=table.others(_RULE),
    )


def _allowlists(table: _Table) -> tuple[Allowlist, ...]:
    """Those of `[[allowlists]]` and of the older `[allowlist]`, in which both forms occur."""
    return tuple(
        _allowlist(each) for key in ("allowlist", "allowlists") for each in table.tables(key)
    )


def _allowlist(table: _Table) -> Allowlist:
    unknown = table.others(_ALLOWLIST)
    if unknown:
        raise ConfigError(f"{table.place} has an unknown key `{unknown[0]}`")
    condition = table.text("condition").upper()
    if condition not in {"", "OR", "||", "AND", "&&"}:
        raise ConfigError(f"{table.place}.condition is neither OR nor AND")
    target = table.text("regexTarget") or "secret"
    if target not in {"secret", "match", "line"}:
        raise ConfigError(f"{table.place}.regexTarget is none of secret, match, line")
    return Allowlist(
        regexes=table.texts("regexes"),
        target=target,
        stopwords=table.texts("stopwords"),
        paths=table.texts("paths"),
        commits=table.texts("commits"),
        every=condition in {"AND", "&&"},
        rules=table.texts("targetRules"),
    )


@dataclass(frozen=True)
class _Table:
    """A table of the file with its place, whose values are typed when they are asked for."""

    place: str
    values: Table

    def text(self, key: str) -> str:
        value = self.values.get(key, "")
        if not isinstance(value, str):
            raise ConfigError(f"{self._at(key)} is not a string")
        return value

    def flag(self, key: str) -> bool:
        value = self.values.get(key, False)
        if not isinstance(value, bool):
            raise ConfigError(f"{self._at(key)} is not true or false")
        return value

    def number(self, key: str) -> float:
        value = self.values.get(key, 0)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ConfigError(f"{self._at(key)} is not a number")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        value = self.values.get(key, [])
        if not isinstance(value, list):
            raise ConfigError(f"{self._at(key)} is not a list of strings")
        items = cast(list[object], value)
        if not all(isinstance(item, str) for item in items):
            raise ConfigError(f"{self._at(key)} is not a list of strings")
        return tuple(cast(list[str], items))

    def table(self, key: str) -> Table:
        value = self.values.get(key, {})
        if not isinstance(value, dict):
            raise ConfigError(f"{self._at(key)} is not a table")
        return cast(Table, value)

    def tables(self, key: str) -> list[_Table]:
        """The tables of a list of them, or one that stands alone."""
        value = self.values.get(key, [])
        if isinstance(value, dict):
            return [_Table(self._at(key), cast(Table, value))]
        items = cast(list[object], value) if isinstance(value, list) else [None]
        if not all(isinstance(item, dict) for item in items):
            raise ConfigError(f"{self._at(key)} is not a list of tables")
        tables = cast(list[Table], items)
        return [_Table(f"{self._at(key)}[{i}]", each) for i, each in enumerate(tables)]

    def others(self, known: frozenset[str]) -> tuple[str, ...]:
        """Keys that are none of the known ones."""
        return tuple(sorted(self.values.keys() - known))

    def _at(self, key: str) -> str:
        return f"{self.place}.{key}" if self.place else key
