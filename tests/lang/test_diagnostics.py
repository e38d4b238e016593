"""The registry of diagnostics, and what can be said with one."""

import pytest

from epol.lang import diagnostics
from epol.lang.diagnostics import (
    PRELUDE,
    Label,
    Severity,
    define,
    definitions,
    did_you_mean,
)
from epol.lang.source import Source


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty registry, for this test only."""
    monkeypatch.setattr(diagnostics, "_registry", {})


@pytest.mark.usefixtures("registry")
def test_a_definition_is_registered_by_its_name() -> None:
    one = define("b-b", "summary", "text", bad="x", good="y")
    other = define("a-a", "s", "t", bad="x", good="y", severity=Severity.NOTE, prelude="p")
    assert list(definitions().items()) == [("a-a", other), ("b-b", one)]
    assert (one.severity, one.prelude) == (Severity.ERROR, PRELUDE)
    assert (other.severity, other.prelude) == (Severity.NOTE, "p")


@pytest.mark.usefixtures("registry")
def test_a_name_is_defined_once() -> None:
    define("a-a", "summary", "text", bad="x", good="y")
    with pytest.raises(ValueError, match="a-a is defined twice"):
        define("a-a", "summary", "text", bad="x", good="y")


@pytest.mark.usefixtures("registry")
def test_nobody_can_change_the_registry_through_its_list() -> None:
    listed = dict(definitions())
    listed.clear()
    define("a-a", "summary", "text", bad="x", good="y")
    assert list(definitions()) == ["a-a"]


@pytest.mark.usefixtures("registry")
def test_a_diagnostic_has_the_name_and_severity_of_its_definition() -> None:
    definition = define("a-a", "s", "t", bad="x", good="y", severity=Severity.WARNING)
    span = Source("s", "text").span(0, 2)
    diagnostic = definition.at(span, "message", help="cure", labels=[Label(span, "here")])
    assert (diagnostic.name, diagnostic.severity) == ("a-a", Severity.WARNING)
    assert (diagnostic.message, diagnostic.help) == ("message", "cure")
    assert diagnostic.labels == (Label(span, "here"),)
    assert diagnostic.witness is None


def test_the_nearest_known_word_is_suggested() -> None:
    assert did_you_mean("tokns", ["tokens", "token", "other"]) == "did you mean `tokens`?"
    assert did_you_mean("xyz", ["tokens"]) is None
    assert did_you_mean("x", []) is None
