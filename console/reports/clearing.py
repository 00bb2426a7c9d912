"""What was passed on to drivers, premiums as trust money, and earnings that nobody has deposited."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from batconnect.core.kernel.actors import Actor
from console.reports.forms import AsOfForm, PeriodForm, currency_field
from console.reports.report import Query, Report, ReportColumn
from ledger.chart import Category
from ledger.clearing.querysets import CLEARING
from ledger.vendors.querysets import RECOVERY
from outstanding.querysets import PREMIUMS


class RecoveryForm(PeriodForm):
    """A period."""

    currency = currency_field()


class Recovery(Report):
    """Per category what drivers were charged and what agencies billed; the difference was passed on above cost."""

    slug = "recovery"
    title = "Charges passed on"
    sentence = "What drivers were charged and what agencies billed, per category; above or below cost."
    icon = "swap_vert"
    view_permissions = ("ledger.view",)
    export_permissions = ("ledger.export",)
    form = RecoveryForm
    nothing = "Nothing was charged or billed in that period."

    def columns(self, values: Mapping[str, Any]) -> tuple[ReportColumn, ...]:
        return (
            ReportColumn("category", "Category"),
            ReportColumn("charged", "Charged", "money", total=True),
            ReportColumn("billed", "Billed", "money", total=True),
            ReportColumn("difference", "Above cost", "money", total=True),
            ReportColumn("currency", "Currency"),
        )

    def query(self, *, actor: Actor, values: Mapping[str, Any]) -> Query:
        parameters = {name: values[name] for name in ("first", "last", "currency")}
        return Query(RECOVERY, {"company": actor.company_id, **parameters})

    def order(self, values: Mapping[str, Any]) -> str:
        return "currency, category"

    def shape(self, row: dict[str, Any]) -> dict[str, Any]:
        return {**row, "category": Category(row["category"]).label}


class TrustMoney(Report):
    """Per policy the premiums that were collected and returned, passed on and taken as commission."""

    slug = "premiums"
    title = "Premiums as trust money"
    sentence = "What was collected of each policy, less what was returned, passed on and taken as commission."
    icon = "shield"
    view_permissions = ("outstanding.view", "ledger.view")
    export_permissions = ("ledger.export",)
    form = AsOfForm
    nothing = "No premium had been collected by that day."

    def columns(self, values: Mapping[str, Any]) -> tuple[ReportColumn, ...]:
        return (
            ReportColumn("policy_number", "Policy", links=(("outstanding.RenewalCase", "case_id"),)),
            ReportColumn("customer_name", "Customer", wraps=True),
            ReportColumn("collected", "Collected", "money", total=True),
            ReportColumn("returned", "Returned", "money", total=True),
            ReportColumn("remitted", "Passed on", "money", total=True),
            ReportColumn("commission", "Commission", "money", total=True),
            ReportColumn("needed", "Trust money", "money", total=True),
            ReportColumn("due_back", "Due from the insurer", "money", total=True),
            ReportColumn("currency", "Currency"),
        )

    def hidden(self, values: Mapping[str, Any]) -> tuple[str, ...]:
        return ("case_id",)

    def query(self, *, actor: Actor, values: Mapping[str, Any]) -> Query:
        parameters = {name: values[name] for name in ("as_of", "currency")}
        return Query(PREMIUMS, {"company": actor.company_id, **parameters})

    def order(self, values: Mapping[str, Any]) -> str:
        return "currency, policy_number, case_id"


class EarningsClearing(Report):
    """Earnings that no processor's deposit has cleared, by the week's day and age; deposits clear the oldest first."""

    slug = "earnings-clearing"
    title = "Earnings not deposited"
    sentence = "Drivers' earnings that no processor's deposit has cleared, the oldest first."
    icon = "credit_card_clock"
    view_permissions = ("ledger.view",)
    export_permissions = ("ledger.export",)
    form = AsOfForm
    nothing = "Every earning had been deposited by that day."

    def columns(self, values: Mapping[str, Any]) -> tuple[ReportColumn, ...]:
        return (
            ReportColumn("day", "Earned on", "date"),
            ReportColumn("age", "Days", "number"),
            ReportColumn("earned", "Earned", "money", total=True),
            ReportColumn("remains", "Not deposited", "money", total=True),
            ReportColumn("currency", "Currency"),
        )

    def query(self, *, actor: Actor, values: Mapping[str, Any]) -> Query:
        parameters = {name: values[name] for name in ("as_of", "currency")}
        return Query(CLEARING, {"company": actor.company_id, **parameters})

    def order(self, values: Mapping[str, Any]) -> str:
        return "currency, day"
