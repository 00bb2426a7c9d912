"""What the calls of the general ledger accept, and the rows they return."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from rest_framework import serializers

from batconnect.core.api.answers import Answer, Choice, Day, Flag, Id, Instant, Listed, Money, Text, Whole
from batconnect.core.api.fields import BoundedList, DayInput, MoneyInput, StrictSerializer
from batconnect.core.companies.currencies import OFFERED
from batconnect.core.kernel.money import ZERO, exact_money
from ledger.general.models import JournalExport, ManualEntry
from ledger.general.querysets import (
    CASH,
    EQUITY,
    EXPENSES,
    INCOME,
    LIABILITIES,
    OTHER_ASSETS,
    RESULT_OF_YEAR,
    StatementLine,
    total_of,
)
from ledger.general.services.exporting import FILES
from ledger.general.services.lines import Line
from ledger.models import Account
from ledger.models.books import MAX_LINES

_PATH: Final = "/api/accounting/journal-exports"


class LineInput(StrictSerializer):
    """A line: an account by its code or the company's own number, and a debit or a credit."""

    account = serializers.CharField(max_length=60)
    debit = MoneyInput(required=False, allow_zero=True)
    credit = MoneyInput(required=False, allow_zero=True)


class JournalEntryInput(StrictSerializer):
    """An entry to post."""

    date = DayInput()
    lines = BoundedList(child=LineInput(), max_length=MAX_LINES)
    reason = serializers.CharField(allow_blank=True, help_text="10 to 500 characters.")
    currency = serializers.ChoiceField(
        choices=sorted(OFFERED), required=False, help_text="Default: the company's own."
    )
    reverse_on = DayInput(required=False, help_text="Take it back on this later day: an accrual.")

    def to_lines(self) -> list[Line]:
        """The lines of a valid body."""
        return [Line(**line) for line in self.validated_data["lines"]]


class AccountChange(StrictSerializer):
    """The company's own number and name of an account; what is left out stays, "" takes it away."""

    own_number = serializers.CharField(max_length=20, required=False, allow_blank=True)
    own_name = serializers.CharField(max_length=100, required=False, allow_blank=True)


class PeriodInput(StrictSerializer):
    """A period, both days included."""

    first = DayInput()
    last = DayInput()


class AccountRow(Answer):
    """A line of the chart of accounts. `manual` says whether a manual entry may touch it, `instead` what does."""

    id = Id("aa")
    currency = Text("USD")
    code = Text("income:lease")
    name = Text("Lease income")
    kind = Choice(Account.Kind, "income")
    own_number = Text("4100")
    own_name = Text("Medallion leases")
    manual = Flag(True)
    instead = Text()


class _StatementRow(Answer):
    """An account's part of a statement; `detail_url` leads to its postings."""

    account_id = Id("aa", null=True)
    code = Text("income:lease")
    name = Text("Medallion leases")
    own_number = Text("4100")
    kind = Choice(Account.Kind, "income")
    amount = Money("12000.00")
    detail_url = Text(
        "/ledger/accounts/01900000-0000-7000-8000-0000000000aa/detail?from=2025-09-01&to=2025-09-30"
    )


class _ProfitAndLossOf(Answer):
    """One currency's income and expenses; contra accounts are below zero."""

    currency = Text("USD")
    income = Listed(_StatementRow)
    total_income = Money("12000.00")
    expenses = Listed(_StatementRow)
    total_expenses = Money("3000.00")
    result = Money("9000.00")


class ProfitAndLoss(Answer):
    """Income, expenses and result of a period."""

    first = Day("2025-09-01")
    last = Day("2025-09-30")
    known_at = Instant(null=True)
    currencies = Listed(_ProfitAndLossOf)


class _BalanceSheetOf(Answer):
    """One currency's balance sheet: assets are liabilities and equity together. `cash` is what is at banks, in drawers
    and on its way, less what was paid and not drawn yet."""

    currency = Text("USD")
    cash = Listed(_StatementRow)
    total_cash = Money("8000.00")
    other_assets = Listed(_StatementRow)
    total_assets = Money("20000.00")
    liabilities = Listed(_StatementRow)
    total_liabilities = Money("11000.00")
    equity = Listed(_StatementRow)
    result_of_year = Money("9000.00")
    total_equity = Money("9000.00")
    total_liabilities_and_equity = Money("20000.00")


class BalanceSheet(Answer):
    """What there is, what is owed and what is left at the end of a day."""

    as_of = Day("2025-09-30")
    known_at = Instant(null=True)
    currencies = Listed(_BalanceSheetOf)


class _DetailRow(Answer):
    """A posting with the balance after it."""

    entry_number = Text("2025-000042", null=True)
    effective_on = Day()
    posted_at = Instant()
    event = Text("obligation_raised")
    debit = Money("265.00")
    credit = Money()
    balance = Money("265.00")
    reason = Text()
    actor = Text("Mara")
    case_no = Text()
    source_type = Text("ledger.obligation")
    source_id = Text("01900000-0000-7000-8000-0000000000b1")
    customer_id = Id("c1", null=True)
    obligation_id = Id("b1", null=True)
    payment_id = Id(null=True)
    item_id = Id(null=True)
    reverses_id = Id(null=True)
    entry_id = Id("e1")
    posting_id = Id()
    line = Whole()


class AccountDetail(Answer):
    """An account over a period: opening balance, postings with the running balance, closing balance."""

    account = AccountRow()
    first = Day("2025-09-01")
    last = Day("2025-09-30")
    known_at = Instant(null=True)
    opening_balance = Money()
    total_debit = Money("265.00")
    total_credit = Money()
    closing_balance = Money("265.00")
    items = Listed(_DetailRow)
    total_items = Whole()
    page = Whole()
    per_page = Whole(50)
    total_pages = Whole()


class _JournalLine(Answer):
    """A line of a manual entry."""

    account = Text("expenses:other")
    account_name = Text("Other expenses")
    own_number = Text("6900")
    debit = Money("150.00")
    credit = Money()


class JournalEntryRow(Answer):
    """A manual entry."""

    id = Id("a5")
    number = Text("JE-2025-001")
    date = Day("2025-09-30")
    currency = Text("USD")
    amount = Money("150.00")
    reason = Text("Accrue the September utilities")
    reverse_on = Day("2025-10-01", null=True)
    status = Choice(["posted", "reversed", "voided"])
    entry_id = Id("e1")
    entry_number = Text("2025-000042", null=True)
    reversal_entry_id = Id(null=True)
    entered_by = Text("Mara")
    approved_by = Text()
    created_at = Instant()


class JournalEntry(JournalEntryRow):
    """A manual entry with its lines."""

    lines = Listed(_JournalLine)


class _Total(Answer):
    """What a currency's lines come to."""

    currency = Text("USD")
    debit = Money("1250.00")
    credit = Money("1250.00")


class _Files(Answer):
    """Where the files are."""

    journal = Text(f"{_PATH}/01900000-0000-7000-8000-0000000000f5/download?file=journal")
    totals = Text(f"{_PATH}/01900000-0000-7000-8000-0000000000f5/download?file=totals")
    numbers = Text(f"{_PATH}/01900000-0000-7000-8000-0000000000f5/download?file=numbers")


class JournalExportRow(Answer):
    """The journal of a period. `left_out` entries had no number yet; they are in the next part."""

    id = Id("f5")
    first = Day("2025-09-01")
    last = Day("2025-09-30")
    part = Whole()
    entries = Whole(12)
    postings = Whole(26)
    totals = Listed(_Total)
    left_out = Whole(0)
    files = _Files()
    sha256 = Text("9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")
    made_by = Text("Mara")
    made_at = Instant()


def account_row(row: dict[str, Any], instead: str) -> dict[str, Any]:
    """An account as clients see it."""
    return {**row, "manual": not instead, "instead": instead}


def statement_row(line: StatementLine, period: str) -> dict[str, Any]:
    """A line of a statement as clients see it."""
    detail = f"/ledger/accounts/{line.account_id}/detail?{period}" if line.account_id else ""
    return {
        "account_id": line.account_id,
        "code": line.code,
        "name": line.name,
        "own_number": line.own_number,
        "kind": line.kind,
        "amount": line.amount,
        "detail_url": detail,
    }


def profit_and_loss_of(currency: str, lines: Sequence[StatementLine], period: str) -> dict[str, Any]:
    """A currency's profit and loss as clients see it."""
    own = [line for line in lines if line.currency == currency]
    income, expenses = total_of(own, INCOME), total_of(own, EXPENSES)
    return {
        "currency": currency,
        "income": _section(own, INCOME, period),
        "total_income": income,
        "expenses": _section(own, EXPENSES, period),
        "total_expenses": expenses,
        "result": income - expenses,
    }


def balance_sheet_of(currency: str, lines: Sequence[StatementLine], period: str) -> dict[str, Any]:
    """A currency's balance sheet as clients see it."""
    own = [line for line in lines if line.currency == currency]
    liabilities, equity = total_of(own, LIABILITIES), total_of(own, EQUITY)
    return {
        "currency": currency,
        "cash": _section(own, CASH, period),
        "total_cash": total_of(own, CASH),
        "other_assets": _section(own, OTHER_ASSETS, period),
        "total_assets": total_of(own, CASH, OTHER_ASSETS),
        "liabilities": _section(own, LIABILITIES, period),
        "total_liabilities": liabilities,
        "equity": _section(own, EQUITY, period),
        "result_of_year": sum((line.amount for line in own if line.code == RESULT_OF_YEAR), ZERO),
        "total_equity": equity,
        "total_liabilities_and_equity": liabilities + equity,
    }


def journal_entry_row(row: ManualEntry, number: str | None) -> dict[str, Any]:
    """A manual entry as clients see it."""
    return {
        "id": row.id,
        "number": row.number,
        "date": row.effective_on,
        "currency": row.currency,
        "amount": row.amount,
        "reason": row.reason,
        "reverse_on": row.reverse_on,
        "status": "voided" if row.is_voided else "reversed" if row.reversal_id else "posted",
        "entry_id": row.entry_id,
        "entry_number": number,
        "reversal_entry_id": row.reversal_id,
        "entered_by": row.entered_by,
        "approved_by": row.approved_by,
        "created_at": row.created_at,
    }


def journal_export_row(row: JournalExport) -> dict[str, Any]:
    """An export of the journal as clients see it."""
    return {
        "id": row.id,
        "first": row.first,
        "last": row.last,
        "part": row.part,
        "entries": row.entries,
        "postings": row.postings,
        "totals": [
            {
                "currency": each["currency"],
                "debit": exact_money(each["debit"]),
                "credit": exact_money(each["credit"]),
            }
            for each in row.totals
        ],
        "left_out": row.left_out,
        "files": {name: f"{_PATH}/{row.id}/download?file={name}" for name in FILES},
        "sha256": row.digests[FILES[0]],
        "made_by": row.made_by,
        "made_at": row.made_at,
    }


def _section(lines: Sequence[StatementLine], section: str, period: str) -> list[dict[str, Any]]:
    return [statement_row(line, period) for line in lines if line.section == section]
