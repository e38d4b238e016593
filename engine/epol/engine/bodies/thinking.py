"""Caps where Anthropic's messages have them.

How hard a model thinks has two places: `thinking`, which is off where nothing is asked for
(<https://docs.anthropic.com/en/docs/build-with-claude/extended-thinking>), and the effort of
`output_config`, which is high where nothing is asked for
(<https://docs.anthropic.com/en/docs/build-with-claude/effort>).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from epol.engine.bodies.document import as_json
from epol.engine.bodies.edits import Edits
from epol.engine.bodies.facts import is_number, value_at
from epol.engine.bodies.limits import EFFORTS, Path, apply_caps, is_asked, lowered, write
from epol.engine.bodies.node import Node

CAPS: Mapping[str, Sequence[Path]] = {
    "max_output_tokens": (("max_tokens",),),
    "temperature": (("temperature",),),
    "top_p": (("top_p",),),
}

BUDGETS = {1: 1024, 2: 2048}
"""Most tokens of thinking under the caps low and medium: a choice of ours, at the low end, as a cap
is there to be kept; 1,024 is the least that the API takes."""

_EFFORT = ("output_config", "effort")
_BUDGET = ("thinking", "budget_tokens")
_LEAST = 1024
_OFF = b'{"type":"disabled"}'


def apply_thinking_caps(root: Node, edits: Edits, caps: Mapping[str, int]) -> None:
    """As `apply_caps`.

    A budget of thinking stays below the tokens of the answer, as the API wants it; where these
    are too few, there is no thinking.
    """
    apply_caps(root, CAPS, edits, caps)
    cap = caps.get("reasoning_effort")
    thinking = root.get("thinking")
    if cap is not None:
        _lower_effort(edits, root, cap)
    if thinking is None or not _is_on(thinking):
        return
    most = caps.get("max_output_tokens")
    if cap == 0 or (most is not None and most <= _LEAST):
        edits.put(thinking, _OFF)
        return
    asked = value_at(root, _BUDGET)
    budget = asked if is_number(asked) else 0
    lower = min(budget, BUDGETS.get(cap or 0, budget))
    if most is not None and lower >= most:
        lower = _LEAST
    if lower != budget:
        write(edits, root, _BUDGET, as_json(lower))


def _is_on(thinking: Node) -> bool:
    return thinking.fields is not None and thinking.string("type") != "disabled"


def _lower_effort(edits: Edits, root: Node, cap: int) -> None:
    """Lower the effort that is asked for, or that adaptive thinking has by itself.

    Its words begin with `low`, which therefore stands for `none`, too.
    """
    thinking = root.get("thinking")
    is_adaptive = thinking is not None and thinking.string("type") == "adaptive"
    if is_asked(root.under(*_EFFORT)) or (is_adaptive and 0 < cap < EFFORTS.index("high")):
        value = lowered("reasoning_effort", value_at(root, _EFFORT), max(cap, 1))
        if value is not None:
            write(edits, root, _EFFORT, as_json(value))
