"""Loans: lent by a step or an import, paid off early."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Final, NamedTuple

from django.db import transaction

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.errors import FieldError, InvalidInput
from batconnect.core.kernel.money import ZERO
from ledger.repayment.errors import NothingScheduled
from ledger.repayment.models import Installment, RepaidDocument
from ledger.repayment.rules import simple_interest
from ledger.repayment.services import states
from ledger.repayment.services.opening import DocumentPlan, open_document, plan_document
from ledger.repayment.services.posting import post_of_document
from ledger.repayment.services.trail import note
from ledger.services.dates import book_date_error
from loans.kind import LOANS
from loans.models import DriverLoan, LoanInstallment

HIGHEST_RATE: Final = Decimal(100)
PAID_OFF_FROM: Final = frozenset({RepaidDocument.Status.OPEN})


class MadeLoan(NamedTuple):
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
) -> DocumentPlan:
    """Check a loan and plan its schedule by the matrix of its date; writes nothing.

    `interest_rate` is in percent a year; `loan_date` is today unless a backfill gives another. Needs `loans.view`.
    Raises what `plan_document` does.
    """
    actor.require("loans.view")
    day = loan_date or today(actor.company)
    wrong: list[FieldError] = []
    if not 0 <= interest_rate <= HIGHEST_RATE:
        wrong.append(FieldError("interest_rate", "The rate must be 0 to 100 percent a year."))
    if date_error := book_date_error(actor=actor, day=day, field="loan_date"):
        wrong.append(date_error)
    return plan_document(
        actor=actor,
        kind=LOANS,
        driver_id=driver_id,
        lease=lease,
        amount=amount,
        document_date=day,
        start_week=start_week,
        own={"interest_rate": interest_rate, "loan_date": day},
        own_errors=wrong,
        rate=interest_rate,
    )


@transaction.atomic
def make_loan(*, actor: Actor, plan: DocumentPlan, notes: str = "", case_no: str = "") -> MadeLoan:
    """Make the planned loan: Open, all installments Scheduled, the principal lent in the ledger on the loan's date.

    Needs `loans.open`.
    """
    actor.require("loans.open")
    day: date = plan.own["loan_date"]
    loan, rows = open_document(actor=actor, kind=LOANS, plan=plan, on=day, notes=notes, case_no=case_no)
    return MadeLoan(loan, rows)


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
    states.require_status(loan, PAID_OFF_FROM, "paid off")
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
    note(
        actor=actor,
        kind=LOANS,
        document=loan,
        event="paid_off",
        details={
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
