"""`epolc check --fix`: what it changes, what it leaves, and that nothing else is touched."""

import json
from collections.abc import Mapping
from pathlib import Path

import jsonschema
import pytest

from tests.compiler.cli.running import HEAD, WARD, epolc, write

SCHEMA = Path(__file__).parents[2] / "golden" / "schemas" / "sarif-2.1.0.json"
WAIVER = '# epol: allow target-without-place until 2099-01-31 because "later"'
FINE = HEAD + WARD


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("rule r { when task.complexty > 0.5 deny }", "rule r { when task.complexity > 0.5 deny }"),
        ("rule r { when net.onlnie deny }", "rule r { when net.online deny }"),
        ("rule r { when ward.quezze > 5 deny }", None),
        ("rule r { when ward.quue > 5 deny }", "rule r { when ward.queue > 5 deny }"),
        ("rule r { when target.at == cluod deny }", "rule r { when target.at == cloud deny }"),
        ("rule r { when step.kind in { tool, prase } deny }",
         "rule r { when step.kind in { tool, parse } deny }"),
        ("label a.name\nrule r { mask a.nmae }", "label a.name\nrule r { mask a.name }"),
        ("rule r { on requests deny }", "rule r { on request deny }"),
        ("attr a.x : numbr", "attr a.x : number"),
        ("import std.hippo", None),
        ("import std.hipa", "import std.hipaa"),
        ('test "t" { expect route wrad }', 'test "t" { expect route ward }'),
        ('rule some { deny }\ntest "t" { expect fired soem }',
         'rule some { deny }\ntest "t" { expect fired some }'),
        ("target x { at local contxt 8k }", "target x { at local context 8k }"),
        ("attr a.k : enum { one, two } default tow", None),
        ("attr a.k : enum { first, other } default otehr",
         "attr a.k : enum { first, other } default other"),
        ("attr a.one : int\nattr a.onf : int\nrule r { when a.ons > 1 deny }", None),
        (WAIVER.replace("place", "palce") + '\ntarget odd { zone "x" }',
         WAIVER + '\ntarget odd { zone "x" }'),
    ],
)  # fmt: skip
def test_a_slip_in_a_name_is_corrected_where_one_word_is_meant(
    tmp_path: Path, wrong: str, right: str | None
) -> None:
    path = write(tmp_path, f"{FINE}{wrong}  # as written\n")
    ran = epolc("check", "--fix", path)
    assert path.read_text("utf-8") == f"{FINE}{right or wrong}  # as written\n"
    assert ran.err.startswith(f"fixed {path}:") == (right is not None)
    assert (" is now `" in ran.err) == (right is not None)


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        (f"{WAIVER}\n", ""),
        (f"  {WAIVER}\r\n# mine\r\n", "\r\n# mine\r\n"),
        (f"attr a.x : int   {WAIVER}\n", "attr a.x : int\n"),
        (f"# one\n\t{WAIVER}\n# two\n", "# one\n# two\n"),
        (f"{WAIVER}", ""),
    ],
)
def test_a_waiver_of_nothing_is_removed_and_nothing_else(
    tmp_path: Path, wrong: str, right: str
) -> None:
    path = tmp_path / "policy.epol"
    path.write_bytes((FINE + wrong).encode())
    ran = epolc("check", "--strict", "--fix", path)
    assert path.read_bytes() == (FINE + right).encode()
    assert ran.status == 0
    assert ran.err.count("\n") == 1
    assert ran.err.startswith(f"fixed {path}:4:") or "# one" in wrong
    assert ran.err.endswith(f" waiver-unneeded: `{WAIVER}` is removed\n")


def test_one_correction_brings_the_next_to_light(tmp_path: Path) -> None:
    text = "rule r { when request.tokns > 50 and net.onlin deny }\n" + WAIVER + "\n"
    path = write(tmp_path, FINE + text)
    ran = epolc("check", "--fix", path)
    assert (
        path.read_text("utf-8")
        == FINE + "rule r { when request.tokens > 50 and net.online deny }\n"
    )
    assert ran.err.count("fixed ") == 3
    assert (ran.status, ran.out) == (0, "1 file, 0 errors\n")


def test_what_remains_is_said_and_fails(tmp_path: Path) -> None:
    path = write(tmp_path, FINE + "rule r { when net.onlin and nothing.like deny }\n")
    ran = epolc("check", "--fix", path)
    assert ran.status == 1
    assert "`nothing.like` is not declared" in ran.out
    assert "net.onlin`" not in ran.out


def files(folder: Path, named: Mapping[str, str]) -> Path:
    """Files in a folder; the first one's path."""
    return write(folder, dict(named))


def test_only_files_that_are_named_are_changed(tmp_path: Path) -> None:
    module = "module m\nrule r { when net.onlin deny }\n"
    policy = files(tmp_path, {"policy.epol": HEAD + 'import "./m.epol"\n' + WARD, "m.epol": module})
    ran = epolc("check", "--fix", policy)
    assert ran.status == 1
    assert (tmp_path / "m.epol").read_text("utf-8") == module
    assert ran.err == (
        f"left {tmp_path}/m.epol:2:15 unknown-attribute: `net.onlin` is now `net.online`: "
        "its file is not among the paths that were named\n"
    )
    assert epolc("check", "--fix", tmp_path).status == 0
    assert (tmp_path / "m.epol").read_text("utf-8") == module.replace("onlin", "online")


def test_without_the_option_nothing_is_changed_and_the_fix_is_told(tmp_path: Path) -> None:
    text = FINE + "rule r { when net.onlin deny }\n"
    path = write(tmp_path, text)
    [diagnostic] = epolc("check", "--format", "json", path).json()["diagnostics"]
    at = text.index("net.onlin")
    edit = {"file": str(path), "start": at, "end": at + 9, "text": "net.online"}
    assert diagnostic["fix"] == {"edits": [edit]}
    assert path.read_text("utf-8") == text
    write(tmp_path, FINE + "rule r { }\n")
    [diagnostic] = epolc("check", "--format", "json", path).json()["diagnostics"]
    assert diagnostic["fix"] is None


def test_sarif_has_the_fix(tmp_path: Path) -> None:
    path = write(tmp_path, FINE + "rule r { when net.onlin deny }\n" + WAIVER + "\n")
    log = epolc("check", "--format", "sarif", path).json()
    jsonschema.validate(log, json.loads(SCHEMA.read_text()))
    fixes = [result["fixes"] for result in log["runs"][0]["results"]]
    [change] = fixes[0][0]["artifactChanges"]
    assert change["replacements"] == [
        {
            "deletedRegion": {"startLine": 4, "startColumn": 15, "endLine": 4, "endColumn": 24},
            "insertedContent": {"text": "net.online"},
        }
    ]


def test_a_file_without_anything_to_fix_is_not_written(tmp_path: Path) -> None:
    path = write(tmp_path, FINE)
    before = path.stat()
    assert epolc("check", "--fix", path).err == ""
    after = path.stat()  # apart from when it was last read
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
