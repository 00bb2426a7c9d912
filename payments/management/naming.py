"""How commands name payments and what they are applied to."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from django.core.management.base import CommandError

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.money import NotMoney, parse_money
from ledger.models import Obligation
from ledger.rules.categories import UnknownCategory, parse_category
from payments.models import Invoice, Payment
from payments.services.choosing import AllocationRequest


def named_payment(*, actor: Actor, name: str) -> Payment:
    """The payment with this number or id. Raises CommandError."""
    try:
        key: dict[str, object] = {"id": UUID(name)}
    except ValueError:
        key = {"number": name.strip().upper()}
    payment = Payment.objects.filter(company_id=actor.company_id, **key).first()
    if payment is None:
        raise CommandError(f"There is no payment {name}.")
    return payment


def named_lines(
    *, actor: Actor, texts: Sequence[str], discount: bool, currency: str
) -> list[AllocationRequest]:
    """The lines written as `INVOICE=AMOUNT` or `CATEGORY:REFERENCE=AMOUNT`, in `currency`. Raises CommandError."""
    return [_line(actor, text, discount, currency) for text in texts]


def _line(actor: Actor, text: str, discount: bool, currency: str) -> AllocationRequest:
    name, separator, amount = text.rpartition("=")
    if not separator:
        raise CommandError(f"{text!r} is not a line; write INV-2026-001=50.00 or PVB:PVB-4471=15.00.")
    try:
        settled: Decimal = parse_money(amount, currency=currency)
    except NotMoney as error:
        raise CommandError(f"{text!r}: {error}") from error
    if settled <= 0:
        raise CommandError(f"{text!r}: enter an amount above zero.")
    return AllocationRequest(
        amount=settled,
        obligation_id=_obligation(actor, name.strip()),
        apply_early_payment_discount=discount,
    )


def _obligation(actor: Actor, name: str) -> UUID:
    invoice = Invoice.objects.filter(company_id=actor.company_id, number=name).first()
    if invoice is not None:
        return invoice.obligation_id
    category, separator, reference = name.partition(":")
    obligation = None
    if separator:
        try:
            obligation = Obligation.objects.filter(
                company_id=actor.company_id, category=parse_category(category).value, reference_id=reference
            ).first()
        except UnknownCategory as error:
            raise CommandError(str(error)) from error
    if obligation is None:
        raise CommandError(f"There is no invoice or obligation {name}.")
    return obligation.id
