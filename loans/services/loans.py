"""Loans: lent by a step or an import."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Final, NamedTuple

from django.db import transaction

from batconnect.core.database.transactions import reads
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.errors import FieldError, InvalidInput
from batconnect.core.kernel.money import ZERO
from ledger.repayment.services.opening import DocumentPlan, open_document, plan_document
from ledger.rules.reasons import checked_reason
from ledger.services.dates import book_date_error
from loans.errors import RATE_ABOVE_CAP
from loans.kind import LOANS
from loans.models import DriverLoan, LoanInstallment

HIGHEST_RATE: Final = Decimal(100)


class MadeLoan(NamedTuple):
    """A loan as it was made, with its installments in order."""

    loan: DriverLoan
    installments: Sequence[LoanInstallment]


@reads
def plan_loan(
    *,
    actor: Actor,
    driver_id: int,
    lease: int | str,
    amount: Decimal,
    start_week: date,
    interest_rate: Decimal = ZERO,
    interest_reason: str = "",
    loan_date: date | None = None,
) -> DocumentPlan:
    """Check a loan and plan its schedule by the matrix of its date; writes nothing.

    `interest_rate` is in percent a year; above the company's `interest_cap_percent` it needs `interest_reason`, of 10
    to 500 characters (docs/domain.md#interest-cap). `loan_date` is today unless a backfill gives another. Needs
    `loans.view`. Raises what `plan_document` does, InvalidInput `rate_above_cap`, `reason_length`.
    """
    actor.require("loans.view")
    day = loan_date or today(actor.company)
    wrong: list[FieldError] = []
    if not 0 <= interest_rate <= HIGHEST_RATE:
        wrong.append(FieldError("interest_rate", "The rate must be 0 to 100 percent a year."))
    elif rate_error := _above_cap(actor, interest_rate, interest_reason):
        wrong.append(rate_error)
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
        own={"interest_rate": interest_rate, "interest_reason": interest_reason.strip(), "loan_date": day},
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


def _above_cap(actor: Actor, rate: Decimal, reason: str) -> FieldError | None:
    """What is wrong with a rate above the company's highest: it has no reason, or one of the wrong length."""
    cap = actor.company.interest_cap_percent
    if rate > cap and not reason.strip():
        return FieldError(
            "interest_rate",
            f"{_percent(rate)} % is above {_percent(cap)} %, the company's highest rate: give a reason as "
            "interest_reason.",
            RATE_ABOVE_CAP,
        )
    if reason.strip():
        try:
            checked_reason(reason, field="interest_reason")
        except InvalidInput as refusal:
            return FieldError("interest_reason", refusal.message, refusal.code)
    return None


def _percent(rate: Decimal) -> str:
    return f"{rate.normalize():f}"
