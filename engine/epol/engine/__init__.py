"""The engine: a bundle and a request give a decision, and the text that may leave.

It needs no compiler: a machine that only decides installs no grammar and no prover.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from epol.engine.errors import (
    BodyError,
    BudgetError,
    BundleError,
    EpolError,
    KernelError,
    LogError,
    ModelLimitError,
    ModelUnavailableError,
    OverBudgetError,
    RefusedResponseError,
    RefusedTargetError,
    RequestError,
    ScanLimitError,
    StreamError,
    UntreatableError,
    VaultError,
    VaultFullError,
)

if TYPE_CHECKING:
    from epol.engine.deciding.batch import Batch
    from epol.engine.deciding.columns import OnScale
    from epol.engine.decision import Decision
    from epol.engine.enforcing.batches import EnforcedBatch
    from epol.engine.enforcing.enforced import Enforced
    from epol.engine.engine import Engine
    from epol.engine.log.decision_log import DecisionLog
    from epol.engine.request import Request
    from epol.engine.seen import About

__all__ = [
    "About",
    "Batch",
    "BodyError",
    "BudgetError",
    "BundleError",
    "Decision",
    "DecisionLog",
    "Enforced",
    "EnforcedBatch",
    "Engine",
    "EpolError",
    "KernelError",
    "LogError",
    "ModelLimitError",
    "ModelUnavailableError",
    "OnScale",
    "OverBudgetError",
    "RefusedResponseError",
    "RefusedTargetError",
    "Request",
    "RequestError",
    "ScanLimitError",
    "StreamError",
    "UntreatableError",
    "VaultError",
    "VaultFullError",
]

_LATER = {
    "About": "epol.engine.seen",
    "Batch": "epol.engine.deciding.batch",
    "Decision": "epol.engine.decision",
    "DecisionLog": "epol.engine.log.decision_log",
    "Enforced": "epol.engine.enforcing.enforced",
    "EnforcedBatch": "epol.engine.enforcing.batches",
    "Engine": "epol.engine.engine",
    "OnScale": "epol.engine.deciding.columns",
    "Request": "epol.engine.request",
}


def __getattr__(name: str) -> object:
    """What is imported when it is first asked for: the compiler needs the bundle's format only."""
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_LATER[name]), name)
