"""What a record says, without a database: times of day, marks, proposals."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from agencies.readers.cells import clock, moment, name
from agencies.readers.refusals import BadCell
from agencies.rules.layouts import READY, propose
from agencies.rules.reading import AgencyRecord, RecordReader
from agencies.rules.words import is_known, meaning
from agencies.tests.builders import EZPASS, PVB, TRIPS
from batconnect.core.kernel.money import exact_money

NEW_YORK = ZoneInfo("America/New_York")


def _reader(code: str, headings: tuple[str, ...]) -> RecordReader:
    form = next(each.form for each in READY if each.code == code)
    return RecordReader(form=form, headings=headings, zone=NEW_YORK, today=date(2025, 12, 1), currency="USD")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("08:12A", time(8, 12)),
        ("0812P", time(20, 12)),
        ("12:05A", time(0, 5)),
        ("12:05 PM", time(12, 5)),
        ("13:05P", time(13, 5)),
        ("01:30:05.123", time(1, 30, 5)),
        ("0130", time(1, 30)),
    ],
)
def test_reads_times_as_agencies_write_them(text: str, expected: time) -> None:
    assert clock(text) == expected


@pytest.mark.parametrize("text", ["", "25:00", "1", "08:61", "noon", "٠٨:١٢"])
def test_refuses_what_is_no_time(text: str) -> None:
    with pytest.raises(BadCell):
        clock(text)


def test_of_the_hour_that_comes_twice_the_first_is_meant_unless_it_were_too_early() -> None:
    first = moment("11/02/2025 01:30", date_form="mdy", zone=NEW_YORK)
    second = moment("11/02/2025 01:10", date_form="mdy", zone=NEW_YORK, after=first)

    assert first == datetime(2025, 11, 2, 5, 30, tzinfo=UTC)
    assert second == datetime(2025, 11, 2, 6, 10, tzinfo=UTC)


@pytest.mark.parametrize("text", ["2025-11-03T08:15:00Z", "2025-11-03 03:15:00-05:00", "11/03/2025 03:15"])
def test_a_time_with_its_zone_is_the_same_instant(text: str) -> None:
    assert moment(text, date_form="mdy", zone=NEW_YORK) == datetime(2025, 11, 3, 8, 15, tzinfo=UTC)


def test_refuses_an_offset_that_no_zone_has() -> None:
    with pytest.raises(BadCell):
        moment("2025-11-03 03:15:00+99:00", date_form="mdy", zone=NEW_YORK)


@pytest.mark.parametrize(
    ("mark", "plate", "tag"),
    [
        ("NY T687243C", "T687243C", ""),
        ("T-687243-C", "T687243C", ""),
        ("00512345678", "", "512345678"),
        ("005 12345678", "", "512345678"),
        ("1SAM401", "1SAM401", ""),
    ],
)
def test_tells_a_tag_from_a_plate(mark: str, plate: str, tag: str) -> None:
    cells = ("T1", "11/03/2025", mark, "MTAB&T", "TOLL", "", "", "08:15:00", "RFK", "($6.94)")

    said = _reader("ezpass_statement", EZPASS).read(cells)

    assert isinstance(said, AgencyRecord)
    assert (said.plate, said.tag, said.amount) == (plate, tag, exact_money("6.94"))


def test_a_reduction_above_the_fine_is_refused() -> None:
    cells = ("T687243C", "NY", "89", "11/03/2025", "08:12A", "X", "65.00", "", "", "66.00", "NY")

    said = _reader("pvb_summonses", PVB).read(cells)

    assert isinstance(said, list)
    assert [each.code for each in said] == ["reduction_above_amount"]


@pytest.mark.parametrize(
    ("headings", "kind"),
    [(TRIPS, "trips"), (EZPASS, "tolls"), (PVB, "violations"), (("Name", "Value"), None)],
)
def test_proposes_the_kind_by_the_headings(headings: tuple[str, ...], kind: str | None) -> None:
    form, _ = propose(headings, [])

    assert (form.kind if form else None) == kind


def test_every_ready_layout_says_what_its_kind_needs() -> None:
    assert [each.form.missing() for each in READY] == [[]] * len(READY)


def test_a_named_penalty_speaks_for_itself_and_another_fine_does_not() -> None:
    before = tuple(exact_money(each) for each in ("65.00", "0.00", "0.00"))
    penalty = tuple(exact_money(each) for each in ("65.00", "10.00", "5.00"))
    other = tuple(exact_money(each) for each in ("75.00", "0.00", "0.00"))

    named, conflict = meaning("violations", penalty, before), meaning("violations", other, before)

    assert (str(named.raised), str(named.lowered), named.is_conflict) == ("10.00", "5.00", False)
    assert (str(conflict.raised), str(conflict.lowered), conflict.is_conflict) == ("10.00", "0.00", True)
    assert is_known(before, penalty, [["65.00", "0.00", "0.00"]])


def test_another_fine_of_the_same_cost_is_a_conflict_to_look_at() -> None:
    before = tuple(exact_money(each) for each in ("65.00", "10.00", "0.00"))
    moved = tuple(exact_money(each) for each in ("75.00", "0.00", "0.00"))

    same = meaning("violations", moved, before)

    assert (str(same.raised), str(same.lowered), same.is_conflict) == ("10.00", "10.00", True)


def test_marks_are_compared_by_letters_and_digits_alone() -> None:
    assert name(" t-687 243.c ") == "T687243C"
