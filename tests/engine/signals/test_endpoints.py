"""Where targets are, as their URLs say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from epol.engine.bundle.manifest import Manifest
from epol.engine.loading import open_bundle
from epol.engine.signals.endpoints import Endpoint, endpoint, endpoints_of
from tests.engine.engines import bundle_of

POLICY = """policy clinic version "1"
target ward { at local  url "http://127.0.0.1:8080/v1" }
target site { at premises  url env "SITE_URL" }
target azure { at cloud  url "https://models.example.org/v1" }
target bare { at cloud }
"""


def manifest() -> Manifest:
    return open_bundle(bundle_of(POLICY), None).manifest


def test_the_endpoints_of_a_policy() -> None:
    ward = Endpoint("ward", "127.0.0.1", 8080, path="/v1", is_local=True)
    site = Endpoint("site", "site.example.org", 80)
    azure = Endpoint("azure", "models.example.org", 443, is_tls=True, path="/v1", how="tls")
    assert endpoints_of(manifest(), {}) == (ward, azure)
    named = {"SITE_URL": "http://site.example.org"}
    assert endpoints_of(manifest(), named) == (ward, site, azure)


def test_a_head_goes_to_the_path_alone() -> None:
    found = endpoint("x", "https://user:secret@models.example.org/v1?key=secret#x", "head")
    assert found == Endpoint("x", "models.example.org", 443, is_tls=True, path="/v1", how="head")


def test_an_address_of_the_sixth_version() -> None:
    assert endpoint("x", "http://[::1]:8080").host == "::1"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "models.example.org",
        "ftp://secret.example.org",
        "https://",
        "https://secret.example.org:99999",
        "https://secret.example.org:0",
        "https://[secret",
        "https://sécret.example.org",
        "https://secret.example.org/a b",
        "https://secret.example.org/é",
        "https://secret .example.org/",
    ],
)
def test_a_url_that_cannot_be_probed(url: str) -> None:
    with pytest.raises(ValueError, match="the URL of cloudy") as error:
        endpoint("cloudy", url)
    assert "cret" not in str(error.value)


def test_there_is_no_tls_to_probe() -> None:
    with pytest.raises(ValueError, match="no TLS"):
        endpoint("x", "http://models.example.org", "tls")


@given(st.text(), st.text())
def test_no_url_adds_lines_to_a_head(host: str, path: str) -> None:
    try:
        found = endpoint("x", f"http://{host}/{path}", "head")
    except ValueError:
        return
    sent = found.host + found.path
    assert sent.isascii()
    assert not any(each.isspace() or ord(each) < 32 for each in sent)
