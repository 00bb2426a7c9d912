"""One program of the Procfile: started, listened to, asked to stop, and cleared away once it has ended."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass

from . import processes
from .paths import PROJECT_ROOT

REMAINS_SECONDS = 6.0
"""How long children may go on with what they are doing once their parent is gone."""
LAST_LINES_SECONDS = 1.0


@dataclass(frozen=True)
class Line:
    """What a program wrote, without the end of the line."""

    program: str
    text: str


@dataclass(frozen=True)
class Ended:
    """A program that has ended and left no child behind."""

    program: str
    code: int
    """Its exit code, or a signal's number with a minus."""
    seconds: float
    """How long it ran."""

    def describe(self) -> str:
        """How it ended, in words."""
        if self.code < 0:
            return f"was ended by {signal.Signals(-self.code).name}"
        return f"ended with exit code {self.code}"


class Program:
    """A command that runs in a session of its own, so that a Ctrl-C in the terminal does not reach it."""

    def __init__(self, *, name: str, command: str, report: Callable[[Line | Ended], None]) -> None:
        self.name = name
        self._command = command
        self._report = report
        self._process: subprocess.Popen[str] | None = None

    @property
    def is_up(self) -> bool:
        """True from its start until `forget` was called about its end."""
        return self._process is not None

    def forget(self) -> None:
        """Its end was reported: it can be started again."""
        self._process = None

    def start(self, *, environ: Mapping[str, str]) -> int:
        """Start it and return its process id; its lines and its end are reported from threads of their own."""
        process = subprocess.Popen(  # noqa: S603 - a line of the project's own Procfile
            ["/bin/sh", "-c", self._command],
            cwd=PROJECT_ROOT,
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
        )
        self._process = process
        reader = threading.Thread(target=self._read, args=[process], name=f"{self.name} lines", daemon=True)
        reader.start()
        threading.Thread(
            target=self._wait, args=[process, reader, time.monotonic()], name=f"{self.name} end", daemon=True
        ).start()
        return process.pid

    def ask_to_stop(self) -> None:
        """Ask the program itself to stop: it winds up its own children.

        The signal to the whole group would end a Celery child in the middle of its task. Each line of the Procfile
        begins with `exec`, so that the process is the program and not a shell.
        """
        if self._process is not None:
            self._process.terminate()

    def kill(self) -> None:
        """End it and its children on the spot."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)

    def _read(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            self._report(Line(program=self.name, text=line.rstrip("\n")))
        process.stdout.close()

    def _wait(self, process: subprocess.Popen[str], reader: threading.Thread, began: float) -> None:
        code = process.wait()
        seconds = time.monotonic() - began
        # A killed master leaves workers that hold the port and go on for a while; they finish what they are doing.
        processes.end(
            pids=lambda: processes.in_group(group=process.pid), gentle=signal.SIGTERM, seconds=REMAINS_SECONDS
        )
        reader.join(timeout=LAST_LINES_SECONDS)
        self._report(Ended(program=self.name, code=code, seconds=seconds))
