"""Vendors, bills and money in the drawer, for the tests of what is paid out."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from ledger import chart
from ledger.chart import Category, account_id
from ledger.models import Posting, Vendor, VendorBill
from ledger.postings import EntryDraft, Leg
from ledger.services import post_entries
from ledger.treasury.services.paying import PaidFrom
from ledger.vendors.services.bills import BillLine, enter_bill
from ledger.vendors.services.vendors import add_vendor
from tests.cast import StaffClient

BY_CHECK = PaidFrom(method="check", reference="1042")
IN_CASH = PaidFrom(method="cash")
AT = "/api/accounting"


def make_vendor(actor: Actor, name: str = "E-ZPass New York", **values: Any) -> Vendor:
    """An agency, in the company's currency."""
    return add_vendor(actor=actor, name=name, **{"kind": "agency", **values})


def make_bill(actor: Actor, vendor: Vendor, amount: str = "420.00", **values: Any) -> VendorBill:
    """A bill of today for tolls, unless given otherwise."""
    given: dict[str, Any] = {
        "number": "2026-01",
        "issue_date": today(actor.company),
        "lines": [BillLine(Decimal(amount), Category.EZPASS)],
        **values,
    }
    return enter_bill(actor=actor, vendor_id=vendor.id, **given)


def balance(actor: Actor, code: str, currency: str = "USD") -> Decimal:
    """What stands on the account; debit positive."""
    key = account_id(actor.company_id, currency, code)
    rows = Posting.objects.filter(company_id=actor.company_id, account=key)
    return sum(rows.values_list("amount", flat=True), Decimal("0.00"))


def put_in(actor: Actor, amount: str, *, code: str = chart.cash("cash")) -> None:
    """Put money on an account, from nowhere."""
    draft = EntryDraft(
        event="test",
        source_type="test",
        source_id=f"{code} {amount}",
        currency="USD",
        effective_on=today(actor.company),
        legs=(Leg(code, Decimal(amount)), Leg(chart.OTHER_INCOME, -Decimal(amount))),
    )
    post_entries(actor=actor, drafts=[draft])


def lines_of(actor: Actor, *, source_type: str, event: str, source_id: UUID | str = "") -> dict[str, Decimal]:
    """What the latest such entry posted, by account."""
    rows = Posting.objects.filter(
        company_id=actor.company_id, entry__source_type=source_type, entry__event=event
    )
    if source_id:
        rows = rows.filter(entry__source_id=str(source_id))
    latest = rows.order_by("-entry_id").values_list("entry_id", flat=True).first()
    sums: dict[str, Decimal] = {}
    for code, amount in rows.filter(entry=latest).values_list("account__code", "amount"):
        sums[code] = sums.get(code, Decimal("0.00")) + amount
    return sums


def post(client: StaffClient, path: str, body: Any) -> Any:
    """POST with a fresh Idempotency-Key."""
    return client.post(path, body, headers={"Idempotency-Key": str(uuid4())})
