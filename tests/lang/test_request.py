"""What a request may say: flow, target, labels, text."""

from typing import Any

import pytest

from epol.lang.request import Request, RequestError, read_request
from tests.lang.policies import policy, request

POLICY = """
attr a.x : int
attr a.d : int default 5
signal s.t : int from count /x/
signal s.m : bool from match words "x"
signal s.given : int from count /y/ default 4
label pii.name
label pii.face
label phi.mrn
detector names -> pii.name { model "names" class PER }
detector mrn -> phi.mrn { match /\\d{8}/ }
target ward { at local }
target azure { at cloud }
"""


def read(**keys: Any) -> Request:  # noqa: ANN401 (JSON)
    return request(POLICY, **keys)


def refused(**keys: Any) -> str:  # noqa: ANN401 (JSON)
    with pytest.raises(RequestError) as caught:
        read(**keys)
    return str(caught.value)


def test_an_empty_object_is_a_request() -> None:
    found = read()
    assert (found.flow, found.target, found.text) == ("request", None, ())
    assert found.labels == {}


@pytest.mark.parametrize("value", [None, 5, "x", [], True, 0.5])
def test_a_request_is_an_object(value: object) -> None:
    with pytest.raises(RequestError, match="the request: an object is wanted here"):
        read_request(value, policy(POLICY))


def test_a_key_that_does_not_exist_is_named_with_the_nearest() -> None:
    message = refused(atributes={})
    assert "the request: `atributes` is not a key of a request" in message
    assert "did you mean `attributes`?" in message
    assert "known: flow, target" in refused(zzz=1)


@pytest.mark.parametrize("value", ["requests", None, 5, ["request"], {}, "any"])
def test_a_flow_is_one_of_three(value: object) -> None:
    assert "flow: one of request, response, tool_call is wanted" in refused(flow=value)


def test_off_the_flow_request_the_target_is_required() -> None:
    assert read(flow="response", target="ward").target == "ward"
    assert read(flow="tool_call", target="azure").target == "azure"
    assert "the flow response needs the target" in refused(flow="response")
    assert "one of ward, azure" in refused(flow="tool_call", target=None)
    assert "target: one of ward, azure is wanted" in refused(flow="response", target="wart")
    assert "target: one of ward, azure is wanted" in refused(flow="response", target=5)


def test_on_the_flow_request_no_target_is_named() -> None:
    assert "only the flows response and tool_call name a target" in refused(target="ward")
    assert read(target=None).target is None


# --- labels --------------------------------------------------------------------------


def test_a_count_is_of_the_user_and_null_is_unknown() -> None:
    found = read(labels={"phi.mrn": 3, "pii.name": None, "pii.face": {"tool": 2, "user": 0}})
    assert found.labels == {
        "phi.mrn": {"user": 3},
        "pii.name": None,
        "pii.face": {"tool": 2, "user": 0},
    }


def test_a_prefix_of_a_label_is_a_label() -> None:
    assert read(labels={"phi": 1}).labels == {"phi": {"user": 1}}


@pytest.mark.parametrize("value", [-1, 0.5, "3", True, [1], 2**31, 10**30])
def test_a_count_is_a_whole_number(value: object) -> None:
    assert "a whole number from 0 to 2147483647" in refused(labels={"phi.mrn": value})
    message = refused(labels={"phi.mrn": {"user": value}})
    assert message.startswith("labels: phi.mrn: user: a whole number")


def test_the_largest_count_is_read() -> None:
    assert read(labels={"phi.mrn": 2**31 - 1}).labels["phi.mrn"] == {"user": 2**31 - 1}


def test_a_label_or_role_that_does_not_exist_is_named_with_the_nearest() -> None:
    assert "did you mean `phi.mrn`?" in refused(labels={"phi.mnr": 1})
    assert "`usr` is not a role; did you mean `user`?" in refused(labels={"phi.mrn": {"usr": 1}})
    assert "labels: an object is wanted" in refused(labels=5)
    assert "a whole number" in refused(labels={"phi.mrn": {"user": None}})


# --- text ----------------------------------------------------------------------------


def test_text_is_by_role_and_the_user_s_if_none_is_named() -> None:
    found = read(text=[{"role": "tool", "text": "x"}, {"text": "y"}])
    assert found.text == (("tool", "x"), ("user", "y"))


SEGMENTS: list[tuple[object, str]] = [
    ("x", 'text: an array of {"role"'),
    ({}, "text: an array of"),
    (["x"], "text[0]: an object is wanted here"),
    ([{"text": "a"}, {"text": 5}], "text[1]: `text` must be a string"),
    ([{}], "text[0]: `text` must be a string"),
    ([None], "text[0]: `text` must be a string"),
    ([{"text": None}], "text[0]: `text` must be a string"),
    ([{"text": "a", "rol": "user"}], "did you mean `role`?"),
    ([{"text": "a", "role": "usr"}], "text[0]: `role` must be one of system, user"),
    ([{"text": "a", "role": None}], "text[0]: `role` must be one of"),
    ([{"text": "a", "role": 5}], "text[0]: `role` must be one of"),
]


@pytest.mark.parametrize(("value", "message"), SEGMENTS)
def test_a_segment_has_a_role_and_a_text(value: object, message: str) -> None:
    assert message in refused(text=value)


@pytest.mark.parametrize("text", [None, [], [{"text": ""}]])
def test_in_no_text_there_is_nothing_to_count_or_match(text: object) -> None:
    found = read(text=text)
    assert (found.inputs["s.t"], found.inputs["s.m"], found.inputs["s.given"]) == (0, False, 0)
    assert found.labels == {}


def test_a_text_signal_that_is_given_keeps_its_value() -> None:
    assert read(attributes={"s.t": 7}).inputs["s.t"] == 7


def test_in_text_that_no_model_has_read_its_labels_are_unknown() -> None:
    text = [{"text": "hello"}]
    found = read(text=text)
    assert found.labels == {"pii.name": None}
    assert "s.t" not in found.inputs
    assert read(text=text, labels={"pii.name": 0}).labels == {"pii.name": {"user": 0}}


@pytest.mark.parametrize("secret", ["Patient Smith", "smith " * 50, "00482913", "SMITH"])
def test_an_error_never_repeats_what_the_request_says(secret: str) -> None:
    for message in (
        refused(**{secret: 1}),
        refused(flow=secret),
        refused(flow="response", target=secret),
        refused(labels=secret),
        refused(labels={secret: 1}),
        refused(labels={"phi.mrn": secret}),
        refused(labels={"phi.mrn": {secret: 1}}),
        refused(attributes={secret: 1}),
        refused(attributes={"a.d": [secret]}),
        refused(text=secret),
        refused(text=[{"text": "a", "role": secret}]),
        refused(text=[{"text": "a", secret: 1}]),
    ):
        assert secret not in message
        assert len(message) < 300
