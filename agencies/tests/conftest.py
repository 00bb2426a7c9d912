"""The finance manager's client, and one driver with a lease."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from batconnect.core.kernel.actors import Actor
from ledger.tests.builders import Debtor
from ledger.tests.settlement.builders import make_driver
from tests.cast import StaffClient


@pytest.fixture
def debtor(manager: Actor) -> Debtor:
    """John Doe on LS-2054: plate 1SAM401, medallion 1P43, license 00504124."""
    return make_driver(manager)


@pytest.fixture
def api(client_of: Callable[..., StaffClient], debtor: Debtor) -> StaffClient:
    """The finance manager's client."""
    return client_of("manager")
