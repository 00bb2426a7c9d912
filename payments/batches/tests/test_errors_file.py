"""errors.csv is the file's own table with what is wrong at the end; corrected, it is sent back as it is."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from batconnect.core.kernel.actors import Actor
from batconnect.directory.models import Customer
from payments.batches.error_files import failed_table
from payments.batches.models import PaymentBatch
from payments.batches.services.following import error_rows
from payments.batches.tests.builders import (
    HEADINGS,
    PATH,
    assert_books_hold,
    outcomes,
    post,
    row,
    table,
    upload,
    work,
)
from payments.models import Payment
from tests.cast import StaffClient

ADDED = ["error_field", "error", "hint", "error_row"]


def errors_of(api: StaffClient, batch: PaymentBatch) -> bytes:
    return b"".join(api.get(f"{PATH}/{batch.id}/errors.csv").streaming_content)


def lines(content: bytes, delimiter: str = ",") -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode(), newline=""), delimiter=delimiter))


def send(api: StaffClient, content: bytes, **options: Any) -> PaymentBatch:
    answer = upload(api, content, **options)
    assert answer.status_code == 202, answer.content
    return work(answer.json()["batch_id"])


def test_all_faults_of_a_row_are_told_at_once(api: StaffClient, acme: Customer) -> None:
    bad = row(
        customer_reference="NOBODY",
        amount="abc",
        currency="XYZ",
        payment_date="2099-01-01",
        notes="n" * 501,
        auto_allocate="maybe",
        allocation_strategy="luck",
    )

    batch = send(api, table(bad, row(amount="7.00")))
    shown = api.get(f"{PATH}/{batch.id}").json()
    (_, said) = lines(errors_of(api, batch))

    expected = [
        ("amount", "not_money"),
        ("currency", "unknown_currency"),
        ("notes", "too_long"),
        ("auto_allocate", "not_a_flag"),
        ("allocation_strategy", "unknown_strategy"),
        ("payment_date", "date_in_future"),
        ("customer_reference", "unknown_customer"),
    ]
    assert [(each["row"], each["field"], each["code"]) for each in shown["errors"]] == [
        (1, field, code) for field, code in expected
    ]
    assert all(each["message"] and each["hint"] for each in shown["errors"])
    assert (shown["failed_rows"], shown["errors_listed"]) == (1, 7)
    assert said[-4] == "; ".join(field for field, _ in expected)
    assert said[-3] == "; ".join(each["message"] for each in shown["errors"])
    assert said[-2] == "; ".join(each["hint"] for each in shown["errors"])


def test_every_empty_cell_is_named(api: StaffClient, acme: Customer) -> None:
    batch = send(api, table(row(payment_method="", amount="", currency="", payment_date="")))

    errors = api.get(f"{PATH}/{batch.id}").json()["errors"]

    assert [(each["field"], each["code"]) for each in errors] == [
        (name, "required") for name in ("payment_method", "amount", "currency", "payment_date")
    ]


def test_a_wrong_row_says_too_that_its_reference_is_paid(api: StaffClient, acme: Customer) -> None:
    send(api, table(row(reference_number="R-1")))

    batch = send(api, table(row(reference_number="r-1", amount="abc")))

    errors = api.get(f"{PATH}/{batch.id}").json()["errors"]
    assert [each["code"] for each in errors] == ["not_money", "reference_paid"]


SHAPES: dict[str, tuple[bytes, str]] = {
    "comma": (b"", ","),
    "semicolon": (b"", ";"),
    "tab": (b"", "\t"),
    "bom": (b"\xef\xbb\xbf", ","),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_a_corrected_errors_file_pays_exactly_the_corrected_rows(
    api: StaffClient, manager: Actor, acme: Customer, shape: str
) -> None:
    mark, delimiter = SHAPES[shape]
    headings = "Customer Ref,Color,Method,amount,currency,Date,notes"
    rows = (
        "ACME-001,red,cash,10.00,USD,2025-01-15,first",
        'ACME-001," green",cash,abc,USD,2025-01-15,"say ""hi"", or\nnot"',
        "NOBODY,=1+1,cash,12.00,USD,2025-01-15,-5 off",
    )
    text = "\r\n".join((headings, *rows)) + "\r\n"
    written = list(csv.reader(io.StringIO(text, newline="")))
    file = io.StringIO(newline="")
    csv.writer(file, delimiter=delimiter).writerows(written)

    first = send(api, mark + file.getvalue().encode())
    cells = lines(errors_of(api, first), delimiter)

    assert cells[0] == [*written[0], *ADDED]
    assert cells[1][:7] == written[2]
    assert cells[2][:7] == ["NOBODY", "'=1+1", "cash", "12.00", "USD", "2025-01-15", "'-5 off"]
    assert [each[7] for each in cells[1:]] == ["amount", "customer_reference"]

    cells[1][3], cells[2][0] = "11.00", "ACME-001"
    corrected = io.StringIO(newline="")
    csv.writer(corrected, delimiter=delimiter).writerows(cells)
    answer = upload(api, corrected.getvalue().encode())
    second = work(answer.json()["batch_id"])

    assert answer.json()["warnings"] == ["The column 'color' is unknown and was ignored."]
    assert outcomes(second) == [(1, "succeeded", ""), (2, "succeeded", "")]
    paid = Payment.objects.order_by("amount").values_list("amount", "notes")
    assert [(str(amount), notes) for amount, notes in paid] == [
        ("10.00", "first"),
        ("11.00", 'say "hi", or\nnot'),
        ("12.00", "-5 off"),
    ]
    assert_books_hold(manager)


def test_sent_back_uncorrected_it_fails_alike_and_grows_no_columns(api: StaffClient, acme: Customer) -> None:
    first = send(api, table(row(amount="abc"), row(payment_method="shells")))
    again = errors_of(api, first)

    second = send(api, again)

    assert outcomes(second) == [(1, "failed", "not_money"), (2, "failed", "unknown_method")]
    assert second.warnings == []
    assert errors_of(api, second) == again.replace(first.number.encode(), second.number.encode())
    assert Payment.objects.count() == 0


def test_a_row_that_stood_twice_is_held_when_it_comes_back(api: StaffClient, acme: Customer) -> None:
    first = send(api, table(row(), row()))

    second = send(api, errors_of(api, first))

    assert (outcomes(first)[1], outcomes(second)) == ((2, "failed", "duplicate_row"), [(1, "held", "")])


def test_a_paid_and_corrected_file_sent_whole_holds_what_was_paid(api: StaffClient, acme: Customer) -> None:
    first = send(api, table(row(amount="10.00"), row(amount="abc")))
    cells = lines(errors_of(api, first))
    cells[1][2] = "11.00"
    corrected = io.StringIO(newline="")
    csv.writer(corrected).writerows(cells)
    send(api, corrected.getvalue().encode())

    third = send(api, table(row(amount="10.00"), row(amount="11.00")))

    assert outcomes(third) == [(1, "held", ""), (2, "held", "")]
    assert Payment.objects.count() == 2


def test_cells_without_a_heading_are_kept_and_still_too_many(api: StaffClient, acme: Customer) -> None:
    first = send(api, table(f"{row()},x,=y", row(amount="abc")))
    content = errors_of(api, first)

    second = send(api, content)
    wide = lines(content)

    assert wide[0] == [*HEADINGS.split(","), "", "", *ADDED]
    assert wide[1][9:12] == ["x", "'=y", "row"]
    assert wide[2][9:12] == ["", "", "amount"]
    assert outcomes(second) == [(1, "failed", "wrong_cell_count"), (2, "failed", "not_money")]
    wide[1][9:11] = ["", ""]
    corrected = io.StringIO(newline="")
    csv.writer(corrected).writerows(wide)
    assert outcomes(send(api, corrected.getvalue().encode()))[0] == (1, "succeeded", "")


def test_short_rows_are_filled_up(api: StaffClient, acme: Customer) -> None:
    batch = send(api, table("ACME-001,cash,abc"))

    cells = lines(errors_of(api, batch))

    assert len(cells[1]) == len(cells[0])
    assert cells[1][:9] == ["ACME-001", "cash", "abc", "", "", "", "", "", ""]


def test_entries_come_under_the_known_columns(api: StaffClient, acme: Customer) -> None:
    entry = {
        "entity_id": str(acme.id),
        "method": "cash",
        "amount": -4,
        "currency": "USD",
        "payment_date": "2025-01-15",
        "auto_allocate": True,
    }
    batch = work(post(api, PATH, {"source_type": "manual", "entries": [entry]}).json()["batch_id"])

    cells = lines(errors_of(api, batch))
    cells[1][3] = "4.00"
    corrected = io.StringIO(newline="")
    csv.writer(corrected).writerows(cells)

    assert cells[0][:4] == ["entity_id", "customer_reference", "payment_method", "amount"]
    assert cells[1][2] == "cash"
    assert outcomes(send(api, corrected.getvalue().encode())) == [(1, "succeeded", "")]


def test_a_batch_from_before_headings_were_kept_has_our_names(api: StaffClient, acme: Customer) -> None:
    batch = send(api, table(f"{row(amount='abc')},x", headings=f"{HEADINGS},color"))
    del batch.layout["headings"], batch.layout["unheaded"]

    headings, (only,) = failed_table(batch, error_rows(batch))

    assert headings == [*HEADINGS.split(","), "column 10"]
    assert only[9] == "x"
