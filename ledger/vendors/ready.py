"""What vendors register with the rest of the ledger: their sources and checks."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from batconnect.core.kernel.actors import Actor
from ledger import sources
from ledger.openings import register_opening
from ledger.sources import Description
from ledger.treasury.services.returning import register_returning
from ledger.vendors import postings
from ledger.vendors.models import VendorBill
from ledger.vendors.services.bills import void_bill, void_credit_note
from ledger.vendors.services.opening import VENDOR
from ledger.vendors.services.paid_back import VENDOR_PAYMENT_BACK
from ledger.vendors.services.paying import release_credit, stop_vendor_payment
from ledger.vendors.verification import register_vendor_checks


def register_vendors() -> None:
    """Register all of it, once, when the app is ready."""
    sources.register(postings.BILL, describe=_describe_bills, void=_void_bill)
    sources.register(postings.CREDIT, void=_void_credit)
    sources.register(postings.PAYMENT, void=_stop_payment)
    sources.register(postings.OFFSET, void=_release_credit)
    register_opening(VENDOR)
    register_returning(postings.PAYMENT, VENDOR_PAYMENT_BACK)
    register_vendor_checks()


def _describe_bills(actor: Actor, ids: Sequence[str]) -> dict[str, Description]:
    rows = VendorBill.objects.filter(company_id=actor.company_id, id__in=[UUID(each) for each in ids])
    return {
        str(key): Description(f"Bill {number} of {vendor}", f"/api/accounting/vendor-bills/{key}")
        for key, number, vendor in rows.values_list("id", "number", "vendor__name")
    }


def _void_bill(*, actor: Actor, source_id: str, event: str, reason: str) -> None:
    void_bill(actor=actor, bill_id=UUID(source_id), reason=reason)


def _void_credit(*, actor: Actor, source_id: str, event: str, reason: str) -> None:
    void_credit_note(actor=actor, credit_id=UUID(source_id), reason=reason)


def _stop_payment(*, actor: Actor, source_id: str, event: str, reason: str) -> None:
    stop_vendor_payment(actor=actor, payment_id=UUID(source_id), reason=reason)


def _release_credit(*, actor: Actor, source_id: str, event: str, reason: str) -> None:
    release_credit(actor=actor, offset_id=UUID(source_id), reason=reason)
