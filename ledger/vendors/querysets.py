"""Reads of vendors, their bills, and what was passed on of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.db.models import DecimalField, OuterRef, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.money import ZERO
from ledger.chart import Category
from ledger.vendors.models import Vendor, VendorBill, VendorBillLine, VendorCredit

BILL_COLUMNS: Final = (
    *("id", "vendor_id", "vendor__number", "vendor__name", "number", "currency", "issue_date", "due_date"),
    *("amount", "open", "status", "description", "is_opening", "created_by", "created_at"),
)
CREDIT_COLUMNS: Final = (
    *("id", "vendor_id", "vendor__number", "vendor__name", "kind", "number", "currency", "day"),
    *("amount", "left", "status"),
)

RECOVERY: Final = """
select substr(a.code, 11) as category, a.currency,
  coalesce(-sum(p.amount) filter (where e.source_type not in ('ledger.vendor_bill', 'ledger.vendor_credit')), 0.00)
    as charged,
  coalesce(sum(p.amount) filter (where e.source_type in ('ledger.vendor_bill', 'ledger.vendor_credit')), 0.00)
    as billed,
  coalesce(-sum(p.amount), 0.00) as difference
from ledger_accounts a
join ledger_postings p on p.company_id = a.company_id and p.account_id = a.id
join ledger_entries e on e.company_id = p.company_id and e.id = p.entry_id
where a.company_id = %(company)s::uuid and a.code like 'recovered:%%' and a.code <> 'recovered:TAXES'
  and (%(first)s::date is null or e.effective_on >= %(first)s::date) and e.effective_on <= %(last)s::date
  and (%(currency)s = '' or a.currency = %(currency)s) and e.event <> 'year_closed'
group by a.code, a.currency
"""
"""What was charged on to drivers and what agencies billed, per category, less what was corrected of either."""


@dataclass(frozen=True, slots=True)
class Recovery:
    """A category's charges and bills; `difference` above zero was passed on above cost."""

    category: Category
    charged: Decimal
    billed: Decimal
    difference: Decimal


def vendors(*, actor: Actor) -> QuerySet[Any, Any]:
    """The company's vendors as dicts, with what is open."""
    bills = _sum_of(VendorBill.objects.filter(company_id=actor.company_id), "open")
    credits = _sum_of(VendorCredit.objects.filter(company_id=actor.company_id), "left")
    return Vendor.objects.filter(company_id=actor.company_id).values(
        "id", "number", "name", "kind", "currency", "is_active", open_bills=bills, open_credits=credits
    )


def bills(*, actor: Actor) -> QuerySet[Any, Any]:
    """The company's bills as dicts."""
    return VendorBill.objects.filter(company_id=actor.company_id).values(*BILL_COLUMNS)


def lines_of(*, actor: Actor, bill_id: UUID) -> list[dict[str, Any]]:
    """What the bill is for."""
    rows = VendorBillLine.objects.filter(company_id=actor.company_id, bill=bill_id).order_by("place")
    return [dict(row) for row in rows.values("category", "account", "amount", "description")]


def vendor_credits(*, actor: Actor) -> QuerySet[Any, Any]:
    """What vendors owe the company, as dicts."""
    return VendorCredit.objects.filter(company_id=actor.company_id).values(*CREDIT_COLUMNS)


def recovery(*, actor: Actor, first: date | None, last: date, currency: str) -> list[Recovery]:
    """What was passed on and billed by the days' effective dates, per category in their order."""
    values = {"company": actor.company_id, "first": first, "last": last, "currency": currency}
    with connection.cursor() as cursor:
        cursor.execute(RECOVERY, values)
        there = {row[0]: row for row in cursor.fetchall()}
    return [
        Recovery(each, there[each.value][2], there[each.value][3], there[each.value][4])
        for each in Category
        if each.value in there
    ]


def _sum_of(rows: QuerySet[Any], column: str) -> Coalesce:
    sums = rows.filter(vendor=OuterRef("pk")).order_by().values("vendor").annotate(s=Sum(column)).values("s")
    return Coalesce(Subquery(sums), Value(ZERO), output_field=DecimalField(max_digits=14, decimal_places=2))
