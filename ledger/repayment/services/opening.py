"""Planning and opening a document: its row, its whole schedule and its opening entry, in one statement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from batconnect.core.database.numbers import take
from batconnect.core.database.transactions import joins_transaction, reads
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.errors import FieldError, InvalidInput
from batconnect.core.kernel.money import LARGEST, ZERO, format_amount
from batconnect.directory.models import Driver, Lease
from ledger import chart
from ledger.postings import EntryDraft
from ledger.repayment.kinds import RepaidKind
from ledger.repayment.postings import document_opened
from ledger.repayment.querysets import find_debtor
from ledger.repayment.rules import Band, PlannedInstallment, plan_schedule
from ledger.repayment.services.matrix import MatrixVersion, matrix_on
from ledger.services.journal import post_entries


@dataclass(frozen=True, slots=True)
class DocumentPlan:
    """A document that could be made: who repays how much, and its whole schedule. Nothing is stored.

    `own` are the values of the columns that only its kind's documents have.
    """

    driver: Driver
    lease: Lease
    amount: Decimal
    start_week: date
    matrix: MatrixVersion
    rows: tuple[PlannedInstallment, ...]
    own: Mapping[str, Any]

    @property
    def total_interest(self) -> Decimal:
        """The interest of all rows."""
        return sum((row.interest for row in self.rows), ZERO)


@reads
def plan_document(
    *,
    actor: Actor,
    kind: RepaidKind,
    driver_id: int,
    lease: int | str,
    amount: Decimal,
    document_date: date,
    start_week: date,
    own: Mapping[str, Any],
    own_errors: Sequence[FieldError] = (),
    rate: Decimal = ZERO,
    weekly: Decimal | None = None,
) -> DocumentPlan:
    """Check what all kinds have and plan the schedule by the matrix of the document's date; writes nothing.

    Rule: docs/domain.md#repayment-matrix.

    `amount` is in the company's base currency, `rate` in percent a year, `lease` a key or number; `own_errors` are
    what the caller found wrong. What is repaid `weekly` is the matrix's, unless
    given. Raises NotFound for driver and lease, InvalidInput naming each field.
    """
    driver, active_lease = find_debtor(actor=actor, driver_id=driver_id, lease=lease)
    wrong = [*own_errors]
    if not 0 < amount <= LARGEST:
        message = f"Enter an amount above zero, up to {format_amount(LARGEST)}."
        wrong.insert(0, FieldError(kind.amount_field, message))
    if wrong:
        raise InvalidInput(wrong[0].message, code=wrong[0].code, errors=wrong)
    matrix = matrix_on(actor=actor, day=document_date)
    rows = plan_schedule(
        amount=amount,
        bands=matrix.bands if weekly is None else (Band(ZERO, None, weekly),),
        document_date=document_date,
        start_week=start_week,
        max_rows=actor.company.longest_schedule,
        rate=rate,
        amount_field=kind.amount_field,
    )
    return DocumentPlan(driver, active_lease, amount, start_week, matrix, tuple(rows), own)


@joins_transaction
def open_document(
    *,
    actor: Actor,
    kind: RepaidKind,
    plan: DocumentPlan,
    on: date,
    against: str = chart.DISBURSEMENTS_PAYABLE,
    notes: str = "",
    case_no: str = "",
    operation_id: UUID | None = None,
    **columns: Any,
) -> tuple[Any, list[Any]]:
    """Make the planned document: Open, all installments Scheduled, the principal advanced in the ledger `on` the day,
    `against` an account: what has to be paid for it, unless the company earns it itself, or the books open with it.

    The caller has checked everything, the right too; `columns` are further ones of the document. Numbers are taken
    last. Returns the document, and its installments in order.
    """
    document = kind.document(
        company_id=actor.company_id,
        customer_id=plan.driver.customer_id,
        driver=plan.driver,
        lease=plan.lease,
        currency=actor.company.base_currency,
        amount=plan.amount,
        start_week=plan.start_week,
        matrix_id=plan.matrix.id,
        installment_count=len(plan.rows),
        notes=notes,
        case_no=case_no,
        created_by_id=actor.user_id,
        created_by_name=actor.name,
        **plan.own,
        **columns,
    )
    entry = _opening(kind, document, against=against, on=on, operation_id=operation_id)
    (number,) = take(kind.series, company_id=actor.company_id, day=today(actor.company))
    document.number, document.number_order = number
    rows = [_row(actor, kind, document, planned) for planned in plan.rows]
    post_entries(actor=actor, drafts=[entry], rows=[[document], rows])
    document._state.adding = False
    return document, rows


def _opening(
    kind: RepaidKind, document: Any, *, against: str, on: date, operation_id: UUID | None
) -> EntryDraft:
    return document_opened(
        event=kind.opened_event,
        source_type=kind.opened,
        document_id=document.id,
        advances=kind.credits[0][0],
        against=against,
        amount=document.amount,
        currency=document.currency,
        on=on,
        customer_id=document.customer_id,
        lease_id=document.lease_id,
        case_no=document.case_no,
        operation_id=operation_id,
    )


def _row(actor: Actor, kind: RepaidKind, document: Any, planned: PlannedInstallment) -> Any:
    return kind.installment(
        company_id=actor.company_id,
        number=planned.number,
        installment_id=f"{document.number}-{planned.number:02d}",
        week_start_date=planned.due_date,
        due_date=planned.due_date,
        **{kind.parent_column: document.id},
        **{column: getattr(planned, column) for _, column in kind.credits},
    )
