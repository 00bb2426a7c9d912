"""What the cells of a bank's table say: amounts with their sign, days, directions (docs/domain.md#statement-files).

The mapping says decimal sign and order of day and month. What has another form is BadValue and never made to fit.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from bank.readers.values import BadValue, checked_day, exact_amount, local_day
from batconnect.core.kernel.money import LARGEST, SIGNS

_MINUS: Final = str.maketrans(
    {"\N{MINUS SIGN}": "-", "\N{EN DASH}": "-", "\N{NO-BREAK SPACE}": " ", "\N{NARROW NO-BREAK SPACE}": " "}
)
_LONGEST: Final = 60
_WORD_OUT: Final = re.compile(r"\s*(?:DR|DB|DEBIT|D|S)\.?$", re.IGNORECASE)
_WORD_IN: Final = re.compile(r"\s*(?:CR|CREDIT|C|H)\.?$", re.IGNORECASE)
_CODE: Final = re.compile(r"^([A-Z]{3})\s*(?=[-+(.\d])|(?<=[\d.)-])\s*([A-Z]{3})$")
_POINT: Final = re.compile(
    r"(?:[1-9][0-9]{0,2}(?:,[0-9]{3})+|[1-9][0-9]{0,2}(?:['’][0-9]{3})+|[0-9]*)(?:\.[0-9]*)?"
)
_COMMA: Final = re.compile(
    r"(?:[1-9][0-9]{0,2}(?:\.[0-9]{3})+|[1-9][0-9]{0,2}(?: [0-9]{3})+(?=,)|[0-9]*)(?:,[0-9]*)?"
)
_TIME: Final = re.compile(
    r"[T ,]+\d{1,2}[:.]\d{2}(?:[:.]\d{2}(?:[.,]\d{1,9})?)?(?:\s*[AaPp]\.?[Mm]\.?)?"
    r"(?P<zone>\s*(?:Z|UTC|GMT|[+-]\d{2}:?\d{2}))?(?:\s*[A-Z]{2,5})?$",
    re.ASCII,
)
_YEAR_FIRST: Final = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})|(\d{4})(\d{2})(\d{2})", re.ASCII)
_PARTED: Final = re.compile(r"(\d{1,2})([-/. ])(\d{1,2})\2(\d{4}|\d{2})", re.ASCII)
_NAMED: Final = re.compile(
    r"(\d{1,2})[-/. ]*([A-Za-z]{3,9})[-/. ,]*(\d{4}|\d{2})|([A-Za-z]{3,9})[-/. ]*(\d{1,2}),? +(\d{4})",
    re.ASCII,
)
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def table_amount(text: str, *, decimal_sign: str, currency: str, largest: Decimal = LARGEST) -> Decimal:
    """A signed amount: `$1,234.56`, `(50.00)`, `50.00-`, `75.00 CR`, `-12`; with a decimal comma `1.234,56`.

    Signs, brackets and words say money out once at most. Raises BadValue.
    """
    plain = text.translate(_MINUS).strip()
    if len(plain) > _LONGEST:
        raise BadValue("not_an_amount", f"The amount has {len(plain)} characters.")
    plain, is_out = _without_sign(_without_currency(plain, currency, text), text, currency)
    form = _COMMA if decimal_sign == "," else _POINT
    if not form.fullmatch(plain) or not any(each.isdecimal() for each in plain):
        raise BadValue("not_an_amount", _why_not(text, decimal_sign))
    groups = ". " if decimal_sign == "," else ",'’"
    digits = "".join(each for each in plain if each not in groups).replace(decimal_sign, ".")
    decimals = digits.partition(".")[2]
    if len(decimals) == 3:
        raise BadValue("two_readings", f"{text[:40]!r} has three decimals, or a group without its sign.")
    amount = exact_amount(digits if digits != "." else "", largest=largest)
    return -amount if is_out else amount


def _without_currency(plain: str, currency: str, text: str) -> str:
    match = _CODE.search(plain)
    if match is None:
        return plain
    code = match[1] or match[2]
    if currency and code != currency:
        raise BadValue("other_currency", f"{text[:40]!r} is not in {currency}.")
    return (plain[: match.start()] + plain[match.end() :]).strip()


def _without_sign(plain: str, text: str, currency: str) -> tuple[str, bool]:
    """The digits, and whether what stands around them says money out."""
    out = into = 0
    sign = SIGNS.get(currency, "$")
    for _ in range(6):
        before = plain
        if plain.startswith("(") and plain.endswith(")"):
            plain, out = plain[1:-1].strip(), out + 1
        elif plain.startswith("-"):
            plain, out = plain[1:].lstrip(), out + 1
        elif plain.endswith("-"):
            plain, out = plain[:-1].rstrip(), out + 1
        elif plain.startswith("+"):
            plain, into = plain[1:].lstrip(), into + 1
        elif plain.endswith("+"):
            plain, into = plain[:-1].rstrip(), into + 1
        elif plain.startswith(sign):
            plain = plain.removeprefix(sign).lstrip()
        elif plain.endswith(sign):
            plain = plain.removesuffix(sign).rstrip()
        elif (word := _WORD_IN.search(plain)) and word.start():
            plain, into = plain[: word.start()], into + 1
        elif (word := _WORD_OUT.search(plain)) and word.start():
            plain, out = plain[: word.start()], out + 1
        if plain == before:
            break
    if out + into > 1:
        raise BadValue("two_readings", f"{text[:40]!r} has more than one sign.")
    return plain, bool(out)


def _why_not(text: str, decimal_sign: str) -> str:
    other = "point" if decimal_sign == "," else "comma"
    mine = "comma" if decimal_sign == "," else "point"
    if re.search(r"[,.]\d{1,2}\D*$", text) and re.search(r"[,.]", text):
        return f"{text[:40]!r} has not the decimal {mine} of the mapping; is it a decimal {other}?"
    return f"{text[:40]!r} is not an amount with a decimal {mine}."


def table_day(text: str, *, date_form: str, zone: ZoneInfo) -> date:
    """A day, with or without a time behind it: year first, or with the month's name, or as the mapping orders it.

    A time with a zone counts in `zone`. Raises BadValue.
    """
    plain = text.strip()[:60]
    time = _TIME.search(plain)
    if time and time["zone"]:
        return _instant(plain, zone)
    day = plain[: time.start()].strip() if time else plain
    if match := _YEAR_FIRST.fullmatch(day):
        return _date(match[1] or match[4], match[2] or match[5], match[3] or match[6], text)
    if match := _NAMED.fullmatch(day):
        month = (match[2] or match[4]).casefold()[:3]
        if month not in _MONTHS:
            raise BadValue("not_a_date", f"{text[:40]!r} is not a date.")
        number = str(_MONTHS.index(month) + 1)
        return _date(match[3] or match[6], number, match[1] or match[5], text)
    match = _PARTED.fullmatch(day)
    if match is None:
        raise BadValue("not_a_date", f"{text[:40]!r} is not a date.")
    if date_form == "mdy":
        return _date(match[4], match[1], match[3], text, "the month first")
    if date_form == "dmy":
        return _date(match[4], match[3], match[1], text, "the day first")
    if len(match[4]) == 2:
        return _date(match[1], match[3], match[4], text, "the year first")
    raise BadValue("not_a_date", f"{text[:40]!r} has not the year first, as the mapping says.")


def _instant(plain: str, zone: ZoneInfo) -> date:
    try:
        instant = datetime.fromisoformat(re.sub(r"\s*(?:UTC|GMT)$", "+00:00", plain).replace(" +", "+"))
        return checked_day(local_day(instant, zone))
    except BadValue:
        raise
    except (ValueError, OverflowError) as error:
        raise BadValue("not_a_date", f"{plain[:40]!r} is not a date and time.") from error


def _date(year: str, month: str, day: str, text: str, form: str = "") -> date:
    try:
        return checked_day(date(int(year) + (2000 if len(year) == 2 else 0), int(month), int(day)))
    except BadValue:
        raise
    except ValueError as error:
        said = f": the mapping says {form}" if form else ""
        raise BadValue("not_a_date", f"{text[:40]!r} is not a date{said}.") from error
