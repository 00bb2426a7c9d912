"""What was received at the counter, deposited, and is at the bank, by day and method."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bank.querysets.received import RECEIVED, received_values
from batconnect.core.kernel.actors import Actor
from console.reports.forms import PeriodForm, choice_field, currency_field
from console.reports.report import Breakdown, Query, Report, ReportColumn
from ledger.chart import METHODS
from payments.rules.methods import method_label


class ReceivedForm(PeriodForm):
    """A period, a method, a currency."""

    method = choice_field(("", "All"), *METHODS.items())
    currency = currency_field()


class ReceivedDeposited(Report):
    """The days on which cash accounts moved: what is here at the end of each, and what is on its way."""

    slug = "received-deposited"
    title = "Received, deposited, at the bank"
    sentence = "By day and method: what was taken, what went on deposit slips, what the bank has shown, what is here."
    icon = "account_balance_wallet"
    view_permissions = ("bank.view",)
    export_permissions = ("payments.export",)
    form = ReceivedForm
    nothing = "No money was taken or deposited in that period."

    def columns(self, values: Mapping[str, Any]) -> tuple[ReportColumn, ...]:
        return (
            ReportColumn("day", "Date", "date"),
            ReportColumn("method", "Method"),
            ReportColumn("received", "Received", "money", total=True),
            ReportColumn("other", "Paid out, moved", "money", total=True),
            ReportColumn("over_short", "Over, short", "money", total=True),
            ReportColumn("deposited", "Deposited", "money", total=True),
            ReportColumn("at_bank", "At the bank", "money", total=True),
            ReportColumn("here", "Here at its end", "money"),
            ReportColumn("in_transit", "In transit at its end", "money"),
            ReportColumn("currency", "Currency"),
        )

    def query(self, *, actor: Actor, values: Mapping[str, Any]) -> Query:
        asked = {name: values[name] for name in ("first", "last", "currency", "method")}
        return Query(RECEIVED, received_values(actor=actor, **asked))

    def order(self, values: Mapping[str, Any]) -> str:
        return "day, currency, method"

    def breakdown(self, values: Mapping[str, Any]) -> Breakdown | None:
        return Breakdown("method", "By method")

    def shape(self, row: dict[str, Any]) -> dict[str, Any]:
        return {**row, "method": method_label(row["method"])}

    def part(self, value: str) -> str:
        return method_label(value)
