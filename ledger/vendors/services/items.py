"""The locks on bills and credits, and the updates of what is open on them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Final
from uuid import UUID

from batconnect.core.database.rows import Change
from batconnect.core.database.transactions import joins_transaction, reads
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import InvalidInput
from batconnect.core.kernel.money import format_amount
from ledger.vendors.errors import (
    OTHER_VENDOR,
    AboveOpen,
    BillNotFound,
    BillNotOpen,
    VendorCreditNotFound,
    VendorNotFound,
)
from ledger.vendors.models import Vendor, VendorBill, VendorCredit

_MOVE_BILLS: Final = """
update vendor_bills b set open = b.open + d.amount,
  status = case when b.open + d.amount = 0 then 'paid' else 'open' end
from unnest(%s::uuid[], %s::numeric[]) as d(id, amount)
where b.company_id = %s::uuid and b.id = d.id
"""
_MOVE_CREDITS: Final = """
update vendor_credits c set "left" = c."left" + d.amount,
  status = case when c."left" + d.amount = 0 then 'used' else 'open' end
from unnest(%s::uuid[], %s::numeric[]) as d(id, amount)
where c.company_id = %s::uuid and c.id = d.id
"""


@reads
def find_vendor(*, actor: Actor, vendor_id: UUID) -> Vendor:
    """The vendor. Raises VendorNotFound (404)."""
    vendor = Vendor.objects.filter(company_id=actor.company_id, id=vendor_id).first()
    if vendor is None:
        raise VendorNotFound(f"There is no vendor {vendor_id}.", field="vendor_id")
    return vendor


@joins_transaction
def lock_bills(*, actor: Actor, ids: Collection[UUID]) -> dict[UUID, VendorBill]:
    """The bills, locked until the transaction ends, in the order of their ids. Raises BillNotFound (404)."""
    rows = VendorBill.objects.filter(company_id=actor.company_id, id__in=list(ids)).order_by("id")
    bills = {row.id: row for row in rows.select_for_update(no_key=True)}
    if missing := sorted(set(ids) - bills.keys()):
        raise BillNotFound(f"There is no bill {missing[0]}.")
    return bills


@joins_transaction
def lock_credits(*, actor: Actor, ids: Collection[UUID]) -> dict[UUID, VendorCredit]:
    """The vendors' credits, locked until the transaction ends, after bills. Raises VendorCreditNotFound (404)."""
    rows = VendorCredit.objects.filter(company_id=actor.company_id, id__in=list(ids)).order_by("id")
    credits = {row.id: row for row in rows.select_for_update(no_key=True)}
    if missing := sorted(set(ids) - credits.keys()):
        raise VendorCreditNotFound(f"No vendor owes us anything under {missing[0]}.")
    return credits


@joins_transaction
def move_bills(*, actor: Actor, by_bill: Mapping[UUID, Decimal]) -> Change:
    """Add to what is open on the bills, whose locks the caller holds."""
    ids = sorted(by_bill)
    return Change(_MOVE_BILLS, [ids, [by_bill[key] for key in ids], actor.company_id])


@joins_transaction
def move_credits(*, actor: Actor, by_credit: Mapping[UUID, Decimal]) -> Change:
    """Add to what is left of the credits, whose locks the caller holds."""
    ids = sorted(by_credit)
    return Change(_MOVE_CREDITS, [ids, [by_credit[key] for key in ids], actor.company_id])


@reads
def require_open(bill: VendorBill, amount: Decimal) -> None:
    """Raise BillNotOpen or AboveOpen (409) unless so much is open on the bill."""
    if bill.status != VendorBill.Status.OPEN:
        raise BillNotOpen(f"{_name(bill)} is {bill.status}: nothing is open.")
    if amount > bill.open:
        raise AboveOpen(
            f"{format_amount(amount)} is more than the {format_amount(bill.open)} open on {_name(bill)}.",
            field="amount",
        )


@reads
def require_left(credit: VendorCredit, amount: Decimal) -> None:
    """Raise AboveOpen (409) unless so much is left of the credit."""
    if amount > credit.left:
        raise AboveOpen(
            f"{format_amount(amount)} is more than the {format_amount(credit.left)} left of {credit}.",
            field="amount",
        )


@reads
def require_one_vendor(*, vendor_ids: Collection[UUID], field: str) -> None:
    """Raise InvalidInput `other_vendor` unless all are of one vendor, and so of one currency."""
    if len(set(vendor_ids)) > 1:
        raise InvalidInput("They belong to different vendors.", code=OTHER_VENDOR, field=field)


def _name(bill: VendorBill) -> str:
    return f"Bill {bill.number}"
