"""Starts the embedded servers again when one is gone."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from . import broker, postgres
from .environment import ADDRESSES, prepare_environment, uses_broker, uses_database
from .errors import EmbeddedError
from .paths import DataDir
from .restarts import Restarts

POLL_SECONDS = 0.5
SILENT_SECONDS = 10.0
"""A broker that lives may be silent for so long: it loads its file, or the machine is busy."""
END_SECONDS = 5.0


@dataclass(frozen=True)
class Revived:
    """The embedded servers run again."""

    what: str
    seconds: float
    addresses: dict[str, str]
    """The environment variables that have changed: a port was taken in the meantime."""


@dataclass(frozen=True)
class Unrevived:
    """The embedded servers do not start; they are tried again after `wait` seconds."""

    what: str
    reason: str
    wait: float


class ServerWatch:
    """Looks after the servers of one data dir from a thread of its own, until told to end."""

    def __init__(
        self, *, data: DataDir, environ: Mapping[str, str], report: Callable[[Revived | Unrevived], None]
    ) -> None:
        self._data = data
        self._environ = dict(environ)
        self._report = report
        self._cluster = (
            postgres.open_cluster(data=data) if uses_database(data=data, environ=environ) else None
        )
        self._has_broker = uses_broker(data=data, environ=environ)
        self._broker_answered = time.monotonic()
        self._restarts = Restarts()
        self._stop_requested = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="servers", daemon=True)

    def begin(self) -> None:
        """Watch from now on; nothing to do where all servers are somebody else's."""
        if self._cluster is not None or self._has_broker:
            self._thread.start()

    def end(self) -> None:
        """Stop watching. One that is being started just now is waited for by whoever stops it."""
        self._stop_requested.set()
        if self._thread.ident is not None:
            self._thread.join(timeout=END_SECONDS)

    def _watch(self) -> None:
        while not self._stop_requested.wait(POLL_SECONDS):
            gone = self._find_gone()
            if gone:
                self._revive(what=gone)

    def _find_gone(self) -> str:
        """What is no longer running, in words; nothing when all is well."""
        gone = []
        if self._cluster is not None and not self._cluster.lives():
            gone.append("the database")
        if self._has_broker and self._is_broker_gone():
            gone.append("the broker")
        return " and ".join(gone)

    def _is_broker_gone(self) -> bool:
        address = broker.recorded_address(data=self._data)
        if address is not None and address.answers():
            self._broker_answered = time.monotonic()
            return False
        return not broker.lives(data=self._data) or time.monotonic() - self._broker_answered > SILENT_SECONDS

    def _revive(self, *, what: str) -> None:
        began = time.monotonic()
        before = {name: self._environ.get(name, "") for name in ADDRESSES}
        try:
            prepare_environment(environ=self._environ)
        except (EmbeddedError, OSError) as error:
            wait = self._restarts.wait_after(ran_seconds=0)
            self._report(Unrevived(what=what, reason=str(error), wait=wait))
            self._stop_requested.wait(wait)
            return
        self._restarts = Restarts()
        self._broker_answered = time.monotonic()
        changed = {
            name: self._environ[name] for name, url in before.items() if self._environ.get(name, "") != url
        }
        self._report(Revived(what=what, seconds=time.monotonic() - began, addresses=changed))
