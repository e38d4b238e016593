"""What every vault offers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Protocol

from epol.engine.errors import VaultError, VaultFullError
from epol.engine.text.treatments.tokens import Tokens

DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a vault takes, and for how long it keeps it.

    Where a limit is reached, `VaultFullError` blocks the request.  Nothing that a session
    holds is thrown out for another.  Raises ValueError for a limit that is not above zero.
    """

    seconds: float = DAY
    """A session ends so long after its last turn, at the earliest."""
    values: int = 1_000_000
    """In all sessions together."""
    session_values: int = 10_000
    """In one session."""
    characters: int = 65_536
    """Of one value."""

    def __post_init__(self) -> None:
        if not min(self.seconds, self.values, self.session_values, self.characters) > 0:
            raise ValueError("a limit of a vault is above zero")

    def check_value(self, value: str) -> None:
        """Raises `VaultFullError` for a value that is too long."""
        if len(value) > self.characters:
            raise VaultFullError(f"a value has more than {self.characters} characters")

    def check_room(self, in_session: int, in_all: int, more: int = 1) -> None:
        """Raises `VaultFullError` where so many values more would be too many."""
        if in_session + more > self.session_values:
            raise VaultFullError(
                f"the session holds {in_session} values, of {self.session_values} at most"
            )
        if in_all + more > self.values:
            raise VaultFullError(f"the vault holds {in_all} values, of {self.values} at most")


class Counts(NamedTuple):
    """How many sessions have values, and how many values they have together."""

    sessions: int
    values: int


class Vault(Protocol):
    """Tokens of many sessions.  Threads may share it; a forked child goes on with its own copy.

    Sessions know nothing of each other: a token of one means nothing in another.  So the
    name of a session must be the host's own, and not one that a caller may choose freely.
    Any method may raise `VaultError`, whose words hold neither values nor names.
    """

    def session(self, session: str, subject: str | None = None) -> Tokens:
        """The tokens of a session, for one turn of it; they begin its time anew.

        `subject` names a person whom the session is about, for `erase_subject`; it may have
        several.  A session takes up room only once it has a value.
        """
        ...

    def erase_session(self, session: str) -> int:
        """Forget a session at once; how many values it had."""
        ...

    def erase_subject(self, subject: str) -> int:
        """Forget every session that is about a person, at once; how many values they had."""
        ...

    def expire(self) -> int:
        """Forget the sessions whose time is over; how many values they had.

        The vault does so by itself as others come; call it where none may come for long.
        """
        ...

    def count(self) -> Counts:
        """How much it holds."""
        ...

    def close(self) -> None:
        """Give back what it has open."""
        ...


def erased() -> VaultError:
    """What a turn under way meets that has something new, and whose session has gone."""
    return VaultError("the session was erased, or its time was over; send the request again")


def checked_name(what: str, name: str) -> str:
    """A session's or subject's name.  Raises ValueError for an empty one."""
    if not name:
        raise ValueError(f"the name of a {what} is not empty")
    return name
