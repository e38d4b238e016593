"""The Markdown of the pages, for the generator of the site: an extension of Python-Markdown.

It names the anchors of headings as GitHub does, so that one link works in the repository and on the
site, and makes the colours of epol known.
"""

from __future__ import annotations

import re
from typing import Any, cast

from markdown import Markdown
from markdown.extensions import Extension
from pygments import lexers
from tools.site.epol_lexer import EpolLexer


def slug(heading: str, separator: str = "-") -> str:
    """What `#…` names a heading by, as GitHub spells it."""
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", separator)


class Dialect(Extension):
    """Anchors and colours."""

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 (the name is Python-Markdown's)
        """Set them; the extension `toc` comes before this one."""
        cast(Any, md.treeprocessors["toc"]).slugify = slug
        cast(Any, lexers).LEXERS["EpolLexer"] = (
            EpolLexer.__module__, EpolLexer.name, EpolLexer.aliases, EpolLexer.filenames, (),
        )  # fmt: skip


def makeExtension() -> Dialect:  # noqa: N802 (the name is Python-Markdown's)
    """What Python-Markdown asks for."""
    return Dialect()
