"""The night's check reads what was sealed since the last one that held, and everything on Sundays."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

import pytest
import time_machine
from celery import current_app

from batconnect.core.kernel.clock import now
from batconnect.core.models import JobRun, Seal
from batconnect.core.sealing import sealing
from batconnect.core.sealing.checking import VERIFY_SEALS
from ledger.models import Entry
from ledger.tests.test_verify_ledger import corrupt
from ledger.tests.treasury.builders import put_in
from tests.cast import NORTH, acting
from tests.seals.test_seals import seal_all, work

pytestmark = pytest.mark.django_db(transaction=True)
_WEDNESDAY: Final = 2
_CHANGED: Final = "update ledger_entries set reason = 'another' where id = '{}'"


def a_wednesday() -> datetime:
    """The noon of one that is ahead."""
    noon = now().replace(hour=17, minute=0)
    return noon + timedelta(days=(_WEDNESDAY - noon.weekday()) % 7 + 7)


def night(day: datetime) -> dict[str, Any]:
    """What the job says that it did on that day."""
    with time_machine.travel(day, tick=True):
        current_app.tasks[f"{VERIFY_SEALS}.of_company"].apply(args=[str(NORTH)], throw=True)
    with acting("manager") as actor:
        runs = JobRun.objects.filter(company_id=actor.company_id, task=VERIFY_SEALS)
        counts: dict[str, Any] = runs.latest("id").counts
    return counts


def another_seal() -> tuple[int, Any]:
    """Something that is sealed by itself: the seal's number and the entry."""
    with acting("manager") as actor:
        put_in(actor, "5.00")
        entry = Entry.objects.latest("id").id
    seal_all()
    return _last(), entry


def _last() -> int:
    with acting("manager") as actor:
        return Seal.objects.filter(company_id=actor.company_id).latest("number").number


def test_each_night_begins_with_the_last_seal_that_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "ROWS_OF_A_SEAL", 4)
    work()
    seal_all()
    first, day = _last(), a_wednesday()

    assert night(day) == {"seals": first, "differences": 0, "first": 1, "last": first}

    last, entry = another_seal()
    assert night(day + timedelta(days=1)) == {
        "seals": last - first + 1,
        "differences": 0,
        "first": first,
        "last": last,
    }
    corrupt(_CHANGED.format(entry))
    found = night(day + timedelta(days=2))
    assert (found["first"], found["differences"]) == (last, 1)
    # After a difference everything is read until it is gone.
    assert night(day + timedelta(days=2, hours=1))["first"] == 1


def test_what_is_old_is_found_on_sunday_and_what_was_dated_back_the_next_night(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sealing, "ROWS_OF_A_SEAL", 4)
    work()
    seal_all()
    with acting("manager"):
        old = Entry.objects.earliest("id").id
    day = a_wednesday()
    assert night(day)["differences"] == 0
    corrupt(_CHANGED.format(old))
    assert night(day + timedelta(days=1))["differences"] == 0
    with acting("manager") as actor:
        put_in(actor, "5.00")
        latest = Entry.objects.latest("id").id
    corrupt(f"update ledger_entries set posted_at = now() - interval '9 days' where id = '{latest}'")
    seal_all()

    assert night(day + timedelta(days=2))["differences"] == 1
    sunday = night(day + timedelta(days=4))
    assert (sunday["first"], sunday["differences"]) == (1, 2)


def test_a_week_after_the_last_whole_check_everything_is_read() -> None:
    work()
    seal_all()
    day = a_wednesday()
    firsts = [night(day + timedelta(days=days))["first"] for days in (0, 1)]
    another_seal()
    firsts += [night(day + timedelta(days=days))["first"] for days in (2, 3, 10)]

    assert firsts[2:] == [1, 2, 1]
    assert firsts[:2] == [1, 1]
