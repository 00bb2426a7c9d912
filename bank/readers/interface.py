"""What a reader makes of a file: statements with lines, whatever the format.

Rule: docs/domain.md#statement-files. Amounts are Decimals with two places and never below zero; `direction` ("in" or
"out") is what happened, by the bank's word. Nothing is guessed: what cannot be read is a problem with its place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Final, Literal

MAX_LINES: Final = 10_000
Way = Literal["in", "out"]
Status = Literal["booked", "pending", "information"]
Mark = Literal["", "reversal", "return", "charge"]


class UnreadableStatement(ValueError):
    """The file as a whole cannot be taken. `code` is stable API; the message says what it is or what is wrong."""

    def __init__(self, code: str, message: str, *, field: str = "file") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.field = field


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one row or entry of the file, and is not booked: its place in the file, and why."""

    place: int
    field: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class ParsedPart:
    """A detail of a line."""

    amount: Decimal
    direction: Way
    currency: str
    reference: str = ""
    end_to_end_id: str = ""
    payer_name: str = ""
    payer_account: str = ""
    text: str = ""
    named: tuple[str, ...] = ()
    mark: Mark = ""
    return_code: str = ""
    foreign: str = ""


@dataclass(frozen=True, slots=True)
class ParsedLine:
    """A line as the bank booked it. `parts` are its details where they add up to it; else `note` says what does not,
    and the line is one. `place` counts from 1 in the file; `balance` is what a table shows behind it."""

    place: int
    booked_on: date
    direction: Way
    amount: Decimal
    currency: str
    status: Status = "booked"
    value_on: date | None = None
    mark: Mark = ""
    return_code: str = ""
    bank_reference: str = ""
    end_to_end_id: str = ""
    transaction_code: str = ""
    payer_name: str = ""
    payer_account: str = ""
    text: str = ""
    named: tuple[str, ...] = ()
    foreign: str = ""
    note: str = ""
    balance: Decimal | None = None
    parts: tuple[ParsedPart, ...] = ()

    @property
    def signed(self) -> Decimal:
        """The amount as the balance feels it: money out is below zero."""
        return self.amount if self.direction == "in" else -self.amount


@dataclass(frozen=True, slots=True)
class ParsedStatement:
    """A statement of one account. `account` is its number or IBAN as the file says, "" where it says none.

    Balances are booked ones, below zero when overdrawn, None where the file gives none. `first_page`, `page` (the last
    that is here) and `is_last_page` belong to a statement in pages, which are joined before anything else; one that is
    whole has no page. `totals_in` and `totals_out` are what the file says
    its lines sum to, where it does.
    """

    format: str
    account: str
    currency: str
    lines: tuple[ParsedLine, ...]
    sequence_no: str = ""
    message_id: str = ""
    period_from: date | None = None
    period_to: date | None = None
    opening: Decimal | None = None
    closing: Decimal | None = None
    opening_on: date | None = None
    closing_on: date | None = None
    page: int | None = None
    is_last_page: bool = True
    first_page: int | None = None
    totals_in: Decimal | None = None
    totals_out: Decimal | None = None
    problems: tuple[Problem, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TableForm:
    """How a CSV or XLSX statement is to be read; the members are those of `StatementMapping`."""

    date_column: str
    amount_column: str = ""
    debit_column: str = ""
    credit_column: str = ""
    direction_column: str = ""
    value_date_column: str = ""
    reference_column: str = ""
    payer_name_column: str = ""
    payer_account_column: str = ""
    text_column: str = ""
    currency_column: str = ""
    balance_column: str = ""
    decimal_sign: str = "."
    date_form: str = "mdy"
    encoding: str = ""
    separator: str = ""
    skipped_lines: int | None = None
    words_out: Sequence[str] = field(default=("d", "dr", "debit", "debet", "out", "s", "soll", "-"))
    words_in: Sequence[str] = field(default=("c", "cr", "credit", "in", "h", "haben", "+"))
