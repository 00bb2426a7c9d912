"""The trial balance, and the trail of who did what."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import end_of_day
from batconnect.core.kernel.subject import all_subjects
from batconnect.directory.subjects import CUSTOMER
from console.reports.forms import (
    AsOfForm,
    PeriodForm,
    choice_field,
    currency_field,
    known_at_field,
    text_field,
    tick_field,
)
from console.reports.report import Breakdown, Query, Report, ReportColumn
from console.reports.trail_names import named_rows
from ledger.models import Account
from ledger.querysets import KIND_ORDER, TRIAL_BALANCE

_BALANCES: Final = f"""
select t.account_id, t.currency, t.code, coalesce(nullif(t.own_name, ''), t.name) as name, t.own_number, t.kind,
  t.debit, t.credit,
  greatest(t.debit - t.credit, 0.00) as debit_balance, greatest(t.credit - t.debit, 0.00) as credit_balance,
  array_position({KIND_ORDER}, t.kind::text) as rank
from ({TRIAL_BALANCE}) t(currency, code, name, kind, debit, credit, account_id, own_number, own_name)
where (%(currency)s = '' or t.currency = %(currency)s) and (%(unmoved)s or t.debit <> 0 or t.credit <> 0)
"""  # noqa: S608 - fixed texts
_LATEST: Final = "order by {at} desc, {id} desc limit %(limit)s"
# Each source gives its latest alone, by an index, and only those are joined: a page reads no more of a busy day than
# it may show. What actions are about is named for the rows that are shown (`trail_names`).
_TRAIL: Final = f"""
select e.posted_at as at, 'journal' as source, e.actor, e.event as action, coalesce(c.name, '') as subject,
  '{CUSTOMER}' as subject_type, e.customer_id::text as subject_id, e.case_no, e.reason, e.currency,
  e.id as entry_id,
  null::bigint as case_id, e.id::text as event_id,
  (select sum(p.amount) from ledger_postings p
   where p.company_id = e.company_id and p.entry_id = e.id and p.amount > 0) as amount
from (
  select e.* from ledger_entries e
  where e.company_id = %(company)s::uuid and e.posted_at >= %(from)s and e.posted_at < %(until)s
    and %(source)s in ('', 'journal') and (%(who)s = '' or strpos(lower(e.actor), lower(%(who)s)) > 0)
    and (%(currency)s = '' or e.currency = %(currency)s)
  {_LATEST.format(at="e.posted_at", id="e.id")}
) e
left join customers c on c.company_id = %(company)s::uuid and c.id = e.customer_id
union all
select v.at, 'action', v.actor, v.action,
  '',
  v.subject_type, v.subject_id, '', v.reason, '', null, null, v.id::text, null
from (
  select v.* from audit_events v
  where v.company_id = %(company)s::uuid and v.at >= %(from)s and v.at < %(until)s
    and %(source)s in ('', 'action') and (%(who)s = '' or strpos(lower(v.actor), lower(%(who)s)) > 0)
    and %(currency)s = ''
  {_LATEST.format(at="v.at", id="v.id")}
) v
union all
select v.at, 'case', v.actor, v.kind, concat_ws(' ', nullif(v.step_id, ''),
    case when v.to_state <> '' and v.to_state <> v.from_state
      then concat_ws(' → ', nullif(v.from_state, ''), v.to_state) end), 'case', k.id::text, k.case_no, v.reason, '',
  null, k.id, v.id::text, null
from (
  select v.* from case_events v
  where v.company_id = %(company)s::uuid and v.at >= %(from)s and v.at < %(until)s
    and %(source)s in ('', 'case') and (%(who)s = '' or strpos(lower(v.actor), lower(%(who)s)) > 0)
    and %(currency)s = ''
  {_LATEST.format(at="v.at", id="v.id")}
) v
join cases k on k.company_id = %(company)s::uuid and k.id = v.case_id
"""  # noqa: S608 - names that our code declares
# What the trail names leads to the first of these whose key the row has.
_SUBJECT_LINKS: Final = tuple(
    (each.model, f"id of {source.code}")
    for each in all_subjects()
    if (source := each.subject_type) and not source.named_by
)
_WORDS: Final = {"dtr_paid_out": "DTR paid out"}
_SOURCES: Final = {"journal": "Journal entry", "action": "Action", "case": "Case"}


class TrialBalanceForm(AsOfForm):
    """A day, and which accounts."""

    known_at = known_at_field()
    unmoved = tick_field(label="Include accounts without movement")


class TrialBalance(Report):
    """Every account's debits, credits and balance up to a day; per currency both sides are equal."""

    slug = "trial-balance"
    title = "Trial balance"
    sentence = (
        "Every account's debits, credits and balance on any day; both sides are equal in each currency."
    )
    icon = "balance"
    view_permissions = ("ledger.view",)
    export_permissions = ("ledger.export",)
    form = TrialBalanceForm
    nothing = "Nothing had been posted by that day."

    def columns(self, values: Mapping[str, Any]) -> tuple[ReportColumn, ...]:
        return (
            ReportColumn("name", "Account", links=(("ledger.Account", "account_id"),)),
            ReportColumn("own_number", "Number"),
            ReportColumn("code", "Code"),
            ReportColumn("kind", "Kind"),
            ReportColumn("debit", "Debits", "money", total=True),
            ReportColumn("credit", "Credits", "money", total=True),
            ReportColumn("debit_balance", "Debit balance", "money", total=True),
            ReportColumn("credit_balance", "Credit balance", "money", total=True),
            ReportColumn("currency", "Currency"),
        )

    def hidden(self, values: Mapping[str, Any]) -> tuple[str, ...]:
        return ("account_id",)

    def query(self, *, actor: Actor, values: Mapping[str, Any]) -> Query:
        parameters = {name: values[name] for name in ("as_of", "known_at", "currency", "unmoved")}
        company = {"company": actor.company_id, "base": actor.company.base_currency}
        return Query(_BALANCES, {**company, **parameters})

    def order(self, values: Mapping[str, Any]) -> str:
        return "currency, rank, code"

    def breakdown(self, values: Mapping[str, Any]) -> Breakdown | None:
        return Breakdown("kind", "By kind")

    def part(self, value: str) -> str:
        return str(Account.Kind(value).label)

    def shape(self, row: dict[str, Any]) -> dict[str, Any]:
        return {**row, "kind": self.part(row["kind"])}


class TrailForm(PeriodForm):
    """A period of the company's days, what kind of trail, and who."""

    longest = (timedelta(days=92), "three months")

    source = choice_field(
        ("", "All"),
        ("journal", "Journal entries"),
        ("action", "Actions"),
        ("case", "Case events"),
        label="Show",
    )
    who = text_field(label="Done by", help_text="Part of the name")
    currency = currency_field()

    field_order = ("first", "last", "source", "who", "currency")

    def defaults(self) -> Mapping[str, str]:
        return {**super().defaults(), "first": (self.today - timedelta(days=6)).isoformat()}


class AuditTrail(Report):
    """Everything that was done, newest first: entries posted, actions outside cases, and what happened to cases.

    A journal entry's amount is its debits.
    """

    slug = "audit-trail"
    title = "Audit trail"
    sentence = (
        "Who did what, when and why: every entry posted, every action, every step of a case, in company time."
    )
    icon = "history"
    view_permissions = ("ledger.view", "cases.view", "trail.view")
    export_permissions = ("ledger.export",)
    form = TrailForm
    nothing = "Nothing was done in that period."
    max_rows = 10_000
    looks_up = True

    def columns(self, values: Mapping[str, Any]) -> tuple[ReportColumn, ...]:
        return (
            ReportColumn("at", "At", "instant"),
            ReportColumn("actor", "Done by"),
            ReportColumn("source", "Kind"),
            ReportColumn("action", "What", links=(("ledger.Entry", "entry_id"),), wraps=True),
            ReportColumn("subject", "On what", links=_SUBJECT_LINKS, wraps=True),
            ReportColumn("case_no", "Case", links=(("cases.Case", "case_id"),)),
            ReportColumn("reason", "Reason", wraps=True),
            ReportColumn("amount", "Amount", "money", total=True),
            ReportColumn("currency", "Currency"),
        )

    def hidden(self, values: Mapping[str, Any]) -> tuple[str, ...]:
        return ("entry_id", "case_id", "subject_type", "subject_id")

    def query(self, *, actor: Actor, values: Mapping[str, Any]) -> Query:
        zone = ZoneInfo(actor.company.time_zone)
        days = {
            "from": datetime.combine(values["first"], time(), tzinfo=zone),
            "until": end_of_day(actor.company, values["last"]),
        }
        parameters = {name: values[name] for name in ("source", "who", "currency")}
        return Query(_TRAIL, {"company": actor.company_id, **days, **parameters})

    def order(self, values: Mapping[str, Any]) -> str:
        return "at desc, event_id desc"

    def breakdown(self, values: Mapping[str, Any]) -> Breakdown | None:
        return Breakdown("source", "By kind")

    def part(self, value: str) -> str:
        return _SOURCES[value]

    def look_up(self, *, actor: Actor, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return named_rows(company_id=actor.company_id, rows=rows)

    def shape(self, row: dict[str, Any]) -> dict[str, Any]:
        words = row["action"].replace("_", " ").replace(".", ": ").capitalize()
        return {
            **row,
            "source": _SOURCES[row["source"]],
            "action": _WORDS.get(row["action"], words),
            # The link that fits is the one whose key the row has.
            f"id of {row['subject_type']}": row["subject_id"],
        }
