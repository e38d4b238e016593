"""Columns of attributes as features of many requests: the second door to numpy.

A value is judged once, however many rows have it.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, cast, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from epol.engine.bundle.program import BoolInput, Input, NumberInput, Program
from epol.engine.errors import RequestError
from epol.engine.reading.inputs import InputReader, Scaled
from epol.engine.reading.labels import LabelReader
from epol.engine.reading.numbers import scaled

LABEL = "label:"
"""What stands before a label's name in the name of a column of counts."""

_MILLION = 1_000_000
_EXACT = 10.0**15


@dataclass(frozen=True)
class OnScale:
    """A column of numbers that are on their scale already (language.md §3).

    That is microseconds, millionths of a dollar, bytes, millionths of a number.
    """

    values: NDArray[np.int64]


class _ArrowColumn(Protocol):
    """What we use of pyarrow's columns, without importing it."""

    null_count: int

    def to_numpy(self) -> NDArray[np.generic]: ...
    def to_pylist(self) -> list[object]: ...


@runtime_checkable
class ArrowTable(Protocol):
    """What we use of pyarrow's tables, without importing it."""

    @property
    def column_names(self) -> list[str]:
        """Its names."""
        ...

    def column(self, i: str) -> _ArrowColumn:
        """One column."""
        ...


Column = Sequence[object] | NDArray[np.generic] | OnScale
Columns = Mapping[str, Column] | ArrowTable


@dataclass(frozen=True)
class Matrix:
    """Features of many requests: a row for each feature, a column for each request."""

    numbers: NDArray[np.int64]
    known: NDArray[np.uint8]


def by_name(columns: Columns) -> dict[str, Column]:
    """The columns of a table or mapping."""
    if isinstance(columns, ArrowTable):
        found = ((name, columns.column(name)) for name in columns.column_names)
        return {
            name: column.to_pylist() if column.null_count else column.to_numpy()
            for name, column in found
        }
    return dict(columns)


def rows_of(columns: Mapping[str, Column]) -> int:
    """How many requests there are.

    Raises `RequestError` for what is no column, and where columns differ in length.
    """
    try:
        sizes = {_size(column) for column in columns.values()}
    except TypeError:
        raise RequestError("a column is an array or a list of values") from None
    if len(sizes) > 1:
        raise RequestError("the columns are not of one length")
    return sizes.pop() if sizes else 0


def _size(column: Column) -> int:
    return len(column.values) if isinstance(column, OnScale) else len(column)


class ColumnReader:
    """Reads columns for one program."""

    def __init__(self, program: Program, inputs: InputReader, labels: LabelReader) -> None:
        self._inputs, self._labels = inputs, labels
        self._types = {info.name: info for info in program.inputs}

    def read(
        self,
        columns: Mapping[str, Column],
        rows: int,
        shared: Mapping[str, object],
        *,
        strict: bool = True,
    ) -> Matrix:
        """Judge and read columns of equal length; `shared` stands in where one gives nothing.

        Raises `RequestError`.
        """
        numbers, known = self._inputs.numbers[:], self._inputs.known[:]
        self._inputs.read(shared, numbers, known, strict=strict)
        matrix = Matrix(
            np.repeat(np.array(numbers, np.int64)[:, None], rows, 1),
            np.repeat(np.frombuffer(bytes(known), np.uint8)[:, None], rows, 1),
        )
        for name, column in columns.items():
            if name.startswith(LABEL):
                self._label(name[len(LABEL) :], column, matrix, strict=strict)
            elif name in self._types:
                self._attribute(self._types[name], column, matrix)
            elif strict:
                self._inputs.read({name: 0}, array("q"), bytearray())
        return matrix

    def _attribute(self, info: Input, column: Column, matrix: Matrix) -> None:
        values = _numbers(info, column)
        if values is not None:
            for slot in self._inputs.slots(info.name):
                matrix.numbers[slot], matrix.known[slot] = values, 1
            return
        assert not isinstance(column, OnScale)
        keys, places = _distinct(column)
        table = [self._one(info.name, key) for key in keys]
        given = np.array([key is not None for key in keys], bool)[places]
        for slot in self._inputs.slots(info.name):
            of_key = np.array([numbers[slot] for numbers in table], np.int64)
            matrix.numbers[slot, given] = of_key[places][given]
            matrix.known[slot, given] = 1

    def _one(self, name: str, raw: object) -> array[int]:
        numbers, known = self._inputs.numbers[:], self._inputs.known[:]
        self._inputs.read({name: raw}, numbers, known)
        return numbers

    def _label(self, name: str, column: Column, matrix: Matrix, *, strict: bool) -> None:
        if isinstance(column, OnScale):
            column = column.values
        keys, places = _distinct(column)
        for place, key in enumerate(keys):
            counts = self._labels.read({name: key}, strict=strict)
            numbers, known = self._inputs.numbers[:], self._inputs.known[:]
            self._labels.write(counts, numbers, known)
            rows = places == place
            for slot in self._labels.numbers_known:
                matrix.numbers[slot, rows] += numbers[slot]
                matrix.known[slot, rows] &= known[slot]
        for slot in self._labels.flags:
            np.minimum(matrix.numbers[slot], 1, out=matrix.numbers[slot])


def _distinct(column: Iterable[object]) -> tuple[list[object], NDArray[np.intp]]:
    """The values that occur, and for each row the place of its value."""
    places: dict[object, int] = {}
    keys: list[object] = []
    rows: list[int] = []
    for raw in column:
        value: object = cast(object, raw.item()) if isinstance(raw, np.generic) else raw
        key = _hashable(value)
        place = places.get(key)
        if place is None:
            place = places[key] = len(keys)
            keys.append(value)
        rows.append(place)
    return keys, np.array(rows, np.intp)


def _hashable(value: object) -> object:
    """A key that tells values apart: 1, 1.0 and True are three."""
    if isinstance(value, list | tuple | set | frozenset | np.ndarray):
        return "set", tuple(sorted(map(repr, cast("list[object]", value))))
    if isinstance(value, Mapping):
        return "object", repr(sorted(cast(Mapping[str, object], value).items()))
    return type(value), value


def _numbers(info: Input, column: Column) -> NDArray[np.int64] | None:
    """A column of NumPy numbers or bools on its scale; None if it is something else."""
    if isinstance(column, OnScale):
        return _within(info, _on_scale(info, column))
    if not isinstance(column, np.ndarray):
        return None
    kind = column.dtype.kind
    if isinstance(info.type, BoolInput):
        return column.astype(np.int64) if kind == "b" else None
    if not isinstance(info.type, NumberInput):
        return None
    if info.type.kind == "duration" and kind == "m":
        if np.isnat(column).any():
            raise RequestError(f"attributes: {info.name}: NaT is no duration; None is not given")
        return _within(info, column.astype("timedelta64[us]").astype(np.int64))
    if info.type.kind not in ("int", "number"):
        return None
    scale = _MILLION if info.type.kind == "number" else 1
    if kind in "iu":
        if column.size and int(column.max()) > 2**62 // scale:
            return None
        return _within(info, column.astype(np.int64) * scale)
    if kind == "f" and scale == _MILLION:
        return _within(info, _floored(column.astype(np.float64)))
    return None


def _on_scale(info: Input, column: OnScale) -> NDArray[np.int64]:
    """Numbers as they are; never converted, for an error of that would repeat a value."""
    # Callers without a type checker may give anything.
    given = cast(object, column.values)
    values = cast(NDArray[np.generic], given) if isinstance(given, np.ndarray) else None
    if not isinstance(info.type, NumberInput):
        raise RequestError(f"attributes: {info.name}: OnScale is for numbers, and this is none")
    if values is None or values.ndim != 1 or values.dtype != np.int64:
        raise RequestError(f"attributes: {info.name}: OnScale holds one row of int64 numbers")
    return cast(NDArray[np.int64], values)


def _floored(column: NDArray[np.float64]) -> NDArray[np.int64]:
    """Floats in millionths; those that are no short decimal one by one (`numbers.scaled`)."""
    with np.errstate(invalid="ignore", over="ignore"):
        nearest = np.rint(column * _MILLION)
        exact = (np.abs(nearest) < _EXACT) & (nearest / _MILLION == column)
    result = np.where(exact, nearest, 0).astype(np.int64)
    for place in np.flatnonzero(~exact):
        value = scaled(float(column[place]), "number")
        if value is None or abs(value) >= 2**63:
            raise RequestError("a column has a number that is too large, or none at all")
        result[place] = value
    return result


def _within(info: Input, values: NDArray[np.int64]) -> NDArray[np.int64]:
    type_ = info.type
    assert isinstance(type_, NumberInput)
    low, high = type_.low, type_.high
    if values.size and not low <= int(values.min()) <= int(values.max()) <= high:
        raise RequestError(
            f"attributes: {info.name}: a value is outside the range that is declared"
        )
    return values


__all__ = ["LABEL", "Column", "ColumnReader", "Columns", "Matrix", "OnScale", "Scaled", "by_name"]
