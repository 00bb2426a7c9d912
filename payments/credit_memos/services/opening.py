"""Credits that customers had when the books were opened (docs/domain.md#opening-batch)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from batconnect.core.kernel.actors import Actor
from batconnect.directory.models import Driver, LeaseDriver
from ledger import chart
from ledger.opening.services.own_kinds import find_customer
from ledger.openings import OpeningDay, OpeningItem, OpeningKind, WrongLine
from payments.credit_memos.services.writing import MemoDraft, write_memo
from payments.models import CreditMemoLine

_REASON: Final = "Opening of the books"


def _lease_of(actor: Actor, item: OpeningItem, customer_id: UUID) -> int | None:
    """The line's lease, if its customer is or was a driver of it."""
    named = {"lease" if isinstance(item.lease, int) else "lease__lease_id": item.lease}
    rows = LeaseDriver.objects.filter(company_id=actor.company_id, driver__customer=customer_id, **named)
    return rows.values_list("lease_id", flat=True).first()


def _check(actor: Actor, items: Sequence[OpeningItem], day: OpeningDay) -> list[WrongLine]:
    wrong: list[WrongLine] = []
    for item in items:
        customer_id = find_customer(actor=actor, text=item["customer"]) if item["customer"] else None
        if customer_id is None:
            message = f"There is no customer {item['customer'] or '(empty)'}."
            wrong.append(WrongLine(item.place, "customer", message))
        elif item["lease"] and _lease_of(actor, item, customer_id) is None:
            message = f"The customer is not and was not a driver of {item['lease']}."
            wrong.append(WrongLine(item.place, "lease", message))
        elif not item["lease"] and _drives(actor, customer_id):
            wrong.append(WrongLine(item.place, "lease", "A driver's credit has a lease."))
    return wrong


def _drives(actor: Actor, customer_id: UUID) -> bool:
    return Driver.objects.filter(company_id=actor.company_id, customer=customer_id).exists()


def _open(actor: Actor, items: Sequence[OpeningItem], day: OpeningDay) -> None:
    for item in items:
        customer_id = find_customer(actor=actor, text=item["customer"])
        assert customer_id is not None, "checked before"
        draft = MemoDraft(
            customer_id=customer_id,
            currency=actor.company.base_currency,
            lines=[CreditMemoLine(account=chart.OPENING_BALANCES, amount=-item.amount)],
            reason=f"{_REASON}: {item['name']}" if item["name"] else _REASON,
            lease_id=_lease_of(actor, item, customer_id) if item["lease"] else None,
            operation_id=day.batch_id,
            on=day.on,
        )
        write_memo(actor=actor, draft=draft)


CREDIT: Final = OpeningKind(
    code="credit",
    label="A customer's credit",
    side="credit",
    columns=("customer", "lease", "name"),
    account_of=lambda item: chart.CUSTOMER_CREDITS,
    check=_check,
    open=_open,
)
