"""Profit and loss, the balance sheet, and an account in detail: on both time axes, down to entries and documents."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, ClassVar, Final

from django import forms
from django.db.models import Q

from batconnect.core.kernel.actors import Actor
from console.reports.forms import (
    AsOfForm,
    PeriodForm,
    currency_field,
    known_at_field,
    text_field,
)
from console.reports.report import Breakdown, Query, Report, ReportColumn
from ledger.general.admin import LEDGER_REPORT
from ledger.general.querysets import (
    ACCOUNT_DETAIL,
    BALANCE_SHEET,
    EQUITY,
    EXPENSES,
    INCOME,
    LIABILITIES,
    PROFIT_AND_LOSS,
    SECTIONS,
)
from ledger.models import Account

_SECTION_ORDER: Final = f"array[{', '.join(repr(each) for each in SECTIONS)}]"
_RESULT: Final = f"""
select t.account_id, t.currency, t.code, t.name, t.own_number, t.kind, t.section, t.rank,
  case when t.section = '{INCOME}' then t.amount else 0.00 end as income,
  case when t.section = '{EXPENSES}' then t.amount else 0.00 end as expenses, t.result
from ({PROFIT_AND_LOSS}) t where (%(currency)s = '' or t.currency = %(currency)s)
"""  # noqa: S608 - fixed texts
_BALANCES: Final = f"""
select t.account_id, t.currency, t.code, t.name, t.own_number, t.section,
  array_position({_SECTION_ORDER}, t.section) * 1000 + t.rank as rank,
  case when t.section in ('{LIABILITIES}', '{EQUITY}') then 0.00 else t.amount end as assets,
  case when t.section in ('{LIABILITIES}', '{EQUITY}') then t.amount else 0.00 end as claims
from ({BALANCE_SHEET}) t where (%(currency)s = '' or t.currency = %(currency)s)
"""  # noqa: S608 - fixed texts
_DETAIL: Final = f"""
with d as materialized ({ACCOUNT_DETAIL})
select 0 as step, %(first)s::date as effective_on, null::uuid as entry_id, 0 as line, '' as entry_number,
  null::timestamptz as posted_at, 'Opening balance' as event, '' as customer, null::uuid as customer_id,
  '' as document, null::uuid as obligation_id, '' as actor, '' as reason, null::numeric as debit,
  null::numeric as credit, o.amount as balance, %(currency)s as currency
from (
  select coalesce(sum(p.amount), 0.00) as amount
  from ledger_postings p join ledger_entries e on e.company_id = p.company_id and e.id = p.entry_id
  where p.company_id = %(company)s::uuid and p.account_id = %(account)s::uuid and e.effective_on < %(first)s::date
    and (%(known_at)s::timestamptz is null or e.posted_at <= %(known_at)s::timestamptz)
) o
union all
select 1, d.effective_on, d.entry_id, d.line, coalesce(d.entry_number, ''), d.posted_at, d.event, coalesce(c.name, ''),
  d.customer_id, coalesce(b.category || ' ' || b.reference_id, ''), d.obligation_id, d.actor, d.reason,
  d.debit, d.credit, d.balance, %(currency)s
from d
left join customers c on c.company_id = %(company)s::uuid and c.id = d.customer_id
left join ledger_obligations b on b.company_id = %(company)s::uuid and b.id = d.obligation_id
"""  # noqa: S608 - fixed texts


class StatementPeriodForm(PeriodForm):
    """A period as long as wanted, and as it was known."""

    longest: ClassVar[tuple[timedelta, str]] = (timedelta(days=366 * 100), "a century")

    known_at = known_at_field()
    currency = currency_field()

    def defaults(self) -> Mapping[str, str]:
        return {**super().defaults(), "first": self.today.replace(month=1, day=1).isoformat()}


class BalanceSheetForm(AsOfForm):
    """A day, and as it was known."""

    known_at = known_at_field()


class ProfitAndLossReport(Report):
    """Income and expenses of a period by account, and what is left. The close of a year is not in it."""

    slug = "profit-and-loss"
    title = "Profit and loss"
    sentence = "Income, expenses and the result of any period, by account."
    icon = "trending_up"
    view_permissions = ("ledger.view",)
    export_permissions = ("ledger.export",)
    form = StatementPeriodForm
    nothing = "Nothing was earned or spent in that period."

    def columns(self, values: Mapping[str, Any]) -> tuple[ReportColumn, ...]:
        return (
            ReportColumn("name", "Account", links=(("ledger.Account", "account_id"),)),
            ReportColumn("own_number", "Number"),
            ReportColumn("code", "Code"),
            ReportColumn("kind", "Kind"),
            ReportColumn("income", "Income", "money", total=True),
            ReportColumn("expenses", "Expenses", "money", total=True),
            ReportColumn("result", "Result", "money", total=True),
            ReportColumn("currency", "Currency"),
        )

    def hidden(self, values: Mapping[str, Any]) -> tuple[str, ...]:
        return ("account_id",)

    def query(self, *, actor: Actor, values: Mapping[str, Any]) -> Query:
        parameters = {name: values[name] for name in ("first", "last", "known_at", "currency")}
        return Query(_RESULT, {"company": actor.company_id, **parameters})

    def order(self, values: Mapping[str, Any]) -> str:
        return "currency, rank, code"

    def breakdown(self, values: Mapping[str, Any]) -> Breakdown | None:
        return Breakdown("section", "By section")

    def part(self, value: str) -> str:
        return SECTIONS[value]

    def shape(self, row: dict[str, Any]) -> dict[str, Any]:
        return {**row, "kind": str(Account.Kind(row["kind"]).label)}


class BalanceSheetReport(Report):
    """What there is, what is owed, and what is left, at the end of a day; both columns come to the same.

    Cash is what is at banks, in drawers and on its way to a bank, less what was paid and not drawn yet.
    """

    slug = "balance-sheet"
    title = "Balance sheet"
    sentence = "Assets, liabilities and equity at the end of any day; the result of the year is in equity."
    icon = "account_balance"
    view_permissions = ("ledger.view",)
    export_permissions = ("ledger.export",)
    form = BalanceSheetForm
    nothing = "Nothing had been posted by that day."

    def columns(self, values: Mapping[str, Any]) -> tuple[ReportColumn, ...]:
        return (
            ReportColumn("name", "Account", links=(("ledger.Account", "account_id"),)),
            ReportColumn("own_number", "Number"),
            ReportColumn("code", "Code"),
            ReportColumn("section", "Section"),
            ReportColumn("assets", "Assets", "money", total=True),
            ReportColumn("claims", "Liabilities and equity", "money", total=True),
            ReportColumn("currency", "Currency"),
        )

    def hidden(self, values: Mapping[str, Any]) -> tuple[str, ...]:
        return ("account_id",)

    def query(self, *, actor: Actor, values: Mapping[str, Any]) -> Query:
        parameters = {name: values[name] for name in ("as_of", "known_at", "currency")}
        return Query(_BALANCES, {"company": actor.company_id, **parameters})

    def order(self, values: Mapping[str, Any]) -> str:
        return "currency, rank, code"

    def breakdown(self, values: Mapping[str, Any]) -> Breakdown | None:
        return Breakdown("section", "By section")

    def part(self, value: str) -> str:
        return SECTIONS[value]

    def shape(self, row: dict[str, Any]) -> dict[str, Any]:
        return {**row, "section": SECTIONS[row["section"]]}


class AccountForm(StatementPeriodForm):
    """One account in one currency over a period."""

    account = text_field(label="Account", help_text="Its code, or your own number")

    field_order = ("account", "first", "last", "known_at", "currency")

    def defaults(self) -> Mapping[str, str]:
        return {
            **super().defaults(),
            "account": "unallocated_cash",
            "currency": self.actor.company.base_currency,
        }

    def clean_account(self) -> str:
        """What was typed; `account_id` is found with the currency."""
        return str(self.cleaned_data["account"]).strip()

    def clean(self) -> dict[str, Any]:
        super().clean()
        typed, currency = self.cleaned_data.get("account", ""), self.cleaned_data.get("currency", "")
        accounts = Account.objects.filter(
            Q(code=typed) | Q(own_number=typed), company_id=self.actor.company_id, currency=currency
        )
        account = sorted(accounts, key=lambda each: each.code != typed)[:1] if typed else []
        if not account:
            self.add_error(
                "account", forms.ValidationError(f"There is no such account in {currency or 'that'}.")
            )
        else:
            self.cleaned_data["account_id"] = account[0].id
        return self.cleaned_data


class AccountLedger(Report):
    """An account over a period: opening balance, each posting with the balance after it. The last line's balance is the
    closing balance; debits are above zero."""

    slug = LEDGER_REPORT
    title = "Account in detail"
    sentence = "One account's opening balance, every posting with the running balance, and where it ends."
    icon = "list_alt"
    view_permissions = ("ledger.view",)
    export_permissions = ("ledger.export",)
    form = AccountForm

    def columns(self, values: Mapping[str, Any]) -> tuple[ReportColumn, ...]:
        return (
            ReportColumn("effective_on", "Date", "date"),
            ReportColumn("entry_number", "Entry number"),
            ReportColumn("event", "Event", links=(("ledger.Entry", "entry_id"),), wraps=True),
            ReportColumn("document", "Obligation", links=(("ledger.Obligation", "obligation_id"),)),
            ReportColumn("customer", "Customer", links=(("directory.Customer", "customer_id"),), wraps=True),
            ReportColumn("debit", "Debit", "money", total=True),
            ReportColumn("credit", "Credit", "money", total=True),
            ReportColumn("balance", "Balance", "money"),
            ReportColumn("currency", "Currency"),
            ReportColumn("reason", "Reason", wraps=True),
            ReportColumn("actor", "By"),
            ReportColumn("posted_at", "Posted at", "instant"),
        )

    def hidden(self, values: Mapping[str, Any]) -> tuple[str, ...]:
        return ("entry_id", "obligation_id", "customer_id")

    def query(self, *, actor: Actor, values: Mapping[str, Any]) -> Query:
        parameters = {name: values[name] for name in ("first", "last", "known_at", "currency")}
        return Query(_DETAIL, {"company": actor.company_id, "account": values["account_id"], **parameters})

    def order(self, values: Mapping[str, Any]) -> str:
        return "step, effective_on, entry_id, line"

    def shape(self, row: dict[str, Any]) -> dict[str, Any]:
        return {**row, "event": row["event"].replace("_", " ").capitalize()}
