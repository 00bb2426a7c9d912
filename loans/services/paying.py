"""Loans paid before they fall due: off as a whole, or in part; and a payoff that is undone.

Rule: docs/domain.md#loan-interest, docs/domain.md#prepayment.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.db.models import F

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today, week_start
from batconnect.core.kernel.errors import InvalidInput
from batconnect.core.kernel.money import ZERO, format_amount
from ledger.repayment.errors import ABOVE_SCHEDULED, NothingScheduled
from ledger.repayment.models import Installment, RepaidDocument
from ledger.repayment.rules import interest_anew
from ledger.repayment.services import states
from ledger.repayment.services.posting import post_of_document
from ledger.repayment.services.schedules import (
    NewRow,
    interest_since,
    lock_scheduled,
    prepaid_of,
    rows_in_force,
    shorten_schedule,
)
from ledger.repayment.services.trail import note
from ledger.repayment.services.unposting import lock_posted, unpost
from ledger.rules.reasons import checked_reason
from ledger.services.dates import require_book_date
from loans.errors import NotPaidOff
from loans.kind import LOANS
from loans.models import DriverLoan, LoanInstallment

PAID_OFF_FROM: Final = frozenset({RepaidDocument.Status.OPEN})


@transaction.atomic
def pay_off_loan(*, actor: Actor, loan_id: str) -> DriverLoan:
    """Let everything of an open loan fall due today: all scheduled installments are posted.

    The first of them bears interest from the last posted due date (or the loan's date) to today on all principal
    that was not yet due, the others none. Needs `loans.manage`. Raises NotFound; Conflict 409 `document_state` (on
    hold, closed, cancelled), `nothing_scheduled`.
    """
    loan, current = _lock_open(actor, loan_id, "paid off")
    rows = lock_scheduled(actor=actor, kind=LOANS, document=loan)
    if not rows:
        raise NothingScheduled(f"Every installment of {loan.number} is already posted.")
    since = interest_since(actor=actor, kind=LOANS, document=loan)
    planned = sum((row.interest for row in rows), ZERO)
    principal = sum((row.principal for row in rows), ZERO)
    (interest,) = interest_anew(
        rows=[(current, principal)],
        rate=loan.interest_rate,
        since=since,
        prepaid=prepaid_of(actor=actor, kind=LOANS, document=loan),
    )
    for row in rows:
        row.due_date = current
        row.interest = ZERO
    rows[0].interest = interest
    LoanInstallment.objects.bulk_update(rows, ["due_date", "interest"])
    posted = post_of_document(actor=actor, kind=LOANS, document_id=loan.id, up_to=current)
    assert posted == len(rows), "everything that was locked is posted"
    details = {
        "installments": posted,
        "principal": str(principal),
        "interest": str(interest),
        "interest_scheduled": str(planned),
        "interest_since": since.isoformat(),
    }
    note(actor=actor, kind=LOANS, document=loan, event="paid_off", details=details)
    return loan


@transaction.atomic
def undo_pay_off(*, actor: Actor, loan_id: str, reason: str) -> DriverLoan:
    """Undo an early payoff after which nothing has come: what it posted is void, and is scheduled for its own weeks.

    The interest is what the schedule says. Needs `loans.manage` and a reason of 10 to 500 characters. Raises NotFound;
    Conflict 409 `document_state`, `not_paid_off`, `installment_used` naming what has been applied or written off.
    """
    actor.require("loans.manage")
    reason = checked_reason(reason)
    obligations = lock_posted(actor=actor, kind=LOANS, number=loan_id)
    loan, _ = _lock_open(actor, loan_id, "put back to its schedule")
    rows = _paid_off_rows(actor, loan)
    # A row that was posted after the obligations were locked is none of a payoff's, or somebody was faster.
    if not rows or any(row.id not in obligations for row in rows):
        raise NotPaidOff(f"Nothing of {loan.number} is due because it was paid off early.")
    unpost(actor=actor, kind=LOANS, document=loan, rows=rows, obligations=obligations, reason=reason)
    details = {"installments": [row.installment_id for row in rows]}
    note(actor=actor, kind=LOANS, document=loan, event="payoff_undone", reason=reason, details=details)
    return loan


@transaction.atomic
def prepay_loan(*, actor: Actor, loan_id: str, amount: Decimal) -> tuple[DriverLoan, UUID]:
    """Let a part of the principal that is not yet due fall due today; it goes off the schedule's last rows.

    What fell due up to today is posted first. The interest of the rows not yet posted is made anew; the prepayment
    itself bears none. `amount` is less than what is scheduled. Returns the loan and the obligation to pay. Needs
    `loans.manage`. Raises NotFound; Conflict 409 `document_state`, `nothing_scheduled`; InvalidInput
    `above_scheduled`, `date_closed`.
    """
    loan, current = _lock_open(actor, loan_id, "prepaid")
    post_of_document(actor=actor, kind=LOANS, document_id=loan.id, up_to=current)
    rows = lock_scheduled(actor=actor, kind=LOANS, document=loan)
    if not rows:
        raise NothingScheduled(f"Every installment of {loan.number} is already posted.")
    _refuse_all(loan, amount, rows)
    prepaid = NewRow(current, week_start(current), amount, prepaid_on=current)
    withdrawn = shorten_schedule(
        actor=actor, kind=LOANS, document=loan, rows=rows, amount=amount, prepaid=prepaid
    )
    posted = post_of_document(actor=actor, kind=LOANS, document_id=loan.id, up_to=current)
    assert posted == 1, "the prepayment alone is due"
    row = LoanInstallment.objects.filter(company_id=actor.company_id, loan=loan).latest("number")
    details = {"amount": str(amount), "installment": row.installment_id, "withdrawn": withdrawn}
    note(actor=actor, kind=LOANS, document=loan, event="prepaid", details=details)
    return loan, row.id


def _lock_open(actor: Actor, loan_id: str, done: str) -> tuple[DriverLoan, date]:
    """The open loan, locked, and the day, which may be booked."""
    actor.require("loans.manage")
    loan: DriverLoan = states.lock_document(actor=actor, kind=LOANS, number=loan_id)
    states.require_status(loan, PAID_OFF_FROM, done)
    current = today(actor.company)
    require_book_date(actor=actor, day=current, field="loan_id")
    return loan, current


def _paid_off_rows(actor: Actor, loan: DriverLoan) -> list[Any]:
    """The rows that fell due on another day than their week's: a payoff alone moves them."""
    rows = rows_in_force(actor=actor, kind=LOANS, document=loan)
    moved = rows.filter(posted_on__isnull=False, prepaid_on__isnull=True).exclude(
        due_date=F("week_start_date")
    )
    return list(moved.exclude(status=Installment.Status.SCHEDULED))


def _refuse_all(loan: DriverLoan, amount: Decimal, rows: Sequence[Any]) -> None:
    scheduled = sum((row.principal for row in rows), ZERO)
    if not 0 < amount < scheduled:
        raise InvalidInput(
            f"{format_amount(amount)} is not above zero and below {format_amount(scheduled)}, the principal of "
            f"{loan.number} that is not yet due. Pay it off early to repay all of it.",
            code=ABOVE_SCHEDULED,
            field="amount",
        )
