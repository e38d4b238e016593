"""Addresses of electronic mail."""

from __future__ import annotations

import re

MAX_ADDRESS = 254
"""Octets of a path without its angle brackets: RFC 5321, 4.5.3.1.3."""

MAX_LOCAL = 64
"""Octets before the @: RFC 5321, 4.5.3.1.1."""

_ATOM = r"[^\W_]|[!#$%&'*+/=?^_`{|}~-]"
_LOCAL = rf'(?:{_ATOM})+(?:\.(?:{_ATOM})+)*|"(?:[^"\\\r\n]|\\.)+"'
_LABEL = r"[^\W_](?:(?:[^\W_]|-){0,61}[^\W_])?"
_TLD = r"[^\W\d_]{2,63}|xn--[a-z0-9-]{2,59}"
_ADDRESS = re.compile(
    rf"(?P<local>{_LOCAL})@(?:{_LABEL}\.)+(?P<tld>{_TLD})", re.IGNORECASE | re.DOTALL
)

_FILES = frozenset(
    """avif bak bmp bz css csv dll docx dylib eot exe flac gif gz heic htm html ico ini ipynb jar
    jpeg jpg js json jsonl jsx less lock log mjs mkv odt ogg otf parquet pdf php png ppt pptx psd
    rar raw scss sql sqlite svg tar tgz tif tiff tmp toml ts tsv tsx ttf txt vue wasm wav webm
    webp woff xls xlsx xml yaml yml""".split()
)
"""Ends of file names that are no top-level domain, as in `logo@2x.png`.

`ai`, `app`, `cc`, `java`, `map`, `md`, `mov`, `pl`, `ps`, `py`, `rs`, `sh`, `so` and `zip` are.
"""


def email(value: str) -> bool:
    """`local@domain` within the lengths of SMTP, under a plausible top-level domain.

    Sources: RFC 5321, 4.1.2 and 4.5.3.1; RFC 6531 (letters beyond ASCII); RFC 1123, 2.1.
    A domain has two labels at least, and the last one has letters only, or is an
    internationalised one (`xn--`).  Addresses in brackets are refused.
    """
    if len(value) > MAX_ADDRESS or len(value.encode(errors="replace")) > MAX_ADDRESS:
        return False
    match = _ADDRESS.fullmatch(value)
    if match is None or len(match["local"].encode(errors="replace")) > MAX_LOCAL:
        return False
    return match["tld"].lower() not in _FILES
