"""What an API's body says, for whoever decides and treats it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from epol.engine.bodies.document import Node
from epol.engine.bodies.parts import Run, Source

Path = tuple[str, ...]
"""Keys that lead from an object to a value."""


@dataclass(frozen=True, slots=True)
class RequestBody:
    """A request: its runs, how many of its parts nobody can read, and facts about it.

    `facts` has attributes of `std.edge` as a request would give them.  `tools` are the
    offered tools by place: the array that holds them, and the name of each, None for one
    that the provider runs itself.
    """

    body: Source
    runs: Sequence[Run]
    opaque: int
    facts: Mapping[str, object]
    tools: Sequence[ToolList] = ()


@dataclass(frozen=True, slots=True)
class ToolList:
    """An array of tools that a model is offered, with the name of each."""

    key: str
    node: Node
    names: Sequence[str]


@dataclass(frozen=True, slots=True)
class Call:
    """A tool call that a model makes: the tool's name, and the runs of what goes there."""

    body: Source
    name: str
    runs: Sequence[Run]
    id: str | None = None


@dataclass(frozen=True, slots=True)
class ResponseBody:
    """An answer: its runs, its tool calls, and what repeats its text and must go with it.

    `echoes` are nodes that say the text again in another form (log probabilities): where
    anything is rewritten they become null.
    """

    body: Source
    runs: Sequence[Run]
    calls: Sequence[Call] = ()
    echoes: Sequence[Node] = field(default=())


class Api(Protocol):
    """One API: where its bodies have what matters."""

    @property
    def caps(self) -> Mapping[str, Sequence[Path]]:
        """Where each cap is written, by its name in the language; the first is the usual place."""
        ...

    def request(self, body: Source) -> RequestBody:
        """What a request says.  Raises `BodyError`."""
        ...

    def response(self, body: Source) -> ResponseBody:
        """What an answer says.  Raises `BodyError`."""
        ...

    def call(self, body: Source) -> Call:
        """What one tool call says.  Raises `BodyError`."""
        ...
