"""A row of a bank's table as a line (docs/domain.md#statement-files)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from bank.readers.interface import ParsedLine, TableForm, Way
from bank.readers.table_cells import table_amount, table_day
from bank.readers.table_rows import Row, fold
from bank.readers.values import (
    ACCOUNT_LENGTH,
    LARGEST_BALANCE,
    NAME_LENGTH,
    REFERENCE_LENGTH,
    TEXT_LENGTH,
    BadValue,
    Findings,
    known_reference,
    mark_of_words,
)
from batconnect.core.kernel.money import LARGEST, ZERO

_TOTALS: Final = re.compile(
    r"(?:grand |sub ?)?totals?(?: (?:credits?|debits?|amount|for|of|in|out)\b.*)?:?|summen?:?|gesamt\w*:?"
    r"|end of (?:file|report).*",
    re.IGNORECASE,
)
_OPENS: Final = re.compile(
    r"(?:opening|beginning|starting|previous) balance\b.*|balance at (?:the )?(?:start|beginning)\b.*"
    r"|balance (?:brought )?forward|anfangssaldo.*",
    re.IGNORECASE,
)
_CLOSES: Final = re.compile(
    r"(?:closing|ending) balance\b.*|balance at (?:the )?end\b.*|balance carried forward|endsaldo.*",
    re.IGNORECASE,
)
_NUMBER: Final = re.compile(r"-?[0-9]+\.[0-9]{1,2}", re.ASCII)
_COLUMNS: Final = (
    *("date", "amount", "debit", "credit", "direction", "value_date", "reference", "payer_name"),
    *("payer_account", "text", "currency", "balance"),
)


@dataclass(frozen=True, slots=True)
class Columns:
    """Where each column of the mapping stands; those that the mapping does not name may be text."""

    places: Mapping[str, int]
    others: tuple[int, ...]
    headings: tuple[str, ...]

    def cell(self, row: Row, name: str) -> str:
        """The row's cell of the column; "" where there is none."""
        place = self.places.get(name)
        return row.cells[place] if place is not None and place < len(row.cells) else ""


@dataclass(frozen=True, slots=True)
class Reading:
    """What all rows of a file are read by. `debits_are_below_zero`: whether the debit column writes money out so;
    `is_workbook`: whether its numbers are Excel's."""

    form: TableForm
    columns: Columns
    currency: str
    zone: ZoneInfo
    debits_are_below_zero: bool = False
    is_workbook: bool = False


def name_columns(form: TableForm, headings: Row) -> Columns:
    """Where the columns of the form stand below these headings. Raises BadValue for a heading that stands twice."""
    folded = [fold(each) for each in headings.cells]
    places = {}
    for name in _COLUMNS:
        wanted = fold(getattr(form, f"{name}_column"))
        if not wanted or wanted not in folded:
            continue
        if folded.count(wanted) > 1:
            raise BadValue("twice", f"The heading {getattr(form, f'{name}_column')!r} stands there twice.")
        places[name] = folded.index(wanted)
    others = tuple(place for place in range(len(folded)) if place not in places.values())
    return Columns(places, others, headings.cells)


def missing_columns(form: TableForm, columns: Columns) -> list[str]:
    """Columns that the form names and the file does not have."""
    return [
        getattr(form, f"{name}_column")
        for name in _COLUMNS
        if getattr(form, f"{name}_column") and name not in columns.places
    ]


def is_total(row: Row) -> bool:
    """Whether a row without a day sums up others."""
    return any(_TOTALS.fullmatch(cell) for cell in row.cells if cell)


def balance_of(row: Row, reading: Reading) -> tuple[str, Decimal] | None:
    """`opening` or `closing` and the balance, where the row states one and moves nothing."""
    if any(_has_money(reading.columns.cell(row, name)) for name in ("amount", "debit", "credit")):
        return None
    words = [cell for cell in row.cells if cell]
    kind = ""
    if any(_OPENS.fullmatch(each) for each in words):
        kind = "opening"
    elif any(_CLOSES.fullmatch(each) for each in words):
        kind = "closing"
    amount = read_balance(row, reading)
    return (kind, amount) if kind and amount is not None else None


def read_balance(row: Row, reading: Reading) -> Decimal | None:
    """The running balance behind a row, None where it has none that can be read."""
    text = reading.columns.cell(row, "balance")
    if not text:
        return None
    try:
        return _amount(text, reading, LARGEST_BALANCE)
    except BadValue:
        return None


def has_nothing(row: Row, reading: Reading) -> bool:
    """Whether a row has neither a day nor money: a footer, if nothing follows it."""
    if any(_has_money(reading.columns.cell(row, name)) for name in ("amount", "debit", "credit")):
        return False
    try:
        read_day(row, reading)
    except BadValue:
        return True
    return False


def read_day(row: Row, reading: Reading) -> date:
    """The row's day. Raises BadValue."""
    text = reading.columns.cell(row, "date")
    if not text:
        raise BadValue("required", "The row has no date.")
    return table_day(text, date_form=reading.form.date_form, zone=reading.zone)


def read_line(row: Row, place: int, reading: Reading, findings: Findings) -> ParsedLine | None:
    """The row as a line, or None with a problem among the findings."""
    columns, form = reading.columns, reading.form
    field = "row"
    try:
        if len(row.cells) > len(columns.headings):
            raise BadValue(
                "wrong_cell_count",
                f"The row has {len(row.cells)} cells, there are {len(columns.headings)} headings.",
            )
        field = "date"
        booked_on = read_day(row, reading)
        field = "currency"
        code = columns.cell(row, "currency").upper()
        if code and code != reading.currency:
            raise BadValue(
                "other_currency", f"The row is in {code[:10]}, the statement in {reading.currency}."
            )
        field = "amount"
        signed = _signed(row, reading)
    except BadValue as error:
        findings.add(place, field, error.code, error.message)
        return None
    text = columns.cell(row, "text") or _other_text(row, columns, form)
    name = columns.cell(row, "payer_name")
    reference = known_reference(columns.cell(row, "reference"))
    return ParsedLine(
        place=place,
        booked_on=booked_on,
        value_on=_value_day(row, reading, findings),
        direction="out" if signed < 0 else "in",
        amount=abs(signed),
        currency=reading.currency,
        mark=mark_of_words(f"{text} {name}"),
        bank_reference=findings.cut(reference, REFERENCE_LENGTH, "the reference", place),
        payer_name=findings.cut(name, NAME_LENGTH, "the payer's name", place),
        payer_account=columns.cell(row, "payer_account")[:ACCOUNT_LENGTH],
        text=findings.cut(text, TEXT_LENGTH, "the text", place),
        balance=read_balance(row, reading),
    )


def _value_day(row: Row, reading: Reading, findings: Findings) -> date | None:
    """The day the money counts from, None with a warning where it cannot be read: nothing is booked by it."""
    text = reading.columns.cell(row, "value_date")
    try:
        return table_day(text, date_form=reading.form.date_form, zone=reading.zone) if text else None
    except BadValue as error:
        findings.warn(f"Row {row.line_no}: the value date was left out. {error.message}")
        return None


def debits_below_zero(rows: Sequence[Row], reading: Reading) -> bool:
    """Whether every amount of the debit column has a minus, as some banks write money out there too."""
    signs = set()
    for row in rows:
        text = reading.columns.cell(row, "debit")
        try:
            amount = _amount(text, reading) if text else ZERO
        except BadValue:
            continue
        if amount:
            signs.add(amount < 0)
    return signs == {True}


def _has_money(text: str) -> bool:
    return any(each.isdecimal() for each in text)


def _amount(text: str, reading: Reading, largest: Decimal = LARGEST) -> Decimal:
    """The amount; a number that Excel keeps has a point, whatever its sheet shows."""
    sign = "." if reading.is_workbook and _NUMBER.fullmatch(text) else reading.form.decimal_sign
    return table_amount(text, decimal_sign=sign, currency=reading.currency, largest=largest)


def _signed(row: Row, reading: Reading) -> Decimal:
    columns = reading.columns
    if "amount" not in columns.places:
        return _of_two_columns(row, reading)
    text = columns.cell(row, "amount")
    if not text:
        raise BadValue("required", "The row has no amount.")
    amount = _amount(text, reading)
    if "direction" not in columns.places:
        return amount
    way = _way(columns.cell(row, "direction"), reading.form)
    if amount < 0 and way == "in":
        raise BadValue("two_readings", f"The amount {text[:40]!r} is below zero, the row says money in.")
    return abs(amount) if way == "in" else -abs(amount)


def _way(text: str, form: TableForm) -> Way:
    plain = text.casefold().strip(" .")
    if plain in {each.casefold() for each in form.words_out}:
        return "out"
    if plain in {each.casefold() for each in form.words_in}:
        return "in"
    raise BadValue("unknown_direction", f"{text[:40]!r} says neither money in nor money out.")


def _of_two_columns(row: Row, reading: Reading) -> Decimal:
    found = {}
    for name in ("debit", "credit"):
        text = reading.columns.cell(row, name)
        found[name] = _amount(text, reading) if _has_money(text) else None
    debit, credit = found["debit"], found["credit"]
    if debit and reading.debits_are_below_zero:
        debit = -debit
    if debit and credit:
        raise BadValue("two_readings", "The row has money in both columns, in and out.")
    if (debit or ZERO) < 0 or (credit or ZERO) < 0:
        raise BadValue(
            "two_readings", "An amount below zero in a column of its own: it may be either direction."
        )
    if debit:
        return -debit
    if credit:
        return credit
    if debit is None and credit is None:
        raise BadValue("required", "The row has no amount.")
    return ZERO


def _other_text(row: Row, columns: Columns, form: TableForm) -> str:
    """What the columns say that the mapping does not name, where it names none for the text."""
    if form.text_column:
        return ""
    return " ".join(
        row.cells[place] for place in columns.others if place < len(row.cells) and row.cells[place]
    )
