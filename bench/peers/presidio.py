"""Presidio: every predefined recognizer that works by patterns, of all countries.

Without models, and without the work of its engine around them (context words, merging),
so the time is a lower bound.  The phone recognizer is no pattern recognizer and left out.
"""

from __future__ import annotations

import inspect
from importlib import import_module
from importlib.metadata import version
from typing import Any

# This runs in the peer's environment; where types are checked it is not installed.
_analyzer: Any = import_module("presidio_analyzer")
_predefined: Any = import_module("presidio_analyzer.predefined_recognizers")
_tldextract: Any = import_module("tldextract.tldextract")

VERSION = version("presidio-analyzer")

# The check of e-mail addresses would fetch the list of suffixes from the network; this
# takes the one in the package.
_tldextract.TLD_EXTRACTOR = _tldextract.TLDExtract(cache_dir=None, suffix_list_urls=())

_RECOGNIZERS: list[Any] = [
    recognizer()
    for _, recognizer in inspect.getmembers(_predefined, inspect.isclass)
    if issubclass(recognizer, _analyzer.PatternRecognizer)
]


def scan(text: str) -> int:
    """How many findings a text has, those that fail their check left out."""
    return sum(
        len(recognizer.analyze(text, recognizer.supported_entities, None))
        for recognizer in _RECOGNIZERS
    )
