"""A bank's file of returns and notifications of change, read record by record. Pure.

Rule: docs/domain.md#payout-returns. Such a file is a NACHA file whose entries have an addenda of type 99 (the entry
came back, codes R01 to R85) or 98 (it arrived, and its account is to be corrected, codes C01 to C14).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from batconnect.core.kernel.money import from_cents
from ledger.paying.rules.nacha import RECORD

MAX_RECORDS: Final = 60_000
_ENTRY: Final = "6"
_ADDENDA: Final = "7"
_RETURN: Final = "99"
_CHANGE: Final = "98"
_BY_CODE: Final = {"22": "checking", "27": "checking", "23": "checking", "28": "checking"} | {
    "32": "savings",
    "37": "savings",
    "33": "savings",
    "38": "savings",
}
RETURN_CODES: Final = {
    "R01": "insufficient funds",
    "R02": "account closed",
    "R03": "no account, or it cannot be located",
    "R04": "invalid account number",
    "R05": "unauthorized debit to a consumer's account",
    "R06": "returned at the originating bank's request",
    "R07": "authorization revoked",
    "R08": "payment stopped",
    "R09": "uncollected funds",
    "R10": "not authorized",
    "R11": "not in accordance with the authorization",
    "R12": "account sold to another bank",
    "R13": "routing number is not valid",
    "R14": "representative payee deceased",
    "R15": "account holder or beneficiary deceased",
    "R16": "account frozen",
    "R17": "file record edit criteria",
    "R20": "not a transaction account",
    "R21": "invalid company identification",
    "R22": "invalid individual number",
    "R23": "credit refused by the receiver",
    "R24": "duplicate entry",
    "R29": "corporate customer says it is not authorized",
    "R31": "permissible return entry",
    "R33": "return of an XCK entry",
    "R61": "misrouted return",
    "R85": "incorrectly coded outbound international payment",
}
CHANGE_CODES: Final = {
    "C01": "account number",
    "C02": "routing number",
    "C03": "routing number and account number",
    "C04": "name",
    "C05": "type of account",
    "C06": "account number and type of account",
    "C07": "routing number, account number and type of account",
    "C08": "routing number of an international payment",
    "C09": "individual identification number",
    "C13": "addenda format",
    "C14": "code of an international payment",
}


@dataclass(frozen=True, slots=True)
class Corrected:
    """What a notification of change says is right; what it does not name is empty."""

    routing: str = ""
    account: str = ""
    kind: str = ""
    name: str = ""

    @property
    def says_nothing(self) -> bool:
        """Whether it corrects nothing that an account of a payee has."""
        return not (self.routing or self.account or self.kind or self.name)


@dataclass(frozen=True, slots=True)
class ReturnedEntry:
    """An entry of the file: `code` R… or C…, the trace number of the entry that we sent, its amount in dollars, and
    for a notification what is right. `line` is the addenda's line in the file, from 1."""

    line: int
    code: str
    trace: str
    amount: Decimal
    corrected: Corrected
    note: str = ""

    @property
    def is_change(self) -> bool:
        """Whether the money arrived: a notification of change."""
        return self.code.startswith("C")


class UnreadableReturns(ValueError):
    """The text is not a file of returns; the message says at which line, and why."""


def is_return_code(code: str) -> bool:
    """R01 to R85: codes come and go, so that any of them is a return."""
    return len(code) == 3 and code[0] == "R" and code[1:].isdecimal() and 1 <= int(code[1:]) <= 85


def is_change_code(code: str) -> bool:
    """C01 to C14."""
    return len(code) == 3 and code[0] == "C" and code[1:].isdecimal() and 1 <= int(code[1:]) <= 14


def read_returns(text: str) -> list[ReturnedEntry]:
    """The returns and notifications of a file. Raises UnreadableReturns for a text that is no such file: another first
    record, a record of another length, an addenda without its entry, control totals that differ."""
    records = [line for line in text.lstrip("\ufeff").splitlines() if line.strip()]
    if not records or not records[0].startswith("101"):
        raise UnreadableReturns("Line 1: a NACHA file begins with a record that starts with 101.")
    if len(records) > MAX_RECORDS:
        raise UnreadableReturns(f"The file has {len(records):,} records; at most {MAX_RECORDS:,} are read.")
    for place, record in enumerate(records, start=1):
        if len(record) > RECORD:
            raise UnreadableReturns(
                f"Line {place}: a record has {RECORD} characters, this one {len(record)}."
            )
    padded = [record.ljust(RECORD) for record in records]
    _require_totals(padded)
    return list(_entries(padded))


def _entries(records: Sequence[str]) -> Iterator[ReturnedEntry]:
    entry = ""
    for place, record in enumerate(records, start=1):
        if record[0] == _ENTRY:
            entry = record
        if record[0] != _ADDENDA or record[1:3] not in (_RETURN, _CHANGE):
            continue
        if not entry:
            raise UnreadableReturns(f"Line {place}: an addenda without the entry before it.")
        code, trace = record[3:6], record[6:21]
        if not trace.isdecimal():
            raise UnreadableReturns(f"Line {place}: the original trace number has to be 15 digits.")
        is_change = record[1:3] == _CHANGE
        if not (is_change_code(code) if is_change else is_return_code(code)):
            raise UnreadableReturns(
                f"Line {place}: {code.strip() or 'nothing'} is not a reason code of a return."
            )
        corrected = corrected_by(code, record[35:64]) if is_change else Corrected()
        note = "" if is_change else record[35:79].strip()
        yield ReturnedEntry(place, code, trace, _amount(entry, place), corrected, note)


def corrected_by(code: str, data: str) -> Corrected:
    """What the 29 characters of a notification's corrected data say, by its code."""
    data = data.ljust(29)
    if code == "C01":
        return Corrected(account=data[:17].strip())
    if code == "C02":
        return Corrected(routing=data[:9].strip())
    if code == "C03":
        return Corrected(routing=data[:9].strip(), account=data[12:29].strip())
    if code == "C04":
        return Corrected(name=data[:22].strip())
    if code == "C05":
        return Corrected(kind=_BY_CODE.get(data[:2], ""))
    if code == "C06":
        return Corrected(account=data[:17].strip(), kind=_BY_CODE.get(data[20:22], ""))
    if code == "C07":
        return Corrected(data[:9].strip(), data[9:26].strip(), _BY_CODE.get(data[26:28], ""))
    return Corrected()


def _amount(entry: str, place: int) -> Decimal:
    digits = entry[29:39]
    if not digits.isdecimal():
        raise UnreadableReturns(f"Line {place}: the amount of its entry has to be 10 digits.")
    return from_cents(int(digits))


def _require_totals(records: Sequence[str]) -> None:
    """The file control's count of entries and addenda, and its hash, have to be those of the records."""
    control = next((each for each in records if each[0] == "9" and each.strip("9 ")), None)
    if control is None:
        raise UnreadableReturns("The file has no control record (9) at its end: it was cut.")
    counted = sum(each[0] in (_ENTRY, _ADDENDA) for each in records)
    if control[13:21] != f"{counted:08d}":
        raise UnreadableReturns(
            f"The control record counts {control[13:21].strip()} entries and addenda, the file has {counted}."
        )
    summed = sum(int(each[3:11]) for each in records if each[0] == _ENTRY and each[3:11].isdecimal())
    if control[21:31] != f"{summed % 10**10:010d}":
        raise UnreadableReturns(
            f"The control record's hash is {control[21:31].strip()}, that of the entries {summed % 10**10:010d}."
        )
