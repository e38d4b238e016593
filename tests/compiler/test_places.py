"""Where decisions are made."""

import pytest

from epol.compiler.places import REQUEST, Place, places
from tests.compiler.building import policy_of

TARGETS = "target near { at local }\ntarget far { at cloud }\n"


@pytest.mark.parametrize(
    ("rules", "wanted"),
    [
        ("", []),
        ("rule r { deny }", [REQUEST]),
        ("rule r { on response deny }", [Place("response", "near"), Place("response", "far")]),
        (
            "rule r { on tool_call deny }\nrule s { deny }",
            [REQUEST, Place("tool_call", "near"), Place("tool_call", "far")],
        ),
    ],
)
def test_the_places_are_those_where_a_rule_applies(rules: str, wanted: list[Place]) -> None:
    assert list(places(policy_of(TARGETS + rules))) == wanted


def test_a_rule_for_all_flows_is_asked_about_each_producer() -> None:
    found = list(places(policy_of(TARGETS + "rule r { on any deny }")))
    assert found[0] == REQUEST
    assert {flow for flow, _ in found[1:]} == {"response", "tool_call"}
    assert all(producer in ("near", "far") for _, producer in found[1:])
    assert len({*found}) == len(found) == 5


def test_flows_that_are_named_need_no_rule() -> None:
    found = list(places(policy_of(TARGETS), ["response", "request"]))
    assert found == [REQUEST, Place("response", "near"), Place("response", "far")]


def test_without_targets_nobody_produces() -> None:
    assert list(places(policy_of(""), ["request", "response"])) == [REQUEST]
