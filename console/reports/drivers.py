"""What drivers' weeks came to, and what was paid out for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from batconnect.core.kernel.actors import Actor
from console.reports.forms import (
    PeriodForm,
    WeekForm,
    choice_field,
    currency_field,
    customer_field,
)
from console.reports.report import Query, Report, ReportColumn
from ledger.models import Dtr

# A week's figures from the postings of the entries that its DTR covers; what was carried before is the DTR's before it.
_BALANCES: Final = """
with week as (
  select * from dtrs d where d.company_id = %(company)s::uuid and d.week = %(week)s::date
    and (%(currency)s = '' or d.currency = %(currency)s)
    and (%(customers)s::uuid[] is null or d.customer_id = any(%(customers)s::uuid[]))
), moved as (
  select l.dtr_id,
    sum(p.amount) filter (where l.kind = 'charge' and p.obligation_id = l.obligation_id) as charges,
    -sum(p.amount) filter (where l.kind = 'interim_payment' and p.obligation_id = l.obligation_id) as interim,
    -sum(p.amount) filter (where l.kind = 'adjustment' and p.obligation_id = l.obligation_id) as adjustments,
    sum(p.amount) filter (where l.kind = 'earnings' and p.amount > 0) as gross
  from week d
  join dtr_lines l on l.company_id = d.company_id and l.dtr_id = d.id
  join ledger_postings p on p.company_id = l.company_id and p.entry_id = l.entry_id
  group by l.dtr_id
), figures as (
  select d.id as dtr_id, d.number, d.number_order, d.customer_id, d.driver_id as driver_pk, d.lease_id, d.currency,
    coalesce(b.carried_forward, 0.00) as prior_balance, coalesce(m.charges, 0.00) as charges,
    coalesce(m.interim, 0.00) as interim_payments, coalesce(m.adjustments, 0.00) as adjustments,
    coalesce(m.gross, 0.00) as gross
  from week d
  left join moved m on m.dtr_id = d.id
  left join dtrs b on b.company_id = d.company_id and b.id = d.previous_id
), nets as (
  select f.*, prior_balance + charges - interim_payments - adjustments - gross as net from figures f
)
select n.*, c.name as driver, v.driver_id as driver_no, l.lease_id as lease_no,
  greatest(-n.net, 0.00) as due_to_driver, greatest(n.net, 0.00) as carried_forward
from nets n
join customers c on c.company_id = %(company)s::uuid and c.id = n.customer_id
join drivers v on v.company_id = %(company)s::uuid and v.id = n.driver_pk
join leases l on l.company_id = %(company)s::uuid and l.id = n.lease_id
where %(show)s = '' or (%(show)s = 'owing' and n.net > 0) or (%(show)s = 'due' and n.net < 0)
"""
# What was paid out is what the payout's entry took from the cash accounts.
_REGISTER: Final = """
select d.id as dtr_id, d.number, d.number_order, d.week, d.settled_on, d.customer_id, c.name as driver,
  l.lease_id as lease_no, d.currency, d.gross, d.recovered, d.due_to_driver, d.carried_forward, d.status,
  coalesce(paid.amount, 0.00) as paid_out, d.due_to_driver - coalesce(paid.amount, 0.00) as to_pay,
  paid.effective_on as paid_on, paid.entry_id,
  trim(case d.payment_method when 'ach' then 'ACH ' when 'check' then 'Check ' else '' end
    || d.payment_reference) as paid_by
from dtrs d
join customers c on c.company_id = d.company_id and c.id = d.customer_id
join leases l on l.company_id = d.company_id and l.id = d.lease_id
left join lateral (
  select e.id as entry_id, e.effective_on, sum(p.amount) filter (where p.amount > 0) as amount
  from ledger_entries e
  join ledger_postings p on p.company_id = e.company_id and p.entry_id = e.id
  where e.company_id = d.company_id and e.source_type = 'ledger.dtr' and e.source_id = d.id::text
    and e.event = 'dtr_paid_out'
  group by e.company_id, e.id
) paid on true
where d.company_id = %(company)s::uuid and d.settled_on >= %(first)s::date and d.settled_on <= %(last)s::date
  and (%(currency)s = '' or d.currency = %(currency)s)
  and (%(status)s = '' or (%(status)s = 'to_pay' and d.status = 'Finalized' and d.due_to_driver > 0)
    or d.status = %(status)s)
  and (%(customers)s::uuid[] is null or d.customer_id = any(%(customers)s::uuid[]))
"""
_DRIVER: Final = ReportColumn("driver", "Driver", links=(("directory.Customer", "customer_id"),), wraps=True)
_DTR: Final = ReportColumn("number", "DTR", links=(("ledger.Dtr", "dtr_id"),))


class BalancesForm(WeekForm):
    """A week, and whose balances."""

    show = choice_field(
        ("", "All drivers"), ("owing", "Who owe at its end"), ("due", "Whom we owe at its end"), label="Show"
    )
    customer = customer_field()
    currency = currency_field()


class DriverBalances(Report):
    """A line for each DTR of the week: what was owed before, what the week added and took, what is left either way."""

    slug = "driver-balances"
    title = "Driver balances of a week"
    sentence = (
        "What each driver owed before a week, what it added and took, and what is due or carried forward."
    )
    icon = "badge"
    view_permissions = ("ledger.view",)
    export_permissions = ("ledger.export",)
    form = BalancesForm
    nothing = "That week has no such DTR. A week is settled on the Sunday after it."

    def columns(self, values: Mapping[str, Any]) -> tuple[ReportColumn, ...]:
        return (
            _DRIVER,
            ReportColumn("lease_no", "Lease"),
            _DTR,
            ReportColumn("prior_balance", "From before", "money", total=True),
            ReportColumn("charges", "+\u00a0Charges", "money", total=True),
            ReportColumn("interim_payments", "−\u00a0Interim payments", "money", total=True),
            ReportColumn("adjustments", "−\u00a0Adjustments", "money", total=True),
            ReportColumn("gross", "−\u00a0Earnings", "money", total=True),
            ReportColumn("due_to_driver", "Due to driver", "money", total=True),
            ReportColumn("carried_forward", "Carried forward", "money", total=True),
            ReportColumn("currency", "Currency"),
        )

    def hidden(self, values: Mapping[str, Any]) -> tuple[str, ...]:
        return ("customer_id", "dtr_id")

    def query(self, *, actor: Actor, values: Mapping[str, Any]) -> Query:
        parameters = {name: values[name] for name in ("week", "show", "currency")}
        return Query(
            _BALANCES, {"company": actor.company_id, "customers": values.get("customer_ids"), **parameters}
        )

    def order(self, values: Mapping[str, Any]) -> str:
        return "driver, customer_id, lease_no, number_order"


class RegisterForm(PeriodForm):
    """A period of settlement days, and what became of the DTRs."""

    status = choice_field(("", "All"), *Dtr.Status.choices, ("to_pay", "Waiting to be paid out"))
    customer = customer_field()
    currency = currency_field()

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.fields["first"].label, self.fields["last"].label = "Settled from", "Settled to"


class DtrRegister(Report):
    """Every DTR in the order of its number, with what was paid out for it."""

    slug = "dtr-register"
    title = "DTR register"
    sentence = (
        "Every DTR of a period by number: earnings, what was recovered, due, paid out and still to pay."
    )
    icon = "description"
    view_permissions = ("ledger.view",)
    export_permissions = ("ledger.export",)
    form = RegisterForm
    nothing = "No DTR was settled in that period."

    def columns(self, values: Mapping[str, Any]) -> tuple[ReportColumn, ...]:
        return (
            _DTR,
            ReportColumn("week", "Week of", "date"),
            _DRIVER,
            ReportColumn("lease_no", "Lease"),
            ReportColumn("gross", "Earnings", "money", total=True),
            ReportColumn("recovered", "Recovered", "money", total=True),
            ReportColumn("due_to_driver", "Due to driver", "money", total=True),
            ReportColumn("paid_out", "Paid out", "money", total=True),
            ReportColumn("to_pay", "Still to pay", "money", total=True),
            ReportColumn("carried_forward", "Carried forward", "money", total=True),
            ReportColumn("paid_on", "Paid on", "date", links=(("ledger.Entry", "entry_id"),)),
            ReportColumn("paid_by", "Paid by", wraps=True),
            ReportColumn("currency", "Currency"),
        )

    def hidden(self, values: Mapping[str, Any]) -> tuple[str, ...]:
        return ("customer_id", "dtr_id", "entry_id")

    def query(self, *, actor: Actor, values: Mapping[str, Any]) -> Query:
        parameters = {name: values[name] for name in ("first", "last", "status", "currency")}
        return Query(
            _REGISTER, {"company": actor.company_id, "customers": values.get("customer_ids"), **parameters}
        )

    def order(self, values: Mapping[str, Any]) -> str:
        return "number_order"
