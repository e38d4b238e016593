"""The engine: a bundle and a request give a decision, and the text that may leave.

It needs no compiler: a machine that only decides installs no grammar and no prover.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from epol.engine.errors import (
    BudgetError,
    BundleError,
    EpolError,
    KernelError,
    ModelLimitError,
    ModelUnavailableError,
    OverBudgetError,
    RefusedTargetError,
    RequestError,
    ScanLimitError,
    VaultError,
    VaultFullError,
)

if TYPE_CHECKING:
    from epol.engine.deciding.batch import Batch
    from epol.engine.deciding.columns import OnScale
    from epol.engine.decision import Decision
    from epol.engine.engine import Engine
    from epol.engine.request import Request

__all__ = [
    "Batch",
    "BudgetError",
    "BundleError",
    "Decision",
    "Engine",
    "EpolError",
    "KernelError",
    "ModelLimitError",
    "ModelUnavailableError",
    "OnScale",
    "OverBudgetError",
    "RefusedTargetError",
    "Request",
    "RequestError",
    "ScanLimitError",
    "VaultError",
    "VaultFullError",
]

_LATER = {
    "Batch": "epol.engine.deciding.batch",
    "Decision": "epol.engine.decision",
    "Engine": "epol.engine.engine",
    "OnScale": "epol.engine.deciding.columns",
    "Request": "epol.engine.request",
}


def __getattr__(name: str) -> object:
    """What is imported when it is first asked for: the compiler needs the bundle's format only."""
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_LATER[name]), name)
