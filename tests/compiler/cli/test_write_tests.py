"""`epolc check --write-tests`: witnesses as tests that stay."""

from pathlib import Path

import pytest

from tests.compiler.cli.running import epolc, write

HEAD = 'policy t version "1"\n'
TEXT = (
    HEAD
    + "attr a.n : int in 0 .. 9 default 0\ntarget ward { at local }\nlabel a.b\n"
    + 'detector b -> a.b { match /B-[0-9]{4}/ example "see B-0042: ok" }\n'
    + "rule r { when count a.b > 1 block }\n"
    + "prove no_block { served when a.n < 10 }\n"
    + "prove up { raising a.n never chooses target.at == cloud }\n"
)


def written(folder: Path) -> dict[str, str]:
    """What lies in a folder."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_text("utf-8") for path in files}


def test_each_witness_is_a_file_that_passes(tmp_path: Path) -> None:
    policy = write(tmp_path, TEXT)
    folder = tmp_path / "kept" / "tests"
    ran = epolc("check", policy, "--write-tests", folder)
    assert ran.status == 1
    assert [*written(folder)] == ["policy.claim-refuted.no_block/cases.yaml"]
    assert ran.err == f"wrote {folder / 'policy.claim-refuted.no_block' / 'cases.yaml'}\n"
    [text] = written(folder).values()
    assert '\npolicy: "../../../policy.epol"\ntests: |\n' in text
    assert '    text "see B-0042: ok; see B-0042: ok"\n' in text
    tested = epolc("test", folder)
    assert (tested.status, tested.out) == (0, "2 of 2 tests passed\n")


def test_the_test_fails_once_the_policy_decides_otherwise(tmp_path: Path) -> None:
    policy = write(tmp_path, TEXT)
    folder = tmp_path / "kept"
    epolc("check", policy, "--write-tests", folder)
    write(tmp_path, TEXT.replace("> 1 block", "> 2 block"))
    tested = epolc("test", folder)
    assert tested.status == 1
    assert "a request that refutes no_block\n  the request goes to ward" in tested.out


def test_written_again_only_where_nobody_changed_it(tmp_path: Path) -> None:
    policy = write(tmp_path, TEXT)
    folder = tmp_path / "kept"
    epolc("check", policy, "--write-tests", folder)
    before = written(folder)
    assert epolc("check", policy, "--write-tests", folder).err == ""
    write(tmp_path, TEXT.replace("> 1 block", "> 2 block"))
    assert epolc("check", policy, "--write-tests", folder).err.startswith("wrote ")
    assert written(folder).keys() == before.keys()
    assert written(folder) != before
    [path] = folder.rglob("cases.yaml")
    path.write_text(path.read_text("utf-8") + "# mine\n", encoding="utf-8")
    mine = written(folder)
    write(tmp_path, TEXT)
    ran = epolc("check", policy, "--write-tests", folder)
    assert ran.err == f"left {path} as it is: it was changed, or written by hand\n"
    assert written(folder) == mine


def test_two_findings_of_one_name_have_files_of_their_own(tmp_path: Path) -> None:
    paths = [write(tmp_path, {f"{name}/policy.epol": TEXT}) for name in ("first", "second")]
    folder = tmp_path / "kept"
    epolc("check", *paths, "--write-tests", folder)
    found = written(folder)
    assert [*found] == [
        "policy.claim-refuted.no_block/cases.yaml",
        "policy.claim-refuted.no_block-2/cases.yaml",
    ]
    assert ["second" in text for text in found.values()] == [False, True]
    assert epolc("test", folder).status == 0


def test_without_a_witness_nothing_is_written(tmp_path: Path) -> None:
    policy = write(tmp_path, HEAD)
    assert epolc("check", policy, "--write-tests", tmp_path / "kept").err == ""
    assert not (tmp_path / "kept").exists()


@pytest.mark.parametrize("there", [b"mine", b"\xff"])
def test_a_folder_that_is_none_is_refused(tmp_path: Path, there: bytes) -> None:
    policy = write(tmp_path, TEXT)
    file = tmp_path / "kept"
    file.write_bytes(there)
    ran = epolc("check", policy, "--write-tests", file)
    assert ran.status == 2
    assert ran.err == f"error: {file}: this is not a folder\n"
    assert file.read_bytes() == there
