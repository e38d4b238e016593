"""Standard modules are large and seldom change: what reading one gives is kept.

In this process, and on disk in the cache (`engine.bundle.cache`), as JSON: the tree, the
comments, and the two forms of each pattern.  An entry is named by the module's text and by
the sources of what made it, so no other version of the compiler takes it for its own.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from functools import cache as memoized
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

import epol.compiler.patterns
import epol.lang
from epol.compiler.patterns.errors import PatternError
from epol.compiler.patterns.known import Form, form_of, learn
from epol.compiler.resolve.packed import packed, unpacked
from epol.engine.bundle import cache
from epol.lang import ast
from epol.lang.lexer import Comment
from epol.lang.parser import Parsed, parse
from epol.lang.source import Source

_MOST_MODULES = 256
_MAKERS = (epol.lang, epol.compiler.patterns)


@lru_cache(maxsize=_MOST_MODULES)
def read_standard(name: str, text: str) -> Parsed:
    """A standard module's text, parsed; the forms of its patterns are learned."""
    source = Source(name, text)
    folder = cache.default_folder()
    digest = hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()
    key = cache.key_of("module", _makers(), digest)
    stored = cache.read(folder, key)
    if stored is not None:
        return _restored(stored, source)
    parsed = parse(source)
    if not parsed.diagnostics and cache.can_write(folder):
        forms = _forms(parsed.file)
        if forms is not None:
            learn(forms)
            cache.write(folder, key, _stored(parsed, forms))
    return parsed


@memoized
def _makers() -> str:
    """The digest of the sources that entries depend on."""
    digest = hashlib.sha256()
    for package in _MAKERS:
        (folder,) = package.__path__
        for path in sorted(Path(folder).rglob("*")):
            if path.suffix in {".py", ".lark"}:
                digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _forms(tree: ast.File) -> list[Form] | None:
    """Those of all patterns; None if one of them is wrong, which `check` will report."""
    try:
        forms = [form_of(pattern.regex, pattern.flags) for pattern in _patterns(tree)]
    except PatternError:
        return None
    return None if None in forms else cast(list[Form], forms)


def _patterns(tree: ast.File) -> Iterator[ast.Pattern]:
    for node in ast.walk(tree.declarations):
        if isinstance(node, ast.Pattern):
            yield node


def _stored(parsed: Parsed, forms: list[Form]) -> bytes:
    comments = [(comment.start, comment.text) for comment in parsed.comments]
    return json.dumps([packed(parsed.file.declarations), comments, forms]).encode()


def _restored(stored: bytes, source: Source) -> Parsed:
    tree, comments, forms = cast(list[Any], json.loads(stored))
    learn(Form(*form) for form in forms)
    declarations = cast(tuple[ast.Declaration, ...], unpacked(tree, source))
    file = ast.File(source, declarations)
    return Parsed(file, (), tuple(Comment(*comment) for comment in comments), frozenset())
