"""What a record says: who, when, how much; or everything that is wrong with it (docs/domain.md#agency-rows)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Final
from zoneinfo import ZoneInfo

from agencies.readers import cells as read
from agencies.readers.refusals import BadCell, Problem
from agencies.rules.fields import FARES, FIELDS, SURCHARGES, TOLLS, TRIPS
from agencies.rules.layouts import Form
from batconnect.core.kernel.money import LARGEST, ZERO, format_amount, sum_of

LONGEST_REFERENCE: Final = 55
"""What leaves room for `/2` and `/P1` behind the number of a charge."""
_LONGEST: Final = {"plate": 12, "plate_state": 2, "tag": 20, "medallion": 10, "license": 20}
_DESCRIBED: Final = 160
_LONGEST_TRIP: Final = timedelta(hours=24)
_TAG: Final = re.compile(r"\d{8,20}", re.ASCII)
_WITH_STATE: Final = re.compile(r"(?P<state>[A-Z]{2})[- ]+(?P<plate>[0-9A-Z-]+)", re.ASCII)
_CARD: Final = frozenset(
    ("card", "credit", "crd", "cre", "credit card", "debit", "credit_card", "c", "1", "mobile", "app")
)
_CASH: Final = frozenset(("cash", "csh", "cas", "2"))
_NONE: Final = frozenset(("no charge", "noc", "nocharge", "3", "dispute", "dis", "4", "void", "voided", "6"))


@dataclass(frozen=True, slots=True)
class AgencyRecord:
    """What one record says. `amount` is what it costs now, of a trip what the card paid; `fine` without `penalty`
    (interest in it) and `reduction`; `fee` and surcharges are a trip's, never below zero. `day` is the company's
    calendar day on which it happened or, of a trip, began. `digest` stands for the record where the agency gives no
    number."""

    reference: str
    digest: str
    day: date
    happened_at: datetime
    ended_at: datetime | None
    plate: str
    plate_state: str
    tag: str
    medallion: str
    license: str
    description: str
    due_date: date | None
    amount: Decimal
    fine: Decimal
    penalty: Decimal
    reduction: Decimal
    fee: Decimal
    state_surcharge: Decimal
    city_surcharge: Decimal
    congestion_surcharge: Decimal
    airport_fee: Decimal


COLUMNS: Final = tuple(each.name for each in fields(AgencyRecord))


@dataclass(frozen=True, slots=True)
class Skipped:
    """A record that is nothing to charge or to credit, and why: a payment into the account, a trip without pay."""

    why: str


class _Wrong(Exception):
    """Something is wrong with a field of the record."""

    def __init__(self, field: str, code: str, message: str) -> None:
        super().__init__(message)
        self.problem = Problem(field, code, message)


class RecordReader:
    """Reads the records of one file. `zone` is the company's, `today` its day."""

    def __init__(
        self, *, form: Form, headings: Sequence[str], zone: ZoneInfo, today: date, currency: str
    ) -> None:
        self.form = form
        self.places = form.places(headings)
        self.zone = zone
        self.wall = ZoneInfo(form.zone) if form.zone else zone
        self.today = today
        self.currency = currency
        self.width = len(headings)

    def read(self, cells: Sequence[str]) -> AgencyRecord | Skipped | list[Problem]:
        """What the record says, or all that is wrong with it."""
        if len(cells) > self.width:
            message = f"The row has {len(cells)} cells; there are {self.width} headings."
            return [Problem("row", "wrong_cell_count", message)]
        row = _Row(self, cells)
        try:
            said = _trip(row) if self.form.kind == TRIPS else _charge(row)
        except _Wrong as wrong:
            return [*row.problems, wrong.problem]
        return row.problems or said


class _Row:
    """A record with its problems so far."""

    def __init__(self, reader: RecordReader, cells: Sequence[str]) -> None:
        self.reader = reader
        self.cells = cells
        self.problems: list[Problem] = []

    def text(self, name: str) -> str:
        place = self.reader.places.get(name)
        return self.cells[place] if place is not None and place < len(self.cells) else ""

    def attempt(self, name: str, parse: Callable[[str], object]) -> object | None:
        """What the cell says; what is wrong with it becomes a problem, and None comes out."""
        try:
            return parse(self.text(name))
        except BadCell as error:
            self.problems.append(Problem(name, error.code, error.message))
            return None

    def amount(self, name: str) -> Decimal:
        form = self.reader.form
        found = self.attempt(
            name,
            lambda cell: read.amount(cell, decimal_sign=form.decimal_sign, currency=self.reader.currency),
        )
        if not isinstance(found, Decimal):
            return ZERO
        return -found if form.is_negative else found

    def not_below_zero(self, name: str) -> Decimal:
        found = self.amount(name)
        if found < 0:
            label = FIELDS[self.reader.form.kind][name].label
            message = (
                f"The {label} of {format_amount(found)} is below zero: it takes something back that came before. "
                "Enter it as an adjustment or a credit memo of what it takes back."
            )
            self.problems.append(Problem(name, "negative_amount", message))
        return found

    def name(self, field: str) -> str:
        found = read.name(self.text(field))
        if len(found) > _LONGEST[field]:
            message = f"{self.text(field)[:40]!r} has more than {_LONGEST[field]} letters and digits."
            self.problems.append(Problem(field, "too_long", message))
            return ""
        return found

    def moment(self, name: str, clock: str, *, after: datetime | None = None) -> datetime | None:
        form = self.reader.form
        found = self.attempt(
            name,
            lambda cell: read.moment(
                cell,
                date_form=form.date_form,
                zone=self.reader.wall,
                clock_text=self.text(clock),
                after=after,
            ),
        )
        return found if isinstance(found, datetime) else None

    def required(self, *names: str) -> None:
        """Stop where none of the fields says anything."""
        if not any(self.text(name) for name in names):
            labels = " or ".join(FIELDS[self.reader.form.kind][name].label for name in names)
            raise _Wrong(names[0], "required", f"The {labels} is missing.")

    def day(self, name: str, clock: str, instant: datetime) -> date:
        """The company's calendar day of the instant; a day without a time is as it is written."""
        has_time = bool(self.text(clock)) or ":" in self.text(name)
        found = instant.astimezone(self.reader.zone if has_time else self.reader.wall).date()
        if found > self.reader.today:
            message = f"{found} is after today, {self.reader.today}."
            self.problems.append(Problem(name, "date_in_future", message))
        return found

    def due(self) -> date | None:
        if not self.text("due_date"):
            return None
        found = self.attempt("due_date", lambda cell: read.day(cell, date_form=self.reader.form.date_form))
        return found if isinstance(found, date) else None

    def reference(self) -> str:
        found = self.text("reference").strip()
        if len(found) > LONGEST_REFERENCE:
            message = f"The number has {len(found)} characters; at most {LONGEST_REFERENCE} are kept."
            self.problems.append(Problem("reference", "too_long", message))
        return found


def _charge(row: _Row) -> AgencyRecord | Skipped:
    """A toll, a violation or a summons."""
    is_toll = row.reader.form.kind == TOLLS
    row.required("date")
    fine = row.amount("amount") if is_toll else row.not_below_zero("fine")
    if is_toll and fine <= 0 and not row.problems:
        what = "a credit or a payment into the account" if fine else "no amount"
        return Skipped(f"It is {what} ({format_amount(fine)}), not a toll; nothing is charged for it.")
    zero = dict.fromkeys(("penalty", "interest", "reduction"), ZERO)
    more = zero if is_toll else {name: row.not_below_zero(name) for name in zero}
    penalty = more["penalty"] + more["interest"]
    amount = fine + penalty - more["reduction"]
    if amount < 0 and not row.problems:
        message = (
            f"The reduction of {format_amount(more['reduction'])} is above {format_amount(fine + penalty)}."
        )
        row.problems.append(Problem("reduction", "reduction_above_amount", message))
    names = _names(row)
    happened_at = row.moment("date", "time")
    if happened_at is None or row.problems:
        return _stopped(row)
    told = (row.text("description"), row.text("agency"), row.text("entry_place"), row.text("place"))
    return _checked(
        row,
        names,
        {
            "day": row.day("date", "time", happened_at),
            "happened_at": happened_at,
            "ended_at": None,
            "description": " · ".join(each for each in told if each)[:_DESCRIBED],
            "due_date": row.due(),
            "amount": amount,
            "fine": fine,
            "penalty": penalty,
            "reduction": more["reduction"],
            "fee": ZERO,
            **dict.fromkeys(SURCHARGES, ZERO),
        },
    )


def _trip(row: _Row) -> AgencyRecord | Skipped:
    """A trip: of one paid by card all that the card paid is earned; of any the surcharges are held."""
    row.required("start")
    row.required("medallion", "plate", "license")
    way = _way(row)
    if way is None:
        return Skipped(f"Nothing was paid for the trip ({row.text('payment_type')[:20]}).")
    fares = {name: row.not_below_zero(name) for name in FARES}
    surcharges = {name: row.not_below_zero(name) for name in SURCHARGES}
    total = sum_of([*fares.values(), *surcharges.values()])
    if row.text("total") and not row.problems and row.amount("total") != total:
        message = (
            f"The total is {format_amount(row.amount('total'))}, what it is made of {format_amount(total)}: a column "
            "of the file may be missing in the layout."
        )
        row.problems.append(Problem("total", "total_differs", message))
    names = _names(row)
    started_at = row.moment("start", "start_time")
    ended_at = row.moment("end", "end_time", after=started_at) if row.text("end") else None
    if started_at is None or row.problems:
        return _stopped(row)
    _check_end(row, started_at, ended_at)
    return _checked(
        row,
        names,
        {
            "day": row.day("start", "start_time", started_at),
            "happened_at": started_at,
            "ended_at": ended_at,
            "description": "",
            "due_date": None,
            "amount": total if way == "card" else ZERO,
            "fine": fares["fare"],
            "penalty": ZERO,
            "reduction": ZERO,
            "fee": abs(row.amount("fee")),
            **surcharges,
        },
    )


def _way(row: _Row) -> str | None:
    """How a trip was paid: card, cash, or None for not at all. Raises _Wrong for a word that says neither."""
    said = row.text("payment_type").casefold().strip()
    if not said or said in _CARD:
        return "card"
    if said in _CASH:
        return "cash"
    if said in _NONE:
        return None
    raise _Wrong("payment_type", "unknown_choice", f"{said[:40]!r} is neither card nor cash.")


def _check_end(row: _Row, started_at: datetime, ended_at: datetime | None) -> None:
    if ended_at is None:
        return
    if ended_at < started_at:
        message = f"The trip ends at {row.text('end')[:40]}, before it starts at {row.text('start')[:40]}."
        row.problems.append(Problem("end", "ends_before_start", message))
    elif ended_at - started_at > _LONGEST_TRIP:
        message = f"The trip lasts longer than {_LONGEST_TRIP.total_seconds() / 3600:.0f} hours."
        row.problems.append(Problem("end", "trip_too_long", message))


def _names(row: _Row) -> dict[str, str]:
    """What the record names cab and driver by, as it is compared."""
    either = row.text("tag_or_plate")
    digits = read.name(either)
    is_tag = bool(_TAG.fullmatch(digits))
    plate, state = row.text("plate") or ("" if is_tag else either), row.text("plate_state")
    if match := _WITH_STATE.fullmatch(plate.upper()):
        plate, state = match["plate"], state or match["state"]
    found = {
        "plate": read.name(plate),
        "plate_state": read.name(state)[:2],
        "tag": (row.name("tag") or (digits if is_tag else "")).lstrip("0"),
        "medallion": row.name("medallion"),
        "license": row.name("license").lstrip("0"),
    }
    if len(found["plate"]) > _LONGEST["plate"]:
        message = f"{plate[:40]!r} has more than {_LONGEST['plate']} letters and digits."
        row.problems.append(Problem("plate", "too_long", message))
    return found


def _checked(row: _Row, names: Mapping[str, str], values: Mapping[str, object]) -> AgencyRecord:
    largest = max(abs(each) for each in values.values() if isinstance(each, Decimal))
    if largest > LARGEST:
        message = f"{format_amount(largest)} is above the largest amount, {format_amount(LARGEST)}."
        row.problems.append(Problem("amount", "too_large", message))
    reference = row.reference()
    said = "\x1f".join(row.cells)
    digest = "" if reference else sha256(said.encode()).hexdigest()[:20]
    return AgencyRecord(reference=reference, digest=digest, **names, **values)  # type: ignore[arg-type]  # fields


_STOPPED: Final = AgencyRecord(
    *("", "", date(2000, 1, 1), datetime(2000, 1, 1, tzinfo=UTC), None, "", "", "", "", "", "", None),
    *([ZERO] * 9),
)


def _stopped(row: _Row) -> AgencyRecord:
    """What stands in for a record that has problems, which are what counts of it."""
    assert row.problems, "a record is stopped for a reason"
    return _STOPPED
