"""The security deposits that were held when the books were opened (docs/domain.md#opening-batch)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.ids import uuid7
from batconnect.directory.models import LeaseDriver
from ledger import chart
from ledger.clearing import postings
from ledger.clearing.models import DepositMove
from ledger.clearing.services.deposits import hold_deposit, move_deposit
from ledger.openings import OpeningDay, OpeningItem, OpeningKind, WrongLine
from ledger.postings import EntryDraft, Leg
from ledger.services.journal import post_entries


def _customer_of(actor: Actor, item: OpeningItem) -> UUID | None:
    """The driver of the line's lease who has the line's license."""
    named = {"lease" if isinstance(item.lease, int) else "lease__lease_id": item.lease}
    rows = LeaseDriver.objects.filter(
        company_id=actor.company_id, driver__tlc_license=item["customer"], **named
    )
    return rows.values_list("driver__customer_id", flat=True).first()


def _check(actor: Actor, items: Sequence[OpeningItem], day: OpeningDay) -> list[WrongLine]:
    return [
        WrongLine(
            item.place,
            "customer",
            f"No driver with the license {item['customer']} is or was on lease {item['lease']}.",
        )
        for item in items
        if not item["customer"] or not item["lease"] or _customer_of(actor, item) is None
    ]


def _open(actor: Actor, items: Sequence[OpeningItem], day: OpeningDay) -> None:
    currency = actor.company.base_currency
    for item in items:
        customer_id = _customer_of(actor, item)
        assert customer_id is not None, "checked before"
        deposit = hold_deposit(
            actor=actor,
            lease=item.lease,
            customer_id=customer_id,
            currency=currency,
        )
        move_id = uuid7()
        draft = EntryDraft(
            event="opening_balance",
            source_type=postings.DEPOSIT,
            source_id=str(move_id),
            currency=currency,
            effective_on=day.on,
            customer_id=customer_id,
            lease_id=deposit.lease_id,
            operation_id=day.batch_id,
            legs=(
                Leg(chart.OPENING_BALANCES, -item.amount),
                Leg(chart.SECURITY_DEPOSITS, item.amount),
            ),
        )
        move = DepositMove(
            id=move_id,
            company_id=actor.company_id,
            deposit_id=deposit.id,
            kind=DepositMove.Kind.OPENING,
            amount=-item.amount,
            entry_id=draft.id,
            made_by=actor.name,
        )
        post_entries(
            actor=actor,
            drafts=[draft],
            rows=[[move]],
            changes=[move_deposit(actor=actor, deposit=deposit, amount=-item.amount)],
        )


DEPOSIT: Final = OpeningKind(
    code="deposit",
    label="A driver's security deposit",
    side="credit",
    columns=("customer", "lease", "name"),
    account_of=lambda item: chart.SECURITY_DEPOSITS,
    check=_check,
    open=_open,
)
