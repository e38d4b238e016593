"""`hash`: a keyed digest, the same for the same value wherever the deployment's key is used."""

from __future__ import annotations

import hmac

from epol.engine.text.treatments.keys import Keys
from epol.engine.text.treatments.regions import Region


def replacement(value: str, _region: Region, keys: Keys) -> str:
    """HMAC-SHA-256 (RFC 2104, FIPS 180-4) of the value's UTF-8, in lower-case hex.

    A lone surrogate counts as its three bytes, so that any text has a digest.
    """
    return hmac.digest(keys.hash_key, value.encode("utf-8", "surrogatepass"), "sha256").hex()
