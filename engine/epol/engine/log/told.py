"""What a log tells of one request."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Told:
    """What a log tells of one request to a policy: values, and names that it cannot tell."""

    given: dict[str, object] = field(default_factory=dict[str, object])
    open: set[str] = field(default_factory=set[str])
    why: list[str] = field(default_factory=list[str])
