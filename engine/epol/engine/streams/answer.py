"""An answer on its way out: bytes of its stream in, bytes of what may go out."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field

from epol.engine.errors import EpolError, StreamError
from epol.engine.streams.api import Api
from epol.engine.streams.flow import StreamFlow
from epol.engine.streams.outgoing import Outgoing
from epol.engine.streams.shapes import Piece, Shapes
from epol.engine.streams.source import Path, Source, string
from epol.engine.streams.sse import Edit, Event, Splitter
from epol.engine.streams.steps import (
    Arguments,
    Broken,
    Call,
    Echo,
    End,
    Judged,
    Key,
    Numbered,
    Once,
    Plain,
    Repeated,
    Step,
    Text,
    Unwritten,
    Whole,
    Without,
    rest,
)

FAILED = "the answer could not be treated"
"""What the caller is told of an error that is not one of ours, whose text may say anything."""

_NOWHERE = Call | Unwritten | End | Broken
"""Steps that are about no one value of the event."""


@dataclass
class _Reading:
    """An event that is worked on, and what changes in it."""

    source: Source
    ends: Collection[Key]
    edits: dict[Path, str] = field(default_factory=dict[Path, str])

    def ends_here(self, key: Key) -> bool:
        """Whether what has this key ends with the event."""
        return any(key[: len(end)] == end for end in self.ends)

    def rewrite(self, path: Path, change: Callable[[str], str]) -> None:
        """Write the string at a path, if the change makes another one of it."""
        old = self.source.string_at(path)
        new = change(old)
        if new != old:
            self.edits[path] = string(new)

    def written(self, event: Event) -> bytes:
        """The event as it goes out."""
        if not self.edits:
            return event.raw
        places = self.source.places
        return event.edited(sorted(Edit(*places[path], new) for path, new in self.edits.items()))


class Answer:
    """Feeds a stream's bytes through an enforcement's flow.

    Nothing is raised: where the answer may not go on, or can't be read, its API's error event is
    the last that comes out, and `failure` says why.  No text is kept then.
    """

    def __init__(self, api: Api, flow: StreamFlow) -> None:
        self.failure: Exception | None = None
        self._api, self._flow = api, flow
        self._splitter, self._shapes = Splitter(), Shapes()
        self._out = Outgoing(api, flow)
        self._is_over = False

    @property
    def held(self) -> int:
        """How many characters of texts are held back; arguments of tool calls not counted."""
        return self._out.held

    @property
    def restored(self) -> int:
        """How many tokens were turned back, in texts that have ended."""
        return self._out.restored

    @property
    def unknown(self) -> int:
        """How much looked like a token and was none of the session's, in texts that have ended."""
        return self._out.unknown

    def feed(self, data: bytes) -> bytes:
        """What may go out now that some more bytes are there."""
        return self._through(lambda: self._splitter.feed(data))

    def finish(self) -> bytes:
        """What is left: the stream has ended."""
        return self._through(self._last_events)

    def drop(self) -> None:
        """Forget everything: nobody waits for the rest."""
        self._out.drop()
        self._splitter.drop()
        self._shapes = Shapes()

    def close(self) -> None:
        """Forget everything, and tell the flow that the answer has ended."""
        self.drop()
        self._flow.close(self.restored, self.unknown)

    def _last_events(self) -> Iterator[Event]:
        yield from self._splitter.finish()
        if not self._out.is_complete:
            raise StreamError("the stream ends before the answer does")
        self.drop()

    def _through(self, events: Callable[[], Iterator[Event]]) -> bytes:
        if self.failure is not None:
            return b""
        try:
            for event in events():
                self._event(event)
        except Exception as error:  # noqa: BLE001 (whatever fails, nothing may leave untreated)
            self._out.events.append(self._failed(error))
        return b"".join(self._out.take())

    def _failed(self, error: Exception) -> bytes:
        self.failure = error
        self.drop()
        message, is_refusal = FAILED, False
        if isinstance(error, EpolError):
            message, is_refusal = str(error), not isinstance(error, StreamError)
            # Both lead to the text: frames by their variables, an error of JSON by itself.
            error.__traceback__ = error.__context__ = None
        return self._api.error(message, self._out.number, is_refusal=is_refusal)

    def _event(self, event: Event) -> None:
        data = event.data
        if data is None:
            self._out.events.append(event.raw)
        elif data == self._api.DONE:
            self._out.end(())
            self._out.over(())
            self._out.events.append(event.raw)
        elif not self._is_over:
            piece = self._shapes.match(data, event.name)
            if piece is not None and self._out.is_open(piece.key):
                self._alike(event, data, piece)
            else:
                self._read(event, Source(data))

    def _alike(self, event: Event, data: str, piece: Piece) -> None:
        """An event that differs from one before in its piece of text only."""
        out, edits = self._out, list[Edit]()
        if piece.number is not None:
            start, end = piece.number
            out.number = int(data[start:end]) + out.added
            if out.added:
                edits.append(Edit(start, end, str(out.number)))
        text = out.feed(piece.key, piece.text)
        if text != piece.text:
            edits.append(Edit(*piece.place, string(text)))
        out.events.append(event.edited(sorted(edits)) if edits else event.raw)

    def _read(self, event: Event, source: Source) -> None:
        """Any event, by the steps that its API's module reads from it."""
        steps, out = self._steps(source, event.name), self._out
        reading = _Reading(source, [step.key for step in steps if isinstance(step, End)])
        numbers = [step.path for step in steps if isinstance(step, Numbered)]
        for path in numbers:
            out.number = source.number_at(path) + out.added
        here = set(self._brought(steps))
        for end in reading.ends:
            out.end(end, here)
        for step in steps:
            self._step(step, reading)
        for end in reading.ends:
            # A call that began and ended here, without arguments.
            out.end(end)
            out.over(end)
        if out.added:
            reading.edits.update((path, str(out.number)) for path in numbers)
        out.events.append(reading.written(event))
        if any(isinstance(step, Broken) for step in steps):
            self._is_over = True
            self.drop()
        else:
            self._shapes.learn(source, event.name, steps, reading.edits)

    def _steps(self, source: Source, name: str) -> list[Step]:
        """The steps of an event: those of its API, and those for all that they leave."""
        steps = list(self._api.steps(source, name))
        covered = {step.path: step for step in steps if not isinstance(step, _NOWHERE)}
        return [*steps, *rest(source.value, self._api.NO_TEXT, covered)]

    def _brought(self, steps: Collection[Step]) -> Iterator[Key]:
        """The keys of what an event brings itself, and does not repeat."""
        for step in steps:
            if isinstance(step, Text | Arguments):
                yield step.key
            elif isinstance(step, Whole):
                yield from filter(self._out.lacks_arguments, step.keys)

    def _step(self, step: Step, reading: _Reading) -> None:
        out = self._out
        match step:
            case Text(key, path):
                reading.rewrite(path, lambda text: self._text(key, text, reading))
            case Repeated(keys, path):
                sent = out.sent(keys)
                reading.rewrite(path, lambda text: out.alone(text) if sent is None else sent)
            case Once(path, is_echo):
                reading.rewrite(path, lambda text: out.alone(text, is_echo=is_echo))
            case Call(key, name, identity, is_answer):
                out.call(key, name, identity, reading.source.value, is_answer=is_answer)
            case Arguments(key, path):
                self._arguments(key, path, reading)
            case Whole(keys, path, name, identity, is_answer):
                reading.rewrite(
                    path,
                    lambda text: out.all_arguments(keys, text, name, identity, is_answer=is_answer),
                )
            case Judged(path, name, identity):
                self._judged(path, name, identity, reading)
            case Unwritten(text):
                if out.alone(text) != text:
                    raise StreamError("a number or a key of an event would have to be treated")
            case Without(path, json):
                reading.edits[path] = json
            case Numbered() | End() | Broken() | Echo() | Plain():
                pass

    def _text(self, key: Key, text: str, reading: _Reading) -> str:
        if not text and self._out.is_over(key):
            return ""
        self._out.begin(key, reading.source.value)
        made = self._out.feed(key, text)
        return made + self._out.finish(key, made) if reading.ends_here(key) else made

    def _judged(self, path: Path, name: str, identity: str, reading: _Reading) -> None:
        start, end = reading.source.places[path]
        raw = reading.source.data[start:end]
        if raw.startswith('"'):
            reading.rewrite(path, lambda text: self._out.judged(name, identity, text))
            return
        made = self._out.judged(name, identity, raw)
        if made != raw:
            # Between the values of JSON a line end is white space; in an event it ends the data.
            reading.edits[path] = made.replace("\r", " ").replace("\n", " ")

    def _arguments(self, key: Key, path: Path, reading: _Reading) -> None:
        out, source = self._out, reading.source
        out.call(key, "", "", source.value)
        start, end = source.places[path]
        is_string = source.data[start] == '"'
        out.argue(key, source.string_at(path) if is_string else source.data[start:end])
        made = out.completed(key) if reading.ends_here(key) else ""
        if is_string:
            reading.rewrite(path, lambda _: made)
        else:
            reading.edits[path] = made.replace("\r", " ").replace("\n", " ") or "{}"
