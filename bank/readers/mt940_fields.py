"""The fields of an MT940: what a line (`:61:`), its details (`:86:`) and a balance say.

Rule: docs/domain.md#statement-files. The patterns of the fields are those of the library mt-940; what surrounds
them is ours (ADR 59).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from mt940 import tags

from bank.readers.interface import Mark, Way
from bank.readers.values import (
    LARGEST_BALANCE,
    BadValue,
    clean,
    exact_amount,
    join_texts,
    known_reference,
    short_year_day,
)
from batconnect.core.kernel.money import LARGEST

_LINE: Final = tags.StatementGLS().re
_BALANCE: Final = tags.FinalOpeningBalance().re
_WAYS: Final[dict[str, tuple[Way, Mark]]] = {
    "C": ("in", ""),
    "D": ("out", ""),
    # A credit taken back is money out, a debit taken back is money in.
    "RC": ("out", "reversal"),
    "RD": ("in", "reversal"),
}
_YEAR_TURN: Final = 183
_CAME_BACK: Final = re.compile(r"9[0-4][0-9]", re.ASCII)
_SUBFIELD: Final = re.compile(r"\?([0-9]{2})")
_SLASHED: Final = re.compile(r"/([A-Z]{3,4}|TRTP|NAME)/")
_SEPA: Final = re.compile(r"(EREF|KREF|MREF|CRED|DEBT|SVWZ|ABWA|ABWE|PURP|IBAN|BIC)\+|\b(IBAN|BIC): ")
_KEYWORD: Final = re.compile(r"[A-Z]{3,4}[+:]")
_LONGEST_END_TO_END: Final = 35


@dataclass(frozen=True, slots=True)
class Booking:
    """What a `:61:` says."""

    booked_on: date
    value_on: date
    direction: Way
    mark: Mark
    amount: Decimal
    code: str
    customer_reference: str
    bank_reference: str
    extra: str


@dataclass(frozen=True, slots=True)
class BookedBalance:
    """What a `:60:` or `:62:` says; below zero when overdrawn."""

    amount: Decimal
    currency: str
    on: date


@dataclass(frozen=True, slots=True)
class Information:
    """What an `:86:` says of the line before it."""

    text: str = ""
    payer_name: str = ""
    payer_account: str = ""
    end_to_end_id: str = ""
    code: str = ""
    return_code: str = ""


def read_booking(lines: Sequence[str]) -> Booking:
    """A `:61:` of one or more lines. Raises BadValue."""
    match = _LINE.match(lines[0])
    if match is None:
        raise BadValue("unreadable_line", f"The line {lines[0][:60]!r} has not the form of a :61:.")
    found = match.groupdict()
    value_on = short_year_day(f"{found['year']}{found['month']}{found['day']}")
    way = _WAYS.get(found["status"].upper())
    if way is None:
        raise BadValue("unknown_mark", f"The mark {found['status']!r} is not C, D, RC or RD.")
    extra = [found["extra_details"] or "", *lines[1:]]
    return Booking(
        booked_on=_entry_day(value_on, found["entry_month"] or "", found["entry_day"] or ""),
        value_on=value_on,
        direction=way[0],
        mark=way[1],
        amount=_amount(found["amount"], LARGEST),
        code=clean(found["id"] or ""),
        customer_reference=known_reference((found["customer_reference"] or "").removeprefix("KREF+")),
        bank_reference=known_reference(found["bank_reference"] or ""),
        extra=clean(" ".join(extra)),
    )


def read_balance(text: str) -> BookedBalance:
    """A `:60F:`, `:60M:`, `:62F:` or `:62M:`. Raises BadValue."""
    match = _BALANCE.match(text.strip())
    if match is None or match.end() != len(text.strip()):
        raise BadValue("unreadable_balance", f"{text.strip()[:60]!r} has not the form of a balance.")
    found = match.groupdict()
    amount = _amount(found["amount"], LARGEST_BALANCE)
    return BookedBalance(
        amount=amount if found["status"].upper() == "C" else -amount,
        currency=found["currency"].upper(),
        on=short_year_day(f"{found['year']}{found['month']}{found['day']}"),
    )


def read_information(lines: Sequence[str]) -> Information:
    """An `:86:`: subfields `?20`, words between slashes, or free text."""
    whole = "".join(lines)
    if _SUBFIELD.search(whole[:10]):
        return _of_subfields(whole)
    slashed = _SLASHED.match(whole.lstrip())
    if slashed:
        return _of_slashes(whole)
    return _with_sepa(Information(text=join_texts(lines)), lines)


def _amount(text: str, largest: Decimal) -> Decimal:
    if text.count(",") != 1:
        raise BadValue("not_an_amount", f"{text[:40]!r} has not one decimal comma.")
    return exact_amount(text.replace(",", "."), largest=largest)


def _entry_day(value_on: date, month: str, day: str) -> date:
    """The booking date `MMDD`, of the year nearest to the value date; the value date where it is blank."""
    if not (month.strip() and day.strip()):
        return value_on
    days = []
    for year in (value_on.year - 1, value_on.year, value_on.year + 1):
        try:
            days.append(date(year, int(month), int(day)))
        except ValueError:
            continue
    if not days:
        raise BadValue("not_a_date", f"The entry date {month}{day} is not a day of a year.")
    nearest = min(days, key=lambda each: abs((each - value_on).days))
    return nearest if abs((nearest - value_on).days) <= _YEAR_TURN else value_on


def _of_subfields(whole: str) -> Information:
    """The German form: a code, then `?20` to `?29` and `?60` to `?63` purpose, `?31` account, `?32` and `?33` name."""
    code, *rest = _SUBFIELD.split(whole)
    parts: dict[str, str] = {}
    for name, text in zip(rest[::2], rest[1::2], strict=False):
        parts[name] = parts.get(name, "") + text
    texts = [text for name, text in sorted(parts.items()) if "20" <= name <= "29" or "60" <= name <= "63"]
    purpose = [f" {each}" if _KEYWORD.match(each) else each for each in texts]
    name = clean(parts.get("32", "") + parts.get("33", ""))
    account = clean(parts.get("31", "")).replace(" ", "")
    bank = clean(parts.get("30", ""))
    if account and bank and account.isdecimal():
        account = f"{bank}/{account}"
    found = Information(
        text=join_texts(purpose),
        payer_name=name,
        payer_account=account,
        code=clean(code),
        return_code=_return_code(parts.get("34", "")),
    )
    return _with_sepa(found, purpose)


def _return_code(text: str) -> str:
    """`?34` is a key of the text; from 900 to 949 it says why something came back."""
    plain = clean(text)
    return plain if _CAME_BACK.fullmatch(plain) else ""


def _of_slashes(whole: str) -> Information:
    """The Dutch form: `/TRTP/…/IBAN/…/NAME/…/REMI/…/EREF/…`."""
    _, *rest = _SLASHED.split(whole)
    parts: dict[str, str] = {}
    for name, text in zip(rest[::2], rest[1::2], strict=False):
        parts.setdefault(name, clean(text))
    said = [clean(f"{text}") for name, text in parts.items() if name not in ("IBAN", "BIC", "NAME", "EREF")]
    return Information(
        text=join_texts([f"{each} " for each in said]),
        payer_name=parts.get("NAME", ""),
        payer_account=parts.get("IBAN", "").replace(" ", ""),
        end_to_end_id=known_reference(parts.get("EREF", "")),
        return_code=parts.get("RTRN", "")[:20],
    )


def _with_sepa(found: Information, pieces: Sequence[str]) -> Information:
    """The payer's reference and account, where the text names them by SEPA's words (`EREF+`, `IBAN+`)."""
    _, *rest = _SEPA.split("".join(pieces))
    parts = {
        plus or colon: text.partition("MTLG:")[0]
        for plus, colon, text in zip(rest[::3], rest[1::3], rest[2::3], strict=False)
    }
    if not parts:
        return found
    return Information(
        text=found.text,
        payer_name=found.payer_name,
        payer_account=found.payer_account or clean(parts.get("IBAN", "")).replace(" ", ""),
        end_to_end_id=known_reference(parts.get("EREF", "")[:_LONGEST_END_TO_END]),
        code=found.code,
        return_code=found.return_code,
    )
