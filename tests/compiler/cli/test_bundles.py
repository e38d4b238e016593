"""`epolc build`, `inspect`, `keygen`, `sign`, and bundles where a policy is wanted."""

from __future__ import annotations

import errno
import json
import os
import shutil
import stat
from pathlib import Path

import pytest

from epol.compiler.resolve import stdlib
from epol.engine.bundle.contents import read_bundle_file, write_bundle
from tests.compiler.cli.running import CLOUDY, HEAD, WARD, epolc, write
from tests.engine.bundle.making import CONTENTS

STAFF = 'module staff\nimport "./words.epol"\nlabel staff.badge\n'
FILES = {
    "rules/policy.epol": 'policy clinic version "1.2"\nimport std.edge\n'
    'import "../shared/staff.epol"\n'
    + WARD
    + CLOUDY
    + "detector badge -> staff.badge { match /EMP-[0-9]{6}/ }\n"
    + "rule stays { when sends staff and target.at == cloud deny }\n"
    + 'test "badge" { text "EMP-004217" expect route ward }\n',
    "shared/staff.epol": STAFF,
    "shared/words.epol": "module words\n",
}


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    return write(tmp_path / "in", FILES)


@pytest.fixture
def bundle(policy: Path, tmp_path: Path) -> Path:
    path = tmp_path / "clinic.epolb"
    assert epolc("build", policy, "-o", path).status == 0
    return path


def keys(folder: Path, *names: str) -> None:
    for name in names:
        assert epolc("keygen", folder / name).status == 0


# --- build ------------------------------------------------------------------------------------


def test_build_writes_what_inspect_reads(bundle: Path) -> None:
    ran = epolc("inspect", bundle)
    assert ran.status == 0
    assert ran.out.startswith("clinic 1.2\n")
    assert "anybody can have made this bundle" in ran.out
    assert "1 of 1 passed" in ran.out
    said = epolc("inspect", bundle, "--format", "json").json()
    assert said["version"] == 1
    assert said["trusted"] is None
    assert said["signatures"] == []
    assert [target["name"] for target in said["manifest"]["targets"]] == ["ward", "cloudy"]
    assert "stays" in [rule["name"] for rule in said["manifest"]["rules"]]
    assert {"name": "clinic", "version": "1.2"}.items() <= said["manifest"].items()
    assert said["sections"].keys() >= {"manifest", "record", "sources"}
    assert said["bytes"] == bundle.stat().st_size


@pytest.mark.parametrize(
    ("text", "options", "status"),
    [
        (HEAD + WARD + "rule r { when nobody deny }", [], 1),
        (HEAD + WARD + 'rule r { deny }\ntest "t" { expect route ward }', [], 1),
        (HEAD + WARD + "prove p { always target.at == cloud }", [], 1),
        (HEAD + WARD + "label a.b\ndetector d -> a.b { match /x1y/ }", ["--strict"], 1),
        ("module m\n", [], 2),
        (HEAD + WARD, ["--sign", "none.key"], 2),
        (HEAD + WARD, ["--budget", "soon"], 2),
    ],
)  # fmt: skip
def test_what_is_wrong_is_not_built(
    tmp_path: Path, text: str, options: list[str], status: int
) -> None:
    path, out = write(tmp_path, text), tmp_path / "x.epolb"
    out.write_text("the one before")
    ran = epolc("build", path, "-o", out, *options)
    assert ran.status == status
    assert ran.err
    assert out.read_text() == "the one before"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["policy.epol", "x.epolb"]


def test_a_bundle_has_its_suffix_and_a_place(policy: Path, tmp_path: Path) -> None:
    """A slip of the fingers must not put a bundle in the place of its own source."""
    before = policy.read_text()
    assert epolc("build", policy, "-o", policy).status == 2
    assert policy.read_text() == before
    (tmp_path / "dir.epolb").mkdir()
    assert "directory" in epolc("build", policy, "-o", tmp_path / "dir.epolb").err
    assert epolc("build", policy, "-o", tmp_path / "no" / "x.epolb").status == 2
    assert epolc("build", policy.parent, "-o", tmp_path / "x.epolb").status == 2
    assert epolc("build", tmp_path / "none.epol", "-o", tmp_path / "x.epolb").status == 2
    assert not (tmp_path / "x.epolb").exists()


def test_a_disk_that_is_full_leaves_the_bundle_that_is_there(
    policy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    out = tmp_path / "x.epolb"
    out.write_text("the one before")
    monkeypatch.setattr(os, "fsync", full)
    ran = epolc("build", policy, "-o", out)
    assert (ran.status, "No space left" in ran.err) == (2, True)
    assert out.read_text() == "the one before"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["in", "x.epolb"]


def test_a_file_under_two_names_is_refused(policy: Path) -> None:
    (policy.parent / "link.epol").symlink_to(policy.parents[1] / "shared" / "words.epol")
    policy.write_text(policy.read_text() + 'import "./link.epol"\n')
    ran = epolc("build", policy, "-o", policy.parent / "x.epolb")
    assert ran.status == 2
    assert "keeps files by name" in ran.err


# --- keys and signatures ----------------------------------------------------------------------


def test_keygen_keeps_the_private_key_private(tmp_path: Path) -> None:
    ran = epolc("keygen", tmp_path / "k")
    assert ran.status == 0
    assert ran.out.startswith("sha256:")
    assert stat.S_IMODE((tmp_path / "k.key").stat().st_mode) == 0o600
    secret = (tmp_path / "k.key").read_bytes()
    assert epolc("keygen", tmp_path / "k").status == 2
    (tmp_path / "k.key").unlink()
    assert epolc("keygen", tmp_path / "k").status == 2
    assert not (tmp_path / "k.key").exists()
    assert secret not in ran.out.encode()
    assert epolc("keygen", tmp_path / "no" / "k").status == 2


def test_a_key_that_cannot_be_written_is_not_there_in_part(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(handle: int, mode: str) -> None:
        os.close(handle)
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fdopen", full)
    ran = epolc("keygen", tmp_path / "k")
    assert (ran.status, "No space left" in ran.err) == (2, True)
    assert not list(tmp_path.iterdir())


def test_a_key_may_have_a_passphrase(
    bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORDS", "open sesame")
    assert epolc("keygen", tmp_path / "k", "--passphrase-env", "WORDS").status == 0
    arguments = ("sign", bundle, "--key", tmp_path / "k.key")
    assert "is encrypted" in epolc(*arguments).err
    assert epolc(*arguments, "--passphrase-env", "WORDS").status == 0
    monkeypatch.setenv("WORDS", "wrong")
    ran = epolc(*arguments, "--passphrase-env", "WORDS")
    assert (ran.status, "wrong" in ran.err) == (2, False)
    assert "not set" in epolc(*arguments, "--passphrase-env", "NOBODY").err
    assert "not set" in epolc("keygen", tmp_path / "l", "--passphrase-env", "NOBODY").err
    assert not (tmp_path / "l.key").exists()


def test_a_key_that_others_can_read_is_refused(bundle: Path, tmp_path: Path) -> None:
    keys(tmp_path, "k")
    (tmp_path / "k.key").chmod(0o644)
    ran = epolc("sign", bundle, "--key", tmp_path / "k.key")
    assert ran.status == 2
    assert "0600" in ran.err


def test_signatures_make_trust(policy: Path, tmp_path: Path) -> None:
    keys(tmp_path, "old", "new")
    path = tmp_path / "x.epolb"
    assert epolc("build", policy, "-o", path, "--sign", tmp_path / "old.key").status == 0

    def trusted(*options: str | Path) -> int:
        ran = epolc("inspect", path, *options)
        assert ("error: " in ran.err) == bool(ran.status)
        return ran.status

    old, new = ("--trust", tmp_path / "old.pub"), ("--trust", tmp_path / "new.pub")
    assert [trusted(*old), trusted(*new), trusted(*old, *new)] == [0, 1, 0]
    assert trusted(*old, *new, "--threshold", "2") == 1
    assert epolc("sign", path, "--key", tmp_path / "new.key").status == 0
    assert [trusted(*old), trusted(*new), trusted(*old, *new, "--threshold", "2")] == [0, 0, 0]
    folder = tmp_path / "trusted"
    folder.mkdir()
    shutil.copy(tmp_path / "old.pub", folder)
    shutil.copy(tmp_path / "new.pub", folder)
    said = epolc("inspect", path, "--trust", folder, "--format", "json").json()
    assert said["trusted"] is True
    assert [each["state"] for each in said["signatures"]] == ["trusted", "trusted"]
    first, second = (each["key"] for each in said["signatures"])
    (folder / "trust.json").write_text(json.dumps({"revoked": {first: "lost in a taxi"}}))
    ran = epolc("inspect", path, "--trust", folder)
    assert (ran.status, f"{first}, revoked: lost in a taxi" in ran.out) == (0, True)
    (folder / "trust.json").write_text(json.dumps({"revoked": {second: "x"}, "threshold": 2}))
    assert trusted("--trust", folder) == 2
    assert trusted("--trust", tmp_path / "none.pub") == 2
    assert trusted("--threshold", "1") == 2


def test_signing_again_changes_nothing(bundle: Path, tmp_path: Path) -> None:
    keys(tmp_path, "k")
    before = epolc("inspect", bundle, "--format", "json").json()
    epolc("sign", bundle, "--key", tmp_path / "k.key")
    once = bundle.read_bytes()
    epolc("sign", bundle, "--key", tmp_path / "k.key")
    assert bundle.read_bytes() == once
    after = epolc("inspect", bundle, "--format", "json").json()
    assert after["digest"] == before["digest"]


def test_a_damaged_bundle_gives_status_2_everywhere(bundle: Path, tmp_path: Path) -> None:
    keys(tmp_path, "k")
    data = bytearray(bundle.read_bytes())
    data[len(data) // 2] ^= 1
    bundle.write_bytes(data)
    for command in (
        ("inspect", bundle),
        ("sign", bundle, "--key", tmp_path / "k.key"),
        ("check", bundle),
        ("test", bundle),
        ("decide", bundle, "--request", "-"),
        ("scan", "--policy", bundle),
        ("build", bundle, "-o", tmp_path / "y.epolb"),
    ):
        ran = epolc(*command, stdin="{}")
        assert ran.status == 2
        assert "the bundle is damaged in the section" in ran.err
        assert str(bundle) in ran.err
    assert bundle.read_bytes() == data
    assert epolc("inspect", tmp_path / "none.epolb").status == 2
    assert epolc("sign", tmp_path / "none.epolb", "--key", tmp_path / "k.key").status == 2
    assert "no such file" in epolc("check", tmp_path / "none.epolb").err


# --- sources ----------------------------------------------------------------------------------


def test_sources_are_written_where_they_stood(bundle: Path, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    assert epolc("inspect", bundle, "--sources", folder).status == 0
    for name, text in FILES.items():
        assert (folder / "policy" / name).read_text() == text
    assert (folder / "std" / "edge" / "edge.epol").is_file()
    again = tmp_path / "again.epolb"
    assert epolc("build", folder / "policy" / "rules" / "policy.epol", "-o", again).status == 0
    assert again.read_bytes() == bundle.read_bytes()
    ran = epolc("inspect", bundle, "--sources", folder)
    assert (ran.status, "not empty" in ran.err) == (2, True)
    assert epolc("inspect", bundle, "--sources", bundle / "in").status == 2


def test_what_was_proved_is_shown(tmp_path: Path) -> None:
    path = tmp_path / "x.epolb"
    path.write_bytes(write_bundle(CONTENTS))
    shown = epolc("inspect", path).out
    assert "claims      never_raw: proved\n" in shown
    assert "program     the same for every request (z3 4.15.0)\n" in shown
    assert "            databases/5.4.11-x86_64-avx2, 8 bytes\n" in shown


def test_an_untrusted_bundle_gives_no_sources(bundle: Path, tmp_path: Path) -> None:
    keys(tmp_path, "k")
    ran = epolc("inspect", bundle, "--trust", tmp_path / "k.pub", "--sources", tmp_path / "out")
    assert ran.status == 1
    assert not (tmp_path / "out").exists()


# --- as a policy ------------------------------------------------------------------------------


def test_a_bundle_is_a_policy(bundle: Path, policy: Path, tmp_path: Path) -> None:
    """With its sources gone and standard modules as they were when it was built."""
    request = json.dumps({"text": [{"text": "EMP-004217"}]})
    wanted = epolc("decide", policy, "--request", "-", stdin=request)
    shutil.rmtree(tmp_path / "in")
    assert (
        epolc("check", bundle).out.splitlines()[-1]
        == "1 file, 0 errors, 1 warning, 1 note, 1 of 1 test passed"
    )
    assert epolc("test", bundle).out == "1 of 1 tests passed\n"
    got = epolc("decide", bundle, "--request", "-", stdin=request)
    assert (got.status, got.out) == (0, wanted.out)
    assert got.json()["target"] == "ward"
    found = epolc("scan", "--policy", bundle, stdin="badge EMP-004217")
    assert "staff.badge" in found.out
    again = tmp_path / "again.epolb"
    assert epolc("build", bundle, "-o", again).status == 0
    assert again.read_bytes() == bundle.read_bytes()


def test_a_bundle_needs_no_standard_module_that_is_installed(
    bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stdlib, "root", lambda: tmp_path / "no library")
    assert epolc("check", bundle).status == 0


def test_a_finding_in_a_bundle_is_shown_where_it_is(tmp_path: Path) -> None:
    text = HEAD + WARD + "label a.b\ndetector d -> a.b { match /x1y/ }\n"
    path = write(tmp_path, text)
    out = tmp_path / "x.epolb"
    assert epolc("build", path, "-o", out).status == 0
    ran = epolc("check", out)
    assert f"{out}/policy/policy.epol:5:10" in ran.out
    (finding,) = read_bundle_file(out, trust=None).record.findings
    assert (finding.name, finding.file) == ("detector-without-rule", "policy/policy.epol")
    assert (finding.line, finding.column) == (5, 10)
    assert f"warning[{finding.name}] policy/policy.epol:5:10" in epolc("inspect", out).out


def test_fmt_refuses_a_bundle(bundle: Path) -> None:
    ran = epolc("fmt", bundle)
    assert (ran.status, "is not formatted" in ran.err) == (2, True)
