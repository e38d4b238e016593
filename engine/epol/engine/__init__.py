"""The engine: a bundle and a request give a decision, and the text that may leave.

It needs no compiler: a machine that only decides installs no grammar and no prover.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from epol.engine.errors import (
    BundleError,
    EpolError,
    KernelError,
    LogError,
    ModelLimitError,
    ModelUnavailableError,
    RefusedTargetError,
    RequestError,
    ScanLimitError,
)

if TYPE_CHECKING:
    from epol.engine.deciding.batch import Batch
    from epol.engine.deciding.columns import OnScale
    from epol.engine.decision import Decision
    from epol.engine.engine import Engine
    from epol.engine.log.decision_log import DecisionLog
    from epol.engine.request import Request
    from epol.engine.seen import About

__all__ = [
    "About",
    "Batch",
    "BundleError",
    "Decision",
    "DecisionLog",
    "Engine",
    "EpolError",
    "KernelError",
    "LogError",
    "ModelLimitError",
    "ModelUnavailableError",
    "OnScale",
    "RefusedTargetError",
    "Request",
    "RequestError",
    "ScanLimitError",
]

_LATER = {
    "About": "epol.engine.seen",
    "Batch": "epol.engine.deciding.batch",
    "Decision": "epol.engine.decision",
    "DecisionLog": "epol.engine.log.decision_log",
    "Engine": "epol.engine.engine",
    "OnScale": "epol.engine.deciding.columns",
    "Request": "epol.engine.request",
}


def __getattr__(name: str) -> object:
    """What is imported when it is first asked for: the compiler needs the bundle's format only."""
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_LATER[name]), name)
