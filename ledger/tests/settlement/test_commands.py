"""The settlement from the command line."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from batconnect.core.jobs.schedules import declared_schedules
from batconnect.core.kernel.actors import Actor
from ledger.models import Dtr, LeaseEarning, Obligation
from ledger.tests.settlement.builders import WEEK, at, make_driver, settle_from
from tests.digest import assert_nothing_written

FIRST = date(2026, 1, 4)


def run(name: str, *words: str) -> str:
    """What the command says."""
    out = StringIO()
    call_command(name, "--company", "North Taxi", *words, stdout=out)
    return out.getvalue()


@pytest.fixture(autouse=True)
def driver(manager: Actor) -> None:
    """A driver of north, settled from 2026-01-11 on."""
    settle_from(FIRST + WEEK)
    make_driver(manager)


def test_one_command_runs_a_sunday_once() -> None:
    with at("2026-01-13"):
        first = run("settle_week")
        with assert_nothing_written():
            again = run("settle_week")

    assert "dtr: made 1, gross 0.00, recovered 0.00, due to drivers 0.00, carried forward 500.00" in first
    assert again == "The week of 2026-01-04 is settled; nothing was left to do.\n"
    assert Dtr.objects.get().week == FIRST


def test_refuses_a_week_that_is_not_over() -> None:
    with (
        at("2026-01-13"),
        assert_nothing_written(),
        pytest.raises(CommandError, match="settled on 2026-01-18"),
    ):
        run("settle_week", "--week", "2026-01-11")


def test_lease_fees_dry_and_for_a_range() -> None:
    with at("2026-02-01"):
        with assert_nothing_written():
            dry = run("post_due_lease_fees", "--date", "2026-01-13", "--dry-run")
        run("post_due_lease_fees", "--from", "2026-01-11", "--to", "2026-01-25")

    assert dry == "North Taxi, week of 2026-01-04: 1 fees to raise, 500.00 in all (nothing was written).\n"
    assert list(Obligation.objects.order_by("due_date").values_list("reference_id", flat=True)) == [
        "LS-2054-2026-01-04",
        "LS-2054-2026-01-11",
        "LS-2054-2026-01-18",
    ]


def test_imports_earnings_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "earnings.csv"
    file.write_text("driver_id,lease_id,week,gross\nDRV-101,LS-2054,2026-01-04,612.50\n")

    with assert_nothing_written():
        run("import_earnings", "--file", str(file), "--dry-run")
    run("import_earnings", "--file", str(file))

    assert LeaseEarning.objects.get().gross == Decimal("612.50")


def test_schedules_fire_in_new_york_in_order() -> None:
    sunday = {
        each.name: (each.task, f"{each.hour}:{each.minute}", each.day_of_week, each.time_zone)
        for each in declared_schedules()
        if each.day_of_week != "*"
    }

    new_york = "America/New_York"
    assert sunday == {
        "post-due-lease-fees": ("ledger.post_due_lease_fees", "4:0", "0", new_york),
        "repairs-post-due-installments": ("repairs.post_due_installments", "4:30", "0", new_york),
        "loans-post-due-installments": ("loans.post_due_installments", "4:45", "0", new_york),
        "generate-weekly-dtrs": ("app.ledger.tasks.generate_weekly_dtrs", "5:0", "0", new_york),
    }
