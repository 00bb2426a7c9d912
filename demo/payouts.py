"""Drivers paid by ACH: their accounts, a batch that two people sent, one payout that came back, and a week to pay."""

from __future__ import annotations

from typing import Final

from batconnect.core.approvals.services import approve
from batconnect.core.kernel.money import ZERO
from demo.staff import act_as
from ledger.paying.services.batches import ask_to_approve, draft_batch
from ledger.paying.services.building import build_batch
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
    manager = act_as("manager")
    account = BankAccount.objects.get(company_id=manager.company_id, currency="USD", is_default=True)
    set_up_paying(
        actor=manager,
        bank_account_id=account.id,
        destination=_ROUTING,
        destination_name="Example Bank",
        origin="1234567890",
        origin_name="Big Apple Taxi",
        company_name="Big Apple Taxi",
        company_identification="1234567890",
        odfi=_ROUTING[:8],
        next_check=1001,
        last_check=1500,
    )
    change_settings(actor=manager, waiting_days=0)
    due = Dtr.objects.filter(status=Dtr.Status.FINALIZED, due_to_driver__gt=ZERO).order_by("number_order")
    dtrs = list(due[:_PAID])
    drivers = dict.fromkeys(due.values_list("customer_id", flat=True))
    requests = [
        propose_account(
            actor=manager,
            customer_id=driver,
            holder_name="",
            routing_number=_ROUTING,
            account_number=f"0009876{place:05d}",
            kind="checking" if place % 2 else "savings",
            note="From the driver's check.",
        )
        for place, driver in enumerate(drivers, start=1)
    ]
    second = act_as("controller")
    for request in requests:
        approve(actor=second, approval_id=request.id)
    manager = act_as("manager")
    batch = draft_batch(actor=manager, way="ach", numbers=[dtr.number for dtr in dtrs])
    asked = ask_to_approve(actor=manager, batch_id=batch.id)
    approve(actor=act_as("controller"), approval_id=asked.id)
    manager = act_as("manager")
    build_batch(actor=manager, batch_id=batch.id)
    take_file(actor=manager, batch_id=batch.id)
    send_batch(actor=manager, batch_id=batch.id)
    record_return(actor=manager, payout_id=batch.payouts.get(place=_PAID).id, code="R03")
    change_settings(actor=manager, waiting_days=_WAITING_DAYS)
