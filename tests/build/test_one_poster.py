"""Entries, postings and what obligations owe are written in one module (docs/adr/0045-one-poster.md)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
POSTER: Final = "ledger/services/sets.py"
_WRITES: Final = re.compile(
    r"(insert\s+into|update|delete\s+from)\s+\"?ledger_(obligations|entries|postings)"
    r"|insert_select\(\s*(Obligation|Entry|Posting)\b"
    r"|\b(Obligation|Entry|Posting)\.objects\b[^\n]*\.(create|bulk_create|update|bulk_update)\(",
    re.IGNORECASE,
)
_ELSEWHERE: Final = {"tests", "migrations", "benchmarks", ".venv"}


def writers() -> Iterator[str]:
    """The files of the product that write them."""
    for path in sorted(ROOT.rglob("*.py")):
        name = path.relative_to(ROOT)
        if not _ELSEWHERE.intersection(name.parts) and _WRITES.search(path.read_text(encoding="utf-8")):
            yield name.as_posix()


def test_one_module_writes_the_books() -> None:
    assert list(writers()) == [POSTER]
