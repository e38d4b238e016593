"""The sentences of an explanation, for every state a decision can be in."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import pytest

from epol.compiler.pipeline import compile_policy
from epol.compiler.why import explain_decision
from epol.lang.request import read_request

POLICY = """policy why.all version "1"
import std.edge
target near { at local zone "w" context 8k price in $0 out $0 per 1M }
target far { at cloud context 8k }
label id.card "Card number"
label id.born generalize by year
label id.name
label id.code
label id.said
label id.bare
attr a.risk : int in 0 .. 100 default 5
attr a.team : string
attr a.tags : set { red, blue } default { }
rule card { mask id.card keep last 4 because "as PCI DSS allows" }
rule born { generalize id.born }
rule bare { generalize id.bare }
rule name { drop id.name }
rule code { hash id.code }
rule said { redact id.said with "[no]" }
rule risky { when a.risk in 50 .. 60 hold because "a person looks" }
rule offered { when found id.card tools only "search", "read" }
rule quiet { when a.tags has red tools none tag "quiet" }
rule teams { when a.team == "x-ray" and target.at == cloud prefer 3 }
rule names { when a.team like "lab" deny }
rule out { on response when found id.name deny because "no names back" }
rule held { on response when found id.card hold }
rule effort { when a.risk == 70 cap reasoning_effort low cap temperature 0.2 }
"""


class Explain(Protocol):
    """Explains the decision on a request of POLICY."""

    def __call__(self, **request: object) -> str: ...


@pytest.fixture(scope="module")
def explain(tmp_path_factory: pytest.TempPathFactory) -> Explain:
    path: Path = tmp_path_factory.mktemp("why") / "policy.epol"
    path.write_text(POLICY, encoding="utf-8")
    policy = compile_policy(path).policy
    assert policy is not None

    def run(**request: object) -> str:
        return "\n".join(explain_decision(policy, read_request(request, policy)))

    return run


CALM = {"a.team": "ward", "net.online": True}


def test_every_treatment_is_said_in_words(explain: Explain) -> None:
    labels = dict.fromkeys(("id.card", "id.born", "id.name", "id.code", "id.said", "id.bare"), 1)
    text = explain(attributes=CALM, labels=labels)
    assert "Card number (id.card) is masked but for at most its last 4 characters" in text
    assert "rule card — as PCI DSS allows." in text
    assert "id.born is made coarser (year)" in text
    assert "id.bare is redacted" in text
    assert "id.name is dropped with the text around it" in text
    assert "id.code is replaced by a keyed hash" in text
    assert "id.said is redacted with “[no]”" in text


def test_a_label_that_may_be_there_is_said_to_be(explain: Explain) -> None:
    text = explain(attributes=CALM, labels={"id.card": None})
    assert "Not known whether it holds: Card number (id.card)." in text
    assert "Card number (id.card), should there be any, is masked" in text
    assert (
        "it is offered read, search only: rule offered (to be safe: id.card is not known)" in text
    )


def test_a_held_request_waits_for_a_person(explain: Explain) -> None:
    text = explain(attributes={**CALM, "a.risk": 55})
    assert text.startswith(
        "The request waits for a person's approval before it goes to near (local, w)."
    )
    assert "rule risky asks for a person's approval — a person looks." in text
    assert "With a.risk at 49" in text


def test_what_would_change_it_finds_values_in_the_middle_of_a_range(explain: Explain) -> None:
    text = explain(attributes=CALM)
    assert "With a.risk at 50, it would wait for approval to go to near (local, w)." in text


def test_ties_are_broken_by_declaration(explain: Explain) -> None:
    text = explain(attributes=CALM)
    assert "near (local, w) is chosen, with a score of 0, declared before far, which scores" in text
    assert 'With a.team "x-ray", it would go to far (cloud).' in text
    assert 'With a.team "lab", it would be blocked.' in text


def test_no_tools_and_tags(explain: Explain) -> None:
    text = explain(attributes={**CALM, "a.tags": ["red"]})
    assert "it is offered no tools: rule quiet." in text
    assert "it is tagged quiet." in text


def test_caps_are_said_as_they_are_written(explain: Explain) -> None:
    text = explain(attributes={**CALM, "a.risk": 70})
    assert "reasoning effort may be low at most: rule effort." in text
    assert "temperature may be 0.2 at most: rule effort." in text


def test_responses_go_on_wait_or_stop(explain: Explain) -> None:
    here = {"flow": "response", "target": "near", "attributes": CALM}
    assert explain(**here).startswith("The response of near (local, w) goes on to the caller.")
    held = explain(**here, labels={"id.card": 1})
    assert held.startswith("The response of near (local, w) waits for a person's approval")
    assert "Without any Card number (id.card), it would go on." in held
    stopped = explain(**here, labels={"id.name": 1})
    assert stopped.startswith("The response of near (local, w) may not go on to the caller.")
    assert "rule out refuses it — no names back." in stopped


def test_a_tool_call_goes_on_to_the_tool(explain: Explain) -> None:
    text = explain(flow="tool_call", target="far", attributes=CALM)
    assert text.startswith("The tool call of far (cloud) goes on to the tool.")


def test_preferences_that_an_unknown_kept_from_counting_are_named(explain: Explain) -> None:
    text = explain(attributes={"net.online": True})
    assert "a.team is not known." in text
    assert "(rule teams did not count)" in text
