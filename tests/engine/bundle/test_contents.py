"""What is in a bundle comes back as it was, and JSON that is not canonical is refused."""

from __future__ import annotations

import json
import string
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from epol.engine.bundle import canonical
from epol.engine.bundle.canonical import encode
from epol.engine.bundle.container import pack
from epol.engine.bundle.contents import BundleError, Contents, read_bundle, write_bundle
from epol.engine.bundle.manifest import Manifest
from epol.engine.bundle.record import Record
from epol.engine.bundle.sources import SourceFile, Sources
from tests.engine.bundle.making import CONTENTS, MANIFEST, RECORD, SMALL, bundle, trusting

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
PART = st.text(string.ascii_letters + string.digits + " ._-é", min_size=1, max_size=9)
PATH = st.lists(PART.filter(lambda p: p not in (".", "..")), min_size=1, max_size=3).map("/".join)
FILES = st.dictionaries(PATH, TEXT, min_size=1, max_size=4)


def sources(files: dict[str, str], folder: str = "policy/") -> Sources:
    named = tuple(SourceFile(folder + name, text) for name, text in sorted(files.items()))
    return Sources(named[0].name, named)


CONTENT = st.builds(
    Contents,
    st.builds(
        Manifest,
        name=TEXT,
        version=st.none() | TEXT,
        digest=TEXT,
        compiler=TEXT,
        language=st.integers(0, 9),
        attributes=st.just(MANIFEST.attributes) | st.just(()),
        labels=st.just(MANIFEST.labels) | st.just(()),
        targets=st.just(MANIFEST.targets) | st.just(()),
        models=st.just(MANIFEST.models) | st.just(()),
    ),
    FILES.map(sources),
    st.just(RECORD) | st.builds(Record, tests=st.integers(0, 2**40), translation=TEXT | st.none()),
    program=st.none() | st.binary(max_size=200),
    text=st.none() | st.binary(max_size=200),
    databases=st.dictionaries(
        st.from_regex(r"[a-z0-9][a-z0-9._+-]{0,60}", fullmatch=True),
        st.binary(max_size=100),
        max_size=3,
    ),
)


@given(CONTENT)
def test_contents_come_back(contents: Contents) -> None:
    data = bundle(1, contents=contents)
    read = read_bundle(data, trust=trusting(1))
    assert read.manifest == contents.manifest
    assert read.sources == contents.sources
    assert read.record == contents.record
    assert read.program == contents.program
    assert read.text == contents.text
    assert dict(read.databases) == contents.databases
    assert bundle(1, contents=contents) == data


def test_databases_are_for_those_who_trust_the_signer() -> None:
    """They are native data: an unsigned one must not reach the library."""
    assert set(read_bundle(bundle(1), trust=trusting(1)).databases) == set(CONTENTS.databases)
    assert not read_bundle(bundle(1), trust=None).databases


def test_what_is_not_there_is_none() -> None:
    bare = replace(CONTENTS, program=None, text=None, databases={})
    read = read_bundle(write_bundle(bare), trust=None)
    assert (read.program, read.text, dict(read.databases)) == (None, None, {})


# --- sections that are not what their name says ----------------------------------------------


def with_section(**changed: bytes | None) -> bytes:
    """A bundle with sections that are put in the place of its own; None takes one out."""
    own = {
        "manifest": encode(SMALL.manifest),
        "record": encode(SMALL.record),
        "sources": encode(SMALL.sources),
    }
    return pack({name: data for name, data in {**own, **changed}.items() if data is not None})


GOOD = json.loads(encode(MANIFEST))


def manifest(**changed: object) -> bytes:
    return encode({**GOOD, **changed})


@pytest.mark.parametrize(
    "section",
    [
        b"",
        b"\xff\xfe",
        b"null",
        b"[]",
        b"[" * 1_000_000,
        b'{"a":' * 100_000,
        b'{"name":' + b"[" * 100_000,
        b'{"attributes":[{"fallback":' + b"[" * 100_000,
        encode(MANIFEST) + b" ",
        b" " + encode(MANIFEST),
        encode(MANIFEST)[:-1],
        json.dumps(GOOD).encode(),
        json.dumps(GOOD, separators=(",", ":"), sort_keys=True, ensure_ascii=True).encode(),
        encode(MANIFEST).replace(b'"language":1', b'"language":1.0'),
        encode(MANIFEST).replace(b'"language":1', b'"language":1e400'),
        encode(MANIFEST).replace(b'"language":1', b'"language":' + b"9" * 5000),
        encode(MANIFEST).replace(b'"language":1', b'"language":1,"language":1'),
        encode(MANIFEST).replace(b'"language":1', b'"language":true'),
        encode(MANIFEST).replace(b'"name":"clinic"', b'"name":"clin\\u0069c"'),
        encode(MANIFEST).replace(b'"name":"clinic"', b'"name":"\xed\xa0\x80"'),
        encode(MANIFEST).replace(b'"name":"clinic"', b'"name":"\\ud800"'),
        manifest(unknown=1),
        manifest(name=1),
        manifest(name=None),
        manifest(attributes=[{"name": "a"}]),
        manifest(targets=[{"name": "a", "fields": {"x": 1.5}, "endpoints": {}}]),
    ],
    ids=range(26),
)
def test_a_manifest_that_is_none_is_refused(section: bytes) -> None:
    with pytest.raises(BundleError, match="the section `manifest` cannot be read"):
        read_bundle(with_section(manifest=section), trust=None)


def test_a_manifest_with_right_digests_is_read() -> None:
    """The ones above are refused for what is in them."""
    assert read_bundle(with_section(manifest=manifest()), trust=None).manifest == MANIFEST


def test_json_has_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(canonical, "MAX_JSON_BYTES", 100)
    with pytest.raises(BundleError, match="more than 100 bytes"):
        read_bundle(bundle(), trust=None)


@pytest.mark.parametrize("name", ["record", "sources"])
def test_other_sections_are_read_when_they_are_asked_for(name: str) -> None:
    read = read_bundle(with_section(**{name: b"[" * 100_000}), trust=None)
    with pytest.raises(BundleError, match=f"the section `{name}` cannot be read"):
        getattr(read, name)


@pytest.mark.parametrize("name", ["manifest", "record", "sources"])
def test_a_missing_section_is_named(name: str) -> None:
    with pytest.raises(BundleError, match=f"no section `{name}`"):
        read_bundle(with_section(**{name: None}), trust=None)


@pytest.mark.parametrize("name", ["programs", "database", "zzz"])
def test_a_section_of_no_known_name_is_refused(name: str) -> None:
    with pytest.raises(BundleError, match=f"has no section `{name}`"):
        read_bundle(with_section(**{name: b""}), trust=None)


BAD_NAMES = [
    "/etc/passwd", "policy/../x", "policy/..", "policy/./x", "policy//x", "policy/", "policy",
    "other/x", "policy/a\\b", "policy/a\0", "policy/a\n", "", "policy/" + "a" * 256,
    "policy" + "/a" * 3000, "../policy/x", "std/../../x", "policy/x/..",
]  # fmt: skip


@pytest.mark.parametrize("name", BAD_NAMES, ids=range(len(BAD_NAMES)))
def test_a_file_that_would_leave_its_folder_is_refused(name: str) -> None:
    bad = Sources(name, (SourceFile(name, ""),))
    with pytest.raises(BundleError, match="name is not allowed"):
        write_bundle(replace(CONTENTS, sources=bad))
    read = read_bundle(with_section(sources=encode(bad)), trust=None)
    with pytest.raises(BundleError, match="name is not allowed"):
        _ = read.sources


@pytest.mark.parametrize(
    "bad",
    [
        Sources("policy/a", ()),
        Sources("policy/b", (SourceFile("policy/a", ""),)),
        Sources("policy/a", (SourceFile("policy/a", ""), SourceFile("policy/a", ""))),
        Sources("policy/a", (SourceFile("policy/b", ""), SourceFile("policy/a", ""))),
    ],
)
def test_files_stand_in_order_and_once_with_their_root(bad: Sources) -> None:
    with pytest.raises(BundleError, match="no root, or its files"):
        bad.check()
