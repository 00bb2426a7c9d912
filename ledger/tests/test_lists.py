"""GET /ledger/postings, /ledger/balances and their files."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import openpyxl
import pytest

from batconnect.core.kernel.actors import Actor
from ledger.chart import Category
from ledger.models import Obligation
from ledger.services import void_posting
from ledger.tests.builders import Debtor, charge, day, make_debtor, raising_posting
from ledger.views.lists import BALANCE_COLUMNS
from tests.cast import StaffClient, acting

Client = Callable[..., StaffClient]


@pytest.fixture
def jane(manager: Actor, john: Debtor) -> Debtor:
    """Jane Roe on LS-2055. She owes a ticket and a voided toll; John two tolls and a lease fee from before."""
    jane = make_debtor(manager, number=2, name="Jane Roe")
    charge(manager, john, reference_id="EZ-1", amount="26.50", due_date=date(2026, 1, 15))
    charge(manager, john, reference_id="EZ-2", amount="8.25", due_date=date(2030, 1, 15))
    charge(
        manager,
        john,
        reference_id="L-1",
        category=Category.LEASE,
        amount="500.00",
        opening=True,
        due_date=date(2026, 1, 4),
    )
    charge(
        manager, jane, reference_id="T-1", category=Category.TLC, amount="300.00", due_date=date(2026, 1, 9)
    )
    wrong = charge(manager, jane, reference_id="EZ-3", due_date=date(2026, 1, 12))
    void_posting(actor=manager, posting_id=raising_posting(wrong).id, reason="Another car's toll")
    return jane


def references(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.content
    return [row["reference_id"] for row in answer.json()["items"]]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["EZ-2", "EZ-1", "EZ-3", "T-1", "L-1"]),
        ("sort_order=asc", ["L-1", "T-1", "EZ-3", "EZ-1", "EZ-2"]),
        ("sort_by=created_at&sort_order=asc", ["EZ-1", "EZ-2", "L-1", "T-1", "EZ-3"]),
        ("sort_by=category&sort_order=asc", ["EZ-3", "EZ-1", "EZ-2", "L-1", "T-1"]),
        ("driver=DRV-101", ["EZ-2", "EZ-1", "L-1"]),
        ("driver=roe", ["EZ-3", "T-1"]),
        ("driver_name=Jane", ["EZ-3", "T-1"]),
        ("tlc_license=00504125", ["EZ-3", "T-1"]),
        ("lease=LS-2055", ["EZ-3", "T-1"]),
        ("lease_id=ls-2054", ["EZ-2", "EZ-1", "L-1"]),
        ("category=ezpass", ["EZ-2", "EZ-1", "EZ-3"]),
        ("category=Lease", ["L-1"]),
        ("status=open", ["EZ-2", "EZ-1", "T-1", "L-1"]),
        ("status=overdue", ["EZ-1", "T-1", "L-1"]),
        ("status=voided", ["EZ-3"]),
        ("reference_id=T-1", ["T-1"]),
        ("due_date_from=2026-01-09&due_date_to=2026-01-12", ["EZ-3", "T-1"]),
        ("driver=nobody", []),
    ],
)
def test_balances_are_filtered_and_sorted(
    jane: Debtor, client_of: Client, query: str, expected: list[str]
) -> None:
    assert references(client_of("auditor").get(f"/ledger/balances?{query}")) == expected


def test_balances_by_keys(jane: Debtor, client_of: Client) -> None:
    for query in (
        f"driver_id={jane.driver.id}",
        f"lease_id={jane.lease.id}",
        f"customer_id={jane.customer.id}",
    ):
        assert references(client_of("cashier").get(f"/ledger/balances/?{query}")) == ["EZ-3", "T-1"]


def test_a_balance_row_says_everything(manager: Actor, jane: Debtor, client_of: Client) -> None:
    answer = client_of("auditor").get("/ledger/balances?reference_id=L-1")

    (row,) = answer.json()["items"]
    obligation = Obligation.objects.get(reference_id="L-1")
    del row["created_at"]
    assert row == {
        "id": str(obligation.id),
        "customer_id": str(obligation.customer_id),
        "customer_name": "John Doe",
        "driver_id": row["driver_id"],
        "driver_no": "DRV-101",
        "driver_name": "John Doe",
        "tlc_license": "00504124",
        "lease_id": "LS-2054",
        "lease_id_pk": obligation.lease_id,
        "medallion_no": "1P43",
        "category": "Lease",
        "category_code": "LEASE",
        "reference_id": "L-1",
        "description": "Lease obligation from 2026-01-04",
        "currency": "USD",
        "original_amount": Decimal("500.00"),
        "outstanding": Decimal("500.00"),
        "written_off": Decimal("0.00"),
        "paid": Decimal("0.00"),
        "issue_date": day(manager).isoformat(),
        "due_date": "2026-01-04",
        "status": "open",
        "opening": True,
        "source": "ledger.charge",
    }
    assert b'"original_amount":500.00' in answer.content


def test_postings_show_both_sides_and_what_was_undone(jane: Debtor, client_of: Client) -> None:
    rows = client_of("auditor").get(f"/ledger/postings?driver_id={jane.driver.id}").json()["items"]

    assert [(row["event"], row["status"], row["account"], row["debit"], row["credit"]) for row in rows] == [
        ("obligation_voided", "correction", "recovered:EZPASS", Decimal("26.50"), 0),
        ("obligation_voided", "correction", "receivable:EZPASS", 0, Decimal("26.50")),
        ("obligation_raised", "voided", "recovered:EZPASS", 0, Decimal("26.50")),
        ("obligation_raised", "voided", "receivable:EZPASS", Decimal("26.50"), 0),
        ("obligation_raised", "posted", "recovered:TLC", 0, Decimal("300.00")),
        ("obligation_raised", "posted", "receivable:TLC", Decimal("300.00"), 0),
    ]
    assert {row["actor"] for row in rows} == {"Mara"}
    assert rows[1]["reason"] == "Another car's toll"
    assert (rows[1]["driver_no"], rows[1]["lease_id"], rows[1]["category"]) == (
        "DRV-102",
        "LS-2055",
        "EZPass",
    )


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("", 12),
        ("status=posted", 8),
        ("status=voided", 2),
        ("status=correction", 2),
        ("event=opening_balance", 2),
        ("account=receivable:EZPASS", 4),
        ("category=TLC", 1),
        ("reference_id=EZ-1", 1),
        ("date_to=2020-01-01", 0),
        ("date_from=2020-01-01", 12),
        ("lease_id=LS-2054", 6),
        ("sort_by=effective_on", 12),
        ("case_no=INTPAY000001", 0),
    ],
)
def test_postings_are_filtered(jane: Debtor, client_of: Client, query: str, count: int) -> None:
    answer = client_of("auditor").get(f"/ledger/postings/?{query}")

    assert (answer.status_code, answer.json()["total_items"]) == (200, count)


def test_pages(jane: Debtor, client_of: Client) -> None:
    client = client_of("auditor")

    first = client.get("/ledger/postings?per_page=5").json()
    last = client.get("/ledger/postings?per_page=5&page=3").json()
    beyond = client.get("/ledger/postings?per_page=5&page=4").json()

    assert (first["total_items"], first["total_pages"], first["page"], first["per_page"]) == (12, 3, 1, 5)
    assert (len(first["items"]), len(last["items"]), len(beyond["items"])) == (5, 2, 0)


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/ledger/postings?sort_by=color", "sort_by"),
        ("/ledger/balances?sort_by=outstanding", "sort_by"),
        ("/ledger/balances?per_page=201", "per_page"),
        ("/ledger/balances?category=parking", "category"),
        ("/ledger/balances?status=lost", "status"),
        ("/ledger/balances?due_date_from=yesterday", "due_date_from"),
        ("/ledger/balances?driver_id=abc", "driver_id"),
        ("/ledger/balances?customer_id=abc", "customer_id"),
        ("/ledger/postings?date_from=2026-13-01", "date_from"),
        ("/ledger/export?export_type=cash", "export_type"),
        ("/ledger/export", "export_type"),
        ("/ledger/export?export_type=balances&format=word", "format"),
    ],
)
def test_refuses_what_it_cannot_read(jane: Debtor, client_of: Client, path: str, field: str) -> None:
    answer = client_of("auditor").get(path)

    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_exports_balances_as_csv_with_the_list_s_filters(jane: Debtor, client_of: Client) -> None:
    answer = client_of("auditor").get(
        "/ledger/export?export_type=balances&format=csv&category=ezpass&sort_order=asc"
    )

    rows = list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))
    assert [(row["Reference"], row["Outstanding"], row["Status"]) for row in rows] == [
        ("EZ-3", "0.00", "voided"),
        ("EZ-1", "26.50", "open"),
        ("EZ-2", "8.25", "open"),
    ]
    assert 'filename="balances-' in answer["Content-Disposition"]
    # Every column says what the list says of the same row.
    items = client_of("auditor").get("/ledger/balances?category=ezpass&sort_order=asc").json()["items"]
    assert [list(row.values()) for row in rows] == [
        ["" if item[column.key] is None else str(item[column.key]) for column in BALANCE_COLUMNS]
        for item in items
    ]


def test_exports_postings_as_excel(jane: Debtor, client_of: Client) -> None:
    answer = client_of("cashier").get(
        "/ledger/export/?export_type=postings&format=excel&account=receivable:TLC"
    )

    sheet = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content))).active
    headings, row = sheet.iter_rows(values_only=True)
    values = dict(zip(headings, row, strict=True))
    assert Decimal(str(values["Debit"])) == Decimal(300)
    assert (values["Name"], values["Lease"], values["Reference"]) == ("Jane Roe", "LS-2055", "T-1")


def test_exports_headings_for_no_rows(jane: Debtor, client_of: Client) -> None:
    answer = client_of("auditor").get("/ledger/export?export_type=postings&format=csv&driver=nobody")

    assert len(b"".join(answer.streaming_content).splitlines()) == 1


@pytest.mark.parametrize(
    "path", ["/ledger/postings", "/ledger/balances", "/ledger/export?export_type=balances"]
)
def test_refuses_those_without_the_right(jane: Debtor, client_of: Client, path: str) -> None:
    from rest_framework.test import APIClient

    assert client_of("administrator").get(path).status_code == 403
    assert APIClient().get(path).status_code == 401


@pytest.mark.django_db(transaction=True)
def test_shows_nothing_of_another_company(client_of: Client) -> None:
    with acting("manager") as actor:
        toll = charge(actor, make_debtor(actor))
    client = client_of("outsider")

    assert client.get("/ledger/postings").json()["total_items"] == 0
    assert client.get("/ledger/balances").json()["items"] == []
    assert client.get(f"/ledger/balances/{toll.id}/explain").status_code == 404
    rows = b"".join(client.get("/ledger/export?export_type=postings&format=csv").streaming_content)
    assert len(rows.splitlines()) == 1
    accounts = client.get("/ledger/trial-balance").json()["currencies"][0]["accounts"]
    assert {row["debit"] for row in accounts} == {0}
