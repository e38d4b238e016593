"""The engine: a bundle and a request give a decision, and the text that may leave.

It needs no compiler: a machine that only decides installs no grammar and no prover.
"""

from epol.engine.errors import (
    BundleError,
    EpolError,
    ModelLimitError,
    ModelUnavailableError,
    RefusedTargetError,
    RequestError,
    ScanLimitError,
)

__all__ = [
    "BundleError",
    "EpolError",
    "ModelLimitError",
    "ModelUnavailableError",
    "RefusedTargetError",
    "RequestError",
    "ScanLimitError",
]
