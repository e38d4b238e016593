"""What a decision was computed from, for the log: filled in while it is computed, then let go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(slots=True)
class Seen:
    """The values that a decision used.  It holds content, so nothing keeps it.

    `given` are attributes and signals as the request and the providers give them, `computed`
    what the scan of the text says (numbers on their scale), `modelled` what models answered.
    `texts` counts texts that were read, by role.
    """

    given: Mapping[str, object] = field(default_factory=dict[str, object], repr=False)
    computed: Mapping[str, int | bool] = field(default_factory=dict[str, "int | bool"], repr=False)
    modelled: dict[str, object] = field(default_factory=dict[str, object], repr=False)
    texts: dict[str, int] = field(default_factory=dict[str, int])


@dataclass(frozen=True, slots=True)
class About:
    """Whose request it is, and its body: the log has keyed digests of them."""

    body: bytes | None = field(default=None, repr=False)
    session: str | None = field(default=None, repr=False)
    caller: str | None = field(default=None, repr=False)


NOBODY = About()
"""A request of which nothing is said."""
