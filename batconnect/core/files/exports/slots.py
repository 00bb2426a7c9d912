"""How many files a company has made at once: each keeps a thread of the web server for seconds.

A slot is a lock on a small file that all web processes of a machine share. The kernel gives it back when it is released
and when its process dies, so no slot is ever lost. Behind several machines each counts for itself.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Final

from django.conf import settings

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import TooManyRequests


@dataclass(frozen=True, slots=True)
class Kind:
    """Files that share their slots: at most as many of one company at once as the setting says, 0 for any number; else
    again after `wait` seconds."""

    name: str
    setting: str
    wait: int


EXPORTS: Final = Kind("exports", "EXPORTS_AT_ONCE", wait=5)
"""Lists and reports, whole."""
DOCUMENTS: Final = Kind("documents", "DOCUMENTS_AT_ONCE", wait=2)
"""Receipts, statements and the like, one at a time."""


class Slot:
    """One place of several; given back by `release`, or when it is forgotten."""

    def __init__(self, held: IO[bytes] | None) -> None:
        self._held = held

    def release(self) -> None:
        """Give it back; a second time does nothing."""
        if self._held is not None:
            self._held.close()
            self._held = None


def take_slot(kind: Kind, *, actor: Actor) -> Slot:
    """A free slot of the actor's company; jobs need none. Raises TooManyRequests (429, Retry-After)."""
    limit: int = getattr(settings, kind.setting)
    if actor.is_job or not limit:
        return Slot(None)
    folder = settings.DATA_DIR / "run" / "slots"
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(limit):
        held = (folder / f"{actor.company_id}.{kind.name}.{number}").open("ab")
        try:
            # Of an open file, not of a process: threads exclude each other, too.
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            held.close()
            continue
        return Slot(held)
    raise TooManyRequests(
        f"Your company already has {limit} {kind.name} being made, the most allowed at once. "
        f"Try again in {kind.wait} seconds.",
        headers={"Retry-After": str(kind.wait)},
    )


@contextmanager
def slot(kind: Kind, *, actor: Actor) -> Iterator[None]:
    """Hold a slot meanwhile. Raises TooManyRequests."""
    taken = take_slot(kind, actor=actor)
    try:
        yield
    finally:
        taken.release()
