"""What a caller of a gateway, or of a proxy with epol in it, got."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass
class Answered:
    """An answer, whole."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:  # noqa: ANN401 (tests know what is in it)
        """Its body as JSON values."""
        return json.loads(self.body)

    @property
    def text(self) -> str:
        """What the model said."""
        found: str = self.json["choices"][0]["message"]["content"]
        return found
