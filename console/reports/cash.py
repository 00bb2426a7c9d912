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

# The period's postings come first, and then those of them that lie on accounts of cash: entry by account would be
# a look-up for each of either. An applied payment moves no cash, and is as frequent as all others; nor does a charge,
# but one for what had been refunded of a returned payment. What `like` says is kept as a truth, and ids are read from
# texts, before anything is joined by them: under row security the planner knows nothing of the one, and makes no
# index's condition of the other, nor of `coalesce`; of `case` it does.
#
# An account of cash says how the money came, and nothing is looked up beside it. That is done for what lies elsewhere:
# a payment is looked up (`limit 1`) only where the account does not say it.
_JOURNAL: Final = r"""
with charged as materialized (
  select obligation_id::text as source_id from payment_returns
  where company_id = %(company)s::uuid and obligation_id is not null
), places as materialized (
  select id, code, case when code like 'cash:%%' then split_part(code, ':', 2) end as way_in,
    code like 'payments\_in\_transit:%%' as is_transit
  from ledger_accounts
  where company_id = %(company)s::uuid and (code like 'cash:%%' or code like 'payments\_in\_transit:%%'
    or code in ('unidentified_receipts', 'unexplained_payments'))
), cash as materialized (
  select m.*, a.way_in, a.code, a.is_transit,
    m.event in ('allocation_refunded', 'unallocated_refunded') or m.source_type = 'payments.credit_memo' as is_refund
  from (
    select e.id as entry_id, e.effective_on, e.event, e.source_type, e.source_id, e.currency, p.line, p.amount,
      p.account_id, p.item_id
    from ledger_entries e
    join ledger_postings p on p.company_id = e.company_id and p.entry_id = e.id
    where e.company_id = %(company)s::uuid and e.effective_on >= %(first)s::date and e.effective_on <= %(last)s::date
      and e.event <> 'allocation_applied'
      and (e.event <> 'obligation_raised' or e.source_id in (select source_id from charged))
      and (%(currency)s = '' or e.currency = %(currency)s)
      and (%(customers)s::uuid[] is null or e.customer_id = any(%(customers)s::uuid[]))
      and (%(cashier)s = '' or strpos(lower(e.actor), lower(%(cashier)s)) > 0)
      and (%(payouts)s or e.event not in ('dtr_paid_out', 'payout_returned'))
    offset 0
  ) m join places a on a.id = m.account_id
), elsewhere as materialized (
  select c.*,
    case when c.source_type = 'payments.refund' then c.source_id::uuid end as refund_id,
    case when c.source_type = 'payments.return' then c.source_id::uuid end as return_id,
    case when c.source_type in ('payments.payment', 'payments.receipt_match') then c.source_id::uuid end as direct_id
  from cash c
  where c.way_in is null and (
    c.is_transit and (c.source_type = 'payments.credit_memo' or c.event in (
      'allocation_refunded', 'unallocated_refunded', 'dtr_paid_out', 'payout_returned', 'payment_returned',
      'obligation_raised'))
    or c.code = 'unidentified_receipts' and c.source_type = 'payments.receipt_match'
    or c.code = 'unexplained_payments' and c.source_type = 'payments.return')
), told as (
  select effective_on, entry_id, line, event, currency, amount, is_refund, way_in as method, null as account
  from cash
  where way_in is not null and (source_type like 'payments.%%' or source_type = 'ledger.dtr')
    and source_type <> 'payments.receipt_match'
  union all
  select e.effective_on, e.entry_id, e.line, e.event, e.currency, e.amount, e.is_refund,
    coalesce(b.method, y.method, 'bank_transfer'), k.name
  from elsewhere e
  left join disbursements b on b.company_id = %(company)s::uuid and b.id = e.item_id
  left join payment_refunds f on f.company_id = %(company)s::uuid and f.id = e.refund_id
  left join payment_returns r on r.company_id = %(company)s::uuid and r.id = e.return_id
  left join lateral (
    select p.id, p.method from payments p
    where p.company_id = %(company)s::uuid and p.id = case
      when f.payment_id is not null then f.payment_id when r.payment_id is not null then r.payment_id
      else e.direct_id end
    limit 1
  ) y on true
  left join lateral (
    select t.line_id, g.name
    from bank_explanations x
    join bank_line_parts t on t.company_id = x.company_id and t.id = x.part_id
    left join bank_accounts g on g.company_id = t.company_id and g.id = t.bank_account_id
    where x.company_id = %(company)s::uuid and e.code in ('unidentified_receipts', 'unexplained_payments')
      and x.payment_id = y.id and x.kind in ('payment', 'payment_return')
      and (r.id is null and x.kind = 'payment' or x.source_id = r.id::text)
    limit 1
  ) k on true
  where e.source_type <> 'payments.receipt_match' or k.line_id is not null
)
select effective_on, entry_id, line, method, method || coalesce('|' || account, '') as way, account, currency,
       case when amount > 0 and event <> 'payout_returned' then amount else 0.00 end as received,
       case when amount < 0 and event <> 'dtr_paid_out' and not is_refund then -amount else 0.00 end as voided,
       case when amount < 0 and is_refund then -amount else 0.00 end as refunded,
       case when event in ('dtr_paid_out', 'payout_returned') then -amount else 0.00 end as paid_out,
       amount as net
from told
where %(method)s = '' or method = %(method)s
"""
# What people read beside the figures.
_DETAIL: Final = """
with shown as materialized (
  select g.*, e.posted_at, e.event, e.customer_id, e.actor,
    case when e.source_type = 'payments.refund' then e.source_id::uuid end as refund_id,
    case when e.source_type = 'payments.unidentified_receipt' then e.source_id::uuid end as part_id,
    case when e.source_type = 'ledger.dtr' then split_part(e.source_id, '/', 1)::uuid end as of_dtr,
    case when e.source_type = 'payments.return' then e.source_id::uuid end as return_id,
    case when e.source_type in ('payments.payment', 'payments.receipt_match') then e.source_id::uuid end as direct_id
  from {page} g join ledger_entries e on e.company_id = %(company)s::uuid and e.id = g.entry_id
)
select s.*, coalesce(y.number, d.number, '') as number, y.id as payment_id, d.id as dtr_id, u.id as receipt_id,
       coalesce(c.name, u.payer_name, '') as customer,
       coalesce(nullif(y.reference_number, ''), nullif(u.reference_number, ''), d.payment_reference, '') as reference
from shown s
left join payment_refunds f on f.company_id = %(company)s::uuid and f.id = s.refund_id
left join bank_line_parts u on u.company_id = %(company)s::uuid and u.id = s.part_id
left join dtrs d on d.company_id = %(company)s::uuid and d.id = s.of_dtr
left join payment_returns r on r.company_id = %(company)s::uuid and r.id = s.return_id
left join payments y on y.company_id = %(company)s::uuid and y.id = case
  when f.payment_id is not null then f.payment_id when r.payment_id is not null then r.payment_id else s.direct_id end
left join customers c on c.company_id = %(company)s::uuid
  and c.id = case when s.customer_id is not null then s.customer_id else y.customer_id end
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
            _JOURNAL,
            {"company": actor.company_id, "customers": values.get("customer_ids"), **parameters},
            _DETAIL,
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
