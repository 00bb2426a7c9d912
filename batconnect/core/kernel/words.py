"""Codes, days and amounts as people read them. Codes are for programs: in the API, in the trail's data, in files."""

from __future__ import annotations

import re
from datetime import date
from typing import Final

from django.utils.dateformat import format as format_date

_ABBREVIATIONS: Final = {"ach", "api", "csv", "dtr", "id", "pvb", "sla", "tlc", "url", "usd", "vin"}
_CODE: Final = re.compile(r"[a-z][a-z0-9]*(?:[_.][a-z0-9]+)+")


def is_code(text: str) -> bool:
    """Whether the text is a code of several words: `obligation_raised`, `payments.void`."""
    return _CODE.fullmatch(text) is not None


def describe_code(code: str) -> str:
    """`obligation_raised` → `Obligation raised`; `ledger.write_off` → `Write off`; `dtr_paid` → `DTR paid`;
    `LOAN_ENTER_DETAILS` → `Loan enter details`."""
    if "_" in code and code.isupper():
        code = code.lower()
    words = code.rpartition(".")[2].split("_")
    spelled = " ".join(word.upper() if word in _ABBREVIATIONS else word for word in words)
    return spelled[:1].upper() + spelled[1:]


def describe_label(label: str) -> str:
    """A column's name with its abbreviations as people write them: `reference id` → `Reference ID`, `dtr` → `DTR`."""
    words = " ".join(word.upper() if word in _ABBREVIATIONS else word for word in label.split(" "))
    return words[:1].upper() + words[1:]


def format_count(count: int, one: str, many: str = "") -> str:
    """`1 row`, `1,234 rows`; `many` where the plural is no `s` behind it: `2 entries`."""
    return f"{count:,} {one if count == 1 else many or f'{one}s'}"


def format_day(day: date) -> str:
    """`Nov. 28, 2026`, as every list has it."""
    return format_date(day, "N j, Y")


# In sentences that the API promises, and in what statements put together; in a number it stays.
_ISO_DAY: Final = re.compile(r"(?<![\w-])(\d{4}-\d\d-\d\d)(?![\w-])( (?=\d\d:\d\d\b))?")


def say_days(text: str) -> str:
    """The text, with its days as every list has them: `week of 2026-11-22` → `week of Nov. 22, 2026`;
    an instant with its comma: `Nov. 22, 2026, 05:15`."""
    return _ISO_DAY.sub(_said, text)


def _said(found: re.Match[str]) -> str:
    try:
        return f"{format_day(date.fromisoformat(found[1]))}{', ' if found[2] else ''}"
    except ValueError:
        return found.group()
