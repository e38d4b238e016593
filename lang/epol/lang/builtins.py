"""What the language itself names: flows, roles, treatments, places, caps, target parts."""

from __future__ import annotations

from enum import IntEnum

from epol.lang.literals import MILLION, Kind
from epol.lang.types import BOOL, MAX_INT, PLAIN_TYPES, STRING, EnumType, NumericType, Type

EDITIONS = (1,)
"""The language editions this version knows."""

MAX_TARGETS = 64
MAX_LABELS = 2048
MAX_IMPORT_DEPTH = 50

FLOWS = ("request", "response", "tool_call")
ROLES = ("system", "user", "assistant", "tool")
PLACES = ("local", "premises", "cloud")
EFFORTS = ("none", "low", "medium", "high")


class Treatment(IntEnum):
    """What happens to a label's spans, weakest first (language.md §5)."""

    KEEP = 0
    MASK = 1
    GENERALIZE = 2
    TOKENIZE = 3
    HASH = 4
    REDACT = 5
    DROP = 6

    def __str__(self) -> str:
        return self.name.lower()


TREATMENTS = {str(treatment): treatment for treatment in Treatment}

GENERALIZATIONS = ("year", "month", "decade", "zip3", "network", "round")
"""Methods of `generalize by`; `round` alone takes a number."""

TARGET_FIELDS: dict[str, Type] = {
    "at": EnumType(PLACES),
    "zone": STRING,
    "model": STRING,
    "context": PLAIN_TYPES["int"],
}
"""Fields that every target has without a `field` declaration."""

TARGET_SIGNALS: dict[str, tuple[Type, bool | int]] = {
    "up": (BOOL, True),
    "queue": (PLAIN_TYPES["int"], 0),
    "rtt": (PLAIN_TYPES["duration"], 0),
    "latency": (PLAIN_TYPES["duration"], 0),
    "errors": (PLAIN_TYPES["ratio"], 0),
    "rate_left": (PLAIN_TYPES["int"], MAX_INT),
}
"""Live signals that every target has, with their types and defaults."""

TARGET_NAME = "name"
TARGET_COST = "cost"
COST_INPUTS = ("request.tokens", "request.max_output_tokens")
"""What `target.cost` multiplies the prices in and out with."""

TARGET_PARTS_UNREAD = frozenset({"price", "url", "key"})
"""What a target has that no expression reads."""

TARGET_PARTS_TAKEN = frozenset(
    {*TARGET_FIELDS, *TARGET_SIGNALS, TARGET_NAME, TARGET_COST, *TARGET_PARTS_UNREAD}
)
"""Names that a `field` declaration cannot take."""

CAPS: dict[str, Type] = {
    "max_output_tokens": PLAIN_TYPES["int"],
    "temperature": NumericType(Kind.NUMBER, 0, 10 * MILLION),
    "top_p": PLAIN_TYPES["ratio"],
    "reasoning_effort": EnumType(EFFORTS),
}

VALIDATORS = (
    "aba", "base64", "card", "cnpj", "cpf", "credit_card", "cusip", "date", "dea", "ean", "email",
    "entropy", "iban", "imei", "imsi", "ip", "ipv4", "ipv6", "isin", "jwt", "luhn", "mac",
    "mod11", "mod97", "nhs", "npi", "nric", "phone", "ssn", "swift", "uuid", "vat", "verhoeff",
    "vin",
)  # fmt: skip
"""Names that `check` may use."""

BOUNDARIES = ("digit", "word", "letter", "space")
TARGET_WORDS_TAKEN = frozenset({"target", "any"})

TEXT_FUNCTIONS: dict[str, Type] = {
    "count": PLAIN_TYPES["int"],
    "match": BOOL,
    "density": PLAIN_TYPES["ratio"],
    "similarity": PLAIN_TYPES["ratio"],
}
"""The type of what each text signal computes."""
