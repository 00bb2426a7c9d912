"""Vendors: entering them, and closing those that are bought from no more (docs/domain.md#vendors)."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from django.db import IntegrityError, transaction

from batconnect.core.audit import record_event
from batconnect.core.database.numbers import take
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.errors import Conflict, InvalidInput
from batconnect.core.models import Currency
from ledger.vendors.errors import VENDOR_TAKEN
from ledger.vendors.models import Vendor
from ledger.vendors.services.items import find_vendor
from ledger.vendors.subjects import VENDOR, VENDOR_NUMBERS

ENTER: Final = "ledger.enter_bills"


@transaction.atomic
def add_vendor(
    *, actor: Actor, name: str, kind: str = Vendor.Kind.OTHER, currency: str = "", number: str = ""
) -> Vendor:
    """Enter a vendor; `currency` is the company's own and `number` the next `VENNNNN` when empty.

    Rule: docs/domain.md#vendors. Needs `ledger.enter_bills`. Raises InvalidInput for a currency that is not offered,
    Conflict 409 `vendor_taken`.
    """
    actor.require(ENTER)
    currency = currency or actor.company.base_currency
    if not Currency.objects.filter(code=currency).exists():
        raise InvalidInput(f"{currency[:10]} is not a currency on offer.", field="currency")
    number = number.strip()
    _refuse_taken(actor, number)
    vendor = Vendor(
        company_id=actor.company_id,
        number=number or _next_number(actor),
        name=name.strip(),
        kind=kind,
        currency=currency,
        created_by=actor.name,
    )
    try:
        with transaction.atomic():
            vendor.save(force_insert=True)
    except IntegrityError:
        # Somebody else entered it between our look and our insert.
        _refuse_taken(actor, vendor.number)
        raise
    record_event(
        actor=actor,
        action="ledger.add_vendor",
        subject_type=VENDOR,
        subject_id=vendor.id,
        details={"number": vendor.number, "currency": currency},
    )
    return vendor


@transaction.atomic
def change_vendor(
    *,
    actor: Actor,
    vendor_id: UUID,
    name: str | None = None,
    kind: str | None = None,
    is_active: bool | None = None,
) -> Vendor:
    """Rename a vendor, change its kind, close or open it; number and currency stay. What is open stays open.

    Needs `ledger.enter_bills`. Raises VendorNotFound (404).
    """
    actor.require(ENTER)
    vendor = find_vendor(actor=actor, vendor_id=vendor_id)
    given = {"name": name, "kind": kind, "is_active": is_active}
    values = {field: value for field, value in given.items() if value is not None}
    for field, value in values.items():
        setattr(vendor, field, value)
    if values:
        vendor.save(update_fields=list(values))
        record_event(
            actor=actor,
            action="ledger.change_vendor",
            subject_type=VENDOR,
            subject_id=vendor.id,
            details=values,
        )
    return vendor


def _refuse_taken(actor: Actor, number: str) -> None:
    if number and Vendor.objects.filter(company_id=actor.company_id, number=number).exists():
        raise Conflict(f"The number {number} is another vendor's.", code=VENDOR_TAKEN, field="number")


def _next_number(actor: Actor) -> str:
    """The next of the series that nobody typed as a number of their own."""
    while True:
        (number,) = take(VENDOR_NUMBERS, company_id=actor.company_id, day=today(actor.company))
        if not Vendor.objects.filter(company_id=actor.company_id, number=number.text).exists():
            return number.text
