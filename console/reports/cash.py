"""What customers paid, what went back to them, and what drivers were paid, in the order of the days."""

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

_JOURNAL: Final = r"""
select e.effective_on, e.posted_at, e.id as entry_id, p.line, e.event,
       coalesce(y.number, d.number, '') as number, y.id as payment_id, d.id as dtr_id, u.id as receipt_id,
       coalesce(c.name, u.payer_name, '') as customer, e.customer_id, w.method,
       w.method || coalesce('|' || k.name, '') as way, k.name as account,
       coalesce(nullif(y.reference_number, ''), nullif(u.reference_number, ''), d.payment_reference, '') as reference,
       e.actor, e.currency,
       case when p.amount > 0 and e.event <> 'payout_returned' then p.amount else 0.00 end as received,
       case when p.amount < 0 and e.event <> 'dtr_paid_out' and not is_refund then -p.amount else 0.00 end as voided,
       case when p.amount < 0 and is_refund then -p.amount else 0.00 end as refunded,
       case when e.event in ('dtr_paid_out', 'payout_returned') then -p.amount else 0.00 end as paid_out,
       p.amount as net
from ledger_entries e
cross join lateral (
  select e.event in ('allocation_refunded', 'unallocated_refunded') or e.source_type = 'payments.credit_memo'
    as is_refund
) refund
join ledger_postings p on p.company_id = e.company_id and p.entry_id = e.id
join ledger_accounts a on a.company_id = p.company_id and a.id = p.account_id and (
  a.code like 'cash:%%' and (e.source_type like 'payments.%%' or e.source_type = 'ledger.dtr')
  or a.code like 'payments\_in\_transit:%%' and (e.source_type = 'payments.credit_memo' or e.event in (
    'allocation_refunded', 'unallocated_refunded', 'dtr_paid_out', 'payout_returned', 'payment_returned',
    'obligation_raised'))
  or a.code = 'unidentified_receipts' and e.source_type = 'payments.receipt_match'
  or a.code = 'unexplained_payments' and e.source_type = 'payments.return')
left join disbursements b on b.company_id = p.company_id and b.id = p.item_id
left join payment_refunds f on f.company_id = e.company_id
  and f.id = case when e.source_type = 'payments.refund' then e.source_id::uuid end
left join bank_line_parts u on u.company_id = e.company_id
  and u.id = case when e.source_type = 'payments.unidentified_receipt' then e.source_id::uuid end
left join dtrs d on d.company_id = e.company_id
  and d.id = case when e.source_type = 'ledger.dtr' then split_part(e.source_id, '/', 1)::uuid end
left join payment_returns r on r.company_id = e.company_id
  and r.id = case when e.source_type = 'payments.return' then e.source_id::uuid end
left join payments y on y.company_id = e.company_id
  and y.id = coalesce(f.payment_id, r.payment_id,
    case when e.source_type in ('payments.payment', 'payments.receipt_match') then e.source_id::uuid end)
left join lateral (
  select t.line_id, g.name
  from bank_explanations x
  join bank_line_parts t on t.company_id = x.company_id and t.id = x.part_id
  left join bank_accounts g on g.company_id = t.company_id and g.id = t.bank_account_id
  where x.company_id = e.company_id and a.code in ('unidentified_receipts', 'unexplained_payments')
    and x.payment_id = y.id and x.kind in ('payment', 'payment_return')
    and (r.id is null and x.kind = 'payment' or x.source_id = r.id::text)
  limit 1
) k on true
cross join lateral (
  select coalesce(b.method, case when a.code like 'cash:%%' then split_part(a.code, ':', 2) end, y.method,
    'bank_transfer') as method
) w
left join customers c on c.company_id = e.company_id and c.id = coalesce(e.customer_id, y.customer_id)
where e.company_id = %(company)s::uuid
  and (e.source_type <> 'payments.receipt_match' or k.line_id is not null)
  and e.effective_on >= %(first)s::date and e.effective_on <= %(last)s::date
  and (%(payouts)s or e.event not in ('dtr_paid_out', 'payout_returned'))
  and (%(currency)s = '' or e.currency = %(currency)s)
  and (%(method)s = '' or w.method = %(method)s)
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
    "unidentified_matched": "Payment by a bank line",
    "unidentified_unmatched": "Payment by a bank line taken back",
    "dtr_paid_out": "DTR payout",
    "payout_returned": "DTR payout that came back",
    "payment_returned": "Payment returned by the bank",
    "obligation_raised": "Refund of a returned payment",
}


class CashForm(PeriodForm):
    """A period, how the money came, from whom, and who took it."""

    method = choice_field(("", "All"), *METHODS.items())
    customer = customer_field()
    cashier = text_field(label="Entered by", help_text="Part of the name")
    currency = currency_field()
    payouts = tick_field(label="Also DTR payouts", help_text="Money paid out to drivers for their weeks.")


class CashReceipts(Report):
    """What came in, and what of it went back by void, return or refund on the day it did: the postings on the cash
    accounts, those by which it is in transit, and those by which the line of a bank became a payment or took one back.

    Rule: docs/domain.md#cash-receipts.
    """

    slug = "cash-receipts"
    title = "Cash receipts journal"
    sentence = (
        "Every payment received, voided, returned or refunded in a period, by method and bank account, as the ledger "
        "has it."
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
                    ("bank.LinePart", "receipt_id"),
                ),
            ),
            ReportColumn("customer", "Customer", links=(("directory.Customer", "customer_id"),), wraps=True),
            ReportColumn("event", "Event", links=(("ledger.Entry", "entry_id"),), wraps=True),
            ReportColumn("method", "Method"),
            ReportColumn("account", "Bank account"),
            ReportColumn("reference", "Reference"),
            ReportColumn("actor", "Entered by"),
            ReportColumn("received", "Received", "money", total=True),
            ReportColumn("voided", "Voided, returned", "money", total=True),
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
        return Breakdown("way", "By method and bank account")

    def shape(self, row: dict[str, Any]) -> dict[str, Any]:
        return {
            **row,
            "event": _EVENTS.get(row["event"], row["event"].replace("_", " ").capitalize()),
            "method": method_label(row["method"]),
        }

    def part(self, value: str) -> str:
        method, _, account = value.partition("|")
        return f"{method_label(method)}, {account}" if account else method_label(method)
