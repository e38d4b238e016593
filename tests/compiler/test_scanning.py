"""The scanner of a policy is made once, by whoever asks first or begins ahead."""

from __future__ import annotations

from pathlib import Path
from threading import enumerate as threads
from types import SimpleNamespace
from typing import Any

import pytest

from epol.compiler import scanning
from epol.compiler.emit.text import text_plan
from epol.compiler.pipeline import compile_policy
from epol.compiler.scanning import begin_scanner_of, scanner_of
from epol.engine.bundle.exact import PatternRefusedError
from epol.lang.model import Policy
from tests.engine.forking import forked

SOURCE = """policy one
label a.b
detector one -> a.b {{ match /{}/ }}
target t {{ at local }}
"""


def policy(folder: Path, word: str) -> Policy:
    path = folder / "one.epol"
    path.write_text(SOURCE.format(word), encoding="utf-8")
    made = compile_policy(path).policy
    assert made is not None
    return made


def test_what_is_begun_is_what_is_asked_for(tmp_path: Path) -> None:
    one = policy(tmp_path, "begun")
    begin_scanner_of(one)
    scanner = scanner_of(one)
    assert [each.label for each in scanner.scan("it has begun").findings] == ["a.b"]
    begin_scanner_of(one)
    assert scanner_of(policy(tmp_path, "begun")) is scanner
    assert scanner_of(policy(tmp_path, "other")) is not scanner


def test_a_child_that_is_forked_meanwhile_makes_its_own(tmp_path: Path) -> None:
    one = policy(tmp_path, "forked")
    opening: Any = vars(scanning)["_opening"](text_plan(one))
    with vars(opening)["_lock"]:
        assert forked(lambda: bool(scanner_of(one).scan("forked").findings))


def test_what_is_refused_is_told_to_who_asks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PatternRefusedError("too large")

    def found(**_: object) -> list[object]:
        return [SimpleNamespace(load=lambda: refuse)]

    one = policy(tmp_path, "refused")
    monkeypatch.setattr(scanning, "entry_points", found)
    begin_scanner_of(one)
    for each in threads():
        if each.name == "scanner":
            each.join()
    with pytest.raises(PatternRefusedError, match="too large"):
        scanner_of(one)
