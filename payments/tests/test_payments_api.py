"""Customers, invoices and payments over HTTP, to the letter of docs/seeds.md#payment-allocation."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from batconnect.core.companies.currencies import currency_id
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.models import AuditEvent
from batconnect.directory.models import Customer
from payments.models import Invoice, Payment
from payments.tests.billing import bill, make_customer, post, receive
from tests.cast import StaffClient
from tests.digest import assert_nothing_written


@pytest.fixture
def office(client_of: Callable[..., StaffClient], in_north: Any) -> StaffClient:
    """The finance manager's client."""
    return client_of("manager")


@pytest.fixture
def acme(manager: Actor) -> Customer:
    return make_customer(manager, "Acme Dispatch")


def invoice_body(customer: Customer, **changes: Any) -> dict[str, Any]:
    return {
        "customer_id": str(customer.id),
        "issue_date": "2025-09-01",
        "due_date": "2025-10-01T00:00:00Z",
        "items": [
            {
                "description": "Dispatch",
                "quantity": "2.5",
                "unit_price": Decimal("40.0001"),
                "taxes": [{"name": "NY sales tax", "rate": Decimal("8.875")}],
            }
        ],
        **changes,
    }


def payment_body(customer: Customer, **changes: Any) -> dict[str, Any]:
    return {
        "customer_id": str(customer.id),
        "amount": Decimal("1000.00"),
        "currency": "USD",
        "payment_method": "Bank Transfer",
        "payment_date": "2025-09-15",
        **changes,
    }


def test_adds_and_finds_a_customer(office: StaffClient) -> None:
    made = office.post(
        "/api/customers", {"name": " Acme ", "email": "ap@acme.example", "external_reference": "A-1"}
    )

    assert made.status_code == 201, made.content
    body = made.json()
    assert (body["name"], body["external_reference"], body["driver_id"]) == ("Acme", "A-1", None)
    assert made["Location"] == f"/api/customers/{body['id']}"
    assert office.get(made["Location"]).json() == body
    assert office.get("/api/customers?external_reference=A-1").json() == {
        "results": [body],
        "total": 1,
        "limit": 50,
        "offset": 0,
        "total_is_estimate": False,
        "next": None,
    }


def test_refuses_a_reference_in_use(office: StaffClient) -> None:
    office.post("/api/customers", {"name": "Acme", "external_reference": "A-1"})

    with assert_nothing_written():
        answer = office.post("/api/customers", {"name": "Other", "external_reference": "A-1"})

    assert (answer.status_code, answer.json()["code"]) == (409, "already_in_use")


def test_issues_an_invoice_with_taxes(office: StaffClient, acme: Customer) -> None:
    answer = office.post("/api/invoices", invoice_body(acme))

    assert answer.status_code == 201, answer.content
    body = answer.json()
    assert b'"net_total":100.00,"tax_total":8.88,"total":108.88,"outstanding":108.88' in answer.content
    assert (body["status"], body["due_date"], body["currency"]) == ("open", "2025-10-01", "USD")
    assert body["items"][0]["taxes"] == [
        {"name": "NY sales tax", "rate": Decimal("8.875"), "amount": Decimal("8.88")}
    ]
    assert body["taxes"] == [
        {
            "name": "NY sales tax",
            "rate": Decimal("8.875"),
            "net": Decimal("100.00"),
            "amount": Decimal("8.88"),
        }
    ]
    again = office.get(f"/api/invoices/{body['id']}")
    assert len(body.pop("warnings")) == 1
    assert (again.json(), again["ETag"]) == (body, answer["ETag"])


def test_takes_a_currency_by_its_id(office: StaffClient, acme: Customer) -> None:
    listed = {row["code"]: row["id"] for row in office.get("/api/accounting/currencies").json()}

    answer = office.post("/api/invoices", invoice_body(acme, currency_id=listed["INR"]))

    assert (answer.json()["currency"], answer.json()["currency_id"]) == ("INR", str(currency_id("INR")))


@pytest.mark.parametrize(
    ("changes", "status", "code", "field"),
    [
        ({"customer_id": "nobody"}, 400, "invalid", "customer_id"),
        ({"customer_id": str(uuid4())}, 404, "customer_not_found", "customer_id"),
        ({"currency": "JPY"}, 400, "invalid", "currency"),
        ({"currency": "EUR", "currency_id": str(currency_id("USD"))}, 400, "invalid", "currency_id"),
        ({"issue_date": "2999-01-01", "due_date": "2999-01-02"}, 400, "date_in_future", "issue_date"),
        ({"due_date": "2025-08-31"}, 400, "date_too_early", "due_date"),
        ({"items": []}, 400, "invalid", "items"),
        ({"color": "red"}, 400, "invalid", "color"),
        ({"early_payment_discount_percent": 2}, 400, "discount_terms", "early_payment_discount_days"),
    ],
)
def test_refuses_an_invoice(
    office: StaffClient, acme: Customer, changes: dict[str, Any], status: int, code: str, field: str
) -> None:
    with assert_nothing_written():
        answer = office.post("/api/invoices", invoice_body(acme, **changes))

    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.content
    assert any(each["field"].startswith(field) for each in answer.json()["errors"])


def test_voids_only_the_version_that_was_read(office: StaffClient, acme: Customer, manager: Actor) -> None:
    invoice = bill(manager, acme, "100.00")
    read = office.get(f"/api/invoices/{invoice.id}")
    payment = receive(manager, acme, "10.00")
    post(office, f"/api/payments/{payment.id}/allocations", {"invoice_id": str(invoice.id), "amount": 10})
    reason = {"reason": "Billed to the wrong garage"}

    with assert_nothing_written():
        stale = office.post(f"/api/invoices/{invoice.id}/void", reason, headers={"If-Match": read["ETag"]})
        in_use = office.post(f"/api/invoices/{invoice.id}/void", reason)

    assert (stale.status_code, stale.json()["code"]) == (412, "stale")
    assert (in_use.status_code, in_use.json()["code"]) == (409, "obligation_in_use")


def test_voids_an_invoice(office: StaffClient, acme: Customer, manager: Actor) -> None:
    invoice = bill(manager, acme, "100.00")
    read = office.get(f"/api/invoices/{invoice.id}")

    answer = office.post(
        f"/api/invoices/{invoice.id}/void",
        {"reason": "Billed to the wrong garage"},
        headers={"If-Match": read["ETag"]},
    )

    assert (answer.status_code, answer.json()["status"], answer.json()["outstanding"]) == (200, "voided", 0)
    assert answer["ETag"] != read["ETag"]


def test_lists_invoices_by_status(office: StaffClient, acme: Customer, manager: Actor) -> None:
    whole, partly, paid = (bill(manager, acme, "100.00") for _ in range(3))
    payment = receive(manager, acme, "140.00")
    lines = [{"invoice_id": str(partly.id), "amount": 40}, {"invoice_id": str(paid.id), "amount": 100}]
    post(office, f"/api/payments/{payment.id}/allocations", {"allocations": lines})

    numbers = {
        status: [row["number"] for row in office.get(f"/api/invoices?status={status}").json()["results"]]
        for status in ("open", "partial", "paid", "voided", "written_off")
    }

    assert numbers == {
        "open": [whole.number],
        "partial": [partly.number],
        "paid": [paid.number],
        "voided": [],
        "written_off": [],
    }


def test_records_a_payment(office: StaffClient, acme: Customer, manager: Actor) -> None:
    answer = post(office, "/api/payments", payment_body(acme, notes="September"))

    assert answer.status_code == 201, answer.content
    body = answer.json()
    assert body["payment_number"] == f"PAY-{today(manager.company).year}-001"
    assert body["receipt_number"] == f"R-{body['payment_number']}"
    assert (body["payment_method"], body["payment_method_label"]) == ("bank_transfer", "Bank transfer")
    assert (body["status"], body["allocation_status"], body["unallocated_amount"]) == (
        *("posted", "unallocated", Decimal("1000.00")),
    )
    assert body["duplicate_warning"] is None
    assert body["auto_allocation"] is None
    read = office.get(f"/api/payments/{body['id']}")
    assert read["ETag"] == answer["ETag"]
    assert ["September 2025 has been reported" in each for each in body["warnings"]] == [True]
    # A link says when it was made.
    assert read.json() | {"receipt_pdf_url": body["receipt_pdf_url"]} == {
        name: value for name, value in body.items() if name not in ("auto_allocation", "warnings")
    }
    event = AuditEvent.objects.get(action="payments.payment_recorded")
    assert (event.subject_id, event.actor) == (body["id"], "Mara")
    assert event.request_id == answer["X-Request-Id"]


def test_applies_at_once_when_asked(office: StaffClient, acme: Customer, manager: Actor) -> None:
    invoice = bill(manager, acme, "300.00")

    answer = post(
        office,
        "/api/payments",
        payment_body(
            acme, auto_allocate=True, allocation_strategy="fifo", payment_date=str(today(manager.company))
        ),
    )

    body = answer.json()
    assert (body["total_allocated"], body["unallocated_amount"]) == (Decimal("300.00"), Decimal("700.00")), (
        answer.content
    )
    assert body["allocation_status"] == "partial"
    assert [each["invoice_id"] for each in body["auto_allocation"]["allocations"]] == [str(invoice.id)]


def test_an_unknown_strategy_records_nothing(office: StaffClient, acme: Customer) -> None:
    with assert_nothing_written():
        answer = post(
            office, "/api/payments", payment_body(acme, auto_allocate=True, allocation_strategy="luck")
        )

    assert (answer.status_code, answer.json()["code"]) == (400, "unknown_strategy")


@pytest.mark.parametrize(
    ("changes", "status", "code", "field"),
    [
        ({"amount": 0}, 400, "invalid", "amount"),
        ({"amount": Decimal("10.001")}, 400, "invalid", "amount"),
        ({"amount": True}, 400, "invalid", "amount"),
        ({"amount": "1000000000.00"}, 400, "invalid", "amount"),
        ({"customer_id": "nobody"}, 400, "invalid", "customer_id"),
        ({"customer_id": str(uuid4())}, 404, "customer_not_found", "customer_id"),
        ({"payment_method": "shells"}, 400, "unknown_method", "payment_method"),
        ({"payment_date": "2999-01-01"}, 400, "date_in_future", "payment_date"),
        ({"payment_date": "15/09/2025"}, 400, "invalid", "payment_date"),
        ({"currency": "JPY"}, 400, "invalid", "currency"),
        ({"currency_id": str(uuid4())}, 400, "invalid", "currency_id"),
        ({"tip": 1}, 400, "invalid", "tip"),
    ],
)
def test_refuses_a_payment(
    office: StaffClient, acme: Customer, changes: dict[str, Any], status: int, code: str, field: str
) -> None:
    with assert_nothing_written():
        answer = post(office, "/api/payments", payment_body(acme, **changes))

    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.content
    assert [each["field"] for each in answer.json()["errors"]] == [field]


def test_needs_a_key_and_replays_its_answer(office: StaffClient, acme: Customer) -> None:
    key = {"Idempotency-Key": str(uuid4())}
    with assert_nothing_written():
        missing = office.post("/api/payments", payment_body(acme))

    first = office.post("/api/payments", payment_body(acme), headers=key)
    again = office.post("/api/payments", payment_body(acme), headers=key)
    other = office.post("/api/payments", payment_body(acme, amount=1), headers=key)

    assert (missing.status_code, missing.json()["code"]) == (400, "idempotency_key_missing")
    assert (again.status_code, again.content, again["ETag"]) == (201, first.content, first["ETag"])
    assert again["Idempotent-Replayed"] == "true"
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert Payment.objects.count() == 1


def test_warns_of_a_likely_duplicate(office: StaffClient, acme: Customer) -> None:
    first = post(office, "/api/payments", payment_body(acme, reference_number="W-1")).json()

    same_reference = post(
        office, "/api/payments", payment_body(acme, reference_number="w-1", payment_date="2025-10-20")
    ).json()
    near = post(office, "/api/payments", payment_body(acme, payment_date="2025-09-18")).json()
    far = post(office, "/api/payments", payment_body(acme, payment_date="2025-09-25")).json()
    other_amount = post(
        office,
        "/api/payments",
        payment_body(acme, amount=7, reference_number=" W-1", payment_date="2025-10-25"),
    ).json()

    warning = same_reference["duplicate_warning"]
    assert warning["message"] in same_reference["warnings"]
    assert "for the same 1,000.00 USD, and has the same reference" in warning["message"]
    said = other_amount["duplicate_warning"]
    assert (said["reason"], said["amount"], said["payment_number"]) == (
        *("same_reference", Decimal("1000.00")),
        same_reference["payment_number"],
    )
    assert "for 1,000.00 USD, and has the same reference" in said["message"]
    assert (warning["payment_number"], warning["reason"]) == (first["payment_number"], "same_reference")
    assert (near["duplicate_warning"]["payment_id"], near["duplicate_warning"]["reason"]) == (
        *(first["id"], "same_amount"),
    )
    assert far["duplicate_warning"] is None
    assert not any("the same customer" in each for each in far["warnings"])


def test_keeps_that_a_duplicate_was_acknowledged(office: StaffClient, acme: Customer) -> None:
    first = post(office, "/api/payments", payment_body(acme)).json()

    second = post(office, "/api/payments", payment_body(acme, acknowledge_duplicate=True)).json()

    assert second["duplicate_warning"] is None
    kept = Payment.objects.get(id=second["id"])
    assert (str(kept.duplicate_of_id), kept.duplicate_acknowledged_at is not None) == (first["id"], True)
    event = AuditEvent.objects.get(subject_id=second["id"])
    assert event.details["duplicate_of"] == first["payment_number"]
    assert event.details["duplicate_acknowledged"] is True


def test_a_voided_payment_is_not_a_duplicate(office: StaffClient, acme: Customer) -> None:
    first = post(office, "/api/payments", payment_body(acme)).json()
    post(office, f"/api/payments/{first['id']}/void", {"reason": "Entered for another customer"})

    second = post(office, "/api/payments", payment_body(acme)).json()

    assert second["duplicate_warning"] is None


def test_lists_payments(office: StaffClient, acme: Customer) -> None:
    for day in ("2025-09-15", "2025-09-25"):
        post(office, "/api/payments", payment_body(acme, payment_date=day))

    page = office.get("/api/payments?limit=1&offset=1&sort_by=payment_date&sort_order=asc").json()
    none = office.get(f"/api/payments?customer_id={uuid4()}").json()
    malformed = office.get("/api/payments?customer_id=x")

    assert [row["payment_date"] for row in page["results"]] == ["2025-09-25"]
    assert (page["total"], page["limit"], page["offset"]) == (2, 1, 1)
    assert none["total"] == 0
    assert malformed.status_code == 400


def test_explains_an_invoice(office: StaffClient, acme: Customer, manager: Actor) -> None:
    invoice = bill(manager, acme, "100.00")
    payment = receive(manager, acme, "80.00")
    path = f"/api/payments/{payment.id}/allocations"
    made = post(office, path, {"invoice_id": str(invoice.id), "amount": 80}).json()["allocations"][0]
    post(office, f"{path}/{made['id']}/refund", {"amount": 10, "reason": "Paid too much by mistake"})

    answer = office.get(f"/api/invoices/{invoice.id}/explain").json()

    assert answer["explanation"] == (
        f"{invoice.number} is at 30.00: issued 100.00, applied -80.00, refunded +10.00."
    )
    assert answer["summary"]["outstanding"] == answer["invoice"]["outstanding"] == Decimal("30.00")
    assert [(each["amount"], each["balance"]) for each in answer["events"]] == [
        (Decimal("100.00"), Decimal("100.00")),
        (-Decimal("80.00"), Decimal("20.00")),
        (Decimal("10.00"), Decimal("30.00")),
    ]


PATHS = (
    "/api/customers/{customer}",
    "/api/customers/{customer}/outstanding",
    "/api/customers/{customer}/statement",
    "/api/customers/{customer}/unallocated-cash",
    "/api/invoices/{invoice}",
    "/api/invoices/{invoice}/explain",
    "/api/payments/{payment}",
    "/api/payments/{payment}/receipt",
    "/api/payments/{payment}/allocations",
)


@pytest.mark.parametrize("path", PATHS)
def test_answers_for_another_company_as_for_nothing(
    acme: Customer, manager: Actor, client_of: Callable[..., StaffClient], path: str
) -> None:
    ids = {
        "customer": acme.id,
        "invoice": bill(manager, acme, "100.00").id,
        "payment": receive(manager, acme, "80.00").id,
    }
    otto = client_of("outsider")

    foreign = otto.get(path.format(**ids))
    unknown_ids = {name: uuid4() for name in ids}
    unknown = otto.get(path.format(**unknown_ids))

    assert foreign.status_code == unknown.status_code == 404
    assert _without_ids(foreign.json(), ids) == _without_ids(unknown.json(), unknown_ids)


def test_voids_nothing_of_another_company(
    acme: Customer, manager: Actor, client_of: Callable[..., StaffClient]
) -> None:
    invoice_id, other_id = bill(manager, acme, "100.00").id, uuid4()
    otto, reason = client_of("outsider"), {"reason": "Not mine to void at all"}

    with assert_nothing_written():
        foreign = otto.post(f"/api/invoices/{invoice_id}/void", reason)
        unknown = otto.post(f"/api/invoices/{other_id}/void", reason)

    assert foreign.status_code == unknown.status_code == 404
    assert _without_ids(foreign.json(), {"id": invoice_id}) == _without_ids(unknown.json(), {"id": other_id})


@pytest.mark.parametrize("path", PATHS)
def test_answers_404_for_a_malformed_id(office: StaffClient, path: str) -> None:
    ids = dict.fromkeys(("customer", "invoice", "payment"), "17")

    assert office.get(path.format(**ids)).status_code == 404


def test_refuses_another_companys_customer_in_a_body(
    acme: Customer, client_of: Callable[..., StaffClient]
) -> None:
    otto = client_of("outsider")
    with assert_nothing_written():
        answers = [
            post(otto, "/api/payments", payment_body(acme)),
            otto.post("/api/invoices", invoice_body(acme)),
        ]

    assert [(each.status_code, each.json()["code"]) for each in answers] == [(404, "customer_not_found")] * 2


def test_lists_nothing_of_another_company(
    acme: Customer, manager: Actor, client_of: Callable[..., StaffClient]
) -> None:
    bill(manager, acme, "100.00")
    receive(manager, acme, "80.00")
    otto = client_of("outsider")

    totals = [otto.get(f"/api/{name}").json()["total"] for name in ("customers", "invoices", "payments")]

    assert totals == [0, 0, 0]


@pytest.mark.parametrize("name", ["customers", "invoices", "payments"])
def test_needs_the_company_header(client_of: Callable[..., StaffClient], in_north: Any, name: str) -> None:
    answer = client_of("manager", company_header=False).get(f"/api/{name}")

    assert (answer.status_code, answer.json()["code"]) == (403, "company_context_missing")


@pytest.mark.parametrize(
    ("who", "method", "path", "status"),
    [
        ("cashier", "post", "/api/invoices", 403),
        ("cashier", "post", "/api/customers", 403),
        ("auditor", "post", "/api/payments", 403),
        ("administrator", "get", "/api/payments", 403),
        ("auditor", "get", "/api/invoices", 200),
    ],
)
def test_asks_for_the_permission(
    client_of: Callable[..., StaffClient], in_north: Any, who: str, method: str, path: str, status: int
) -> None:
    with assert_nothing_written():
        answer = getattr(client_of(who), method)(path, {})

    assert answer.status_code == status


def test_the_day_is_the_companys(
    client_of: Callable[..., StaffClient], acme: Customer, time_machine: Any
) -> None:
    # 03:30 UTC on November 3rd is still November 2nd in New York: the Sunday on which clocks went back.
    time_machine.move_to("2025-11-03T03:30:00Z", tick=False)
    office = client_of("manager")

    early = post(office, "/api/payments", payment_body(acme, payment_date="2025-11-03"))
    today_there = post(office, "/api/payments", payment_body(acme, payment_date="2025-11-02"))
    time_machine.move_to("2026-03-08T04:30:00Z", tick=False)
    spring = post(client_of("manager"), "/api/payments", payment_body(acme, payment_date="2026-03-08"))

    assert (early.status_code, early.json()["code"]) == (400, "date_in_future")
    assert today_there.status_code == 201
    assert spring.json()["code"] == "date_in_future"


def test_refuses_a_closed_day(client_of: Callable[..., StaffClient], acme: Customer, manager: Actor) -> None:
    from batconnect.core.models import CompanySettings

    closed = today(manager.company) - timedelta(days=1)
    CompanySettings.objects.filter(company_id=manager.company_id).update(closed_until=closed)
    office = client_of("manager")

    with assert_nothing_written():
        payment = post(office, "/api/payments", payment_body(acme, payment_date=str(closed)))
        invoice = office.post(
            "/api/invoices", invoice_body(acme, issue_date=str(closed), due_date=str(closed))
        )

    assert payment.json()["code"] == invoice.json()["code"] == "date_closed"


def test_money_is_never_a_float(office: StaffClient, acme: Customer) -> None:
    answer = post(office, "/api/payments", payment_body(acme, amount="999999999.99"))

    assert b'"amount":999999999.99' in answer.content
    assert Payment.objects.get().amount == Decimal("999999999.99")
    assert Invoice.objects.count() == 0


def _without_ids(body: Any, ids: dict[str, Any]) -> Any:
    text = str({name: value for name, value in body.items() if name != "request_id"})
    for value in ids.values():
        text = text.replace(str(value), "ID")
    return text
