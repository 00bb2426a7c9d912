"""What is still to be repaid of every kind of repaid document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django import forms
from django.utils.text import get_text_list
from unfold.widgets import UnfoldAdminSelectWidget

from batconnect.core.kernel.actors import Actor
from console.reports.forms import AsOfForm, customer_field, known_at_field
from console.reports.report import Breakdown, Query, Report, ReportColumn
from ledger.repayment.kinds import RepaidKind, repaid_kinds

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
    and (%(known_at)s::timestamptz is null or e.posted_at <= %(known_at)s::timestamptz)
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
    and (%(known_at)s::timestamptz is null or e.posted_at <= %(known_at)s::timestamptz)
  )
  select '{app}' as kind, d.number_order, d.number, d.currency, d.customer_id, d.id as document_id,
    null::uuid as obligation_id, d.amount, a.not_due, coalesce(r.due, 0.00) as due, a.opened as opened_on
  from (select document_id, min(opened) as opened, sum(amount) as not_due from advanced group by document_id) a
  join {documents} d on d.company_id = %(company)s::uuid and d.id = a.document_id
  left join (select document_id, sum(amount) as due from raised group by document_id) r on r.document_id = d.id
  where a.not_due <> 0 or coalesce(r.due, 0) <> 0
) {app}
union all
select '{app}', 0, b.reference_id, b.currency, b.customer_id, null, b.id, b.original, 0.00,
  case when s.obligation_id is null then b.outstanding else b.outstanding - s.amount end, null
from ledger_obligations b left join since s on s.obligation_id = b.id
where b.company_id = %(company)s::uuid and b.status = 'open' and b.category = '{category}'
  and b.source_type <> '{source_type}' and (s.obligation_id is null or b.outstanding <> s.amount)
union all
select '{app}', 0, b.reference_id, b.currency, b.customer_id, null, b.id, b.original, 0.00,
  b.outstanding - s.amount, null
from since s join ledger_obligations b on b.company_id = %(company)s::uuid and b.id = s.obligation_id
where b.status <> 'open' and b.category = '{category}' and b.source_type <> '{source_type}'
  and b.outstanding <> s.amount
"""
# What was opened outside of documents is what is owed now, less what came after the day, as aging finds it. Of what is
# open everything is read from one index, in the order of the report.
_LATER: Final = "e.effective_on > %(as_of)s::date"
_UNKNOWN: Final = f"({_LATER} or e.posted_at > %(known_at)s::timestamptz)"
_ALL: Final = """
with since as materialized (
  select p.obligation_id, sum(p.amount) as amount
  from ledger_entries e
  join ledger_postings p on p.company_id = e.company_id and p.entry_id = e.id
  where e.company_id = %(company)s::uuid and {later} and p.obligation_id is not null
  group by p.obligation_id
)
select k.*, k.not_due + k.due as outstanding
from ({kinds}) k
where (%(kind)s = '' or k.kind = %(kind)s) and (%(currency)s = '' or k.currency = %(currency)s)
  and (%(customers)s::uuid[] is null or k.customer_id = any(%(customers)s::uuid[]))
"""
# What people read beside the figures.
_DETAIL: Final = """
with shown as materialized (select * from {{page}} page)
select k.*, {ids}, c.name as driver, l.lease_id as lease_no,
  case when o.id is null then k.opened_on else o.issue_date end as opened,
  case {statuses} else 'Opening balance' end as status
from shown k
join customers c on c.company_id = %(company)s::uuid and c.id = k.customer_id
left join ledger_obligations o on o.company_id = %(company)s::uuid and o.id = k.obligation_id
{joins}
left join leases l on l.company_id = %(company)s::uuid and l.id = case {leases} else o.lease_id end
"""


def _choices() -> list[tuple[str, str]]:
    """All kinds together, or one of them."""
    return [("", _all_kinds()), *((kind.app, kind.plural.capitalize()) for kind in repaid_kinds())]


def _all_kinds() -> str:
    """Loans and repairs"""
    return get_text_list([kind.plural for kind in repaid_kinds()], "and").capitalize()


def _key_of(kind: RepaidKind) -> str:
    """The column with the document's id, where the row is one of the kind."""
    return f"{kind.app}_id"


def _label(app: str) -> str:
    return next(kind.word for kind in repaid_kinds() if kind.app == app)


class DocumentsForm(AsOfForm):
    """A day, and which documents."""

    kind = forms.ChoiceField(
        choices=_choices, required=False, widget=UnfoldAdminSelectWidget, label="Documents"
    )
    customer = customer_field()
    known_at = known_at_field()

    field_order = ("as_of", "known_at", "kind", "customer", "currency")


class RepaidDocuments(Report):
    """Each document with something left to repay at the end of a day: not yet due, and due but unpaid."""

    slug = "loans-repairs"
    title = f"{_all_kinds()} outstanding"
    sentence = (
        "What drivers still had to repay on any day: the part not yet due, and the part due but unpaid."
    )
    icon = "request_quote"
    view_permissions = tuple(kind.subject.permission for kind in repaid_kinds())
    export_permissions = tuple(f"{kind.app}.export" for kind in repaid_kinds())
    form = DocumentsForm
    nothing = "Nothing was left to repay on that day."

    def columns(self, values: Mapping[str, Any]) -> tuple[ReportColumn, ...]:
        return (
            ReportColumn("kind", "Kind"),
            ReportColumn(
                "number",
                "Number",
                links=(
                    *((kind.subject.model, _key_of(kind)) for kind in repaid_kinds()),
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
        return ("customer_id", *map(_key_of, repaid_kinds()), "obligation_id")

    def query(self, *, actor: Actor, values: Mapping[str, Any]) -> Query:
        kinds = " union all ".join(map(_select, repaid_kinds()))
        parameters = {name: values[name] for name in ("as_of", "known_at", "kind", "currency")}
        later = _LATER if values["known_at"] is None else _UNKNOWN
        return Query(
            _ALL.format(kinds=kinds, later=later),
            {"company": actor.company_id, "customers": values.get("customer_ids"), **parameters},
            _detail(),
        )

    def order(self, values: Mapping[str, Any]) -> str:
        return "kind, number_order, number"

    def breakdown(self, values: Mapping[str, Any]) -> Breakdown | None:
        return Breakdown("kind", "By kind")

    def part(self, value: str) -> str:
        return _label(value)

    def shape(self, row: dict[str, Any]) -> dict[str, Any]:
        return {**row, "kind": _label(row["kind"])}


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
    )


def _detail() -> str:
    """SQL: everything of the rows that are shown, from the documents and items that they are."""
    kinds = repaid_kinds()
    return _DETAIL.format(
        ids=", ".join(f"{kind.app}.id as {_key_of(kind)}" for kind in kinds),
        statuses=" ".join(f"when {kind.app}.id is not null then {kind.app}.status" for kind in kinds),
        leases=" ".join(f"when {kind.app}.id is not null then {kind.app}.lease_id" for kind in kinds),
        joins="\n".join(
            f"left join {kind.tables[0]} {kind.app} on {kind.app}.company_id = %(company)s::uuid"
            f" and {kind.app}.id = case when k.kind = '{kind.app}' then k.document_id end"
            for kind in kinds
        ),
    )
