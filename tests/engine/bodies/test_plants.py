"""No plant leaves in a treated body, wherever it stands; what is kept stays byte for byte."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from epol.engine import RequestError
from tests.engine.bodies.planting import (
    MRN,
    PLANTS,
    TREATED,
    all_text,
    at,
    engine,
    odd_values,
    opened,
    planted,
    replaced,
    restored,
    shape,
    strings,
    written,
)
from tests.engine.bodies.samples import ANTHROPIC_LINE, MESSAGES, OPENAI_LINE, REQUESTS

FEW = settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def check_clean(api: str, body: bytes) -> None:
    """No treated body has a plant, all have the shape of the body, and the raw one is the same."""
    enforced = engine().enforce(body, api, session="s")
    assert enforced.body_for("raw") == body
    for target in TREATED:
        data = enforced.body_for(target)
        assert isinstance(data, bytes)
        texts = list(all_text(json.loads(data)))
        assert not [text for text in texts if any(plant in text for plant in PLANTS)], target
        if target != "dropped":
            assert shape(json.loads(data)) == shape(json.loads(body)), target


@pytest.mark.parametrize(("api", "sample"), REQUESTS)
def test_every_string_is_treated(api: str, sample: object) -> None:
    for path in strings(sample):
        if path == ("url",):
            continue
        text = at(sample, path)
        body = replaced(sample, path, f"{text} {MRN}" if len(str(text)) < 200 else MRN)
        check_clean(api, json.dumps(body).encode())


@pytest.mark.parametrize(("api", "sample"), REQUESTS)
def test_values_that_no_api_expects_are_treated(api: str, sample: object) -> None:
    for path, odd in odd_values(sample):
        body = replaced(sample, path, odd)
        try:
            enforced = engine().enforce(json.dumps(body), api)
        except RequestError:
            continue
        texts = all_text(json.loads(str(enforced.body_for("redacted"))))
        assert not [text for text in texts if any(plant in text for plant in PLANTS)], path


@pytest.mark.parametrize(("api", "sample"), REQUESTS)
@FEW
@given(data=st.data())
def test_no_plant_leaves(api: str, sample: object, data: st.DataObject) -> None:
    value = data.draw(planted(sample))
    body = data.draw(written(value))
    try:
        engine().enforce(body, api)
    except RequestError:
        return
    check_clean(api, body)


@pytest.mark.parametrize(("api", "sample"), REQUESTS)
@FEW
@given(data=st.data())
def test_tokens_lead_back(api: str, sample: object, data: st.DataObject) -> None:
    body = data.draw(planted(sample))
    try:
        enforced = engine().enforce(json.dumps(body), api, session="s")
    except RequestError:
        return
    treated = enforced.body_for("tokenized")
    assert isinstance(treated, str)
    assert restored(opened(json.loads(treated)), "s") == opened(body)


@pytest.mark.parametrize(("api", "sample"), REQUESTS)
def test_a_body_without_plants_stays(api: str, sample: object) -> None:
    body = json.dumps(sample, indent=1).encode()
    enforced = engine().enforce(body, api)
    assert all(enforced.body_for(target) == body for target in ("raw", *TREATED))


SPLIT = (
    ("openai.chat", REQUESTS[0][1], ("messages", 2, "content", 0), "text"),
    ("openai.responses", REQUESTS[1][1], ("input", 1, "content", 0), "text"),
    ("anthropic.messages", MESSAGES, ("messages", 1, "content", 0), "text"),
    ("anthropic.messages", MESSAGES, ("messages", 3, "content", 1, "content", 0), "text"),
    ("mcp", REQUESTS[5][1], ("result", "content", 0), "text"),
    ("openai.batch", OPENAI_LINE, ("body", "messages", 2, "content", 0), "text"),
    ("anthropic.batch", ANTHROPIC_LINE, ("params", "messages", 1, "content", 0), "text"),
)


@pytest.mark.parametrize(("api", "sample", "path", "key"), SPLIT)
@pytest.mark.parametrize("cut", range(1, len(MRN)))
def test_a_plant_cut_in_two(
    api: str, sample: object, path: tuple[str | int, ...], key: str, cut: int
) -> None:
    second = (*path[:-1], int(path[-1]) + 1)
    body = replaced(sample, (*path, key), f"a {MRN[:cut]}")
    body = replaced(body, (*second, key), f"{MRN[cut:]} b")
    enforced = engine().enforce(json.dumps(body).encode(), api, session="s")
    for target in TREATED:
        treated = json.loads(bytes(enforced.body_for(target)))  # type: ignore[arg-type]
        whole = f"{at(treated, (*path, key))}{at(treated, (*second, key))}"
        assert MRN not in whole
        assert MRN[4:] not in whole
        assert shape(treated) == shape(body)
    treated = json.loads(bytes(enforced.body_for("tokenized")))  # type: ignore[arg-type]
    assert restored(treated, "s") == body
