"""Who wrote a moment ago, and so reads from the primary.

One moment per slot of a mapped file that the web processes of a machine share, by the user's number. Two users of one
slot send one another to the primary, which does no harm. Other machines are told by a cookie of the browser's.
"""

from __future__ import annotations

import time
from typing import Final

from batconnect.core.database.marks import read_mark, write_mark

_NAME: Final = "writers"
_SLOTS: Final = 65_536
_SECOND: Final = 1_000_000_000


def note_writer(user_id: int) -> None:
    """The user has written now."""
    write_mark(_NAME, user_id % _SLOTS, time.monotonic_ns(), slots=_SLOTS)


def wrote_within(user_id: int, seconds: float) -> bool:
    """Whether the user wrote within so many seconds. The machine's clock since its start counts, which nobody sets."""
    age = time.monotonic_ns() - read_mark(_NAME, user_id % _SLOTS, slots=_SLOTS)
    # A moment to come was written before the machine started.
    return 0 <= age < seconds * _SECOND
