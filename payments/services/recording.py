"""Recording a payment that a customer made: invoices, driver debts and premiums are paid out of it.

Rule: docs/domain.md#payments.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import models, transaction

from batconnect.core.audit import audit_event
from batconnect.core.companies.currencies import OFFERED
from batconnect.core.database.numbers import take
from batconnect.core.kernel import clock
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import FieldError, InvalidInput
from batconnect.core.kernel.ids import uuid7
from batconnect.core.kernel.money import LARGEST, format_amount
from batconnect.directory.models import Customer
from ledger.postings import EntryDraft
from ledger.services import book_date_error, post_entries
from ledger.treasury.services.paying import taking_account
from payments import postings
from payments.errors import NOT_RETURNED, UNKNOWN_CURRENCY, UNKNOWN_METHOD, CustomerNotFound
from payments.models import Payment
from payments.querysets import only_lease_of
from payments.rules.methods import UnknownMethod, parse_method
from payments.services.duplicates import remember_duplicate
from payments.subjects import PAYMENT_NUMBERS


@dataclass(frozen=True, slots=True)
class Recorded:
    """The payment, and the earlier one that it looks like (None when nothing does)."""

    payment: Payment
    duplicate: Payment | None


@transaction.atomic
def record_payment(
    *,
    actor: Actor,
    customer_id: UUID,
    amount: Decimal,
    method: str,
    payment_date: date,
    currency: str = "",
    reference_number: str = "",
    notes: str = "",
    acknowledge_duplicate: bool = False,
    represents: UUID | None = None,
) -> Recorded:
    """Record money received as unallocated cash, with number `PAY-YYYY-NNN`.

    Rule: docs/domain.md#numbers, docs/domain.md#ledger, docs/domain.md#payments.

    A driver's payment remembers the lease when only one fits (docs/domain.md#payments-without-a-lease).
    `currency` is the company's own when empty; `method` any code or label, any case. A payment that looks like an
    earlier one (`rules.duplicates`) is recorded anyway and remembers it; `acknowledge_duplicate` records that
    somebody said it is not one. `represents` is the returned payment whose check is presented again, if any
    (docs/domain.md#returns). Needs `payments.record`. Raises CustomerNotFound (404), and InvalidInput naming the
    field: amount, currency, method, a date after today or in a closed period, `not_returned`.
    """
    actor.require("payments.record")
    code = _checked(actor, amount, currency or actor.company.base_currency, method, payment_date)
    customer = _customer(actor, customer_id)
    money_of = currency or actor.company.base_currency
    _require_returned(actor, represents, customer_id, money_of)
    payment = _new_payment(
        actor,
        represents_id=represents,
        customer_id=customer_id,
        lease_id=only_lease_of(company_id=actor.company_id, customer_id=customer_id, day=payment_date),
        amount=amount,
        method=code,
        payment_date=payment_date,
        currency=money_of,
        reference_number=reference_number.strip(),
        notes=notes,
    )
    payment.customer = customer
    return _post(actor, payment, acknowledge_duplicate)


def _post(actor: Actor, payment: Payment, acknowledge_duplicate: bool) -> Recorded:
    """Post the payment, with the earlier one that it looks like, if any."""
    duplicate = remember_duplicate(actor=actor, payment=payment, is_acknowledged=acknowledge_duplicate)
    post_entries(
        actor=actor,
        drafts=[_received(actor, payment)],
        rows=[[payment], [_audit(actor, payment, duplicate)]],
    )
    payment._state.adding = False
    return Recorded(payment, duplicate)


def _checked(actor: Actor, amount: Decimal, currency: str, method: str, payment_date: date) -> str:
    """The method's code, once amount, currency, method and date are right."""
    wrong: list[FieldError] = []
    code = method
    if not 0 < amount <= LARGEST:
        wrong.append(FieldError("amount", f"Enter an amount above zero, up to {format_amount(LARGEST)}."))
    if currency not in OFFERED:
        message = f"{currency[:10]!r} is not offered; choose one of {', '.join(sorted(OFFERED))}."
        wrong.append(FieldError("currency", message, UNKNOWN_CURRENCY))
    try:
        code = parse_method(method)
    except UnknownMethod as error:
        wrong.append(FieldError("payment_method", str(error), UNKNOWN_METHOD))
    if date_error := book_date_error(actor=actor, day=payment_date, field="payment_date"):
        wrong.append(date_error)
    if wrong:
        message = " ".join(f"{each.field}: {each.message}" for each in wrong)
        raise InvalidInput(message, code=wrong[0].code, errors=wrong)
    return code


def _customer(actor: Actor, customer_id: UUID) -> Customer:
    customer = Customer.objects.filter(company_id=actor.company_id, id=customer_id).first()
    if customer is None:
        raise CustomerNotFound(f"There is no customer {customer_id}.", field="customer_id")
    return customer


def _require_returned(actor: Actor, represents: UUID | None, customer_id: UUID, currency: str) -> None:
    """The returned payment is locked, so that of two that present it again the second sees the first."""
    if represents is None:
        return
    returned = (
        Payment.objects.select_for_update(no_key=True)
        .filter(
            company_id=actor.company_id,
            id=represents,
            customer_id=customer_id,
            currency=currency,
            status=Payment.Status.RETURNED,
        )
        .first()
    )
    if returned is None:
        raise InvalidInput(
            f"{represents} is not a returned payment of this customer in {currency}.",
            code=NOT_RETURNED,
            field="represents",
        )
    again = Payment.objects.filter(company_id=actor.company_id, represents=represents).exclude(
        status=Payment.Status.VOIDED
    )
    if there := again.first():
        raise InvalidInput(
            f"{returned.number} was presented again by {there.number}.", code=NOT_RETURNED, field="represents"
        )


def _new_payment(actor: Actor, **values: Any) -> Payment:
    """The payment, unsaved, with its number: taken after all locks and right before the first insert.

    Rule: docs/domain.md#numbers.
    """
    (number,) = take(PAYMENT_NUMBERS, company_id=actor.company_id, day=clock.today(actor.company))
    return Payment(
        id=uuid7(),
        company_id=actor.company_id,
        kind=Payment.Kind.OTHER,
        number=number.text,
        number_order=number.order,
        unallocated=values["amount"],
        status=Payment.Status.POSTED,
        created_by_id=actor.user_id,
        cashier=actor.name,
        **values,
    )


def _received(actor: Actor, payment: Payment) -> EntryDraft:
    return postings.payment_received(
        payment_id=payment.id,
        method=payment.method,
        amount=payment.amount,
        currency=payment.currency,
        payment_date=payment.payment_date,
        customer_id=payment.customer_id,
        lease_id=payment.lease_id,
        cash_account=taking_account(actor=actor, method=payment.method, currency=payment.currency),
    )


def _audit(actor: Actor, payment: Payment, duplicate: Payment | None) -> models.Model:
    details: dict[str, Any] = {
        "payment_id": payment.number,
        "amount": str(payment.amount),
        "currency": payment.currency,
    }
    if duplicate is not None:
        details |= {
            "duplicate_of": duplicate.number,
            "duplicate_acknowledged": payment.duplicate_acknowledged_at is not None,
        }
    return audit_event(
        actor=actor,
        action="payments.payment_recorded",
        subject_type=postings.PAYMENT,
        subject_id=payment.id,
        details=details,
    )
