"""What a stream needs of those who enforce a decision on it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Protocol

from epol.engine.bundle.findings import Finding, Scan
from epol.engine.bundle.treatment import Plan
from epol.engine.text.restoring import Original, SessionTokens
from epol.engine.text.treatments.keys import Keys


class TextPath(Protocol):
    """Scanning and treating; `text.service.TextService` does it."""

    def reach(self, labels: Collection[str]) -> int:
        """Characters within which everything lies that decides about a span of some labels."""
        ...

    def scan(self, text: str) -> Scan:
        """What a text holds.  Raises `ScanLimitError`."""
        ...

    def treat(self, text: str, plan: Plan, keys: Keys, findings: Iterable[Finding]) -> str | None:
        """A text treated until nothing more is found; None where it is dropped.

        Raises `ScanLimitError`.
        """
        ...


class StreamFlow(Protocol):
    """One answer on its way out: what is restored, looked for, treated and asked.

    What `verdict` and `tool_call` raise ends the stream; if it is an `EpolError`, its message is
    what the caller is told, so it names the rule and no text of the answer.
    """

    @property
    def tokens(self) -> SessionTokens:
        """The tokens of the session."""
        ...

    @property
    def labels(self) -> Collection[str]:
        """Labels whose tokens are known without their brackets."""
        ...

    @property
    def is_json(self) -> bool:
        """Whether the answer's text is JSON (structured output): originals are escaped for it."""
        ...

    @property
    def is_whole(self) -> bool:
        """Whether each text is judged and treated by `whole`, when all of it is there."""
        ...

    def whole(self, text: str, originals: Sequence[Original]) -> str:
        """A whole text, in which tokens were turned back, as it may go out.

        Raises an `EpolError` if it may not.
        """
        ...

    def close(self, restored: int, unknown: int) -> None:
        """Hear that the answer has ended, however it did.

        So many tokens were turned back, and so many texts only looked like one.
        """
        ...

    @property
    def text(self) -> TextPath:
        """The policy's scanner."""
        ...

    @property
    def watched(self) -> Collection[str]:
        """Labels, each by its full name, that are treated or that `verdict` asks about.

        Nothing else is looked for; where it is empty, tokens are restored and that is all.
        """
        ...

    @property
    def plan(self) -> Plan:
        """What is to be done with each label; all of its labels are watched."""
        ...

    @property
    def keys(self) -> Keys:
        """What treating needs."""
        ...

    def verdict(self, counts: Mapping[str, int]) -> None:
        """Judge the spans found in the answer so far, by label, before the last of them goes out.

        Raises an `EpolError` if the answer may not go on.
        """
        ...

    def tool_call(self, name: str, identity: str, arguments: str) -> str:
        """The arguments of a complete tool call, as JSON, as they may go out.

        The original ones are as the model wrote them, tokens and all.  Raises an `EpolError` if
        the call may not go on.
        """
        ...
