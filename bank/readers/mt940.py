"""MT940 statements, with or without SWIFT's envelope, several in a file, in pages (docs/domain.md#statement-files).

A message is cut into fields here: the library mt-940 makes one statement of a file, stops at the first field that it
does not know, and writes what it does not understand into the log (ADR 59).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import IO, Final

from bank.readers import refusals
from bank.readers.interface import MAX_LINES, ParsedLine, ParsedStatement
from bank.readers.mt940_fields import (
    BookedBalance,
    Booking,
    Information,
    read_balance,
    read_booking,
    read_information,
)
from bank.readers.refusals import refuse, too_many_lines
from bank.readers.values import (
    ACCOUNT_LENGTH,
    NAME_LENGTH,
    REFERENCE_LENGTH,
    RETURN_CODE_LENGTH,
    TEXT_LENGTH,
    BadValue,
    Findings,
    clean,
    decode,
    joined_once,
    mark_of_words,
    read_all,
)

_TAG: Final = re.compile(r":([0-9]{2}[A-Z]?|NS):")
_TYPE: Final = re.compile(r"\{2:[IO]([0-9]{3})")
_CURRENCY: Final = re.compile(r" [A-Z]{3}$", re.ASCII)
_NUMBER: Final = re.compile(r"([0-9]{1,10})(?:/([0-9]{1,5}))?", re.ASCII)
_MAX_FIELD_LINES: Final = 200
_ENVELOPE: Final = re.compile(r"\{[1-5]:")
_CLOSINGS: Final = frozenset(("62F", "62M", "62"))
_INTERIM: Final = frozenset(("34F", "90D", "90C", "13D"))


@dataclass(slots=True)
class _Message:
    """The fields of a message, and those of its lines."""

    fields: dict[str, str] = field(default_factory=dict)
    lines: list[tuple[int, list[str], list[str]]] = field(default_factory=list)
    extra: list[str] = field(default_factory=list)


def read_mt940(file: IO[bytes], *, currency: str) -> list[ParsedStatement]:
    """The statements of an MT940 file, pages as they came. Raises UnreadableStatement."""
    text, encoding = decode(read_all(file), any_bytes=True)
    kind = _TYPE.search(text[:2000])
    if kind and kind[1] != "940":
        raise _other(kind[1])
    statements = [_statement(each, currency, encoding) for each in _messages(text)]
    if not statements:
        raise refuse(refusals.BAD_STRUCTURE, "The MT940 holds no statement.")
    return statements


def _other(kind: str) -> Exception:
    if kind in ("941", "942"):
        return refuse(
            refusals.NOT_FINAL, f"This is an MT{kind}, an interim report that is not final: import the MT940."
        )
    return refuse(refusals.WRONG_FILE, f"This is an MT{kind}, not an MT940 statement.")


def _messages(text: str) -> Iterator[_Message]:
    message = _Message()
    place = 0
    for tag, value in _fields(text):
        if tag == "20" and ("60F" in message.fields or "60M" in message.fields or message.lines):
            yield message
            message = _Message()
        if tag == "61":
            place += 1
            if place > MAX_LINES:
                raise too_many_lines()
            message.lines.append((place, value, []))
        elif tag == "86" and message.lines and "62" not in "".join(message.fields):
            message.lines[-1][2].extend(value[:_MAX_FIELD_LINES])
        else:
            message.fields.setdefault(tag, "\n".join(value))
    if message.fields or message.lines:
        if not _CLOSINGS & set(message.fields):
            if _INTERIM & set(message.fields):
                raise _other("942")
            if message.lines:
                raise refuse(
                    refusals.BAD_STRUCTURE, "The MT940 breaks off: its last statement has no closing balance."
                )
        yield message


def _fields(text: str) -> Iterator[tuple[str, list[str]]]:
    """Each field with its lines; what stands outside of a message's text is left out."""
    tag, value = "", list[str]()
    for line in text.splitlines():
        match = _TAG.match(_ENVELOPE.sub("", line) if line.startswith("{") else line)
        if match is None and line.startswith("{"):
            at = line.find("{4:")
            match = _TAG.match(line[at + 3 :]) if at >= 0 else None
            line = line[at + 3 :] if match else line
        if match:
            if tag:
                yield tag, value
            tag, value = match[1], [line[match.end() :]]
        elif line.strip() in ("-", "-}") or line.startswith(("-}", "{")):
            if tag:
                yield tag, value
            tag, value = "", []
        elif tag and line.strip() and len(value) < _MAX_FIELD_LINES:
            value.append(line)
    if tag:
        yield tag, value


def _statement(message: _Message, currency: str, encoding: str) -> ParsedStatement:
    findings = Findings()
    if encoding in ("cp1252", "latin-1"):
        findings.warn("The file is not UTF-8; it was read as Windows-1252: look at its names.")
    opening, is_first = _balance(message, "60", findings)
    closing, is_last = _balance(message, "62", findings)
    if opening is None and closing is None and not message.lines:
        raise refuse(refusals.BAD_STRUCTURE, "A statement of the MT940 has neither balances nor lines.")
    code = next((each.currency for each in (opening, closing) if each), currency)
    lines = [
        line
        for place, booking, details in message.lines
        if (line := _line(place, booking, details, code, findings)) is not None
    ]
    number, page = _number(message.fields.get("28C") or message.fields.get("28") or "")
    in_pages = not (is_first and is_last)
    return ParsedStatement(
        format="mt940",
        account=_account(message)[:ACCOUNT_LENGTH],
        currency=code,
        lines=tuple(lines),
        sequence_no=number if in_pages or page in (None, 1) or not number else f"{number}/{page}",
        message_id=clean(message.fields.get("20", ""))[:REFERENCE_LENGTH],
        period_from=opening.on if opening else None,
        period_to=closing.on if closing else None,
        opening=opening.amount if opening else None,
        opening_on=opening.on if opening else None,
        closing=closing.amount if closing else None,
        closing_on=closing.on if closing else None,
        page=(page or 1) if in_pages else None,
        is_last_page=is_last,
        problems=tuple(findings.problems),
        warnings=findings.warnings,
    )


def _account(message: _Message) -> str:
    """The account's number without blanks, and without a currency behind it."""
    text = clean((message.fields.get("25") or message.fields.get("25P") or "").partition("\n")[0])
    return _CURRENCY.sub("", text).replace(" ", "")


def _balance(message: _Message, tag: str, findings: Findings) -> tuple[BookedBalance | None, bool]:
    """The booked balance, and whether it is the statement's own rather than a page's."""
    for name in (f"{tag}F", f"{tag}M", tag):
        if name not in message.fields:
            continue
        try:
            return read_balance(message.fields[name]), not name.endswith("M")
        except BadValue as error:
            findings.warn(f"The balance :{name}: cannot be read: {error.message}")
            return None, not name.endswith("M")
    return None, True


def _number(text: str) -> tuple[str, int | None]:
    match = _NUMBER.match(text.strip())
    if match is None:
        return "", None
    return match[1].lstrip("0"), int(match[2]) if match[2] else None


def _line(
    place: int, booking: Sequence[str], details: Sequence[str], currency: str, findings: Findings
) -> ParsedLine | None:
    try:
        booked = read_booking(booking)
    except BadValue as error:
        findings.add(place, "line", error.code, error.message)
        return None
    return _as_line(
        place, booked, read_information(details) if details else Information(), currency, findings
    )


def _as_line(place: int, booked: Booking, said: Information, currency: str, findings: Findings) -> ParsedLine:
    text = findings.cut(joined_once([said.text, booked.extra]), TEXT_LENGTH, "the text", place)
    end_to_end = said.end_to_end_id or booked.customer_reference
    code = "/".join(each for each in (booked.code, said.code) if each)
    return ParsedLine(
        place=place,
        booked_on=booked.booked_on,
        value_on=booked.value_on,
        direction=booked.direction,
        amount=booked.amount,
        currency=currency,
        mark="return" if said.return_code else booked.mark or mark_of_words(text),
        return_code=said.return_code[:RETURN_CODE_LENGTH],
        bank_reference=booked.bank_reference[:REFERENCE_LENGTH],
        end_to_end_id=end_to_end[:REFERENCE_LENGTH],
        transaction_code=code[:REFERENCE_LENGTH],
        payer_name=findings.cut(said.payer_name, NAME_LENGTH, "the payer's name", place),
        payer_account=said.payer_account[:ACCOUNT_LENGTH],
        text=text,
    )
