"""How numbers of entries are written: pure."""

from __future__ import annotations

from typing import Final

_DIGITS: Final = 6


def format_entry_number(year: int, number: int) -> str:
    """`2026-000042`; digits are a minimum."""
    return f"{year}-{number:0{_DIGITS}d}"


def entry_number_sql(alias: str) -> str:
    """SQL: the number of a row of `entry_numbers` as it is written; null where there is none."""
    number = f"{alias}.number::text"
    return f"{alias}.year || '-' || lpad({number}, greatest({_DIGITS}, length({number})), '0')"
