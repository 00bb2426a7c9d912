"""What was tried and what came of it, by row of the table; several threads write into it."""

from __future__ import annotations

import statistics
import threading
from dataclasses import dataclass, field
from typing import Final

FORBIDDEN: Final = ("lost", "doubled", "leaked", "half_done", "wrong", "server_errors")
"""Columns in which nothing but zero is right."""
_KEPT: Final = 60
"""So many findings are printed; the rest is counted."""


@dataclass(slots=True)
class Row:
    """One line of the table."""

    name: str
    tried: int = 0
    acknowledged: int = 0
    refused: int = 0
    cut_off: int = 0
    lost: int = 0
    doubled: int = 0
    leaked: int = 0
    half_done: int = 0
    wrong: int = 0
    server_errors: int = 0
    recoveries: list[float] = field(default_factory=list)

    @property
    def recovery(self) -> str:
        """The median and the longest of the recoveries in seconds."""
        if not self.recoveries:
            return ""
        return f"{statistics.median(self.recoveries):.1f} / {max(self.recoveries):.1f}"

    @property
    def is_clean(self) -> bool:
        return not any(getattr(self, name) for name in FORBIDDEN)


class Tally:
    """The rows by name, in the order in which they were first counted, and every finding in words."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.rows: dict[str, Row] = {}
        self.findings: list[str] = []

    def count(self, row: str, *columns: str, by: int = 1) -> None:
        """Add to columns of a row."""
        with self._lock:
            kept = self.rows.setdefault(row, Row(row))
            for column in columns:
                setattr(kept, column, getattr(kept, column) + by)

    def find(self, row: str, column: str, words: str) -> None:
        """Count something that must not be, and say what."""
        self.count(row, column)
        with self._lock:
            if len(self.findings) < _KEPT:
                self.findings.append(f"{row}: {column.replace('_', ' ')}: {words}")

    def recovered(self, row: str, seconds: float) -> None:
        """Note how long a fault was felt."""
        with self._lock:
            self.rows.setdefault(row, Row(row)).recoveries.append(seconds)

    @property
    def is_clean(self) -> bool:
        """Whether no forbidden column of any row counts anything."""
        with self._lock:
            return all(row.is_clean for row in self.rows.values())
