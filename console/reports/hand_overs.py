"""Documents whose principal has not been given to the driver."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.utils.text import get_text_list

from batconnect.core.kernel.actors import Actor
from console.reports.forms import AsOfForm, customer_field
from console.reports.report import Query, Report, ReportColumn
from ledger.repayment.kinds import RepaidKind, repaid_kinds

_OF_KIND: Final = """
select '{word}' as kind, {ids}, d.number, d.number_order, d.customer_id, d.lease_id, d.{dated} as made_on,
  d.start_week, b.to_pay, %(as_of)s::date - d.start_week as days_late, d.status, d.currency
from (
  select case when e.source_type = '{opened}' then e.source_id else e.operation_id::text end as source_id,
    -sum(p.amount) as to_pay
  from ledger_entries e
  join ledger_postings p on p.company_id = e.company_id and p.entry_id = e.id
  join ledger_accounts a on a.company_id = p.company_id and a.id = p.account_id and a.code = 'disbursements_payable'
  where e.company_id = %(company)s::uuid and (e.source_type = '{opened}' or e.operation_id is not null)
    and e.effective_on <= %(as_of)s::date
  group by 1
) b
join {documents} d on d.company_id = %(company)s::uuid and d.id::text = b.source_id
where b.to_pay <> 0 and d.start_week <= %(as_of)s::date
"""
_ALL: Final = """
select k.*, c.name as driver, l.lease_id as lease_no
from ({kinds}) k
join customers c on c.company_id = %(company)s::uuid and c.id = k.customer_id
join leases l on l.company_id = %(company)s::uuid and l.id = k.lease_id
where (%(currency)s = '' or k.currency = %(currency)s)
  and (%(customers)s::uuid[] is null or k.customer_id = any(%(customers)s::uuid[]))
"""


def _given_kinds() -> tuple[RepaidKind, ...]:
    """The kinds whose principal is given to the driver."""
    return tuple(kind for kind in repaid_kinds() if kind.given_column)


def _plural() -> str:
    return get_text_list([kind.plural for kind in _given_kinds()], "and").capitalize()


def _key_of(kind: RepaidKind) -> str:
    return f"{kind.app}_id"


class HandOverForm(AsOfForm):
    """A day, and whose."""

    customer = customer_field()

    field_order = ("as_of", "customer", "currency")


class NotHandedOver(Report):
    """Each document that had fallen due for the first time by a day, and whose principal was still payable on it."""

    slug = "not-handed-over"
    title = f"{_plural()} not handed over"
    sentence = (
        "Whose money had not been given to the driver by the first due date, on any day; the installments fall due "
        "all the same."
    )
    icon = "pending_actions"
    view_permissions = tuple(kind.subject.permission for kind in _given_kinds())
    export_permissions = tuple(f"{kind.app}.export" for kind in _given_kinds())
    form = HandOverForm
    nothing = "Everything had been handed over by its first due date."

    def columns(self, values: Mapping[str, Any]) -> tuple[ReportColumn, ...]:
        links = tuple((kind.subject.model, _key_of(kind)) for kind in _given_kinds())
        return (
            ReportColumn("number", "Number", links=links),
            ReportColumn("driver", "Driver", links=(("directory.Customer", "customer_id"),), wraps=True),
            ReportColumn("lease_no", "Lease"),
            ReportColumn("made_on", "Made on", "date"),
            ReportColumn("start_week", "First due", "date"),
            ReportColumn("days_late", "Days late", "number"),
            ReportColumn("to_pay", "To be handed over", "money", total=True),
            ReportColumn("status", "Status today", wraps=True),
            ReportColumn("currency", "Currency"),
        )

    def hidden(self, values: Mapping[str, Any]) -> tuple[str, ...]:
        return ("customer_id", *map(_key_of, _given_kinds()))

    def query(self, *, actor: Actor, values: Mapping[str, Any]) -> Query:
        return Query(
            _ALL.format(kinds=" union all ".join(map(_select, _given_kinds()))),
            {
                "company": actor.company_id,
                "customers": values.get("customer_ids"),
                "as_of": values["as_of"],
                "currency": values["currency"],
            },
        )

    def order(self, values: Mapping[str, Any]) -> str:
        return "start_week, number_order, number"


def _select(kind: RepaidKind) -> str:
    return _OF_KIND.format(
        word=kind.word,
        documents=kind.tables[0],
        dated=kind.date_column,
        opened=kind.opened,
        ids=", ".join(
            f"{'d.id' if each is kind else 'null::uuid'} as {_key_of(each)}" for each in _given_kinds()
        ),
    )
