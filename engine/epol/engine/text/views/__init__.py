"""Views: a text as it reads once look-alikes are folded and escapes and encodings undone.

A view is the whole text with everything decoded in place, so that the words around a value
stay around it; what is found in it is mapped back to the characters that were sent.  Views
form a chain, each made from the one before:

1. `folded`: characters (NFKC, digits and dashes of every script, spaces, look-alikes; what
   is invisible is deleted);
2. `json`, `percent`, `html`: escapes;
3. `hex`, `base64`: runs that hold text.

The first two are repeated until nothing changes, and then all three; both `MAX_ROUNDS` times
at most.  What still decodes then is opaque.
"""

from epol.engine.text.views.base64s import may_hold_text
from epol.engine.text.views.derive import MAX_ROUNDS, Views, derive, undone
from epol.engine.text.views.few import Few, few_folded
from epol.engine.text.views.triggers import TRIGGERS, Hints
from epol.engine.text.views.view import View

__all__ = [
    "MAX_ROUNDS",
    "TRIGGERS",
    "Few",
    "Hints",
    "View",
    "Views",
    "derive",
    "few_folded",
    "may_hold_text",
    "undone",
]
