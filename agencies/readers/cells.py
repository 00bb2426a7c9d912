"""What the cells of an agency's record say: amounts, days, times of day, plates (docs/domain.md#agency-files).

The layout says in which order day and month stand, the decimal sign and the zone. Nothing is made to fit.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from decimal import Decimal
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from agencies.readers.refusals import BadCell
from bank.readers.table_cells import table_amount, table_day
from bank.readers.values import BadValue

_WIDEST: Final = timedelta(hours=24)
_UTC: Final = ZoneInfo("UTC")
_CLOCK: Final = re.compile(
    r"(?P<hour>\d{1,2}):?(?P<minute>\d{2})(?::(?P<second>\d{2})(?:\.\d{1,9})?)?\s*(?P<half>[AaPp]\.?[Mm]?\.?)?",
    re.ASCII,
)
_BEHIND: Final = re.compile(
    r"^(?P<day>.+?)[T ,]+(?P<clock>\d{1,2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?\s*(?:[AaPp]\.?[Mm]\.?)?)"
    r"\s*(?P<zone>Z|UTC|GMT|[+-]\d{2}:?\d{2})?$",
    re.ASCII,
)
_NOT_NAME: Final = re.compile(r"[^0-9A-Z]")
# The plain forms of most files; everything else goes the long way.
_PLAIN: Final = re.compile(r"-?\d{1,9}\.\d{2}", re.ASCII)


@lru_cache(maxsize=16_384)
def amount(text: str, *, decimal_sign: str = ".", currency: str = "") -> Decimal:
    """An amount with its sign; 0.00 for an empty cell. Raises BadCell."""
    if decimal_sign == "." and _PLAIN.fullmatch(text):
        return Decimal(text)
    if not text or text in ("-", "$-", "$ -"):
        return Decimal("0.00")
    try:
        return table_amount(text, decimal_sign=decimal_sign, currency=currency)
    except BadValue as error:
        raise BadCell(error.code, error.message) from error


@lru_cache(maxsize=4_096)
def day(text: str, *, date_form: str) -> date:
    """A calendar date; a time behind it does not count. Raises BadCell."""
    try:
        return table_day(text, date_form=date_form, zone=_UTC)
    except BadValue as error:
        raise BadCell(error.code, error.message) from error


@lru_cache(maxsize=8_192)
def clock(text: str) -> time:
    """A time of day: `01:30`, `01:30:05`, `0130`, `01:30 PM`, `0812A`. Raises BadCell."""
    match = _CLOCK.fullmatch(text.strip())
    if match is None:
        raise BadCell("not_a_time", f"{text[:40]!r} is not a time of day.")
    hour, half = int(match["hour"]), (match["half"] or "").lower()[:1]
    if half and not 0 <= hour <= 12:
        # Agencies write 13:05P for five past one.
        half = ""
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    try:
        return time(hour, int(match["minute"]), int(match["second"] or 0))
    except ValueError as error:
        raise BadCell("not_a_time", f"{text[:40]!r} is not a time of day.") from error


def moment(
    text: str, *, date_form: str, zone: ZoneInfo, clock_text: str = "", after: datetime | None = None
) -> datetime:
    """The instant, in UTC, of a day with a time, in one cell or two; midnight where there is no time.

    A time without a zone of its own is on the wall clock of `zone`. Of the hour that a clock shows twice in autumn the
    first is meant, unless that were before `after`. Raises BadCell.
    """
    match = _BEHIND.match(text.strip())
    if match is None:
        on, at, named = day(text, date_form=date_form), clock(clock_text) if clock_text else time(0), None
    else:
        on, at, named = day(match["day"], date_form=date_form), clock(match["clock"]), match["zone"]
    if named is not None:
        return datetime.combine(on, at, _offset(named)).astimezone(UTC)
    local = datetime.combine(on, at, zone)
    instant = local.astimezone(UTC)
    if after is not None and instant < after:
        second = local.replace(fold=1).astimezone(UTC)
        return second if second >= after else instant
    return instant


@lru_cache(maxsize=16_384)
def name(text: str) -> str:
    """A plate, tag, medallion or license as it is compared: capitals and digits alone."""
    return _NOT_NAME.sub("", text.upper())


def _offset(text: str) -> tzinfo:
    if text[0] not in "+-":
        return UTC
    digits = text[1:].replace(":", "")
    span = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    if span >= _WIDEST:
        raise BadCell("not_a_time", f"{text!r} is not the offset of a zone.")
    return timezone(-span if text[0] == "-" else span)
