"""The outcome of a payment in progress: the money is recorded and applied, or the rows are released.

Rule: docs/domain.md#paying-installments.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db.models import F

from batconnect.core.database.numbers import take
from batconnect.core.database.rows import Change
from batconnect.core.database.transactions import joins_transaction
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.ids import uuid7
from batconnect.core.kernel.money import ZERO
from cases.services import escalate_case, note_on_case
from cases.states import State
from ledger.models import Obligation
from ledger.postings import EntryDraft
from ledger.services.locks import lock_obligations
from outstanding.models import (
    CustomerPayment,
    CustomerPaymentItem,
    PaymentPlan,
    PaymentSchedule,
    RenewalCase,
)
from outstanding.querysets import find_renewal, open_obligations_of
from outstanding.rules.modes import method_of
from outstanding.rules.plans import distribute, next_attempt
from payments import postings
from payments.gateways.purposes import NotSettled, Settled
from payments.models import Payment
from payments.rules.strategies import INSTALLMENTS
from payments.services.allocation import AllocationLine, apply_allocations
from payments.subjects import PAYMENT_NUMBERS

COMPLETED: Final = "payment_completed"
FAILED: Final = "payment_failed"
_Status = CustomerPayment.Status
_FINISH: Final = """
update customer_payments set status = 'completed', payment_id = %s::uuid, settled_amount = %s::numeric,
  finished_on = %s::date, failure_reason = ''
where company_id = %s::uuid and id = %s::bigint
"""
_FREE: Final = """
update customer_payment_items set is_open = false
where company_id = %s::uuid and customer_payment_id = %s::bigint and is_open
"""


class CustomerPaymentPurpose:
    """Customer payments as gateways know them (`payments.gateways.purposes`)."""

    def on_sending(self, actor: Actor, subject_id: str) -> None:
        """Record that the payment is with the gateway now."""
        CustomerPayment.objects.filter(
            company_id=actor.company_id, id=int(subject_id), status=_Status.INITIATED
        ).update(status=_Status.PROCESSING)

    def on_settled(self, actor: Actor, subject_id: str, settled: Settled) -> None:
        """Record the money and apply it, oldest row first; what exceeds the rows stays unallocated cash.

        When the result comes late, after the rows were released, rows of another payment in progress are left out.
        """
        payment = _locked(actor, subject_id)
        items = list(payment.items.filter(company_id=actor.company_id).order_by("place"))
        obligations = lock_obligations(actor=actor, ids={item.obligation_id for item in items})
        if settled.is_late:
            items = _free_ones(actor, items)
        settle(
            actor=actor,
            renewal=find_renewal(actor=actor, case=payment.renewal_case_id),
            payment=payment,
            items=items,
            obligations=obligations,
            amount=settled.amount,
            is_late=settled.is_late,
        )

    def on_failed(self, actor: Actor, subject_id: str, failed: NotSettled) -> None:
        """Release the rows; an automatic payment is retried, or its plan defaults."""
        payment = _locked(actor, subject_id)
        renewal = find_renewal(actor=actor, case=payment.renewal_case_id)
        if payment.is_automatic:
            # The lock order of every action on a case: its obligations first.
            lock_obligations(actor=actor, also=open_obligations_of(renewal.pk))
        payment.status = _Status.CANCELLED if failed.is_cancelled else _Status.FAILED
        payment.failure_reason = failed.reason
        payment.finished_on = today(actor.company)
        payment.save(update_fields=["status", "failure_reason", "finished_on"])
        rows = payment.items.filter(company_id=actor.company_id)
        rows.update(is_open=False)
        note_on_case(
            actor=actor,
            case=renewal.case.case_no,
            trigger=FAILED,
            reason=failed.reason,
            payload={"transaction_id": payment.transaction_id, "status": payment.status},
        )
        if payment.is_automatic and not failed.is_cancelled:
            _count_failure(actor, renewal, set(rows.values_list("row_id", flat=True)))


@joins_transaction
def settle(
    *,
    actor: Actor,
    renewal: RenewalCase,
    payment: CustomerPayment,
    items: Sequence[CustomerPaymentItem],
    obligations: Mapping[UUID, Obligation],
    amount: Decimal,
    is_new: bool = False,
    is_late: bool = False,
) -> None:
    """Record `amount` as a payment of the customer and apply it to the items, in one statement.

    The caller holds the locks on the obligations. `is_new` also inserts the payment and its items.
    """
    lines = _lines(items, obligations, amount)
    if not is_new:
        _note_completed(actor, renewal, payment, amount, is_late=is_late)
    day = today(actor.company)
    money = _money(actor, renewal, payment, amount)
    rows: list[Any] = []
    changes: list[Change] = []
    if is_new:
        payment.status = _Status.COMPLETED
        payment.payment = money
        payment.settled_amount = amount
        payment.finished_on = day
        rows = [[payment], list(items)]
    else:
        changes = [
            Change(_FREE, [actor.company_id, payment.id]),
            Change(_FINISH, [money.id, amount, day, actor.company_id, payment.id]),
        ]
    apply_allocations(
        actor=actor,
        payment=money,
        obligations=obligations,
        lines=lines,
        drafts=[_received(money)],
        rows=rows,
        changes=changes,
    )


def _note_completed(
    actor: Actor, renewal: RenewalCase, payment: CustomerPayment, amount: Decimal, *, is_late: bool
) -> None:
    note_on_case(
        actor=actor,
        case=renewal.case.case_no,
        trigger=COMPLETED,
        payload={
            "transaction_id": payment.transaction_id,
            "asked": payment.amount,
            "settled": amount,
            "late": is_late,
        },
    )


def _received(money: Payment) -> EntryDraft:
    return postings.payment_received(
        payment_id=money.id,
        method=money.method,
        amount=money.amount,
        currency=money.currency,
        payment_date=money.payment_date,
        customer_id=money.customer_id,
        lease_id=None,
        case_no=money.case_no,
    )


def _lines(
    items: Sequence[CustomerPaymentItem], obligations: Mapping[UUID, Obligation], amount: Decimal
) -> list[AllocationLine]:
    """Distribute the amount over the items in order, each within what its obligation still owes."""
    left = {key: each.outstanding for key, each in obligations.items()}
    limits: list[Decimal] = []
    for item in items:
        part = min(item.amount, left[item.obligation_id])
        left[item.obligation_id] -= part
        limits.append(part)
    taken: dict[UUID, Decimal] = {}
    for item, part in zip(items, distribute(amount=amount, limits=limits), strict=True):
        if part:
            taken[item.obligation_id] = taken.get(item.obligation_id, ZERO) + part
    return [
        AllocationLine(
            obligation_id=key,
            amount=part,
            strategy=INSTALLMENTS,
            decision={"rank": rank, "outstanding_before": str(obligations[key].outstanding)},
        )
        for rank, (key, part) in enumerate(taken.items(), start=1)
    ]


def _money(actor: Actor, renewal: RenewalCase, payment: CustomerPayment, amount: Decimal) -> Payment:
    """The payment in the ledger, unsaved; its number is taken after all locks (docs/domain.md#numbers)."""
    day = today(actor.company)
    (number,) = take(PAYMENT_NUMBERS, company_id=actor.company_id, day=day)
    return Payment(
        id=uuid7(),
        company_id=actor.company_id,
        kind=Payment.Kind.OTHER,
        number=number.text,
        number_order=number.order,
        customer_id=renewal.customer_id,
        currency=renewal.currency,
        amount=amount,
        unallocated=amount,
        method=method_of(payment.mode),
        payment_date=day,
        reference_number=payment.transaction_id,
        notes=payment.notes,
        status=Payment.Status.POSTED,
        case_no=renewal.case.case_no,
        created_by_id=payment.created_by_id,
        cashier=payment.actor,
    )


def _locked(actor: Actor, subject_id: str) -> CustomerPayment:
    return CustomerPayment.objects.select_for_update(no_key=True).get(
        company_id=actor.company_id, id=int(subject_id)
    )


def _free_ones(actor: Actor, items: Sequence[CustomerPaymentItem]) -> list[CustomerPaymentItem]:
    busy = set(
        CustomerPaymentItem.objects.filter(
            company_id=actor.company_id,
            obligation_id__in={item.obligation_id for item in items},
            is_open=True,
        ).values_list("obligation_id", flat=True)
    )
    return [item for item in items if item.obligation_id not in busy]


def _count_failure(actor: Actor, renewal: RenewalCase, row_ids: set[int]) -> None:
    """Record the failure on the plan's rows: the next attempt, or the end of the plan after the last one."""
    day = today(actor.company)
    rows = PaymentSchedule.objects.filter(
        company_id=actor.company_id, id__in=row_ids, plan__status=PaymentPlan.Status.ACTIVE
    )
    rows.update(failed_attempts=F("failed_attempts") + 1)
    for row in rows.select_related("plan"):
        row.next_attempt_on = next_attempt(failed_on=day, failed_attempts=row.failed_attempts)
        row.save(update_fields=["next_attempt_on"])
        if row.next_attempt_on is None:
            _default(actor, renewal, row)
            return


def _default(actor: Actor, renewal: RenewalCase, row: PaymentSchedule) -> None:
    plan = row.plan
    plan.status = PaymentPlan.Status.DEFAULTED
    plan.ended_on = today(actor.company)
    plan.save(update_fields=["status", "ended_on"])
    reason = f"Payment plan defaulted: installment {row.number} failed {row.failed_attempts} times."
    note_on_case(
        actor=actor,
        case=renewal.case.case_no,
        trigger="plan_defaulted",
        reason=reason,
        payload={"plan_id": str(plan.id), "installment": row.number},
    )
    if renewal.case.state not in (State.CLOSED.value, State.CANCELLED.value):
        escalate_case(actor=actor, case_id=renewal.pk, reason=reason)
