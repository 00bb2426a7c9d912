"""The cash accounts' movements in the order of their days."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from batconnect.core.kernel.actors import Actor
from console.reports.forms import (
    PeriodForm,
    choice_field,
    currency_field,
    customer_field,
    text_field,
    tick_field,
)
from console.reports.report import Breakdown, Query, Report, ReportColumn
from ledger.chart import METHODS
from payments.rules.methods import method_label

_JOURNAL: Final = """
select e.effective_on, e.posted_at, e.id as entry_id, p.line, e.event,
       coalesce(y.number, d.number, '') as number, y.id as payment_id, d.id as dtr_id, u.id as receipt_id,
       coalesce(c.name, u.payer_name, '') as customer, e.customer_id, substr(a.code, 6) as method,
       coalesce(nullif(y.reference_number, ''), nullif(u.reference_number, ''), d.payment_reference, '') as reference,
       e.actor, e.currency,
       case when p.amount > 0 then p.amount else 0.00 end as received,
       case when p.amount < 0 and e.event not in ('allocation_refunded', 'unallocated_refunded', 'dtr_paid_out')
         then -p.amount else 0.00 end as voided,
       case when p.amount < 0 and e.event in ('allocation_refunded', 'unallocated_refunded')
         then -p.amount else 0.00 end as refunded,
       case when p.amount < 0 and e.event = 'dtr_paid_out' then -p.amount else 0.00 end as paid_out,
       p.amount as net
from ledger_entries e
join ledger_postings p on p.company_id = e.company_id and p.entry_id = e.id
join ledger_accounts a on a.company_id = p.company_id and a.id = p.account_id and a.code like 'cash:%%'
left join payment_refunds f on f.company_id = e.company_id
  and f.id = case when e.source_type = 'payments.refund' then e.source_id::uuid end
left join unidentified_receipts u on u.company_id = e.company_id
  and u.id = case when e.source_type = 'payments.unidentified_receipt' then e.source_id::uuid end
left join dtrs d on d.company_id = e.company_id
  and d.id = case when e.source_type = 'ledger.dtr' then e.source_id::uuid end
left join payments y on y.company_id = e.company_id
  and y.id = coalesce(f.payment_id, case when e.source_type = 'payments.payment' then e.source_id::uuid end)
left join customers c on c.company_id = e.company_id and c.id = coalesce(e.customer_id, y.customer_id)
where e.company_id = %(company)s::uuid
  and e.effective_on >= %(first)s::date and e.effective_on <= %(last)s::date
  and (%(payouts)s or e.event <> 'dtr_paid_out')
  and (%(currency)s = '' or e.currency = %(currency)s)
  and (%(method)s = '' or a.code = 'cash:' || %(method)s)
  and (%(customers)s::uuid[] is null or e.customer_id = any(%(customers)s::uuid[]))
  and (%(cashier)s = '' or strpos(lower(e.actor), lower(%(cashier)s)) > 0)
"""
_EVENTS: Final = {
    "payment_received": "Payment",
    "payment_voided": "Payment voided",
    "allocation_refunded": "Refund",
    "unallocated_refunded": "Refund of unallocated cash",
    "unidentified_received": "Unidentified receipt",
    "unidentified_voided": "Unidentified receipt voided",
    "dtr_paid_out": "DTR payout",
}


class CashForm(PeriodForm):
    """A period, how the money came, from whom, and who took it."""

    method = choice_field(("", "All"), *METHODS.items())
    customer = customer_field()
    cashier = text_field(label="Entered by", help_text="Part of the name")
    currency = currency_field()
    payouts = tick_field(label="Also DTR payouts", help_text="Money paid out to drivers for their weeks.")


class CashReceipts(Report):
    """Each posting on a cash account: what came in, and what of it went back by void or refund on the day it did."""

    slug = "cash-receipts"
    title = "Cash receipts journal"
    sentence = (
        "Every payment received, voided or refunded in a period, by method, as the cash accounts have it."
    )
    icon = "point_of_sale"
    view_permissions = ("payments.view",)
    export_permissions = ("payments.export",)
    form = CashForm
    nothing = "No money came in or went back in that period."

    def columns(self, values: Mapping[str, Any]) -> tuple[ReportColumn, ...]:
        return (
            ReportColumn("effective_on", "Date", "date"),
            ReportColumn(
                "number",
                "Payment",
                links=(
                    ("payments.Payment", "payment_id"),
                    ("ledger.Dtr", "dtr_id"),
                    ("payments.UnidentifiedReceipt", "receipt_id"),
                ),
            ),
            ReportColumn("customer", "Customer", links=(("directory.Customer", "customer_id"),), wraps=True),
            ReportColumn("event", "Event", links=(("ledger.Entry", "entry_id"),), wraps=True),
            ReportColumn("method", "Method"),
            ReportColumn("reference", "Reference"),
            ReportColumn("actor", "Entered by"),
            ReportColumn("received", "Received", "money", total=True),
            ReportColumn("voided", "Voided", "money", total=True),
            ReportColumn("refunded", "Refunded", "money", total=True),
            *([ReportColumn("paid_out", "Paid out", "money", total=True)] if values["payouts"] else []),
            ReportColumn("net", "Net", "money", total=True),
            ReportColumn("currency", "Currency"),
        )

    def hidden(self, values: Mapping[str, Any]) -> tuple[str, ...]:
        return ("entry_id", "payment_id", "dtr_id", "receipt_id", "customer_id")

    def query(self, *, actor: Actor, values: Mapping[str, Any]) -> Query:
        parameters = {
            name: values[name] for name in ("first", "last", "method", "cashier", "currency", "payouts")
        }
        return Query(
            _JOURNAL, {"company": actor.company_id, "customers": values.get("customer_ids"), **parameters}
        )

    def order(self, values: Mapping[str, Any]) -> str:
        return "effective_on, entry_id, line"

    def breakdown(self, values: Mapping[str, Any]) -> Breakdown | None:
        return Breakdown("method", "By method")

    def shape(self, row: dict[str, Any]) -> dict[str, Any]:
        return {
            **row,
            "event": _EVENTS.get(row["event"], row["event"].replace("_", " ").capitalize()),
            "method": method_label(row["method"]),
        }

    def part(self, value: str) -> str:
        return method_label(value)
