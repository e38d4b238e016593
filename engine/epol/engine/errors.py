"""The errors of the engine, as one tree.

EpolError
├── BundleError
├── KernelError
├── RequestError
│   └── BodyError
├── ScanLimitError
├── StreamError
├── ModelUnavailableError
├── ModelLimitError
├── UntreatableError
├── LogError
├── RefusedTargetError
├── RefusedResponseError
├── VaultError
│   └── VaultFullError
└── BudgetError
    └── OverBudgetError

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


class BodyError(RequestError):
    """The body of a request or an answer can't be read, or not in one way only."""


class ScanLimitError(EpolError):
    """A text is larger, or holds more candidates, than may be examined: block the request."""


class StreamError(EpolError):
    """A stream can't be read: no events of its API, too large, or cut off."""


class ModelUnavailableError(EpolError):
    """A model is not installed, or its files are not the ones that are meant."""


class ModelLimitError(EpolError):
    """A model would take more work or time than it may, or cannot read a text at all.

    Its labels are unknown.
    """


class UntreatableError(EpolError):
    """A label is to be treated that nobody could look for: its model failed, or was not run."""


class LogError(EpolError):
    """The decision log cannot be opened, written or read, or its end is not what was written."""


class RefusedTargetError(EpolError):
    """A body was asked for a target that is denied, or held and not yet approved.

    Also where its body cannot be treated as the decision asks.
    """


class RefusedResponseError(EpolError):
    """An answer, or a tool call in it, may not go on.

    `rules` are those that refuse it, or the name of a failure.  `is_held` where a person may
    let it through.
    """

    def __init__(self, message: str, rules: tuple[str, ...] = (), *, is_held: bool = False) -> None:
        super().__init__(message)
        self.rules, self.is_held = rules, is_held


class VaultError(EpolError):
    """The vault can't be read or written, or refuses to be: block the request.

    In a response, tokens that cannot be read stay as they are.
    """


class VaultFullError(VaultError):
    """The vault holds as much as it may.  Nothing that is in use is thrown out for it."""


class BudgetError(EpolError):
    """The ledger of a budget can't be read or written: send nothing that costs."""


class OverBudgetError(BudgetError):
    """A budget has less left than is asked for."""
