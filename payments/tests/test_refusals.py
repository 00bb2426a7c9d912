"""Every bad input of an interim payment over HTTP: refused in words, and nothing written."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.models import CompanySettings
from batconnect.directory.models import Lease
from cases import services as cases
from payments.tests.builders import Debtor, make_jane_roe, outstanding, owe, pay
from payments.tests.conftest import SEED_DATA
from tests.cast import StaffClient
from tests.digest import assert_nothing_written

Submit = Callable[..., Any]
LEASE = {"category": "Lease", "reference_id": "MED-102-LS-08"}


def allocation(**changes: Any) -> list[dict[str, Any]]:
    return [{**LEASE, "amount": Decimal("265.00"), **changes}]


def refused(answer: Any, status: int, *, field: str | None = None, code: str | None = None) -> dict[str, Any]:
    """The problem of a refusal, whose field and code are as expected."""
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    if field is not None:
        assert field in [each["field"] for each in body["errors"]], body
    if code is not None:
        assert code in [body["code"], *(each["code"] for each in body["errors"])], body
    return body


@pytest.mark.parametrize(
    ("allocations", "field"),
    [
        (allocation(amount=0), "allocations.0.amount"),
        (allocation(amount=-1), "allocations.0.amount"),
        (allocation(amount="265.001"), "allocations.0.amount"),
        (allocation(amount="1E2"), "allocations.0.amount"),
        (allocation(amount="NaN"), "allocations.0.amount"),
        (allocation(amount=True), "allocations.0.amount"),
        (allocation(amount=None), "allocations.0.amount"),
        (allocation(amount="1000000000.00"), "allocations.0.amount"),
        (allocation(amount="265.01"), "allocations.0.amount"),
        (allocation(category="Groceries"), "allocations.0.category"),
        (allocation(category=5), "allocations.0.category"),
        (allocation(category="Taxes", reference_id="TAX-2024-10", amount=10), "allocations.0.category"),
        (allocation(reference_id="MED-999"), "allocations.0.reference_id"),
        (allocation(reference_id=""), "allocations.0.reference_id"),
        (allocation(reference_id="   "), "allocations.0.reference_id"),
        (allocation(category="Repairs"), "allocations.0.reference_id"),
        (allocation(amount=10) + allocation(amount=20, category="LEASE"), "allocations.1"),
        (allocation(extra="x"), "allocations.0.extra"),
        ([LEASE], "allocations.0.amount"),
        ([], "allocations"),
        (None, "allocations"),
        ("all", "allocations"),
        (allocation(amount=1) * 51, "allocations"),
    ],
)
def test_refuses_allocations(john: Debtor, submit: Submit, allocations: Any, field: str) -> None:
    with assert_nothing_written():
        answer = submit(allocations=allocations)

    refused(answer, 400, field=field)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("total_amount", 0),
        ("total_amount", -600),
        ("total_amount", "600.005"),
        ("total_amount", "1E5"),
        ("total_amount", "six hundred"),
        ("total_amount", True),
        ("total_amount", None),
        ("total_amount", "1000000000"),
        ("payment_method", "UPI"),
        ("payment_method", "barter"),
        ("payment_method", ""),
        ("payment_method", 7),
        ("payment_date", "20.10.2025"),
        ("payment_date", "2025-02-30"),
        ("payment_date", "0001-01-01"),
        ("payment_date", 20251020),
        ("payment_date", ""),
        ("driver_id", "abc"),
        ("driver_id", 0),
        ("driver_id", Decimal("101.50")),
        ("driver_id", None),
        ("lease_id", None),
        ("lease_id", ""),
        ("notes", "x" * 501),
        ("reference_number", "x" * 61),
        ("color", "yellow"),
    ],
)
def test_refuses_the_head(john: Debtor, submit: Submit, name: str, value: Any) -> None:
    with assert_nothing_written():
        answer = submit(**{name: value})

    refused(answer, 400, field=name)


@pytest.mark.parametrize(
    "missing", ["driver_id", "lease_id", "total_amount", "payment_method", "payment_date", "allocations"]
)
def test_names_each_missing_field(john: Debtor, submit: Submit, missing: str) -> None:
    with assert_nothing_written():
        answer = submit(without=(missing,))

    refused(answer, 400, field=missing, code="required")


def test_sum_above_total_names_both_figures(john: Debtor, submit: Submit) -> None:
    lines = [*allocation(), {"category": "Repairs", "reference_id": "INV-2457", "amount": "335.01"}]

    with assert_nothing_written():
        answer = submit(allocations=lines)

    body = refused(answer, 400, field="allocations", code="above_total")
    assert "600.01" in body["detail"]
    assert "600.00" in body["detail"]


def test_above_outstanding_names_the_figures(john: Debtor, submit: Submit) -> None:
    with assert_nothing_written():
        answer = submit(allocations=allocation(amount="265.01"))

    body = refused(answer, 400, code="above_outstanding")
    assert "265.01 is above the 265.00 outstanding on Lease MED-102-LS-08" in body["detail"]


def test_method_refusal_lists_the_methods(john: Debtor, submit: Submit) -> None:
    body = refused(submit(payment_method="UPI"), 400, field="payment_method", code="unknown_method")

    assert "Cash, Check, ACH" in body["detail"]


def test_cash_with_a_reference_number(john: Debtor, submit: Submit) -> None:
    with assert_nothing_written():
        answer = submit(payment_method="Cash", reference_number="4711")

    refused(answer, 400, field="reference_number")


def test_payment_date_after_today(john: Debtor, cashier: Actor, submit: Submit) -> None:
    tomorrow = today(cashier.company) + timedelta(days=1)

    with assert_nothing_written():
        answer = submit(payment_date=tomorrow.isoformat())

    refused(answer, 400, field="payment_date", code="date_in_future")


@pytest.mark.parametrize(("day", "status"), [("2025-10-19", 400), ("2025-10-20", 400), ("2025-10-21", 200)])
def test_payment_date_in_a_closed_period(john: Debtor, submit: Submit, day: str, status: int) -> None:
    CompanySettings.objects.update(closed_until=date(2025, 10, 20))

    assert submit(payment_date=day).status_code == status


def test_date_time_counts_as_written(john: Debtor, submit: Submit, api: StaffClient) -> None:
    number = submit(payment_date="2025-10-20T23:59:59-11:00").json()["payment_id"]

    assert api.get(f"/payments/interim-payments/{number}").json()["payment_date"] == "2025-10-20"


@pytest.mark.parametrize(
    ("name", "value"), [("driver_id", 999_999), ("lease_id", 999_999), ("lease_id", "LS-9")]
)
def test_unknown_driver_or_lease(john: Debtor, submit: Submit, name: str, value: Any) -> None:
    with assert_nothing_written():
        answer = submit(**{name: value})

    refused(answer, 404, field=name)


def test_lease_of_another_driver(john: Debtor, manager: Actor, submit: Submit) -> None:
    jane = make_jane_roe(manager)

    with assert_nothing_written():
        answer = submit(lease_id=jane.lease.pk)

    refused(answer, 400, field="lease_id", code="lease_not_of_driver")


def test_ended_lease(john: Debtor, submit: Submit) -> None:
    Lease.objects.filter(pk=john.lease.pk).update(status="Ended", ended_on=date(2025, 1, 1))

    with assert_nothing_written():
        answer = submit()

    refused(answer, 400, field="lease_id")


def test_obligation_of_another_driver(john: Debtor, manager: Actor, submit: Submit) -> None:
    owe(manager, make_jane_roe(manager), ("Lease", "MED-103-LS-01", "265.00", "2024-10-20"))

    with assert_nothing_written():
        answer = submit(allocations=allocation(reference_id="MED-103-LS-01"))

    body = refused(answer, 400, field="allocations.0.reference_id")
    assert "MED-103-LS-01 is not an obligation of DRV-101 on LS-2054" in body["detail"]


def test_settled_obligation(john: Debtor, cashier: Actor, submit: Submit) -> None:
    pay(cashier, "265.00", ("Lease", "MED-102-LS-08", "265.00"))

    with assert_nothing_written():
        answer = submit(allocations=allocation(amount=1))

    assert "is settled" in refused(answer, 400)["detail"]


def test_everything_wrong_is_named_at_once(john: Debtor, submit: Submit) -> None:
    lines = [*allocation(amount="300.00"), {"category": "PVB", "reference_id": "PVB-0", "amount": 1}]

    body = refused(submit(allocations=lines), 400)

    assert [each["field"] for each in body["errors"]] == [
        "allocations.0.amount",
        "allocations.1.reference_id",
    ]


def test_unknown_case(john: Debtor, submit: Submit) -> None:
    refused(submit(to="INTPAY999999"), 404)


def test_step_of_another_case_type(john: Debtor, submit: Submit) -> None:
    with assert_nothing_written():
        answer = submit(step_id="LOAN_ENTER_DETAILS")

    refused(answer, 400, field="step_id")


def test_closed_case(john: Debtor, submit: Submit) -> None:
    assert submit(total_amount="600.00").status_code == 200

    with assert_nothing_written():
        answer = submit()

    refused(answer, 409, code="illegal_transition")


@pytest.mark.parametrize("action", [cases.hold_case, cases.cancel_case])
def test_case_on_hold_or_cancelled(
    john: Debtor, manager: Actor, case_no: str, submit: Submit, action: Any
) -> None:
    action(actor=manager, case_no=case_no, reason="Waiting for the driver.")

    with assert_nothing_written():
        answer = submit()

    refused(answer, 409, code="illegal_transition")


@pytest.mark.parametrize("username", ["auditor", "administrator"])
def test_wrong_group(john: Debtor, case_no: str, client_of: Any, username: str) -> None:
    with assert_nothing_written():
        answer = client_of(username).post(
            f"/bpm/case/{case_no}", {"step_id": "INTPAY-002", "data": SEED_DATA}
        )

    refused(answer, 403)


def test_another_companys_case_answers_like_an_unknown_one(
    john: Debtor, case_no: str, client_of: Any
) -> None:
    body = {"step_id": "INTPAY-002", "data": SEED_DATA}

    with assert_nothing_written():
        foreign = client_of("outsider").post(f"/bpm/case/{case_no}", body)
        unknown = client_of("outsider").post("/bpm/case/INTPAY999999", body)

    assert (foreign.status_code, unknown.status_code) == (404, 404)
    assert foreign.json()["code"] == unknown.json()["code"]


@pytest.mark.parametrize("tail", ["", "/receipt", "/receipt?format=pdf"])
def test_another_companys_payment_answers_like_an_unknown_one(
    john: Debtor, submit: Submit, client_of: Any, tail: str
) -> None:
    number = submit().json()["payment_id"]
    outsider = client_of("outsider")

    foreign = outsider.get(f"/payments/interim-payments/{number}{tail}")
    unknown = outsider.get(f"/payments/interim-payments/INTPAY-2026-99999{tail}")

    assert (foreign.status_code, unknown.status_code) == (404, 404)
    assert foreign.json()["code"] == unknown.json()["code"]


def test_another_company_cannot_void_nor_list(john: Debtor, submit: Submit, client_of: Any) -> None:
    number = submit().json()["payment_id"]
    outsider = client_of("outsider")

    with assert_nothing_written():
        answer = outsider.post(f"/payments/interim-payments/{number}/void", {"reason": "Not mine at all."})

    refused(answer, 404, code="payment_not_found")
    assert outsider.get("/payments/interim-payments").json()["total_items"] == 0


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b'{"step_id": "INTPAY-002", "data": {"total_amount": NaN}}', 400),
        (b'{"step_id": "INTPAY-002", "data": {"total_amount": 1E5}}', 400),
        (b'{"step_id": "INTPAY-002", "data": {"total_amount": 6e2}}', 400),
        (b'{"step_id": "INTPAY-002", "data": ', 400),
        (b"[]", 400),
        (b'{"step_id": "INTPAY-002", "data": []}', 400),
        (b'{"step_id": "INTPAY-002", "data": {}, "more": 1}', 400),
        (b'{"step_id": "INTPAY-002"}', 400),
        (b"\xff\xfe", 400),
        (b'{"x": "' + b"y" * (20 * 1024 * 1024) + b'"}', 413),
    ],
    ids=["nan", "1E5", "6e2", "cut off", "list", "data list", "extra", "no data", "not utf-8", "20 MB"],
)
def test_bodies_that_cannot_be_read(
    john: Debtor, api: StaffClient, case_no: str, body: bytes, status: int
) -> None:
    with assert_nothing_written():
        answer = api.post(f"/bpm/case/{case_no}", body, content_type="application/json")

    refused(answer, status)


def test_fetch_without_a_license(john: Debtor, api: StaffClient, case_no: str) -> None:
    shown = api.get(f"/bpm/case/{case_no}/INTPAY-001").json()

    assert shown == {"driver": None, "leases": [], "draft": None}


def test_fetch_of_an_unknown_driver(john: Debtor, api: StaffClient, case_no: str) -> None:
    refused(api.get(f"/bpm/case/{case_no}/INTPAY-001?tlc_license_no=000"), 404, code="driver_not_found")


def test_fetch_of_a_driver_without_active_lease(john: Debtor, api: StaffClient, case_no: str) -> None:
    Lease.objects.filter(pk=john.lease.pk).update(status="Ended", ended_on=date(2025, 1, 1))

    answer = api.get(f"/bpm/case/{case_no}/INTPAY-001?tlc_license_no=00504124")

    refused(answer, 404, code="lease_not_found")


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("", 400),
        ("?driver_id=", 400),
        ("?driver_id=x", 400),
        ("?driver_id=999", 404),
        (f"?driver_id={'9' * 5_000}", 400),
        (f"?driver_id=101&lease_id={'9' * 5_000}", 404),
        ("?driver_id=101", 200),
        ("?driver_id=101&lease_id=2054", 200),
        ("?driver_id=101&lease_id=ls-2054", 200),
    ],
)
def test_fetch_of_obligations_needs_a_driver(
    john: Debtor, api: StaffClient, case_no: str, query: str, status: int
) -> None:
    assert api.get(f"/bpm/case/{case_no}/INTPAY-002{query}").status_code == status


def test_refusal_leaves_debts_and_numbers_alone(john: Debtor, submit: Submit) -> None:
    submit(total_amount="599.99")

    number = submit().json()["payment_id"]

    assert number.endswith("-00001")
    assert outstanding("INV-2457") == Decimal("115.00")
