"""Signatures: HMAC-SHA256 over the raw body, in hexadecimal (docs/api.md#outstanding-amounts)."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from typing import Final

_PREFIX: Final = "sha256="


def sign(*, secret: bytes, body: bytes) -> str:
    """The signature of the body."""
    return hmac.new(secret, body, hashlib.sha256).hexdigest()


def fits(*, secrets: Iterable[bytes], body: bytes, signature: str) -> bool:
    """Whether one of the secrets made the signature; `sha256=` may stand before it. In constant time."""
    given = signature.strip().removeprefix(_PREFIX).lower()
    if not given.isascii():
        return False
    matching = [hmac.compare_digest(sign(secret=secret, body=body), given) for secret in secrets if secret]
    return True in matching
