"""An entry of a CAMT message as a line with its parts (docs/domain.md#statement-files)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final
from xml.etree.ElementTree import Element
from zoneinfo import ZoneInfo

from bank.readers.camt_details import Detail, Money, money_of, read_charges, read_detail, way_of
from bank.readers.camt_xml import each_of, one_of, text_of
from bank.readers.interface import Mark, ParsedLine, ParsedPart, Status, Way
from bank.readers.values import (
    FOREIGN_LENGTH,
    MAX_NAMED,
    NOTE_LENGTH,
    REFERENCE_LENGTH,
    RETURN_CODE_LENGTH,
    TEXT_LENGTH,
    BadValue,
    Findings,
    instant_day,
    iso_day,
    joined_once,
    known_reference,
    mark_of_words,
)
from batconnect.core.kernel.money import ZERO, format_amount, sum_of

_STATUSES: Final[dict[str, Status]] = {
    "": "booked",
    "BOOK": "booked",
    "PDNG": "pending",
    "FUTR": "pending",
    "INFO": "information",
}
# Families of ISO's external code list whose entries take something back.
_RETURNS: Final = frozenset(("RRTN", "RPCR", "UPDD", "UPCQ", "PRDD", "UPTC"))


@dataclass(frozen=True, slots=True)
class Account:
    """Whose entries are read: the account's number and currency as far as known, and the company's zone."""

    number: str
    currency: str
    zone: ZoneInfo


def read_day(element: Element | None, zone: ZoneInfo) -> date | None:
    """The day of a date or an instant, None where neither stands. Raises BadValue."""
    if day := text_of(element, "Dt"):
        return iso_day(day)
    if instant := text_of(element, "DtTm"):
        return instant_day(instant, zone)
    return None


def read_entry(
    entry: Element, details: Sequence[Element], *, place: int, account: Account, findings: Findings
) -> ParsedLine | None:
    """The entry as a line, or None with a problem among the findings."""
    field = "amount"
    try:
        money = money_of(one_of(entry, "Amt"))
        if money is None:
            raise BadValue("required", "The entry has no amount.")
        if money.currency and account.currency and money.currency != account.currency:
            raise BadValue(
                "other_currency", f"The entry is in {money.currency}, the account in {account.currency}."
            )
        field = "direction"
        direction = way_of(text_of(entry, "CdtDbtInd"))
        if direction is None:
            raise BadValue("required", "The entry does not say CRDT or DBIT.")
        field = "date"
        value_on = read_day(one_of(entry, "ValDt"), account.zone)
        booked_on = read_day(one_of(entry, "BookgDt"), account.zone) or value_on
        if booked_on is None:
            raise BadValue("required", "The entry has no booking date.")
        field = "status"
        status = _status(entry)
    except BadValue as error:
        findings.add(place, field, error.code, error.message)
        return None
    head = _Entry(entry, place, money, direction, booked_on, value_on, status)
    return _line(head, details, account, findings)


@dataclass(frozen=True, slots=True)
class _Entry:
    """What an entry says without its details."""

    element: Element
    place: int
    money: Money
    direction: Way
    booked_on: date
    value_on: date | None
    status: Status

    @property
    def signed(self) -> Decimal:
        """The amount, below zero for money out."""
        return self.money.amount if self.direction == "in" else -self.money.amount


def _status(entry: Element) -> Status:
    code = text_of(entry, "Sts", "Cd") or text_of(entry, "Sts", "Prtry") or text_of(entry, "Sts")
    if code.upper() not in _STATUSES:
        raise BadValue("unknown_status", f"The status {code[:40]!r} is not BOOK, PDNG or INFO.")
    return _STATUSES[code.upper()]


def _line(head: _Entry, elements: Sequence[Element], account: Account, findings: Findings) -> ParsedLine:
    entry, place = head.element, head.place
    currency = head.money.currency or account.currency
    is_reversal = text_of(entry, "RvslInd").casefold() in ("true", "1")
    code = _transaction_code(entry)
    mark: Mark = "reversal" if is_reversal else "return" if _family(entry) in _RETURNS else ""
    details = [
        read_detail(each, direction=head.direction, currency=currency, mark=mark, own=account.number)
        for each in elements
    ]
    charges = read_charges(entry, currency)
    parts, note = _parts(head, details, charges, currency, findings)
    only = details[0] if len(details) == 1 else None
    return_code = only.return_code if only else _shared([each.return_code for each in details])
    all_back = bool(details) and all(each.mark == "return" for each in details)
    extra = text_of(entry, "AddtlNtryInf")
    text = joined_once([only.text if only else "", extra, _batch_text(entry)])
    if note:
        text = joined_once([text, "; ".join(each.described() for each in details)])
    if charges:
        text = joined_once([text, "Charges " + ", ".join(each.described() for each in charges) + "."])
    line_mark: Mark = "return" if all_back else mark
    name = only.payer_name if only else ""
    reference = known_reference(text_of(entry, "AcctSvcrRef")) or (only.reference if only else "")
    return ParsedLine(
        place=place,
        booked_on=head.booked_on,
        value_on=head.value_on,
        direction=head.direction,
        amount=head.money.amount,
        currency=currency,
        status=head.status,
        mark=line_mark or mark_of_words(f"{text} {' '.join(each.text for each in details)}"),
        return_code=return_code[:RETURN_CODE_LENGTH],
        bank_reference=findings.cut(reference, REFERENCE_LENGTH, "the reference", place),
        end_to_end_id=only.end_to_end_id if only else "",
        transaction_code=code[:REFERENCE_LENGTH],
        payer_name=name,
        payer_account=only.payer_account if only else "",
        text=findings.cut(text, TEXT_LENGTH, "the text", place),
        named=_named(entry, details if only or note else ()),
        foreign=(only.foreign if only else _foreign_of(entry, currency))[:FOREIGN_LENGTH],
        note=note[:NOTE_LENGTH],
        parts=parts,
    )


def _parts(
    head: _Entry, details: Sequence[Detail], charges: Sequence[Money], currency: str, findings: Findings
) -> tuple[tuple[ParsedPart, ...], str]:
    """The details as parts where they add up to the entry, alone or with the charges; else what does not."""
    if not details or (len(details) == 1 and details[0].money is None):
        return (), ""
    foreign = [each for each in details if each.money is not None and each.money.currency != currency]
    if foreign and len(details) == 1:
        return (), ""
    if foreign:
        return (
            (),
            f"{len(foreign)} of {len(details)} details are in another currency than the entry's {currency}.",
        )
    unknown = sum(each.money is None for each in details)
    if unknown:
        return (), f"{unknown} of {len(details)} details have no amount that can be read."
    kept = [*charges, *(each for detail in details for each in detail.charges)]
    total = sum_of(each.signed for each in details)
    with_charges = total + sum_of(each.signed for each in kept)
    if total == head.signed:
        is_the_line = len(details) == 1 and details[0].money == head.money
        return () if is_the_line else _as_parts(details, head.place, findings), ""
    if kept and with_charges == head.signed:
        return (
            *_as_parts(details, head.place, findings),
            *(_charge_part(each) for each in kept if each.amount),
        ), ""
    difference = format_amount(abs(total - head.signed))
    return (), (
        f"The details sum to {format_amount(total)}, the entry is {format_amount(head.signed)}: "
        f"{difference} {currency} differ."
    )


def _as_parts(details: Sequence[Detail], place: int, findings: Findings) -> tuple[ParsedPart, ...]:
    return tuple(
        each.part(place, findings) for each in details if each.money is not None and each.money.amount != ZERO
    )


def _charge_part(charge: Money) -> ParsedPart:
    direction: Way = "in" if charge.direction == "in" else "out"
    return ParsedPart(
        amount=charge.amount,
        direction=direction,
        currency=charge.currency,
        text="Charges of the bank",
        mark="charge",
    )


def _shared(codes: Sequence[str]) -> str:
    return codes[0] if codes and len(set(codes)) == 1 else ""


def _family(entry: Element) -> str:
    return text_of(entry, "BkTxCd", "Domn", "Fmly", "SubFmlyCd")


def _transaction_code(entry: Element) -> str:
    code = one_of(entry, "BkTxCd")
    domain = one_of(code, "Domn")
    parts = [
        text_of(domain, "Cd"),
        text_of(domain, "Fmly", "Cd"),
        _family(entry),
    ]
    own = text_of(code, "Prtry", "Cd")
    return "/".join(each for each in ("-".join(each for each in parts if each), own) if each)


def _batch_text(entry: Element) -> str:
    """What the entry says of a batch that it sums up."""
    said = []
    for details in each_of(entry, "NtryDtls"):
        for batch in each_of(details, "Btch"):
            count = text_of(batch, "NbOfTxs")
            names = [text_of(batch, name) for name in ("PmtInfId", "MsgId")]
            said.append(" ".join(each for each in ("Batch", f"of {count}" if count else "", *names) if each))
    return ", ".join(said)


def _named(entry: Element, details: Sequence[Detail]) -> tuple[str, ...]:
    """References that are named by themselves: of the details, and of the batch that the entry sums up."""
    names = [name for each in details for name in each.named]
    for group in each_of(entry, "NtryDtls"):
        for batch in each_of(group, "Btch"):
            names += [known_reference(text_of(batch, name)) for name in ("PmtInfId", "MsgId")]
    return tuple(dict.fromkeys(each for each in names if each))[:MAX_NAMED]


def _foreign_of(entry: Element, currency: str) -> str:
    """The amount in another currency that the entry itself names."""
    for name in ("InstdAmt", "TxAmt"):
        money = text_of(entry, "AmtDtls", name, "Amt")
        element = one_of(entry, "AmtDtls", name, "Amt")
        if money and element is not None and element.get("Ccy", currency) != currency:
            return f"{money} {element.get('Ccy', '')}"
    return ""
