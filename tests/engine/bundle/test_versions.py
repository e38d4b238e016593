"""Which version may take the place of which."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from epol.engine.bundle.contents import BundleError
from epol.engine.bundle.manifest import Manifest
from epol.engine.bundle.versions import check_not_older

ORDER = (
    "0", "0.0.1-a", "0.0.1", "0.9", "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta",
    "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1", "1.0.0", "1.0.0.1", "1.0.1",
    "1.2", "1.10.0", "2", "10.0", "2024.11.21", "999999999999999999",
)  # fmt: skip
"""Lowest first; those with 1.0.0 are the example of Semantic Versioning, section 11."""


def of(version: str | None, name: str = "clinic") -> Manifest:
    return Manifest(name, version, "sha256:0", "0.1.0", 1)


def refused(running: Manifest, new: Manifest) -> str:
    with pytest.raises(BundleError) as caught:
        check_not_older(running, new)
    check_not_older(running, new, allow=True)
    assert str(caught.value).endswith("to take it all the same, allow a downgrade")
    return str(caught.value)


@pytest.mark.parametrize(("lower", "higher"), list(pairwise(ORDER)))
def test_a_lower_version_is_refused(lower: str, higher: str) -> None:
    check_not_older(of(lower), of(higher))
    said = refused(of(higher), of(lower))
    assert f"version {lower} is older than {higher}" in said


@given(st.sampled_from(ORDER), st.sampled_from(ORDER))
def test_the_order_is_total(a: str, b: str) -> None:
    if ORDER.index(a) <= ORDER.index(b):
        check_not_older(of(a), of(b))
    else:
        refused(of(a), of(b))


@pytest.mark.parametrize(
    ("running", "new"),
    [("1", "1.0.0"), ("1.0.0", "1"), ("1.2.0", "1.2"), ("1.0+a", "1.0+b"), ("1+b", "1.0.0")],
)
def test_equal_versions_are_taken(running: str, new: str) -> None:
    check_not_older(of(running), of(new))


ODD = (
    "spring", "v1", "1.", ".1", "1..2", "1-", "", "1.0 ", "\uff11", "1" * 19, "1." * 8 + "1",
    "1-" + "9" * 5000,
)  # fmt: skip


@pytest.mark.parametrize("odd", ODD, ids=range(len(ODD)))
def test_what_has_no_order_is_taken_only_where_it_is_the_same(odd: str) -> None:
    check_not_older(of(odd), of(odd))
    assert "cannot be compared" in refused(of("1"), of(odd))
    assert "cannot be compared" in refused(of(odd), of("1"))


def test_a_policy_with_a_version_keeps_one() -> None:
    assert "has no version" in refused(of("1"), of(None))
    check_not_older(of(None), of("1"))
    check_not_older(of(None), of(None))
    check_not_older(of(None), of("spring"))


def test_another_policy_is_refused() -> None:
    assert "other, and clinic is running" in refused(of("1"), of("2", "other"))


def test_the_content_does_not_matter() -> None:
    check_not_older(of("1"), replace(of("1"), digest="sha256:1"))


@given(st.text(max_size=30), st.text(max_size=30))
def test_any_two_versions_are_taken_or_refused(a: str, b: str) -> None:
    try:
        check_not_older(of(a), of(b))
    except BundleError:
        assert a != b
