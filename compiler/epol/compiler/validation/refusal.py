"""Why a program is not taken for its policy's."""

from __future__ import annotations


class RefusedError(Exception):
    """The program is not what its policy says, or nobody can tell; str() says in what."""
