"""A renewal case as its guide shows it, for the tests of outstanding amounts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final

import orjson

from batconnect.core.kernel import clock
from batconnect.core.kernel.actors import Actor
from batconnect.directory.models import Customer
from outstanding.models import CustomerInstallment, RenewalCase
from outstanding.services import NewInstallment, open_renewal_case
from payments.gateways.models import GatewayEndpoint
from payments.gateways.services import secrets_of
from payments.gateways.signing import sign

# The seed's five quarters: 240,500.00.
SEED: Final = (
    ("Q1 2024 (Jan-Mar)", "46250.00", date(2024, 3, 31)),
    ("Q2 2024 (Apr-Jun)", "46250.00", date(2024, 6, 30)),
    ("Q3 2024 (Jul-Sep)", "46250.00", date(2024, 9, 30)),
    ("Q4 2024 (Oct-Dec)", "50875.00", date(2024, 12, 31)),
    ("Q1 2025 (Jan-Mar)", "50875.00", date(2025, 3, 31)),
)
NOON: Final = datetime(2024, 11, 15, 17, tzinfo=UTC)
"""Noon in New York, with three of the five overdue."""


def make_renewal(
    actor: Actor,
    rows: Sequence[tuple[str, str, date]] = SEED,
    *,
    policy: str = "FHI-2024-0001",
    email: str = "",
) -> RenewalCase:
    """A renewal case with these installments: (period, amount, due date)."""
    customer = Customer.objects.create(
        company_id=actor.company_id, name="Priya Raman", email=email, external_reference=f"C-{policy}"
    )
    return open_renewal_case(
        actor=actor,
        customer_id=customer.pk,
        customer_name=customer.name,
        policy_number=policy,
        policy_type="Family health insurance",
        premium=Decimal("240500.00"),
        installments=[NewInstallment(period, Decimal(amount), due) for period, amount, due in rows],
    )


def ids_of(renewal: RenewalCase) -> list[int]:
    """The installments' ids, oldest first."""
    installments = CustomerInstallment.objects.filter(renewal_case=renewal).order_by("due_date", "id")
    return list(installments.values_list("id", flat=True))


def path(renewal: RenewalCase, what: str) -> str:
    """`summary`, `pay`, `setup-payment-plan`, `payment-plan` of the case."""
    return f"/api/case-tracking/cases/{renewal.pk}/outstanding-amounts/{what}/"


def event_of(reference: str, kind: str = "settled", **values: Any) -> dict[str, Any]:
    """An event stamped now; `amount` belongs to a settled one."""
    return {
        "event_id": f"evt-{kind}-{reference}",
        "type": f"charge.{kind}",
        "timestamp": clock.now().isoformat(),
        "reference": reference,
        "gateway_reference": "ch_1",
        "amount": None,
        "currency": "USD",
        "reason": "",
        **values,
    }


def signed(endpoint: GatewayEndpoint, event: dict[str, Any]) -> tuple[bytes, str]:
    """The event's raw body and its signature."""
    body = orjson.dumps(event)
    return body, sign(secret=secrets_of(endpoint)[0], body=body)
