"""The policy of a log as far as the log tells it: enough to say what two decisions differ in.

Nothing is decided with it; the log has the decisions.  Where targets are and what they cost is
what `epol.compiler.diff` asks of a policy beside that.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from epol.lang.builtins import COST_INPUTS
from epol.lang.model import InputInfo, Policy, TargetInfo, Value
from epol.lang.source import Source
from epol.lang.types import PLAIN_TYPES

_NOWHERE = Source("the log", "").span(0, 0)


def outline(declares: Mapping[str, Any]) -> Policy:
    """The policy of what a log says that it declares."""
    inputs = cast(dict[str, Any], declares["inputs"])
    return Policy(
        name=declares["policy"],
        version=declares["version"],
        digest=declares["digest"],
        inputs={name: _input(name, inputs[name]) for name in COST_INPUTS if name in inputs},
        labels={},
        detectors=(),
        targets=tuple(_target(name, each) for name, each in declares["targets"].items()),
        rules=(),
        claims=(),
        tests=(),
    )


def _input(name: str, declared: Mapping[str, Any]) -> InputInfo:
    return InputInfo(name, PLAIN_TYPES["int"], "attr", _NOWHERE, declared["fallback"])


def _target(name: str, declared: Mapping[str, Any]) -> TargetInfo:
    fields: dict[str, Value] = {} if declared["at"] is None else {"at": declared["at"]}
    price_in, price_out = declared["price_in"], declared["price_out"]
    return TargetInfo(name, fields, price_in, price_out, declared["unit"], _NOWHERE)
