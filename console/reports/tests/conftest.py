"""The month that the reports report."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from batconnect.core.kernel.actors import Actor
from console.reports.tests.books import END, Books, keep_books
from console.tests.conftest import console_of
from ledger.tests.settlement.builders import at

__all__ = ["console_of"]


@pytest.fixture
def books(manager: Actor) -> Iterator[Books]:
    """January's books, looked at from its 30th."""
    kept = keep_books(manager)
    with at(END):
        yield kept
