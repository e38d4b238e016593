"""The triggers behind which the compiler puts expressions (`Regex.needs`), for Hyperscan.

An engine takes any.  But those are found together, whichever of them a plan has: how fast Hyperscan
finds some patterns at once depends on all of them, and not always as one would think: to look for
ten of these in 1 KB of prose takes 3.9 microseconds, and for all fourteen 1.9.
"""

from __future__ import annotations

TRIGGERS = (
    r"[0-9](?:[^0-9]{0,2}[0-9]){5}",
    r"[0-9](?:[^0-9]{0,2}[0-9]){7}",
    r"[0-9](?:[\x{0}-/:-\x{7f}]{0,4}[0-9]){5}",
    r"[^\x{0}-@\[-`\{-\x{7f}][0-9]{3}",
    r"[0-9]\. ?[0-9]{1,3}\. ?",
    r"[0-9]/[0-9]{1,3}/",
    r"[0-9]-[0-9]{1,3}-",
    r"00[1-9][ \(\)\--9]{6}",
    r"11[ \-][1-9][ \(\)\--9]{6}",
    r"[0-9]{5}",
    r"[A-Z][^0-9A-Za-z]?[0-9]|[0-9][^0-9A-Za-z]?[A-Z]",
    r"@",
    r"[0-9A-Za-z]{16}",
    r":[0-9A-Fa-f]{0,4}:",
)
