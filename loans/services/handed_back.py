"""Hand-overs that reached the bank and came back: the loan is to be given again (docs/domain.md#came-back)."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from batconnect.core.database.rows import Change
from batconnect.core.database.transactions import joins_transaction
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.money import format_amount
from ledger import chart
from ledger.postings import Leg
from ledger.repayment.services import states
from ledger.repayment.services.advanced import credited_of_principal
from ledger.repayment.services.trail import note
from ledger.repayment.services.unposting import lock_posted
from ledger.treasury.models import Disbursement
from ledger.treasury.services.returning import DOCUMENTS, Back, Due, post_paid_again, post_return
from loans.errors import HandedOver, NotHandedOver
from loans.kind import LOANS
from loans.models import DriverLoan
from loans.services.handing_over import GIVEN, GIVEN_FROM
from loans.subjects import LOAN

_RIGHT: Final = "loans.manage"


class HandOverBack:
    """Cr disbursements payable: the principal is to be given again, or the loan is closed as not given. Needs
    `loans.manage`."""

    place = DOCUMENTS

    @joins_transaction
    def lock(self, *, actor: Actor, row: Disbursement) -> Any:
        """The installments, which no memo credits meanwhile, and the loan."""
        number = DriverLoan.objects.values_list("number", flat=True).get(
            company_id=actor.company_id, id=row.source_id
        )
        lock_posted(actor=actor, kind=LOANS, number=number)
        return states.lock_document(actor=actor, kind=LOANS, number=number)

    @joins_transaction
    def come_back(self, *, actor: Actor, back: Back, locked: Any) -> UUID:
        """Raises NotHandedOver (409) where another hand-over stands."""
        actor.require(_RIGHT)
        loan: DriverLoan = locked
        if loan.handed_over_id != back.row.id:
            raise NotHandedOver(f"{loan.number} was not handed over by this payment.")
        due = Due(
            legs=(Leg(chart.DISBURSEMENTS_PAYABLE, -back.row.amount),),
            changes=(Change(GIVEN, [None, actor.company_id, loan.id]),),
            about=(LOAN, str(loan.id)),
        )
        entry_id = post_return(actor=actor, back=back, due=due)
        _note(actor, loan, back, "hand_over_returned")
        return entry_id

    @joins_transaction
    def take_back(self, *, actor: Actor, back: Back, locked: Any) -> UUID | None:
        """Raises HandedOver, DocumentState (409) where the loan was given again, closed or credited since."""
        actor.require(_RIGHT)
        loan: DriverLoan = locked
        if loan.is_given:
            raise HandedOver(f"{loan.number} has been handed over again: {loan.handed_over}.")
        states.require_status(loan, GIVEN_FROM, "handed over by what had come back")
        to_give = loan.amount - credited_of_principal(actor=actor, document=loan)
        if to_give != back.row.amount:
            raise HandedOver(
                f"Credit memos have left {format_amount(to_give)} of {loan.number} to be given since, not the "
                f"{format_amount(back.row.amount)} that came back."
            )
        given = Change(GIVEN, [back.row.id, actor.company_id, loan.id])
        entry_id = post_paid_again(actor=actor, back=back, changes=[given])
        _note(actor, loan, back, "hand_over_stayed")
        return entry_id


HAND_OVER_BACK: Final = HandOverBack()


def _note(actor: Actor, loan: DriverLoan, back: Back, event: str) -> None:
    row = back.row
    details = {"amount": str(row.amount), "method": row.method, "reference": row.reference}
    note(actor=actor, kind=LOANS, document=loan, event=event, reason=back.reason, details=details)
