"""Drivers paid by ACH: their accounts, batches that two people sent, one payout each that came back, a week to pay."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

from batconnect.core.approvals.services import approve
from batconnect.core.kernel.money import ZERO
from demo.staff import act_as
from ledger.paying.services.batches import ask_to_approve, draft_batch
from ledger.paying.services.building import build_batch
from ledger.paying.services.orders import OrderTerms, propose_order
from ledger.paying.services.payees import propose_account
from ledger.paying.services.returns import record_return
from ledger.paying.services.sending import send_batch, take_file
from ledger.paying.services.setup import change_settings, set_up_paying
from ledger.settlement.models import Dtr
from ledger.treasury.models import BankAccount

_PAID: Final = 4
_WAITING_DAYS: Final = 3
_ROUTING: Final = "021000021"


def pay_by_ach() -> None:
    """Give the drivers with something due an account, pay the first by one file, and have the last one's come back.

    The others are due, for whoever tries it. The transaction is inside the company. New accounts wait for some days
    from then on, as anywhere.
    """
    _set_up("manager", "Big Apple Taxi", "1234567890")
    due = Dtr.objects.filter(status=Dtr.Status.FINALIZED, due_to_driver__gt=ZERO).order_by("number_order")
    _open_accounts("manager", "controller", due.values_list("customer_id", flat=True))
    _pay("manager", "controller", list(due.values_list("number", flat=True)[:_PAID]))
    change_settings(actor=act_as("manager"), waiting_days=_WAITING_DAYS)


def pay_two_weeks(*, maker: str, second: str, name: str) -> None:
    """Pay all settled weeks of the company but the last by one file, each driver once, of the first a share to a court;
    the last payout comes back.

    The transaction is inside the company.
    """
    _set_up(maker, name, "1345678901")
    due = Dtr.objects.filter(status=Dtr.Status.FINALIZED, due_to_driver__gt=ZERO).order_by("number_order")
    last = Dtr.objects.order_by("-week").values_list("week", flat=True)[0]
    _open_accounts(maker, second, due.values_list("customer_id", flat=True))
    ordered = propose_order(
        actor=act_as(maker),
        customer_id=due.values_list("customer_id", flat=True)[0],
        terms=OrderTerms(
            kind="court",
            creditor="Queens Family Court",
            creditor_code="qfc",
            reference="F-01234",
            rank=1,
            percent=Decimal(15),
            from_on=last - timedelta(days=90),
        ),
    )
    approve(actor=act_as(second), approval_id=ordered.id)
    _pay(maker, second, list(due.filter(week__lt=last).values_list("number", flat=True)))


def _set_up(maker: str, name: str, identification: str) -> None:
    """What the bank's files say about the sender; no waiting period."""
    actor = act_as(maker)
    account = BankAccount.objects.get(company_id=actor.company_id, currency="USD", is_default=True)
    set_up_paying(
        actor=actor,
        bank_account_id=account.id,
        destination=_ROUTING,
        destination_name="Example Bank",
        origin=identification,
        origin_name=name,
        company_name=name[:16],
        company_identification=identification,
        odfi=_ROUTING[:8],
        next_check=1001,
        last_check=1500,
    )
    change_settings(actor=actor, waiting_days=0)


def _open_accounts(maker: str, second: str, drivers: Iterable[UUID]) -> None:
    """An account of each driver, proposed by the one and confirmed by the other."""
    actor = act_as(maker)
    requests = [
        propose_account(
            actor=actor,
            customer_id=driver,
            holder_name="",
            routing_number=_ROUTING,
            account_number=f"0009876{place:05d}",
            kind="checking" if place % 2 else "savings",
            note="From the driver's check.",
        )
        for place, driver in enumerate(dict.fromkeys(drivers), start=1)
    ]
    actor = act_as(second)
    for request in requests:
        approve(actor=actor, approval_id=request.id)


def _pay(maker: str, second: str, numbers: Sequence[str]) -> None:
    """Draft, approve, build and send a batch; its last payout comes back."""
    actor = act_as(maker)
    batch = draft_batch(actor=actor, way="ach", numbers=numbers)
    asked = ask_to_approve(actor=actor, batch_id=batch.id)
    approve(actor=act_as(second), approval_id=asked.id)
    actor = act_as(maker)
    build_batch(actor=actor, batch_id=batch.id)
    take_file(actor=actor, batch_id=batch.id)
    send_batch(actor=actor, batch_id=batch.id)
    record_return(actor=actor, payout_id=batch.payouts.get(place=batch.payout_count).id, code="R03")
