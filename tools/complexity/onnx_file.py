"""Trees as an ONNX file, written field by field, so that the same trees are the same bytes.

Only the few messages of onnx.proto that are needed are written here (ONNX IR version 8, operator
sets ai.onnx 13 and ai.onnx.ml 3).  The network takes `features`, a row of numbers, adds up the
trees (TreeEnsembleRegressor) and says which share of the `knots` lies below that sum.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence

from boosting import Boosted

FLOAT = 1
_ATTRIBUTE_INT, _ATTRIBUTE_STRING = 2, 3
_ATTRIBUTE_FLOATS, _ATTRIBUTE_INTS, _ATTRIBUTE_STRINGS = 6, 7, 8


def network(model: Boosted, knots: Sequence[float], features: int, producer: str) -> bytes:
    """The file of a model."""
    graph = (
        _message(1, _trees(model))
        + _message(1, _node("Less", ["knots", "sum"], "is_below"))
        + _message(1, _node("Cast", ["is_below"], "one_or_zero", _integer("to", FLOAT)))
        + _message(1, _node("ReduceMean", ["one_or_zero"], "complexity", _integer("keepdims", 0)))
        + _text(2, "complexity")
        + _message(5, _tensor("knots", knots))
        + _message(11, _value("features", (1, features)))
        + _message(12, _value("complexity", ()))
    )
    sets = ((b"", 13), (b"ai.onnx.ml", 3))
    return (
        _number(1, 8)
        + _text(2, producer)
        + _message(7, graph)
        + b"".join(_message(8, _message(1, name) + _number(2, version)) for name, version in sets)
    )


def _trees(model: Boosted) -> bytes:
    trees = list(enumerate(model.trees))
    nodes = [(t, n, tree) for t, tree in trees for n in range(len(tree.value))]
    leaves = [(t, n, tree.value[n]) for t, n, tree in nodes if tree.feature[n] < 0]
    ints = {
        "nodes_treeids": [t for t, _, _ in nodes],
        "nodes_nodeids": [n for _, n, _ in nodes],
        "nodes_featureids": [max(tree.feature[n], 0) for _, n, tree in nodes],
        "nodes_truenodeids": [tree.left[n] for _, n, tree in nodes],
        "nodes_falsenodeids": [tree.right[n] for _, n, tree in nodes],
        "target_treeids": [t for t, _, _ in leaves],
        "target_nodeids": [n for _, n, _ in leaves],
        "target_ids": [0 for _ in leaves],
    }
    floats = {
        "nodes_values": [tree.cut[n] for _, n, tree in nodes],
        "target_weights": [value for _, _, value in leaves],
        "base_values": [model.base],
    }
    modes = [b"LEAF" if tree.feature[n] < 0 else b"BRANCH_LEQ" for _, n, tree in nodes]
    attributes = [_integer("n_targets", 1), _string("post_transform", b"NONE")]
    attributes += [_integers(name, values) for name, values in ints.items()]
    attributes += [_floats(name, values) for name, values in floats.items()]
    attributes.append(_strings("nodes_modes", modes))
    return _node("TreeEnsembleRegressor", ["features"], "sum", *attributes, domain="ai.onnx.ml")


def _node(
    kind: str, inputs: Iterable[str], output: str, *attributes: bytes, domain: str = ""
) -> bytes:
    parts = [_text(1, each) for each in inputs] + [_text(2, output), _text(4, kind)]
    parts += [_message(5, each) for each in attributes]
    return b"".join(parts) + (_text(7, domain) if domain else b"")


def _integer(name: str, value: int) -> bytes:
    return _text(1, name) + _number(3, value) + _number(20, _ATTRIBUTE_INT)


def _string(name: str, value: bytes) -> bytes:
    return _text(1, name) + _message(4, value) + _number(20, _ATTRIBUTE_STRING)


def _floats(name: str, values: Sequence[float]) -> bytes:
    packed = struct.pack(f"<{len(values)}f", *values)
    return _text(1, name) + _message(7, packed) + _number(20, _ATTRIBUTE_FLOATS)


def _integers(name: str, values: Iterable[int]) -> bytes:
    packed = b"".join(map(_varint, values))
    return _text(1, name) + _message(8, packed) + _number(20, _ATTRIBUTE_INTS)


def _strings(name: str, values: Iterable[bytes]) -> bytes:
    parts = b"".join(_message(9, value) for value in values)
    return _text(1, name) + parts + _number(20, _ATTRIBUTE_STRINGS)


def _tensor(name: str, values: Sequence[float]) -> bytes:
    raw = struct.pack(f"<{len(values)}f", *values)
    return _number(1, len(values)) + _number(2, FLOAT) + _text(8, name) + _message(9, raw)


def _value(name: str, shape: Iterable[int]) -> bytes:
    dimensions = b"".join(_message(1, _number(1, size)) for size in shape)
    tensor = _number(1, FLOAT) + _message(2, dimensions)
    return _text(1, name) + _message(2, _message(1, tensor))


def _text(field: int, value: str) -> bytes:
    return _message(field, value.encode())


def _message(field: int, value: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(value)) + value


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _varint(value: int) -> bytes:
    out = bytearray()
    while True:
        value, low = value >> 7, value & 0x7F
        out.append(low | (0x80 if value else 0))
        if not value:
            return bytes(out)
