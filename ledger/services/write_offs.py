"""Giving up what is owed: at once up to the company's limit, above it by a second person."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final
from uuid import UUID

from django.db import transaction

from batconnect.core.approvals.errors import ApprovalNotFound
from batconnect.core.approvals.kinds import ApprovalKind, Carried
from batconnect.core.approvals.limits import Excess, PlannedAction, find_excess, limited_actions
from batconnect.core.approvals.services import About, Decision, approve, reject, request_approval
from batconnect.core.audit import audit_event
from batconnect.core.database.transactions import joins_transaction
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.errors import Conflict, InvalidInput, NotFound
from batconnect.core.kernel.ids import uuid7
from batconnect.core.kernel.money import exact_money, format_amount
from batconnect.core.models import Approval, AuditEvent
from ledger import sources
from ledger.errors import ABOVE_OUTSTANDING, NOT_OPEN, WRITE_OFF_PENDING
from ledger.models import Obligation
from ledger.postings import OBLIGATION, obligation_written_off
from ledger.rules.reasons import checked_reason
from ledger.services.journal import post_entries
from ledger.services.locks import lock_obligations

WRITE_OFF: Final = "write_off"


@dataclass(frozen=True, slots=True)
class WriteOff:
    """The outcome of a write-off: posted (`entry_id`), requested (`request`), or both once approved."""

    obligation: Obligation
    amount: Decimal
    entry_id: UUID | None = None
    request: Approval | None = None


@transaction.atomic
def write_off(*, actor: Actor, obligation_id: UUID, amount: Decimal, reason: str) -> WriteOff:
    """Write off an obligation or a part of it; above `write_off_approval_limit` request approval.

    The amount is in the obligation's currency. The limit adds up slices: the obligation's write-offs of thirty days,
    and its customer's of today. Needs `ledger.write_off` and a reason of 10 to 500 characters. A request neither posts
    nor reserves anything. The debit follows the category (docs/domain.md#write-offs-by-category). Raises NotFound;
    Conflict 409 `obligation_not_open`, `write_off_pending`; InvalidInput 400 `above_outstanding`.
    """
    actor.require("ledger.write_off")
    return _write_off(actor, obligation_id, amount, checked_reason(reason))


@joins_transaction
def approve_write_off(*, actor: Actor, request_id: UUID, reason: str = "") -> WriteOff:
    """Approve another person's request and post it. Needs `payments.approve_refund`.

    Raises NotFound; NotAllowed 403 `second_person_required`; Conflict 409 `already_decided`,
    `obligation_not_open`; InvalidInput 400 `above_outstanding` when less is owed by then.
    """
    return _decided(approve, actor, request_id, reason)


@joins_transaction
def reject_write_off(*, actor: Actor, request_id: UUID, reason: str = "") -> WriteOff:
    """Reject another person's request; nothing is posted. Needs `payments.approve_refund`.

    Raises NotFound; NotAllowed 403 `second_person_required`; Conflict 409 `already_decided`.
    """
    return _decided(reject, actor, request_id, reason)


def _decided(decide: Callable[..., Decision], actor: Actor, request_id: UUID, reason: str) -> WriteOff:
    actor.require("payments.approve_refund")
    try:
        decision = decide(actor=actor, approval_id=request_id, reason=reason, kind=WRITE_OFF)
    except ApprovalNotFound as unknown:
        raise NotFound("There is no such write-off request.") from unknown
    assert decision.carried is not None
    done: WriteOff = decision.carried.result
    return done


def _carry_out(actor: Actor, approval: Approval) -> Carried:
    parameters = approval.parameters
    done = _write_off(
        actor, UUID(parameters["obligation_id"]), exact_money(parameters["amount"]), approval.reason, approval
    )
    sentence = f"{format_amount(done.amount)} of {done.obligation} is written off."
    return Carried(sentence, {"entry_id": str(done.entry_id)}, done)


def _turn_down(actor: Actor, approval: Approval) -> Carried:
    parameters = approval.parameters
    obligation = Obligation.objects.get(company_id=actor.company_id, id=parameters["obligation_id"])
    amount = exact_money(parameters["amount"])
    sentence = f"{format_amount(amount)} of {obligation} remains owed."
    return Carried(sentence, result=WriteOff(obligation, amount, request=approval))


KIND: Final = ApprovalKind(
    code=WRITE_OFF,
    label="Write-off",
    permission="payments.approve_refund",
    view_permission="ledger.view",
    trail="ledger.write_off",
    carry_out=_carry_out,
    turn_down=_turn_down,
    limit="write_off_approval_limit",
    pending_code=WRITE_OFF_PENDING,
)


def _write_off(
    actor: Actor, obligation_id: UUID, amount: Decimal, reason: str, approval: Approval | None = None
) -> WriteOff:
    """Write off; above the limit request approval, unless this carries out an approved request."""
    assert amount > 0, "entry points take amounts above zero only"
    # The customer and the currency do not change: they may be read before the customer is locked.
    known = Obligation.objects.filter(company_id=actor.company_id, id=obligation_id).first()
    if known is None:
        raise NotFound("There is no such obligation.")
    action = PlannedAction(str(known.id), known.customer_id, amount, known.currency)
    excess = find_excess(actor=actor, kind=KIND, actions=[action])
    obligation = lock_obligations(actor=actor, ids=[obligation_id])[obligation_id]
    _refuse_more_than_owed(obligation, amount)
    if excess is not None and approval is None:
        return _ask(actor, obligation, amount, reason, excess)
    return _post(actor, obligation, action, reason, approval)


def _ask(actor: Actor, obligation: Obligation, amount: Decimal, reason: str, excess: Excess) -> WriteOff:
    about = About(
        subject_type=OBLIGATION,
        subject_id=str(obligation.id),
        title=f"Write-off of {format_amount(amount)} {obligation.currency} of {obligation}",
        parameters={"obligation_id": str(obligation.id), "amount": str(amount)},
        reason=reason,
        amount=amount,
        currency=obligation.currency,
        customer_id=obligation.customer_id,
        holds=str(obligation.id),
    )
    request = request_approval(actor=actor, kind=KIND, about=about, excess=excess)
    return WriteOff(obligation, amount, request=request)


def _post(
    actor: Actor, obligation: Obligation, action: PlannedAction, reason: str, approval: Approval | None
) -> WriteOff:
    draft = obligation_written_off(
        write_off_id=approval.id if approval else uuid7(),
        obligation_id=obligation.id,
        category=obligation.category,
        amount=action.amount,
        passed_on=_passed_on(actor, obligation, action.amount),
        currency=obligation.currency,
        on=today(actor.company),
        customer_id=obligation.customer_id,
        lease_id=obligation.lease_id,
        reason=reason,
    )
    counted = limited_actions(actor=actor, kind=KIND, actions=[action], approval=approval)
    trail = _audit(actor, obligation, action.amount, reason)
    posted = post_entries(actor=actor, drafts=[draft], rows=[[trail], counted])
    obligation.refresh_from_db()
    return WriteOff(obligation, action.amount, posted.entry_ids[0], approval)


def _passed_on(actor: Actor, obligation: Obligation, amount: Decimal) -> Sequence[tuple[str, Decimal]]:
    """What of the amount is not a loss, as the document behind the obligation says; nothing of an opening balance."""
    asked = sources.source(obligation.source_type).passed_on
    if asked is None or obligation.is_opening:
        return ()
    return asked(actor, obligation.source_id, obligation.written_off, amount)


def _refuse_more_than_owed(obligation: Obligation, amount: Decimal) -> None:
    if obligation.status != Obligation.Status.OPEN:
        raise Conflict(f"{obligation} is {obligation.status}: nothing is outstanding.", code=NOT_OPEN)
    uncredited = obligation.original - obligation.credited - obligation.written_off
    if uncredited < amount <= obligation.outstanding:
        raise InvalidInput(
            f"{format_amount(obligation.credited)} of {obligation} is credited already: of the rest "
            f"{format_amount(uncredited)} can be written off; apply the credit to it.",
            code=ABOVE_OUTSTANDING,
            field="amount",
        )
    if amount > obligation.outstanding:
        raise InvalidInput(
            f"{format_amount(amount)} is more than the {format_amount(obligation.outstanding)} outstanding on "
            f"{obligation}.",
            code=ABOVE_OUTSTANDING,
            field="amount",
        )


def _audit(actor: Actor, obligation: Obligation, amount: Decimal, reason: str) -> AuditEvent:
    return audit_event(
        actor=actor,
        action="ledger.write_off",
        subject_type=OBLIGATION,
        subject_id=obligation.id,
        reason=reason,
        details={"amount": str(amount)},
    )
