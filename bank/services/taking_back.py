"""What a part was explained as is taken back (docs/domain.md#explanations)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final
from uuid import UUID

from bank.errors import ExplanationNotFound, ExplanationUndone
from bank.models import Explanation, LinePart
from bank.services.kinds import kind_of
from bank.services.kinds.disbursements import lock_paid_out, place_of
from bank.services.kinds.interface import Undone
from bank.services.learning import weaken_all
from bank.services.parts import RIGHT, lock_part, moved, part_event
from bank.subjects import LINE_PART
from batconnect.core.approvals.kinds import Carried
from batconnect.core.approvals.limits import Excess, find_excess, limited_actions
from batconnect.core.approvals.services import About, request_approval
from batconnect.core.database.rows import Change, execute_batch
from batconnect.core.database.transactions import joins_transaction
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.money import format_amount, sum_of
from batconnect.core.models import Approval
from ledger.rules.reasons import checked_reason
from ledger.services import post_entries
from ledger.treasury.services.paying import lock_disbursement
from payments.models import Payment
from payments.services.allocation import lock_payments
from payments.services.void_limits import void_actions, void_kind

_UNDO: Final = """
update bank_explanations set status = 'undone', undone_entry_id = %s::uuid, undone_by = %s,
  undone_at = clock_timestamp(), undo_reason = %s
where company_id = %s::uuid and id = %s::uuid
"""


@joins_transaction
def undo_explanation(
    *, actor: Actor, explanation_id: UUID, reason: str, approval: Approval | None = None
) -> LinePart | Approval:
    """Take back what was explained together with this: each entry is reversed today, and the part is open again.

    A payment that the line became is voided with everything it paid; above the company's `void_approval_limit` the
    answer is the request on which another user decides, who has agreed where `approval` is given. Needs `bank.explain`,
    what the kinds need (`payments.void` for a new payment), and a reason of 10 to 500 characters. Raises
    ExplanationNotFound (404), ExplanationUndone (409), and what the kinds refuse.
    """
    actor.require(RIGHT)
    reason = checked_reason(reason)
    first = Explanation.objects.filter(company_id=actor.company_id, id=explanation_id).first()
    if first is None:
        raise ExplanationNotFound(f"There is no explanation {explanation_id}.")
    together = list(
        Explanation.objects.filter(
            company_id=actor.company_id, part=first.part_id, operation_id=first.operation_id, status="live"
        ).order_by("id")
    )
    if not together or first.status != Explanation.Status.LIVE:
        raise ExplanationUndone("This explanation is undone already.")
    _lock_named(actor, together)
    # Read again under the locks: somebody else may have been faster.
    if Explanation.objects.filter(
        company_id=actor.company_id, id__in=[each.id for each in together], status=Explanation.Status.UNDONE
    ).exists():
        raise ExplanationUndone("This explanation is undone already.")
    for each in together:
        asked = kind_of(each.kind).ask_to_undo(actor=actor, explanation=each, reason=reason)
        if asked is not None:
            return asked
    voids = _voids(actor, together)
    excess = find_excess(actor=actor, kind=UNMATCH, actions=void_actions(list(voids.values())))
    if excess is not None and approval is None:
        return _ask(actor, first, list(voids.values()), reason, excess)
    undone = [kind_of(each.kind).undo(actor=actor, explanation=each, reason=reason) for each in together]
    part = lock_part(actor=actor, part_id=first.part_id)
    for each, back in zip(together, undone, strict=True):
        voided = [voids[each.id]] if each.id in voids else []
        counted = limited_actions(actor=actor, kind=UNMATCH, actions=void_actions(voided), approval=approval)
        _take_back(actor, each, replace(back, rows=[*back.rows, counted]), reason)
    weaken_all(actor=actor, explanations=together)
    event = part_event(actor, "bank.line_unexplained", part, together, reason=reason)
    execute_batch([event], changes=[moved(actor, {part.id: -sum_of(each.amount for each in together)})])
    part.refresh_from_db()
    return part


def _carry_out(actor: Actor, approval: Approval) -> Carried:
    """Take back what another person asked to take back."""
    part_id = UUID(approval.parameters["receipt_id"])
    explanation = (
        Explanation.objects.filter(company_id=actor.company_id, part=part_id, kind=Explanation.Kind.PAYMENT)
        .filter(status=Explanation.Status.LIVE)
        .first()
    )
    if explanation is None:
        raise ExplanationUndone("This explanation is undone already.")
    part = undo_explanation(
        actor=actor, explanation_id=explanation.id, reason=approval.reason, approval=approval
    )
    assert isinstance(part, LinePart)
    sentence = f"What {format_amount(part.amount)} {part.currency} were is taken back."
    return Carried(sentence, {"payment_id": str(explanation.payment_id)}, part)


UNMATCH: Final = void_kind(
    code="unmatch", label="Match taken back", trail="payments.receipt_unmatch", carry_out=_carry_out
)


def _voids(actor: Actor, explanations: Sequence[Explanation]) -> dict[UUID, Payment]:
    """The payments that undoing voids, by explanation."""
    new = {
        each.payment_id: each.id
        for each in explanations
        if each.kind == Explanation.Kind.PAYMENT and each.payment_id
    }
    payments = Payment.objects.filter(company_id=actor.company_id, id__in=list(new))
    return {new[each.id]: each for each in payments}


def _ask(
    actor: Actor, explanation: Explanation, payments: Sequence[Payment], reason: str, excess: Excess
) -> Approval:
    first, amount = payments[0], sum_of(each.amount for each in payments)
    numbers = ", ".join(each.number for each in payments)
    about = About(
        subject_type=LINE_PART,
        subject_id=str(explanation.part_id),
        title=f"Match of {numbers} for {format_amount(amount)} {first.currency} taken back",
        parameters={"receipt_id": str(explanation.part_id)},
        reason=reason,
        amount=amount,
        currency=first.currency,
        customer_id=first.customer_id,
        holds=str(explanation.part_id),
    )
    return request_approval(actor=actor, kind=UNMATCH, about=about, excess=excess)


def _lock_named(actor: Actor, together: Sequence[Explanation]) -> None:
    """What the explanations name, in the order in which it is locked to explain by it."""
    lying = Payment.objects.filter(company_id=actor.company_id, at_bank_id__in=[each.id for each in together])
    named = {each.payment_id for each in together if each.payment_id is not None}
    lock_payments(actor=actor, ids=sorted({*named, *lying.values_list("id", flat=True)}))
    returned = [each for each in together if each.kind == Explanation.Kind.DISBURSEMENT_RETURN]
    for _, disbursement_id in sorted(
        (place_of(actor=actor, disbursement_id=each.disbursement_id), each.disbursement_id)
        for each in returned
    ):
        lock_paid_out(actor=actor, disbursement_id=disbursement_id)
    for disbursement_id in sorted(each.disbursement_id for each in together if each.disbursement_id):
        lock_disbursement(actor=actor, disbursement_id=disbursement_id)


def _take_back(actor: Actor, explanation: Explanation, undone: Undone, reason: str) -> None:
    fresh = Explanation.objects.select_for_update(no_key=True).get(
        company_id=actor.company_id, id=explanation.id
    )
    if fresh.status != Explanation.Status.LIVE:
        raise ExplanationUndone("This explanation is undone already.")
    entry_id = undone.drafts[-1].id if undone.drafts else undone.entry_id
    changes = [
        *undone.changes,
        Change(_UNDO, [entry_id, actor.name, reason, actor.company_id, explanation.id]),
    ]
    if undone.drafts:
        post_entries(actor=actor, drafts=undone.drafts, rows=undone.rows, changes=changes)
    else:
        execute_batch(*undone.rows, changes=changes)
