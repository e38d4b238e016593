"""The errors of the engine, as one tree.

EpolError
├── BundleError
├── KernelError
├── RequestError
├── ScanLimitError
├── ModelUnavailableError
├── ModelLimitError
├── LogError
└── RefusedTargetError

No message of any of them carries text of a request.
"""


class EpolError(Exception):
    """The root: whoever embeds the engine can catch everything of ours by this name."""


class BundleError(EpolError):
    """A bundle can't be used: damaged, of another format version, or not signed as trusted.

    The policy that was running before stays in place.
    """


class KernelError(EpolError):
    """The kernel cannot be compiled or loaded on this machine."""


class RequestError(EpolError):
    """A request can't be read: it names what the policy doesn't declare, or a value is bad."""


class ScanLimitError(EpolError):
    """A text is larger, or holds more candidates, than may be examined: block the request."""


class ModelUnavailableError(EpolError):
    """A model is not installed, or its files are not the ones that are meant."""


class ModelLimitError(EpolError):
    """A model would take more work or time than it may, or cannot read a text at all.

    Its labels are unknown.
    """


class LogError(EpolError):
    """The decision log cannot be opened, written or read, or its end is not what was written."""


class RefusedTargetError(EpolError):
    """A body was asked for a target that is denied, or held and not yet approved."""
