"""Loans handed over: the principal is given, its check stopped, issued again, or the loan closed as not given.

Rule: docs/domain.md#hand-over.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db import transaction

from batconnect.core.database.rows import Change
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.errors import Conflict, InvalidInput
from batconnect.core.kernel.ids import uuid7
from batconnect.core.kernel.money import format_amount, sum_of
from ledger.credits import credit_issuer
from ledger.models import Obligation
from ledger.repayment.models import Installment, RepaidDocument
from ledger.repayment.services import states
from ledger.repayment.services.advanced import credited_of_principal
from ledger.repayment.services.schedules import rows_in_force
from ledger.repayment.services.trail import note
from ledger.repayment.services.unposting import lock_posted, unpost, untouched
from ledger.rules.reasons import checked_reason
from ledger.services.dates import reported_month_warnings, require_book_date
from ledger.services.journal import post_entries
from ledger.treasury.models import Disbursement
from ledger.treasury.services.paying import (
    PaidFrom,
    lock_disbursement,
    prepare_disbursement,
    stop_disbursement,
)
from loans.errors import HandedOver, NotHandedOver, NothingToGive, WrittenOff
from loans.kind import LOANS
from loans.models import DriverLoan
from loans.postings import hand_over_stopped, loan_handed_over
from loans.subjects import LOAN

_OPEN, _HOLD, _CLOSED = RepaidDocument.Status.OPEN, RepaidDocument.Status.HOLD, RepaidDocument.Status.CLOSED
GIVEN_FROM: Final = frozenset({_OPEN, _HOLD, _CLOSED})
NOT_GIVEN_FROM: Final = frozenset({_OPEN, _HOLD, _CLOSED})
GIVEN: Final = """
update driver_loans set handed_over_id = %s::uuid where company_id = %s::uuid and id = %s::uuid
"""


@transaction.atomic
def hand_over_loan(*, actor: Actor, loan_id: str, paid_from: PaidFrom) -> tuple[DriverLoan, tuple[str, ...]]:
    """Give the principal to the driver, as a whole but for what credit memos have taken back of it.

    Debits disbursements payable against payments in transit or a drawer.

    `paid_from.paid_on` is the day on which it was given, not before the loan's date. Returns the loan and warnings.
    Needs `loans.manage`. Raises NotFound; Conflict 409 `document_state`, `handed_over`, `nothing_to_give`,
    `drawer_short`; InvalidInput for the day, and for a bank account or drawer that does not fit.
    """
    actor.require("loans.manage")
    # So that no installment is credited meanwhile, and none of those memos voided.
    obligations = lock_posted(actor=actor, kind=LOANS, number=loan_id)
    loan: DriverLoan = states.lock_document(actor=actor, kind=LOANS, number=loan_id)
    states.require_status(loan, GIVEN_FROM, "handed over")
    if loan.is_given:
        how = loan.handed_over or "before the books were opened"
        raise HandedOver(f"{loan.number} has been handed over: {how}.")
    day = paid_from.paid_on or today(actor.company)
    require_book_date(actor=actor, day=day, field="handed_on")
    if day < loan.loan_date:
        raise InvalidInput(f"{day} is before {loan.loan_date}, the date of {loan.number}.", field="handed_on")
    _posted(actor, loan, obligations)
    amount = _to_give(actor, loan)
    entry_id = uuid7()
    paid_from = replace(paid_from, payee=paid_from.payee or loan.customer.name)
    prepared = prepare_disbursement(
        actor=actor,
        kind=Disbursement.Kind.LOAN,
        amount=amount,
        currency=loan.currency,
        paid_from=paid_from,
        entry_id=entry_id,
        source_type=LOAN,
        source_id=str(loan.id),
        customer_id=loan.customer_id,
    )
    draft = loan_handed_over(
        event=states.attempt("loan_handed_over", _times(actor, loan) + 1),
        entry_id=entry_id,
        amount=amount,
        paid_from=prepared.leg,
        on=day,
        **_of(loan),
    )
    given = Change(GIVEN, [prepared.row.id, actor.company_id, loan.id])
    post_entries(actor=actor, drafts=[draft], rows=[[prepared.row]], changes=[given])
    loan.refresh_from_db()
    details = {"amount": str(amount), "method": paid_from.method, "reference": paid_from.reference}
    note(actor=actor, kind=LOANS, document=loan, event="handed_over", details=details)
    return loan, (*prepared.warnings, *reported_month_warnings(actor=actor, days=[day]))


@transaction.atomic
def stop_hand_over(*, actor: Actor, loan_id: str, reason: str) -> DriverLoan:
    """Take back a hand-over that is still in transit: its check is stopped or stale. The loan is to be given again.

    Needs `loans.manage` and a reason of 10 to 500 characters. Raises NotFound; Conflict 409 `not_handed_over`,
    `not_in_transit` when it has cleared or was cash.
    """
    actor.require("loans.manage")
    reason = checked_reason(reason)
    loan: DriverLoan = states.lock_document(actor=actor, kind=LOANS, number=loan_id)
    if loan.handed_over_id is None:
        raise NotHandedOver(f"{loan.number} has not been handed over.")
    require_book_date(actor=actor, day=today(actor.company), field="loan_id")
    row = lock_disbursement(actor=actor, disbursement_id=loan.handed_over_id)
    entry_id = uuid7()
    leg, stopped = stop_disbursement(actor=actor, row=row, entry_id=entry_id, reason=reason)
    draft = hand_over_stopped(
        event=states.attempt("loan_hand_over_stopped", _times(actor, loan)),
        entry_id=entry_id,
        amount=row.amount,
        reverses=row.entry_id,
        back_to=leg,
        on=today(actor.company),
        reason=reason,
        **_of(loan),
    )
    back = Change(GIVEN, [None, actor.company_id, loan.id])
    post_entries(actor=actor, drafts=[draft], changes=[stopped, back])
    loan.refresh_from_db()
    details = {"amount": str(row.amount), "method": row.method, "reference": row.reference}
    note(actor=actor, kind=LOANS, document=loan, event="hand_over_stopped", reason=reason, details=details)
    return loan


@transaction.atomic
def close_as_not_given(*, actor: Actor, loan_id: str, reason: str) -> DriverLoan:
    """Close a loan that was never given: its principal is no longer payable, and nothing is owed.

    What was posted of it and is untouched is void. Each installment of which something was repaid, by a payment or from
    earnings, gets a credit memo: what is still owed of it is credited, and what was repaid is the customer's credit.
    Needs `loans.manage` and a reason of 10 to 500 characters. Raises NotFound; Conflict 409 `document_state`,
    `handed_over`, `loan_written_off` naming what has been written off.
    """
    actor.require("loans.manage")
    reason = checked_reason(reason)
    obligations = lock_posted(actor=actor, kind=LOANS, number=loan_id)
    loan: DriverLoan = states.lock_document(actor=actor, kind=LOANS, number=loan_id)
    states.require_status(loan, NOT_GIVEN_FROM, "closed as not given")
    LOANS.guard(loan)
    require_book_date(actor=actor, day=today(actor.company), field="loan_id")
    posted = _posted(actor, loan, obligations)
    _refuse_written_off(loan, [obligations[row.id] for row in posted])
    void = [row for row in posted if untouched(obligations[row.id])]
    credited = [obligations[row.id] for row in posted if not untouched(obligations[row.id])]
    if void:
        unpost(
            actor=actor,
            kind=LOANS,
            document=loan,
            rows=void,
            obligations=obligations,
            reason=reason,
            anew=False,
        )
    if loan.status == _CLOSED:
        loan.closed_at = None
        loan.status = _OPEN
        loan.save(update_fields=["status", "closed_at"])
    states.take_back(actor=actor, kind=LOANS, document=loan, reason=reason, in_part=bool(credited))
    states.move_document(
        actor=actor,
        kind=LOANS,
        document=loan,
        status=RepaidDocument.Status.CANCELLED,
        event="not_given",
        reason=reason,
    )
    # With the loan closed: what settles its items does not close it as repaid. Numbers are taken last.
    _give_back(actor, loan, credited, reason)
    return loan


def _posted(actor: Actor, loan: DriverLoan, obligations: dict[UUID, Obligation]) -> list[Any]:
    """The rows that were posted, with what they have become locked."""
    rows = list(
        rows_in_force(actor=actor, kind=LOANS, document=loan).exclude(status=Installment.Status.SCHEDULED)
    )
    if any(row.id not in obligations for row in rows):
        # Obligations are locked before documents, so what a run has posted meanwhile is left for another try.
        raise Conflict(f"An installment of {loan.number} has just been posted: try again.")
    return rows


def _refuse_written_off(loan: DriverLoan, items: list[Obligation]) -> None:
    off = {item.reference_id: item.written_off for item in items if item.written_off}
    if off:
        raise WrittenOff(
            f"{format_amount(sum_of(off.values()))} {loan.currency} of {loan.number} has been written off "
            f"({', '.join(off)}): undo the write-off first."
        )


def _give_back(actor: Actor, loan: DriverLoan, items: list[Obligation], reason: str) -> None:
    """Credit the rest of the items: interest and principal, to the cent what each had credited."""
    for item in items:
        if item.credited < item.original:
            credit_issuer()(
                actor=actor,
                customer_id=loan.customer_id,
                lease_id=loan.lease_id,
                currency=loan.currency,
                reason=reason,
                category=LOANS.category.value,
                case_no=loan.case_no,
                item_id=item.id,
            )


def _to_give(actor: Actor, loan: DriverLoan) -> Decimal:
    credited = credited_of_principal(actor=actor, document=loan)
    if credited == loan.amount:
        raise NothingToGive(
            f"Credit memos have taken back {format_amount(credited)} {loan.currency}, all of {loan.number}: close it "
            "as not given."
        )
    return loan.amount - credited


def _times(actor: Actor, loan: DriverLoan) -> int:
    """How often the loan has been handed over."""
    return Disbursement.objects.filter(
        company_id=actor.company_id, source_type=LOAN, source_id=str(loan.id)
    ).count()


def _of(loan: DriverLoan) -> dict[str, Any]:
    """What every entry of the loan's hand-over says."""
    return {
        "source_type": LOAN,
        "loan_id": loan.id,
        "currency": loan.currency,
        "customer_id": loan.customer_id,
        "lease_id": loan.lease_id,
        "case_no": loan.case_no,
    }
