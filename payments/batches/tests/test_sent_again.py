"""An errors file that comes back takes its rows over from the batch that it is of; no row is paid on both ways."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from batconnect.core.kernel.actors import Actor
from batconnect.directory.models import Customer
from payments.batches.models import PaymentBatch
from payments.batches.tests.builders import (
    PATH,
    add_customer,
    assert_books_hold,
    outcomes,
    post,
    row,
    table,
    upload,
    work,
)
from payments.batches.tests.test_errors_file import errors_of, lines, send
from payments.models import Payment
from tests.cast import StaffClient
from tests.digest import assert_nothing_written

WHY = "The file of another month"


def written(cells: list[list[str]]) -> bytes:
    file = io.StringIO(newline="")
    csv.writer(file).writerows(cells)
    return file.getvalue().encode()


def corrected(api: StaffClient, batch: PaymentBatch, *amounts: str) -> bytes:
    """The batch's errors file with these amounts."""
    cells = lines(errors_of(api, batch))
    for place, amount in enumerate(amounts, start=1):
        cells[place][2] = amount
    return written(cells)


def place_of(api: StaffClient, batch: PaymentBatch, number: int, what: str) -> Any:
    return api.get(f"{PATH}/{batch.id}/rows/{number}").json()[what]


@pytest.fixture
def first(api: StaffClient, acme: Customer) -> PaymentBatch:
    """A batch with a paid row and two failed ones."""
    return send(api, table(row(amount="10.00"), row(amount="abc"), row(amount="def")))


def test_corrected_rows_take_over_and_the_first_batch_says_so(
    api: StaffClient, manager: Actor, first: PaymentBatch
) -> None:
    assert [each[-1] for each in lines(errors_of(api, first))] == [
        "error_row",
        f"{first.number}/2",
        f"{first.number}/3",
    ]
    content = corrected(api, first, "11.00", "12.00")

    second = send(api, content)
    shown = api.get(f"{PATH}/{first.id}").json()

    assert outcomes(second) == [(1, "succeeded", ""), (2, "succeeded", "")]
    assert place_of(api, first, 2, "superseded_by") == {
        "batch_id": str(second.id),
        "batch_number": second.number,
        "row": 1,
    }
    assert place_of(api, second, 2, "corrects") == {
        "batch_id": str(first.id),
        "batch_number": first.number,
        "row": 3,
    }
    assert (shown["status"], shown["failed_rows"], shown["superseded_rows"]) == (
        "completed_with_errors",
        2,
        2,
    )
    assert len(lines(errors_of(api, first))) == 1
    assert_books_hold(manager)


def test_what_was_sent_again_is_neither_retried_nor_repaired_here(
    api: StaffClient, first: PaymentBatch
) -> None:
    cells = lines(errors_of(api, first))
    send(api, written(cells[:2]))

    with assert_nothing_written():
        repaired = api.patch(f"{PATH}/{first.id}/rows/2", {"amount": "1.00"})
    retried = post(api, f"{PATH}/{first.id}/retry")
    again = work(first.id)
    send(api, errors_of(api, first))
    with assert_nothing_written():
        nothing = post(api, f"{PATH}/{first.id}/retry")

    assert (repaired.status_code, repaired.json()["code"]) == (409, "row_superseded")
    assert (retried.status_code, retried.json()["pending_rows"]) == (202, 1)
    assert outcomes(again)[1:] == [(2, "failed", "not_money"), (3, "failed", "not_money")]
    assert (nothing.status_code, nothing.json()["code"]) == (409, "nothing_failed")


def test_a_row_that_was_repaired_in_place_is_not_paid_by_the_file(
    api: StaffClient, manager: Actor, first: PaymentBatch
) -> None:
    content = corrected(api, first, "11.00", "12.00")
    api.patch(f"{PATH}/{first.id}/rows/2", {"amount": "11.50"})
    work(first.id)

    with assert_nothing_written():
        dry = upload(api, content, query="?dry_run=true").json()
    second = send(api, content)

    paid = Payment.objects.get(amount="11.50")
    assert [(each["row"], each["field"], each["code"], each["message"]) for each in dry["errors"]] == [
        (1, "error_row", "row_superseded", f"{first.number}/2 is {paid.number} already.")
    ]
    assert outcomes(second) == [(1, "failed", "row_superseded"), (2, "succeeded", "")]
    assert Payment.objects.count() == 3
    assert_books_hold(manager)


def test_of_two_corrected_files_one_takes_the_row(api: StaffClient, first: PaymentBatch) -> None:
    one, other = corrected(api, first, "11.00", "12.00"), corrected(api, first, "21.00", "22.00")

    second, third = send(api, one), send(api, other)

    assert outcomes(second) == [(1, "succeeded", ""), (2, "succeeded", "")]
    assert {code for _, _, code in outcomes(third)} == {"row_superseded"}
    assert Payment.objects.count() == 3


def test_a_row_may_be_split_in_its_file(api: StaffClient, first: PaymentBatch) -> None:
    cells = lines(corrected(api, first, "11.00", "12.00"))
    cells.insert(2, [*cells[1]])
    cells[2][2] = "13.00"

    assert {status for _, status, _ in outcomes(send(api, written(cells)))} == {"succeeded"}


def test_what_was_undone_is_free_again(api: StaffClient, manager: Actor, first: PaymentBatch) -> None:
    second = send(api, corrected(api, first, "11.00", "12.00"))
    post(api, f"/api/operations/{second.operation_id}/undo", {"reason": WHY})

    repaired = api.patch(f"{PATH}/{first.id}/rows/2", {"amount": "11.00"})
    third = send(api, corrected(api, first, "14.00"))
    work(first.id)

    assert repaired.status_code == 202
    assert outcomes(third) == [(1, "succeeded", "")]
    assert Payment.objects.filter(status="posted").count() == 3
    assert_books_hold(manager)


def test_an_error_row_that_names_nothing_is_not_read(
    api: StaffClient, manager: Actor, first: PaymentBatch
) -> None:
    add_customer(manager, "Other", "OTHER")
    heads = f"{','.join(lines(errors_of(api, first))[0][:9])},error_row"
    rows = [
        f"{row(amount=f'{place}.00', customer_reference='OTHER')},{text}"
        for place, text in enumerate(("", "x", "BATCH-19990101-001/1", f"{first.number}/999"), start=1)
    ]

    assert {status for _, status, _ in outcomes(send(api, table(*rows, headings=heads)))} == {"succeeded"}


def test_repaired_cells_come_in_the_errors_file(api: StaffClient, first: PaymentBatch) -> None:
    api.patch(f"{PATH}/{first.id}/rows/2", {"notes": "second half", "driver": "DRV-9"})

    cells = lines(errors_of(api, first))

    assert cells[0][9] == "driver"
    assert (cells[1][2], cells[1][6], cells[1][9]) == ("abc", "second half", "DRV-9")
    assert (cells[2][2], cells[2][9]) == ("def", "")
