"""OFX and QFX statements of bank accounts, versions 1 (SGML) and 2 (XML) (docs/domain.md#statement-files).

The sign of TRNAMT is the direction; a type that says the opposite is a line taken back. LEDGERBAL closes the statement
when it is of the last day that the file covers. An OFX file has no opening.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import IO, Final
from zoneinfo import ZoneInfo

from bank.readers import refusals
from bank.readers.interface import MAX_LINES, Mark, ParsedLine, ParsedStatement, Status
from bank.readers.ofx_tags import Aggregate, read_aggregates
from bank.readers.refusals import refuse, too_many_lines
from bank.readers.values import (
    ACCOUNT_LENGTH,
    LARGEST_BALANCE,
    NAME_LENGTH,
    REFERENCE_LENGTH,
    RETURN_CODE_LENGTH,
    TEXT_LENGTH,
    BadValue,
    Findings,
    checked_day,
    clean,
    decode,
    exact_amount,
    joined_once,
    known_reference,
    local_day,
    mark_of_words,
    read_all,
)
from batconnect.core.kernel.money import LARGEST

_OTHER_ACCOUNTS: Final = (
    ("INVSTMTRS", "This is an OFX file of an investment account, not of a bank account."),
    ("INVSTMTMSGSRSV1", "This is an OFX file of an investment account, not of a bank account."),
    ("CCSTMTRS", "This is an OFX file of a credit card, not of a bank account."),
    ("CREDITCARDMSGSRSV1", "This is an OFX file of a credit card, not of a bank account."),
    ("LOANMSGSRSV1", "This is an OFX file of a loan, not of a bank account."),
)
_FORBIDDEN: Final = re.compile(r"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_CHARSET: Final = re.compile(rb"CHARSET:\s*([A-Za-z0-9-]{1,20})", re.IGNORECASE)
_XML_ENCODING: Final = re.compile(rb"<\?xml[^>]{0,200}encoding=[\"']([A-Za-z0-9-]{1,20})[\"']", re.IGNORECASE)
_CHARSETS: Final = {
    "1252": "cp1252",
    "windows-1252": "cp1252",
    "iso-8859-1": "cp1252",
    "8859-1": "cp1252",
    "iso-8859-15": "iso-8859-15",
    "1250": "cp1250",
    "1251": "cp1251",
    "850": "cp850",
}
_OUT_TYPES: Final = frozenset(("DEBIT", "CHECK", "PAYMENT", "DIRECTDEBIT", "REPEATPMT"))
_IN_TYPES: Final = frozenset(("CREDIT", "DEP", "DIRECTDEP"))
_LINES: Final = frozenset(("STMTTRN", "STMTTRNP"))
_HOLDERS: Final = frozenset(("STMTRS", "CCSTMTRS", "INVSTMTRS"))
_TAIL: Final = 10_000
_LONGEST_TIME: Final = 50


@dataclass(slots=True)
class _Account:
    """A statement being read."""

    lines: list[ParsedLine] = field(default_factory=list)
    findings: Findings = field(default_factory=Findings)


def read_ofx(file: IO[bytes], *, currency: str, zone: ZoneInfo) -> list[ParsedStatement]:
    """The statements of an OFX file; one without lines for a file that holds none. Raises UnreadableStatement."""
    content = read_all(file)
    text = _text(content)
    if _FORBIDDEN.search(text):
        raise refuse(
            refusals.XML_FORBIDDEN, "The OFX file declares a document type or entities, so it is refused."
        )
    if "</OFX>" not in text[-_TAIL:].upper():
        raise refuse(refusals.BAD_STRUCTURE, "The OFX file breaks off: its end is missing.")
    statements: list[ParsedStatement] = []
    seen: set[str] = set()
    account = _Account()
    place = 0
    for each in read_aggregates(text):
        seen.add(each.name)
        if each.name in _LINES and not _HOLDERS & set(each.within):
            raise refuse(refusals.BAD_STRUCTURE, "A line of the OFX file stands outside of a statement.")
        if each.name in _LINES and "STMTRS" in each.within:
            place += 1
            if place > MAX_LINES:
                raise too_many_lines()
            line = _line(each, place, account.findings, zone)
            if line is not None:
                account.lines.append(line)
        elif each.name == "STMTRS":
            statements.append(_statement(each, account, currency, zone))
            account = _Account()
    if not statements:
        return [_without_lines(seen, currency)]
    others = [message for name, message in _OTHER_ACCOUNTS if name in seen and name in _HOLDERS]
    if others:
        said = f"A part of the file was left out. {others[0]}"
        statements[0] = replace(statements[0], warnings=(*statements[0].warnings, said))
    return [
        each
        for each in statements
        if each.lines or each.problems or each.warnings or each.closing is not None
    ] or statements[:1]


def _text(content: bytes) -> str:
    """The text, in UTF-8 where it is that, whatever the header says; else as the header says."""
    named = _CHARSET.search(content[:2000]) or _XML_ENCODING.search(content[:2000])
    encoding = _CHARSETS.get(named[1].decode("ascii").lower(), "") if named else ""
    try:
        return decode(content, encoding="utf-8")[0]
    except refusals.UnreadableStatement:
        return decode(content, encoding=encoding or "cp1252", any_bytes=True)[0]


def _without_lines(seen: set[str], currency: str) -> ParsedStatement:
    for name, message in _OTHER_ACCOUNTS:
        if name in seen:
            raise refuse(refusals.OTHER_ACCOUNT, message)
    if not any(each.startswith("BANKMSGSRS") for each in seen):
        raise refuse(refusals.WRONG_FILE, "The OFX file holds no statement of a bank account.")
    return ParsedStatement(
        format="ofx", account="", currency=currency, lines=(), warnings=("The file holds no lines.",)
    )


def _statement(statement: Aggregate, account: _Account, currency: str, zone: ZoneInfo) -> ParsedStatement:
    values, findings = statement.values, account.findings
    code = values.get("CURDEF", "").upper() or currency
    period = statement.inner.get("BANKTRANLIST", {})
    first = _day_or_none(period.get("DTSTART", ""), zone)
    last = _day_or_none(period.get("DTEND", ""), zone)
    if first and last and first > last:
        first, last = last, first
    lines = [replace(each, currency=each.currency or code) for each in account.lines]
    lines = [each for each in lines if _has_currency(each, code, findings)]
    closing, closing_on = _closing(statement.inner.get("LEDGERBAL", {}), lines, last, findings, zone)
    return ParsedStatement(
        format="ofx",
        account=known_reference(statement.inner.get("BANKACCTFROM", {}).get("ACCTID", ""))[:ACCOUNT_LENGTH],
        currency=code,
        lines=tuple(lines),
        period_from=first,
        period_to=last,
        closing=closing,
        closing_on=closing_on,
        problems=tuple(findings.problems),
        warnings=findings.warnings,
    )


def _has_currency(line: ParsedLine, code: str, findings: Findings) -> bool:
    if line.currency == code:
        return True
    findings.add(
        line.place, "currency", "other_currency", f"The line is in {line.currency}, the account in {code}."
    )
    return False


def _closing(
    balance: dict[str, str], lines: list[ParsedLine], last: date | None, findings: Findings, zone: ZoneInfo
) -> tuple[Decimal | None, date | None]:
    """The booked balance, if it is of the last day that the lines go to."""
    if not balance.get("BALAMT"):
        return None, None
    try:
        amount = _amount(balance["BALAMT"], largest=LARGEST_BALANCE)
        on = _day(balance.get("DTASOF", ""), zone)
    except BadValue as error:
        findings.warn(f"The booked balance cannot be read: {error.message}")
        return None, None
    latest = max((each.booked_on for each in lines if each.status == "booked"), default=on)
    if on < latest or (last is not None and on > last):
        findings.warn(
            f"The booked balance {amount:,.2f} is of {on}, the lines go to {last or latest}: it closes nothing."
        )
        return None, None
    return amount, on


def _line(entry: Aggregate, place: int, findings: Findings, zone: ZoneInfo) -> ParsedLine | None:
    values = entry.values
    name = "amount"
    try:
        signed = _amount(values.get("TRNAMT", ""), largest=LARGEST)
        name = "date"
        booked_on = _day(values.get("DTPOSTED", "") or values.get("DTTRAN", ""), zone)
    except BadValue as error:
        findings.add(place, name, error.code, error.message)
        return None
    if values.get("CORRECTFITID"):
        findings.add(
            place,
            "correction",
            "correction",
            f"The bank {values.get('CORRECTACTION', 'corrects')[:20]}s what it called"
            f" {values['CORRECTFITID'][:60]}: it is not a movement of its own.",
        )
        return None
    kind = values.get("TRNTYPE", "").upper()
    payee = {**entry.inner.get("EXTDPAYEE", {}), **entry.inner.get("PAYEE", {})}
    text = _words(values)
    status: Status = "pending" if kind == "HOLD" or entry.name == "STMTTRNP" else "booked"
    original = entry.inner.get("ORIGCURRENCY", {})
    other = entry.inner.get("BANKACCTTO", {}) or entry.inner.get("CCACCTTO", {})
    return ParsedLine(
        place=place,
        booked_on=booked_on,
        value_on=_day_or_none(values.get("DTAVAIL", ""), zone),
        direction="in" if signed >= 0 else "out",
        amount=abs(signed),
        currency=entry.inner.get("CURRENCY", {}).get("CURSYM", "").upper(),
        status=status,
        mark=_mark(kind, signed) or mark_of_words(f"{values.get('NAME', '')} {text}"),
        return_code=clean(values.get("RETURNCODE", ""))[:RETURN_CODE_LENGTH],
        bank_reference=findings.cut(
            known_reference(values.get("FITID", "")), REFERENCE_LENGTH, "the reference", place
        ),
        transaction_code=joined_once([kind, values.get("SIC", "")])[:REFERENCE_LENGTH],
        payer_name=(values.get("NAME", "") or payee.get("NAME", ""))[:NAME_LENGTH],
        payer_account=other.get("ACCTID", "")[:ACCOUNT_LENGTH],
        text=findings.cut(text, TEXT_LENGTH, "the text", place),
        foreign=joined_once([original.get("CURSYM", ""), original.get("CURRATE", "")])[:200],
    )


def _words(values: dict[str, str]) -> str:
    check = known_reference(values.get("CHECKNUM", ""))
    number = known_reference(values.get("REFNUM", ""))
    return joined_once([values.get("MEMO", ""), f"Check {check}" if check else "", number])


def _mark(kind: str, signed: Decimal) -> Mark:
    """What its type calls money out and came in was taken back, and the other way round."""
    if (kind in _OUT_TYPES and signed > 0) or (kind in _IN_TYPES and signed < 0):
        return "reversal"
    return ""


def _amount(text: str, *, largest: Decimal) -> Decimal:
    """An amount with a decimal point or comma, without groups, as OFX has it. Raises BadValue."""
    plain = text.strip()
    if plain.count(",") == 1 and "." not in plain:
        plain = plain.replace(",", ".")
    return exact_amount(plain, largest=largest)


def _instant(plain: str) -> datetime:
    """The instant of a date-time with its zone. Raises ValueError."""
    # Imported when a file needs it: ofxtools builds its models on import, a second that every process would pay.
    from ofxtools.Types import DateTime

    instant: datetime = DateTime().convert(plain)
    return instant


def _day(text: str, zone: ZoneInfo) -> date:
    """The day of a date and time: in the zone when it says its own and is not a midnight, which banks write for a day.

    Raises BadValue.
    """
    plain = text.strip()
    digits = re.match(r"[0-9]*", plain, re.ASCII)
    time = digits[0][8:14] if digits else ""
    try:
        if len(plain) > _LONGEST_TIME or digits is None or len(digits[0]) not in (8, 12, 14):
            raise ValueError(plain)
        if "[" in plain and time.strip("0"):
            instant = _instant(plain)
            return checked_day(local_day(instant, zone))
        return checked_day(datetime.strptime(digits[0][:8], "%Y%m%d").date())  # noqa: DTZ007 - a day as written has no zone
    except BadValue:
        raise
    except (ValueError, OverflowError) as error:
        raise BadValue("not_a_date", f"{plain[:40]!r} is not a date of OFX.") from error


def _day_or_none(text: str, zone: ZoneInfo) -> date | None:
    try:
        return _day(text, zone) if text else None
    except BadValue:
        return None
