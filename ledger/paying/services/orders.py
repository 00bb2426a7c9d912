"""Orders of courts and tax authorities: proposed by one person, confirmed by another, ended; what they ask of payouts.

Rule: docs/domain.md#payout-orders.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet, Sum

from batconnect.core.approvals.kinds import ApprovalKind, Carried
from batconnect.core.approvals.services import About, request_approval
from batconnect.core.audit import record_event
from batconnect.core.database.rows import insert_missing, one_of_ids
from batconnect.core.database.transactions import joins_transaction, reads
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import now, today
from batconnect.core.kernel.errors import Conflict, FieldError, InvalidInput
from batconnect.core.kernel.money import ZERO, format_amount, round_half_up
from batconnect.core.models import Approval
from ledger import chart
from ledger.models import Account
from ledger.paying.errors import BAD_ORDER, ORDER_STATE, RANK_TAKEN, PayoutOrderNotFound
from ledger.paying.models import PayoutDeduction, PayoutItem, PayoutOrder
from ledger.paying.postings import PAYOUT_ORDER
from ledger.paying.rules.deductions import Claim
from ledger.paying.services.payees import CONFIRM, PROPOSE, lock_payee
from ledger.rules.reasons import checked_reason

_COUNTS: Final = (PayoutItem.State.RESERVED, PayoutItem.State.SENT)
_LARGEST_RANK: Final = 99
_LARGEST_PERCENT: Final = Decimal(100)
_Status = PayoutOrder.Status


@dataclass(frozen=True, slots=True)
class OrderTerms:
    """What an order says: `amount` of each payout or `percent` of it, until `total` is kept, from a day on. The
    creditor's account in the chart is named by `creditor_code`, letters and digits."""

    kind: str
    creditor: str
    creditor_code: str
    reference: str
    rank: int
    from_on: date
    amount: Decimal | None = None
    percent: Decimal | None = None
    total: Decimal | None = None
    until_on: date | None = None
    note: str = ""


@transaction.atomic
def propose_order(*, actor: Actor, customer_id: UUID, terms: OrderTerms) -> Approval:
    """Propose what is kept of a driver's payouts for a creditor, in the base currency; nothing is kept before another
    person confirms it. The creditor's account is opened.

    Needs `ledger.propose_payee`. Raises NotFound for the driver, InvalidInput `bad_payout_order` (all faults at once),
    Conflict 409 `payout_order_rank_taken`, `approval_pending`.
    """
    actor.require(PROPOSE)
    customer = lock_payee(actor=actor, customer_id=customer_id)
    _require_good(terms)
    _refuse_rank(actor, customer_id, terms.rank)
    currency = actor.company.base_currency
    code = terms.creditor_code.strip().lower()
    _open_account(actor, currency, code, terms.creditor.strip())
    order = PayoutOrder(
        company_id=actor.company_id,
        customer=customer,
        kind=PayoutOrder.Kind(terms.kind),
        creditor=terms.creditor.strip(),
        creditor_code=code,
        reference=terms.reference.strip(),
        rank=terms.rank,
        amount=terms.amount,
        percent=terms.percent,
        total=terms.total,
        currency=currency,
        from_on=terms.from_on,
        until_on=terms.until_on,
        note=terms.note.strip(),
        proposer_id=actor.user_id,
        proposed_by=actor.name,
    )
    about = About(
        subject_type=PAYOUT_ORDER,
        subject_id=str(order.id),
        title=f"Keep {takes(order)} of {customer.name}'s payouts for {order.creditor}",
        parameters={"order_id": str(order.id)},
        reason=order.note or order.reference,
        customer_id=customer.id,
        holds=str(order.id),
    )
    request = request_approval(actor=actor, kind=KIND, about=about)
    order.save(force_insert=True)
    return request


@reads
def takes(order: PayoutOrder) -> str:
    """What an order takes of each payout, in words."""
    share = format_amount(order.amount) if order.amount is not None else f"{order.percent}%"
    return share if order.total is None else f"{share} (up to {format_amount(order.total)} in all)"


def _carry_out(actor: Actor, approval: Approval) -> Carried:
    """The order takes from now on."""
    order = _decide(actor, UUID(approval.parameters["order_id"]), _Status.CONFIRMED)
    return Carried(f"{takes(order)} of each payout is kept for {order.creditor}.", result=order)


def _turn_down(actor: Actor, approval: Approval) -> Carried:
    """Nothing is kept for it."""
    order = _decide(actor, UUID(approval.parameters["order_id"]), _Status.REJECTED)
    return Carried(f"Nothing is kept for {order}.", result=order)


KIND: Final = ApprovalKind(
    code="payout_order",
    label="Order on payouts",
    permission=CONFIRM,
    view_permission="ledger.view",
    trail="ledger.payout_order",
    carry_out=_carry_out,
    turn_down=_turn_down,
)


@transaction.atomic
def end_order(*, actor: Actor, order_id: UUID, reason: str) -> PayoutOrder:
    """Keep nothing more for an order that was confirmed; what payouts kept stays.

    Needs `ledger.confirm_payee` and a reason of 10 to 500 characters. Raises PayoutOrderNotFound (404), Conflict 409
    `payout_order_state`.
    """
    actor.require(CONFIRM)
    reason = checked_reason(reason)
    order = _locked(actor, order_id, _Status.CONFIRMED)
    order.status = _Status.ENDED
    order.ended_by, order.ended_at, order.end_reason = actor.name, now(), reason
    order.save(update_fields=["status", "ended_by", "ended_at", "end_reason"])
    record_event(
        actor=actor,
        action="ledger.end_payout_order",
        subject_type=PAYOUT_ORDER,
        subject_id=order.id,
        reason=reason,
        details={"order": str(order)},
    )
    return order


@reads
def find_order(*, actor: Actor, order_id: UUID) -> PayoutOrder:
    """The order with its driver. Raises PayoutOrderNotFound (404)."""
    rows = PayoutOrder.objects.select_related("customer").filter(company_id=actor.company_id, id=order_id)
    order = rows.first()
    if order is None:
        raise PayoutOrderNotFound(f"There is no order on payouts {order_id}.")
    return order


@reads
def order_request(*, actor: Actor, order: PayoutOrder) -> Approval:
    """The request by which the order waits. Raises Conflict 409 `payout_order_state`."""
    rows = Approval.objects.filter(
        company_id=actor.company_id, kind=KIND.code, subject_id=str(order.id), status=Approval.Status.PENDING
    )
    request = rows.first()
    if request is None:
        raise Conflict(f"{order} is {order.get_status_display().lower()}.", code=ORDER_STATE)
    return request


@reads
def kept_so_far(*, company_id: UUID, orders: Sequence[UUID]) -> Mapping[UUID, Decimal]:
    """What payouts that are reserved or sent have kept for each order."""
    rows = PayoutDeduction.objects.filter(
        company_id=company_id, order__in=one_of_ids(orders), item__state__in=_COUNTS
    )
    return defaultdict(lambda: ZERO, rows.order_by().values_list("order").annotate(Sum("amount")))


@reads
def has_orders(*, actor: Actor, customer_ids: Sequence[UUID]) -> list[PayoutOrder]:
    """The orders that take today from what these drivers are paid."""
    return list(_taking(actor, customer_ids).select_related("customer")[:20])


@joins_transaction
def claims_on(
    *, actor: Actor, customer_ids: Sequence[UUID], is_locked: bool
) -> dict[UUID, list[tuple[PayoutOrder, Claim]]]:
    """What is asked today of payouts to each driver, by rank; locked, by id, where the payouts are made."""
    rows = _taking(actor, customer_ids)
    if is_locked:
        list(rows.order_by("id").select_for_update(no_key=True).values_list("id"))
    orders = list(rows.order_by("customer", "rank"))
    kept = kept_so_far(company_id=actor.company_id, orders=[order.id for order in orders]) if orders else {}
    claims: dict[UUID, list[tuple[PayoutOrder, Claim]]] = {}
    for order in orders:
        left = None if order.total is None else order.total - kept[order.id]
        if left is None or left > 0:
            claim = Claim(order.id, order.amount, order.percent, left)
            claims.setdefault(order.customer_id, []).append((order, claim))
    return claims


def _taking(actor: Actor, customer_ids: Sequence[UUID]) -> QuerySet[PayoutOrder]:
    day = today(actor.company)
    return PayoutOrder.objects.filter(
        Q(until_on=None) | Q(until_on__gte=day),
        company_id=actor.company_id,
        customer__in=one_of_ids(customer_ids),
        status=_Status.CONFIRMED,
        from_on__lte=day,
    )


@joins_transaction
def _decide(actor: Actor, order_id: UUID, status: PayoutOrder.Status) -> PayoutOrder:
    order = _locked(actor, order_id, _Status.PROPOSED)
    if status == _Status.CONFIRMED:
        _refuse_rank(actor, order.customer_id, order.rank)
    order.status = status
    order.decider_id, order.decided_by, order.decided_at = actor.user_id, actor.name, now()
    try:
        with transaction.atomic():
            order.save(update_fields=["status", "decider", "decided_by", "decided_at"])
    except IntegrityError as error:
        raise _rank_taken(order.rank) from error
    return order


@joins_transaction
def _locked(actor: Actor, order_id: UUID, status: PayoutOrder.Status) -> PayoutOrder:
    rows = PayoutOrder.objects.select_for_update(no_key=True).filter(company_id=actor.company_id, id=order_id)
    order = rows.first()
    if order is None:
        raise PayoutOrderNotFound(f"There is no order on payouts {order_id}.")
    if order.status != status:
        raise Conflict(f"{order} is {order.get_status_display().lower()}.", code=ORDER_STATE)
    return order


@reads
def _refuse_rank(actor: Actor, customer_id: UUID, rank: int) -> None:
    rows = PayoutOrder.objects.filter(
        company_id=actor.company_id, customer=customer_id, rank=rank, status=_Status.CONFIRMED
    )
    if rows.exists():
        raise _rank_taken(rank)


def _rank_taken(rank: int) -> Conflict:
    return Conflict(f"Another order of the driver has rank {rank}.", code=RANK_TAKEN, field="rank")


@joins_transaction
def _open_account(actor: Actor, currency: str, code: str, name: str) -> None:
    line = chart.creditor_line(code, name)
    account = Account(
        id=chart.account_id(actor.company_id, currency, line.code),
        company_id=actor.company_id,
        currency=currency,
        code=line.code,
        name=line.name,
        kind=line.kind.value,
    )
    insert_missing([account], unique=("company_id", "currency", "code"))


def _require_good(terms: OrderTerms) -> None:
    errors = []
    code = terms.creditor_code.strip()
    if not (code.isascii() and code.isalnum() and len(code) <= 20):
        errors.append(FieldError("creditor_code", "1 to 20 letters and digits name its account.", BAD_ORDER))
    if not terms.creditor.strip() or not terms.reference.strip():
        errors.append(FieldError("creditor", "Name the creditor and the number of the order.", BAD_ORDER))
    if not 1 <= terms.rank <= _LARGEST_RANK:
        errors.append(FieldError("rank", f"A rank is from 1 to {_LARGEST_RANK}.", BAD_ORDER))
    if (terms.amount is None) == (terms.percent is None):
        errors.append(
            FieldError("amount", "Give an amount of each payout, or a percentage of it.", BAD_ORDER)
        )
    if terms.percent is not None and not 0 < terms.percent <= _LARGEST_PERCENT:
        errors.append(FieldError("percent", "A percentage is above 0 and at most 100.", BAD_ORDER))
    elif terms.percent is not None and terms.percent != round_half_up(terms.percent):
        errors.append(FieldError("percent", "A percentage has at most two decimals.", BAD_ORDER))
    for name in ("amount", "total"):
        value = getattr(terms, name)
        if value is not None and value <= 0:
            errors.append(FieldError(name, "It has to be above zero.", BAD_ORDER))
    if terms.until_on is not None and terms.until_on < terms.from_on:
        errors.append(FieldError("until_on", f"It cannot end before {terms.from_on}.", BAD_ORDER))
    if errors:
        raise InvalidInput(errors[0].message, code=BAD_ORDER, errors=errors)
