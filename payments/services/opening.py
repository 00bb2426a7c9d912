"""Payments that had not been applied when the books were opened (docs/domain.md#opening-batch)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from batconnect.core.database.numbers import take
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.ids import uuid7
from ledger import chart
from ledger.opening.services.own_kinds import find_customer
from ledger.openings import OpeningDay, OpeningItem, OpeningKind, WrongLine
from ledger.services import post_entries
from payments import postings
from payments.models import Payment
from payments.rules.methods import UnknownMethod, parse_method
from payments.subjects import PAYMENT_NUMBERS


def _check(actor: Actor, items: Sequence[OpeningItem], day: OpeningDay) -> list[WrongLine]:
    wrong: list[WrongLine] = []
    for item in items:
        if not item["customer"] or find_customer(actor=actor, text=item["customer"]) is None:
            message = f"There is no customer {item['customer'] or '(empty)'}."
            wrong.append(WrongLine(item.place, "customer", message))
        try:
            parse_method(item["method"])
        except UnknownMethod as error:
            wrong.append(WrongLine(item.place, "method", str(error), "unknown_method"))
    return wrong


def _open(actor: Actor, items: Sequence[OpeningItem], day: OpeningDay) -> None:
    numbers = take(PAYMENT_NUMBERS, company_id=actor.company_id, day=today(actor.company), count=len(items))
    payments: list[Payment] = []
    for item, number in zip(items, numbers, strict=True):
        customer = find_customer(actor=actor, text=item["customer"])
        assert customer is not None, "checked before"
        payments.append(
            Payment(
                id=uuid7(),
                company_id=actor.company_id,
                kind=Payment.Kind.OTHER,
                number=number.text,
                number_order=number.order,
                customer_id=customer,
                currency=actor.company.base_currency,
                amount=-item.amount,
                unallocated=-item.amount,
                method=parse_method(item["method"]),
                payment_date=day.on,
                reference_number=item["reference"],
                notes=item["name"],
                created_by_id=actor.user_id,
                cashier=actor.name,
                is_opening=True,
            )
        )
    drafts = [
        postings.payment_opened(
            payment_id=payment.id,
            amount=payment.amount,
            currency=payment.currency,
            on=day.on,
            customer_id=payment.customer_id,
            operation_id=day.batch_id,
        )
        for payment in payments
    ]
    post_entries(actor=actor, drafts=drafts, rows=[payments])


PAYMENT: Final = OpeningKind(
    code="payment",
    label="A customer's payment that has not been applied",
    side="credit",
    columns=("customer", "method", "reference", "name"),
    account_of=lambda item: chart.UNALLOCATED_CASH,
    check=_check,
    open=_open,
)
