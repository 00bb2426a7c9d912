"""Two people, a retry and a file that comes back at the same moment: a failed row is paid once."""

from __future__ import annotations

import csv
import io
from functools import partial
from uuid import UUID

import pytest

from batconnect.directory.models import Customer
from ledger.verification import verify
from payments.batches.models import PaymentBatch
from payments.batches.services.following import retry_batch
from payments.batches.services.intake import read_csv_import
from payments.batches.services.processing import process_batch
from payments.batches.services.receiving import receive_batch
from payments.batches.services.repairing import repair_row
from payments.batches.tests.builders import HEADINGS, row, table
from payments.batches.tests.test_held_races import at_once
from payments.models import Payment
from tests.cast import NORTH, acting

pytestmark = pytest.mark.django_db(transaction=True)


def take(content: bytes) -> UUID:
    with acting("manager") as actor:
        return receive_batch(actor=actor, intake=read_csv_import(file=io.BytesIO(content)), force=True).id


def work(*batches: UUID) -> None:
    for each in batches:
        process_batch(company_id=NORTH, batch_id=each)


def failed_batch(rows: int = 1) -> UUID:
    """A batch whose rows all have failed."""
    with acting("manager"):
        Customer.objects.create(company_id=NORTH, name="Acme", external_reference="ACME-001")
    batch = take(table(*(row(amount=f"x{place}") for place in range(rows))))
    work(batch)
    return batch


def repair(batch: UUID, number: int, amount: str) -> None:
    with acting("manager") as actor:
        repair_row(actor=actor, batch_id=batch, row_no=number, cells={"amount": amount})


def retry(batch: UUID) -> None:
    with acting("manager") as actor:
        retry_batch(actor=actor, batch_id=batch)


def send_again(batch: UUID, amounts: list[str]) -> None:
    with acting("manager"):
        number = PaymentBatch.objects.get(id=batch).number
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow([*HEADINGS.split(","), "error_row"])
    for place, amount in enumerate(amounts, start=1):
        writer.writerow([*row(amount=amount).split(","), f"{number}/{place}"])
    take(file.getvalue().encode())


def paid() -> list[str]:
    with acting("manager") as actor:
        assert [f"{each.check}: {each.difference}" for each in verify(actor=actor)] == []
        return [str(each) for each in Payment.objects.order_by("amount").values_list("amount", flat=True)]


def test_of_two_repairs_at_once_one_counts() -> None:
    batch = failed_batch()

    said = at_once(*(partial(repair, batch, 1, amount) for amount in ("1.00", "2.00")))
    work(batch)

    assert sorted(said) == ["done", "row_not_failed"]
    assert len(paid()) == 1


def test_repairs_and_a_retry_at_once_leave_each_row_once() -> None:
    batch = failed_batch(rows=6)

    said = at_once(
        *(partial(repair, batch, number, f"{number}.00") for number in range(1, 6)),
        partial(retry, batch),
        partial(process_batch, company_id=NORTH, batch_id=batch),
    )
    work(batch)
    for number in range(1, 6):
        at_once(partial(repair, batch, number, f"{number}.00"))
    work(batch)

    assert set(said) <= {"done", "row_not_failed", "batch_running"}
    assert paid() == [f"{number}.00" for number in range(1, 6)]
    with acting("manager"):
        left = PaymentBatch.objects.get(id=batch)
        assert (left.status, left.succeeded_rows, left.failed_rows) == ("completed_with_errors", 5, 1)


def test_a_repair_and_the_file_that_comes_back_pay_a_row_once() -> None:
    batch = failed_batch(rows=3)

    said = at_once(
        partial(repair, batch, 1, "1.00"),
        partial(send_again, batch, ["11.00", "12.00", "13.00"]),
        partial(send_again, batch, ["21.00", "22.00", "23.00"]),
    )
    with acting("manager"):
        batches = list(PaymentBatch.objects.order_by("id").values_list("id", flat=True))
    at_once(*(partial(process_batch, company_id=NORTH, batch_id=each) for each in batches))
    work(*batches)

    assert set(said) <= {"done", "row_superseded"}
    assert len(paid()) == 3
