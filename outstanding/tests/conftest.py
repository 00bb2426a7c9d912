"""The seed's case on a day between its third and fourth due date."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine

from batconnect.core.kernel.actors import Actor
from outstanding.models import RenewalCase
from outstanding.tests.builders import NOON, event_of, make_renewal, signed
from payments.gateways.models import GatewayCharge, GatewayEndpoint
from tests.cast import StaffClient


@pytest.fixture
def travel() -> Iterator[Any]:
    """Noon of 15 November 2024 in New York; `travel.move_to(…)` goes on."""
    with time_machine.travel(NOON, tick=False) as traveler:
        yield traveler


@pytest.fixture
def renewal(travel: Any, manager: Actor) -> RenewalCase:
    """The seed's case: 240,500.00 in five installments; the transaction is inside north."""
    return make_renewal(manager)


@pytest.fixture
def api(renewal: RenewalCase, client_of: Callable[..., StaffClient]) -> StaffClient:
    """The cashier's client, without a company header: the seed's calls have none."""
    return client_of("cashier", company_header=False)


@pytest.fixture
def deliver(db: None) -> Callable[..., Any]:
    """`deliver(reference, "settled", amount="…")`: deliver a signed event to the endpoint of the charge."""

    def deliver(reference: str, kind: str = "settled", **values: Any) -> Any:
        signature = values.pop("signature", None)
        charge = GatewayCharge.objects.get(reference=reference)
        endpoint = GatewayEndpoint.objects.get(id=charge.endpoint_id)
        body, fitting = signed(endpoint, event_of(reference, kind, **values))
        client = StaffClient(username="cashier")
        client.credentials()
        return client.post(
            f"/api/gateway-events/{endpoint.id}",
            data=body,
            content_type="application/json",
            HTTP_X_SIGNATURE=fitting if signature is None else signature,
        )

    return deliver
