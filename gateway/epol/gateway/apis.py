"""The endpoints that are served: what their bodies are, and where targets have them."""

from __future__ import annotations

from dataclasses import dataclass

OPENAI, ANTHROPIC = "openai", "anthropic"
WIRES = (OPENAI, ANTHROPIC)
"""The families of APIs; a target speaks one of them, or both."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An endpoint for which a target answers.

    `api` is the engine's name for its bodies, `wire` the family; `path` is put behind the
    target's address.
    """

    api: str
    wire: str
    path: str


ENDPOINTS = {
    "/v1/chat/completions": Endpoint("openai.chat", OPENAI, "/chat/completions"),
    "/v1/responses": Endpoint("openai.responses", OPENAI, "/responses"),
    "/v1/embeddings": Endpoint("openai.embeddings", OPENAI, "/embeddings"),
    "/v1/messages": Endpoint("anthropic.messages", ANTHROPIC, "/messages"),
}
BY_API = {each.api: each for each in ENDPOINTS.values()}
MODELS = "/v1/models"
