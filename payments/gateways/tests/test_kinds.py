"""A gateway is one declaration: with it alone a company connects it, is paid through it, and hears from it."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import orjson
import pytest
from django.db import connection, models

from batconnect.core.database.roles import as_owner
from batconnect.core.kernel import clock
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import Conflict, InvalidInput
from payments.gateways import kinds, purposes
from payments.gateways.checks import no_sandbox_beside_real_gateways
from payments.gateways.interface import GatewayKind, Instruction, Outcome, Result, Taken
from payments.gateways.models import GatewayCharge, GatewayEndpoint
from payments.gateways.purposes import NotSettled, Settled
from payments.gateways.services import accept_event, connect_gateway, plan_charge, send_charges
from payments.gateways.signing import sign
from tests.cast import NORTH, acting
from tests.console import browser
from tests.digest import assert_nothing_written

ADD = "/admin/payments/gatewayendpoint/add/"
SUBJECT = "test.bill"
SECRET = b"a secret that the house keeps itself"


@dataclass
class HouseGateway:
    """Takes every charge."""

    handed_over: list[Instruction] = field(default_factory=list)

    def create(self, instruction: Instruction) -> Taken:
        self.handed_over.append(instruction)
        return Taken(Outcome(Result.PROCESSING, gateway_reference="house-1"))

    def look_up(self, instruction: Instruction) -> Outcome:
        return Outcome(Result.UNKNOWN)


@dataclass
class Bills:
    """What was told of the charges."""

    told: list[object] = field(default_factory=list)

    def on_sending(self, actor: Actor, subject_id: str) -> None:
        self.told.append(subject_id)

    def on_settled(self, actor: Actor, subject_id: str, settled: Settled) -> None:
        self.told.append(settled)

    def on_failed(self, actor: Actor, subject_id: str, failed: NotSettled) -> None:
        self.told.append(failed)


@pytest.fixture
def house(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> HouseGateway:
    """A third gateway, declared, and the migration that its declaration asks for."""
    client = HouseGateway()
    declared = GatewayKind(
        code="house", label="House bank", client=client, needs_url=False, own_secrets=lambda _: [SECRET]
    )
    (before,) = [each for each in GatewayEndpoint._meta.constraints if each.name == "gateway_endpoint_url"]
    monkeypatch.setitem(kinds.GATEWAYS, "house", declared)
    after = models.CheckConstraint(condition=kinds.address_fits(), name=before.name)
    with as_owner(), connection.schema_editor() as editor:
        editor.remove_constraint(GatewayEndpoint, before)
        editor.add_constraint(GatewayEndpoint, after)
    return client


def test_a_third_gateway_is_connected_charged_and_heard(
    house: HouseGateway, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    bills = Bills()
    monkeypatch.setitem(purposes._purposes, SUBJECT, bills)
    page = browser("administrator").get(ADD).content.decode()
    answer = browser("administrator").post(ADD, {"kind": "house", "url": ""})
    with acting("manager") as manager:
        planned = plan_charge(
            actor=manager,
            subject_type=SUBJECT,
            subject_id="7",
            reference="TXN_7",
            method="upi",
            amount=Decimal("12.50"),
            currency="USD",
        )
        planned.save(force_insert=True)

    sent = send_charges(company_id=NORTH)
    body = _event_of(planned)
    accepted = accept_event(
        endpoint_id=str(planned.endpoint_id), body=body, signature=sign(secret=SECRET, body=body)
    )

    assert "House bank" in page
    assert answer.status_code == 302
    assert (sent, accepted.outcome) == (1, "applied")
    assert [(each.key, each.secret, each.url) for each in house.handed_over] == [(planned.id, SECRET, "")]
    assert bills.told == ["7", Settled(Decimal("12.50"), is_late=False)]
    with acting("manager"):
        charge = GatewayCharge.objects.get()
        assert (str(charge.endpoint), charge.endpoint.gateway) == ("House bank", "house")
        assert (charge.state, charge.settled_amount) == ("settled", Decimal("12.50"))
    settings.EMBEDDED = False
    assert [each.id for each in no_sandbox_beside_real_gateways(databases=["default"])] == ["gateways.E001"]


def _event_of(charge: GatewayCharge) -> bytes:
    return orjson.dumps(
        {
            "event_id": "evt_1",
            "type": "charge.settled",
            "timestamp": clock.now().isoformat(),
            "reference": charge.reference,
            "amount": "12.50",
            "currency": "USD",
        }
    )


@pytest.mark.django_db
@pytest.mark.parametrize("gateway", ["sandbox", "nobody's"])
def test_what_moves_no_money_is_not_connected(administrator: Actor, gateway: str) -> None:
    with assert_nothing_written(), pytest.raises(InvalidInput, match="Give one of these gateways: webhook"):
        connect_gateway(actor=administrator, gateway=gateway)


@pytest.mark.django_db
def test_a_gateway_is_connected_once(administrator: Actor, settings: Any) -> None:
    settings.GATEWAY_HOSTS = ["pay.example"]
    connect_gateway(actor=administrator, gateway="webhook", url="https://pay.example/v1")

    with assert_nothing_written(), pytest.raises(Conflict, match="HTTPS gateway"):
        connect_gateway(actor=administrator, gateway="webhook", url="https://pay.example/v2")
