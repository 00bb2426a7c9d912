"""What a row of a batch says, cell by cell; each refusal names its field (docs/domain.md#batches)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Final, TypeVar
from uuid import UUID

from batconnect.core.companies.currencies import OFFERED, currency_id
from batconnect.core.files.cells import BadCell, cell_flag
from batconnect.core.files.tables import fold_heading
from batconnect.core.kernel.money import LARGEST, NotMoney, TwoReadings, format_amount
from payments.batches.rules.naming import (
    DRIVER,
    ENTITY,
    LEASE,
    LICENSE,
    MEDALLION,
    NAME,
    NAMING_COLUMNS,
    REFERENCE,
    UNKNOWN,
    Named,
    no_customer,
)
from payments.batches.rules.origins import ORIGIN
from payments.batches.rules.readings import Reading
from payments.errors import OPTION_MISSING, UNKNOWN_CURRENCY, UNKNOWN_METHOD, UNKNOWN_STRATEGY
from payments.rules.methods import UnknownMethod, parse_method
from payments.rules.strategies import NEEDS_INPUTS, STRATEGIES

COLUMNS: Final = (
    ENTITY,
    REFERENCE,
    "payment_method",
    "amount",
    "currency",
    "payment_date",
    "reference_number",
    "notes",
    "auto_allocate",
    "allocation_strategy",
    DRIVER,
    LICENSE,
    LEASE,
    MEDALLION,
    NAME,
)
ALIASES: Final = {
    "customer_id": ENTITY,
    "customer": REFERENCE,
    "customer_ref": REFERENCE,
    "external_reference": REFERENCE,
    "driver_id": DRIVER,
    "driver_number": DRIVER,
    "tlc_license": LICENSE,
    "license_number": LICENSE,
    "lease_id": LEASE,
    "lease_number": LEASE,
    "medallion_no": MEDALLION,
    "medallion_number": MEDALLION,
    "customer_name": NAME,
    "method": "payment_method",
    "currency_id": "currency",
    "currency_code": "currency",
    "date": "payment_date",
    "reference": "reference_number",
    "reference_no": "reference_number",
    "note": "notes",
    "strategy": "allocation_strategy",
}
REQUIRED: Final = ("payment_method", "amount", "currency", "payment_date")
# What errors.csv adds to a file's own columns; a file that comes back with them is read without them.
ERROR_COLUMNS: Final = ("error_field", "error", "hint")
REFERENCE_LENGTH: Final = 60
NOTES_LENGTH: Final = 500
_SEPARATORS: Final = re.compile(r"[\s\-_]+")
_UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")
_CODES: Final = {str(currency_id(code)): code for code in OFFERED} | {
    code.casefold(): code for code in OFFERED
}
_USUAL: Final = Reading()
_T = TypeVar("_T")


class BadRow(ValueError):
    """A row that cannot become a payment: which field, why, in words."""

    def __init__(self, field: str, code: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class RowValues:
    """A row read: what its columns `named` says whose it is, or a bank line's payer does."""

    amount: Decimal
    currency: str
    method: str
    payment_date: date
    named: Named = ()
    reference_number: str = ""
    notes: str = ""
    strategy: str = ""


@dataclass(frozen=True, slots=True)
class RowRead:
    """A row as far as it can be read: its values, or everything that is wrong with it in the order of reading.

    Of a row with faults the customer, the day and the reference are kept where they can be read, so that they are
    held against the company anyway.
    """

    values: RowValues | None
    faults: tuple[BadRow, ...] = ()
    named: Named = ()
    payment_date: date | None = None
    reference_number: str = ""
    origin: str = ""


class _Cells:
    """Reads cell after cell and keeps what is wrong instead of stopping at it."""

    def __init__(self, cells: Mapping[str, str]) -> None:
        self._unstorable = {name for name in cells if _UNSTORABLE.search(cells[name])}
        self._cells = cells
        self.faults = [
            BadRow(name, "unstorable_text", "NUL characters and lone surrogates cannot be stored.")
            for name in cells
            if name in self._unstorable
        ]

    def text(self, name: str) -> str:
        """The cell; "" where there is none or what it holds is refused already."""
        return "" if name in self._unstorable else self._cells.get(name, "")

    def read(self, name: str, reader: Callable[[str], _T], *, required: bool = False) -> _T | None:
        """What the reader makes of the cell; None when it is empty and required, or wrong."""
        text = self.text(name)
        if name in self._unstorable:
            return None
        if required and not text:
            self.add(BadRow(name, "required", f"{name} is empty."))
            return None
        try:
            return reader(text)
        except BadRow as fault:
            self.add(fault)
            return None

    def add(self, fault: BadRow) -> None:
        """One thing more that is wrong."""
        self.faults.append(fault)


def heading(text: str) -> str:
    """A heading in our spelling, or what our spelling is for the other names that we know."""
    plain = fold_heading(text)
    return ALIASES.get(plain, plain)


def read_amount(cells: Mapping[str, str], reading: Reading = _USUAL) -> Decimal:
    """The row's amount, of any sign: `1234.56` or `1,234.56`, perhaps with its currency's sign. Raises BadRow."""
    text = cells.get("amount", "")
    try:
        amount = reading.amount(text, currency=_CODES.get(cells.get("currency", "").casefold(), ""))
    except TwoReadings as error:
        raise BadRow("amount", "not_money", f"{error}") from error
    except NotMoney as error:
        raise BadRow("amount", "not_money", f"{text[:40]!r}: {error}") from error
    if abs(amount) > LARGEST:
        raise BadRow(
            "amount",
            "not_money",
            f"{format_amount(amount)} is above the largest amount, {format_amount(LARGEST)}.",
        )
    return amount


def read_currency(text: str) -> str:
    """The code of a currency, from its code in any case or its id. Raises BadRow."""
    code = _CODES.get(text.casefold())
    if code is None:
        message = f"{text[:40]!r} is not offered; choose one of {', '.join(sorted(OFFERED))}."
        raise BadRow("currency", UNKNOWN_CURRENCY, message)
    return code


def read_values(cells: Mapping[str, str], reading: Reading = _USUAL) -> RowRead:
    """The values of a row's cells, or everything that is wrong with them."""
    row = _Cells(cells)
    named = _named(row, cells)
    method = row.read("payment_method", _method, required=True)
    amount = row.read("amount", lambda _: _positive(read_amount(cells, reading)), required=True)
    currency = row.read("currency", read_currency, required=True)
    day = row.read("payment_date", lambda text: _date(text, reading), required=True)
    number = row.read("reference_number", _reference)
    notes = row.read("notes", lambda text: _text("notes", text, NOTES_LENGTH))
    strategy = _strategy(row)
    values = None
    if not row.faults:
        assert method is not None
        assert amount is not None
        assert currency is not None
        assert day is not None
        values = RowValues(
            named=named,
            method=method,
            amount=amount,
            currency=currency,
            payment_date=day,
            reference_number=number or "",
            notes=notes or "",
            strategy=strategy,
        )
    return RowRead(
        values, tuple(row.faults), named, day, reference_number=number or "", origin=row.text(ORIGIN)
    )


def _named(row: _Cells, cells: Mapping[str, str]) -> Named:
    """What names the customer: those of the columns that hold something and can be looked for."""
    if not any(cells.get(each) for each in NAMING_COLUMNS):
        row.add(
            BadRow(
                ENTITY,
                "required",
                "The row does not name a customer: fill in entity_id or customer_reference.",
            )
        )
    named = []
    for column in NAMING_COLUMNS:
        text = row.text(column)
        if text and column == ENTITY:
            text = str(row.read(ENTITY, _uuid) or "")
        if text:
            named.append((column, text))
    return tuple(named)


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise BadRow(ENTITY, UNKNOWN, no_customer(text)) from error


def _method(text: str) -> str:
    try:
        return _known_method(text)
    except UnknownMethod as error:
        raise BadRow("payment_method", UNKNOWN_METHOD, str(error)) from error


@lru_cache(maxsize=100)
def _known_method(text: str) -> str:
    return parse_method(text)


def _positive(amount: Decimal) -> Decimal:
    if amount <= 0:
        message = f"{format_amount(amount)} is not accepted; the amount must be above zero."
        raise BadRow("amount", "not_positive", message)
    return amount


def _date(text: str, reading: Reading = _USUAL) -> date:
    try:
        return reading.day(text)
    except BadCell as error:
        raise BadRow("payment_date", "not_a_date", f"{text[:40]!r}: {error}") from error


def _text(name: str, text: str, limit: int) -> str:
    if len(text) > limit:
        raise BadRow(name, "too_long", f"{len(text):,} characters; at most {limit} are accepted.")
    return text


def _reference(text: str) -> str:
    """Without the apostrophe by which spreadsheets are kept from reading it as a number."""
    return _text("reference_number", text.removeprefix("'").strip(), REFERENCE_LENGTH)


def _strategy(row: _Cells) -> str:
    """The strategy to allocate by; "" for none. A strategy without `auto_allocate` asks for it."""
    named = row.text("allocation_strategy")
    is_wanted = row.read("auto_allocate", _flag) if row.text("auto_allocate") else bool(named)
    if is_wanted is False and not named:
        return ""
    # Where the flag cannot be read, the strategy is looked at as if it were wanted.
    strategy = row.read(
        "allocation_strategy", lambda text: _known_strategy(text, is_wanted=is_wanted is not False)
    )
    return strategy or ""


def _flag(text: str) -> bool:
    try:
        return cell_flag(text)
    except BadCell as error:
        raise BadRow("auto_allocate", "not_a_flag", f"{text[:40]!r}: {error}") from error


def _known_strategy(named: str, *, is_wanted: bool) -> str:
    strategy = _SEPARATORS.sub("_", named.casefold()) or "fifo"
    if strategy not in STRATEGIES:
        message = f"{named[:40]!r} is not a strategy; choose one of {', '.join(STRATEGIES)}."
        raise BadRow("allocation_strategy", UNKNOWN_STRATEGY, message)
    if not is_wanted:
        return ""
    if strategy in NEEDS_INPUTS:
        needs = "percentages" if strategy == "percentage_based" else "an order or rules"
        raise BadRow(
            "allocation_strategy", OPTION_MISSING, f"{strategy} needs {needs}, which a row cannot give."
        )
    return strategy
