"""Security deposits, held per lease: used for what is owed, or returned (docs/domain.md#deposits).

They are taken from a payment, by the app of payments (`hold_deposit` is its part here).
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from batconnect.core.audit import audit_event
from batconnect.core.database.rows import Change, insert_missing
from batconnect.core.database.transactions import joins_transaction, reads
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.errors import Conflict, InvalidInput, NotFound
from batconnect.core.kernel.ids import uuid7
from batconnect.core.kernel.money import ZERO, format_amount, sum_of
from batconnect.core.models import Approval, AuditEvent
from batconnect.directory.models import Lease, LeaseDriver
from ledger.clearing import postings
from ledger.clearing.errors import (
    LEASE_UNKNOWN,
    NOT_ITS_DRIVER,
    OTHER_DEBTOR,
    DepositNotFound,
    MoreThanHeld,
)
from ledger.clearing.models import DepositMove, SecurityDeposit
from ledger.errors import ABOVE_OUTSTANDING, ALREADY_VOIDED, NOT_OPEN, NOT_VOIDABLE
from ledger.models import Entry, Obligation
from ledger.rules.reasons import checked_reason
from ledger.services.corrections import reverse_entry
from ledger.services.journal import post_entries
from ledger.services.locks import lock_obligations
from ledger.treasury.services.stopping import reverse_payment

HANDLE: Final = "ledger.handle_deposits"
RETURN_CODE: Final = "deposit_return"
"""The kind of request by which a second person agrees to a return (`deposit_returns`)."""
_MOVE: Final = """
update security_deposits set held = held + %s::numeric where company_id = %s::uuid and id = %s::uuid
"""
_VOID_MOVE: Final = """
update security_deposit_moves set is_voided = true where company_id = %s::uuid and id = %s::uuid
"""
_Kind = DepositMove.Kind


@joins_transaction
def hold_deposit(*, actor: Actor, lease: int | str, customer_id: UUID, currency: str) -> SecurityDeposit:
    """The deposit of the customer on the lease (its key or number), locked; with nothing held when it is new.

    Raises InvalidInput `lease_unknown`, and `not_its_driver` for a customer who never was a driver of it.
    """
    named = {"pk": lease} if isinstance(lease, int) else {"lease_id": lease}
    found = Lease.objects.filter(company_id=actor.company_id, **named).first()
    if found is None:
        raise InvalidInput(f"There is no lease {lease}.", code=LEASE_UNKNOWN, field="lease_id")
    drove = LeaseDriver.objects.filter(
        company_id=actor.company_id, lease=found.pk, driver__customer=customer_id
    )
    if not drove.exists():
        raise InvalidInput(
            f"The customer is not and was not a driver of {found.lease_id}.",
            code=NOT_ITS_DRIVER,
            field="lease_id",
        )
    row = SecurityDeposit(
        company_id=actor.company_id,
        lease_id=found.pk,
        customer_id=customer_id,
        currency=currency,
        held=ZERO,
    )
    insert_missing([row], unique=("company_id", "lease_id", "customer_id", "currency"))
    return _locked(actor).get(lease=found.pk, customer=customer_id, currency=currency)


@joins_transaction
def move_deposit(*, actor: Actor, deposit: SecurityDeposit, amount: Decimal) -> Change:
    """Add to what is held, on the locked instance and by the update returned."""
    deposit.held += amount
    return Change(_MOVE, [amount, actor.company_id, deposit.id])


@joins_transaction
def void_move(*, actor: Actor, move: DepositMove) -> Change:
    """Mark what happened as undone."""
    return Change(_VOID_MOVE, [actor.company_id, move.id])


@joins_transaction
def lock_move(*, actor: Actor, move_id: UUID) -> tuple[DepositMove, SecurityDeposit]:
    """Something that happened, with its deposit locked. Raises NotFound, Conflict 409 `already_voided`."""
    known = DepositMove.objects.filter(company_id=actor.company_id, id=move_id).first()
    if known is None:
        raise NotFound("Nothing like this happened to a deposit.")
    deposit = _locked(actor).get(id=known.deposit_id)
    known.refresh_from_db()
    if known.is_voided:
        raise Conflict("This is voided already.", code=ALREADY_VOIDED)
    return known, deposit


@transaction.atomic
def use_deposit(
    *, actor: Actor, deposit_id: UUID, obligation_id: UUID, amount: Decimal, reason: str
) -> SecurityDeposit:
    """Use the deposit for what its customer owes on its lease: Dr security deposits / Cr receivable.

    Needs `ledger.handle_deposits` and a reason. Raises DepositNotFound (404), NotFound for the obligation, MoreThanHeld
    (409) naming what is held, Conflict 409 `obligation_not_open`, InvalidInput `other_debtor`, `above_outstanding`.
    """
    actor.require(HANDLE)
    reason = checked_reason(reason)
    obligation = lock_obligations(actor=actor, ids=[obligation_id]).get(obligation_id)
    if obligation is None:
        raise NotFound("There is no such obligation.", field="obligation_id")
    deposit = lock_deposit(actor=actor, deposit_id=deposit_id)
    _require_usable(actor, deposit, obligation, amount)
    move_id = uuid7()
    draft = postings.deposit_used(
        move_id=move_id,
        obligation_id=obligation.id,
        category=obligation.category,
        amount=amount,
        currency=deposit.currency,
        on=today(actor.company),
        customer_id=deposit.customer_id,
        lease_id=deposit.lease_id,
        reason=reason,
    )
    move = made_move(
        actor=actor,
        deposit=deposit,
        kind=_Kind.USED,
        amount=amount,
        entry_id=draft.id,
        move_id=move_id,
        obligation_id=obligation.id,
        reason=reason,
    )
    post_entries(
        actor=actor,
        drafts=[draft],
        rows=[[move], [move_event(actor=actor, action="ledger.use_deposit", move=move)]],
        changes=[move_deposit(actor=actor, deposit=deposit, amount=-amount)],
    )
    return deposit


@reads
def returnable(*, actor: Actor, deposit: SecurityDeposit) -> Decimal:
    """What is held and not reserved by returns that wait for a second person; read it under the deposit's lock."""
    waiting = Approval.objects.filter(
        company_id=actor.company_id,
        kind=RETURN_CODE,
        status=Approval.Status.PENDING,
        subject_id=str(deposit.id),
    )
    return deposit.held - sum_of(each.amount or ZERO for each in waiting)


@transaction.atomic
def void_deposit_move(*, actor: Actor, move_id: UUID, reason: str) -> SecurityDeposit:
    """Undo the use of a deposit, or stop its return before it reached the bank: it is held again.

    Needs `ledger.handle_deposits` and a reason. Raises NotFound, Conflict 409 `already_voided`, `not_in_transit`.
    """
    actor.require(HANDLE)
    reason = checked_reason(reason)
    known = DepositMove.objects.filter(company_id=actor.company_id, id=move_id).first()
    if known is not None and known.obligation_id is not None:
        lock_obligations(actor=actor, ids=[known.obligation_id])
    move, deposit = lock_move(actor=actor, move_id=move_id)
    if move.kind not in (_Kind.USED, _Kind.RETURNED):
        raise Conflict("What opened the books, or a payment took, is not undone here.", code=NOT_VOIDABLE)
    entry = Entry.objects.get(company_id=actor.company_id, id=move.entry_id)
    changes = [
        move_deposit(actor=actor, deposit=deposit, amount=move.amount),
        void_move(actor=actor, move=move),
    ]
    rows = [[move_event(actor=actor, action="ledger.void", move=move, reason=reason)]]
    if move.kind == _Kind.USED:
        event = postings.DEPOSIT_USE_VOIDED
        reverse_entry(actor=actor, entry=entry, event=event, reason=reason, rows=rows, changes=changes)
    else:
        event = postings.DEPOSIT_RETURN_STOPPED
        reverse_payment(actor=actor, entry=entry, event=event, reason=reason, rows=rows, changes=changes)
    return deposit


def _locked(actor: Actor) -> QuerySet[SecurityDeposit]:
    rows = SecurityDeposit.objects.select_for_update(no_key=True, of=("self",))
    return rows.filter(company_id=actor.company_id).select_related("customer", "lease")


@joins_transaction
def lock_deposit(*, actor: Actor, deposit_id: UUID) -> SecurityDeposit:
    """The deposit, locked. Raises DepositNotFound (404)."""
    deposit = _locked(actor).filter(id=deposit_id).first()
    if deposit is None:
        raise DepositNotFound(f"There is no security deposit {deposit_id}.")
    return deposit


@reads
def require_held(*, actor: Actor, deposit: SecurityDeposit, amount: Decimal) -> None:
    """Raise MoreThanHeld (409) above what is held and not reserved; under the deposit's lock."""
    left = returnable(actor=actor, deposit=deposit)
    if amount > left:
        reserved = deposit.held - left
        waiting = f" ({format_amount(reserved)} is waiting for approval)" if reserved else ""
        raise MoreThanHeld(
            f"{format_amount(amount)} is more than the {format_amount(left)} {deposit.currency} held for "
            f"{deposit.lease.lease_id}{waiting}.",
            field="amount",
        )


def _require_usable(actor: Actor, deposit: SecurityDeposit, obligation: Obligation, amount: Decimal) -> None:
    of_deposit = (deposit.customer_id, deposit.lease_id, deposit.currency)
    if (obligation.customer_id, obligation.lease_id, obligation.currency) != of_deposit:
        raise InvalidInput(
            f"{obligation} is not owed by {deposit.customer.name} on {deposit.lease.lease_id}.",
            code=OTHER_DEBTOR,
            field="obligation_id",
        )
    if obligation.status != Obligation.Status.OPEN:
        raise Conflict(f"{obligation} is {obligation.status}: nothing is outstanding.", code=NOT_OPEN)
    if amount > obligation.outstanding:
        raise InvalidInput(
            f"{format_amount(amount)} is more than the {format_amount(obligation.outstanding)} outstanding on "
            f"{obligation}.",
            code=ABOVE_OUTSTANDING,
            field="amount",
        )
    require_held(actor=actor, deposit=deposit, amount=amount)


@reads
def made_move(
    *,
    actor: Actor,
    deposit: SecurityDeposit,
    kind: DepositMove.Kind,
    amount: Decimal,
    entry_id: UUID,
    move_id: UUID,
    obligation_id: UUID | None = None,
    reason: str,
) -> DepositMove:
    """The row that says what happened to the deposit, by the entry; not written yet."""
    return DepositMove(
        id=move_id,
        company_id=actor.company_id,
        deposit_id=deposit.id,
        kind=kind,
        amount=amount,
        obligation_id=obligation_id,
        entry_id=entry_id,
        reason=reason,
        made_by=actor.name,
    )


@reads
def move_event(*, actor: Actor, action: str, move: DepositMove, reason: str = "") -> AuditEvent:
    """The trail's row about what happened to a deposit."""
    return audit_event(
        actor=actor,
        action=action,
        subject_type=postings.DEPOSIT,
        subject_id=move.id,
        reason=reason or move.reason,
        details={"amount": str(move.amount), "kind": str(move.kind)},
    )
