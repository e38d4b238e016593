"""epol inside LiteLLM's proxy: `callbacks: [epol.gateway.litellm.guardrail]`, and nothing else.

LiteLLM takes the guardrail from here when it reads its configuration, and so the policy is loaded
then; what is wrong with it keeps the proxy from starting.
"""

from __future__ import annotations

from importlib import import_module


def __getattr__(name: str) -> object:
    """The guardrail, made when it is first asked for, from what the environment names."""
    if name != "guardrail":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    made: object = import_module("epol.gateway.litellm.starting").guardrail()
    globals()[name] = made
    return made
