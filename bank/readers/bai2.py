"""BAI2 files: a statement for each account of each group, held against the file's own sums.

Rule: docs/domain.md#statement-files. Booked are the balances 010 and 015 and the 16 records; the day is the group's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import IO, Final

from bank.readers import refusals
from bank.readers.bai2_records import (
    Record,
    Sums,
    as_amount,
    kind_of,
    read_balances,
    read_records,
    read_transaction,
    whole,
)
from bank.readers.interface import MAX_LINES, ParsedLine, ParsedStatement
from bank.readers.refusals import refuse, too_many_lines
from bank.readers.values import (
    ACCOUNT_LENGTH,
    REFERENCE_LENGTH,
    TEXT_LENGTH,
    BadValue,
    Findings,
    decode,
    known_reference,
    mark_of_words,
    read_all,
    short_year_day,
)
from batconnect.core.kernel.money import LARGEST, ZERO, format_amount

_OPENING: Final = "010"
_CLOSING: Final = "015"
_INTERIM: Final = frozenset("13")
_FINAL_STATUSES: Final = frozenset(("", "1", "3"))
_STATUS_WORDS: Final = {"2": "a deletion", "4": "a test"}


@dataclass(slots=True)
class _Group:
    """A group being read: its day and currency, and what its trailer is held against."""

    on: date
    currency: str
    is_correction: bool
    sums: Sums = field(default_factory=Sums)


@dataclass(slots=True)
class _Account:
    """An account being read."""

    number: str
    currency: str
    amounts: dict[str, int]
    lines: list[ParsedLine] = field(default_factory=list)
    findings: Findings = field(default_factory=Findings)
    sums: Sums = field(default_factory=Sums)


class _Reader:
    """Where in the file the reading is: file, group, account."""

    def __init__(self, currency: str) -> None:
        self._currency = currency
        self._file = Sums()
        self._file_id = ""
        self._group: _Group | None = None
        self._account: _Account | None = None
        self._place = 0
        self._warnings: list[str] = []
        self._is_closed = False
        self.statements: list[ParsedStatement] = []

    def take(self, record: Record) -> None:
        """One record. Raises UnreadableStatement."""
        if self._is_closed:
            raise _misplaced(record)
        steps = {
            "01": self._begin_file,
            "02": self._begin_group,
            "03": self._begin_account,
            "16": self._add_line,
            "49": self._end_account,
            "98": self._end_group,
            "99": self._end_file,
        }
        try:
            steps[record.code](record)
        except BadValue as error:
            raise refuse(refusals.BAD_STRUCTURE, f"Line {record.line_no}: {error.message}") from error

    def finish(self) -> list[ParsedStatement]:
        """The statements, once the file is over. Raises UnreadableStatement for one that breaks off."""
        if not self._is_closed:
            raise refuse(refusals.BAD_STRUCTURE, "The BAI2 file breaks off: its 99 record is missing.")
        if not self.statements:
            raise refuse(refusals.BAD_STRUCTURE, "The BAI2 file holds no account.")
        return self.statements

    def _begin_file(self, record: Record) -> None:
        if self._file.rows:
            raise _misplaced(record)
        fields = [*record.fields, *("",) * 9]
        if fields[8] not in ("", "2"):
            raise refuse(refusals.WRONG_FILE, f"This is BAI version {fields[8][:10]}, not BAI2.")
        self._file_id = fields[5]
        self._file.rows += record.rows

    def _begin_group(self, record: Record) -> None:
        if not self._file.rows or self._group is not None:
            raise _misplaced(record)
        fields = [*record.fields, *("",) * 8]
        if fields[3] not in _FINAL_STATUSES:
            words = _STATUS_WORDS.get(fields[3], f"of status {fields[3][:10]}")
            raise refuse(
                refusals.WRONG_FILE, f"Line {record.line_no}: the group is {words}, not a statement."
            )
        if fields[7] in _INTERIM:
            raise refuse(
                refusals.NOT_FINAL,
                f"Line {record.line_no}: the group is an interim report that is not final: import the"
                " previous-day file.",
            )
        self._group = _Group(short_year_day(fields[4]), fields[6].upper(), fields[3] == "3")
        self._group.sums.rows = record.rows

    def _begin_account(self, record: Record) -> None:
        if self._group is None or self._account is not None:
            raise _misplaced(record)
        fields = [*record.pieces[0].removesuffix("/").split(","), "", ""]
        amounts, total = read_balances(record)
        currency = fields[2].strip().upper() or self._group.currency or self._currency
        self._account = _Account(fields[1].strip(), currency, amounts)
        self._account.sums.total = total
        self._account.sums.rows = record.rows

    def _add_line(self, record: Record) -> None:
        account, group = self._account, self._group
        if account is None or group is None:
            raise _misplaced(record)
        self._place += 1
        if self._place > MAX_LINES:
            raise too_many_lines()
        account.sums.rows += record.rows
        account.sums.total += _stated(record)
        try:
            line = _line(record, self._place, group, account)
        except BadValue as error:
            account.findings.add(self._place, "line", error.code, error.message)
            return
        account.lines.append(line)

    def _end_account(self, record: Record) -> None:
        account, group = self._account, self._group
        if account is None or group is None:
            raise _misplaced(record)
        account.sums.rows += record.rows
        account.sums.check(record, what="account's trailer (49)", counts_sections=False)
        for warning in account.sums.warnings:
            account.findings.warn(warning)
        self.statements.append(_statement(account, group, self._file_id))
        group.sums.total += account.sums.total
        group.sums.rows += account.sums.rows
        group.sums.sections += 1
        self._account = None

    def _end_group(self, record: Record) -> None:
        group = self._group
        if group is None or self._account is not None:
            raise _misplaced(record)
        group.sums.rows += record.rows
        group.sums.check(record, what="group's trailer (98)", counts_sections=True)
        self._warnings += group.sums.warnings
        self._file.total += group.sums.total
        self._file.rows += group.sums.rows
        self._file.sections += 1
        self._group = None

    def _end_file(self, record: Record) -> None:
        if self._group is not None or not self._file.rows:
            raise _misplaced(record)
        self._file.rows += record.rows
        self._file.check(record, what="file's trailer (99)", counts_sections=True)
        self._warnings += self._file.warnings
        self._is_closed = True

    @property
    def warnings(self) -> Sequence[str]:
        """What differs between the counts of groups and file, and the records there are."""
        return self._warnings


def read_bai2(file: IO[bytes], *, currency: str) -> list[ParsedStatement]:
    """The statements of a BAI2 file. Raises UnreadableStatement, also where a sum of the file differs.

    A wrong count of records is a warning: banks count them differently.
    """
    text, _ = decode(read_all(file), any_bytes=True)
    reader = _Reader(currency)
    for record in read_records(text):
        reader.take(record)
    statements = reader.finish()
    if reader.warnings:
        first = statements[0]
        statements[0] = _with_warnings(first, reader.warnings)
    return statements


def _with_warnings(statement: ParsedStatement, warnings: Sequence[str]) -> ParsedStatement:
    return replace(statement, warnings=(*statement.warnings, *warnings))


def _misplaced(record: Record) -> Exception:
    return refuse(
        refusals.BAD_STRUCTURE, f"Line {record.line_no}: a {record.code} record does not belong here."
    )


def _stated(record: Record) -> int:
    """The amount of a line for the control total, also of one that cannot be booked."""
    fields = record.pieces[0].removesuffix("/").split(",")
    return whole(fields[2]) if len(fields) > 2 and fields[2].strip() else 0


def _line(record: Record, place: int, group: _Group, account: _Account) -> ParsedLine:
    said = read_transaction(record)
    kind = kind_of(said.code)
    amount = as_amount(said.amount or 0, account.currency)
    if amount > LARGEST:
        raise BadValue("amount_too_large", f"{format_amount(amount)} is above {format_amount(LARGEST)}.")
    if kind.direction is None and amount:
        raise BadValue("unknown_code", f"The type code {said.code} moves no money, the record has {amount}.")
    text = account.findings.cut(said.text, TEXT_LENGTH, "the text", place)
    reference = account.findings.cut(
        known_reference(said.bank_reference), REFERENCE_LENGTH, "the reference", place
    )
    customer = known_reference(said.customer_reference)[:REFERENCE_LENGTH]
    return ParsedLine(
        place=place,
        booked_on=group.on,
        value_on=_value_day(said.value_on),
        direction=kind.direction or "in",
        amount=amount,
        currency=account.currency,
        status="booked" if kind.direction and amount != ZERO else "information",
        mark=kind.mark or mark_of_words(text),
        return_code=said.code if kind.mark else "",
        bank_reference=reference,
        end_to_end_id=customer,
        transaction_code=f"{said.code} {kind.words}".strip()[:REFERENCE_LENGTH],
        text=text,
        named=(customer,) if customer else (),
    )


def _value_day(text: str) -> date | None:
    try:
        return short_year_day(text) if text else None
    except BadValue:
        return None


def _statement(account: _Account, group: _Group, file_id: str) -> ParsedStatement:
    opening, closing = account.amounts.get(_OPENING), account.amounts.get(_CLOSING)
    if group.is_correction:
        account.findings.warn("The bank marks this file as a correction.")
    return ParsedStatement(
        format="bai2",
        account=account.number[:ACCOUNT_LENGTH],
        currency=account.currency,
        lines=tuple(account.lines),
        message_id=file_id[:REFERENCE_LENGTH],
        period_from=group.on,
        period_to=group.on,
        opening=_balance(opening, account.currency),
        opening_on=group.on if opening is not None else None,
        closing=_balance(closing, account.currency),
        closing_on=group.on if closing is not None else None,
        problems=tuple(account.findings.problems),
        warnings=account.findings.warnings,
    )


def _balance(units: int | None, currency: str) -> Decimal | None:
    return None if units is None else as_amount(units, currency)
