"""The sandbox settles debts without money: never where it is off, never in place of a real gateway."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from batconnect.core.kernel.actors import Actor
from payments.gateways.checks import no_sandbox_beside_real_gateways
from payments.gateways.errors import EndpointNotFound, NoGateway
from payments.gateways.interface import Instruction, Result
from payments.gateways.models import GatewayEndpoint
from payments.gateways.sandbox import SandboxGateway
from payments.gateways.services import accept_event, change_endpoint, connect_gateway, endpoint_in_use
from tests.digest import assert_nothing_written

METHODS = ("upi", "card", "wallet", "net_banking", "emi")


def instruction(method: str) -> Instruction:
    return Instruction(
        key=uuid4(),
        endpoint_id=uuid4(),
        reference="TXN_1",
        method=method,
        amount=Decimal("50875.00"),
        currency="USD",
        url="",
        secret=b"",
    )


@pytest.fixture
def gateway(administrator: Actor, settings: Any) -> GatewayEndpoint:
    """North's gateway for real money."""
    settings.GATEWAY_HOSTS = ["pay.example.com"]
    return connect_gateway(actor=administrator, gateway="webhook", url="https://pay.example.com/charges")


@pytest.mark.parametrize("method", METHODS)
def test_switched_off_it_settles_nothing(settings: Any, method: str) -> None:
    settings.GATEWAY_SANDBOX = False

    begun = SandboxGateway().create(instruction(method))
    outcome = SandboxGateway().look_up(instruction(method))

    assert outcome.result == Result.FAILED, "also of a charge that began while it was on"
    assert b"settled" not in (begun.event or b"")


def test_switched_off_it_hears_of_nothing(manager: Actor, settings: Any) -> None:
    sandbox = endpoint_in_use(actor=manager)
    settings.GATEWAY_SANDBOX = False

    with assert_nothing_written(), pytest.raises(EndpointNotFound):
        accept_event(endpoint_id=str(sandbox.pk), body=b"{}", signature="")


def test_it_never_stands_in_for_a_real_gateway(
    administrator: Actor, gateway: GatewayEndpoint, settings: Any
) -> None:
    assert endpoint_in_use(actor=administrator).pk == gateway.pk
    change_endpoint(actor=administrator, endpoint=gateway, is_active=False)

    with assert_nothing_written(), pytest.raises(NoGateway):
        endpoint_in_use(actor=administrator)


def test_no_start_with_the_sandbox_beside_a_real_gateway(
    administrator: Actor, gateway: GatewayEndpoint, settings: Any
) -> None:
    settings.EMBEDDED = False

    messages = no_sandbox_beside_real_gateways(databases=["default"])
    settings.GATEWAY_SANDBOX = False
    off = no_sandbox_beside_real_gateways(databases=["default"])

    assert [message.id for message in messages] == ["gateways.E001"]
    assert "North Taxi" in messages[0].msg
    assert off == []
