"""What a run prints: each program's lines with time and name before them, and the supervisor's own."""

import sys
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime

from honcho.colour import get_colours
from honcho.printer import Message, Printer

OWN_NAME = "system"


class Journal:
    """Lines on standard output, in honcho's form; a reader that is gone stops nothing."""

    def __init__(self, *, programs: Iterable[str]) -> None:
        self._colors = dict(zip(programs, get_colours(), strict=False))
        self._printer = Printer(sys.stdout, width=max(len(name) for name in (OWN_NAME, *self._colors)))

    def line(self, *, program: str, text: str) -> None:
        """Print a program's line."""
        self._write(name=program, text=text)

    def note(self, text: str) -> None:
        """Print a line of the supervisor's."""
        self._write(name=OWN_NAME, text=text)

    def _write(self, *, name: str, text: str) -> None:
        # The terminal may be closed, the pipe's reader gone: then the programs still have to be looked after.
        with suppress(OSError):
            self._printer.write(
                Message("line", text, datetime.now().astimezone(), name, self._colors.get(name))
            )
