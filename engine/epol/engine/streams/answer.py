"""An answer on its way out: bytes of its stream in, bytes of what may go out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field

from epol.engine.bundle.findings import Finding
from epol.engine.errors import EpolError, ScanLimitError, StreamError
from epol.engine.streams.api import Api
from epol.engine.streams.channel import Channel
from epol.engine.streams.flow import StreamFlow
from epol.engine.streams.shapes import Piece, Shapes
from epol.engine.streams.source import Path, Source, string
from epol.engine.streams.sse import Edit, Event, Splitter
from epol.engine.streams.steps import (
    Arguments,
    Broken,
    Call,
    End,
    Key,
    Numbered,
    Once,
    Repeated,
    Step,
    Text,
    Unwritten,
    Whole,
    Without,
)

MAX_OPEN = 1024
"""Texts and tool calls of an answer that may be under way at once."""

MAX_KEPT = 16 * 1024 * 1024
"""Characters of an answer that are kept: arguments of tool calls until these are complete, and
what has gone out, where the API's last events repeat it."""

MOST_ONCE = 4096
"""Texts of their own whose treatment is remembered, for events that repeat them."""

FAILED = "the answer could not be treated"
"""What the caller is told of an error that is not one of ours, whose text may say anything."""


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
    parts: list[str] = field(default_factory=list[str])
    last: object = None


@dataclass
class _Reading:
    """An event that is worked on: what goes out before it, and what changes in it."""

    source: Source
    made: list[bytes]
    ends: Collection[Key]
    edits: dict[Path, str] = field(default_factory=dict[Path, str])

    def ends_here(self, key: Key) -> bool:
        """Whether what has this key ends with the event."""
        return any(key[: len(end)] == end for end in self.ends)

    def at(self, path: Path) -> str:
        """The string at a path.  Raises `StreamError` where there is none."""
        value = self.source.string_at(path)
        if value is None:
            raise StreamError("an event of the stream has no text where its API has some")
        return value

    def put(self, path: Path, old: str, new: str) -> None:
        """Write a string, if it is another one."""
        if new != old:
            self.edits[path] = string(new)


class Answer:
    """Feeds a stream's bytes through an enforcement's flow.

    Nothing is raised: where the answer may not go on, or can't be read, its API's error event is
    the last that comes out, and `failure` says why.  No text is kept then.
    """

    def __init__(self, api: Api, flow: StreamFlow) -> None:
        self.failure: Exception | None = None
        self.restored = self.unknown = 0
        self._api, self._flow = api, flow
        self._splitter, self._shapes = Splitter(), Shapes()
        self._counts = Counter[str]()
        self._open: dict[Key, _Open] = {}
        self._calls: dict[Key, _Call] = {}
        # What went out for a text or a call, where later events repeat it.
        self._sent: dict[Key, list[str]] = {}
        self._once: dict[tuple[str, bool], str] = {}
        self._kept = self._added = self._number = 0
        self._is_over = False

    @property
    def held(self) -> int:
        """How many characters of texts are held back; arguments of tool calls not counted."""
        return sum(each.channel.held for each in self._open.values())

    def feed(self, data: bytes) -> bytes:
        """What may go out now that some more bytes are there."""
        return self._through(lambda: self._splitter.feed(data))

    def finish(self) -> bytes:
        """What is left: the stream has ended."""
        return self._through(self._last_events)

    def drop(self) -> None:
        """Forget everything: nobody waits for the rest."""
        for each in self._open.values():
            self._close(each.channel)
            each.channel.drop()
        for kept in (self._open, self._calls, self._sent, self._once):
            kept.clear()
        self._splitter.drop()
        self._shapes = Shapes()

    def close(self) -> None:
        """Forget everything, and tell the flow that the answer has ended."""
        self.drop()
        self._flow.close(self.restored, self.unknown)

    def _last_events(self) -> Iterator[Event]:
        yield from self._splitter.finish()
        if self._open or self._calls:
            raise StreamError("the stream ends before the answer does")
        self.drop()

    def _through(self, events: Callable[[], Iterator[Event]]) -> bytes:
        if self.failure is not None:
            return b""
        made = list[bytes]()
        try:
            for event in events():
                self._event(event, made)
        except Exception as error:  # noqa: BLE001 (whatever fails, nothing may leave untreated)
            self.failure = error
            self.drop()
            is_ours = isinstance(error, EpolError)
            is_refusal = is_ours and not isinstance(error, StreamError)
            message = str(error) if is_ours else FAILED
            made.append(self._api.error(message, self._number, is_refusal=is_refusal))
        return b"".join(made)

    def _event(self, event: Event, made: list[bytes]) -> None:
        data = event.data
        if data is None:
            made.append(event.raw)
        elif data == self._api.DONE:
            self._end((), (), made)
            made.append(event.raw)
        elif not self._is_over:
            piece = self._shapes.match(data, event.name)
            if piece is not None and piece.key in self._open:
                self._alike(event, piece, made)
            else:
                self._read(event, Source(data), made)

    def _alike(self, event: Event, piece: Piece, made: list[bytes]) -> None:
        """An event that differs from one before in its piece of text only."""
        edits = list[Edit]()
        if piece.number is not None:
            start, end = piece.number
            self._number = int((event.data or "")[start:end]) + self._added
            if self._added:
                edits.append(Edit(start, end, str(self._number)))
        out = self._fed(piece.key, piece.text, made)
        if out != piece.text:
            edits.append(Edit(*piece.place, string(out)))
        made.append(event.edited(sorted(edits)) if edits else event.raw)

    def _read(self, event: Event, source: Source, made: list[bytes]) -> None:
        """Any event, by the steps that its API's module reads from it."""
        steps = list(self._api.steps(source, event.name))
        ends = [step.key for step in steps if isinstance(step, End)]
        reading = _Reading(source, made, ends)
        numbers = [step.path for step in steps if isinstance(step, Numbered)]
        for path in numbers:
            self._number = source.number_at(path) + self._added
        here = set(self._brought(steps))
        for end in ends:
            self._end(end, here, made)
        for step in steps:
            self._step(step, reading)
        for end in ends:
            # A call that began and ended here without arguments.
            self._end(end, (), made)
        for path in numbers:
            if self._added:
                reading.edits[path] = str(self._number)
        made.append(_edited(event, reading) if reading.edits else event.raw)
        if any(isinstance(step, Broken) for step in steps):
            self._is_over = True
            self.drop()
        else:
            self._shapes.learn(source, event.name, steps, reading.edits)

    def _brought(self, steps: Collection[Step]) -> Iterator[Key]:
        """The keys of what an event brings itself, and does not repeat."""
        for step in steps:
            if isinstance(step, Text | Arguments):
                yield step.key
            elif isinstance(step, Whole):
                yield from (k for k in step.keys if k in self._calls and not self._calls[k].parts)

    def _step(self, step: Step, reading: _Reading) -> None:
        match step:
            case Text():
                self._text(step, reading)
            case Repeated(keys, path):
                sent = self._sent_of(keys)
                whole = self._alone(reading.at(path)) if sent is None else sent
                reading.put(path, reading.at(path), whole)
            case Once(path, is_echo):
                reading.put(path, reading.at(path), self._alone(reading.at(path), is_echo=is_echo))
            case Call():
                self._call(step, reading)
            case Arguments():
                self._arguments(step, reading)
            case Whole():
                reading.put(step.path, reading.at(step.path), self._whole(step, reading))
            case Unwritten(text):
                if self._alone(text) != text:
                    raise StreamError("a number or a key of an event would have to be treated")
            case Without(path, json):
                reading.edits[path] = json
            case Numbered() | End() | Broken():
                pass

    def _text(self, step: Text, reading: _Reading) -> None:
        key, text = step.key, reading.at(step.path)
        if key not in self._open:
            self._check_open()
            self._open[key] = _Open(Channel(self._flow, self._found))
            if self._api.REPEATS:
                self._sent.setdefault(key, [])
        self._open[key].last = reading.source.value
        out = self._fed(key, text, reading.made)
        if reading.ends_here(key):
            out += self._finished(key, out, reading.made)
        reading.put(step.path, text, out)

    def _fed(self, key: Key, text: str, made: list[bytes]) -> str:
        """What goes out for one more piece of a text."""
        out = self._open[key].channel.feed(text)
        self._went(key, out, made)
        return out

    def _finished(self, key: Key, before: str, made: list[bytes]) -> str:
        """The rest of a text, behind what this event has already."""
        each = self._open[key]
        out = each.channel.finish()
        self._went(key, before + out, made, out)
        self._close(each.channel)
        del self._open[key]
        return out

    def _went(self, key: Key, out: str, made: list[bytes], new: str | None = None) -> None:
        """Note what goes out.  On a refusal, it goes out in an event of its own, and no more."""
        each = self._open[key]
        if key in self._sent:
            self._keep(out if new is None else new)
            self._sent[key].append(out if new is None else new)
        if each.channel.refusal is not None:
            if out:
                self._flush(key, each.last, out, made)
            raise each.channel.refusal

    def _flush(self, key: Key, last: object, text: str, made: list[bytes]) -> None:
        made.append(self._api.flushed(key, last, text, self._number))
        self._added += 1
        self._number += 1

    def _end(self, prefix: Key, here: Collection[Key], made: list[bytes]) -> None:
        """End texts and calls, but for those that the event itself brings the last piece of."""
        for key in [k for k in self._open if k[: len(prefix)] == prefix and k not in here]:
            last = self._open[key].last
            rest = self._finished(key, "", made)
            if rest:
                self._flush(key, last, rest, made)
        for key in [k for k in self._calls if k[: len(prefix)] == prefix and k not in here]:
            last = self._calls[key].last
            arguments = self._completed(key)
            if arguments:
                self._flush(key, last, arguments, made)

    def _call(self, step: Call, reading: _Reading) -> None:
        if step.key not in self._calls:
            if step.key in self._sent:
                return
            self._check_open()
            self._calls[step.key] = _Call()
        call = self._calls[step.key]
        call.name, call.identity = call.name or step.name, call.identity or step.identity
        call.last = reading.source.value

    def _arguments(self, step: Arguments, reading: _Reading) -> None:
        key, source = step.key, reading.source
        piece = source.string_at(step.path)
        is_object = piece is None
        if is_object:
            start, end = source.places[step.path]
            piece = source.data[start:end]
        call = self._calls.setdefault(key, _Call())
        call.last = source.value
        self._keep(piece or "")
        call.parts.append(piece or "")
        out = self._completed(key) if reading.ends_here(key) else ""
        if is_object:
            reading.edits[step.path] = out or "{}"
        else:
            reading.put(step.path, piece or "", out)

    def _whole(self, step: Whole, reading: _Reading) -> str:
        """What goes out for all arguments of a call, in an event that may repeat them."""
        sent = self._sent_of(step.keys)
        if sent is not None:
            return sent
        key = next((key for key in step.keys if key in self._calls), step.keys[0])
        call = self._calls.setdefault(key, _Call())
        if call.parts:
            # Cut short: what is not complete is not judged, and does not go out.
            return ""
        call.name, call.identity = call.name or step.name, call.identity or step.identity
        call.parts.append(reading.at(step.path))
        return self._completed(key)

    def _sent_of(self, keys: Collection[Key]) -> str | None:
        """What went out for the text or call that has one of some keys."""
        return next(("".join(self._sent[key]) for key in keys if key in self._sent), None)

    def _completed(self, key: Key) -> str:
        """The arguments of a complete tool call as they go out; none if there were none."""
        call = self._calls.pop(key)
        written = "".join(call.parts)
        out = self._flow.tool_call(call.name, call.identity, written or "{}")
        out = out if written or out != "{}" else ""
        if self._api.REPEATS:
            self._keep(out)
            self._sent[key] = [out]
        return out

    def _alone(self, text: str, *, is_echo: bool = False) -> str:
        """What goes out for a text of its own; the same for the same text."""
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

    def _found(self, finding: Finding) -> None:
        self._counts[finding.label] += 1
        self._flow.verdict(self._counts)

    def _close(self, channel: Channel) -> None:
        self.restored += channel.restored
        self.unknown += channel.unknown

    def _keep(self, text: str) -> None:
        self._kept += len(text)
        if self._kept > MAX_KEPT:
            raise ScanLimitError("the answer is longer than may be kept until its end")

    def _check_open(self) -> None:
        if len(self._open) + len(self._calls) >= MAX_OPEN:
            raise StreamError("the stream has too many texts and tool calls at once")


def _nothing(_finding: Finding) -> None:
    """What was in the request is no finding of the answer."""


def _edited(event: Event, reading: _Reading) -> bytes:
    places = reading.source.places
    return event.edited(sorted(Edit(*places[path], new) for path, new in reading.edits.items()))
