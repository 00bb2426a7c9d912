"""A cut-over of a bank account is taken back, while the account is not reconciled (docs/domain.md#bank-cut-over)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from bank import postings
from bank.errors import CutOverFinal, CutOverNotFound
from bank.models import CutOver, CutOverItem, Reconciliation
from bank.services.chain import lock_account as lock_statements
from bank.services.chain import prove
from bank.services.cut_over_plans import find_cut_over
from bank.services.cutting_over import AGREE
from bank.services.feeds import find_account
from bank.subjects import ACCOUNT_CUT_OVER
from batconnect.core.audit import audit_event
from batconnect.core.database.rows import Change, execute_batch
from batconnect.core.database.transactions import joins_transaction
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from ledger.models import Entry, Posting
from ledger.postings import EntryDraft, Leg, reversal
from ledger.rules.reasons import checked_reason
from ledger.services import post_entries
from ledger.treasury.services.paying import find_bank_account
from payments.services.allocation import lock_payments
from payments.services.figures import put_at_bank

_CHUNK: Final = 500
_UNDO: Final = """
update bank_cut_overs set status = 'undone', undone_by = %s, undone_at = clock_timestamp(), undo_reason = %s
where company_id = %s::uuid and id = %s::uuid
"""
_TAKE_OFF: Final = """
update bank_cut_over_items set is_live = false where company_id = %s::uuid and cut_over_id = %s::uuid
"""


@joins_transaction
def undo_cut_over(*, actor: Actor, bank_account_id: UUID, reason: str) -> CutOver:
    """Take the account's cut-over back, today: each item is reversed, and what it moved is in its cash account again.

    Needs `ledger.approve_opening` and a reason of 10 to 500 characters. Raises BankAccountNotFound, CutOverNotFound
    (404), CutOverFinal (409) once the account is reconciled.
    """
    actor.require(AGREE)
    reason = checked_reason(reason)
    account = find_account(actor=actor, bank_account_id=bank_account_id)
    lock_statements(actor=actor, bank_account_id=account.id)
    done = find_cut_over(actor=actor, bank_account_id=account.id)
    if done.status != CutOver.Status.LIVE:
        raise CutOverNotFound(f"No cut-over of {account.name} stands.")
    items = list(CutOverItem.objects.filter(company_id=actor.company_id, cut_over=done.id).order_by("id"))
    payments = lock_payments(actor=actor, ids=[each.payment_id for each in items if each.payment_id])
    # Whoever reconciles the account waits, or is seen here.
    find_bank_account(actor=actor, currency=account.currency, bank_account_id=account.id)
    until = Reconciliation.objects.filter(company_id=actor.company_id, bank_account=account).first()
    if until is not None:
        raise CutOverFinal(
            f"{account.name} is reconciled until {until.reconciled_until}: its cut-over stands. What is wrong in it is "
            "corrected by what it is: return a payment, or enter it."
        )
    for start in range(0, len(items), _CHUNK):
        post_entries(actor=actor, drafts=_reversals(actor, items[start : start + _CHUNK], reason))
    trail = audit_event(
        actor=actor,
        action="bank.cut_over_undone",
        subject_type=ACCOUNT_CUT_OVER,
        subject_id=done.id,
        reason=reason,
        details={"account": account.code, "items": len(items)},
    )
    off = [put_at_bank(list(payments.values()), at_bank_id=None)] if payments else []
    execute_batch(
        [trail],
        changes=[
            *off,
            Change(_TAKE_OFF, [actor.company_id, done.id]),
            Change(_UNDO, [actor.name, reason, actor.company_id, done.id]),
        ],
    )
    prove(actor=actor, account=account)
    done.refresh_from_db()
    return done


def _reversals(actor: Actor, items: Sequence[CutOverItem], reason: str) -> list[EntryDraft]:
    entries = Entry.objects.filter(company_id=actor.company_id, id__in=[each.entry_id for each in items])
    legs: dict[UUID, list[Leg]] = {}
    lines = Posting.objects.filter(company_id=actor.company_id, entry__in=[each.entry_id for each in items])
    for entry_id, code, amount in lines.order_by("entry_id", "line").values_list(
        "entry_id", "account__code", "amount"
    ):
        legs.setdefault(entry_id, []).append(Leg(code, amount))
    return [
        reversal(
            entry_id=each.id,
            event=postings.CUT_OVER_UNDONE,
            source_type=each.source_type,
            source_id=each.source_id,
            currency=each.currency,
            on=today(actor.company),
            legs=legs[each.id],
            customer_id=each.customer_id,
            lease_id=each.lease_id,
            reason=reason,
            operation_id=each.operation_id,
        )
        for each in entries.order_by("id")
    ]
