"""Premiums are trust money: passing them on to the insurer, and the commission (docs/domain.md#premiums)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final
from uuid import UUID

from django.db import connection, transaction

from batconnect.core.audit import audit_event
from batconnect.core.database.rows import Change
from batconnect.core.database.transactions import joins_transaction, reads
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.errors import Conflict, NotFound
from batconnect.core.kernel.ids import uuid7
from batconnect.core.kernel.money import ZERO, format_amount, round_half_up
from batconnect.core.models import AuditEvent
from cases.models import Case
from ledger.errors import ALREADY_VOIDED, NOT_VOIDABLE
from ledger.models import Entry
from ledger.rules.reasons import checked_reason
from ledger.services import post_entries, reverse_entry
from ledger.treasury.models import Disbursement
from ledger.treasury.services.paying import PaidFrom, prepare_disbursement
from ledger.treasury.services.stopping import reverse_payment
from outstanding import postings
from outstanding.errors import ABOVE_PAYABLE
from outstanding.models import PremiumMove, RenewalCancellation, RenewalCase
from outstanding.querysets import find_renewal

REMIT: Final = "outstanding.remit"
VOID: Final = "update premium_moves set is_voided = true where company_id = %s::uuid and id = %s::uuid"
# What is still due to the insurer for the policy (below zero: what it owes us), and what its customer has paid of it. A
# credit memo's entries are those with a line of its item.
_STANDING: Final = """
with debts as (
  select obligation_id as id from customer_installments
  where company_id = %(company)s::uuid and renewal_case_id = %(case)s::bigint
), memos as (
  select m.id from credit_memos m join debts d on d.id = m.obligation_id where m.company_id = %(company)s::uuid
  union
  select v.memo_id from renewal_cancellations v
  where v.company_id = %(company)s::uuid and v.renewal_case_id = %(case)s::bigint and v.memo_id is not null
), entries as (
  select e.id, e.source_type from ledger_entries e
  where e.company_id = %(company)s::uuid and (
    (e.source_type = 'outstanding.premium' and e.source_id in (
      select m.id::text from premium_moves m
      where m.company_id = %(company)s::uuid and m.renewal_case_id = %(case)s::bigint))
    or e.id in (select p.entry_id from ledger_postings p join debts d on d.id = p.obligation_id
      where p.company_id = %(company)s::uuid)
    or e.id in (select p.entry_id from ledger_postings p join memos m on m.id = p.item_id
      where p.company_id = %(company)s::uuid))
)
select coalesce(-sum(p.amount) filter (where a.code = 'premiums_payable'), 0.00),
  coalesce(-sum(p.amount) filter (where d.id is not null and e.source_type like 'payments.%%'), 0.00)
from entries e
join ledger_postings p on p.company_id = %(company)s::uuid and p.entry_id = e.id
join ledger_accounts a on a.company_id = p.company_id and a.id = p.account_id
left join debts d on d.id = p.obligation_id
"""
_MOVED: Final = """
select coalesce(sum(amount) filter (where kind = 'remitted'), 0.00),
  coalesce(sum(case kind when 'commission' then amount when 'given_back' then -amount end), 0.00)
from premium_moves
where company_id = %s::uuid and renewal_case_id = %s::bigint and not is_voided
"""
_Kind = PremiumMove.Kind


@dataclass(frozen=True, slots=True)
class PremiumPassedOn:
    """A remittance or a commission of a policy; `payment` is how a remittance was paid."""

    move: PremiumMove
    payment: Disbursement | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PremiumStanding:
    """What is due to the insurer for a policy, and what its customer has paid."""

    payable: Decimal
    collected: Decimal


@joins_transaction
def remit_premium(
    *, actor: Actor, case: int | str, amount: Decimal, paid_from: PaidFrom, note: str = ""
) -> PremiumPassedOn:
    """Pass premiums of the policy on to its insurer: Dr premiums payable / Cr payments in transit or a drawer.

    At most what is due to the insurer; more than was collected is paid with a warning. Needs `outstanding.remit`.
    Raises RenewalCaseNotFound (404), Conflict 409 `above_payable` naming what is due, and what
    `treasury.prepare_disbursement` raises.
    """
    actor.require(REMIT)
    renewal = lock_renewal(actor=actor, case=case)
    standing = premium_standing(actor=actor, case_id=renewal.pk)
    _require_payable(renewal, standing, amount)
    move_id, entry_id = uuid7(), uuid7()
    prepared = prepare_disbursement(
        actor=actor,
        kind=Disbursement.Kind.REMITTANCE,
        amount=amount,
        currency=renewal.currency,
        paid_from=paid_from,
        entry_id=entry_id,
        source_type=postings.PREMIUM,
        source_id=str(move_id),
    )
    draft = postings.premiums_remitted(
        entry_id=entry_id,
        move_id=move_id,
        paid=prepared.leg,
        currency=renewal.currency,
        on=prepared.row.paid_on,
        customer_id=renewal.customer_id,
        case_no=renewal.case.case_no,
    )
    move = _move(actor, renewal, _Kind.REMITTED, amount, entry_id, move_id, note)
    event = _event(actor, "outstanding.remit_premium", move)
    post_entries(actor=actor, drafts=[draft], rows=[[prepared.row], [move], [event]])
    prepared.row._state.adding = False
    passed_on = sum_passed_on(actor=actor, case_id=renewal.pk)
    ahead = passed_on - standing.collected
    warning = (
        (f"{format_amount(ahead)} {renewal.currency} more than was collected has been passed on.",)
        if ahead > 0
        else ()
    )
    return PremiumPassedOn(move, prepared.row, (*prepared.warnings, *warning))


@transaction.atomic
def take_commission(*, actor: Actor, case: int | str, amount: Decimal, note: str = "") -> PremiumPassedOn:
    """Make a part of the policy's premiums our income: Dr premiums payable / Cr commission income.

    Needs `outstanding.remit`. Raises RenewalCaseNotFound (404), Conflict 409 `above_payable` naming what is due.
    """
    actor.require(REMIT)
    renewal = lock_renewal(actor=actor, case=case)
    _require_payable(renewal, premium_standing(actor=actor, case_id=renewal.pk), amount)
    move_id = uuid7()
    draft = postings.commission_earned(
        move_id=move_id,
        amount=amount,
        currency=renewal.currency,
        on=today(actor.company),
        customer_id=renewal.customer_id,
        case_no=renewal.case.case_no,
    )
    move = _move(actor, renewal, _Kind.COMMISSION, amount, draft.id, move_id, note)
    event = _event(actor, "outstanding.take_commission", move)
    post_entries(actor=actor, drafts=[draft], rows=[[move], [event]])
    return PremiumPassedOn(move)


@transaction.atomic
def void_premium_move(*, actor: Actor, source_id: str, event: str, reason: str) -> None:
    """Take a remittance back that has not reached the bank, a commission, or that one was given back.

    Needs `outstanding.remit` and a reason. Raises NotFound, Conflict 409 `already_voided`, `not_in_transit`, and
    `not_voidable` for a commission of which a part was given back.
    """
    actor.require(REMIT)
    reason = checked_reason(reason)
    known = PremiumMove.objects.filter(company_id=actor.company_id, id=UUID(source_id)).first()
    if known is None:
        raise NotFound("There is no such remittance or commission.")
    lock_renewal(actor=actor, case=known.renewal_case_id)
    known.refresh_from_db()
    if known.is_voided:
        raise Conflict("This is voided already.", code=ALREADY_VOIDED)
    _refuse_given_back(actor, known)
    entry = Entry.objects.get(company_id=actor.company_id, id=known.entry_id)
    rows = [[_event(actor, "outstanding.void_premium", known, reason=reason)]]
    changes = [Change(VOID, [actor.company_id, known.id])]
    if known.kind == _Kind.REMITTED:
        name = postings.REMITTANCE_STOPPED
        reverse_payment(actor=actor, entry=entry, event=name, reason=reason, rows=rows, changes=changes)
    else:
        name = postings.VOIDED_BY_KIND[known.kind]
        reverse_entry(actor=actor, entry=entry, event=name, reason=reason, rows=rows, changes=changes)


@reads
def premium_standing(*, actor: Actor, case_id: int) -> PremiumStanding:
    """What is due to the insurer for the policy and what was collected of it, by the postings; one statement."""
    with connection.cursor() as cursor:
        cursor.execute(_STANDING, {"company": actor.company_id, "case": case_id})
        return PremiumStanding(*cursor.fetchone())


@reads
def sum_passed_on(*, actor: Actor, case_id: int) -> Decimal:
    """What was remitted and taken as commission of the policy, less the commission that was given back."""
    return sum(_moved(actor, case_id), ZERO)


@joins_transaction
def give_commission_back(
    *,
    actor: Actor,
    renewal: RenewalCase,
    cancellation: RenewalCancellation,
) -> tuple[Decimal, Decimal]:
    """Give back the commission of what had been passed on of the unearned premium; this, and what the insurer owes us.

    Called with the case locked, once what is unearned of the installments is credited, and before what had been paid
    becomes a credit. What premiums payable is debited with beyond what stood there had been passed on; its commission
    is the same share of it as of all that was passed on, half-up: Dr commission income / Cr premiums payable. The rest
    is due back from the insurer. Needs `outstanding.cancel`. Rule: docs/domain.md#premiums.
    """
    actor.require("outstanding.cancel")
    payable = premium_standing(actor=actor, case_id=renewal.pk).payable - cancellation.returned
    back = min(cancellation.unearned, max(-payable, ZERO))
    remitted, commission = _moved(actor, renewal.pk)
    if not back or remitted + commission <= 0:
        return ZERO, back
    amount = min(round_half_up(back * commission / (remitted + commission)), commission)
    if amount > 0:
        move_id = uuid7()
        draft = postings.commission_given_back(
            move_id=move_id,
            amount=amount,
            currency=renewal.currency,
            on=today(actor.company),
            customer_id=renewal.customer_id,
            case_no=renewal.case.case_no,
            reason=cancellation.reason,
            operation_id=cancellation.id,
        )
        move = _move(actor, renewal, _Kind.GIVEN_BACK, amount, draft.id, move_id, "The policy was canceled")
        event = _event(actor, "outstanding.give_commission_back", move, reason=cancellation.reason)
        post_entries(actor=actor, drafts=[draft], rows=[[move], [event]])
    return amount, back - amount


def _moved(actor: Actor, case_id: int) -> tuple[Decimal, Decimal]:
    """What was remitted of the policy, and the commission that we kept."""
    with connection.cursor() as cursor:
        cursor.execute(_MOVED, [actor.company_id, case_id])
        remitted, commission = cursor.fetchone()
    return remitted, commission


def _refuse_given_back(actor: Actor, move: PremiumMove) -> None:
    """A commission stays while what was given back of it stands: it would be given back of nothing."""
    rest = _moved(actor, move.renewal_case_id)[1]
    if move.kind == _Kind.COMMISSION and move.amount > rest:
        raise Conflict(
            f"Only {format_amount(rest)} of the policy's commission is left, for a part of it was given back: void "
            "that first.",
            code=NOT_VOIDABLE,
        )


@joins_transaction
def lock_renewal(*, actor: Actor, case: int | str) -> RenewalCase:
    """The renewal case, locked: of two at once the second sees what the first has left. Raises RenewalCaseNotFound
    (404)."""
    renewal = find_renewal(actor=actor, case=case)
    Case.objects.select_for_update(no_key=True).get(company_id=actor.company_id, pk=renewal.pk)
    return renewal


def _require_payable(renewal: RenewalCase, standing: PremiumStanding, amount: Decimal) -> None:
    if amount > standing.payable:
        raise Conflict(
            f"{format_amount(amount)} is more than the {format_amount(max(standing.payable, ZERO))} "
            f"{renewal.currency} due to the insurer for policy {renewal.policy_number}.",
            code=ABOVE_PAYABLE,
            field="amount",
        )


def _move(
    actor: Actor,
    renewal: RenewalCase,
    kind: PremiumMove.Kind,
    amount: Decimal,
    entry_id: UUID,
    move_id: UUID,
    note: str,
) -> PremiumMove:
    return PremiumMove(
        id=move_id,
        company_id=actor.company_id,
        renewal_case=renewal,
        kind=kind,
        amount=amount,
        entry_id=entry_id,
        note=note.strip(),
        made_by=actor.name,
    )


def _event(actor: Actor, action: str, move: PremiumMove, *, reason: str = "") -> AuditEvent:
    return audit_event(
        actor=actor,
        action=action,
        subject_type=postings.PREMIUM,
        subject_id=move.id,
        reason=reason or move.note,
        details={"amount": str(move.amount), "kind": str(move.kind)},
    )
