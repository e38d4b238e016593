"""Value added tax numbers of Europe."""

from __future__ import annotations

from epol.engine.text.validators._stdnum import valid
from epol.engine.text.validators._text import compact, placeholder

_NEIGHBOURS = {"GB": "gb.vat", "CH": "ch.vat", "NO": "no.mva"}


def vat(value: str) -> bool:
    """A number of a member state, Northern Ireland, Britain, Switzerland or Norway.

    It begins with its country's code (EL for Greece, XI for Northern Ireland), and passes
    the check of that country; without the code, every run of eight digits would be some
    country's.
    Sources: Directive 2006/112/EC, articles 214 and 215; the national authorities.
    """
    text = compact(value)
    return not placeholder(text) and valid(_NEIGHBOURS.get(text[:2], "eu.vat"), text)
