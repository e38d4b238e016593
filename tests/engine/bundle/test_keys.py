"""Keys: as files, and which files are taken for one."""

from __future__ import annotations

import base64
import hashlib
import os
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from epol.engine.bundle.ed25519 import generate, read_private, read_public
from epol.engine.bundle.files import read_file
from epol.engine.errors import BundleError

# The keys of RFC 8410, section 10.
PRIVATE = b"""-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC
-----END PRIVATE KEY-----
"""
PUBLIC = b"""-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=
-----END PUBLIC KEY-----
"""


def test_keys_are_those_of_the_standards() -> None:
    private, public = read_private(PRIVATE, "x"), read_public(PUBLIC, "x")
    assert private.public.pem == public.pem == PUBLIC
    assert private.pem() == PRIVATE
    assert private.public.id == public.id
    der = base64.b64decode(PUBLIC.split(b"\n")[1])
    assert public.id == hashlib.sha256(der).digest()


def test_what_a_key_signs_it_verifies() -> None:
    first, second = generate(), generate()
    signature = first.sign(b"a")
    assert len(signature) == 64
    assert signature == first.sign(b"a")
    assert first.public.has_signed(b"a", signature)
    assert not first.public.has_signed(b"b", signature)
    assert not second.public.has_signed(b"a", signature)
    assert not first.public.has_signed(b"a", b"")
    assert first.public.id != second.public.id


def test_a_key_comes_back_with_its_passphrase_only() -> None:
    key = generate()
    pem = key.pem(b"open sesame")
    assert b"ENCRYPTED" in pem
    assert read_private(pem, "k", b"open sesame").public.id == key.public.id
    with pytest.raises(BundleError, match="passphrase is not its own"):
        read_private(pem, "k", b"wrong")
    with pytest.raises(BundleError, match="is encrypted"):
        read_private(pem, "k")
    with pytest.raises(BundleError, match="is not encrypted"):
        read_private(key.pem(), "k", b"open sesame")


@pytest.mark.parametrize("junk", [b"", b"\xff\0", b"-----BEGIN PRIVATE KEY-----\n", PRIVATE[:-40]])
def test_what_is_no_key_is_refused(junk: bytes) -> None:
    with pytest.raises(BundleError, match=r"k: this is no private key"):
        read_private(junk, "k")
    with pytest.raises(BundleError, match=r"k: this is no public key"):
        read_public(junk, "k")


def test_one_kind_is_not_the_other() -> None:
    with pytest.raises(BundleError, match="no public key"):
        read_public(PRIVATE, "k")
    with pytest.raises(BundleError, match="no private key"):
        read_private(PUBLIC, "k")


def test_only_ed25519_is_taken() -> None:
    rsa = generate_private_key(65537, 2048)
    pem = rsa.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    with pytest.raises(BundleError, match="not of Ed25519"):
        read_private(pem, "k")
    public = rsa.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    with pytest.raises(BundleError, match="not of Ed25519"):
        read_public(public, "k")


# --- files ------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o601, 0o610, 0o666])
def test_a_private_key_is_its_owners_alone(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "k.key"
    path.write_bytes(PRIVATE)
    path.chmod(0o600)
    assert read_file(path, 1000, is_secret=True) == PRIVATE
    path.chmod(0o400)
    assert read_file(path, 1000, is_secret=True) == PRIVATE
    path.chmod(mode)
    assert read_file(path, 1000) == PRIVATE
    with pytest.raises(BundleError, match=f"mode {mode:04o}"):
        read_file(path, 1000, is_secret=True)


def test_only_files_of_bounded_size_are_read(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_bytes(bytes(10))
    assert read_file(path, 10) == bytes(10)
    with pytest.raises(BundleError, match="more than 9 bytes"):
        read_file(path, 9)
    os.mkfifo(tmp_path / "pipe")
    for odd in (tmp_path, tmp_path / "pipe", Path("/dev/zero")):
        with pytest.raises(BundleError, match=r"not a file|Is a directory"):
            read_file(odd, 10)
    with pytest.raises(BundleError, match="No such file"):
        read_file(tmp_path / "none", 10)
    with pytest.raises(BundleError, match="NUL"):
        read_file(Path("a\0b"), 10)
