"""A pytest plugin, and an execute wrapper, that record every distinct statement with its parameters for replay.

`pytest -p tests.distributed.recording` writes one file per process to the folder SQL_INVENTORY. Two statements are the
same when PostgreSQL's own parser reads the same of them, whatever their literals.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import orjson
from django.conf import settings
from django.db.backends.signals import connection_created
from pglast.parser import ParseError, fingerprint
from psycopg import ClientCursor

from batconnect.core.database import local_settings

FOLDER: Final = Path(os.environ.get("SQL_INVENTORY", "var/sql-inventory"))
_PLACEHOLDER: Final = re.compile(r"%(?:\((\w+)\))?[sbt]")
_READ: Final = ("select", "with", "insert", "update", "delete")
# Of one statement, so that a replay meets rows that are there.
_SAMPLES: Final = 3


@dataclass
class Statement:
    """A distinct statement: its text, how often it ran, and some of its runs as text with the settings of each."""

    text: str
    runs: int = 0
    samples: list[dict[str, Any]] = field(default_factory=list)


class Recorder:
    """Holds what the process ran."""

    def __init__(self) -> None:
        self.statements: dict[str, Statement] = {}
        self.settings: dict[str, str] = {}
        self.is_paused = False
        self._known: dict[str, str] = {}

    def __call__(self, execute: Any, statement: Any, values: Any, many: bool, context: Any) -> Any:
        """The execute wrapper."""
        if (
            not self.is_paused
            and isinstance(statement, str)
            and statement.lstrip()[:6].lower().startswith(_READ)
        ):
            self._note(statement, values, context["connection"])
        return execute(statement, values, many, context)

    def _note(self, statement: str, values: Any, connection: Any) -> None:
        key = self._known.get(statement)
        if key is None:
            numbered = _PLACEHOLDER.sub("$1", statement).replace("%%", "%")
            try:
                key = fingerprint(numbered)
            except ParseError:
                key = statement
            self._known[statement] = key
        kept = self.statements.setdefault(key, Statement(statement))
        kept.runs += 1
        if len(kept.samples) < _SAMPLES:
            text = (
                statement.replace("%%", "%")
                if values is None
                else _as_literals(connection, statement, values)
            )
            owner = connection.settings_dict["USER"] != settings.RUNTIME_ROLE
            kept.samples.append({"text": text, "settings": dict(self.settings), "owner": owner})

    def note_setting(self, command: bytes) -> None:
        """A SET LOCAL went out."""
        for name, value in re.findall(r"SET LOCAL (app\.\w+) = '((?:[^']|'')*)'", command.decode()):
            self.settings[name] = value.replace("''", "'")

    def write(self) -> Path:
        """Write what was recorded, a line for each statement; the file."""
        FOLDER.mkdir(parents=True, exist_ok=True)
        path = FOLDER / f"{os.getpid()}.jsonl"
        path.write_bytes(
            b"".join(
                orjson.dumps({"key": key, "text": each.text, "runs": each.runs, "samples": each.samples})
                + b"\n"
                for key, each in self.statements.items()
            )
        )
        return path


def _as_literals(connection: Any, statement: str, values: Any) -> str:
    return ClientCursor(connection.connection).mogrify(statement, values)


recorder: Final = Recorder()


def begin() -> None:
    """Record from now on, on every connection that is made."""
    kept = local_settings._execute

    def noted(command: bytes) -> None:
        recorder.note_setting(command)
        kept(command)

    local_settings._execute = noted
    _leave_migrating_out()
    connection_created.connect(_attach)


def _leave_migrating_out() -> None:
    """What `migrate` asks is about the server itself: its catalog lists other tables on a cluster."""
    from batconnect.core.management.commands.migrate import Command

    kept = Command.execute

    def paused(self: Command, *args: Any, **options: Any) -> Any:
        recorder.is_paused = True
        try:
            return kept(self, *args, **options)
        finally:
            recorder.is_paused = False

    Command.execute = paused  # type: ignore[method-assign]  # while this process records


def _attach(connection: Any, **_: Any) -> None:
    if recorder not in connection.execute_wrappers:
        connection.execute_wrappers.append(recorder)


def read_inventory(folder: Path = FOLDER) -> Iterator[dict[str, Any]]:
    """Every distinct statement that the files of the folder hold, once, with the samples of all of them."""
    merged: dict[str, dict[str, Any]] = {}
    for path in sorted(folder.glob("*.jsonl")):
        for line in path.read_bytes().splitlines():
            found = orjson.loads(line)
            there = merged.setdefault(found["key"], found)
            if there is not found:
                there["runs"] += found["runs"]
                there["samples"] = (there["samples"] + found["samples"])[:_SAMPLES]
    yield from merged.values()


def pytest_configure() -> None:
    begin()


def pytest_unconfigure() -> None:
    recorder.write()
