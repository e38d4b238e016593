"""Signatures: whose count, and of what."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from epol.engine.bundle import container
from epol.engine.bundle.container import Signature, open_frame, with_signature
from epol.engine.bundle.contents import BundleError, read_bundle
from epol.engine.bundle.dsse import PAYLOAD_TYPE, State, judge, pae, sign
from epol.engine.bundle.trust import Trust, load_trust, shown
from tests.engine.bundle.making import CONTENTS, bundle, key, trusting


def test_the_encoding_is_that_of_dsse() -> None:
    """The test vector of DSSE's protocol.md, and the form for empty and non-ASCII types."""
    said = pae("http://example.com/HelloWorld", b"hello world")
    assert said == b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    assert pae("", b"") == b"DSSEv1 0  0 "
    assert pae("é", b"\0 1") == b"DSSEv1 2 \xc3\xa9 3 \0 1"


@given(st.tuples(st.text(), st.binary()), st.tuples(st.text(), st.binary()))
def test_no_two_bodies_are_signed_alike(a: tuple[str, bytes], b: tuple[str, bytes]) -> None:
    assert (pae(*a) == pae(*b)) == (a == b)


def refused(data: bytes, trust: Trust) -> str:
    with pytest.raises(BundleError, match="not trusted") as caught:
        read_bundle(data, trust=trust)
    return str(caught.value)


def states(data: bytes, trust: Trust) -> list[State]:
    by_key = {each.key_id: each.state for each in judge(open_frame(data), trust)}
    return [
        by_key[shown(key(n).public.id)] for n in range(1, 5) if shown(key(n).public.id) in by_key
    ]


def test_a_trusted_signature_is_enough() -> None:
    assert read_bundle(bundle(1), trust=trusting(1)).is_trusted
    assert not read_bundle(bundle(1), trust=None).is_trusted


def test_an_unsigned_bundle_is_whole_but_not_trusted() -> None:
    assert read_bundle(bundle(), trust=None).manifest == CONTENTS.manifest
    assert "it has none" in refused(bundle(), trusting(1))


def test_one_signature_is_enough_where_nothing_else_is_said() -> None:
    signer = key(1).public
    assert read_bundle(bundle(1), trust=Trust({signer.id: signer})).is_trusted


def test_another_key_is_not_trusted() -> None:
    assert "not among the trusted keys" in refused(bundle(2), trusting(1))


def test_keys_rotate() -> None:
    """While both have signed, an engine may trust the old key, the new one, or both."""
    both = bundle(1, 2)
    for trust in (trusting(1), trusting(2), trusting(1, 2)):
        read_bundle(both, trust=trust)
    refused(bundle(2), trusting(1))


def test_a_revoked_key_counts_nothing() -> None:
    trust = trusting(1, 2, revoked=(1,))
    assert "is revoked" in refused(bundle(1), trust)
    read_bundle(bundle(1, 2), trust=trust)
    assert states(bundle(1, 2), trust) == [State.REVOKED, State.TRUSTED]


def test_a_threshold_wants_different_keys() -> None:
    trust = trusting(1, 2, 3, threshold=2)
    assert "needs 2 valid" in refused(bundle(1), trust)
    assert "needs 2 valid" in refused(bundle(1, 4), trust)
    read_bundle(bundle(1, 3), trust=trust)
    refused(bundle(1, 3), trusting(1, 2, 3, revoked=(3,), threshold=2))


def test_the_order_of_signing_does_not_matter_and_once_is_enough() -> None:
    assert bundle(1, 2) == bundle(2, 1) == bundle(1, 2, 1)


def forged(data: bytes, key_id: bytes, value: bytes) -> bytes:
    return with_signature(data, Signature(key_id, value))


def test_a_signature_of_something_else_is_none() -> None:
    first, second = bundle(1), bundle(1, contents=replace(CONTENTS, program=b"raw to the cloud"))
    (stolen,) = open_frame(first).signatures
    moved = forged(second, stolen.key_id, stolen.value)
    assert "not of this bundle" in refused(moved, trusting(1))
    assert states(moved, trusting(1)) == [State.INVALID]
    (other,) = open_frame(bundle(2)).signatures
    assert "not of this bundle" in refused(forged(first, stolen.key_id, other.value), trusting(1))
    assert "not of this bundle" in refused(forged(first, stolen.key_id, bytes(64)), trusting(1))


@pytest.mark.parametrize("kind", ["application/vnd.epol.bundle.v2", "application/json", ""])
def test_a_signature_of_another_payload_type_is_none(kind: str) -> None:
    data, signer = bundle(), key(1)
    head = open_frame(data).head
    assert kind != PAYLOAD_TYPE
    read_bundle(
        forged(data, signer.public.id, signer.sign(pae(PAYLOAD_TYPE, head))), trust=trusting(1)
    )
    refused(forged(data, signer.public.id, signer.sign(pae(kind, head))), trusting(1))
    refused(forged(data, signer.public.id, signer.sign(head)), trusting(1))


def test_only_a_whole_bundle_is_signed() -> None:
    data = bytearray(bundle())
    data[-100] ^= 1
    with pytest.raises(BundleError, match="damaged"):
        sign(bytes(data), key(1))


def test_signatures_have_a_limit() -> None:
    full = bundle(*range(1, container.MAX_SIGNATURES + 1))
    assert len(open_frame(full).signatures) == container.MAX_SIGNATURES
    with pytest.raises(BundleError, match="at most 16"):
        sign(full, key(99))
    assert sign(full, key(1)) == full


def test_header_and_table_are_what_is_signed() -> None:
    """Every section's digest is in the table, so whoever has the file can verify it by hand."""
    data = bundle(1)
    (signature,) = open_frame(data).signatures
    head = data[: 32 + 128 * int.from_bytes(data[12:16], "little")]
    message = b"DSSEv1 30 application/vnd.epol.bundle.v1 %d " % len(head) + head
    assert key(1).public.has_signed(message, signature.value)


# --- trust in files ---------------------------------------------------------------------------


def public(folder: Path, number: int, name: str | None = None) -> Path:
    path = folder / f"{name or number}.pub"
    path.write_bytes(key(number).public.pem)
    return path


def test_trust_comes_from_files_and_folders(tmp_path: Path) -> None:
    folder = tmp_path / "trusted"
    folder.mkdir()
    public(folder, 1)
    public(folder, 2)
    (folder / "notes.txt").write_text("not a key")
    other = public(tmp_path, 3)
    assert load_trust([folder, str(other)]) == trusting(1, 2, 3)
    assert load_trust([other], threshold=1) == trusting(3)
    said = {"revoked": {shown(key(1).public.id): "lost"}, "threshold": 2}
    (folder / "trust.json").write_text(json.dumps(said))
    assert load_trust([folder, other]) == trusting(1, 2, 3, revoked=(1,), threshold=2)
    assert load_trust([folder, other], threshold=1).threshold == 2


def test_a_key_under_two_names_counts_once(tmp_path: Path) -> None:
    public(tmp_path, 1)
    public(tmp_path, 1, "again")
    with pytest.raises(BundleError, match="no bundle could be trusted"):
        load_trust([tmp_path], threshold=2)


def test_a_trust_that_nothing_meets_is_refused(tmp_path: Path) -> None:
    """An empty folder must not mean that anything is trusted."""
    with pytest.raises(BundleError, match="no bundle could be trusted"):
        load_trust([])
    with pytest.raises(BundleError, match="no bundle could be trusted"):
        load_trust([tmp_path])
    with pytest.raises(BundleError, match="no bundle could be trusted"):
        trusting(1, revoked=(1,))
    with pytest.raises(BundleError, match="1 or more"):
        trusting(1, threshold=0)


ID = shown(bytes(32))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[]", "an object is wanted"),
        ('{"revokd": {}}', "`revokd` is neither"),
        ('{"revoked": []}', "an object of key ids"),
        (f'{{"revoked": {{"{ID}": 1}}}}', "not a key id"),
        (f'{{"revoked": {{"{ID}0": "x"}}}}', "not a key id"),
        (f'{{"revoked": {{"{ID.upper()}": "x"}}}}', "not a key id"),
        (f'{{"revoked": {{"{ID}": "x", "{ID}": "y"}}}}', "stands twice"),
        ('{"revoked": {}, "revoked": {}}', "stands twice"),
        ('{"threshold": "2"}', "whole number"),
        ('{"threshold": true}', "whole number"),
        ('{"threshold": 1.5}', "whole number"),
        ('{"threshold": 0}', "from 1"),
        ('{"threshold": -1}', "from 1"),
    ],
)
def test_a_trust_file_that_is_wrong_is_refused(tmp_path: Path, text: str, says: str) -> None:
    public(tmp_path, 1)
    (tmp_path / "trust.json").write_text(text)
    with pytest.raises(BundleError, match=says):
        load_trust([tmp_path])


def test_a_key_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.pub").write_text("no key")
    with pytest.raises(BundleError, match=r"x\.pub: this is no public key"):
        load_trust([tmp_path])
    with pytest.raises(BundleError, match=r"y\.pub: No such file"):
        load_trust([tmp_path / "y.pub"])
