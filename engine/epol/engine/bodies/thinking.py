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
"""Most tokens of thinking under the caps low and medium, as LiteLLM maps these words
(<https://docs.litellm.ai/docs/providers/anthropic>); 1,024 is the least that the API takes."""

_EFFORT = ("output_config", "effort")
_BUDGET = ("thinking", "budget_tokens")
_LEAST = 1024
_OFF = b'{"type":"disabled"}'


def apply_thinking_caps(edits: Edits, root: Node, caps: Mapping[str, int]) -> None:
    """As `apply_caps`.

    A budget of thinking stays below the tokens of the answer, as the API wants it; where these
    are too few, there is no thinking.
    """
    apply_caps(edits, root, CAPS, caps)
    effort = caps.get("reasoning_effort", len(EFFORTS))
    kind = root.under("thinking", "type")
    is_thinking = kind is not None and kind.value != "disabled"
    if effort < EFFORTS.index("high"):
        _lower_effort(edits, root, effort, is_thinking=is_thinking)
    thinking = root.get("thinking")
    if thinking is None or not is_thinking:
        return
    most = caps.get("max_output_tokens")
    asked = value_at(root, _BUDGET)
    budget = asked if is_number(asked) else 0
    least = min(budget, BUDGETS.get(effort, budget))
    if most is not None and least >= most:
        least = _LEAST
    if effort == 0 or (most is not None and most <= _LEAST):
        edits.put(thinking, _OFF)
    elif least != budget:
        write(edits, root, _BUDGET, as_json(least))


def _lower_effort(edits: Edits, root: Node, cap: int, *, is_thinking: bool) -> None:
    """Lower the effort that is asked for; without thinking, no other has to be.

    Its words begin with `low`, which therefore stands for `none`, too.
    """
    if not is_thinking and not is_asked(root.under(*_EFFORT)):
        return
    value = lowered("reasoning_effort", value_at(root, _EFFORT), max(cap, 1))
    is_adaptive = root.under("thinking", "budget_tokens") is None
    if value is not None and (is_asked(root.under(*_EFFORT)) or is_adaptive):
        write(edits, root, _EFFORT, as_json(value))
