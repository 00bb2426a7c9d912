"""Codes, days and amounts as people read them. Codes are for programs: in the API, in the trail's data, in files."""

from __future__ import annotations

import re
from datetime import date
from typing import Final

from django.utils.dateformat import format as format_date

_ABBREVIATIONS: Final = {"ach", "api", "csv", "dtr", "id", "pvb", "tlc", "usd"}
_CODE: Final = re.compile(r"[a-z][a-z0-9]*(?:[_.][a-z0-9]+)+")


def is_code(text: str) -> bool:
    """Whether the text is a code of several words: `obligation_raised`, `payments.void`."""
    return _CODE.fullmatch(text) is not None


def describe_code(code: str) -> str:
    """`obligation_raised` → `Obligation raised`; `ledger.write_off` → `Write off`; `dtr_paid` → `DTR paid`."""
    words = code.rpartition(".")[2].split("_")
    spelled = " ".join(word.upper() if word in _ABBREVIATIONS else word for word in words)
    return spelled[:1].upper() + spelled[1:]


def format_day(day: date) -> str:
    """`Nov. 28, 2026`, as every list has it."""
    return format_date(day, "N j, Y")
