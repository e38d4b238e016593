"""Keys of a vault: what is taken, from where, and what is told of them."""

from __future__ import annotations

import base64
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from epol.engine import VaultError
from epol.engine.vault.aead import Cipher
from epol.engine.vault.keys import MOST_KEYS, VaultKey, VaultKeys
from tests.engine.vault.making import KEY, OTHER_KEY

FORMS = {
    "hex": KEY.hex(),
    "upper": KEY.hex().upper(),
    "base64": base64.b64encode(KEY).decode(),
    "unpadded": base64.b64encode(KEY).decode().rstrip("="),
    "urlsafe": base64.urlsafe_b64encode(KEY).decode(),
}


@given(st.binary(min_size=32, max_size=32))
def test_every_form_of_a_key_is_the_same_key(key: bytes) -> None:
    padded = [base64.b64encode(key).decode(), base64.urlsafe_b64encode(key).decode()]
    texts = [key.hex(), *padded, *(text.rstrip("=") for text in padded)]
    assert {VaultKeys.parse(text, "x").newest.id for text in texts} == {VaultKey(key).id}


@pytest.mark.parametrize("between", [" ", ",", "\n", " ,\n ", " # newest\n"])
def test_the_first_key_is_the_newest(between: str) -> None:
    keys = VaultKeys.parse(KEY.hex() + between + OTHER_KEY.hex() + "\n", "x")
    assert [each.id for each in keys.all] == [VaultKey(KEY).id, VaultKey(OTHER_KEY).id]
    assert keys.newest.id == VaultKey(KEY).id


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "from one to 16 keys"),
        ("# nothing", "from one to 16 keys"),
        (KEY.hex()[:-2], "neither base64 nor hex|32 bytes"),
        ("not a key", "neither base64 nor hex|32 bytes"),
        ("c2hvcnQ=", "32 bytes, and this one has 5"),
        (f"{KEY.hex()} {FORMS['base64']}", "twice"),
        (" ".join(f"{at:064x}" for at in range(MOST_KEYS + 1)), "from one to 16 keys"),
        ("é" * 40, "neither base64 nor hex"),
    ],
)
def test_keys_that_are_none_are_refused(text: str, says: str) -> None:
    with pytest.raises(VaultError, match=says) as refused:
        VaultKeys.parse(text, "EPOL_VAULT_KEY")
    assert str(refused.value).startswith("EPOL_VAULT_KEY: ")
    assert not any(word in str(refused.value) for word in text.split() if len(word) > 8)


def test_keys_of_the_environment(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    path.write_text(f"{KEY.hex()}\n{OTHER_KEY.hex()}\n")
    path.chmod(0o600)
    for environment in ({"EPOL_VAULT_KEY": KEY.hex()}, {"EPOL_VAULT_KEY_FILE": str(path)}):
        assert VaultKeys.from_environment(environment).newest.id == VaultKey(KEY).id
    with pytest.raises(VaultError, match="neither is set"):
        VaultKeys.from_environment({})
    with pytest.raises(VaultError, match="both are set"):
        VaultKeys.from_environment({"EPOL_VAULT_KEY": "a", "EPOL_VAULT_KEY_FILE": "b"})


@pytest.mark.parametrize("mode", [0o644, 0o604, 0o620, 0o660, 0o601])
def test_a_file_that_others_can_read_is_refused(mode: int, tmp_path: Path) -> None:
    path = tmp_path / "keys"
    path.write_text(KEY.hex())
    path.chmod(mode)
    with pytest.raises(VaultError, match="others can read or change"):
        VaultKeys.from_file(path)


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, whose file it is")
def test_a_file_of_root_may_be_its_groups(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    path.write_text(KEY.hex())
    path.chmod(0o640)
    assert VaultKeys.from_file(path).newest.id == VaultKey(KEY).id


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(VaultError, match="No such file"):
        VaultKeys.from_file(tmp_path / "none")
    with pytest.raises(VaultError, match="Is a directory"):
        VaultKeys.from_file(tmp_path)
    path = tmp_path / "keys"
    path.write_bytes(b"\xff\xfe")
    path.chmod(0o600)
    with pytest.raises(VaultError, match="no file of keys"):
        VaultKeys.from_file(path)
    if Path("/dev/null").exists():
        with pytest.raises(VaultError, match="regular file"):
            VaultKeys.from_file(Path("/dev/null"))


def test_what_is_wrapped_is_for_one_key_and_purpose() -> None:
    ours, other = VaultKey(KEY), VaultKey(OTHER_KEY)
    wrapped = ours.wrap(b"secret", b"purpose")
    assert wrapped.startswith(ours.id)
    assert ours.unwrap(wrapped, b"purpose") == b"secret"
    assert ours.unwrap(wrapped, b"other purpose") is None
    assert other.unwrap(wrapped, b"purpose") is None
    assert VaultKeys([KEY, OTHER_KEY]).unwrap(wrapped, b"purpose") == b"secret"
    assert VaultKeys([OTHER_KEY]).unwrap(wrapped, b"purpose") is None


@given(st.binary(max_size=80), st.binary(max_size=20), st.integers(0), st.integers(0, 7))
def test_no_changed_byte_is_opened(plain: bytes, about: bytes, place: int, bit: int) -> None:
    cipher = Cipher(KEY)
    sealed = cipher.seal(plain, about)
    assert cipher.open(sealed, about) == plain
    assert len(sealed) == len(plain) + 28
    changed = bytearray(sealed)
    changed[place % len(sealed)] ^= 1 << bit
    assert cipher.open(bytes(changed), about) is None
    assert cipher.open(sealed, about + b"x") is None
    assert cipher.open(sealed[: place % len(sealed)], about) is None


def test_no_repr_shows_a_key() -> None:
    keys = VaultKeys([KEY, OTHER_KEY])
    shown = repr(keys) + repr(keys.newest) + repr(vars(keys))
    assert not any(form.rstrip("=") in shown for form in FORMS.values())
    assert repr(KEY)[2:-1] not in shown


def test_a_key_of_another_length_is_refused() -> None:
    for make in (VaultKey, Cipher):
        with pytest.raises(ValueError, match="32 bytes"):
            make(b"short")
