"""Whatever is wrong with a file or a row is named, the rest is unharmed, and every row and cent is accounted for."""

from __future__ import annotations

import io
import zipfile
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from batconnect.core.database.tenancy import set_company
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.directory.models import Customer
from payments.batches.models import PaymentBatch
from payments.batches.tests.builders import (
    HEADINGS,
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
from payments.models import Payment
from tests.cast import NORTH, SOUTH, StaffClient
from tests.digest import assert_nothing_written

GOOD = row(reference_number="GOOD")
MEGABYTES_10 = 10_485_760


def zipped() -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("payments.csv", table(GOOD))
    return held.getvalue()


FILES: dict[str, tuple[bytes, str]] = {
    "utf-16": (table(GOOD).decode().encode("utf-16"), "file_encoding"),
    "utf-16 without a mark": (table(GOOD).decode().encode("utf-16-le"), "file_encoding"),
    "latin-1": (table(row(notes="Caf\xe9")).decode().encode("latin-1"), "file_encoding"),
    "nul bytes": (table(row(notes="a\x00b")), "file_has_nul"),
    "zip": (zipped(), "file_not_text"),
    "empty": (b"", "file_empty"),
    "blank": (b"\r\n\r\n  \r\n", "file_empty"),
    "header only": (table(), "file_empty"),
    "missing column": (table("x", headings="customer_reference,amount"), "missing_column"),
    "no customer column": (
        table("1", headings="payment_method,amount,currency,payment_date"),
        "missing_column",
    ),
    "duplicate column": (table(f"{GOOD},1", headings=f"{HEADINGS},Amount"), "duplicate_column"),
    "open quote": (table(row()) + b'"x', "file_quoting"),
    "one huge cell": (table(row(notes="x" * 9_000_000)), "cell_too_long"),
    "10,001 rows": (table(*[row(reference_number=f"R{n}") for n in range(10_001)]), "too_many_rows"),
}


@pytest.mark.parametrize("name", FILES)
def test_refuses_a_file_that_cannot_be_read(api: StaffClient, in_north: Any, name: str) -> None:
    content, code = FILES[name]

    with assert_nothing_written():
        answer = upload(api, content)

    assert (answer.status_code, answer.json()["code"]) == (400, code), answer.content
    assert answer.json()["errors"][0]["field"] == "file"


def test_refuses_a_file_above_ten_megabytes(api: StaffClient, in_north: Any) -> None:
    head = table(GOOD)
    exactly = (head + (b" " * 99 + b"\n") * 104_858)[:MEGABYTES_10]

    with assert_nothing_written():
        answer = upload(api, exactly + b"\n")

    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert "10,485,760" in answer.json()["detail"]
    assert upload(api, exactly).status_code == 202


ROWS: dict[str, tuple[dict[str, str], str, str]] = {
    "comma for cents": ({"amount": "500,00"}, "amount", "not_money"),
    "three decimals": ({"amount": "1.001"}, "amount", "not_money"),
    "exponent": ({"amount": "1E5"}, "amount", "not_money"),
    "zero": ({"amount": "0.00"}, "amount", "not_positive"),
    "negative": ({"amount": "-5.00"}, "amount", "not_positive"),
    "too large": ({"amount": "1000000000.00"}, "amount", "not_money"),
    "empty amount": ({"amount": ""}, "amount", "required"),
    "formula": ({"amount": "=1+1"}, "amount", "not_money"),
    "dotted date": ({"payment_date": "1.5.2025"}, "payment_date", "not_a_date"),
    "no such day": ({"payment_date": "2025-02-30"}, "payment_date", "not_a_date"),
    "unknown customer": ({"customer_reference": "NOBODY"}, "customer_reference", "unknown_customer"),
    "no customer": ({"customer_reference": ""}, "entity_id", "required"),
    "unknown method": ({"payment_method": "shells"}, "payment_method", "unknown_method"),
    "unknown currency": ({"currency": "XYZ"}, "currency", "unknown_currency"),
    "unknown strategy": (
        {"auto_allocate": "yes", "allocation_strategy": "luck"},
        "allocation_strategy",
        "unknown_strategy",
    ),
    "percentages missing": (
        {"auto_allocate": "yes", "allocation_strategy": "percentage_based"},
        "allocation_strategy",
        "option_missing",
    ),
    "order missing": (
        {"auto_allocate": "yes", "allocation_strategy": "custom_priority"},
        "allocation_strategy",
        "option_missing",
    ),
    "no flag": ({"auto_allocate": "maybe"}, "auto_allocate", "not_a_flag"),
    "long reference": ({"reference_number": "9" * 61}, "reference_number", "too_long"),
    "long notes": ({"notes": "n" * 501}, "notes", "too_long"),
}


@pytest.mark.parametrize("name", ROWS)
def test_a_bad_row_leaves_the_others_unharmed(
    api: StaffClient, manager: Actor, acme: Customer, name: str
) -> None:
    changes, field, code = ROWS[name]

    answer = upload(api, table(GOOD, row(**changes), row(amount="7.00", reference_number="AFTER")))
    batch = work(answer.json()["batch_id"])
    (error,) = api.get(f"{PATH}/{batch.id}").json()["errors"]

    assert outcomes(batch) == [(1, "succeeded", ""), (2, "failed", code), (3, "succeeded", "")]
    assert (error["row"], error["field"], error["code"], bool(error["message"]), bool(error["hint"])) == (
        2,
        field,
        code,
        True,
        True,
    )
    assert batch.status == "completed_with_errors"
    assert sum(each.amount for each in Payment.objects.all()) == Decimal("57.00")
    assert_books_hold(manager)


def test_dates_are_held_against_the_companys_day(api: StaffClient, manager: Actor, acme: Customer) -> None:
    tomorrow = today(manager.company) + timedelta(days=1)

    batch = work(upload(api, table(row(payment_date=str(tomorrow)))).json()["batch_id"])

    assert (batch.status, outcomes(batch)) == ("failed", [(1, "failed", "date_in_future")])


def test_another_companys_customer_is_unknown_in_the_same_words(
    api: StaffClient, manager: Actor, acme: Customer
) -> None:
    set_company(SOUTH, metadata={"job": "test"})
    theirs = Customer.objects.create(company_id=SOUTH, name="Theirs", external_reference="THEIRS")
    set_company(NORTH, metadata={"job": "test"})
    headings = HEADINGS.replace("customer_reference", "entity_id")
    nobody = "01900000-0000-7000-8000-00000000ffff"

    rows = [row(customer_reference=str(theirs.id)), row(customer_reference=nobody)]
    batch = work(upload(api, table(*rows, headings=headings)).json()["batch_id"])
    errors = api.get(f"{PATH}/{batch.id}").json()["errors"]

    assert [each["code"] for each in errors] == ["unknown_customer", "unknown_customer"]
    assert errors[0]["message"].replace(str(theirs.id), nobody) == errors[1]["message"]
    assert Payment.objects.count() == 0


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbf" + table(GOOD),
        table(GOOD).replace(b"\r\n", b"\n"),
        table(GOOD).replace(b"\r\n", b"\r"),
        table(GOOD).replace(b",", b";"),
        table(GOOD).replace(b",", b"\t"),
        table(GOOD, headings=HEADINGS.upper().replace("_", " ")),
        table(
            GOOD,
            headings=HEADINGS.replace("customer_reference", "Customer-Ref").replace("payment_date", "Date"),
        ),
        table("", GOOD, "", ",,,,,,,,"),
        table(row(reference_number="GOOD", notes="two\nlines")),
        table(row(reference_number="GOOD", payment_date="01/15/2025", amount="1,050.00")),
        table(row(reference_number="GOOD", payment_method="Bank Transfer", currency="usd")),
        table(f"{GOOD},,"),
    ],
    ids=[
        "bom",
        "lf",
        "cr",
        "semicolon",
        "tab",
        "capitals",
        "aliases",
        "blank lines",
        "newline",
        "us",
        "labels",
        "spare",
    ],
)
def test_takes_the_shapes_that_spreadsheets_write(api: StaffClient, acme: Customer, content: bytes) -> None:
    answer = upload(api, content)
    batch = work(answer.json()["batch_id"])

    assert outcomes(batch) == [(1, "succeeded", "")]
    assert Payment.objects.get().reference_number == "GOOD"


def test_warns_of_unknown_columns(api: StaffClient, acme: Customer) -> None:
    answer = upload(api, table(f"{GOOD},x", headings=f"{HEADINGS},color"))

    assert answer.json()["warnings"] == ["The column 'color' is unknown and was ignored."]
    assert work(answer.json()["batch_id"]).status == "completed"


def test_too_many_cells_are_a_row_error(api: StaffClient, acme: Customer) -> None:
    batch = work(upload(api, table(GOOD, f"{row()},1,2")).json()["batch_id"])

    assert outcomes(batch) == [(1, "succeeded", ""), (2, "failed", "wrong_cell_count")]


def test_formulas_are_data_on_the_way_in_and_escaped_on_the_way_out(
    api: StaffClient, manager: Actor, acme: Customer
) -> None:
    good = row(reference_number="=1+1", notes="@SUM(A1)")
    batch = work(upload(api, table(good, "=cmd|x,,,,,,,,")).json()["batch_id"])
    file = b"".join(api.get(f"{PATH}/{batch.id}/errors.csv").streaming_content).decode()

    assert Payment.objects.get().reference_number == "=1+1"
    assert "'=cmd|x" in file


def test_a_row_that_stands_twice_is_paid_once(api: StaffClient, manager: Actor, acme: Customer) -> None:
    batch = work(upload(api, table(row(), GOOD, row())).json()["batch_id"])

    assert outcomes(batch) == [(1, "succeeded", ""), (2, "succeeded", ""), (3, "failed", "duplicate_row")]


def test_a_reference_is_paid_once_even_when_forced(api: StaffClient, manager: Actor, acme: Customer) -> None:
    first = work(upload(api, table(GOOD)).json()["batch_id"])

    refused = upload(api, table(GOOD))
    forced = upload(api, table(GOOD), force="true")
    batch = work(forced.json()["batch_id"])

    assert (refused.status_code, refused.json()["code"]) == (409, "same_file")
    assert refused.json()["batch_id"] == str(first.id)
    assert outcomes(batch) == [(1, "failed", "reference_paid")]
    assert Payment.objects.count() == 1


def test_the_same_reference_twice_in_a_file_is_paid_once(api: StaffClient, acme: Customer) -> None:
    batch = work(upload(api, table(GOOD, row(amount="9.00", reference_number="good"))).json()["batch_id"])

    assert outcomes(batch) == [(1, "succeeded", ""), (2, "failed", "reference_paid")]


def test_ten_thousand_rows_are_taken(api: StaffClient, acme: Customer) -> None:
    answer = upload(api, table(*[row(amount="1.00", reference_number=f"R{n}") for n in range(10_000)]))

    assert (answer.status_code, answer.json()["total_rows"]) == (202, 10_000)
    assert answer.json()["totals"] == [{"currency": "USD", "rows": 10_000, "amount": Decimal("10000.00")}]


MANUAL: dict[str, tuple[Any, str]] = {
    "none": ([], "invalid"),
    "no list": ("x", "invalid"),
    "no object": ([1], "invalid"),
    "unknown field": ([{"color": "red"}], "invalid"),
    "too many": ([{}] * 10_001, "too_many_rows"),
}


@pytest.mark.parametrize("name", MANUAL)
def test_refuses_entries_that_are_no_list_of_payments(api: StaffClient, in_north: Any, name: str) -> None:
    entries, code = MANUAL[name]

    with assert_nothing_written():
        answer = post(api, PATH, {"source_type": "manual", "entries": entries})

    assert (answer.status_code, answer.json()["code"]) == (400, code), answer.content


def test_manual_values_of_the_wrong_kind_are_row_errors(api: StaffClient, acme: Customer) -> None:
    good = {
        "entity_id": str(acme.id),
        "payment_method": "cash",
        "currency": "USD",
        "payment_date": "2025-01-15",
    }
    entries = [
        {**good, "amount": "5.00"},
        {**good, "amount": True},
        {**good, "amount": [5]},
        {**good, "amount": Decimal("5.001")},
        {**good, "amount": 5, "entity_id": "x"},
        {"amount": 5},
    ]

    batch = work(post(api, PATH, {"source_type": "manual", "entries": entries}).json()["batch_id"])

    assert [code for _, _, code in outcomes(batch)] == [
        "",
        "not_money",
        "not_money",
        "not_money",
        "unknown_customer",
        "required",
    ]


def test_a_dry_run_tells_everything_and_writes_nothing(
    api: StaffClient, manager: Actor, acme: Customer
) -> None:
    rows = (GOOD, row(amount="x"), row(reference_number="GOOD", amount="8.00"), row(), row())

    with assert_nothing_written():
        answer = upload(api, table(*rows), query="?dry_run=true")

    report = answer.json()
    assert (answer.status_code, report["total_rows"], report["good_rows"], report["failed_rows"]) == (
        200,
        5,
        2,
        3,
    )
    assert [(each["row"], each["code"]) for each in report["errors"]] == [
        (2, "not_money"),
        (3, "reference_paid"),
        (5, "duplicate_row"),
    ]
    assert report["good_amounts"] == [{"currency": "USD", "amount": Decimal("100.00")}]
    assert PaymentBatch.objects.count() == 0


def test_every_cent_of_a_mixed_file_is_accounted_for(
    api: StaffClient, manager: Actor, acme: Customer
) -> None:
    add_customer(manager, "Bravo", "BRAVO-1")
    rows = (
        row(amount="10.00", reference_number="1"),
        row(amount="20.00", customer_reference="NOBODY"),
        row(amount="30.00", currency="EUR", reference_number="2"),
        row(amount="oops"),
        row(amount="-4.00", reference_number="3"),
    )

    batch = work(upload(api, table(*rows)).json()["batch_id"])
    amounts = {each["currency"]: each for each in api.get(f"{PATH}/{batch.id}").json()["amounts"]}

    assert (amounts["USD"]["total"], amounts["USD"]["succeeded"], amounts["USD"]["failed"]) == (
        Decimal("26.00"),
        Decimal("10.00"),
        Decimal("16.00"),
    )
    assert (amounts["USD"]["unreadable_rows"], amounts["EUR"]["succeeded"]) == (1, Decimal("30.00"))
    assert batch.total_rows == batch.succeeded_rows + batch.failed_rows == 5
    assert_books_hold(manager)
