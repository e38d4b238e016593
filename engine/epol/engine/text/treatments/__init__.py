"""Treatments: from the spans of a text to the text that a target may see (language.md §5).

A treatment that writes something in place of a region is one module of its name with a
function `replacement(value, region, keys) -> str`, and is registered by being there.
`drop` writes nothing: it decides whether the segment leaves at all.

Every offset and length counts code points.  Nothing here shows a value or a key in a
repr or an error.
"""
