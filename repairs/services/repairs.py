"""Repairs: an invoice that the company advances, held, released, cancelled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import IntegrityError, transaction

from batconnect.core.api.fields import not_among, spellings
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.errors import FieldError, InvalidInput
from batconnect.core.kernel.money import LARGEST, format_amount
from batconnect.directory.models import Driver, Lease
from cases.services import note_on_case
from ledger.errors import DATE_IN_FUTURE
from ledger.repayment.models import RepaidDocument
from ledger.repayment.querysets import find_debtor
from ledger.repayment.rules import PlannedInstallment, plan_schedule
from ledger.repayment.services import states
from ledger.repayment.services.matrix import MatrixVersion, matrix_on
from ledger.repayment.services.opening import open_document
from ledger.repayment.services.trail import record
from ledger.services.dates import require_book_date
from repairs import postings
from repairs.errors import UNKNOWN_WORKSHOP, InvoiceTaken
from repairs.kind import REPAIRS
from repairs.models import RepairInstallment, RepairInvoice

LONGEST_NUMBER = 40


@dataclass(frozen=True, slots=True)
class RepairPlan:
    """A repair that could be made: which invoice, whose, and its whole schedule. Nothing is stored."""

    driver: Driver
    lease: Lease
    invoice_number: str
    invoice_date: date
    workshop_type: str
    amount: Decimal
    start_week: date
    matrix: MatrixVersion
    rows: tuple[PlannedInstallment, ...]


@dataclass(frozen=True, slots=True)
class MadeRepair:
    """A repair as it was made, with its installments in order."""

    repair: RepairInvoice
    installments: Sequence[RepairInstallment]


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
) -> RepairPlan:
    """Check a repair and plan its schedule by the matrix of the invoice's date; writes nothing.

    Rule: docs/domain.md#repayment-matrix.

    `amount` is in the company's base currency, `lease` a key or number, `workshop_type` in any case. Raises
    NotFound for driver and lease, InvalidInput naming each field, InvoiceTaken 409.
    """
    actor.require("repairs.view")
    driver, active_lease = find_debtor(actor=actor, driver_id=driver_id, lease=lease)
    invoice_number = invoice_number.strip()
    workshop = spellings(RepairInvoice.Workshop.choices).get(workshop_type.strip().casefold())
    wrong = _wrong(actor, invoice_number, invoice_date, amount)
    if workshop is None:
        message = not_among(workshop_type, RepairInvoice.Workshop.choices)
        wrong.append(FieldError("workshop_type", message, UNKNOWN_WORKSHOP))
    if wrong or workshop is None:
        raise InvalidInput(wrong[0].message, code=wrong[0].code, errors=wrong)
    matrix = matrix_on(actor=actor, day=invoice_date)
    rows = plan_schedule(
        amount=amount,
        bands=matrix.bands,
        document_date=invoice_date,
        start_week=start_week,
        max_rows=actor.company.longest_schedule,
        amount_field="total_amount",
    )
    _refuse_taken(actor, active_lease, invoice_number, invoice_date)
    return RepairPlan(
        driver, active_lease, invoice_number, invoice_date, workshop, amount, start_week, matrix, tuple(rows)
    )


@transaction.atomic
def make_repair(*, actor: Actor, plan: RepairPlan, notes: str = "", case_no: str = "") -> MadeRepair:
    """Make the planned repair: Open, all installments Scheduled, the invoice advanced in the ledger today.

    Needs `repairs.open`. Raises InvoiceTaken 409 also when somebody has entered the invoice meanwhile, InvalidInput
    when today is closed.
    """
    actor.require("repairs.open")
    require_book_date(actor=actor, day=today(actor.company), field="invoice_date")
    repair = RepairInvoice(
        company_id=actor.company_id,
        customer_id=plan.driver.customer_id,
        driver=plan.driver,
        lease=plan.lease,
        vehicle_id=plan.lease.vehicle_id,
        invoice_number=plan.invoice_number,
        invoice_date=plan.invoice_date,
        workshop_type=plan.workshop_type,
        currency=actor.company.base_currency,
        amount=plan.amount,
        start_week=plan.start_week,
        matrix_id=plan.matrix.id,
        notes=notes,
        case_no=case_no,
        created_by_id=actor.user_id,
        created_by_name=actor.name,
    )
    entry = postings.repair_opened(
        repair_id=repair.id,
        amount=repair.amount,
        currency=repair.currency,
        on=today(actor.company),
        customer_id=repair.customer_id,
        lease_id=repair.lease_id,
        case_no=case_no,
    )
    try:
        with transaction.atomic():
            rows = open_document(actor=actor, kind=REPAIRS, document=repair, plan=plan.rows, entry=entry)
    except IntegrityError:
        # A duplicate that committed between the check and the insert; any other error is a bug.
        _refuse_taken(actor, plan.lease, plan.invoice_number, plan.invoice_date)
        raise
    return MadeRepair(repair, rows)


@transaction.atomic
def hold_repair(*, actor: Actor, repair_id: str, reason: str) -> RepairInvoice:
    """Put an open repair on hold; see `states.hold_document`."""
    repair: RepairInvoice = states.hold_document(actor=actor, kind=REPAIRS, number=repair_id, reason=reason)
    _note(actor, repair, "held", reason)
    return repair


@transaction.atomic
def release_repair(*, actor: Actor, repair_id: str, reason: str = "") -> RepairInvoice:
    """Release a repair from hold; see `states.release_document`."""
    repair: RepairInvoice = states.release_document(
        actor=actor, kind=REPAIRS, number=repair_id, reason=reason
    )
    _note(actor, repair, "released", reason)
    return repair


@transaction.atomic
def cancel_repair(*, actor: Actor, repair_id: str, reason: str) -> RepairInvoice:
    """Cancel a repair of which nothing is posted; see `states.cancel_document`."""
    repair: RepairInvoice = states.cancel_document(actor=actor, kind=REPAIRS, number=repair_id, reason=reason)
    _note(actor, repair, "cancelled", reason)
    return repair


def _wrong(actor: Actor, invoice_number: str, invoice_date: date, amount: Decimal) -> list[FieldError]:
    wrong: list[FieldError] = []
    if not 0 < len(invoice_number) <= LONGEST_NUMBER:
        wrong.append(
            FieldError("invoice_number", f"The invoice number must have 1 to {LONGEST_NUMBER} characters.")
        )
    if not 0 < amount <= LARGEST:
        wrong.append(
            FieldError("total_amount", f"Enter an amount above zero, up to {format_amount(LARGEST)}.")
        )
    if invoice_date > (current := today(actor.company)):
        wrong.append(FieldError("invoice_date", f"{invoice_date} is after today, {current}.", DATE_IN_FUTURE))
    return wrong


def _refuse_taken(actor: Actor, lease: Lease, invoice_number: str, invoice_date: date) -> None:
    holder = (
        RepairInvoice.objects.filter(
            company_id=actor.company_id,
            vehicle=lease.vehicle_id,
            invoice_number__iexact=invoice_number,
            invoice_date=invoice_date,
        )
        .exclude(status=RepaidDocument.Status.CANCELLED)
        .first()
    )
    if holder is not None:
        raise InvoiceTaken(
            f"The invoice {invoice_number} of {invoice_date} for this vehicle is {holder.number} already.",
            field="invoice_number",
        )


def _note(actor: Actor, repair: RepairInvoice, event: str, reason: str) -> None:
    """Record who did it and why: in the audit trail, and on the repair's case."""
    record(actor=actor, kind=REPAIRS, document=repair, event=event, reason=reason)
    if repair.case_no:
        note_on_case(
            actor=actor,
            case=repair.case_no,
            trigger=f"repair_{event}",
            reason=reason.strip(),
            payload={"repair_id": repair.number},
        )
