"""Keeps the Procfile's programs running side by side, and the embedded servers under them (ADR 0022).

One loop, in the main thread, does everything in turn; the threads that listen and wait only report to it.
"""

import os
import queue
import signal
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from .environment import without_owner
from .journal import Journal
from .paths import DataDir
from .program import Ended, Line, Program
from .restarts import Restarts
from .watching import Revived, ServerWatch, Unrevived

ESSENTIAL = "web"
"""Without it a run is of no use: when it never works, the run ends; the others are tried again forever."""
AWAITED = (ESSENTIAL, "worker")
"""What `/health/ready/` asks for, so what whoever starts a run waits for."""
HEAD_START_SECONDS = 3.0
"""How much later the others start: on a small machine they would take the time in which people wait for those."""
STOP_SECONDS = 30.0
"""TimeoutStopSec=: how long programs may take to finish what they are doing; longer than gunicorn's own limit."""
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True)
class _Stop:
    """Somebody asks the run to end."""

    signal_name: str


@dataclass
class _Place:
    """A program, and when it is due to start again if it is not up."""

    program: Program
    restarts: Restarts = field(default_factory=Restarts)
    due: float = 0.0


class Supervisor:
    """The programs of one run."""

    def __init__(self, *, commands: Mapping[str, str], data: DataDir, journal: Journal) -> None:
        self._events: queue.SimpleQueue[Line | Ended | Revived | Unrevived | _Stop] = queue.SimpleQueue()
        self._journal = journal
        self._watch = ServerWatch(data=data, environ=os.environ, report=self._events.put)
        self._places = {
            name: _Place(Program(name=name, command=command, report=self._events.put))
            for name, command in commands.items()
        }
        if ESSENTIAL in commands:
            for name in commands.keys() - {*AWAITED}:
                self._places[name].due = time.monotonic() + HEAD_START_SECONDS
        self._stopping_since: float | None = None
        self._failure = ""

    def run(self) -> str:
        """Keep everything running until told to stop; returns what went wrong, or nothing after a signal."""
        with self._signals():
            self._watch.begin()
            try:
                while self._stopping_since is None or self._up():
                    self._start_due()
                    self._handle(self._next_event())
            finally:
                self._watch.end()
                for program in self._up():
                    program.kill()
        return self._failure

    def _up(self) -> list[Program]:
        return [place.program for place in self._places.values() if place.program.is_up]

    def _start_due(self) -> None:
        if self._stopping_since is not None:
            return
        for name, place in self._places.items():
            if not place.program.is_up and place.due <= time.monotonic():
                pid = place.program.start(environ=without_owner(environ=os.environ))
                self._journal.note(f"{name} started (process {pid})")

    def _next_event(self) -> Line | Ended | Revived | Unrevived | _Stop | None:
        """The next event, or None when a program is due, or one that was told to stop has had its time."""
        if self._stopping_since is None:
            until = min((p.due for p in self._places.values() if not p.program.is_up), default=None)
        else:
            until = self._stopping_since + STOP_SECONDS
        try:
            return self._events.get(timeout=None if until is None else max(until - time.monotonic(), 0))
        except queue.Empty:
            return None

    def _handle(self, event: Line | Ended | Revived | Unrevived | _Stop | None) -> None:
        if isinstance(event, Line):
            self._journal.line(program=event.program, text=event.text)
        elif isinstance(event, Ended):
            self._program_ended(event)
        elif isinstance(event, Revived):
            self._servers_revived(event)
        elif isinstance(event, Unrevived):
            self._journal.note(
                f"{event.what} ended and does not start; next try in {event.wait:.1f} s: {event.reason}"
            )
        elif isinstance(event, _Stop):
            self._on_stop(event)
        elif self._stopping_since is not None:
            self._kill_all(f"not ended after {STOP_SECONDS:.0f} s")

    def _program_ended(self, event: Ended) -> None:
        place = self._places[event.program]
        place.program.forget()
        if self._stopping_since is not None:
            self._journal.note(f"{event.program} {event.describe()}")
            return
        wait = place.restarts.wait_after(ran_seconds=event.seconds)
        place.due = time.monotonic() + wait
        if event.program == ESSENTIAL and place.restarts.never_works:
            self._failure = (
                f"{event.program} {event.describe()}, {place.restarts.in_a_row} times in a row, and never ran."
                f" Its own lines above say why; once that is fixed, start `make run` again."
            )
            self._stop_all()
            return
        self._journal.note(f"{event.program} {event.describe()}; it starts again in {wait:.1f} s")

    def _servers_revived(self, event: Revived) -> None:
        self._journal.note(f"{event.what} had ended and runs again, after {event.seconds:.1f} s")
        if event.addresses:
            os.environ.update(event.addresses)
            self._journal.note(f"{', '.join(event.addresses)} changed: every program starts again")
            for program in self._up():
                program.ask_to_stop()

    def _on_stop(self, event: _Stop) -> None:
        if self._stopping_since is None:
            self._journal.note(f"{event.signal_name}: finishing what was begun, then stopping")
            self._stop_all()
        elif event.signal_name == signal.SIGINT.name:
            self._kill_all("interrupted again")

    def _stop_all(self) -> None:
        self._stopping_since = time.monotonic()
        for program in self._up():
            program.ask_to_stop()

    def _kill_all(self, reason: str) -> None:
        for program in self._up():
            self._journal.note(f"{program.name} is killed: {reason}")
            program.kill()
        self._stopping_since = time.monotonic()

    @contextmanager
    def _signals(self) -> Iterator[None]:
        """Turn signals into events; whoever handled them before does so again afterwards."""

        def handle(number: int, frame: object) -> None:
            self._events.put(_Stop(signal_name=signal.Signals(number).name))

        before = {number: signal.signal(number, handle) for number in STOP_SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
