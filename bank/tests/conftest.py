"""The finance manager's client, and a customer that lines name."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from batconnect.core.kernel.actors import Actor
from batconnect.directory.models import Customer
from payments.batches.tests.builders import add_customer
from tests.cast import StaffClient


@pytest.fixture
def acme(manager: Actor) -> Customer:
    """ACME-001 of north."""
    return add_customer(manager)


@pytest.fixture
def api(client_of: Callable[..., StaffClient], acme: Customer) -> StaffClient:
    """The finance manager's client."""
    return client_of("manager")
