"""Layouts: how the files of one exporter are read, and what is proposed for an unknown file.

Rule: docs/domain.md#agency-layouts. The ready ones follow what is public of such exports: the trip records of the Taxi
and Limousine Commission and of taximeter providers, statements of E-ZPass New York, and the open data of New York
City on parking and camera violations and on hearings.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from agencies.readers.cells import day
from agencies.readers.refusals import BadCell
from agencies.readers.table import fold
from agencies.rules.fields import FIELDS, KINDS, NEEDED, SUMMONSES, TOLLS, TRIPS, VIOLATIONS

DATE_FORMS: Final = ("mdy", "dmy", "ymd")
DECIMAL_SIGNS: Final = (".", ",")


@dataclass(frozen=True, slots=True)
class Form:
    """How a file is read. `columns` says which heading holds a field; `zone` is the wall clock of its times (empty: the
    company's); with `is_negative` an amount below zero is a charge, as statements of an account write it. `agency` is
    who numbers the rows; `authorities` for whom a trip's surcharges are held (empty: other)."""

    kind: str
    columns: Mapping[str, str]
    agency: str = ""
    date_form: str = "mdy"
    decimal_sign: str = "."
    zone: str = ""
    is_negative: bool = False
    authorities: Mapping[str, str] = field(default_factory=dict)

    def missing(self) -> list[str]:
        """What the kind needs and no column holds: `tag or plate`."""
        return [
            " or ".join(FIELDS[self.kind][each].label for each in group)
            for group in NEEDED[self.kind]
            if not any(each in self.columns for each in group)
        ]

    def places(self, headings: Sequence[str]) -> dict[str, int]:
        """Where each field's column stands among the headings; those that are not there are left out."""
        folded = [fold(each) for each in headings]
        return {
            name: folded.index(wanted)
            for name, heading in self.columns.items()
            if (wanted := fold(heading)) in folded
        }

    def lacks(self, headings: Sequence[str]) -> list[str]:
        """The headings of needed fields that the file does not have."""
        there = self.places(headings)
        return [
            " or ".join(self.columns[each] for each in group if each in self.columns) or "/".join(group)
            for group in NEEDED[self.kind]
            if not any(each in there for each in group)
        ]

    def fits(self, headings: Sequence[str]) -> int:
        """How many of its columns the headings have; 0 where one that is needed is missing."""
        return 0 if self.lacks(headings) else len(self.places(headings))


@dataclass(frozen=True, slots=True)
class ReadyLayout:
    """A layout that everybody has."""

    code: str
    name: str
    form: Form


READY: Final = (
    ReadyLayout(
        "curb_trips",
        "Card trips of a taximeter provider",
        Form(
            TRIPS,
            {
                "reference": "Trip Number",
                "license": "Driver",
                "medallion": "Cab",
                "start": "Trip Start",
                "end": "Trip End",
                "payment_type": "Payment Type",
                "fare": "Fare",
                "tip": "Tip",
                "trip_tolls": "Tolls",
                "extras": "Extras",
                "state_surcharge": "MTA Tax",
                "city_surcharge": "Improvement Surcharge",
                "congestion_surcharge": "Congestion Surcharge",
                "airport_fee": "Airport Fee",
                "total": "Total",
                "fee": "Card Fee",
            },
            agency="CURB",
        ),
    ),
    ReadyLayout(
        "ezpass_statement",
        "Statement of E-ZPass New York",
        Form(
            TOLLS,
            {
                "reference": "Lane Txn ID",
                "tag_or_plate": "Tag/Plate Number",
                "agency": "Agency",
                "entry_time": "Entry Time",
                "entry_place": "Entry Plaza",
                "place": "Exit Plaza",
                "date": "Transaction Date",
                "time": "Exit Time",
                "description": "Activity",
                "amount": "Amount",
            },
            agency="E-ZPass NY",
            is_negative=True,
        ),
    ),
    ReadyLayout(
        "pvb_summonses",
        "Parking and camera violations of New York City",
        Form(
            VIOLATIONS,
            {
                "reference": "Summons Number",
                "plate": "Plate",
                "plate_state": "State",
                "date": "Issue Date",
                "time": "Violation Time",
                "description": "Violation",
                "fine": "Fine Amount",
                "penalty": "Penalty Amount",
                "interest": "Interest Amount",
                "reduction": "Reduction Amount",
                "place": "County",
            },
            agency="NYC DOF",
        ),
    ),
    ReadyLayout(
        "tlc_summonses",
        "Summonses of the Taxi and Limousine Commission",
        Form(
            SUMMONSES,
            {
                "reference": "Ticket Number",
                "license": "License Number",
                "medallion": "Medallion",
                "date": "Violation Date",
                "time": "Violation Time",
                "description": "Charge Description",
                "fine": "Penalty Imposed",
                "penalty": "Additional Penalties or Late Fees",
                "reduction": "Reduction Amount",
                "due_date": "Due Date",
            },
            agency="NYC TLC",
        ),
    ),
)
"""One for each kind, in the order of the kinds that are earned first."""


def wanted_headings(forms: Sequence[Form] = ()) -> list[frozenset[str]]:
    """Sets of folded headings, of which one is that of a file: of these forms, of the ready ones, of each kind."""
    named = [frozenset(fold(each) for each in form.columns.values()) for form in forms]
    ready = [frozenset(fold(each) for each in layout.form.columns.values()) for layout in READY]
    usual = [frozenset(word for each in FIELDS[kind].values() for word in each.headings) for kind in KINDS]
    return [*named, *ready, *usual]


def propose(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> tuple[Form | None, list[str]]:
    """The form that headings and first rows of an unknown file suggest, and what a person has to look at.

    None where no kind has what it needs.
    """
    best: Form | None = None
    for kind in KINDS:
        columns: dict[str, str] = {}
        for name, each in FIELDS[kind].items():
            place = next(
                (fold_at(headings, word) for word in each.headings if fold_at(headings, word) is not None),
                None,
            )
            if place is not None and headings[place] not in columns.values():
                columns[name] = headings[place]
        form = Form(kind, columns)
        if not form.missing() and (best is None or len(columns) > len(best.columns)):
            best = form
    if best is None:
        return None, []
    form, asked = _with_dates(best, headings, rows)
    return _with_sign(form, headings, rows), asked


def fold_at(headings: Sequence[str], word: str) -> int | None:
    """Where the folded word stands among the headings, if it stands there once."""
    folded = [fold(each) for each in headings]
    return folded.index(word) if folded.count(word) == 1 else None


def _column(form: Form, headings: Sequence[str], rows: Sequence[Sequence[str]], *names: str) -> list[str]:
    places = form.places(headings)
    place = next((places[name] for name in names if name in places), None)
    return [] if place is None else [row[place] for row in rows if place < len(row) and row[place]]


def _with_dates(form: Form, headings: Sequence[str], rows: Sequence[Sequence[str]]) -> tuple[Form, list[str]]:
    """The order of day and month by which all first days can be read; both where both can."""
    cells = [cell.split("T")[0].split(" ")[0] for cell in _column(form, headings, rows, "date", "start")]
    possible = [order for order in DATE_FORMS if cells and all(_is_day(cell, order) for cell in cells)]
    readings = {order: [day(cell, date_form=order) for cell in cells] for order in possible}
    order = possible[0] if possible else form.date_form
    differ = [each for each in possible if readings[each] != readings[order]]
    asked = [f"{cells[0]!r} can be two days: does the month or the day come first?"] if differ else []
    if cells and not possible:
        asked.append(f"{cells[0]!r} is not a date in any order.")
    return replace(form, date_form=order), asked


def _is_day(cell: str, order: str) -> bool:
    try:
        day(cell, date_form=order)
    except BadCell:
        return False
    return True


def _with_sign(form: Form, headings: Sequence[str], rows: Sequence[Sequence[str]]) -> Form:
    """Charges are below zero where most amounts of a statement are."""
    cells = _column(form, headings, rows, "amount", "fine")
    below = sum(cell.startswith(("-", "(", "$-", "\N{MINUS SIGN}")) for cell in cells)
    return replace(form, is_negative=bool(cells) and 2 * below > len(cells))
