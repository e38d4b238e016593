"""Addresses, keys and APIs of targets."""

from __future__ import annotations

import pytest

from epol.engine.bundle.manifest import Endpoint, Manifest, TargetEntry
from epol.gateway.bodies import with_model
from epol.gateway.settings import Settings, SettingsError, Target
from epol.gateway.upstreams import Upstream, UpstreamsOf, routed_upstreams, upstreams_of


def made(
    settings: Settings | None = None,
    environment: dict[str, str] | None = None,
    find: UpstreamsOf = upstreams_of,
    **said: str,
) -> dict[str, Upstream]:
    """The targets of a policy that has one: `url`, `key` and other fields as given."""
    ends: dict[str, Endpoint] = {}
    for kind in ("url", "key"):
        if kind in said:
            ends[kind] = Endpoint(said.pop(kind), False)
        if f"{kind}_env" in said:
            ends[kind] = Endpoint(said.pop(f"{kind}_env"), True)
    target = TargetEntry("one", {"at": "premises", **said}, ends)
    manifest = Manifest("p", None, "sha256:0", "0", 1, targets=(target,))
    return find(manifest, settings or Settings(), environment or {})


def test_a_target_is_where_policy_environment_or_settings_say() -> None:
    assert made() == {}
    assert made(url="https://a.example/v1/")["one"].url == "https://a.example/v1"
    assert made(environment={"URL": "http://b"}, url_env="URL")["one"].url == "http://b"
    settings = Settings(targets={"one": Target(url="http://c:1/v1")})
    assert made(settings)["one"].url == "http://c:1/v1"
    assert made(settings, url="http://a")["one"].url == "http://a", "the policy comes first"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "a.example",
        "ftp://a",
        "http://",
        "http://a?b",
        "http://u:p@a",
        "http://a#b",
        "http://[a",
    ],
)
def test_what_is_no_address_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(SettingsError) as error:
        made(url=url)
    assert "u:p" not in str(error.value)
    assert "?b" not in str(error.value)


def test_what_goes_to_the_cloud_is_not_readable_on_the_way() -> None:
    for near in ("http://127.0.0.1:1", "http://localhost", "http://[::1]:1", "https://far.example"):
        assert made(url=near, at="cloud")
    for far in ("http://far.example", "http://10.0.0.1", "http://127.0.0.1.example"):
        with pytest.raises(SettingsError, match="https://"):
            made(url=far, at="cloud")


def test_keys_are_sent_as_each_api_wants_them() -> None:
    openai = made(url="http://a", key="k")["one"]
    assert openai.headers_for("openai", {})["authorization"] == "Bearer k"
    assert not openai.speaks("anthropic")
    both = made(url="http://a", key="k", api="both")["one"]
    sent = both.headers_for("anthropic", {"anthropic-version": "MRN 00482913"})
    assert (sent["x-api-key"], sent["anthropic-version"]) == ("k", "2023-06-01")
    assert "authorization" not in sent
    own = Settings(targets={"one": Target(key_header="api-key")})
    sent = made(own, url="http://a", key="k")["one"].headers_for("openai", {})
    assert sent["api-key"] == "k"
    assert "authorization" not in sent
    for wrong in ("k\nx", "ключ"):
        with pytest.raises(SettingsError):
            made(url="http://a", key=wrong)
    with pytest.raises(SettingsError, match="`api` is"):
        made(url="http://a", api="smoke signals")


def test_only_the_model_of_a_body_changes() -> None:
    body = b'{"a": 1.50, "model":"x" ,"messages":[ {"content":"\\u00e9 \xc3\xa9"} ],"n":1e2}'
    changed = with_model(body, "large")
    assert changed == (
        b'{"a":1.50,"model":"large","messages":[ {"content":"\\u00e9 \xc3\xa9"} ],"n":1e2}'
    )
    assert with_model(body, None) is body
    assert with_model(b"{}", 'a"b') == b'{"model":"a\\"b"}'


def test_where_a_proxy_routes_no_target_needs_an_address() -> None:
    one = made(find=routed_upstreams, url_env="URL", key_env="KEY", model="m")["one"]
    assert (one.url, one.model) == ("", "m")
    assert one.headers_for("openai", {})["x-epol-target"] == "one"
    assert "authorization" not in one.headers_for("openai", {})
    here = {"URL": "http://b/v1", "KEY": "key-of-one"}
    known = made(None, here, routed_upstreams, url_env="URL", key_env="KEY")["one"]
    assert known.url == "http://b/v1", "so that it can be probed"
    assert known.headers_for("openai", {})["authorization"] == "Bearer key-of-one"
    with pytest.raises(SettingsError, match="no such target"):
        made(Settings(targets={"two": Target()}), find=routed_upstreams)
    with pytest.raises(SettingsError, match="https"):
        made(find=routed_upstreams, url="http://far.example", at="cloud")
