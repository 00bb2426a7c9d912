"""Identifiers made in Python: time-ordered UUIDs (RFC 9562, version 7), so that PostgreSQL 15 serves too."""

from __future__ import annotations

import os
import threading
import time
from uuid import UUID

_lock = threading.Lock()
_last_ticks = 0


def uuid7() -> UUID:
    """A UUIDv7; those of one process sort in the order they were made (the 12 bits below the millisecond count)."""
    global _last_ticks
    with _lock:
        # Milliseconds in the upper 48 bits and 4,096ths of one below: the RFC's method 3.
        ticks = (time.time_ns() << 12) // 1_000_000
        _last_ticks = ticks = max(ticks, _last_ticks + 1)
    value = (ticks >> 12) << 80 | 0x7 << 76 | (ticks & 0xFFF) << 64
    value |= 0b10 << 62 | int.from_bytes(os.urandom(8), "big") >> 2
    return UUID(int=value)
