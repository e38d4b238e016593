"""What an API's body says, for whoever decides and treats it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from epol.engine.bodies.edits import Edits
from epol.engine.bodies.node import Node
from epol.engine.bodies.parts import Run, Source
from epol.engine.bodies.tools import ToolList

Limit = Callable[[Edits, Mapping[str, int]], None]
"""Lowers what a body asks for to a decision's caps."""


def no_limit(_edits: Edits, _caps: Mapping[str, int]) -> None:
    """For a body that has no place for any cap."""


@dataclass(frozen=True, slots=True)
class RequestBody:
    """A request: its runs, how many of its parts nobody can read, and facts about it.

    `facts` has attributes of `std.edge` as a request would give them.  `echoes` are members
    that say some of its text again in pieces; where anything is rewritten they are left out.
    """

    body: Source
    runs: Sequence[Run]
    opaque: int
    facts: Mapping[str, object]
    tools: Sequence[ToolList] = ()
    limit: Limit = no_limit
    echoes: Sequence[Node] = ()


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

    def request(self, body: Source) -> RequestBody:
        """What a request says.  Raises `BodyError`."""
        ...

    def response(self, body: Source) -> ResponseBody:
        """What an answer says, or an error in place of one.  Raises `BodyError`."""
        ...

    def call(self, body: Source) -> Call:
        """What one tool call says.  Raises `BodyError`."""
        ...
