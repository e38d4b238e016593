"""The cache of compiled databases: only what we wrote, whole and unchanged, is used."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from epol.engine.bundle import cache, hyper
from epol.engine.bundle.hyper import DatabaseRefusedError, PatternDatabase, Supply


def the_file(folder: Path) -> Path:
    (path,) = folder.glob("*.hs")
    return path


def compiled_again(*_: object) -> None:
    raise AssertionError("compiled again")


def test_a_database_comes_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "new" / "cache"
    assert PatternDatabase(["ab", "c"], Supply(folder)).scan(b"xxab") == [(0, 4)]
    assert folder.stat().st_mode & 0o077 == 0
    monkeypatch.setattr(hyper, "_compile", compiled_again)
    assert PatternDatabase(["ab", "c"], Supply(folder)).scan(b"xxab") == [(0, 4)]


def test_other_patterns_are_another_database(tmp_path: Path) -> None:
    PatternDatabase(["ab", "c"], Supply(tmp_path))
    assert PatternDatabase(["a", "bc"], Supply(tmp_path)).scan(b"bc") == [(1, 2)]
    assert len(list(tmp_path.glob("*.hs"))) == 2


@pytest.mark.parametrize("spoil", ["cut", "flip", "empty", "writable", "folder"])
def test_a_file_that_may_not_be_ours_is_made_anew(
    tmp_path: Path, spoil: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "cache"
    PatternDatabase(["ab"], Supply(folder))
    path = the_file(folder)
    data = path.read_bytes()
    match spoil:
        case "cut":
            path.write_bytes(data[: len(data) // 2])
        case "flip":
            path.write_bytes(data[:40] + bytes([data[40] ^ 1]) + data[41:])
        case "empty":
            path.write_bytes(b"")
        case "writable":
            path.chmod(0o666)
        case _:
            folder.chmod(0o777)
    (key,) = (file.stem for file in folder.glob("*.hs"))
    assert cache.read(folder, key) is None
    assert PatternDatabase(["ab"], Supply(folder)).scan(b"ab") == [(0, 2)]


def test_every_flipped_byte_is_seen(tmp_path: Path) -> None:
    cache.write(tmp_path, "k", b"content")
    path = the_file(tmp_path)
    data = path.read_bytes()
    for at in range(len(data)):
        path.write_bytes(data[:at] + bytes([data[at] ^ 0x10]) + data[at + 1 :])
        assert cache.read(tmp_path, "k") is None


def test_a_folder_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    assert PatternDatabase(["ab"], Supply(blocked / "cache")).scan(b"ab") == [(0, 2)]


def test_where_the_cache_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("EPOL_CACHE", str(tmp_path))
    assert cache.default_folder() == tmp_path
    monkeypatch.setenv("EPOL_CACHE", "")
    assert cache.default_folder() is None
    monkeypatch.delenv("EPOL_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache.default_folder() == tmp_path / "epol"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache.default_folder() == tmp_path / ".cache" / "epol"


def test_expressions_that_are_one_are_reported_once(tmp_path: Path) -> None:
    one = PatternDatabase(["a", "b", "c", "d"], Supply(tmp_path), as_one=["x", "y", "x", "y"])
    assert one.scan(b"-c-a-d-b-") == [(0, 2), (1, 6)]
    assert one.scan(b"b") == [(1, 1)]
    assert one.key != PatternDatabase(["a", "b", "c", "d"], Supply(tmp_path)).key


def test_refused_patterns_are_named() -> None:
    with pytest.raises(DatabaseRefusedError) as caught:
        PatternDatabase(["a", "(?<=b)c", "d"])
    assert list(caught.value.refused) == [1]
    assert len(PatternDatabase([])) == 0
    assert PatternDatabase([]).scan(b"x") == []


def test_a_file_of_another_version_is_made_anew(tmp_path: Path) -> None:
    PatternDatabase(["ab"], Supply(tmp_path))
    path = the_file(tmp_path)
    cache.write(tmp_path, path.stem, b"not a database at all")
    assert PatternDatabase(["ab"], Supply(tmp_path)).scan(b"ab") == [(0, 2)]
    assert list(tmp_path.iterdir()) == [path]


def test_a_pipe_in_the_place_of_a_file_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "k.hs")
    assert cache.read(tmp_path, "k") is None


def test_without_a_home_there_is_no_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    def homeless() -> Path:
        raise RuntimeError

    monkeypatch.delenv("EPOL_CACHE", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(Path, "home", homeless)
    assert cache.default_folder() is None
    assert cache.read(None, "k") is None
    cache.write(None, "k", b"x")


def test_a_file_that_cannot_take_its_place_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "k.hs").mkdir()
    (tmp_path / "k.hs" / "full").write_text("")
    cache.write(tmp_path, "k", b"x")
    assert [path.name for path in tmp_path.iterdir()] == ["k.hs"]


def together(texts: Sequence[list[str]], given: Supply) -> list[PatternDatabase]:
    with given as supply:
        return [PatternDatabase(each, supply) for each in texts]


def test_what_is_asked_for_together_is_there_when_all_is(tmp_path: Path) -> None:
    texts = [["ab", "c"], ["b"], ["ab", "c"], []]
    found = [[(0, 4)], [(0, 4)], [(0, 4)], []]
    compiled, read = (together(texts, Supply(tmp_path)) for _ in range(2))
    assert [each.scan(b"xxab") for each in compiled] == found
    assert [each.scan(b"xxab") for each in read] == found
    known = {each.key: each.native for each in read if each.native is not None}
    again = together(texts, Supply(None, known))
    assert [each.native for each in again] == [each.native for each in (read[2], *read[1:])]


def test_what_one_of_several_threads_refuses_is_told(tmp_path: Path) -> None:
    with pytest.raises(DatabaseRefusedError) as refused:
        together([["a"], ["a", "(?<=b)c"]], Supply(tmp_path))
    assert list(refused.value.refused) == [1]
    assert len(list(tmp_path.iterdir())) == 1
