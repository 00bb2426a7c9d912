"""What came back of payouts, and what banks say is wrong with an account (docs/domain.md#payout-returns)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

from django.db import transaction

from batconnect.core.approvals.errors import PENDING
from batconnect.core.audit import record_event
from batconnect.core.database.rows import insert_batch
from batconnect.core.database.transactions import joins_transaction, reads
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.errors import Conflict, InvalidInput, Refusal
from batconnect.core.kernel.money import format_amount
from batconnect.directory.models import Customer
from ledger.paying.errors import (
    BAD_RETURN_CODE,
    NOT_STALE,
    NOTHING_CAN_RETURN,
    UNREADABLE_RETURNS,
    PayoutNotFound,
)
from ledger.paying.models import PayeeAccount, PayeeHold, Payout, PayoutBatch, PayoutItem, PayoutReturn
from ledger.paying.postings import RETURN
from ledger.paying.rules.nacha_returns import (
    CHANGE_CODES,
    RETURN_CODES,
    Corrected,
    ReturnedEntry,
    UnreadableReturns,
    is_return_code,
    read_returns,
)
from ledger.paying.services.holds import live_hold, place
from ledger.paying.services.payees import current_account, lock_payee, propose_account
from ledger.paying.services.setup import settings_of
from ledger.postings import DTR, payout_key
from ledger.settlement.models import Dtr
from ledger.settlement.services.payouts import return_payout
from ledger.treasury.errors import NotInTransit
from ledger.treasury.models import Disbursement

RECORD: Final = "ledger.return_payout"
MAX_BYTES: Final = 6_000_000
VOID: Final = "VOID"
STALE: Final = "STALE"
CHECK_CODES: Final = {VOID: "voided", "STOP": "stopped at the bank", STALE: "never cashed"}
# The account cannot be paid to: nothing more goes there before somebody has looked.
_HOLDING: Final = frozenset({"R02", "R03", "R04", "R12", "R13", "R14", "R15", "R16", "R20"})
_Outcome = PayoutReturn.Outcome


@transaction.atomic
def record_return(*, actor: Actor, payout_id: UUID, code: str, note: str = "") -> PayoutReturn:
    """Record that a payout came back, with the bank's code (R01 to R85), or that a check of ours is void, stopped or
    stale: what it covers is due again as the next attempt, today; the figures of the DTRs stay.

    Needs `ledger.return_payout`. Raises PayoutNotFound (404), InvalidInput `bad_return_code`, Conflict 409
    `payout_cannot_return`, `check_not_stale`, NotInTransit (409) for a check that was cashed.
    """
    actor.require(RECORD)
    code = code.strip().upper()
    payout = Payout.objects.filter(company_id=actor.company_id, id=payout_id).first()
    if payout is None:
        raise PayoutNotFound(f"There is no payout {payout_id}.")
    is_check = payout.method == Payout.Method.CHECK
    if not (code in CHECK_CODES if is_check else is_return_code(code)):
        offered = ", ".join(CHECK_CODES) if is_check else "R01 to R85"
        raise InvalidInput(f"{code[:10]} is none of {offered}.", code=BAD_RETURN_CODE, field="code")
    _lock_payouts(actor, [payout])
    items = _live_items(actor, payout)
    if not items:
        raise Conflict(f"{payout} was not sent, or came back already.", code=NOTHING_CAN_RETURN)
    if is_check:
        _require_uncashed(actor, payout, items, code)
    return _return(actor, payout, items, code, note.strip())


@transaction.atomic
def record_returns(*, actor: Actor, content: bytes, file_name: str = "") -> list[PayoutReturn]:
    """Carry out a bank's file of returns and notifications of change, entry by entry, all in one transaction.

    A return makes its payout due again; a notification proposes the corrected account to a second person. An unknown
    trace number, or another amount than ours, changes nothing and is listed. The same file again changes nothing
    (`again`, which is not kept). Needs `ledger.return_payout`. Raises InvalidInput `unreadable_returns`.
    """
    actor.require(RECORD)
    if len(content) > MAX_BYTES:
        message = f"The file has {len(content):,} bytes; at most {MAX_BYTES:,} are read."
        raise InvalidInput(message, code=UNREADABLE_RETURNS, field="file")
    try:
        entries = read_returns(content.decode("ascii"))
    except UnicodeDecodeError as error:
        message = f"Byte {error.start + 1} is not an ASCII character, as a NACHA file has alone."
        raise InvalidInput(message, code=UNREADABLE_RETURNS, field="file") from error
    except UnreadableReturns as error:
        raise InvalidInput(str(error), code=UNREADABLE_RETURNS, field="file") from error
    payouts = _by_trace(actor, [each.trace for each in entries])
    _lock_payouts(actor, payouts.values())
    return [_carry_out(actor, each, payouts.get(each.trace), file_name) for each in entries]


def _carry_out(actor: Actor, entry: ReturnedEntry, payout: Payout | None, file_name: str) -> PayoutReturn:
    row = PayoutReturn(
        company_id=actor.company_id,
        payout=payout,
        code=entry.code,
        trace=entry.trace,
        amount=entry.amount,
        note=entry.note,
        file_name=file_name[:200],
        line=entry.line,
        recorded_by=actor.name,
        outcome=_Outcome.UNKNOWN,
    )
    if payout is None:
        known = PayoutReturn.objects.filter(
            company_id=actor.company_id, payout=None, trace=entry.trace, code=entry.code
        )
        return known.first() or _kept(actor, row)
    items = _live_items(actor, payout)
    known = PayoutReturn.objects.filter(company_id=actor.company_id, payout=payout, code=entry.code)
    if known.exists() or (not entry.is_change and not items):
        row.outcome = _Outcome.AGAIN
        return row
    if entry.is_change:
        return _kept(actor, _propose(actor, row, payout, entry))
    if entry.amount != payout.amount:
        row.outcome = _Outcome.DIFFERS
        row.note = f"Ours is {format_amount(payout.amount)}. {row.note}".strip()
        return _kept(actor, row)
    return _return(actor, payout, items, entry.code, entry.note, row)


@joins_transaction
def _return(
    actor: Actor,
    payout: Payout,
    items: list[PayoutItem],
    code: str,
    note: str,
    row: PayoutReturn | None = None,
) -> PayoutReturn:
    """Return each DTR of the payout, and hold the payee where the account cannot be paid to."""
    words = RETURN_CODES.get(code) or CHECK_CODES.get(code, "returned by the bank")
    reason = f"Payout {payout.reference or payout.place} came back: {code}, {words}. {note}".strip()[:500]
    for item in items:
        return_payout(actor=actor, number=item.dtr.number, reason=reason)
    if code in _HOLDING and payout.account_id is not None:
        lock_payee(actor=actor, customer_id=payout.customer_id)
        current = current_account(actor=actor, customer_id=payout.customer_id)
        is_current = current is not None and current.id == payout.account_id
        if is_current and live_hold(actor=actor, customer_id=payout.customer_id) is None:
            place(actor=actor, customer_id=payout.customer_id, reason=reason, origin=PayeeHold.Origin.RETURN)
    row = row or PayoutReturn(
        company_id=actor.company_id,
        payout=payout,
        code=code,
        trace=payout.reference[:15] if payout.account_id else "",
        amount=payout.amount,
        note=note[:500],
        recorded_by=actor.name,
    )
    row.outcome = _Outcome.RETURNED
    return _kept(actor, row)


@joins_transaction
def _propose(actor: Actor, row: PayoutReturn, payout: Payout, entry: ReturnedEntry) -> PayoutReturn:
    """Propose what the bank says is right to a second person, who has to decide before the next ACH."""
    account = payout.account
    lock_payee(actor=actor, customer_id=payout.customer_id)
    current = current_account(actor=actor, customer_id=payout.customer_id)
    if account is None or current is None or current.id != account.id or entry.corrected.says_nothing:
        row.outcome = _Outcome.NOTED
        row.note = f"{CHANGE_CODES.get(entry.code, 'a change')}: the account in use needs no change."
        return row
    right = _filled(entry.corrected, account)
    try:
        request = propose_account(
            actor=actor,
            customer_id=payout.customer_id,
            holder_name=right.name,
            routing_number=right.routing,
            account_number=right.account,
            kind=right.kind,
            note=f"The bank corrects the {CHANGE_CODES.get(entry.code, 'account')} ({entry.code}).",
            change_code=entry.code,
        )
    except Refusal as refusal:
        return _not_proposed(actor, row, payout, refusal)
    row.outcome = _Outcome.PROPOSED
    row.account_id = UUID(request.parameters["account_id"])
    return row


@joins_transaction
def _not_proposed(actor: Actor, row: PayoutReturn, payout: Payout, refusal: Refusal) -> PayoutReturn:
    """Another change waits, which holds the payee already; else what the bank says cannot be an account, and a person
    has to look before the next payment."""
    row.note = refusal.message[:500]
    if refusal.code == PENDING:
        row.outcome = _Outcome.WAITING
        return row
    row.outcome = _Outcome.NOTED
    if live_hold(actor=actor, customer_id=payout.customer_id) is None:
        reason = f"{row.code}: the bank's correction cannot be used. {refusal.message}"
        place(actor=actor, customer_id=payout.customer_id, reason=reason, origin=PayeeHold.Origin.RETURN)
    return row


def _filled(corrected: Corrected, account: PayeeAccount) -> Corrected:
    """The correction with what it does not name taken from the account that it corrects."""
    return replace(
        corrected,
        routing=corrected.routing or account.routing_number,
        account=corrected.account or account.account_number,
        kind=corrected.kind or account.kind,
        name=corrected.name or account.holder_name,
    )


@joins_transaction
def _kept(actor: Actor, row: PayoutReturn) -> PayoutReturn:
    insert_batch([row])
    row._state.adding = False
    row.refresh_from_db(fields=["recorded_at"])
    record_event(
        actor=actor,
        action="ledger.record_return",
        subject_type=RETURN,
        subject_id=row.id,
        details={
            "code": row.code,
            "trace": row.trace,
            "outcome": str(row.outcome),
            "amount": str(row.amount),
        },
    )
    return row


@joins_transaction
def _lock_payouts(actor: Actor, payouts: Iterable[Payout]) -> None:
    """Lock their payees, and then the DTRs that they cover, each by id (docs/architecture.md#lock-order)."""
    here = list(payouts)
    customers = Customer.objects.filter(
        company_id=actor.company_id, id__in={each.customer_id for each in here}
    )
    list(customers.order_by("id").select_for_update(no_key=True).values_list("id", flat=True))
    covered = PayoutItem.objects.filter(
        company_id=actor.company_id, payout__in=[each.id for each in here], state=PayoutItem.State.SENT
    )
    dtrs = Dtr.objects.filter(
        company_id=actor.company_id, id__in=list(covered.values_list("dtr_id", flat=True))
    )
    list(dtrs.order_by("id").select_for_update(no_key=True).values_list("id", flat=True))


@reads
def _live_items(actor: Actor, payout: Payout) -> list[PayoutItem]:
    """What of the payout was sent and has not come back; its DTRs are locked."""
    rows = PayoutItem.objects.filter(
        company_id=actor.company_id, payout=payout.id, state=PayoutItem.State.SENT
    )
    return list(rows.select_related("dtr").order_by("dtr_id"))


@reads
def _by_trace(actor: Actor, traces: list[str]) -> dict[str, Payout]:
    """The payouts by ACH with these trace numbers; of a number that came round again the latest."""
    rows = Payout.objects.filter(
        company_id=actor.company_id,
        reference__in=set(traces),
        account__isnull=False,
        batch__way=PayoutBatch.Way.ACH,
        batch__status=PayoutBatch.Status.SENT,
    )
    return {each.reference: each for each in rows.select_related("account").order_by("id")}


@joins_transaction
def _require_uncashed(actor: Actor, payout: Payout, items: list[PayoutItem], code: str) -> None:
    keys = [payout_key(item.dtr_id, item.attempt) for item in items]
    paid = list(
        Disbursement.objects.filter(
            company_id=actor.company_id, source_type=DTR, source_id__in=keys
        ).order_by("id")
    )
    for row in paid:
        if row.status == Disbursement.Status.CLEARED:
            raise NotInTransit(f"Check {payout.reference} was cashed on {row.cleared_on}.")
    days = settings_of(actor=actor).stale_days
    if code == STALE and paid and paid[0].paid_on + timedelta(days=days) > today(actor.company):
        raise Conflict(
            f"Check {payout.reference} of {paid[0].paid_on} is stale after {days} days.", code=NOT_STALE
        )


@reads
def stale_checks(*, actor: Actor) -> list[tuple[str, str, Decimal]]:
    """The checks that the bank has not shown for too long: number, payee, amount."""
    since = today(actor.company) - timedelta(days=settings_of(actor=actor).stale_days)
    rows = Disbursement.objects.filter(
        company_id=actor.company_id,
        kind=Disbursement.Kind.PAYOUT,
        method=Payout.Method.CHECK,
        status=Disbursement.Status.IN_TRANSIT,
        paid_on__lte=since,
    )
    return list(rows.order_by("paid_on", "id").values_list("reference", "payee", "amount"))
