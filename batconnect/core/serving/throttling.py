"""How often: sign-ins per account and address, and per address; writes per user. Off with 0 in the settings.

The counts lie in one small memory-mapped file that all web processes of a machine share: exact among them,
no round trip, gone with the data directory. Behind several machines each counts for itself, so the limit of
the whole is at most machines × limit; failed sign-ins are counted in rows as well (axes), which all see.
"""

from __future__ import annotations

import fcntl
import hashlib
import mmap
import os
import struct
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from axes.helpers import get_cool_off
from django.conf import settings
from django.http import HttpRequest

from batconnect.core.kernel.errors import TooManyRequests
from batconnect.core.kernel.words import format_count
from batconnect.core.serving.proxies import client_address

_SLOT: Final = struct.Struct("<QqQ")  # key, start of the window in ns, requests in it
_SLOTS: Final = 16_384
_PROBES: Final = 4
_SECOND: Final = 1_000_000_000


class LoginLocked(TooManyRequests):
    """429: too many failed sign-ins of this account from this address."""

    code = "login_locked"
    title = "Too many failed sign-ins"
    remedy = "Wait for the seconds that Retry-After names."


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `limit` requests in a window of `seconds`; a window begins with its first request."""

    name: str
    limit: int
    seconds: int


class SharedCounters:
    """Windows counted in a file shared by the processes of this machine.

    A key has one of a few slots; when all are taken the oldest window is given up, which can only let
    somebody through too early. Which slots those are depends on `secret`: nobody can choose names that push out
    another's count. Threads take turns by a lock, processes by a lock on the slot's bytes.
    """

    def __init__(self, path: Path, *, secret: bytes) -> None:
        self._secret = hashlib.sha256(secret).digest()
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        size = _SLOT.size * _SLOTS
        if os.fstat(self._file).st_size != size:
            os.ftruncate(self._file, size)
        self._map = mmap.mmap(self._file, size)
        self._turn = threading.Lock()

    def take(self, limit: Limit, subject: str) -> int:
        """Count one request; 0 when it is within the limit, else the whole seconds until the window ends."""
        digest = hashlib.blake2b(
            f"{limit.name}\n{subject}".encode(), digest_size=8, key=self._secret
        ).digest()
        key = int.from_bytes(digest, "little") or 1
        first = key % (_SLOTS - _PROBES)
        now, window = time.time_ns(), limit.seconds * _SECOND
        with self._turn:
            fcntl.lockf(self._file, fcntl.LOCK_EX, _SLOT.size * _PROBES, _SLOT.size * first)
            try:
                offset, started, count = self._slot(key, first)
                # A start in the future is left over from a clock that was set back.
                if started > now or now - started >= window:
                    started, count = now, 0
                if count >= limit.limit:
                    return max(1, -((now - started - window) // _SECOND))
                _SLOT.pack_into(self._map, offset, key, started, count + 1)
                return 0
            finally:
                fcntl.lockf(self._file, fcntl.LOCK_UN, _SLOT.size * _PROBES, _SLOT.size * first)

    def _slot(self, key: int, first: int) -> tuple[int, int, int]:
        oldest, oldest_start = first * _SLOT.size, None
        for number in range(first, first + _PROBES):
            offset = number * _SLOT.size
            held, started, count = _SLOT.unpack_from(self._map, offset)
            if held == key:
                return offset, started, count
            if oldest_start is None or started < oldest_start:
                oldest, oldest_start = offset, started
        return oldest, 0, 0


_shared: dict[tuple[str, int], SharedCounters] = {}


def _counters() -> SharedCounters:
    # One per process: locks on a file are forgotten when any of its descriptors is closed.
    path = settings.DATA_DIR / "run" / "throttle.bin"
    place = (str(path), os.getpid())
    if place not in _shared:
        _shared[place] = SharedCounters(path, secret=settings.SECRET_KEY.encode())
    return _shared[place]


def limit_writes(*, user_id: int) -> None:
    """Count a write of the user. Raises TooManyRequests (429, Retry-After) above THROTTLE_WRITES_PER_SECOND."""
    limit = settings.THROTTLE_WRITES_PER_SECOND
    if limit and (wait := _counters().take(Limit("writes", limit, 1), str(user_id))):
        raise TooManyRequests(
            f"At most {limit} writes per second and user.", headers={"Retry-After": str(wait)}
        )


def limit_logins(*, request: HttpRequest, username: str, device: str = "") -> None:
    """Count a sign-in of the account from this address, and of the address for all accounts; of a known `device`,
    one of the account from the device. Raises TooManyRequests above THROTTLE_LOGIN_PER_MINUTE, _PER_ADDRESS."""
    address, counters = client_address(request), _counters()
    limit = settings.THROTTLE_LOGIN_PER_ADDRESS
    if limit and not device and (wait := counters.take(Limit("addresses", limit, 60), address)):
        raise TooManyRequests(
            f"At most {limit} sign-ins per minute from one address.", headers={"Retry-After": str(wait)}
        )
    limit = settings.THROTTLE_LOGIN_PER_MINUTE
    subject = f"{username.casefold()}\n{device or address}"
    if limit and (wait := counters.take(Limit("logins", limit, 60), subject)):
        raise TooManyRequests(
            f"At most {limit} sign-ins per minute for one account and address.",
            headers={"Retry-After": str(wait)},
        )


def limit_requests(*, name: str, subject: str, limit: int, seconds: int) -> None:
    """Count a request of any other kind (`batch_uploads` per company). Raises TooManyRequests; `limit` 0 is off."""
    if limit and (wait := _counters().take(Limit(name, limit, seconds), subject)):
        raise TooManyRequests(f"At most {limit} in {seconds} seconds.", headers={"Retry-After": str(wait)})


def login_locked(request: HttpRequest) -> LoginLocked:
    """The refusal while axes holds an account locked."""
    pause = get_cool_off(request)
    seconds = getattr(request, "locked_seconds", 0) or (int(pause.total_seconds()) if pause else 900)
    return LoginLocked(
        f"Too many failed sign-ins; this account is locked for {format_count(-(-seconds // 60), 'minute')}.",
        headers={"Retry-After": str(seconds)},
    )
