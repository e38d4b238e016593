"""The words in memory that `runs` reads, by their place, and its bounds."""

from __future__ import annotations

SIZE, VALUES = range(2)
"""The frame: the size of a text, and the address of what each byte stands for in base64, or
`NONE`."""

NONE = 255
"""Of a byte that is no digit of base64."""

LEAST_DIGITS, LONG, LINE = 8, 60, 16
"""What has fewer digits is no run; a run that is long, or as long as a line and at the end of one,
is for others to judge."""
