"""The lines of the opening from a file, which replaces those that are there (docs/domain.md#opening-batch)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final

from rest_framework.exceptions import ValidationError

from batconnect.core.api.fields import RateInput
from batconnect.core.files import cells
from batconnect.core.files.cells import BadCell
from batconnect.core.files.imports import Column, Import, ImportReport, Progress, Row
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.ids import uuid7
from batconnect.core.kernel.money import ZERO
from ledger.opening.errors import CUT_OVER_MISSING
from ledger.opening.models import OpeningBatch
from ledger.opening.services.batch import DAYS, FIGURES, OPEN, TEXTS, LineGiven, check_lines, prepare_opening
from ledger.openings import OpeningDay

_RATE: Final = RateInput(at_most=Decimal(100))


def _rate(cell: str, actor: Actor) -> Decimal:
    try:
        return _RATE.to_internal_value(cell)
    except ValidationError as error:
        raise BadCell(" ".join(str(each) for each in error.detail)) from error


class OpeningImport(Import):
    """A row is a line of the opening: a debit or a credit of what its kind opens. The file replaces all lines."""

    name = "opening"
    told = (
        "Prepare the opening of the books: the file replaces the lines that are there. Debits and credits must be "
        "equal before it can be locked."
    )
    permission = OPEN
    done, planned = "prepared", "to prepare"
    keeps_good = False
    columns = (
        Column(
            "kind",
            cells.text(24, required=True),
            required=True,
            help="account, receivable, payment, credit, vendor, deposit, in_transit, deposit_in_transit, "
            "earnings, loan, repair",
            examples=("account", "receivable", "account"),
        ),
        Column("debit", cells.amount, help="or credit", examples=("10,000.00", "350.00", "")),
        Column("credit", cells.amount, help="or debit", examples=("", "", "10,350.00")),
        Column(
            "account",
            cells.text(60),
            default="",
            help="of the kinds account, in_transit and deposit_in_transit",
            examples=("bank:operating", "", "retained_earnings"),
        ),
        Column(
            "name",
            cells.text(120),
            default="",
            help="what it is called",
            examples=("", "Old lease fee", "Equity"),
        ),
        Column("category", cells.text(20), default="", help="of receivables", examples=("", "LEASE", "")),
        Column("reference", cells.text(60), default="", help="of items", examples=("", "OLD-1", "")),
        Column(
            "customer",
            cells.text(120),
            default="",
            help="a driver's TLC license; another customer's reference, name or id",
            examples=("", "00504124", ""),
        ),
        Column("lease", cells.text(20), default="", help="of drivers", examples=("", "LS-2054", "")),
        Column("vendor", cells.text(120), default="", help="its number or name"),
        Column("method", cells.text(24), default="", help="of payments: check, ach, …"),
        Column("due_date", cells.day, help="of receivables and bills", examples=("", "2026-01-11", "")),
        Column("start_week", cells.day, help="the Sunday of a loan's or repair's next installment"),
        Column("weekly", cells.amount, help="principal a week of loans and repairs; the matrix's if empty"),
        Column("dated", cells.day, help="a loan's day from which interest counts; a repair invoice's date"),
        Column("rate", _rate, help="of loans: percent a year"),
        Column("workshop", cells.text(40), default="", help="of repairs; External Workshop if empty"),
    )

    def check(
        self, *, actor: Actor, rows: Sequence[Row], report: ImportReport, progress: Progress
    ) -> list[LineGiven]:
        lines: list[LineGiven] = []
        for row in rows:
            if (row["debit"] is None) == (row["credit"] is None):
                report.refuse(row.line, "debit", "Fill in either debit or credit.")
                continue
            amount = row["debit"] if row["debit"] is not None else -row["credit"]
            lines.append(LineGiven(row.line, row["kind"].casefold(), amount, _values(row)))
        day = _day(actor)
        if day is None:
            message = (
                "Set the first week to be settled in the company's settings, or prepare the opening by a day."
            )
            report.refuse(rows[0].line if rows else 1, "kind", message, code=CUT_OVER_MISSING)
            return []
        for wrong in check_lines(actor=actor, lines=lines, day=day):
            report.refuse(wrong.place, wrong.column, wrong.message, code=wrong.code)
        report.created = len(lines)
        report.total = sum((line.amount for line in lines if line.amount > 0), ZERO)
        progress(len(rows))
        return lines

    def carry_out(self, *, actor: Actor, good: Sequence[Any], report: ImportReport) -> None:
        if good:
            prepare_opening(actor=actor, lines=good)


OPENINGS: Final = OpeningImport()


def _values(row: Row) -> dict[str, str]:
    values = {name: row[name] for name in TEXTS if row[name]}
    values |= {name: row[name].isoformat() for name in DAYS if row[name]}
    return values | {name: str(row[name]) for name in FIGURES if row[name] is not None}


def _day(actor: Actor) -> OpeningDay | None:
    batch = OpeningBatch.objects.filter(company_id=actor.company_id).first()
    cut_over = batch.cut_over_on if batch else actor.company.settles_from
    return OpeningDay(cut_over - timedelta(days=1), batch.id if batch else uuid7()) if cut_over else None
