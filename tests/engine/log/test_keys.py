"""Where the key comes from, and what is derived from it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from epol.engine import DecisionLog, LogError
from epol.engine.log.chain import MAX_EPOCHS, Epoch, stated
from epol.engine.log.keys import LogKeys, find_keys, keys_from_environment, keys_of_file
from tests.engine.log.logs import CANARY, KEY, OTHER_KEY

SECRET = KEY.decode()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "key"
    path.write_bytes(KEY + b"\n")
    path.chmod(0o600)
    return path


def test_a_key_of_the_environment(file: Path) -> None:
    names = {
        keys_from_environment({"EPOL_LOG_KEY": SECRET}).name,
        keys_from_environment({"EPOL_LOG_KEY_FILE": str(file)}).name,
        keys_of_file(file).name,
        LogKeys(KEY).name,
    }
    assert len(names) == 1
    assert find_keys({}) is None
    assert find_keys({"EPOL_LOG_KEY": "", "EPOL_LOG_KEY_FILE": ""}) is None


def test_what_is_no_key(file: Path, tmp_path: Path) -> None:
    for environment, why in (
        ({}, "no key for the log"),
        ({"EPOL_LOG_KEY": SECRET, "EPOL_LOG_KEY_FILE": str(file)}, "both set"),
        ({"EPOL_LOG_KEY": CANARY}, "32 bytes at least and has 12"),
        ({"EPOL_LOG_KEY_FILE": str(tmp_path / "none")}, "No such file"),
        ({"EPOL_LOG_KEY_FILE": str(tmp_path)}, "Is a directory"),
    ):
        with pytest.raises(LogError, match=why) as caught:
            keys_from_environment(environment)
        assert CANARY not in str(caught.value)
        assert SECRET not in str(caught.value)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o644])
def test_a_file_that_others_may_read_is_refused(file: Path, mode: int) -> None:
    file.chmod(mode)
    with pytest.raises(LogError, match="others than its owner"):
        keys_of_file(file)


def test_a_short_key_in_a_file_is_named_by_the_file(file: Path) -> None:
    file.write_text("short")
    with pytest.raises(LogError, match=f"{file}: the log's key needs 32 bytes"):
        keys_of_file(file)


def test_a_log_takes_the_key_of_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: Path
) -> None:
    monkeypatch.delenv("EPOL_LOG_KEY", raising=False)
    monkeypatch.delenv("EPOL_LOG_KEY_FILE", raising=False)
    with pytest.raises(LogError, match="EPOL_LOG_KEY_FILE"):
        DecisionLog(tmp_path / "log")
    monkeypatch.setenv("EPOL_LOG_KEY_FILE", str(file))
    with DecisionLog(tmp_path / "log") as log:
        assert log.head.startswith("1:")


def test_keys_do_not_show_themselves() -> None:
    keys = LogKeys(KEY)
    shown = repr(keys) + str(keys) + repr(Epoch(0, keys.chain("x")))
    assert SECRET not in shown
    assert keys.chain("x").hex() not in shown
    assert repr(keys.chain("x")) not in shown


@given(st.binary(), st.binary(), st.text(alphabet="abc "), st.text(alphabet="abc "))
def test_digests_tell_equal_values_of_one_purpose(
    one: bytes, other: bytes, purpose: str, another: str
) -> None:
    digests = LogKeys(KEY).digests
    same = digests.of(purpose, one) == digests.of(another, other)
    assert same == ((purpose, one) == (another, other))
    assert digests.of(purpose, one) != LogKeys(OTHER_KEY).digests.of(purpose, one)


def test_epochs_go_on_and_not_back() -> None:
    first = Epoch(0, LogKeys(KEY).chain("x"))
    third = first.next().next()
    assert first.at(2) == third
    assert len({first.key, first.next().key, third.key}) == 3
    for number in (0, 1, MAX_EPOCHS + 1):
        with pytest.raises(LogError, match="cannot be computed"):
            third.at(number)


@given(st.binary(max_size=200))
def test_anything_may_stand_in_a_line(junk: bytes) -> None:
    assert stated(junk) is None
    line = b'{"seq":1,"epoch":0,"kind":"x"' + junk + b',"mac":"' + b"0" * 64 + b'"}\n'
    said = stated(line)
    assert said is not None
    assert (said.seq, said.kind, said.body) == (1, "x", line[:-75])
