"""The records of a BAI2 file, continuations joined, with the sums and counts that they are checked against.

Rule: docs/domain.md#statement-files. Which code is a credit, a debit or a return is the table of the library bai2; its
reader stops at the first code that it does not know, so records are cut here (ADR 59).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from bai2.constants import TypeCodes

from bank.readers import refusals
from bank.readers.interface import Mark, Way
from bank.readers.refusals import refuse
from bank.readers.values import LARGEST_BALANCE, BadValue, join_texts
from batconnect.core.kernel.money import CENT

_CODE: Final = re.compile(r"(01|02|03|16|49|88|98|99),", re.ASCII)
_WHOLE: Final = re.compile(r"[+-]?[0-9]{1,18}", re.ASCII)
_WAYS: Final[dict[str, Way]] = {"credit": "in", "debit": "out"}
_FUNDS: Final = frozenset(("", "0", "1", "2", "S", "V", "D", "Z"))
_NEXT: Final = re.compile(r"/ +(?=(?:01|02|03|16|49|88|98|99),)", re.ASCII)
_TYPE: Final = re.compile(r"[0-9]{3}", re.ASCII)
_RETURNED: Final = re.compile(r"\breturn(?:ed)?\b", re.IGNORECASE)
_REVERSED: Final = re.compile(r"\breversals?\b", re.IGNORECASE)
_NO_RETURN: Final = re.compile(r"\breturn item fee\b|\breverse repurchase\b|\bexcluding\b", re.IGNORECASE)
_NO_CENTS: Final = frozenset(("CLP", "ISK", "JPY", "KRW", "PYG", "UGX", "VND", "XAF", "XOF", "XPF"))
_MAX_CONTINUATIONS: Final = 500


@dataclass(slots=True)
class Record:
    """A record with its continuations: its code, the text of each physical record, how many there are."""

    code: str
    pieces: list[str]
    line_no: int
    rows: int = 1

    @property
    def fields(self) -> list[str]:
        """The fields of a record without free text, continuations joined."""
        joined = ",".join(piece.removesuffix("/") for piece in self.pieces)
        return [each.strip() for each in joined.split(",")]


@dataclass(frozen=True, slots=True)
class Kind:
    """What a type code means; `direction` is None for what moves no money."""

    direction: Way | None
    mark: Mark
    words: str


@dataclass(frozen=True, slots=True)
class Transaction:
    """What a 16 record says."""

    code: str
    amount: int | None
    value_on: str
    bank_reference: str
    customer_reference: str
    text: str


@dataclass(slots=True)
class Sums:
    """What is summed and counted of a section, for its trailer."""

    total: int = 0
    rows: int = 0
    sections: int = 0
    warnings: list[str] = field(default_factory=list)

    def check(self, record: Record, *, what: str, counts_sections: bool) -> None:
        """Hold the trailer against it. Raises UnreadableStatement for another total; another count is a warning."""
        fields = [*record.fields, "", "", ""]
        stated = whole(fields[1])
        if stated != self.total:
            raise refuse(
                refusals.BAD_CHECKSUM,
                f"Line {record.line_no}: the {what} states a total of {stated:,}, its records sum to {self.total:,}"
                " (in the smallest unit).",
            )
        rows = fields[3 if counts_sections else 2]
        if counts_sections and fields[2] and fields[2] != str(self.sections):
            self.warnings.append(
                f"Line {record.line_no}: the {what} states {fields[2][:20]} sections, it has {self.sections}."
            )
        if rows and rows != str(self.rows):
            self.warnings.append(
                f"Line {record.line_no}: the {what} states {rows[:20]} records, it has {self.rows}."
            )


def read_records(text: str) -> Iterator[Record]:
    """The records in order. Raises UnreadableStatement for a line that is none."""
    current: Record | None = None
    # Records of a fixed length follow one another without a line's end.
    for line_no, raw in enumerate(_NEXT.sub("/\n", text).splitlines(), start=1):
        line = raw.strip().lstrip("\ufeff")
        if not line:
            continue
        match = _CODE.match(line)
        if match is None:
            raise refuse(refusals.BAD_STRUCTURE, f"Line {line_no} of the BAI2 file is not a record of it.")
        if match[1] != "88":
            if current is not None:
                yield current
            current = Record(match[1], [line], line_no)
        elif current is None or current.rows >= _MAX_CONTINUATIONS:
            raise refuse(refusals.BAD_STRUCTURE, f"Line {line_no} continues nothing, or one record too long.")
        else:
            current.pieces.append(line[3:])
            current.rows += 1
    if current is not None:
        yield current


def read_transaction(record: Record) -> Transaction:
    """A 16 record: fields up to the text, which may hold commas and slashes. Raises BadValue."""
    fields: list[str] = []
    texts: list[str] = []
    text_at: int | None = None
    for piece in record.pieces:
        plain = piece.removesuffix("/")
        if text_at is not None and len(fields) > text_at:
            texts.append(plain)
            continue
        fields += [each.strip() for each in plain.split(",")]
        text_at = _text_place(fields)
        if text_at is not None and len(fields) > text_at:
            texts.append(",".join(plain.split(",")[len(plain.split(",")) - (len(fields) - text_at) :]))
    if len(fields) < 3:
        raise BadValue("unreadable_line", f"The record has {len(fields)} fields; there are at least three.")
    if fields[2].startswith("-"):
        raise BadValue(
            "below_zero", f"The amount {fields[2][:30]} is below zero; the type code says the direction."
        )
    text_at = text_at if text_at is not None else len(fields)
    filled = [*fields, *("",) * (text_at + 1)]
    return Transaction(
        code=fields[1],
        amount=whole(fields[2]) if fields[2] else None,
        value_on=filled[4] if fields[3:4] == ["V"] else "",
        bank_reference=filled[text_at - 2] if text_at >= 6 else "",
        customer_reference=filled[text_at - 1] if text_at >= 6 else "",
        text=join_texts(texts),
    )


def read_balances(record: Record) -> tuple[dict[str, int], int]:
    """Of a 03 record the amount of each type code, and the sum of all for the control total. Raises BadValue."""
    amounts: dict[str, int] = {}
    total = place = 0
    fields = record.fields[3:]
    while place < len(fields):
        code, amount, _, funds = [*fields[place : place + 4], "", "", ""][:4]
        if not code:
            place += 1
            continue
        if amount:
            amounts.setdefault(code, whole(amount))
            total += whole(amount)
        # Some banks leave out an empty funds type.
        place += 4 + _availability(funds, fields[place + 4 :]) if funds in _FUNDS else 3
    return amounts, total


def kind_of(code: str) -> Kind:
    """What a type code means: by the table, else by its range. Raises BadValue for a bank's own code."""
    if code in _TABLE:
        return _TABLE[code]
    if not _TYPE.fullmatch(code):
        raise BadValue("unknown_code", f"The type code {code[:20]!r} is not three digits.")
    number = int(code)
    if 100 <= number <= 399:
        return Kind("in", "", "")
    if 400 <= number <= 699:
        return Kind("out", "", "")
    raise BadValue("unknown_code", f"The type code {code} is the bank's own: it does not say a direction.")


def whole(text: str) -> int:
    """A whole number of the smallest unit. Raises BadValue."""
    # What counts as space for one of the two is none for the other.
    stripped = text.strip()
    if not _WHOLE.fullmatch(stripped):
        raise BadValue("not_an_amount", f"{text[:40]!r} is not a whole number of the smallest unit.")
    return int(stripped)


def as_amount(units: int, currency: str) -> Decimal:
    """The amount of this many of the currency's smallest units. Raises BadValue."""
    amount = Decimal(units) if currency in _NO_CENTS else Decimal(units).scaleb(-2)
    if abs(amount) > LARGEST_BALANCE:
        raise BadValue("amount_too_large", f"{amount} is above {LARGEST_BALANCE}.")
    return amount.quantize(CENT)


def _text_place(fields: Sequence[str]) -> int | None:
    """Where the text stands among the fields of a 16 record; None while that is not known."""
    if len(fields) < 4:
        return None
    more = _availability(fields[3].upper(), fields[4:])
    return 6 + more


def _availability(funds: str, rest: Sequence[str]) -> int:
    """How many fields say when the money is available."""
    if funds == "S":
        return 3
    if funds == "V":
        return 2
    if funds == "D":
        count = rest[0] if rest else ""
        return 1 + 2 * int(count) if count.isascii() and count.isdecimal() and len(count) < 3 else 1
    return 0


def _table() -> dict[str, Kind]:
    """The library's table of type codes."""
    table = {}
    for each in TypeCodes.values():
        way = _WAYS.get(getattr(each.transaction, "value", ""))
        words = each.description
        mark: Mark = ""
        if way and not _NO_RETURN.search(words):
            mark = "return" if _RETURNED.search(words) else "reversal" if _REVERSED.search(words) else ""
        table[each.code] = Kind(way, mark, words)
    return table


_TABLE: Final = _table()
