"""Limits that splitting an amount does not avoid: what is about to be done is added to what was done (ADR 0018).

An action is evaluated together with what the same payment, obligation or document had on the last 30 days, and with
what its customer had today, whoever did it. The customer is locked first and until the transaction ends, so that of two
at once the second counts the first. Sums are per currency: nothing here knows an exchange rate.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

from django.db import connection

from batconnect.core.approvals.kinds import ApprovalKind
from batconnect.core.database.rows import RowBatch
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.ids import uuid7
from batconnect.core.kernel.money import ZERO, format_amount
from batconnect.core.models import Approval, LimitedAction

WINDOW: Final = timedelta(days=30)

_COUNTED: Final = """
select a.subject_id, a.currency, a.customer_id,
  (select coalesce(sum(d.amount), 0) from limited_deeds d
   where d.company_id = %(company)s::uuid and d.kind = %(kind)s and d.subject_id = a.subject_id
     and d.day >= %(since)s::date and d.currency = a.currency),
  (select coalesce(sum(d.amount), 0) from limited_deeds d
   where d.company_id = %(company)s::uuid and d.kind = %(kind)s and d.customer_id = a.customer_id
     and d.day = %(day)s::date and d.currency = a.currency)
from unnest(%(subjects)s::text[], %(currencies)s::text[], %(customers)s::uuid[])
  as a(subject_id, currency, customer_id)
"""

LockCustomers = Callable[[UUID, Sequence[UUID]], object]
_lockers: list[LockCustomers] = []


def customers_are_locked_by(lock: LockCustomers) -> None:
    """The app with the customers' table registers how they are locked, in the order of their ids."""
    _lockers[:] = [lock]


@dataclass(frozen=True, slots=True)
class PlannedAction:
    """Something that is about to be done: to what, for which customer, and how much, in its own currency."""

    subject_id: str
    customer_id: UUID
    amount: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class Excess:
    """Why a second person is needed: the limit, what counted before, and both in a sentence for people."""

    limit: Decimal
    counted: Decimal
    sentence: str


def find_excess(*, actor: Actor, kind: ApprovalKind, actions: Sequence[PlannedAction]) -> Excess | None:
    """Why the actions, done together, need a second person; None when they do not, or the company set no limit.

    Locks the actions' customers until the transaction ends: call it after payments and before obligations are locked
    (docs/architecture.md). Amounts at the limit exactly are within it.
    """
    limit = kind.limit_of(actor.company)
    if limit is None or not actions:
        return None
    (lock,) = _lockers
    lock(actor.company_id, sorted({action.customer_id for action in actions}))
    by_subject, by_customer = _counted(actor, kind, actions)
    of_subject: dict[tuple[str, str], Decimal] = defaultdict(lambda: ZERO)
    of_customer: dict[tuple[UUID, str], Decimal] = defaultdict(lambda: ZERO)
    for action in actions:
        of_subject[action.subject_id, action.currency] += action.amount
        of_customer[action.customer_id, action.currency] += action.amount
    for subject, amount in of_subject.items():
        if amount + by_subject[subject] > limit:
            return _excess(limit, amount, by_subject[subject], "of the last 30 days")
    for customer, amount in of_customer.items():
        if amount + by_customer[customer] > limit:
            return _excess(limit, amount, by_customer[customer], "that the customer had today")
    return None


def limited_actions(
    *, actor: Actor, kind: ApprovalKind, actions: Sequence[PlannedAction], approval: Approval | None = None
) -> list[LimitedAction]:
    """Unsaved rows that count the actions from now on, to be written in the statement that does them.

    Written whether there is a limit or not: one that is set tomorrow counts what was done before.
    """
    day = today(actor.company)
    return [
        LimitedAction(
            company_id=actor.company_id,
            kind=kind.counted,
            subject_id=action.subject_id,
            customer_id=action.customer_id,
            amount=action.amount,
            currency=action.currency,
            day=day,
            approval_id=approval.id if approval else None,
        )
        for action in actions
    ]


def limited_rows(
    *, actor: Actor, kind: ApprovalKind, actions: Sequence[PlannedAction], approval: Approval | None = None
) -> RowBatch:
    """The same rows for actions by the thousand."""
    of_all = {
        "company_id": actor.company_id,
        "kind": kind.counted,
        "day": today(actor.company),
        "approval_id": approval.id if approval else None,
    }
    rows = [
        {
            **of_all,
            "id": uuid7(),
            "subject_id": action.subject_id,
            "customer_id": action.customer_id,
            "amount": action.amount,
            "currency": action.currency,
        }
        for action in actions
    ]
    return RowBatch(LimitedAction, rows)


def _counted(
    actor: Actor, kind: ApprovalKind, actions: Sequence[PlannedAction]
) -> tuple[dict[tuple[str, str], Decimal], dict[tuple[UUID, str], Decimal]]:
    """What counts already: by subject and by customer, each with the currency."""
    day = today(actor.company)
    with connection.cursor() as cursor:
        cursor.execute(
            _COUNTED,
            {
                "company": actor.company_id,
                "kind": kind.counted,
                "since": day - WINDOW,
                "day": day,
                "subjects": [action.subject_id for action in actions],
                "currencies": [action.currency for action in actions],
                "customers": [action.customer_id for action in actions],
            },
        )
        rows = cursor.fetchall()
    by_subject = {(subject, currency): of_subject for subject, currency, _, of_subject, _ in rows}
    by_customer = {(customer, currency): of_customer for _, currency, customer, _, of_customer in rows}
    return by_subject, by_customer


def _excess(limit: Decimal, amount: Decimal, counted: Decimal, when: str) -> Excess:
    before = f" with the {format_amount(counted)} {when}" if counted else ""
    return Excess(
        limit, counted, f"{format_amount(amount)}{before} is above the limit of {format_amount(limit)}"
    )
