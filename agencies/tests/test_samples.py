"""The sample files of docs/agencies.md: each is read whole by its ready layout, and imported by the command."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from agencies.models import AgencyRow
from agencies.services.receiving import try_file
from batconnect.core.kernel.actors import Actor
from ledger.models import Obligation
from ledger.tests.settlement.builders import at, make_driver

SAMPLES = Path(__file__).resolve().parents[1] / "samples"


@pytest.mark.parametrize(
    ("name", "kind", "good", "skipped"),
    [
        ("ezpass.csv", "tolls", 4, 1),
        ("trips.csv", "trips", 3, 1),
        ("violations.csv", "violations", 2, 0),
        ("summonses.csv", "summonses", 1, 0),
    ],
)
def test_a_sample_is_read_by_its_ready_layout(
    manager: Actor, name: str, kind: str, good: int, skipped: int
) -> None:
    with at("2026-11-20"), (SAMPLES / name).open("rb") as file:
        tried = try_file(actor=manager, file=file)

    assert (tried.form.kind, tried.is_proposed, tried.problems) == (kind, False, [])
    assert (tried.good_lines, tried.skipped_lines) == (good, skipped)


def test_the_command_imports_a_sample(manager: Actor) -> None:
    make_driver(manager)
    said = StringIO()

    with at("2026-11-20"):
        call_command("import_agency_file", company="North Taxi", file=SAMPLES / "trips.csv", stdout=said)

    assert "3 new, 0 there already" in said.getvalue()
    assert "3 charged or credited, 0 wait at the desk." in said.getvalue()
    assert AgencyRow.objects.filter(state="done").count() == 3
    assert Obligation.objects.filter(category="TAXES").count() == 1
