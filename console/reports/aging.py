"""What is owed on a day, by how long it is overdue."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from batconnect.core.kernel.actors import Actor
from console.reports.forms import (
    AsOfForm,
    category_field,
    choice_field,
    customer_field,
    known_at_field,
)
from console.reports.report import Breakdown, Query, Report, ReportColumn
from ledger.chart import Category
from ledger.rules import aging
from outstanding.querysets import due_dates_then

CUSTOMER, CATEGORY, ITEM = "customer", "category", "item"

# Bucket: key, heading, most days past due (None: without end); the same days as everywhere (`ledger.rules.aging`).
_KEYS: Final = ("not_due", "days_30", "days_60", "days_90", "days_more")
BUCKETS: Final = tuple(
    (key, bucket.label, bucket.last) for key, bucket in zip(_KEYS, aging.BUCKETS, strict=True)
)
# What is owed now, less what was posted for later days: that is the sum of all postings up to the day, as every stored
# figure equals its postings (`verify_ledger`), and takes no more reading than what has happened since. As known at an
# instant, what was posted later is taken off as well, which reads every entry. Amounts are computed where something was
# posted later: of all others the stored ones are read from an index.
_LATER: Final = "e.effective_on > %(as_of)s::date"
_UNKNOWN: Final = f"({_LATER} or e.posted_at > %(known_at)s::timestamptz)"
_OWED: Final = f"""
with later as materialized (
  select p.obligation_id, p.payment_id, p.amount
  from ledger_entries e
  join ledger_postings p on p.company_id = e.company_id and p.entry_id = e.id
  where e.company_id = %(company)s::uuid and {_LATER}
    and (p.obligation_id is not null or p.payment_id is not null)
), since as materialized (
  select obligation_id, sum(amount) as amount from later where obligation_id is not null group by obligation_id
), spent as materialized (
  select payment_id, sum(amount) as amount from later where payment_id is not null group by payment_id
), owed as (
  select o.id as obligation_id, o.customer_id, o.currency, o.category, o.reference_id,
         coalesce(moved.due_date, o.due_date) as due_date, o.amount
  from (
    select b.id, b.customer_id, b.currency, b.category, b.reference_id, b.due_date,
           case when s.obligation_id is null then b.outstanding else b.outstanding - s.amount end as amount
    from ledger_obligations b left join since s on s.obligation_id = b.id
    where b.company_id = %(company)s::uuid and b.status = 'open'
      and (s.obligation_id is null or b.outstanding <> s.amount)
    union all
    select b.id, b.customer_id, b.currency, b.category, b.reference_id, b.due_date, b.outstanding - s.amount
    from since s join ledger_obligations b on b.company_id = %(company)s::uuid and b.id = s.obligation_id
    where b.status <> 'open' and b.outstanding <> s.amount
  ) o
  left join unnest(%(moved_ids)s::uuid[], %(moved_days)s::date[]) as moved(id, due_date) on moved.id = o.id
  where (%(currency)s = '' or o.currency = %(currency)s) and (%(category)s = '' or o.category = %(category)s)
    and (%(customers)s::uuid[] is null or o.customer_id = any(%(customers)s::uuid[]))
), spare as (
  select y.customer_id, y.currency, sum(y.amount) as amount
  from (
    select b.customer_id, b.currency,
           case when s.payment_id is null then b.unallocated else b.unallocated + s.amount end as amount
    from payments b left join spent s on s.payment_id = b.id
    where b.company_id = %(company)s::uuid and b.unallocated > 0
      and (s.payment_id is null or b.unallocated <> -s.amount)
    union all
    select b.customer_id, b.currency, s.amount
    from spent s join payments b on b.company_id = %(company)s::uuid and b.id = s.payment_id
    where b.unallocated = 0 and s.amount <> 0
  ) y
  where (%(currency)s = '' or y.currency = %(currency)s) and %(category)s = ''
    and (%(customers)s::uuid[] is null or y.customer_id = any(%(customers)s::uuid[]))
  group by y.customer_id, y.currency
)
"""  # noqa: S608 - fixed texts
# Each item is added once, to its customer's bucket; the few sums that come of it are what is laid out in columns.
_BY_CUSTOMER: Final = """
select c.name as customer, d.driver_no, s.*
from (
  select l.customer_id, l.currency, {buckets}, coalesce(sum(l.amount), 0.00) as outstanding,
    coalesce(sum(l.unallocated), 0.00) as unallocated
  from (
    select customer_id, currency, {bucket} as bucket, sum(amount) as amount, null::numeric as unallocated
    from owed l group by customer_id, currency, bucket
    union all
    select customer_id, currency, null, null, amount from spare
  ) l
  group by l.customer_id, l.currency
) s
join customers c on c.company_id = %(company)s::uuid and c.id = s.customer_id
left join (
  select customer_id, min(driver_id) as driver_no from drivers
  where company_id = %(company)s::uuid group by customer_id
) d on d.customer_id = s.customer_id
"""
_BY_CATEGORY: Final = """
select l.category, count(*) as items, count(distinct l.customer_id) as customers, l.currency, {buckets},
       sum(l.amount) as outstanding,
       array_position(%(categories)s::text[], l.category::text) as rank
from (select o.*, {bucket} as bucket from owed o) l group by l.category, l.currency
"""
_BY_ITEM: Final = """
select c.name as customer, l.customer_id, l.category, l.reference_id, l.obligation_id, l.due_date,
       greatest(%(as_of)s::date - l.due_date, 0) as days_overdue, l.currency, {buckets}, sum(l.amount) as outstanding
from (select o.*, {bucket} as bucket from owed o) l
join customers c on c.company_id = %(company)s::uuid and c.id = l.customer_id
group by c.name, l.customer_id, l.category, l.reference_id, l.obligation_id, l.due_date, l.currency
"""
_SELECTS: Final = {CUSTOMER: _BY_CUSTOMER, CATEGORY: _BY_CATEGORY, ITEM: _BY_ITEM}
_ORDERS: Final = {
    CUSTOMER: "customer, currency, customer_id",
    CATEGORY: "rank, currency",
    ITEM: "customer, customer_id, due_date, reference_id, obligation_id",
}
_AMOUNTS: Final = (
    *(ReportColumn(key, title, "money", total=True) for key, title, _ in BUCKETS),
    ReportColumn("outstanding", "Outstanding", "money", total=True),
)
_CUSTOMER: Final = ReportColumn(
    "customer", "Customer", links=(("directory.Customer", "customer_id"),), wraps=True
)
_CURRENCY: Final = ReportColumn("currency", "Currency")
_COLUMNS: Final = {
    CUSTOMER: (
        _CUSTOMER,
        ReportColumn("driver_no", "Driver"),
        *_AMOUNTS,
        ReportColumn("unallocated", "Unallocated cash", "money", total=True),
        _CURRENCY,
    ),
    CATEGORY: (
        ReportColumn("category", "Category"),
        ReportColumn("items", "Items", "number"),
        ReportColumn("customers", "Customers", "number"),
        *_AMOUNTS,
        _CURRENCY,
    ),
    ITEM: (
        _CUSTOMER,
        ReportColumn("category", "Category"),
        ReportColumn("reference_id", "Reference", links=(("ledger.Obligation", "obligation_id"),)),
        ReportColumn("due_date", "Due", "date"),
        ReportColumn("days_overdue", "Days overdue", "number"),
        *_AMOUNTS,
        _CURRENCY,
    ),
}


class AgingForm(AsOfForm):
    """A day, how debts are grouped into rows, and whose debts."""

    by = choice_field(
        (CUSTOMER, "Customer"), (CATEGORY, "Category"), (ITEM, "Each open item"), label="One row for"
    )
    category = category_field()
    customer = customer_field()
    known_at = known_at_field()

    field_order = ("as_of", "known_at", "by", "category", "customer", "currency")

    def defaults(self) -> Mapping[str, str]:
        return {**super().defaults(), "by": CUSTOMER}


class Aging(Report):
    """What was owed at the end of a day; a payment plan's dates count for what it covers."""

    slug = "ageing"
    title = "Aging of receivables"
    sentence = "Who owes how much and since when, by customer, by category or item by item, on any day."
    icon = "hourglass_bottom"
    view_permissions = ("ledger.view",)
    export_permissions = ("ledger.export",)
    form = AgingForm
    nothing = "Nothing was owed on that day."

    def columns(self, values: Mapping[str, Any]) -> tuple[ReportColumn, ...]:
        columns = _COLUMNS[values["by"]]
        if values["category"]:
            # Cash that is not applied belongs to no category.
            return tuple(column for column in columns if column.key != "unallocated")
        return columns

    def hidden(self, values: Mapping[str, Any]) -> tuple[str, ...]:
        return {CUSTOMER: ("customer_id",), CATEGORY: (), ITEM: ("customer_id", "obligation_id")}[
            values["by"]
        ]

    def query(self, *, actor: Actor, values: Mapping[str, Any]) -> Query:
        moved = due_dates_then(actor=actor, as_of=values["as_of"])
        owed = _OWED if values["known_at"] is None else _OWED.replace(_LATER, _UNKNOWN)
        return Query(
            owed + _SELECTS[values["by"]].format(buckets=_buckets(), bucket=_bucket()),
            {
                "company": actor.company_id,
                "as_of": values["as_of"],
                "known_at": values["known_at"],
                "currency": values["currency"],
                "category": values["category"],
                "customers": values.get("customer_ids"),
                "moved_ids": list(moved),
                "moved_days": list(moved.values()),
                "categories": [each.value for each in Category],
            },
        )

    def order(self, values: Mapping[str, Any]) -> str:
        return _ORDERS[values["by"]]

    def breakdown(self, values: Mapping[str, Any]) -> Breakdown | None:
        return Breakdown("category", "By category") if values["by"] == ITEM else None

    def shape(self, row: dict[str, Any]) -> dict[str, Any]:
        if "category" in row:
            row["category"] = Category(row["category"]).label
        return row

    def part(self, value: str) -> str:
        return Category(value).label


def _buckets() -> str:
    """SQL: the sum of each bucket, 0.00 where it is empty."""
    return ", ".join(
        f"coalesce(sum(l.amount) filter (where l.bucket = {place}), 0.00) as {key}"
        for place, (key, _, _) in enumerate(BUCKETS)
    )


def _bucket() -> str:
    """SQL: the place in BUCKETS of a row that is due on `due_date`."""
    whens = [
        f"when due_date >= %(as_of)s::date - {limit} then {place}"
        for place, (_, _, limit) in enumerate(BUCKETS)
        if limit is not None
    ]
    return f"case {' '.join(whens)} else {len(BUCKETS) - 1} end"
