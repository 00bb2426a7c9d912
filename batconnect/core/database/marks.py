"""Small memory-mapped files that all processes of a data folder share: one number per slot, written without a lock."""

from __future__ import annotations

import mmap
import os
import struct
from functools import cache
from pathlib import Path
from typing import Final

from django.conf import settings

_SLOT: Final = struct.Struct("<q")


def read_mark(name: str, place: int, *, slots: int) -> int:
    """The number in the slot `place` of `slots`; 0 where none was written."""
    (value,) = _SLOT.unpack_from(_marks(name, slots), place * _SLOT.size)
    return int(value)


def write_mark(name: str, place: int, value: int, *, slots: int) -> None:
    """Write the number, which every process of the data folder reads from now on."""
    _SLOT.pack_into(_marks(name, slots), place * _SLOT.size, value)


@cache
def _marks(name: str, slots: int) -> mmap.mmap:
    """The shared file; where it cannot be made, this process's own."""
    size = _SLOT.size * slots
    path = Path(settings.DATA_DIR) / "run" / f"{name}.bin"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            if os.fstat(file).st_size != size:
                os.posix_fallocate(file, 0, size)
            return mmap.mmap(file, size)
        finally:
            os.close(file)
    except OSError:
        return mmap.mmap(-1, size)
