"""An object as a key: equal to itself alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar, cast

Item = TypeVar("Item")


@dataclass(frozen=True, eq=False)
class Same(Generic[Item]):
    """Something large as a key of what is kept about it, for comparing two takes too long.

    It lives as long as the key does.
    """

    item: Item

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Same) and self.item is cast("Same[object]", other).item

    def __hash__(self) -> int:
        return id(self.item)
