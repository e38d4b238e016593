"""The texts and tool calls of one answer, from their first piece to their end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field

from epol.engine.bundle.findings import Finding
from epol.engine.errors import ScanLimitError, StreamError
from epol.engine.streams.api import Api
from epol.engine.streams.channel import Channel
from epol.engine.streams.flow import StreamFlow
from epol.engine.streams.inner import with_texts
from epol.engine.streams.steps import Key

MAX_OPEN = 1024
"""Texts and tool calls of an answer that may be under way at once."""

MAX_KEPT = 16 * 1024 * 1024
"""Characters of an answer that are kept: arguments of tool calls until these are complete, and
what has gone out, where the API's last events repeat it."""

MOST_ONCE = 4096
"""Texts of their own whose treatment is remembered, for events that repeat them."""

_TWO_NAMES = "a tool call of the stream has more than one name; readers differ on which one counts"


@dataclass
class _Open:
    """A text under way, and the value of the last event that brought some of it."""

    channel: Channel
    last: object = None


@dataclass
class _Call:
    """A tool call whose arguments are not complete."""

    name: str = ""
    identity: str = ""
    is_answer: bool = False
    parts: list[str] = field(default_factory=list[str])
    last: object = None


class Outgoing:
    """What is under way in an answer.

    Methods return what stands in the event that is worked on, and add to `events` what goes out
    before it.  They raise what a flow raises, and errors of the engine.
    """

    def __init__(self, api: Api, flow: StreamFlow) -> None:
        self.restored = self.unknown = 0
        self.events: list[bytes] = []
        self.number = self.added = 0
        self._api, self._flow = api, flow
        self._counts = Counter[str]()
        self._open: dict[Key, _Open] = {}
        self._calls: dict[Key, _Call] = {}
        # What went out for a text or a call, where later events repeat it.
        self._sent: dict[Key, list[str]] = {}
        self._once: dict[tuple[str, bool], str] = {}
        self._judged: dict[tuple[str, str, str], str] = {}
        # The names under which calls were judged, and the keys of what has ended.
        self._names: dict[Key, str] = {}
        self._ended: set[Key] = set()
        self._kept = 0

    @property
    def held(self) -> int:
        """How many characters of texts are held back; arguments of tool calls not counted."""
        return sum(each.channel.held for each in self._open.values())

    @property
    def is_complete(self) -> bool:
        """Whether nothing is under way."""
        return not (self._open or self._calls)

    def is_open(self, key: Key) -> bool:
        """Whether a text is under way."""
        return key in self._open

    def lacks_arguments(self, key: Key) -> bool:
        """Whether a call is under way of which no arguments are known."""
        return key in self._calls and not self._calls[key].parts

    def drop(self) -> None:
        """Forget everything."""
        for each in self._open.values():
            self._close(each.channel)
            each.channel.drop()
        for kept in (self._open, self._calls, self._sent, self._once, self._judged):
            kept.clear()

    def take(self) -> list[bytes]:
        """The events that go out now."""
        events, self.events = self.events, []
        return events

    def begin(self, key: Key, last: object) -> None:
        """A text is brought by an event of a value, the first time or again."""
        if key not in self._open:
            self._check_open(key)
            self._open[key] = _Open(Channel(self._flow, self._found))
            if self._api.REPEATS:
                self._sent.setdefault(key, [])
        self._open[key].last = last

    def feed(self, key: Key, text: str) -> str:
        """What goes out for one more piece of a text."""
        out = self._open[key].channel.feed(text)
        self._went(key, out, out)
        return out

    def finish(self, key: Key, before: str = "") -> str:
        """The rest of a text, behind what the event has already."""
        each = self._open[key]
        out = each.channel.finish()
        self._went(key, out, before + out)
        self._close(each.channel)
        del self._open[key]
        return out

    def end(self, prefix: Key, here: Collection[Key] = ()) -> None:
        """End texts and calls, but for those that the event itself brings the last piece of."""
        for key in [k for k in self._open if k[: len(prefix)] == prefix and k not in here]:
            last = self._open[key].last
            self._flush(key, last, self.finish(key))
        for key in [k for k in self._calls if k[: len(prefix)] == prefix and k not in here]:
            last = self._calls[key].last
            self._flush(key, last, self.completed(key))

    def over(self, prefix: Key) -> None:
        """What has a prefix has ended: more of it would be read apart from what went before."""
        self._ended.add(prefix)

    def is_over(self, key: Key) -> bool:
        """Whether something has ended."""
        return any(key[:size] in self._ended for size in range(len(key) + 1))

    def call(
        self, key: Key, name: str, identity: str, last: object, *, is_answer: bool = False
    ) -> None:
        """A tool call is brought by an event of a value; see `steps.Call`."""
        if key not in self._calls:
            self._check_open(key)
        call = self._calls.setdefault(key, _Call())
        if name and call.name and name != call.name:
            raise StreamError(_TWO_NAMES)
        call.name, call.identity = call.name or name, call.identity or identity
        call.is_answer = call.is_answer or is_answer
        call.last = last

    def argue(self, key: Key, piece: str) -> None:
        """One more piece of the arguments of a call."""
        self._keep(piece)
        self._calls[key].parts.append(piece)

    def completed(self, key: Key) -> str:
        """The arguments of a complete tool call as they go out; none if there were none."""
        call = self._calls.pop(key)
        written = "".join(call.parts)
        if not call.name:
            raise StreamError("a tool call of the stream has no name")
        if call.is_answer:
            out = with_texts(written, self.alone) if written else "{}"
        else:
            out = self._flow.tool_call(call.name, call.identity, written or "{}")
        out = out if written or out != "{}" else ""
        if self._api.REPEATS:
            self._keep(out)
            self._sent[key], self._names[key] = [out], call.name
        return out

    def all_arguments(
        self,
        keys: Collection[Key],
        text: str,
        name: str,
        identity: str,
        *,
        is_answer: bool = False,
    ) -> str:
        """What goes out for all arguments of a call, in an event that may repeat them."""
        sent = self.sent(keys)
        if sent is not None:
            if any(name and self._names.get(key, name) != name for key in keys):
                raise StreamError(_TWO_NAMES)
            return sent
        key = next(iter([key for key in keys if key in self._calls] or keys))
        if key in self._calls and self._calls[key].parts:
            # Cut short: what is not complete is not judged, and does not go out.
            return ""
        self.call(key, name, identity, None, is_answer=is_answer)
        self.argue(key, text)
        return self.completed(key)

    def sent(self, keys: Collection[Key]) -> str | None:
        """What went out for the text or call that has one of some keys."""
        return next(("".join(self._sent[key]) for key in keys if key in self._sent), None)

    def judged(self, name: str, identity: str, text: str) -> str:
        """What goes out for a tool call that stands in one value; the same for the same."""
        call = name, identity, text
        known = self._judged.get(call)
        if known is None:
            self._keep(text)
            known = self._judged[call] = self._flow.tool_call(*call)
        return known

    def alone(self, text: str, *, is_echo: bool = False) -> str:
        """What goes out for a text of its own; the same for the same text.

        An echo of the request is no part of what the answer is judged by.
        """
        known = self._once.get((text, is_echo))
        if known is not None:
            return known
        channel = Channel(self._flow, _nothing if is_echo else self._found)
        out = channel.feed(text) + channel.finish()
        if channel.refusal is not None:
            raise channel.refusal
        self._close(channel)
        if len(self._once) < MOST_ONCE:
            self._keep(text)
            self._once[text, is_echo] = out
        return out

    def _went(self, key: Key, new: str, here: str) -> None:
        """Note what goes out anew.  On a refusal, what would have stood in the event goes out in
        one of its own, and no more."""
        each = self._open[key]
        if key in self._sent:
            self._keep(new)
            self._sent[key].append(new)
        if each.channel.refusal is not None:
            self._flush(key, each.last, here)
            raise each.channel.refusal

    def _flush(self, key: Key, last: object, text: str) -> None:
        if text:
            self.events.append(self._api.flushed(key, last, text, self.number))
            self.added += 1
            self.number += 1

    def _found(self, finding: Finding) -> None:
        self._counts[finding.label] += 1
        self._flow.verdict(dict(self._counts))

    def _close(self, channel: Channel) -> None:
        self.restored += channel.restored
        self.unknown += channel.unknown

    def _keep(self, text: str) -> None:
        self._kept += len(text)
        if self._kept > MAX_KEPT:
            raise ScanLimitError("the answer is longer than may be kept until its end")

    def _check_open(self, key: Key) -> None:
        if self.is_over(key):
            raise StreamError("the stream goes on with a text or tool call that has ended")
        if len(self._open) + len(self._calls) >= MAX_OPEN:
            raise StreamError("the stream has too many texts and tool calls at once")


def _nothing(_finding: Finding) -> None:
    """What was in the request is no finding of the answer."""
