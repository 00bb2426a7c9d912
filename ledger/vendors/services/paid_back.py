"""Payments of vendors that reached the bank and came back: the bills are open again (docs/domain.md#came-back)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from batconnect.core.database.rows import Change
from batconnect.core.database.transactions import joins_transaction
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.money import format_amount
from ledger import chart
from ledger.models import Posting
from ledger.postings import Leg
from ledger.treasury.models import Disbursement
from ledger.treasury.services.returning import DOCUMENTS, Back, Due, post_paid_again, post_return
from ledger.vendors.errors import BillPaid
from ledger.vendors.models import VendorBill, VendorCredit
from ledger.vendors.services.bills import VOID_CREDIT
from ledger.vendors.services.items import lock_bills, lock_credits, move_bills, require_open
from ledger.vendors.services.paying import PAY

_STAND_AGAIN: Final = """
update vendor_credits set status = 'open', "left" = amount where company_id = %s::uuid and id = %s::uuid
"""


@dataclass(frozen=True, slots=True)
class _Paid:
    """What the payment had paid: bills and prepaid accounts, locked, and how much of each."""

    amounts: dict[UUID, Decimal]
    bills: dict[UUID, VendorBill]
    credits: dict[UUID, VendorCredit]


class VendorPaymentBack:
    """Cr vendors payable, by bill: they are open again, and a top-up of which nothing was used is void. Needs
    `ledger.pay_vendors`."""

    place = DOCUMENTS

    @joins_transaction
    def lock(self, *, actor: Actor, row: Disbursement) -> Any:
        lines = Posting.objects.filter(
            company_id=actor.company_id, entry=row.entry_id, subledger=chart.BILLS
        ).values_list("item_id", "amount")
        amounts = {key: amount for key, amount in lines if key is not None}
        here = VendorBill.objects.filter(company_id=actor.company_id, id__in=list(amounts))
        bills = lock_bills(actor=actor, ids=set(here.values_list("id", flat=True)))
        return _Paid(amounts, bills, lock_credits(actor=actor, ids=amounts.keys() - bills.keys()))

    @joins_transaction
    def come_back(self, *, actor: Actor, back: Back, locked: Any) -> UUID:
        """Raises BillPaid (409) for a top-up of which something was used."""
        actor.require(PAY)
        paid: _Paid = locked
        changes = []
        if paid.bills:
            by_bill = {key: paid.amounts[key] for key in paid.bills}
            changes.append(move_bills(actor=actor, by_bill=by_bill))
        for credit in paid.credits.values():
            if credit.left != credit.amount:
                used = format_amount(credit.amount - credit.left)
                raise BillPaid(
                    f"{used} of {format_amount(credit.amount)} of {credit} is used: release that first."
                )
            changes.append(Change(VOID_CREDIT, [actor.company_id, credit.id]))
        legs = [
            Leg(chart.VENDORS_PAYABLE, -amount, item_id=key) for key, amount in sorted(paid.amounts.items())
        ]
        return post_return(actor=actor, back=back, due=Due(legs=legs, changes=changes))

    @joins_transaction
    def take_back(self, *, actor: Actor, back: Back, locked: Any) -> UUID | None:
        """Raises BillNotOpen, AboveOpen (409) where the bills were paid anew or voided since."""
        actor.require(PAY)
        paid: _Paid = locked
        for key, bill in paid.bills.items():
            require_open(bill, paid.amounts[key])
        changes = []
        if paid.bills:
            by_bill = {key: -paid.amounts[key] for key in paid.bills}
            changes.append(move_bills(actor=actor, by_bill=by_bill))
        changes += [Change(_STAND_AGAIN, [actor.company_id, key]) for key in paid.credits]
        return post_paid_again(actor=actor, back=back, changes=changes)


VENDOR_PAYMENT_BACK: Final = VendorPaymentBack()
