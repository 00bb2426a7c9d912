"""Loans: lent by a step or an import, held, released, cancelled, paid off early."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.errors import FieldError, InvalidInput
from batconnect.core.kernel.money import LARGEST, ZERO, format_amount
from batconnect.directory.models import Driver, Lease
from cases.services import note_on_case
from ledger.repayment.errors import NothingScheduled
from ledger.repayment.models import Installment
from ledger.repayment.querysets import find_debtor
from ledger.repayment.rules import PlannedInstallment, plan_schedule, simple_interest
from ledger.repayment.services import states
from ledger.repayment.services.matrix import MatrixVersion, matrix_on
from ledger.repayment.services.opening import open_document
from ledger.repayment.services.posting import post_of_document
from ledger.repayment.services.trail import record
from ledger.services.dates import book_date_error
from loans import postings
from loans.kind import LOANS
from loans.models import DriverLoan, LoanInstallment

HIGHEST_RATE = Decimal(100)


@dataclass(frozen=True, slots=True)
class LoanPlan:
    """A loan that could be made: who, how much, and its whole schedule. Nothing is stored."""

    driver: Driver
    lease: Lease
    amount: Decimal
    interest_rate: Decimal
    loan_date: date
    start_week: date
    matrix: MatrixVersion
    rows: tuple[PlannedInstallment, ...]

    @property
    def total_interest(self) -> Decimal:
        """The interest of all rows."""
        return sum((row.interest for row in self.rows), ZERO)


@dataclass(frozen=True, slots=True)
class MadeLoan:
    """A loan as it was made, with its installments in order."""

    loan: DriverLoan
    installments: Sequence[LoanInstallment]


def plan_loan(
    *,
    actor: Actor,
    driver_id: int,
    lease: int | str,
    amount: Decimal,
    start_week: date,
    interest_rate: Decimal = ZERO,
    loan_date: date | None = None,
) -> LoanPlan:
    """Check a loan and plan its schedule by the matrix of its date; writes nothing.

    Rule: docs/domain.md#repayment-matrix.

    `amount` is in the company's base currency, `interest_rate` in percent a year, `lease` a key or number;
    `loan_date` is today unless a backfill gives another. Raises NotFound for driver and lease, InvalidInput naming
    each field.
    """
    actor.require("loans.view")
    driver, active_lease = find_debtor(actor=actor, driver_id=driver_id, lease=lease)
    day = loan_date or today(actor.company)
    wrong: list[FieldError] = []
    if not 0 < amount <= LARGEST:
        wrong.append(
            FieldError("loan_amount", f"Enter an amount above zero, up to {format_amount(LARGEST)}.")
        )
    if not 0 <= interest_rate <= HIGHEST_RATE:
        wrong.append(FieldError("interest_rate", "The rate must be 0 to 100 percent a year."))
    if date_error := book_date_error(actor=actor, day=day, field="loan_date"):
        wrong.append(date_error)
    if wrong:
        raise InvalidInput(wrong[0].message, code=wrong[0].code, errors=wrong)
    matrix = matrix_on(actor=actor, day=day)
    rows = plan_schedule(
        amount=amount,
        bands=matrix.bands,
        document_date=day,
        start_week=start_week,
        max_rows=actor.company.longest_schedule,
        rate=interest_rate,
        amount_field="loan_amount",
    )
    return LoanPlan(driver, active_lease, amount, interest_rate, day, start_week, matrix, tuple(rows))


@transaction.atomic
def make_loan(*, actor: Actor, plan: LoanPlan, notes: str = "", case_no: str = "") -> MadeLoan:
    """Make the planned loan: Open, all installments Scheduled, the principal lent in the ledger.

    Needs `loans.open`.
    """
    actor.require("loans.open")
    loan = DriverLoan(
        company_id=actor.company_id,
        customer_id=plan.driver.customer_id,
        driver=plan.driver,
        lease=plan.lease,
        currency=actor.company.base_currency,
        amount=plan.amount,
        interest_rate=plan.interest_rate,
        loan_date=plan.loan_date,
        start_week=plan.start_week,
        matrix_id=plan.matrix.id,
        notes=notes,
        case_no=case_no,
        created_by_id=actor.user_id,
        created_by_name=actor.name,
    )
    entry = postings.loan_opened(
        loan_id=loan.id,
        amount=loan.amount,
        currency=loan.currency,
        on=loan.loan_date,
        customer_id=loan.customer_id,
        lease_id=loan.lease_id,
        case_no=case_no,
    )
    rows = open_document(actor=actor, kind=LOANS, document=loan, plan=plan.rows, entry=entry)
    return MadeLoan(loan, rows)


@transaction.atomic
def hold_loan(*, actor: Actor, loan_id: str, reason: str) -> DriverLoan:
    """Put an open loan on hold; see `states.hold_document`."""
    loan: DriverLoan = states.hold_document(actor=actor, kind=LOANS, number=loan_id, reason=reason)
    _note(actor, loan, "held", reason)
    return loan


@transaction.atomic
def release_loan(*, actor: Actor, loan_id: str, reason: str = "") -> DriverLoan:
    """Release a loan from hold; see `states.release_document`."""
    loan: DriverLoan = states.release_document(actor=actor, kind=LOANS, number=loan_id, reason=reason)
    _note(actor, loan, "released", reason)
    return loan


@transaction.atomic
def cancel_loan(*, actor: Actor, loan_id: str, reason: str) -> DriverLoan:
    """Cancel a loan of which nothing is posted; see `states.cancel_document`."""
    loan: DriverLoan = states.cancel_document(actor=actor, kind=LOANS, number=loan_id, reason=reason)
    _note(actor, loan, "cancelled", reason)
    return loan


@transaction.atomic
def pay_off_loan(*, actor: Actor, loan_id: str) -> DriverLoan:
    """Let everything of an open loan fall due today: all scheduled installments are posted.

    Rule: docs/domain.md#schedules.

    The first of them bears interest from the last posted due date (or the loan's date) to today on all principal
    not yet due, the others none. Needs `loans.manage`. Raises NotFound; Conflict 409 `document_state` (on hold,
    closed, cancelled), `nothing_scheduled`.
    """
    actor.require("loans.manage")
    loan: DriverLoan = states.lock_document(actor=actor, kind=LOANS, number=loan_id)
    states.require_open(loan, "paid off")
    current = today(actor.company)
    if date_error := book_date_error(actor=actor, day=current, field="loan_id"):
        raise InvalidInput(date_error.message, code=date_error.code, errors=[date_error])
    # A concurrent posting run skips locked rows; what it posted before is seen here.
    rows = list(
        LoanInstallment.objects.select_for_update(no_key=True)
        .filter(company_id=actor.company_id, loan=loan, status=Installment.Status.SCHEDULED)
        .order_by("number")
    )
    if not rows:
        raise NothingScheduled(f"Every installment of {loan.number} is already posted.")
    since = _interest_since(loan, rows[0])
    planned = sum((row.interest for row in rows), ZERO)
    principal = sum((row.principal for row in rows), ZERO)
    for row in rows:
        row.due_date = current
        row.interest = ZERO
    rows[0].interest = simple_interest(
        principal=principal, rate=loan.interest_rate, days=max((current - since).days, 0)
    )
    LoanInstallment.objects.bulk_update(rows, ["due_date", "interest"])
    posted = post_of_document(actor=actor, kind=LOANS, document_id=loan.id, up_to=current)
    assert posted == len(rows), "everything that was locked is posted"
    _note(
        actor,
        loan,
        "paid_off",
        "",
        {
            "installments": posted,
            "principal": str(principal),
            "interest": str(rows[0].interest),
            "interest_scheduled": str(planned),
            "interest_since": since.isoformat(),
        },
    )
    return loan


def _interest_since(loan: DriverLoan, first: LoanInstallment) -> date:
    """The last due date before the first scheduled row, else the loan's date."""
    last = (
        LoanInstallment.objects.filter(company_id=loan.company_id, loan=loan, number__lt=first.number)
        .order_by("-number")
        .values_list("due_date", flat=True)
        .first()
    )
    return last or loan.loan_date


def _note(
    actor: Actor, loan: DriverLoan, event: str, reason: str, details: dict[str, Any] | None = None
) -> None:
    """Record who did it and why: in the audit trail, and on the loan's case."""
    record(actor=actor, kind=LOANS, document=loan, event=event, reason=reason, details=details)
    if loan.case_no:
        note_on_case(
            actor=actor,
            case=loan.case_no,
            trigger=f"loan_{event}",
            reason=reason.strip(),
            payload={"loan_id": loan.number, **(details or {})},
        )
