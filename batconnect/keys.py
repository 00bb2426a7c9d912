"""Secret keys from the environment: a short one stops the start."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from django.core.exceptions import ImproperlyConfigured

SHORTEST: Final = 32
"""Bytes: what SHA-256 can use (RFC 7518, 3.2). Shorter ones are guessed from a single token."""


def strong_keys(keys: Sequence[str], *, name: str) -> list[str]:
    """The keys, the newest first. Raises ImproperlyConfigured for one under SHORTEST bytes, without printing it."""
    for place, key in enumerate(keys, start=1):
        size = len(key.encode())
        if size < SHORTEST:
            which = name if len(keys) == 1 else f"{name}, the {place}. of {len(keys)},"
            raise ImproperlyConfigured(
                f"{which} has {size} bytes and needs at least {SHORTEST}. Make one: "
                "python3 -c 'import secrets; print(secrets.token_urlsafe(48))'"
            )
    return list(keys)
