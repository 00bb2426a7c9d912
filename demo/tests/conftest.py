"""Loading commits, as the owner and as the runtime role: every test here gets a database of its own."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection
from django.db.models import Value
from django.db.models.functions import Concat

from batconnect.core.models import User
from demo.loading import load_demo
from tests.databases import clone, ensure_template, keep_copy, owners_hand, remove

PASSWORD = "correct-horse-battery"


@pytest.fixture
def installation(settings: Any, tmp_path: Path, transactional_db: None) -> Path:
    """A data dir and a fresh database of the test's own, with a configured demo password."""
    # Earlier tests of this worker were rolled back, but have moved the sequences.
    clone(template=ensure_template(), name=str(connection.settings_dict["NAME"]))
    settings.DATA_DIR = tmp_path
    settings.DEMO_PASSWORD = PASSWORD
    return tmp_path


@pytest.fixture(scope="session")
def kept_demos(django_db_blocker: Any) -> Iterator[dict[date, str]]:
    """The databases that this worker keeps with a loaded demo, by the day of loading."""
    kept: dict[date, str] = {}
    yield kept
    with django_db_blocker.unblock():
        for name in kept.values():
            remove(name=name)


@pytest.fixture
def load_on(installation: Path, kept_demos: dict[date, str]) -> Iterator[Callable[..., bool]]:
    """`load_on(day)`: the demo as loaded at noon of a day in New York; the clock stays there.

    A day is loaded once per worker and copied from then on; `really=True` loads whatever is kept.
    """
    with time_machine.travel(0) as traveler:

        def load(day: date, *, really: bool = False) -> bool:
            noon = datetime(day.year, day.month, day.day, 12, tzinfo=ZoneInfo("America/New_York"))
            traveler.move_to(noon, tick=False)
            if day in kept_demos and not really:
                clone(template=kept_demos[day], name=str(connection.settings_dict["NAME"]))
                return True
            # The suite's own cast has the same names.
            with owners_hand():
                User.objects.exclude(username__startswith="cast-").update(
                    username=Concat(Value("cast-"), "username")
                )
            loaded = load_demo()
            if not really:
                kept_demos[day] = f"test_batconnect_{os.getpid()}_{day:%Y%m%d}"
                keep_copy(name=kept_demos[day])
            return loaded

        yield load
