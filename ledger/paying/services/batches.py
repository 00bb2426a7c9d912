"""Batches of payouts: drafted, approved by a second person, undone as a unit (docs/domain.md#payout-batches)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from batconnect.core.approvals.errors import PENDING, SECOND_PERSON
from batconnect.core.approvals.kinds import ApprovalKind, Carried
from batconnect.core.approvals.services import About, request_approval
from batconnect.core.audit import audit_event, record_event
from batconnect.core.database.numbers import take
from batconnect.core.database.rows import Change, RowBatch, execute_batch, one_of_texts
from batconnect.core.database.transactions import joins_transaction, reads
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import now, today
from batconnect.core.kernel.errors import Conflict, FieldError, InvalidInput, NotAllowed
from batconnect.core.kernel.ids import uuid7
from batconnect.core.kernel.money import ZERO, format_amount
from batconnect.core.kernel.words import format_count
from batconnect.core.models import Approval
from ledger.paying.errors import NOT_BANKING_DAY, BatchState, NobodyToPay, PayoutBatchNotFound
from ledger.paying.models import Payout, PayoutBatch, PayoutDeduction, PayoutItem
from ledger.paying.postings import BATCH
from ledger.paying.rules.banking_days import is_banking_day
from ledger.paying.rules.nacha import MAX_ENTRIES
from ledger.paying.services.planning import Plan, Planned, plan_batch
from ledger.paying.subjects import BATCH_NUMBERS
from ledger.rules.amounts import require_in_range
from ledger.rules.reasons import checked_reason
from ledger.settlement.errors import DtrNotFound
from ledger.settlement.models import Dtr
from ledger.treasury.models import BankAccount
from ledger.treasury.services.paying import find_bank_account

PAY: Final = "ledger.pay_out"
APPROVE: Final = "ledger.approve_payout"
DAYS_AHEAD: Final = 14
_SHOWN: Final = 20
_Status = PayoutBatch.Status
# What a plan asks of a DTR.
_PLANNED_BY: Final = (
    *("number", "number_order", "status", "paid_on", "due_to_driver", "currency", "returned_payouts"),
    "customer__name",
)
_UNDO: Final = """
update payout_items i set state = 'undone' from payouts p
where p.company_id = %s::uuid and p.batch_id = %s::uuid and i.company_id = p.company_id and i.payout_id = p.id
  and i.state = 'reserved'
"""


@transaction.atomic
def draft_batch(
    *,
    actor: Actor,
    way: str,
    numbers: Sequence[str] | None = None,
    week: date | None = None,
    bank_account_id: UUID | None = None,
    effective_on: date | None = None,
) -> PayoutBatch:
    """Reserve what is due to drivers for a batch: the DTRs named, else those of a week, else all that are due.

    `way` is `ach` or `check`. Whoever cannot be paid now is left out, with the reason (`left_out`). Nothing is posted.
    Needs `ledger.pay_out`. Raises DtrNotFound (404), NobodyToPay (409) naming for each why not, InvalidInput
    `not_a_banking_day`, what `find_bank_account` refuses, and for more than 10,000 DTRs.
    """
    actor.require(PAY)
    _require_day(actor, way, effective_on)
    currency = _currency(actor, bank_account_id)
    dtrs = _asked_for(actor, numbers, week, is_locked=True)
    plan = plan_batch(actor=actor, way=way, currency=currency, dtrs=dtrs, is_locked=True)
    if not plan.payouts:
        raise NobodyToPay(
            "Nobody can be paid." if dtrs else "Nothing is due to any driver.",
            errors=[FieldError(each.number, each.why, each.code) for each in plan.left_out[:_SHOWN]],
        )
    require_in_range(plan.total, field="dtr_numbers", what="The payouts come to")
    account = find_bank_account(actor=actor, currency=currency, bank_account_id=bank_account_id)
    batch = _new_batch(actor, way, account, plan, effective_on)
    payouts, items, deductions = _rows(batch, plan)
    trail = audit_event(
        actor=actor,
        action="ledger.draft_payouts",
        subject_type=BATCH,
        subject_id=batch.id,
        details={
            "number": batch.number,
            "payouts": batch.payout_count,
            "total": str(batch.total),
            "way": way,
        },
    )
    execute_batch([batch], payouts, items, deductions, [trail])
    batch._state.adding = False
    return batch


@reads
def preview_batch(
    *,
    actor: Actor,
    way: str,
    numbers: Sequence[str] | None = None,
    week: date | None = None,
    bank_account_id: UUID | None = None,
    effective_on: date | None = None,
) -> Plan:
    """What `draft_batch` of the same would pay now, and whom not; writes nothing. The same right and refusals, but that
    nobody can be paid is shown, not refused."""
    actor.require(PAY)
    _require_day(actor, way, effective_on)
    currency = _currency(actor, bank_account_id)
    dtrs = _asked_for(actor, numbers, week, is_locked=False)
    return plan_batch(actor=actor, way=way, currency=currency, dtrs=dtrs)


@transaction.atomic
def ask_to_approve(*, actor: Actor, batch_id: UUID, note: str = "") -> Approval:
    """Ask a second person to agree to a draft. Needs `ledger.pay_out`. Raises PayoutBatchNotFound (404), BatchState
    (409), Conflict 409 `approval_pending`."""
    actor.require(PAY)
    batch = lock_batch(actor=actor, batch_id=batch_id, status=_Status.DRAFT)
    about = About(
        subject_type=BATCH,
        subject_id=str(batch.id),
        title=f"{batch.number}: {format_amount(batch.total)} {batch.currency} to "
        f"{format_count(batch.payout_count, 'driver')}, "
        f"{batch.get_way_display()}",
        parameters={"batch_id": str(batch.id)},
        reason=note.strip(),
        amount=batch.total,
        currency=batch.currency,
        holds=str(batch.id),
    )
    return request_approval(actor=actor, kind=KIND, about=about)


def _carry_out(actor: Actor, approval: Approval) -> Carried:
    """Approve the draft; whoever made it does not."""
    batch = lock_batch(actor=actor, batch_id=UUID(approval.parameters["batch_id"]), status=_Status.DRAFT)
    if batch.maker_id is not None and batch.maker_id == actor.user_id:
        raise NotAllowed("Another person than who made the batch must approve it.", code=SECOND_PERSON)
    batch.status = _Status.APPROVED
    batch.approver_id, batch.approved_by, batch.approved_at = actor.user_id, actor.name, now()
    batch.save(update_fields=["status", "approver", "approved_by", "approved_at"])
    return Carried(f"{batch.number} is approved and can be built.", {"number": batch.number}, batch)


KIND: Final = ApprovalKind(
    code="payout_batch",
    label="Batch of payouts",
    permission=APPROVE,
    view_permission="ledger.view",
    trail="ledger.payout_batch",
    carry_out=_carry_out,
)


@transaction.atomic
def undo_batch(*, actor: Actor, batch_id: UUID, reason: str) -> PayoutBatch:
    """Take a batch back that was not sent: every DTR of it is free again, and its numbers of checks stay used.

    Needs `ledger.pay_out` and a reason of 10 to 500 characters. Raises PayoutBatchNotFound (404), BatchState (409) for
    one that was sent or undone, Conflict 409 `approval_pending` while a second person is asked.
    """
    actor.require(PAY)
    reason = checked_reason(reason)
    batch = lock_batch(actor=actor, batch_id=batch_id)
    if batch.status in (_Status.SENT, _Status.UNDONE):
        raise BatchState(f"{batch.number} is {batch.get_status_display().lower()}: it cannot be undone.")
    if (waiting := pending_request(batch=batch)) is not None:
        raise Conflict(f"{waiting.title} waits for approval: have it turned down first.", code=PENDING)
    execute_batch(changes=[Change(_UNDO, [actor.company_id, batch.id])])
    batch.status, batch.undone_by, batch.undone_at, batch.undo_reason = (
        _Status.UNDONE,
        actor.name,
        now(),
        reason,
    )
    batch.save(update_fields=["status", "undone_by", "undone_at", "undo_reason"])
    record_event(
        actor=actor,
        action="ledger.undo_payouts",
        subject_type=BATCH,
        subject_id=batch.id,
        reason=reason,
        details={"number": batch.number},
    )
    return batch


@reads
def pending_request(*, batch: PayoutBatch) -> Approval | None:
    """The request by which the draft waits for a second person."""
    rows = Approval.objects.filter(
        company_id=batch.company_id, kind=KIND.code, holds=str(batch.id), status=Approval.Status.PENDING
    )
    return rows.first()


@reads
def find_batch(*, actor: Actor, batch_id: UUID) -> PayoutBatch:
    """The batch with its bank account. Raises PayoutBatchNotFound (404)."""
    rows = PayoutBatch.objects.select_related("bank_account").filter(company_id=actor.company_id, id=batch_id)
    batch = rows.first()
    if batch is None:
        raise PayoutBatchNotFound(f"There is no payout batch {batch_id}.")
    return batch


@joins_transaction
def lock_batch(*, actor: Actor, batch_id: UUID, status: PayoutBatch.Status | None = None) -> PayoutBatch:
    """The batch, locked until the transaction ends. Raises PayoutBatchNotFound (404), BatchState (409) unless it has
    the status."""
    rows = PayoutBatch.objects.select_for_update(no_key=True, of=("self",)).select_related("bank_account")
    batch = rows.filter(company_id=actor.company_id, id=batch_id).first()
    if batch is None:
        raise PayoutBatchNotFound(f"There is no payout batch {batch_id}.")
    if status is not None and batch.status != status:
        raise BatchState(
            f"{batch.number} is {batch.get_status_display().lower()}, not {status.label.lower()}."
        )
    return batch


def _asked_for(
    actor: Actor, numbers: Sequence[str] | None, week: date | None, *, is_locked: bool
) -> list[Dtr]:
    """The DTRs asked for, in the order of their numbers; locked by id."""
    rows: QuerySet[Dtr] = Dtr.objects.filter(company_id=actor.company_id)
    if numbers is not None:
        rows = rows.filter(number__in=one_of_texts(sorted(set(numbers))))
    else:
        rows = rows.filter(status=Dtr.Status.FINALIZED, due_to_driver__gt=ZERO)
        rows = rows.filter(week=week) if week is not None else rows
    if is_locked:
        rows = rows.select_for_update(no_key=True, of=("self",))
    rows = rows.select_related("customer").only(*_PLANNED_BY).order_by("id")
    dtrs = list(rows[: MAX_ENTRIES + 1])
    if len(dtrs) > MAX_ENTRIES:
        raise InvalidInput(
            f"A batch covers at most {MAX_ENTRIES:,} DTRs: name a week, or choose fewer.", field="dtr_numbers"
        )
    there = {dtr.number for dtr in dtrs}
    if missing := [number for number in numbers or () if number not in there]:
        raise DtrNotFound(f"There is no DTR {', '.join(each[:24] for each in missing[:_SHOWN])}.")
    return sorted(dtrs, key=lambda dtr: dtr.number_order)


def _require_day(actor: Actor, way: str, day: date | None) -> None:
    """A day that is given is a banking day after today (ACH), or today or later (the date of checks)."""
    if day is None:
        return
    first = today(actor.company) + timedelta(days=1 if way == PayoutBatch.Way.ACH else 0)
    last = first + timedelta(days=DAYS_AHEAD)
    if not first <= day <= last or (way == PayoutBatch.Way.ACH and not is_banking_day(day)):
        what = "a banking day" if way == PayoutBatch.Way.ACH else "a day"
        raise InvalidInput(
            f"{day} is not {what} from {first} to {last}.", code=NOT_BANKING_DAY, field="effective_on"
        )


def _currency(actor: Actor, bank_account_id: UUID | None) -> str:
    """That of the bank account; where none is named, or there is no such account, the company's."""
    if bank_account_id is None:
        return actor.company.base_currency
    account = BankAccount.objects.filter(company_id=actor.company_id, id=bank_account_id).first()
    return account.currency if account else actor.company.base_currency


def _new_batch(
    actor: Actor, way: str, account: BankAccount, plan: Plan, effective_on: date | None
) -> PayoutBatch:
    (number,) = take(BATCH_NUMBERS, company_id=actor.company_id, day=today(actor.company))
    return PayoutBatch(
        id=uuid7(),
        company_id=actor.company_id,
        number=number.text,
        way=way,
        bank_account=account,
        currency=account.currency,
        payout_count=len(plan.payouts),
        total=plan.total,
        left_out=[each.as_dict() for each in plan.left_out],
        effective_on=effective_on,
        maker_id=actor.user_id,
        created_by=actor.name,
    )


def _rows(batch: PayoutBatch, plan: Plan) -> tuple[RowBatch, RowBatch, RowBatch]:
    payouts: list[dict[str, Any]] = []
    items: list[dict[str, Any]] = []
    deductions: list[dict[str, Any]] = []
    for place, each in enumerate(plan.payouts, start=1):
        payout = _payout(batch, place, each)
        payouts.append(payout)
        for dtr, taken in zip(each.dtrs, each.deductions, strict=True):
            item = _item(batch, payout["id"], dtr)
            items.append(item)
            deductions += [
                {
                    "id": uuid7(),
                    "company_id": batch.company_id,
                    "item_id": item["id"],
                    "order_id": order.id,
                    "amount": amount,
                }
                for order, amount in taken
            ]
    return RowBatch(Payout, payouts), RowBatch(PayoutItem, items), RowBatch(PayoutDeduction, deductions)


def _payout(batch: PayoutBatch, place: int, planned: Planned) -> dict[str, Any]:
    is_ach = batch.way == PayoutBatch.Way.ACH
    return {
        "id": uuid7(),
        "company_id": batch.company_id,
        "batch_id": batch.id,
        "place": place,
        "customer_id": planned.customer_id,
        "account_id": planned.account.id if planned.account else None,
        "payee": planned.payee[:120],
        "method": Payout.Method.ACH.value if is_ach else Payout.Method.CHECK.value,
        "amount": planned.amount,
        "reference": "",
    }


def _item(batch: PayoutBatch, payout_id: UUID, dtr: Dtr) -> dict[str, Any]:
    return {
        "id": uuid7(),
        "company_id": batch.company_id,
        "payout_id": payout_id,
        "dtr_id": dtr.id,
        "amount": dtr.due_to_driver,
        "attempt": dtr.returned_payouts + 1,
        "state": PayoutItem.State.RESERVED.value,
    }
