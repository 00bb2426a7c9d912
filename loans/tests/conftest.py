"""A driver on a lease of north, and loans for the driver."""

from __future__ import annotations

import pytest

from batconnect.core.kernel.actors import Actor
from ledger.tests.builders import Debtor, make_debtor


@pytest.fixture
def debtor(manager: Actor) -> Debtor:
    """John Doe on LS-2054; the transaction is inside north."""
    return make_debtor(manager)
