"""Repairs: an invoice that the company advances."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.db import IntegrityError, transaction

from batconnect.core.api.fields import not_among, spellings
from batconnect.core.database.transactions import reads
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.errors import FieldError
from ledger import chart
from ledger.errors import DATE_IN_FUTURE
from ledger.repayment.models import RepaidDocument
from ledger.repayment.services.opening import DocumentPlan, open_document, plan_document
from ledger.services.dates import require_book_date
from repairs.errors import UNKNOWN_WORKSHOP, InvoiceTaken
from repairs.kind import REPAIRS
from repairs.models import RepairInstallment, RepairInvoice

LONGEST_NUMBER = 40


class MadeRepair(NamedTuple):
    """A repair as it was made, with its installments in order."""

    repair: RepairInvoice
    installments: Sequence[RepairInstallment]


@reads
def plan_repair(
    *,
    actor: Actor,
    driver_id: int,
    lease: int | str,
    invoice_number: str,
    invoice_date: date,
    workshop_type: str,
    amount: Decimal,
    start_week: date,
) -> DocumentPlan:
    """Check a repair and plan its schedule by the matrix of the invoice's date; writes nothing.

    `workshop_type` may be written in any case. Needs `repairs.view`. Raises what `plan_document` does, and InvoiceTaken
    409.
    """
    actor.require("repairs.view")
    invoice_number = invoice_number.strip()
    workshop = spellings(RepairInvoice.Workshop.choices).get(workshop_type.strip().casefold())
    wrong = _wrong(actor, invoice_number, invoice_date)
    if workshop is None:
        message = not_among(workshop_type, RepairInvoice.Workshop.choices)
        wrong.append(FieldError("workshop_type", message, UNKNOWN_WORKSHOP))
    plan = plan_document(
        actor=actor,
        kind=REPAIRS,
        driver_id=driver_id,
        lease=lease,
        amount=amount,
        document_date=invoice_date,
        start_week=start_week,
        own={"invoice_number": invoice_number, "invoice_date": invoice_date, "workshop_type": workshop},
        own_errors=wrong,
    )
    refuse_taken(plan=plan)
    return plan


@transaction.atomic
def make_repair(*, actor: Actor, plan: DocumentPlan, notes: str = "", case_no: str = "") -> MadeRepair:
    """Make the planned repair: Open, all installments Scheduled, the invoice advanced in the ledger today.

    Needs `repairs.open`. Raises InvoiceTaken 409 also when somebody has entered the invoice meanwhile, InvalidInput
    when today is closed.
    """
    actor.require("repairs.open")
    require_book_date(actor=actor, day=today(actor.company), field="invoice_date")
    try:
        with transaction.atomic():
            repair, rows = open_document(
                actor=actor,
                kind=REPAIRS,
                plan=plan,
                on=today(actor.company),
                against=_earned_or_owed(plan),
                notes=notes,
                case_no=case_no,
                vehicle_id=plan.lease.vehicle_id,
            )
    except IntegrityError:
        # A duplicate that committed between the check and the insert; any other error is a bug.
        refuse_taken(plan=plan)
        raise
    return MadeRepair(repair, rows)


def _earned_or_owed(plan: DocumentPlan) -> str:
    """What the invoice is credited to: of the company's workshop it is income, of any other it is to be paid.

    Rule: docs/domain.md#repairs.
    """
    is_own = plan.own["workshop_type"] == RepairInvoice.Workshop.BIG_APPLE
    return chart.WORKSHOP_INCOME if is_own else chart.DISBURSEMENTS_PAYABLE


def _wrong(actor: Actor, invoice_number: str, invoice_date: date) -> list[FieldError]:
    wrong: list[FieldError] = []
    if not 0 < len(invoice_number) <= LONGEST_NUMBER:
        wrong.append(
            FieldError("invoice_number", f"The invoice number must have 1 to {LONGEST_NUMBER} characters.")
        )
    if invoice_date > (current := today(actor.company)):
        wrong.append(FieldError("invoice_date", f"{invoice_date} is after today, {current}.", DATE_IN_FUTURE))
    return wrong


def refuse_taken(*, plan: DocumentPlan) -> None:
    """Raise InvoiceTaken 409 when the invoice has been entered for the vehicle already."""
    number, day = plan.own["invoice_number"], plan.own["invoice_date"]
    holder = (
        RepairInvoice.objects.filter(
            company_id=plan.lease.company_id,
            vehicle=plan.lease.vehicle_id,
            invoice_number__iexact=number,
            invoice_date=day,
        )
        .exclude(status=RepaidDocument.Status.CANCELLED)
        .first()
    )
    if holder is not None:
        raise InvoiceTaken(
            f"The invoice {number} of {day} for this vehicle is {holder.number} already.",
            field="invoice_number",
        )
