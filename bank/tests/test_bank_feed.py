"""A bank's statement: lines whose payer is known become payments, the others unidentified receipts."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from bank.models import LinePart, StatementMapping
from bank.tests.builders import unidentified
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.ids import uuid7
from batconnect.directory.models import Customer
from payments.batches.tests.builders import (
    PATH,
    RECEIPTS,
    add_customer,
    assert_books_hold,
    bill,
    outcomes,
    post,
    row,
    table,
    upload,
    work,
)
from payments.batches.tests.statements import camt, entry, feed
from payments.models import Payment
from payments.tests.billing import owed
from tests.cast import StaffClient
from tests.digest import assert_nothing_written


@pytest.mark.parametrize("strategy", ["fifo", " FIFO"])
def test_lines_are_identified_by_number_account_or_name(
    api: StaffClient, manager: Actor, acme: Customer, strategy: str
) -> None:
    (invoice,) = bill(manager, acme, "120.00")
    add_customer(manager, "Bravo Cabs", "BRAVO-1")
    content = camt(
        entry(text=f"Payment for {invoice.number}, thanks", reference="B-1"),
        entry(name="Bravo Cabs", reference="B-2", amount="5.5"),
        entry(reference="B-3", amount="9.00"),
        entry(direction="DBIT", reference="B-4", amount="70.00"),
        entry(status="PDNG", reference="B-5", amount="71.00"),
    )

    answer = feed(api, content, allocation_strategy=strategy)
    batch = work(answer.json()["batch_id"])

    assert outcomes(batch) == [
        (1, "succeeded", ""),
        (2, "succeeded", ""),
        (3, "unmatched", ""),
        (4, "money_out", ""),
        (5, "failed", "not_booked"),
    ]
    assert [each.customer.name for each in Payment.objects.select_related("customer").order_by("id")] == [
        "Acme Insurance",
        "Bravo Cabs",
    ]
    assert owed(invoice) == Decimal("0.00")
    assert unidentified(manager) == Decimal("9.00")
    assert_books_hold(manager)


def test_an_operator_matches_what_is_suggested_and_the_account_is_remembered(
    api: StaffClient, manager: Actor, acme: Customer
) -> None:
    (invoice,) = bill(manager, acme, "120.00")
    paid_on = f"{today(manager.company) - timedelta(days=5)}"
    content = camt(entry(name="ACME INC", account="DE89 3704 0044", day=paid_on))
    batch = work(feed(api, content).json()["batch_id"])

    (listed,) = api.get(RECEIPTS).json()["results"]
    best = listed["suggestions"][0]
    answer = post(api, f"{RECEIPTS}/{listed['id']}/match", {"customer_id": best["customer_id"]})
    again = post(api, f"{RECEIPTS}/{listed['id']}/match", {"customer_id": best["customer_id"]})
    later = work(feed(api, camt(entry(reference="B-9", account="DE8937040044"))).json()["batch_id"])

    assert batch.unmatched_rows == 1
    assert (best["rank"], best["customer_id"], best["customer_name"]) == (1, str(acme.id), "Acme Insurance")
    assert any(invoice.number in each for each in best["because"])
    assert (answer.status_code, answer.json()["status"], answer.json()["unallocated_amount"]) == (
        200,
        "matched",
        Decimal("120.00"),
    )
    assert (again.status_code, again.json()["code"]) == (409, "receipt_not_open")
    assert outcomes(later) == [(1, "succeeded", "")]
    assert unidentified(manager) == Decimal("0.00")
    assert_books_hold(manager)


def test_undoing_the_batch_takes_back_what_the_system_said(
    api: StaffClient, manager: Actor, acme: Customer
) -> None:
    (invoice,) = bill(manager, acme, "120.00")
    content = camt(
        entry(text=f"Payment for {invoice.number}", reference="B-1"),
        entry(reference="B-2", amount="30.00"),
        entry(reference="B-3", amount="40.00"),
    )
    batch = work(feed(api, content, allocation_strategy="fifo").json()["batch_id"])
    by_hand = LinePart.objects.get(row_no=2)
    post(api, f"{RECEIPTS}/{by_hand.id}/match", {"customer_id": str(acme.id)})

    answer = post(
        api, f"/api/operations/{batch.operation_id}/undo", {"reason": "The wrong account's statement"}
    )

    done = answer.json()
    assert (answer.status_code, done["payments_voided"], done["allocations_voided"]) == (200, 1, 1)
    assert (done["receipts_voided"], done["amount"]) == (0, Decimal("120.00"))
    assert owed(invoice) == Decimal("120.00")
    # What a person said stays, and so does every line.
    assert [each.status for each in LinePart.objects.order_by("row_no")] == ["open", "explained", "open"]
    assert unidentified(manager) == Decimal("160.00")
    assert_books_hold(manager)


def test_a_payment_of_a_list_that_lies_on_a_line_keeps_its_batch(
    api: StaffClient, manager: Actor, acme: Customer
) -> None:
    batch = work(upload(api, table(row())).json()["batch_id"])
    Payment.objects.update(at_bank_id=uuid7())

    with assert_nothing_written():
        answer = post(api, f"/api/operations/{batch.operation_id}/undo", {"reason": "It was sent by mistake"})

    assert (answer.status_code, answer.json()["code"]) == (409, "at_the_bank")


def test_a_csv_statement_is_read_by_the_companys_mapping(
    api: StaffClient, manager: Actor, acme: Customer
) -> None:
    StatementMapping.objects.create(
        company_id=manager.company_id,
        name="House bank",
        amount_column="Credit",
        date_column="Booked on",
        payer_name_column="From",
        text_column="Words",
    )
    content = (
        b"Booked on;Credit;From;Words;Balance\r\n2025-01-15;1,200.00;Acme Insurance;rent;9\r\n"
        b"2025-01-15;-3.00;;fee;6\r\n"
    )

    answer = feed(api, content)
    batch = work(answer.json()["batch_id"])

    assert answer.json()["warnings"] == ["The column 'Balance' is not mapped and was ignored."]
    assert outcomes(batch) == [(1, "succeeded", ""), (2, "money_out", "")]
    assert Payment.objects.get().amount == Decimal("1200.00")


def test_a_banks_file_comes_back_under_the_banks_headings(
    api: StaffClient, manager: Actor, acme: Customer
) -> None:
    StatementMapping.objects.create(
        company_id=manager.company_id,
        name="Bank",
        amount_column="Betrag",
        date_column="Tag",
        payer_name_column="Von",
    )
    content = b"Tag;Von;Betrag;Saldo\r\n2025-01-15;Acme Insurance;abc;1\r\n"
    first = work(feed(api, content).json()["batch_id"])

    answer = api.get(f"{PATH}/{first.id}/errors.csv")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    cells = list(csv.reader(io.StringIO(text, newline=""), delimiter=";"))
    cells[1][2] = "5.00"
    corrected = io.StringIO(newline="")
    csv.writer(corrected, delimiter=";").writerows(cells)
    second = work(feed(api, corrected.getvalue().encode()).json()["batch_id"])

    assert cells[0] == ["Tag", "Von", "Betrag", "Saldo", "error_field", "error", "hint"]
    assert outcomes(second) == [(1, "succeeded", "")]


BOMB = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><Document>&b;</Document>'


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (BOMB, "xml_forbidden"),
        (b"<Document><BkToCstmrStmt>", "bad_xml"),
        (b"<html><body/></html>", "bad_xml"),
        (camt(), "file_empty"),
        (b"a,b\r\n1,2\r\n", "unknown_mapping"),
        (camt(entry()).decode().encode("utf-16"), "bad_xml"),
    ],
    ids=["bomb", "broken", "other xml", "no lines", "no mapping", "utf-16 without declaration"],
)
def test_refuses_a_file_that_is_not_a_statement(
    api: StaffClient, in_north: Any, content: bytes, code: str
) -> None:
    with assert_nothing_written():
        answer = feed(api, content)

    assert (answer.status_code, answer.json()["code"]) == (400, code), answer.content
