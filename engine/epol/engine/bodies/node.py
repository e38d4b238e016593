"""A value of a JSON text, with the way that leads to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from epol.engine.errors import BodyError


class Float:
    """A number with a fraction or an exponent, as it was written."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return "<Float>"


class Node:
    """A value, or a key, of a document.

    `value` is a dict, list, str, int, `Float`, bool or None; that of a key is the key.  `key` is
    the key or place under which it stands in its `parent`.  Nodes are made when they are asked
    for, so two may be of one value.
    """

    __slots__ = ("is_key", "key", "parent", "value")

    def __init__(
        self,
        value: object,
        parent: Node | None = None,
        key: str | int = 0,
        *,
        is_key: bool = False,
    ) -> None:
        self.value, self.parent, self.key, self.is_key = value, parent, key, is_key

    def __repr__(self) -> str:
        return f"<{'key' if self.is_key else type(self.value).__name__}>"

    @property
    def fields(self) -> dict[str, object] | None:
        """The values of an object by key; None for anything else."""
        value = self.value
        return cast(dict[str, object], value) if type(value) is dict else None

    @property
    def items(self) -> list[object] | None:
        """The values of an array; None for anything else."""
        value = self.value
        return cast(list[object], value) if type(value) is list else None

    def members(self) -> Sequence[tuple[str, Node]]:
        """The members of an object with their keys; none of anything else."""
        fields = self.fields
        return () if fields is None else [(key, Node(v, self, key)) for key, v in fields.items()]

    def elements(self) -> Sequence[Node]:
        """The members of an array; none of anything else."""
        items = self.items
        return () if items is None else [Node(value, self, at) for at, value in enumerate(items)]

    def get(self, key: str) -> Node | None:
        """The value under a key, if this is an object that has it."""
        fields = self.fields
        if fields is None or key not in fields:
            return None
        return Node(fields[key], self, key)

    def under(self, *path: str) -> Node | None:
        """The value at the end of some keys, if there is one."""
        found: Node | None = self
        for key in path:
            found = None if found is None else found.get(key)
        return found

    def string(self, key: str) -> str | None:
        """The string under a key; None where there is none, or something else."""
        fields = self.fields
        value = None if fields is None else fields.get(key)
        return value if isinstance(value, str) else None

    def array(self, key: str) -> Sequence[Node]:
        """The members of the array under a key; none where there is none."""
        node = self.get(key)
        return () if node is None else node.elements()

    def check_array(self, key: str) -> None:
        """Raise `BodyError` where something under a key is no array, but a list belongs there."""
        node = self.get(key)
        if node is not None and node.value is not None and node.items is None:
            raise BodyError(f"the `{key}` of an answer must be an array")

    def name_of(self, key: str) -> Node:
        """The key itself, which can be rewritten as any other text."""
        return Node(key, self, key, is_key=True)
