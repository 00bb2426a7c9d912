"""Whether the database's disk is full, as far as this machine's processes know.

A refused write sets the mark, a committed one clears it. The mark is kept in a small memory-mapped file that all
processes of a data folder share, so that readiness knows of it whichever of them is asked.
"""

from __future__ import annotations

import time
import zlib
from typing import Final

from batconnect.core.database.marks import read_mark, write_mark

_SLOTS: Final = 1_024  # by the database's name: the suite's workers have one each
_SECOND: Final = 1_000_000_000


def mark_full(database: str) -> None:
    """A write was refused for lack of space."""
    _put(database, time.time_ns())


def mark_writable(database: str) -> None:
    """A write was stored."""
    _put(database, 0)


def is_full(database: str) -> bool:
    """Whether the last write that is known of was refused for lack of space."""
    return _get(database) != 0


def seconds_since_refusal(database: str) -> float:
    """How long ago that was. A clock that was set back counts as long ago."""
    age = time.time_ns() - _get(database)
    return age / _SECOND if age >= 0 else float("inf")


def _get(database: str) -> int:
    return read_mark("disk", _place(database), slots=_SLOTS)


def _put(database: str, value: int) -> None:
    write_mark("disk", _place(database), value, slots=_SLOTS)


def _place(database: str) -> int:
    return zlib.crc32(database.encode()) % _SLOTS
