"""A Celery worker with a real broker runs a company's Sunday from messages alone."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from batconnect.celery import app
from batconnect.core.database.tenancy import company_context
from batconnect.embedded.broker import ensure_broker, stop_broker
from batconnect.embedded.paths import DataDir
from ledger.models import Dtr, WeeklyRun
from ledger.tasks import GENERATE_DTRS, POST_LEASE_FEES
from ledger.tests.settlement.builders import (
    WEEK,
    assert_books_agree,
    earn,
    last_settling_sunday,
    make_driver,
    settle_from,
)
from tests.cast import NORTH, acting

pytestmark = pytest.mark.django_db(transaction=True)
ROOT = Path(__file__).resolve().parents[2]
SECONDS = 90
# The embedded server's URL names its own database; the test's is set once Django has read it.
LAUNCH = """
from batconnect.celery import app
import django
django.setup()
from django.db import connection
connection.settings_dict["NAME"] = "{name}"
app.worker_main(["worker", "--pool", "solo", "--without-gossip", "--without-mingle"])
"""
SUNDAY = (POST_LEASE_FEES, "repairs.post_due_installments", "loans.post_due_installments", GENERATE_DTRS)


@pytest.fixture
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a broker of the test's own."""
    folder = tmp_path_factory.mktemp("broker")
    data = DataDir(path=folder / "var", state_root=folder / "state")
    data.make()
    yield ensure_broker(data=data, environ=os.environ).url()
    stop_broker(data=data)


@pytest.fixture
def worker(broker: str, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A worker on the test's database and broker."""
    log = (tmp_path / "worker.log").open("wb")
    launch = LAUNCH.format(name=connection.settings_dict["NAME"])
    process = subprocess.Popen(
        [sys.executable, "-c", launch],
        cwd=ROOT,
        env={**os.environ, "CELERY_BROKER_URL": broker},
        stdout=log,
        stderr=subprocess.STDOUT,
    )
    yield process
    process.terminate()
    process.wait(timeout=30)
    log.close()


def test_messages_settle_the_week(worker: subprocess.Popen[bytes], broker: str, tmp_path: Path) -> None:
    assert settings.TESTING
    with acting("manager") as manager:
        sunday = last_settling_sunday(manager.company)
    settle_from(sunday)
    week = sunday - WEEK
    with acting("manager") as manager:
        for number in (1, 2, 3):
            debtor = make_driver(manager, number=number, name=f"Driver {number}")
            earn(manager, debtor, week, "640.00")

    with app.connection_for_write(broker) as wire:
        for _ in range(2):
            for name in SUNDAY:
                app.send_task(name, connection=wire)

    wait_until_settled(worker, tmp_path)
    with acting("manager") as manager:
        assert (
            list(Dtr.objects.values_list("week", "charges", "due_to_driver"))
            == [(week, Decimal("500.00"), Decimal("140.00"))] * 3
        )
        # On a Sunday before dawn the fees of the week after may be due already.
        assert set(WeeklyRun.objects.filter(week=week).values_list("job", "status", "week")) == {
            (job, "completed", week) for job in ("lease_fees", "repairs", "loans", "dtr")
        }
        assert_books_agree(manager)


def wait_until_settled(worker: subprocess.Popen[bytes], folder: Path) -> None:
    began = time.monotonic()
    while time.monotonic() - began < SECONDS:
        with company_context(NORTH, job="test"):
            if WeeklyRun.objects.filter(job="dtr", status="completed").exists():
                return
        assert worker.poll() is None, (folder / "worker.log").read_text()
        time.sleep(0.2)
    pytest.fail((folder / "worker.log").read_text()[-4_000:])
