"""What is still to be repaid of loans and repairs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from batconnect.core.kernel.actors import Actor
from console.reports.forms import AsOfForm, choice_field, customer_field
from console.reports.report import Breakdown, Query, Report, ReportColumn
from ledger.repayment.kinds import RepaidKind
from loans.kind import LOANS
from repairs.kind import REPAIRS

# `raised` is every posting on a document's installments; `advanced` what it opened less what its installments took
# over.
_OF_KIND: Final = """
select * from (
  with raised as materialized (
    select i.{parent} as document_id, p.entry_id, p.amount
    from {installments} i
    join ledger_postings p on p.company_id = i.company_id and p.obligation_id = i.id
    join ledger_entries e on e.company_id = p.company_id and e.id = p.entry_id
    where i.company_id = %(company)s::uuid and e.effective_on <= %(as_of)s::date
  ), advanced as (
    select r.document_id, p.amount, null::date as opened
    from raised r
    join ledger_postings p on p.company_id = %(company)s::uuid and p.entry_id = r.entry_id
    join ledger_accounts a on a.company_id = p.company_id and a.id = p.account_id and a.code = '{account}'
    union all
    select d.id, p.amount, e.effective_on
    from {documents} d
    join ledger_entries e on e.company_id = d.company_id and e.source_type = '{opened}' and e.source_id = d.id::text
    join ledger_postings p on p.company_id = e.company_id and p.entry_id = e.id
    join ledger_accounts a on a.company_id = p.company_id and a.id = p.account_id and a.code = '{account}'
    where d.company_id = %(company)s::uuid and e.effective_on <= %(as_of)s::date
  )
  select '{app}' as kind, {loan} as loans_id, {repair} as repairs_id, null::uuid as obligation_id, d.number,
    d.number_order, d.customer_id, d.lease_id, d.currency, a.opened, d.amount, a.not_due, coalesce(r.due, 0.00) as due,
    d.status
  from (select document_id, min(opened) as opened, sum(amount) as not_due from advanced group by document_id) a
  join {documents} d on d.company_id = %(company)s::uuid and d.id = a.document_id
  left join (select document_id, sum(amount) as due from raised group by document_id) r on r.document_id = d.id
  where a.not_due <> 0 or coalesce(r.due, 0) <> 0
) {app}
union all
select '{app}', null::uuid, null::uuid, o.id, o.reference_id, 0, o.customer_id, o.lease_id, o.currency, o.issue_date,
  o.original, 0.00, sum(p.amount), 'Opening balance'
from ledger_obligations o
join ledger_postings p on p.company_id = o.company_id and p.obligation_id = o.id
join ledger_entries e on e.company_id = p.company_id and e.id = p.entry_id
where o.company_id = %(company)s::uuid and o.category = '{category}' and o.source_type <> '{source_type}'
  and e.effective_on <= %(as_of)s::date
group by o.company_id, o.id
having sum(p.amount) <> 0
"""
_ALL: Final = """
select k.*, k.not_due + k.due as outstanding, c.name as driver, l.lease_id as lease_no
from ({kinds}) k
join customers c on c.company_id = %(company)s::uuid and c.id = k.customer_id
left join leases l on l.company_id = %(company)s::uuid and l.id = k.lease_id
where (%(kind)s = '' or k.kind = %(kind)s) and (%(currency)s = '' or k.currency = %(currency)s)
  and (%(customers)s::uuid[] is null or k.customer_id = any(%(customers)s::uuid[]))
"""
_LABELS: Final = {"loans": "Loan", "repairs": "Repair"}


class DocumentsForm(AsOfForm):
    """A day, and which documents."""

    kind = choice_field(
        ("", "Loans and repairs"), ("loans", "Loans"), ("repairs", "Repairs"), label="Documents"
    )
    customer = customer_field()

    field_order = ("as_of", "kind", "customer", "currency")


class LoansAndRepairs(Report):
    """Each document with something left to repay at the end of a day: not yet due, and due but unpaid."""

    slug = "loans-repairs"
    title = "Loans and repairs outstanding"
    sentence = (
        "What drivers still had to repay on any day: the part not yet due, and the part due but unpaid."
    )
    icon = "request_quote"
    view_permissions = ("loans.view", "repairs.view")
    export_permissions = ("loans.export", "repairs.export")
    form = DocumentsForm
    nothing = "Nothing was left to repay on that day."

    def columns(self, values: Mapping[str, Any]) -> tuple[ReportColumn, ...]:
        return (
            ReportColumn("kind", "Kind"),
            ReportColumn(
                "number",
                "Number",
                links=(
                    ("loans.DriverLoan", "loans_id"),
                    ("repairs.RepairInvoice", "repairs_id"),
                    ("ledger.Obligation", "obligation_id"),
                ),
            ),
            ReportColumn("driver", "Driver", links=(("directory.Customer", "customer_id"),), wraps=True),
            ReportColumn("lease_no", "Lease"),
            ReportColumn("opened", "Opened", "date"),
            ReportColumn("amount", "Amount", "money", total=True),
            ReportColumn("not_due", "Not yet due", "money", total=True),
            ReportColumn("due", "Due and unpaid", "money", total=True),
            ReportColumn("outstanding", "Outstanding", "money", total=True),
            ReportColumn("status", "Status today", wraps=True),
            ReportColumn("currency", "Currency"),
        )

    def hidden(self, values: Mapping[str, Any]) -> tuple[str, ...]:
        return ("customer_id", "loans_id", "repairs_id", "obligation_id")

    def query(self, *, actor: Actor, values: Mapping[str, Any]) -> Query:
        kinds = " union all ".join((_select(LOANS), _select(REPAIRS)))
        parameters = {name: values[name] for name in ("as_of", "kind", "currency")}
        return Query(
            _ALL.format(kinds=kinds),
            {"company": actor.company_id, "customers": values.get("customer_ids"), **parameters},
        )

    def order(self, values: Mapping[str, Any]) -> str:
        return "kind, number_order, number"

    def breakdown(self, values: Mapping[str, Any]) -> Breakdown | None:
        return Breakdown("kind", "By kind")

    def part(self, value: str) -> str:
        return _LABELS[value]

    def shape(self, row: dict[str, Any]) -> dict[str, Any]:
        return {**row, "kind": _LABELS[row["kind"]]}


def _select(kind: RepaidKind) -> str:
    documents, installments = kind.tables
    return _OF_KIND.format(
        documents=documents,
        installments=installments,
        parent=kind.parent_column,
        account=kind.credits[0][0],
        opened=kind.opened,
        category=kind.category.value,
        source_type=kind.source_type,
        app=kind.app,
        loan="d.id" if kind is LOANS else "null::uuid",
        repair="d.id" if kind is REPAIRS else "null::uuid",
    )
