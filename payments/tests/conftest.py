"""The seed's driver, and the calls of its guide."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from batconnect.core.kernel.actors import Actor
from payments.tests.builders import Debtor, make_john_doe
from tests.cast import StaffClient

SEED_ALLOCATIONS = [
    {"category": "Lease", "reference_id": "MED-102-LS-08", "amount": Decimal("265.00")},
    {"category": "Repairs", "reference_id": "INV-2457", "amount": Decimal("335.00")},
]
SEED_DATA = {
    "driver_id": 101,
    "lease_id": 2054,
    "total_amount": Decimal("600.00"),
    "payment_method": "ACH",
    "payment_date": "2025-10-20T00:00:00Z",
    "notes": "Partial payment for repairs and lease.",
    "allocations": SEED_ALLOCATIONS,
}


@pytest.fixture
def john(manager: Actor) -> Debtor:
    """John Doe of the seed, owing 2,156.50."""
    return make_john_doe(manager)


@pytest.fixture
def api(client_of: Callable[..., StaffClient], in_north: Any) -> StaffClient:
    """The cashier's client."""
    return client_of("cashier")


@pytest.fixture
def case_no(api: StaffClient) -> str:
    """A new interim payment case."""
    answer = api.post("/bpm/case", {"case_type": "INTPAY"})
    assert answer.status_code == 200, answer.content
    number: str = answer.json()["case_no"]
    return number


@pytest.fixture
def submit(api: StaffClient, case_no: str) -> Callable[..., Any]:
    """Post INTPAY-002 with the seed's data, changed by the keyword arguments."""

    def post(
        *, to: str = "", step_id: str = "INTPAY-002", without: tuple[str, ...] = (), **changes: Any
    ) -> Any:
        data = {name: value for name, value in {**SEED_DATA, **changes}.items() if name not in without}
        return api.post(f"/bpm/case/{to or case_no}", {"step_id": step_id, "data": data})

    return post
