"""A NACHA file of credits: what the bank is handed to pay by ACH. Pure.

Rule: docs/domain.md#ach-files. Records have 94 characters, and the file is filled up to blocks of ten records. One file
holds one batch (PPD or CCD); a balanced one ends with the debit of the account that pays.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from batconnect.core.kernel.money import ZERO

RECORD: Final = 94
BLOCK: Final = 10
LARGEST_ENTRY: Final = Decimal("99999999.99")
MAX_ENTRIES: Final = 10_000
ACCOUNT_DIGITS: Final = 17
MODIFIERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
LINE_END: Final = "\r\n"
_HASH: Final = 10**10
_CREDITS_ONLY: Final = "220"
_MIXED: Final = "200"
CREDIT_CODES: Final = {"checking": "22", "savings": "32"}
_DEBIT_CODES: Final = {"checking": "27", "savings": "37"}
# Spelled by hand where taking the accent off does not leave a letter.
_LETTERS: Final = str.maketrans(
    {"ß": "ss", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "æ": "ae", "Æ": "AE", "’": "'"}
)


@dataclass(frozen=True, slots=True)
class Account:
    """An account at a bank: `kind` is checking or savings."""

    routing: str
    number: str
    kind: str


@dataclass(frozen=True, slots=True)
class Originator:
    """Who hands the file in, as the bank set it up: `destination` is the bank's routing number, `origin` the ten
    characters it knows the sender by, `odfi` the first eight digits of the bank that originates. `offset` is the
    account that is debited in the file; None for a file of credits alone, which the bank debits by itself."""

    destination: str
    destination_name: str
    origin: str
    origin_name: str
    company_name: str
    company_id: str
    odfi: str
    sec_code: str
    description: str
    offset: Account | None = None


@dataclass(frozen=True, slots=True)
class Credit:
    """A payee and what is paid; `amount` in dollars, `own_id` what the payee is told, `sequence` the last seven digits
    of the trace number."""

    account: Account
    amount: Decimal
    own_id: str
    name: str
    sequence: int


@dataclass(frozen=True, slots=True)
class FileTotals:
    """What the file's control records say: entries (a balancing debit among them), their hash, and both sums."""

    entries: int
    entry_hash: int
    debit: Decimal
    credit: Decimal


def trace_number(odfi: str, sequence: int) -> str:
    """The fifteen digits by which a return names an entry."""
    return f"{odfi}{sequence:07d}"


def totals_of(originator: Originator, credits: Sequence[Credit]) -> FileTotals:
    """The totals of the file that `nacha_file` writes of the same."""
    credit = sum((each.amount for each in credits), ZERO)
    summed = sum(int(each.account.routing[:8]) for each in credits)
    if originator.offset is None:
        return FileTotals(len(credits), summed % _HASH, ZERO, credit)
    debits = len(offsets_of(credit))
    summed += debits * int(originator.offset.routing[:8])
    return FileTotals(len(credits) + debits, summed % _HASH, credit, credit)


def offsets_of(total: Decimal) -> list[Decimal]:
    """The debits that balance a file of this total: one, or as many as the largest entry asks for."""
    full, rest = divmod(total, LARGEST_ENTRY)
    return [LARGEST_ENTRY] * int(full) + ([rest] if rest else [])


def nacha_file(
    *,
    originator: Originator,
    credits: Sequence[Credit],
    effective_on: date,
    made_at: datetime,
    modifier: str,
    offset_sequence: int = 0,
) -> str:
    """The file's text. `made_at` is the sender's local time, `modifier` tells files of one day apart (A to Z, 0 to 9),
    `offset_sequence` is the trace of the first balancing debit. Raises AssertionError for what the caller has to refuse
    before: no credit, too many, an amount that does not fit."""
    assert 1 <= len(credits) <= MAX_ENTRIES, "the caller refuses empty and too long files"
    assert modifier in MODIFIERS
    assert len(modifier) == 1
    totals = totals_of(originator, credits)
    service = _MIXED if originator.offset else _CREDITS_ONLY
    records = [
        _file_header(originator, made_at, modifier),
        _batch_header(originator, service, effective_on, made_at.date()),
        *(_entry(originator, each) for each in credits),
        *_offset(originator, totals, offset_sequence),
        _batch_control(originator, service, totals),
    ]
    blocks = -(-(len(records) + 1) // BLOCK)
    records.append(_file_control(totals, blocks))
    records += ["9" * RECORD] * (blocks * BLOCK - len(records))
    assert all(len(record) == RECORD for record in records)
    return LINE_END.join(records) + LINE_END


def plain(text: str) -> str:
    """The text in the characters that every bank reads: capitals, digits and few signs, accents taken off."""
    spelled = unicodedata.normalize("NFKD", text.translate(_LETTERS))
    kept = (
        " " if letter.isspace() else letter
        for letter in spelled
        if letter.isascii() and (letter.isprintable() or letter.isspace())
    )
    return " ".join("".join(kept).upper().split())


def _file_header(originator: Originator, made_at: datetime, modifier: str) -> str:
    return (
        f"101 {_digits(originator.destination, 9)}{_right(originator.origin, 10)}{made_at:%y%m%d}{made_at:%H%M}"
        f"{modifier}{RECORD:03d}{BLOCK}1{_left(originator.destination_name, 23)}{_left(originator.origin_name, 23)}"
        f"{' ' * 8}"
    )


def _batch_header(originator: Originator, service: str, effective_on: date, made_on: date) -> str:
    return (
        f"5{service}{_left(originator.company_name, 16)}{' ' * 20}{_left(originator.company_id, 10)}"
        f"{_left(originator.sec_code, 3)}{_left(originator.description, 10)}{made_on:%y%m%d}{effective_on:%y%m%d}"
        f"   1{_digits(originator.odfi, 8)}{1:07d}"
    )


def _entry(originator: Originator, credit: Credit) -> str:
    code = CREDIT_CODES[credit.account.kind]
    return _detail(
        originator, code, credit.account, credit.amount, credit.own_id, credit.name, credit.sequence
    )


def _offset(originator: Originator, totals: FileTotals, sequence: int) -> Iterator[str]:
    if originator.offset is not None:
        code = _DEBIT_CODES[originator.offset.kind]
        for place, amount in enumerate(offsets_of(totals.credit)):
            yield _detail(
                originator,
                code,
                originator.offset,
                amount,
                "OFFSET",
                originator.company_name,
                sequence + place,
            )


def _detail(
    originator: Originator,
    code: str,
    account: Account,
    amount: Decimal,
    own_id: str,
    name: str,
    sequence: int,
) -> str:
    return (
        f"6{code}{_digits(account.routing, 9)}{_left(account.number, ACCOUNT_DIGITS)}{_cents(amount, 10)}"
        f"{_left(own_id, 15)}{_left(name, 22)}  0{trace_number(originator.odfi, sequence)}"
    )


def _batch_control(originator: Originator, service: str, totals: FileTotals) -> str:
    return (
        f"8{service}{totals.entries:06d}{totals.entry_hash:010d}{_cents(totals.debit, 12)}{_cents(totals.credit, 12)}"
        f"{_left(originator.company_id, 10)}{' ' * 25}{_digits(originator.odfi, 8)}{1:07d}"
    )


def _file_control(totals: FileTotals, blocks: int) -> str:
    return (
        f"9{1:06d}{blocks:06d}{totals.entries:08d}{totals.entry_hash:010d}"
        f"{_cents(totals.debit, 12)}{_cents(totals.credit, 12)}{' ' * 39}"
    )


def _left(text: str, width: int) -> str:
    return plain(text)[:width].ljust(width)


def _right(text: str, width: int) -> str:
    return plain(text)[:width].rjust(width)


def _digits(text: str, width: int) -> str:
    assert text.isascii() and text.isdecimal() and len(text) == width, "the caller has checked the number"  # noqa: PT018 - one sentence
    return text


def _cents(amount: Decimal, width: int) -> str:
    cents = int(amount * 100)
    assert 0 <= cents < 10**width
    assert cents == amount * 100
    return f"{cents:0{width}d}"
