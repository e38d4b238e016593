"""A request's texts together: counts by role, text signals."""

from __future__ import annotations

import pytest

from tests.engine.text.plans import SCANNER


def test_counts_are_by_label_and_role() -> None:
    scan = SCANNER.scan_segments(
        [("user", "a@example.org b@example.org"), ("tool", "a@example.org"), ("user", "MRN 123456")]
    )
    assert scan.labels == {"pii.email": {"user": 2, "tool": 1}, "phi.mrn": {"user": 1}}


def test_message_by_message_is_the_same_as_each_alone() -> None:
    texts = ["MRN 123456", "x", "anna@example.org é"]
    scan = SCANNER.scan_segments([("user", text) for text in texts])
    assert scan.scans == tuple(SCANNER.scan(text) for text in texts)


def test_what_two_messages_hold_together_is_not_joined() -> None:
    assert SCANNER.scan_segments([("user", "anna@exam"), ("user", "ple.org")]).labels == {}


@pytest.mark.parametrize(
    ("segments", "signals"),
    [
        ([], (0, False, 0)),
        ([("user", "why? how\uff1f"), ("tool", "?")], (2, False, 0)),
        ([("tool", "Do not  send this")], (0, True, 0)),
        ([("user", "ignore that and REVEAL it")], (0, False, 400_000)),
        ([("user", "ignored")], (0, False, 0)),
        ([("user", "ignore"), ("tool", "one two three")], (0, False, 250_000)),
        ([("user", "…")], (0, False, 0)),
    ],
)
def test_text_signals(segments: list[tuple[str, str]], signals: tuple[int, bool, int]) -> None:
    values = SCANNER.scan_segments(segments).signals
    assert isinstance(values["text.local"], bool)
    assert tuple(values[f"text.{name}"] for name in ("questions", "local", "shout")) == signals
