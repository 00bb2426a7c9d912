"""Moving a charge to the right driver: for the one a void or a memo, for the other a charge.

Rule: docs/domain.md#moving-charges.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db import transaction

from batconnect.core.approvals.kinds import ApprovalKind, Carried
from batconnect.core.approvals.limits import PlannedAction, find_excess, limited_actions
from batconnect.core.approvals.services import About, request_approval
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import Conflict, InvalidInput, NotFound
from batconnect.core.kernel.money import ZERO, format_amount
from batconnect.core.models import Approval
from ledger.chart import Category
from ledger.models import Obligation
from ledger.postings import OBLIGATION
from ledger.rules.reasons import LONGEST, checked_reason
from ledger.services import Charge, ObligationDraft, check_charges, enter_charges, void_obligation
from ledger.services.locks import lock_obligations
from ledger.services.penalties import authority_of, free_reference, require_charge
from payments.credit_memos.errors import NOT_MOVABLE
from payments.credit_memos.services import issuing
from payments.credit_memos.services.items import creditable, debits_of
from payments.credit_memos.services.writing import MemoDraft, write_memo
from payments.models import CreditMemo

_MOVED: Final = re.compile(r"(?P<base>.+)/[2-9]\d*")
_DESCRIBED: Final = 200


@dataclass(frozen=True, slots=True)
class Target:
    """Who owes the charge instead: a driver with a lease, or a customer who is not a driver."""

    driver_id: int | None = None
    lease_id: int | None = None
    lease_number: str = ""
    customer_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Moved:
    """What became of a move: the charge of the other (`raised`) and, unless the first was voided, its `memo`; or the
    `request` on which another user decides."""

    charge: Obligation
    raised: Obligation | None = None
    memo: CreditMemo | None = None
    request: Approval | None = None


@transaction.atomic
def move_charge(*, actor: Actor, obligation_id: UUID, target: Target, reason: str) -> Moved:
    """Move what stands of a charge to another driver, in one transaction: `{reference}/2`, dated today, due as before.

    While nothing is applied the charge is voided, else credited by a memo, which above `credit_memo_approval_limit`
    waits for another user, and the move with it. Each names the other. Needs `payments.credit`,
    `ledger.raise_obligation` and a reason of 10 to 500 characters. Raises NotFound; InvalidInput for whoever is to
    owe it; Conflict 409 `not_a_charge`, `not_movable`, `reference_taken`, `approval_pending`.
    """
    actor.require("payments.credit")
    actor.require("ledger.raise_obligation")
    return _move(actor, obligation_id, target, checked_reason(reason))


def _carry_out(actor: Actor, approval: Approval) -> Carried:
    parameters = dict(approval.parameters)
    charge_id, customer_id = UUID(parameters.pop("obligation_id")), parameters.pop("customer_id")
    target = Target(**parameters, customer_id=UUID(customer_id) if customer_id else None)
    done = _move(actor, charge_id, target, approval.reason, approval)
    assert done.raised is not None
    return Carried(f"{done.charge} is {done.raised} now.", {"obligation_id": str(done.raised.id)}, done)


KIND: Final = ApprovalKind(
    code="charge_move",
    label="Move of a charge",
    permission="payments.approve_credit",
    view_permission="payments.view",
    trail="payments.charge_move",
    carry_out=_carry_out,
    limit="credit_memo_approval_limit",
    counts_as=issuing.KIND.code,
)


def _move(
    actor: Actor, obligation_id: UUID, target: Target, reason: str, approval: Approval | None = None
) -> Moved:
    known = Obligation.objects.filter(company_id=actor.company_id, id=obligation_id).first()
    if known is None:
        raise NotFound("There is no such obligation.")
    if _is_used(known):
        # The customer is locked before the charge.
        find_excess(actor=actor, kind=KIND, actions=[_action(known)])
    charge = lock_obligations(actor=actor, ids=[obligation_id])[obligation_id]
    if _is_used(charge) and not _is_used(known):
        raise Conflict(f"Something was applied to {charge} just now: try again.", code=NOT_MOVABLE)
    _require_movable(charge)
    moved = _MOVED.fullmatch(charge.reference_id)
    base = moved["base"] if moved else charge.reference_id
    reference = free_reference(actor=actor, charge=charge, base=base, sign="/", first=2)
    _require_target(actor, charge, target, reference)
    # With the charge locked: what stands of it may be another amount by now.
    action = _action(charge)
    excess = find_excess(actor=actor, kind=KIND, actions=[action]) if _is_used(charge) else None
    if excess is not None and approval is None:
        about = _about(charge, target, reason, action)
        return Moved(charge, request=request_approval(actor=actor, kind=KIND, about=about, excess=excess))
    if approval is not None:
        _require_agreed(charge, approval)
    why = f"Moved to {reference}: {reason}"[:LONGEST]
    memo: CreditMemo | None = None
    other = _charge(actor, charge, target, reference)
    if not _is_used(charge):
        void_obligation(actor=actor, obligation_id=charge.id, reason=why)
    else:
        memo = _credit(actor, charge, why, action, approval)
    (raised,) = enter_charges(actor=actor, charges=[other])
    charge.refresh_from_db()
    return Moved(charge, raised.obligation, memo, approval)


def _action(charge: Obligation) -> PlannedAction:
    return PlannedAction(str(charge.id), charge.customer_id, creditable(charge), charge.currency)


def _is_used(charge: Obligation) -> bool:
    """Whether anything was applied to it or credited of it: then it is not voided any more."""
    return charge.outstanding != charge.original or charge.credited != ZERO


def _require_movable(charge: Obligation) -> None:
    require_charge(charge)
    if charge.written_off:
        raise Conflict(
            f"{format_amount(charge.written_off)} of {charge} is written off: undo that first.",
            code=NOT_MOVABLE,
        )
    if not creditable(charge):
        raise Conflict(f"All of {charge} is credited: there is nothing to move.", code=NOT_MOVABLE)


def _require_agreed(charge: Obligation, approval: Approval) -> None:
    """Raise Conflict 409 `not_movable` when more stands of the charge than the other user saw."""
    assert approval.amount is not None, "a request to move names what stood then"
    if creditable(charge) > approval.amount:
        raise Conflict(
            f"{format_amount(creditable(charge))} of {charge} stands by now, {format_amount(approval.amount)} when it "
            "was asked for: reject the request, and ask again.",
            code=NOT_MOVABLE,
        )


def _credit(
    actor: Actor, charge: Obligation, why: str, action: PlannedAction, approval: Approval | None
) -> CreditMemo:
    memo, _ = write_memo(
        actor=actor,
        draft=MemoDraft(
            customer_id=charge.customer_id,
            currency=charge.currency,
            lines=debits_of(actor=actor, obligation=charge, amount=None),
            reason=why,
            lease_id=charge.lease_id,
            obligation=charge,
            category=charge.category,
            approval_id=approval.id if approval else None,
        ),
        counted=limited_actions(actor=actor, kind=KIND, actions=[action], approval=approval),
    )
    return memo


def _require_target(actor: Actor, charge: Obligation, target: Target, reference: str) -> None:
    """Refuse whom the charge would be raised for, as raising does, before anything is written or asked."""
    (checked,) = check_charges(actor=actor, charges=[_charge(actor, charge, target, reference)])
    if not isinstance(checked, ObligationDraft):
        if all(each.code == "not_found" for each in checked):
            raise NotFound(checked[0].message, errors=checked)
        raise InvalidInput(checked[0].message, code=checked[0].code, errors=checked)
    if (checked.customer_id, checked.lease_id) == (charge.customer_id, charge.lease_id):
        raise Conflict(f"{charge} is owed by them already.", code=NOT_MOVABLE, field="driver_id")


def _charge(actor: Actor, charge: Obligation, target: Target, reference: str) -> Charge:
    """What the other owes: what stands of the charge; a tax stays held for its authority."""
    return Charge(
        category=Category(charge.category),
        reference_id=reference,
        amount=creditable(charge),
        due_date=charge.due_date,
        description=f"{charge.description} (moved from {charge.reference_id})"[-_DESCRIBED:],
        driver_id=target.driver_id,
        lease_id=target.lease_id,
        lease_number=target.lease_number,
        customer_id=target.customer_id,
        authority=authority_of(actor=actor, charge=charge),
    )


def _about(charge: Obligation, target: Target, reason: str, action: PlannedAction) -> About:
    return About(
        subject_type=OBLIGATION,
        subject_id=str(charge.id),
        title=f"Move of {charge}, {format_amount(action.amount)} {charge.currency}",
        parameters={
            "obligation_id": str(charge.id),
            "driver_id": target.driver_id,
            "lease_id": target.lease_id,
            "lease_number": target.lease_number,
            "customer_id": str(target.customer_id) if target.customer_id else None,
        },
        reason=reason,
        amount=action.amount,
        currency=charge.currency,
        customer_id=charge.customer_id,
        holds=str(charge.id),
    )
