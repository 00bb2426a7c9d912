"""`manage.py import_payments`."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from batconnect.core.database.tenancy import set_company
from batconnect.core.kernel.actors import Actor
from batconnect.directory.models import Customer
from payments.batches.models import PaymentBatch
from payments.batches.tests.builders import row, table
from payments.models import Payment
from tests.cast import NORTH
from tests.digest import assert_nothing_written


def run(path: Path, *words: str) -> str:
    out = io.StringIO()
    try:
        call_command("import_payments", "--company", "North Taxi", "--file", str(path), *words, stdout=out)
    except CommandError as error:
        return f"{out.getvalue()}error: {error}"
    finally:
        set_company(NORTH, metadata={"job": "test"})
    return out.getvalue()


@pytest.fixture
def file(tmp_path: Path, acme: Customer) -> Path:
    path = tmp_path / "payments.csv"
    path.write_bytes(table(row(reference_number="A"), row(amount="500,00")))
    return path


def test_imports_a_file_and_reports_each_bad_row(file: Path, manager: Actor) -> None:
    said = run(file)

    batch = PaymentBatch.objects.get()
    assert "row 2: amount: '500,00' can mean 500.00 or 50000.00" in said
    assert f"{batch.number}: 2 rows, 1 paid, 1 failed: completed_with_errors." in said
    assert said.endswith("error: 1 row failed.")
    assert Payment.objects.count() == 1


def test_a_dry_run_writes_nothing(file: Path, manager: Actor) -> None:
    with assert_nothing_written():
        said = run(file, "--dry-run")

    assert "2 rows: 1 good (50.00 USD), 1 bad; nothing was written." in said


def test_the_same_file_is_refused_with_its_batch(file: Path, manager: Actor) -> None:
    run(file)

    with assert_nothing_written():
        said = run(file)

    assert PaymentBatch.objects.get().number in said
    assert "send force=true" in said
