"""What the ledger asks about credit memos: to void the business event behind an entry, and to describe it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from batconnect.core.database.transactions import joins_transaction, reads
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import Conflict
from ledger.errors import NOT_VOIDABLE
from ledger.settlement.errors import WeekClosed
from ledger.sources import Description
from payments.credit_memos.postings import CREDIT_ISSUED, CREDIT_PAID_OUT
from payments.credit_memos.services.voiding import void_memo
from payments.models import CreditMemo, CreditRefund


@joins_transaction
def void_memo_event(*, actor: Actor, source_id: str, event: str, reason: str) -> None:
    """Void the credit memo that an entry issued. Raises WeekClosed (409) for what a DTR paid, Conflict 409
    `not_voidable` for other events."""
    if event == CREDIT_PAID_OUT:
        raise WeekClosed("A DTR has paid this: a week that has a DTR does not change.")
    if event != CREDIT_ISSUED:
        raise Conflict("This posting is itself a correction, so it cannot be voided.", code=NOT_VOIDABLE)
    void_memo(actor=actor, memo_id=UUID(source_id), reason=reason)


@reads
def describe_memos(actor: Actor, ids: Sequence[str]) -> Mapping[str, Description]:
    """The memos in words; one statement. An id may be followed by what tells one of its events from the next."""
    memos = CreditMemo.objects.filter(
        company_id=actor.company_id, id__in={key.partition("/")[0] for key in ids}
    )
    by_id = {str(each.id): each for each in memos}
    return {key: _described(by_id[key.partition("/")[0]]) for key in ids if key.partition("/")[0] in by_id}


@reads
def describe_refunds(actor: Actor, ids: Sequence[str]) -> Mapping[str, Description]:
    """The refunds of memos in words; one statement."""
    refunds = CreditRefund.objects.select_related("memo").filter(company_id=actor.company_id, id__in=ids)
    return {
        str(each.id): Description(f"{each.memo.number} refunded {each.amount:,.2f}", url=each.memo.url)
        for each in refunds
    }


def _described(memo: CreditMemo) -> Description:
    return Description(f"Credit memo {memo.number}: {memo.reason}", url=memo.url, case_no=memo.case_no)
