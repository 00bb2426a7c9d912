"""The debtor that most tests of the ledger charge."""

from __future__ import annotations

import pytest

from batconnect.core.kernel.actors import Actor
from ledger.tests.builders import Debtor, make_debtor


@pytest.fixture
def john(manager: Actor) -> Debtor:
    """North's driver John Doe on lease LS-2054."""
    return make_debtor(manager)
