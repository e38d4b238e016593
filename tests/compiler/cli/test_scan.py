"""`epolc scan`: places, treated text, formats, exit statuses; never the text itself."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.compiler.cli.running import CLOUDY, HEAD, WARD, epolc, write

POLICY = (
    HEAD
    + WARD
    + CLOUDY
    + r"""
label staff.badge "Badge"
label staff.born "Birth" generalize by year
label staff.room "Room"
detector badge -> staff.badge { match /\bEMP-\d{6}\b/ score 60 near "badge" within 20 adds 30 }
detector born -> staff.born { match /\b\d{4}-\d{2}-\d{2}\b/ check date }
detector room -> staff.room { words "room 12" nocase }
rule cloud { when target.at == cloud tokenize staff.badge generalize staff.born }
rule many { when count staff.badge > 2 and target.at == cloud deny }
"""
)
TEXT = "x badge EMP-004217\nborn 1980-04-12, EMP\u2011004218\nRoom 12\n"


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    return write(tmp_path / "policy", POLICY)


def notes(folder: Path, text: str | bytes = TEXT, name: str = "notes.txt") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_findings_are_places_and_labels(tmp_path: Path, policy: Path) -> None:
    path = notes(tmp_path)
    ran = epolc("scan", path, "--policy", policy)
    assert (ran.status, ran.err) == (0, "")
    assert ran.out.splitlines() == [
        f"{path}:1:9: staff.badge (badge, 90 %)",
        f"{path}:2:6: staff.born (born, 100 %)",
        f"{path}:2:18: staff.badge (badge, 60 %)",
        f"{path}:3:1: staff.room (room, 100 %)",
    ]


def test_explain_says_view_validators_and_context(tmp_path: Path, policy: Path) -> None:
    out = epolc("scan", notes(tmp_path), "--policy", policy, "--explain").out
    for wanted in ("near “badge”", "passed date", "seen in the folded text", "characters 8 to 18"):
        assert wanted in out
    assert "EMP" not in out
    assert "1980" not in out


def test_json_is_that_of_the_interface(tmp_path: Path, policy: Path) -> None:
    path = notes(tmp_path)
    ran = epolc("scan", path, "--policy", policy, "--format", "json")
    (line,) = ran.out.splitlines()
    found = json.loads(line)
    assert found["file"] == str(path)
    assert found["treated"] is None
    assert found["findings"][2] == {
        "label": "staff.badge", "detector": "badge", "start": 36, "end": 46,
        "confidence": 60, "view": "folded",
    }  # fmt: skip
    more = epolc("scan", path, "--policy", policy, "--format", "json", "--explain").json()
    assert more["findings"][0]["near"] == ["badge"]
    assert (more["findings"][2]["line"], more["findings"][2]["column"]) == (2, 18)


@pytest.mark.parametrize(
    ("treatment", "treated"),
    [
        ("redact", "x badge [staff.badge]\nborn [staff.born], [staff.badge]\n[staff.room]\n"),
        ("mask", "x badge **********\nborn **********, **********\n*******\n"),
        ("generalize", "x badge [staff.badge]\nborn 1980, [staff.badge]\n[staff.room]\n"),
        ("drop", ""),
    ],
)
def test_treated_text(tmp_path: Path, policy: Path, treatment: str, treated: str) -> None:
    ran = epolc("scan", notes(tmp_path), "--policy", policy, "--treat", treatment)
    assert (ran.status, ran.out) == (0, treated)
    as_json = epolc(
        "scan", notes(tmp_path), "--policy", policy, "--treat", treatment, "--format", "json"
    ).json()
    assert as_json["treated"] == (None if treatment == "drop" else treated)


def test_tokens_and_hashes_are_keyed(
    tmp_path: Path, policy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(treatment: str) -> tuple[str, str]:
        ran = epolc("scan", notes(tmp_path), "--policy", policy, "--treat", treatment)
        return ran.out, ran.err

    monkeypatch.delenv("EPOL_KEY", raising=False)
    first, note = run("tokenize")
    assert "EPOL_KEY" in note
    assert first != run("tokenize")[0]
    assert re.search(r"\[staff\.badge:[a-z]{16}\]", first)
    monkeypatch.setenv("EPOL_KEY", "k" * 16)
    assert run("tokenize") == run("tokenize")
    assert run("hash")[1] == ""
    monkeypatch.setenv("EPOL_KEY", "short")
    ran = epolc("scan", notes(tmp_path), "--policy", policy, "--treat", "hash")
    assert (ran.status, ran.out) == (2, "")
    assert "short" not in ran.err


def test_treat_policy_does_what_the_policy_does(
    tmp_path: Path, policy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EPOL_KEY", "k" * 32)
    path = notes(tmp_path)
    to = ("--policy", policy, "--treat", "policy", "--target")
    assert epolc("scan", path, *to, "ward").out == TEXT
    cloud = epolc("scan", path, *to, "cloudy").out
    assert re.fullmatch(
        r"x badge \[staff\.badge:[a-z]{16}\]\nborn 1980, \[staff\.badge:[a-z]{16}\]\nRoom 12\n",
        cloud,
    )


def test_a_refused_target_gets_nothing(tmp_path: Path, policy: Path) -> None:
    path = notes(tmp_path, "EMP-000001 EMP-000002 EMP-000003")
    ran = epolc("scan", path, "--policy", policy, "--treat", "policy", "--target", "cloudy")
    assert (ran.status, ran.out) == (1, "")
    assert "many" in ran.err
    assert "EMP" not in ran.err


def test_standard_input_and_strict(policy: Path) -> None:
    ran = epolc("scan", "--policy", policy, stdin="EMP-004217")
    assert (ran.status, ran.out) == (0, "-:1:1: staff.badge (badge, 60 %)\n")
    assert epolc("scan", "-", "--policy", policy, "--strict", stdin="EMP-004217").status == 1
    assert epolc("scan", "-", "--policy", policy, "--strict", stdin="clean").status == 0


def test_folders_with_hidden_files_but_not_git(tmp_path: Path, policy: Path) -> None:
    folder = tmp_path / "tree"
    for name in ("b.txt", ".env", "sub/a.txt", ".git/config"):
        notes(folder, "EMP-004217", name)
    (folder / "link.txt").symlink_to(folder / "b.txt")
    out = epolc("scan", folder, "--policy", policy).out
    places = [line.split(":")[0].removeprefix(f"{folder}/") for line in out.splitlines()]
    assert places == [".env", "b.txt", "sub/a.txt"]


def test_a_standard_module_by_name(tmp_path: Path) -> None:
    path = notes(tmp_path, "MRN 00482913")
    ran = epolc("scan", path, "--policy", "std.hipaa")
    assert ran.out == f"{path}:1:5: phi.mrn (std.hipaa.mrn, 80 %)\n"


@pytest.mark.parametrize(
    "data",
    [
        b"caf\xe9 EMP-004217 \xff\xfe tail\r\n\x00end",
        "\ufeffEMP-004217 é".encode(),
        "\ufeffEMP-004217 漢 x".encode("utf-16-le"),
        "\ufeffEMP-004217 漢 x".encode("utf-16-be"),
        "\ufeffEMP-004217 漢 x".encode("utf-32-le"),
    ],
)
def test_untouched_bytes_come_back(tmp_path: Path, policy: Path, data: bytes) -> None:
    path = notes(tmp_path, data)
    wide = data[:4]
    encoding = (
        "utf-32-le" if wide == b"\xff\xfe\0\0" else
        "utf-16-le" if wide[:2] == b"\xff\xfe" else
        "utf-16-be" if wide[:2] == b"\xfe\xff" else "utf-8"
    )  # fmt: skip
    ran = epolc_bytes("scan", path, "--policy", policy, "--treat", "redact")
    assert ran == data.replace("EMP-004217".encode(encoding), "[staff.badge]".encode(encoding))


def epolc_bytes(*arguments: str | Path) -> bytes:
    from typer.testing import CliRunner  # noqa: PLC0415

    from epol.compiler.cli import application  # noqa: PLC0415

    result = CliRunner().invoke(application(), [str(a) for a in arguments])
    assert result.exit_code == 0
    return result.stdout_bytes


def test_long_files_are_scanned_in_pieces(tmp_path: Path, policy: Path) -> None:
    line = "nothing to see here\n"
    text = line * 60_000 + "EMP-004217\n" + line * 60_000
    path = notes(tmp_path, text)
    ran = epolc("scan", path, "--policy", policy)
    assert ran.out == f"{path}:60001:1: staff.badge (badge, 60 %)\n"
    treated = epolc("scan", path, "--policy", policy, "--treat", "redact").out
    assert treated == text.replace("EMP-004217", "[staff.badge]")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "name what has the detectors"),
        (["--treat", "burn"], "--treat takes mask, generalize"),
        (["--treat", "keep"], "--treat takes mask, generalize"),
        (["--treat", "policy"], "needs --target, one of the policy's (ward, cloudy)"),
        (["--treat", "policy", "--target", "mars"], "needs --target"),
        (["--treat", "redact", "--target", "ward"], "--target belongs to --treat policy"),
        (["--target", "ward"], "--target belongs to --treat policy"),
    ],
)
def test_wrong_usage(policy: Path, arguments: list[str], message: str) -> None:
    known = ["--policy", str(policy)] if arguments else []
    ran = epolc("scan", "-", *known, *arguments, stdin="x")
    assert (ran.status, ran.out) == (2, "")
    assert message in ran.err


def test_what_cannot_be_read_is_said_and_the_rest_is_scanned(tmp_path: Path, policy: Path) -> None:
    good = notes(tmp_path, "EMP-004217")
    bad = notes(tmp_path, b"\xff\xfe\x00", "bad.txt")
    ran = epolc("scan", tmp_path / "nowhere", bad, good, "--policy", policy)
    assert ran.status == 2
    assert ran.out == f"{good}:1:1: staff.badge (badge, 60 %)\n"
    assert "nowhere: No such file" in ran.err
    assert "bad.txt: the text is not in the encoding" in ran.err


def test_a_text_that_asks_for_too_much_work_is_not_treated(tmp_path: Path, policy: Path) -> None:
    path = notes(tmp_path, "EMP-004217 " * 20_001)
    assert epolc("scan", path, "--policy", policy).out.count("\n") == 20_001
    digit = "detector digit -> staff.badge { match /[0-9]/ }\n"
    greedy = write(tmp_path / "greedy", POLICY + digit)
    path = notes(tmp_path, "7" * 40_000)
    for treatment in (["--treat", "redact"], []):
        ran = epolc("scan", path, "--policy", greedy, *treatment)
        assert (ran.status, ran.out) == (2, "")
        assert "more candidates" in ran.err


def test_deep_encodings_are_said(tmp_path: Path, policy: Path) -> None:
    import base64  # noqa: PLC0415

    data = b"badge EMP-004217 of the staff"
    for _ in range(12):
        data = base64.b64encode(data)
    ran = epolc("scan", notes(tmp_path, data), "--policy", policy)
    assert "holds what no detector can read" in ran.out


def test_treat_policy_sees_what_no_detector_can_read(tmp_path: Path, policy: Path) -> None:
    deep = "%" + "25" * 12 + "45MP-004217"
    ran = epolc(
        "scan", notes(tmp_path, deep), "--policy", policy, "--treat", "policy", "--target", "cloudy"
    )
    assert (ran.status, ran.out) == (1, "")
    assert "opaque_stays_off_cloud" in ran.err
    ran = epolc("scan", notes(tmp_path, deep), "--policy", policy, "--treat", "redact")
    assert (ran.status, ran.out) == (0, deep)
    assert "holds what no detector can read" in ran.err


def test_treat_policy_knows_text_signals(tmp_path: Path) -> None:
    signal = (
        'signal text.local : bool from match words "stay here"\n'
        "rule home { when text.local and target.at == cloud deny }\n"
    )
    policy = write(tmp_path / "policy", POLICY + signal)
    to = ("--policy", policy, "--treat", "policy", "--target", "cloudy")
    assert epolc("scan", notes(tmp_path, "hello"), *to).out == "hello"
    refused = epolc("scan", notes(tmp_path, "please stay here"), *to)
    assert (refused.status, refused.out) == (1, "")


def test_odd_file_names_reach_no_terminal_raw(tmp_path: Path, policy: Path) -> None:
    folder = tmp_path / "odd"
    notes(folder, "EMP-004217", "a\x1b[31mb\n.txt")
    (folder / os.fsdecode(b"\xff\xfe.txt")).write_text("EMP-004217")
    ran = epolc("scan", folder, "--policy", policy)
    assert ran.status == 0
    assert "\x1b" not in ran.out
    assert len(ran.out.splitlines()) == 2
    lines = epolc("scan", folder, "--policy", policy, "--format", "json").out.splitlines()
    assert [len(json.loads(line)["findings"]) for line in lines] == [1, 1]


def test_standard_input_twice_is_empty_the_second_time(policy: Path) -> None:
    ran = epolc("scan", "-", "-", "--policy", policy, stdin="EMP-004217")
    assert (ran.status, ran.out) == (0, "-:1:1: staff.badge (badge, 60 %)\n")


def test_no_standard_input_is_said(policy: Path) -> None:
    run = "from epol.compiler.cli import main; main()"
    command = [sys.executable, "-c", run, "scan", "--policy", str(policy)]
    ran = subprocess.run(
        ["/bin/sh", "-c", 'exec "$@" <&-', "sh", *command],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, ran.stdout) == (2, "")
    assert "standard input is closed" in ran.stderr
