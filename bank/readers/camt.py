"""CAMT.053 statements and CAMT.054 notifications (ISO 20022), any version, whatever the namespace.

Rule: docs/domain.md#statement-files, ADR 59. A .054 says what an entry of a .053 consists of, and is never booked.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import IO, Final
from xml.etree.ElementTree import Element
from zoneinfo import ZoneInfo

from bank.readers import refusals
from bank.readers.camt_details import way_of
from bank.readers.camt_entries import Account, read_day, read_entry
from bank.readers.camt_xml import NOTIFICATION, STATEMENT, Head, each_of, one_of, read_events, text_of
from bank.readers.interface import MAX_LINES, ParsedLine, ParsedPart, ParsedStatement, Problem, Way
from bank.readers.refusals import refuse, too_many_lines
from bank.readers.values import (
    ACCOUNT_LENGTH,
    LARGEST_BALANCE,
    REFERENCE_LENGTH,
    SEQUENCE_LENGTH,
    BadValue,
    Findings,
    exact_amount,
)

_OPENING: Final = ("OPBD", "PRCD")
_CLOSING: Final = ("CLBD",)


@dataclass(frozen=True, slots=True)
class Notification:
    """What an entry consists of, as a .054 says. Its entry in the .053 has the same bank reference (`entry_reference`,
    the entry's AcctSvcrRef), or else the same `entry_number` (NtryRef), and in any case the same direction, amount and
    booking date; that of an account other than the statement's is another one."""

    account: str
    entry_reference: str
    entry_number: str
    direction: Way
    amount: Decimal
    currency: str
    booked_on: date
    parts: tuple[ParsedPart, ...]
    note: str = ""
    place: int = 1


@dataclass(frozen=True, slots=True)
class Notifications:
    """What a .054 says: its booked entries, and what of it cannot be read."""

    entries: tuple[Notification, ...]
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class _Balance:
    amount: Decimal
    on: date | None


def read_camt(file: IO[bytes], *, currency: str, zone: ZoneInfo) -> list[ParsedStatement]:
    """The statements of a CAMT.053, pages as they came.

    `currency` is the account's where the file names none; instants that say their zone count in `zone`. Booked balances
    alone are read. Raises UnreadableStatement.
    """
    statements: list[ParsedStatement] = []
    lines: list[ParsedLine] = []
    findings = Findings()
    place = details_read = 0
    for event, head, entry, details in read_events(file, STATEMENT):
        if event == "end":
            statements.append(_statement(head, lines, findings, currency, zone))
            lines, findings = [], Findings()
            continue
        assert entry is not None
        place += 1
        details_read += len(details)
        if place > MAX_LINES or details_read > MAX_LINES:
            raise too_many_lines()
        account = _account(head, currency, zone, lines)
        line = read_entry(entry, details, place=place, account=account, findings=findings)
        if line is not None:
            lines.append(line)
    if not statements:
        raise refuse(refusals.WRONG_FILE, "The CAMT.053 holds no statement.")
    return statements


def read_notifications(file: IO[bytes], *, currency: str, zone: ZoneInfo) -> Notifications:
    """What the entries of a CAMT.054 consist of, to be joined to lines of a CAMT.053. One that the bank has not booked
    yet is a problem, like one that cannot be read. Raises UnreadableStatement."""
    entries: list[Notification] = []
    findings = Findings()
    place = details_read = 0
    for event, head, entry, details in read_events(file, NOTIFICATION):
        if event == "end" or entry is None:
            continue
        place += 1
        details_read += len(details)
        if place > MAX_LINES or details_read > MAX_LINES:
            raise too_many_lines()
        account = _account(head, currency, zone, [])
        line = read_entry(entry, details, place=place, account=account, findings=findings)
        if line is not None and line.status != "booked":
            findings.add(place, "status", "not_booked", "The bank has not booked the entry yet.")
        elif line is not None:
            entries.append(_notification(line, account, text_of(entry, "NtryRef")))
    if not place:
        raise refuse(refusals.WRONG_FILE, "The CAMT.054 holds no entry.")
    return Notifications(tuple(entries), tuple(findings.problems))


def _notification(line: ParsedLine, account: Account, number: str) -> Notification:
    return Notification(
        account=account.number,
        entry_reference=line.bank_reference,
        entry_number=number[:REFERENCE_LENGTH],
        direction=line.direction,
        amount=line.amount,
        currency=line.currency,
        booked_on=line.booked_on,
        parts=line.parts or (() if line.note else (_whole(line),)),
        note=line.note,
        place=line.place,
    )


def _whole(line: ParsedLine) -> ParsedPart:
    """A line that is one, as its part."""
    return ParsedPart(
        amount=line.amount,
        direction=line.direction,
        currency=line.currency,
        reference=line.bank_reference,
        end_to_end_id=line.end_to_end_id,
        payer_name=line.payer_name,
        payer_account=line.payer_account,
        text=line.text,
        named=line.named,
        mark=line.mark,
        return_code=line.return_code,
        foreign=line.foreign,
    )


def _account(head: Head, currency: str, zone: ZoneInfo, lines: list[ParsedLine]) -> Account:
    account = _part(head, "Acct")
    identity = one_of(account, "Id")
    iban = text_of(identity, "IBAN").replace(" ", "")
    number = iban or text_of(identity, "Othr", "Id")
    if not number:
        number = text_of(identity, "PrtryAcct", "Id") or text_of(identity, "BBAN")
    code = text_of(account, "Ccy") or _balance_currency(head) or (lines[0].currency if lines else "")
    # Until something names it, the first entry does.
    if not code and lines:
        code = currency
    return Account(number=number[:ACCOUNT_LENGTH], currency=code.upper(), zone=zone)


def _balance_currency(head: Head) -> str:
    codes = [
        amount.get("Ccy", "") for each in _parts(head, "Bal") if (amount := one_of(each, "Amt")) is not None
    ]
    return next((each for each in codes if each), "")


def _statement(
    head: Head, lines: list[ParsedLine], findings: Findings, currency: str, zone: ZoneInfo
) -> ParsedStatement:
    account = _account(head, currency, zone, lines)
    known = account.currency or currency
    lines = [each if each.currency else replace(each, currency=known) for each in lines]
    opening, closing = _balances(head, zone, findings)
    period = _part(head, "FrToDt")
    number = next(
        (
            known_number
            for name in ("ElctrncSeqNb", "LglSeqNb")
            if (known_number := text_of(_part(head, name)).lstrip("0"))
        ),
        "",
    )
    page, is_last = _page(head)
    totals = _part(head, "TxsSummry")
    return ParsedStatement(
        format="camt",
        account=account.number,
        currency=known,
        lines=tuple(lines),
        sequence_no=number[:SEQUENCE_LENGTH],
        message_id=(_message_id(head) or text_of(_part(head, "Id")))[:REFERENCE_LENGTH],
        period_from=_period(period, "Fr", zone),
        period_to=_period(period, "To", zone),
        opening=opening.amount if opening else None,
        opening_on=opening.on if opening else None,
        closing=closing.amount if closing else None,
        closing_on=closing.on if closing else None,
        page=page,
        is_last_page=is_last,
        totals_in=_total(one_of(totals, "TtlCdtNtries")),
        totals_out=_total(one_of(totals, "TtlDbtNtries")),
        problems=tuple(findings.problems),
        warnings=findings.warnings,
    )


def _part(head: Head, name: str) -> Element | None:
    return next(iter(_parts(head, name)), None)


def _parts(head: Head, name: str) -> list[Element]:
    return [each for each in head.parts if each.tag == name]


def _group(head: Head, name: str) -> Element | None:
    return next((each for each in head.group if each.tag == name), None)


def _message_id(head: Head) -> str:
    return text_of(_group(head, "MsgId"))


def _page(head: Head) -> tuple[int | None, bool]:
    """The page's number where the statement is in pages, and whether it is the last.

    A message in pages may have whole statements: those with both balances of their own.
    """
    pages = _part(head, "StmtPgntn")
    if pages is None:
        kinds = {_kind(each) for each in _parts(head, "Bal") if text_of(each, "Tp", "SubTp", "Cd") != "INTM"}
        if kinds & set(_OPENING) and kinds & set(_CLOSING):
            return None, True
        pages = _group(head, "MsgPgntn")
    number = text_of(pages, "PgNb")
    is_last = text_of(pages, "LastPgInd").casefold() not in ("false", "0")
    if not (number.isascii() and number.isdecimal() and len(number) < 6) or (int(number) <= 1 and is_last):
        return None, True
    return int(number), is_last


def _period(period: Element | None, which: str, zone: ZoneInfo) -> date | None:
    try:
        wrapped = Element("period")
        for name in ("Dt", "DtTm"):
            for each in each_of(period, f"{which}{name}"):
                child = Element(name)
                child.text = each.text
                wrapped.append(child)
        return read_day(wrapped, zone)
    except BadValue:
        return None


def _total(entries: Element | None) -> Decimal | None:
    try:
        return exact_amount(text_of(entries, "Sum"), largest=LARGEST_BALANCE)
    except BadValue:
        return None


def _balances(head: Head, zone: ZoneInfo, findings: Findings) -> tuple[_Balance | None, _Balance | None]:
    """Opening and closing as booked: of several the earliest opening and the latest closing."""
    found: dict[str, list[_Balance]] = {}
    for each in _parts(head, "Bal"):
        kind = _kind(each)
        if kind not in (*_OPENING, *_CLOSING):
            continue
        try:
            found.setdefault(kind, []).append(_balance(each, zone))
        except BadValue as error:
            findings.warn(f"The balance {kind} cannot be read: {error.message}")
    openings = next((found[kind] for kind in _OPENING if kind in found), [])
    closings = found.get("CLBD", [])
    opening = min(openings, key=lambda each: each.on or date.max, default=None)
    closing = max(reversed(closings), key=lambda each: each.on or date.min, default=None)
    return opening, closing


def _kind(balance: Element) -> str:
    return text_of(balance, "Tp", "CdOrPrtry", "Cd") or text_of(balance, "Tp", "Cd")


def _balance(element: Element, zone: ZoneInfo) -> _Balance:
    amount = exact_amount(text_of(element, "Amt"), largest=LARGEST_BALANCE)
    direction = way_of(text_of(element, "CdtDbtInd"))
    if direction is None or amount < 0:
        raise BadValue("required", "it does not say CRDT or DBIT, or is below zero.")
    return _Balance(amount if direction == "in" else -amount, read_day(one_of(element, "Dt"), zone))
