"""Correcting settled weeks: the lease is changed, what that costs is charged, and what it gives back is credited.

Rule: docs/domain.md#lease-corrections. One operation, with one undo (`undoing`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db import transaction

from batconnect.core.approvals.kinds import ApprovalKind, Carried
from batconnect.core.approvals.limits import PlannedAction, find_excess, limited_actions
from batconnect.core.approvals.services import About, request_approval
from batconnect.core.database.numbers import take
from batconnect.core.database.rows import insert_batch
from batconnect.core.database.transactions import joins_transaction
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.errors import Conflict
from batconnect.core.kernel.ids import uuid7
from batconnect.core.kernel.money import format_amount
from batconnect.core.models import Approval
from batconnect.directory.services.terms import lock_lease, read_terms
from ledger import chart
from ledger.chart import Category
from ledger.models import Obligation
from ledger.rules.reasons import checked_reason
from ledger.services import ObligationDraft, raise_obligations
from ledger.services.locks import lock_obligations
from payments.credit_memos.services import issuing
from payments.credit_memos.services.items import creditable, debits_of
from payments.credit_memos.services.writing import MemoDraft, write_memo
from payments.lease_corrections.errors import NOTHING_TO_CORRECT, PROPOSAL_CHANGED
from payments.lease_corrections.postings import LEASE_CORRECTION
from payments.lease_corrections.services.proposing import (
    Difference,
    Kind,
    LeaseChange,
    Proposal,
    change_terms,
    items_of,
)
from payments.lease_corrections.subjects import CORRECTION_NUMBERS
from payments.models import CreditMemo, LeaseCorrection, LeaseCorrectionLine

LEASE: Final = "directory.lease"


@dataclass(frozen=True, slots=True)
class Corrected:
    """What was proposed, and what came of it: the correction, or the request on which another user decides."""

    proposal: Proposal
    correction: LeaseCorrection | None = None
    request: Approval | None = None


@transaction.atomic
def propose_correction(*, actor: Actor, lease_pk: int, change: LeaseChange) -> Proposal:
    """What the change would charge and credit, by week and driver; writes nothing. Needs `directory.change` and
    `payments.credit`. Raises as `correct_lease`, but for the limit."""
    actor.require("payments.credit")
    with transaction.atomic():
        lease = lock_lease(actor=actor, lease_pk=lease_pk)
        proposal = change_terms(actor=actor, lease=lease, change=change)
        _require_something(proposal)
        transaction.set_rollback(True)
    return proposal


@transaction.atomic
def correct_lease(
    *, actor: Actor, lease_pk: int, change: LeaseChange, reason: str, proposal: str = ""
) -> Corrected:
    """Change a lease over settled weeks: charge what its drivers owe in addition, credit what they owe less.

    Both are dated today, so that they enter the current DTR; no settled figure changes. `proposal` is the digest of
    what the person saw. Credits above `credit_memo_approval_limit` wait for another user, and the whole with them.
    Needs `directory.change`, `payments.credit`, `ledger.raise_obligation` and a reason of 10 to 500 characters.

    Raises UnknownEntry, NotFound, InvalidInput for the change itself; Conflict 409 `lease_ended`, `already_in_use`,
    `nothing_to_correct`, `proposal_changed`, `approval_pending`.
    """
    actor.require("payments.credit")
    actor.require("ledger.raise_obligation")
    return _correct(actor, lease_pk, change, checked_reason(reason), proposal)


def _carry_out(actor: Actor, approval: Approval) -> Carried:
    parameters = dict(approval.parameters)
    lease_pk, seen = parameters.pop("lease_pk"), parameters.pop("proposal")
    done = _correct(actor, lease_pk, _change(parameters), approval.reason, seen, approval)
    assert done.correction is not None
    sentence = f"{done.correction} charges {format_amount(done.correction.charged)} and credits "
    return Carried(
        f"{sentence}{format_amount(done.correction.credited)}.",
        {"lease_correction_id": str(done.correction.id)},
        done,
    )


KIND: Final = ApprovalKind(
    code="lease_correction",
    label="Correction of a lease's settled weeks",
    permission="payments.approve_credit",
    view_permission="payments.view",
    trail="payments.lease_correction",
    carry_out=_carry_out,
    limit="credit_memo_approval_limit",
    counts_as=issuing.KIND.code,
)


def _correct(
    actor: Actor,
    lease_pk: int,
    change: LeaseChange,
    reason: str,
    seen: str,
    approval: Approval | None = None,
) -> Corrected:
    with transaction.atomic():
        lease = lock_lease(actor=actor, lease_pk=lease_pk)
        before = read_terms(lease)
        proposal = change_terms(actor=actor, lease=lease, change=change)
        _require_something(proposal)
        _require_seen(proposal, seen)
        actions = _actions(proposal)
        excess = find_excess(actor=actor, kind=KIND, actions=actions)
        if excess is None or approval is not None:
            return Corrected(proposal, _write(actor, proposal, before, reason, actions, approval))
        # Nothing of it happens while it waits: the change of the lease is taken back too.
        transaction.set_rollback(True)
    about = _about(actor, proposal, reason)
    return Corrected(proposal, request=request_approval(actor=actor, kind=KIND, about=about, excess=excess))


def _require_something(proposal: Proposal) -> None:
    if proposal.change.kind == Kind.MISSED and not proposal.differences:
        raise Conflict(
            f"Every settled week of {proposal.lease.lease_id} is charged: there is nothing to correct.",
            code=NOTHING_TO_CORRECT,
        )


def _require_seen(proposal: Proposal, seen: str) -> None:
    if seen and seen != proposal.digest:
        raise Conflict(
            f"Something of {proposal.lease.lease_id} has changed since the proposal, so nothing was done.",
            code=PROPOSAL_CHANGED,
            field="proposal",
        )


def _actions(proposal: Proposal) -> list[PlannedAction]:
    return [
        PlannedAction(str(item.id), item.customer_id, amount, item.currency)
        for each in proposal.differences
        for item, amount in each.credits
    ]


@joins_transaction
def _write(
    actor: Actor,
    proposal: Proposal,
    before: Mapping[str, Any],
    reason: str,
    actions: list[PlannedAction],
    approval: Approval | None,
) -> LeaseCorrection:
    """Raise, credit, and keep what was done. The lease is locked and changed, its customers are locked."""
    key = uuid7()
    items = lock_obligations(actor=actor, ids=items_of(proposal.differences))
    _require_still_creditable(proposal, items)
    why = f"Correction of {proposal.lease.lease_id}: {reason}"[:500]
    raised = _raise(actor, proposal, key)
    memos = [
        _credit(actor, items[item.id], amount, why, key, action, approval)
        for (item, amount), action in zip(
            (credit for each in proposal.differences for credit in each.credits), actions, strict=True
        )
    ]
    correction = _correction(actor, proposal, key, before, reason, approval)
    insert_batch([correction])
    insert_batch(_lines(correction, proposal, raised, memos))
    return correction


def _require_still_creditable(proposal: Proposal, items: Mapping[UUID, Obligation]) -> None:
    for each in proposal.differences:
        for item, amount in each.credits:
            if amount > creditable(items[item.id]):
                raise Conflict(
                    f"Somebody credited {item} just now, so nothing was done: try again.",
                    code=PROPOSAL_CHANGED,
                )


def _raise(actor: Actor, proposal: Proposal, key: UUID) -> dict[tuple[date, int], Obligation]:
    """What is owed in addition, due today."""
    day = today(actor.company)
    charges = [each for each in proposal.differences if each.charge]
    drafts = [
        ObligationDraft(
            category=Category.LEASE,
            reference_id=proposal.free_reference(each.week, each.driver),
            amount=each.charge,
            issue_date=day,
            due_date=day,
            customer_id=each.driver.customer_id,
            credits=((chart.LEASE_INCOME, each.charge),),
            lease_id=proposal.lease.pk,
            description=f"Correction of the lease fee of the week of {each.week.isoformat()}",
            source_type=LEASE_CORRECTION,
            source_id=str(key),
            operation_id=key,
        )
        for each in charges
    ]
    raised = raise_obligations(actor=actor, drafts=drafts) if drafts else []
    return {(each.week, each.driver.pk): made.obligation for each, made in zip(charges, raised, strict=True)}


def _credit(
    actor: Actor,
    item: Obligation,
    amount: Decimal,
    why: str,
    key: UUID,
    action: PlannedAction,
    approval: Approval | None,
) -> CreditMemo:
    memo, _ = write_memo(
        actor=actor,
        draft=MemoDraft(
            customer_id=item.customer_id,
            currency=item.currency,
            lines=debits_of(actor=actor, obligation=item, amount=amount),
            reason=why,
            lease_id=item.lease_id,
            obligation=item,
            category=item.category,
            operation_id=key,
        ),
        counted=limited_actions(actor=actor, kind=KIND, actions=[action], approval=approval),
    )
    return memo


def _correction(
    actor: Actor,
    proposal: Proposal,
    key: UUID,
    before: Mapping[str, Any],
    reason: str,
    approval: Approval | None,
) -> LeaseCorrection:
    change = proposal.change
    (number,) = take(CORRECTION_NUMBERS, company_id=actor.company_id, day=today(actor.company))
    return LeaseCorrection(
        id=key,
        company_id=actor.company_id,
        number=number.text,
        number_order=number.order,
        lease_id=proposal.lease.pk,
        kind=change.kind,
        day=change.day,
        driver_id=change.driver_id if change.kind == Kind.DRIVER else None,
        weekly_amount=change.weekly_amount if change.kind == Kind.RATE else None,
        currency=actor.company.base_currency,
        charged=proposal.charges,
        credited=proposal.credits,
        before=before,
        after=read_terms(proposal.lease),
        reason=reason,
        approval_id=approval.id if approval else None,
        created_by_id=actor.user_id,
        entered_by=actor.name,
    )


def _lines(
    correction: LeaseCorrection,
    proposal: Proposal,
    raised: Mapping[tuple[date, int], Obligation],
    memos: list[CreditMemo],
) -> list[LeaseCorrectionLine]:
    lines: list[LeaseCorrectionLine] = []
    issued = iter(memos)

    def add(each: Difference, amount: Decimal, item: Obligation, memo: CreditMemo | None) -> None:
        lines.append(
            LeaseCorrectionLine(
                company_id=correction.company_id,
                correction_id=correction.id,
                place=len(lines) + 1,
                week=each.week,
                driver_id=each.driver.pk,
                was=each.was,
                due=each.due,
                amount=amount,
                obligation_id=item.id,
                memo_id=memo.id if memo else None,
            )
        )

    for each in proposal.differences:
        if each.charge:
            add(each, each.charge, raised[each.week, each.driver.pk], None)
        for item, amount in each.credits:
            add(each, -amount, item, next(issued))
    return lines


def _about(actor: Actor, proposal: Proposal, reason: str) -> About:
    lease, change = proposal.lease, proposal.change
    return About(
        subject_type=LEASE,
        subject_id=str(lease.pk),
        title=f"Correction of {lease.lease_id}: {format_amount(proposal.credits)} credited, "
        f"{format_amount(proposal.charges)} charged",
        parameters={
            "lease_pk": lease.pk,
            "kind": change.kind.value,
            "day": change.day.isoformat(),
            "driver_id": change.driver_id,
            "weekly_amount": None if change.weekly_amount is None else str(change.weekly_amount),
            "proposal": proposal.digest,
        },
        reason=reason,
        amount=proposal.credits,
        currency=actor.company.base_currency,
        holds=str(lease.pk),
    )


def _change(parameters: Mapping[str, Any]) -> LeaseChange:
    amount = parameters["weekly_amount"]
    return LeaseChange(
        kind=Kind(parameters["kind"]),
        day=date.fromisoformat(parameters["day"]),
        driver_id=parameters["driver_id"],
        weekly_amount=None if amount is None else Decimal(amount),
    )
