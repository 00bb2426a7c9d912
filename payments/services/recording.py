"""Recording a payment that a customer made: invoices, driver debts and premiums are paid out of it.

Rule: docs/domain.md#payments.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import models, transaction
from django.db.models import Q

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
from payments import postings
from payments.errors import UNKNOWN_CURRENCY, UNKNOWN_METHOD, CustomerNotFound
from payments.models import Payment
from payments.rules.duplicates import DAYS_APART, Seen, likely_duplicate
from payments.rules.methods import UnknownMethod, parse_method
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
) -> Recorded:
    """Record money received as unallocated cash, with number `PAY-YYYY-NNN`.

    Rule: docs/domain.md#numbers, docs/domain.md#ledger, docs/domain.md#payments.

    `currency` is the company's own when empty; `method` any code or label, any case. A payment that looks like an
    earlier one (`rules.duplicates`) is recorded anyway and remembers it; `acknowledge_duplicate` records that
    somebody said it is not one. Needs `payments.record`. Raises CustomerNotFound (404), and InvalidInput naming the
    field: amount, currency, method, a date after today or in a closed period.
    """
    actor.require("payments.record")
    code = _checked(actor, amount, currency or actor.company.base_currency, method, payment_date)
    customer = Customer.objects.filter(company_id=actor.company_id, id=customer_id).first()
    if customer is None:
        raise CustomerNotFound(f"There is no customer {customer_id}.", field="customer_id")
    payment = _new_payment(
        actor,
        customer_id=customer_id,
        amount=amount,
        method=code,
        payment_date=payment_date,
        currency=currency or actor.company.base_currency,
        reference_number=reference_number.strip(),
        notes=notes,
    )
    payment.customer = customer
    # The number's counter is held until the transaction ends: of two duplicates at once the second sees the first.
    duplicate = _find_duplicate(actor, payment)
    if duplicate is not None:
        payment.duplicate_of = duplicate
        payment.duplicate_acknowledged_at = clock.now() if acknowledge_duplicate else None
    post_entries(
        actor=actor,
        drafts=[_received(payment)],
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


def _received(payment: Payment) -> EntryDraft:
    return postings.payment_received(
        payment_id=payment.id,
        method=payment.method,
        amount=payment.amount,
        currency=payment.currency,
        payment_date=payment.payment_date,
        customer_id=payment.customer_id,
        lease_id=None,
    )


def _find_duplicate(actor: Actor, payment: Payment) -> Payment | None:
    """The earlier payment that this one looks like; one statement."""
    near = Q(
        payment_date__gte=payment.payment_date - timedelta(days=DAYS_APART),
        payment_date__lte=payment.payment_date + timedelta(days=DAYS_APART),
    )
    if payment.reference_number:
        near |= Q(reference_number__iexact=payment.reference_number)
    candidates = {
        each.id: each
        for each in Payment.objects.filter(
            near,
            company_id=actor.company_id,
            customer_id=payment.customer_id,
            currency=payment.currency,
            amount=payment.amount,
        ).exclude(status=Payment.Status.VOIDED)
    }
    key = likely_duplicate(of=_seen(payment), among=[_seen(each) for each in candidates.values()])
    return candidates[key] if key is not None else None


def _seen(payment: Payment) -> Seen[UUID]:
    return Seen(payment.id, payment.payment_date, payment.reference_number, payment.number_order)


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
