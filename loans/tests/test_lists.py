"""The list of loans, its files, a loan's page and its statement (docs/api.md#loans-and-repairs)."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
import time_machine

from batconnect.core.kernel.actors import Actor
from ledger.models import Obligation
from ledger.repayment.services.posting import post_due
from ledger.repayment.services.states import hold_document
from ledger.services import write_off
from ledger.tests.builders import Debtor, make_debtor
from loans.kind import LOANS
from loans.models import DriverLoan
from loans.tests.builders import lend

FIRST_SUNDAY = date(2025, 10, 5)


@pytest.fixture
def loans(manager: Actor, debtor: Debtor) -> Iterator[list[DriverLoan]]:
    """Three loans, of which the first has two installments posted, one of them settled; the third is on hold."""
    with time_machine.travel("2025-10-01T16:00:00Z", tick=False) as clock:
        other = make_debtor(manager, number=2, name="Jane Roe")
        made = [
            lend(
                manager,
                debtor,
                "1200.00",
                interest_rate=Decimal("10.5"),
                start_week=FIRST_SUNDAY,
                notes="Rent",
            ),
            lend(manager, other, "150.00", start_week=date(2026, 1, 4)),
            lend(manager, other, "3000.00", start_week=FIRST_SUNDAY),
        ]
        hold_document(actor=manager, kind=LOANS, number=made[2].number, reason="Disputed.")
        clock.move_to("2025-10-13T16:00:00Z")
        post_due(actor=manager, kind=LOANS)
        first = Obligation.objects.order_by("due_date")[0]
        write_off(
            actor=manager, obligation_id=first.id, amount=first.outstanding, reason="Goodwill, once only."
        )
        yield made


@pytest.fixture
def client(client_of: Callable[..., Any], loans: list[DriverLoan]) -> Any:
    return client_of("auditor", company_header=False)


def test_lists_what_is_paid_and_left(client: Any, loans: list[DriverLoan]) -> None:
    body = client.get("/payments/driver-loans").json()

    assert [row["loan_id"] for row in body["items"]] == [loan.number for loan in reversed(loans)]
    row = body["items"][2]
    assert row.pop("receipt_pdf_url").startswith("/api/receipts/pdf?link=")
    assert row == {
        "loan_id": "DLN-2025-001",
        "status": "Open",
        "driver_id": loans[0].driver_id,
        "driver_name": "John Doe",
        "tlc_license": "00504124",
        "lease_id": "LS-2054",
        "lease_id_pk": loans[0].lease_id,
        "medallion_no": "1P43",
        "loan_amount": Decimal("1200.00"),
        "interest_rate": Decimal("10.50"),
        "loan_date": "2025-10-01",
        "start_week": "2025-10-05",
        "total_paid": Decimal("0.00"),
        "remaining_balance": Decimal("954.63"),
        "installments_progress": "1/5",
        "receipt_url": "/payments/driver-loans/DLN-2025-001/receipt",
    }
    assert (body["items"][0]["status"], body["items"][0]["remaining_balance"]) == ("Hold", Decimal("3000.00"))


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ({"loan_id": "dln-2025-002"}, [2]),
        ({"status": "hold"}, [3]),
        ({"driver_name": "roe"}, [3, 2]),
        ({"tlc_license": "00504124"}, [1]),
        ({"lease_id": "ls-2055"}, [3, 2]),
        ({"medallion_no": "2p43"}, [3, 2]),
        ({"start_week_from": "2025-10-06"}, [2]),
        ({"start_week_to": "2025-10-05T23:00:00Z"}, [3, 1]),
        ({"min_principal": "150.01", "max_principal": "1200"}, [1]),
        ({"driver_name": "nobody"}, []),
        ({"sort_by": "loan_amount", "sort_order": "asc"}, [2, 1, 3]),
        ({"sort_by": "driver_name", "sort_order": "asc"}, [2, 3, 1]),
        ({"sort_by": "start_week", "sort_order": "desc", "per_page": "1"}, [2]),
        ({"per_page": "1", "page": "2"}, [2]),
    ],
)
def test_filters_sorts_and_pages(client: Any, query: dict[str, str], numbers: list[int]) -> None:
    body = client.get("/payments/driver-loans", query).json()

    assert [row["loan_id"] for row in body["items"]] == [f"DLN-2025-{number:03d}" for number in numbers]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"status": "Lost"}, "status"),
        ({"start_week_from": "soon"}, "start_week_from"),
        ({"min_principal": "1e3"}, "min_principal"),
        ({"sort_by": "color"}, "sort_by"),
        ({"per_page": "201"}, "per_page"),
    ],
)
def test_names_what_it_cannot_read(client: Any, query: dict[str, str], field: str) -> None:
    response = client.get("/payments/driver-loans", query)

    assert response.status_code == 400
    assert field in [each["field"] for each in response.json()["errors"]]


def test_takes_the_same_statements_however_many_rows(client: Any, django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(6):
        client.get("/payments/driver-loans", {"per_page": 3})


def test_shows_one_loan_with_its_schedule(client: Any) -> None:
    body = client.get("/payments/driver-loans/DLN-2025-001").json()

    assert (body["notes"], body["created_by"], body["matrix_version"]) == ("Rent", "Mara", 1)
    first, second, third = body["installments"][:3]
    assert (first["installment_id"], first["status"], first["posted_on"]) == (
        "DLN-2025-001-01",
        "Paid",
        "2025-10-13",
    )
    assert (first["prior_balance"], first["balance"], first["week_end_date"]) == (
        Decimal("1200.00"),
        Decimal("950.00"),
        "2025-10-11",
    )
    assert (second["status"], second["outstanding"]) == ("Posted", second["total_due"])
    assert (third["status"], third["posted_on"], third["obligation_id"]) == ("Scheduled", None, None)
    assert b'"principal_amount":250.00' in client.get("/payments/driver-loans/DLN-2025-001").content


def test_explains_where_an_installment_came_from(client: Any) -> None:
    second = client.get("/payments/driver-loans/DLN-2025-001").json()["installments"][1]

    events = client.get(f"/ledger/balances/{second['obligation_id']}/explain").json()

    assert "DLN-2025-001" in str(events)


@pytest.mark.parametrize(("kind", "start"), [("excel", b"PK"), ("pdf", b"%PDF"), ("csv", b"Loan,Date")])
def test_exports_the_list(client: Any, kind: str, start: bytes) -> None:
    response = client.get("/payments/driver-loans/export", {"format": kind, "driver_name": "roe"})

    content = b"".join(response.streaming_content)
    assert response.status_code == 200
    assert content.startswith(start)
    assert 'filename="driver-loans-2025-10-13.' in response["Content-Disposition"]
    if kind == "csv":
        rows = list(csv.DictReader(io.StringIO(content.decode())))
        assert [row["Loan"] for row in rows] == ["DLN-2025-003", "DLN-2025-002"]
        assert rows[0]["Left"] == "3000.00"


def test_an_empty_export_has_headings(client: Any) -> None:
    response = client.get("/payments/driver-loans/export", {"format": "csv", "driver_name": "nobody"})

    assert b"".join(response.streaming_content).decode().splitlines() == [
        "Loan,Date,Driver,TLC license,Lease,Medallion,Principal,Rate %,Paid,Left,Installments,Start week,Status"
    ]


def test_prints_a_statement(client: Any) -> None:
    statement = client.get("/payments/driver-loans/DLN-2025-001/receipt").json()
    pdf = client.get("/payments/driver-loans/DLN-2025-001/receipt", {"format": "pdf"})

    assert (statement["total_principal"], statement["outstanding_now"]) == (
        Decimal("1200.00"),
        statement["installments"][1]["total_due"],
    )
    assert (pdf.status_code, pdf["Content-Type"]) == (200, "application/pdf")
    assert pdf.content.startswith(b"%PDF")
    assert 'filename="DLN-2025-001.pdf"' in pdf["Content-Disposition"]


def test_posts_by_request_of_a_manager(client_of: Callable[..., Any], loans: list[DriverLoan]) -> None:
    manager, cashier = client_of("manager"), client_of("cashier")

    refused = cashier.post("/payments/driver-loans/post-due", {})
    future = manager.post("/payments/driver-loans/post-due", {"up_to": "2030-01-06"})
    posted = manager.post("/payments/driver-loans/post-due", {"up_to": "2025-10-13"})

    assert (refused.status_code, future.status_code, posted.status_code) == (403, 400, 200)
    assert {name: posted.json()[name] for name in ("processed", "posted", "skipped", "failed")} == {
        "processed": 2,
        "posted": 0,
        "skipped": 2,
        "failed": 0,
    }


def test_the_actions_answer_with_the_loan(client_of: Callable[..., Any], loans: list[DriverLoan]) -> None:
    manager = client_of("manager")
    url = "/payments/driver-loans/DLN-2025-002"

    held = manager.post(f"{url}/hold", {"reason": "Disputed."})
    released = manager.post(f"{url}/release")
    paid_off = manager.post("/payments/driver-loans/DLN-2025-001/payoff", {})
    cancelled = manager.post(f"{url}/cancel", {"reason": "Never paid out."})

    assert (held.json()["status"], held.json()["status_reason"]) == ("Hold", "Disputed.")
    assert (released.json()["status"], released.json()["message"]) == (
        "Open",
        "Driver loan DLN-2025-002 released.",
    )
    assert {row["status"] for row in paid_off.json()["installments"]} == {"Paid", "Posted"}
    assert (cancelled.json()["status"], cancelled.json()["remaining_balance"]) == (
        "Cancelled",
        Decimal("0.00"),
    )


def test_the_corrections_answer_with_the_loan(
    client_of: Callable[..., Any], manager: Actor, debtor: Debtor
) -> None:
    loan = lend(manager, debtor, "1200.00")
    client = client_of("manager")
    url = f"/payments/driver-loans/{loan.number}"
    amount = Decimal("1200.00")
    reason = {"reason": "The check was lost in the mail."}

    given = client.post(f"{url}/hand-over", {"method": "Check", "reference": "1042"})
    stopped = client.post(f"{url}/stop-hand-over", reason)
    lowered = client.post(f"{url}/adjust", {"amount": amount - 100, **reason})
    keyless = client.post(f"{url}/prepay", {"amount": 50})
    key = {"Idempotency-Key": str(uuid4())}
    prepaid, again = (client.post(f"{url}/prepay", {"amount": 50}, headers=key) for _ in range(2))
    paid_off = client.post(f"{url}/payoff", {})
    undone = client.post(f"{url}/undo-payoff", reason)
    closed = client.post(f"{url}/not-given", reason)
    refused = client.post(
        f"{url}/prepay", {"amount": "12.345", "color": "red"}, headers={"Idempotency-Key": str(uuid4())}
    )

    answers = [given, stopped, lowered, prepaid, paid_off, undone, closed]
    assert [each.status_code for each in answers] == [200] * 7
    assert (keyless.status_code, keyless.json()["code"]) == (400, "idempotency_key_missing")
    assert again.json() == prepaid.json()
    assert (given.json()["handed_over"], given.json()["handed_over_by"]) == (True, "Check 1042")
    assert len(given.json()["warnings"]) == 1
    assert (stopped.json()["handed_over"], stopped.json()["handed_on"]) == (False, None)
    assert lowered.json()["loan_amount"] == amount - 100
    assert [row["status"] for row in prepaid.json()["installments"]].count("Posted") >= 1
    assert "Scheduled" in [row["status"] for row in undone.json()["installments"]]
    assert (closed.json()["status"], closed.json()["remaining_balance"]) == ("Cancelled", Decimal("0.00"))
    assert refused.status_code == 400
    assert {each["field"] for each in refused.json()["errors"]} == {"amount", "color"}
