"""Returning security deposits; above the company's limit for refunds by two people (docs/domain.md#deposits)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final
from uuid import UUID

from batconnect.core.approvals.kinds import ApprovalKind, Carried
from batconnect.core.approvals.limits import Excess, PlannedAction, find_excess, limited_actions
from batconnect.core.approvals.services import About, request_approval
from batconnect.core.database.transactions import joins_transaction
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.ids import uuid7
from batconnect.core.kernel.money import exact_money, format_amount
from batconnect.core.models import Approval, LimitedAction
from ledger.clearing import postings
from ledger.clearing.errors import DepositNotFound
from ledger.clearing.models import DepositMove, SecurityDeposit
from ledger.clearing.services.deposits import (
    HANDLE,
    RETURN_CODE,
    lock_deposit,
    made_move,
    move_deposit,
    move_event,
    require_held,
)
from ledger.services.journal import post_entries
from ledger.treasury.models import Disbursement
from ledger.treasury.services.keeping import kept, read_kept
from ledger.treasury.services.paying import PaidFrom, find_bank_account, find_drawer, prepare_disbursement


@dataclass(frozen=True, slots=True)
class DepositPaid:
    """A deposit of which something was returned, and how."""

    deposit: SecurityDeposit
    payment: Disbursement
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Wanted:
    """How much of a deposit is to be returned, how and why."""

    amount: Decimal
    paid_from: PaidFrom
    reason: str


@joins_transaction
def return_deposit(
    *, actor: Actor, deposit_id: UUID, amount: Decimal, paid_from: PaidFrom, reason: str = ""
) -> DepositPaid | Approval:
    """Return the deposit or a part of it: Dr security deposits / Cr payments in transit or a drawer.

    Above the company's `refund_approval_limit`, counted with refunds and over slices, nothing is posted: the amount is
    reserved, and the answer is the request on which another user decides (docs/domain.md#approvals). Needs
    `ledger.handle_deposits`. Raises DepositNotFound (404), MoreThanHeld (409) naming what is held, and what
    `treasury.prepare_disbursement` raises.
    """
    actor.require(HANDLE)
    return _return(actor, deposit_id, Wanted(amount, paid_from, reason), None)


def _carry_out(actor: Actor, approval: Approval) -> Carried:
    said = approval.parameters
    wanted = Wanted(exact_money(said["amount"]), read_kept(said["paid_from"]), approval.reason)
    done = _return(actor, UUID(said["deposit_id"]), wanted, approval)
    assert isinstance(done, DepositPaid)
    sentence = f"{format_amount(wanted.amount)} {done.deposit.currency} of the deposit are returned."
    return Carried(sentence, {"disbursement_id": str(done.payment.id)}, done)


RETURN: Final = ApprovalKind(
    code=RETURN_CODE,
    label="Return of a security deposit",
    permission="payments.approve_refund",
    view_permission="ledger.view",
    trail="ledger.deposit_return",
    carry_out=_carry_out,
    limit="refund_approval_limit",
    counts_as="refund",
)


def _return(
    actor: Actor, deposit_id: UUID, wanted: Wanted, approval: Approval | None
) -> DepositPaid | Approval:
    """Return it; above the limit ask, unless two people have agreed. The customer is locked before the deposit."""
    known = SecurityDeposit.objects.filter(company_id=actor.company_id, id=deposit_id).first()
    if known is None:
        raise DepositNotFound(f"There is no security deposit {deposit_id}.")
    action = PlannedAction(str(known.id), known.customer_id, wanted.amount, known.currency)
    excess = find_excess(actor=actor, kind=RETURN, actions=[action])
    deposit = lock_deposit(actor=actor, deposit_id=deposit_id)
    require_held(actor=actor, deposit=deposit, amount=wanted.amount)
    if excess is not None and approval is None:
        return _ask(actor, deposit, wanted, excess)
    counted = limited_actions(actor=actor, kind=RETURN, actions=[action], approval=approval)
    return _pay_back(actor, deposit, wanted, counted)


def _ask(actor: Actor, deposit: SecurityDeposit, wanted: Wanted, excess: Excess) -> Approval:
    """Reserve the amount until another person decides: the request itself does."""
    place = wanted.paid_from
    # What is named has to be there when it is asked for; what is in it, when it is paid.
    if place.bank_account_id is not None:
        find_bank_account(actor=actor, currency=deposit.currency, bank_account_id=place.bank_account_id)
    if place.drawer_id is not None:
        find_drawer(actor=actor, currency=deposit.currency, drawer_id=place.drawer_id)
    about = About(
        subject_type=postings.HELD,
        subject_id=str(deposit.id),
        title=f"Return of {format_amount(wanted.amount)} {deposit.currency} of the deposit for "
        f"{deposit.lease.lease_id}",
        parameters={
            "deposit_id": str(deposit.id),
            "amount": str(wanted.amount),
            "paid_from": kept(place),
        },
        reason=wanted.reason,
        amount=wanted.amount,
        currency=deposit.currency,
        customer_id=deposit.customer_id,
    )
    return request_approval(actor=actor, kind=RETURN, about=about, excess=excess)


def _pay_back(
    actor: Actor, deposit: SecurityDeposit, wanted: Wanted, counted: Sequence[LimitedAction]
) -> DepositPaid:
    """Post it, under the deposit's lock."""
    amount, paid_from, reason = wanted.amount, wanted.paid_from, wanted.reason
    move_id, entry_id = uuid7(), uuid7()
    prepared = prepare_disbursement(
        actor=actor,
        kind=Disbursement.Kind.DEPOSIT_RETURN,
        amount=amount,
        currency=deposit.currency,
        paid_from=paid_from,
        entry_id=entry_id,
        source_type=postings.DEPOSIT,
        source_id=str(move_id),
        customer_id=deposit.customer_id,
    )
    prepared.row.payee = prepared.row.payee or deposit.customer.name
    draft = postings.deposit_returned(
        entry_id=entry_id,
        move_id=move_id,
        paid=prepared.leg,
        currency=deposit.currency,
        on=prepared.row.paid_on,
        customer_id=deposit.customer_id,
        lease_id=deposit.lease_id,
        reason=reason,
    )
    move = made_move(
        actor=actor,
        deposit=deposit,
        kind=DepositMove.Kind.RETURNED,
        amount=amount,
        entry_id=entry_id,
        move_id=move_id,
        reason=reason,
    )
    post_entries(
        actor=actor,
        drafts=[draft],
        rows=[
            [prepared.row],
            [move],
            [move_event(actor=actor, action="ledger.return_deposit", move=move)],
            counted,
        ],
        changes=[move_deposit(actor=actor, deposit=deposit, amount=-amount)],
    )
    prepared.row._state.adding = False
    return DepositPaid(deposit, prepared.row, prepared.warnings)
