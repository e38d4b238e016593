"""Cedar by its Python binding: policies and entities are parsed once, requests go as one batch."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib import import_module
from importlib.metadata import version
from typing import Any

# This runs in the peer's environment; where types are checked it is not installed.
_cedar: Any = import_module("cedarpy")

VERSION = version("cedarpy")


def prepare(policy: str, targets: list[dict[str, Any]]) -> Callable[[dict[str, Any]], list[bool]]:
    """What decides a request for all targets."""
    policies = _cedar.PolicySet.from_str(policy)
    entities = _cedar.Entities.from_json_str(
        json.dumps(
            [
                {
                    "uid": {"type": "Target", "id": each["name"]},
                    "attrs": {"at": each["at"], "context": each["context"]},
                    "parents": [],
                }
                for each in targets
            ]
        )
    )
    fixed = [
        {
            "principal": 'Caller::"c"',
            "action": 'Action::"send"',
            "resource": f'Target::"{each["name"]}"',
        }
        for each in targets
    ]

    def decide(request: dict[str, Any]) -> list[bool]:
        context = json.dumps(request)  # once for all targets; it would be done for each
        asked = [{**each, "context": context} for each in fixed]
        return [each.allowed for each in _cedar.is_authorized_batch(asked, policies, entities)]

    return decide
