"""The guide's verification, as written: open the case, take the step, find the loan and its schedule."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from cases.models import Case
from ledger.models import Entry, Obligation
from ledger.tests.builders import Debtor
from loans.models import DriverLoan, LoanInstallment
from loans.tests.builders import next_sunday
from tests.digest import assert_nothing_written


@pytest.fixture
def client(client_of: Callable[..., Any], debtor: Debtor) -> Any:
    return client_of("cashier", company_header=False)


@pytest.fixture
def case_no(client: Any) -> str:
    return str(client.post("/payments/driver-loans/create-case", {}).json()["case_no"])


def terms(actor: Actor, debtor: Debtor, **changes: Any) -> dict[str, Any]:
    return {
        "driver_id": debtor.driver.id,
        "lease_id": debtor.lease.id,
        "loan_amount": "1000.00",
        "start_week": next_sunday(actor).isoformat(),
        **changes,
    }


def test_makes_a_loan_step_by_step(client: Any, manager: Actor, debtor: Debtor) -> None:
    opened = client.post("/payments/driver-loans/create-case")
    case_no = opened.json()["case_no"]
    shown = client.get(f"/case/{case_no}/LOAN_ENTER_DETAILS", {"tlc_license_no": debtor.driver.tlc_license})
    made = client.post(
        f"/case/{case_no}",
        {"step_id": "LOAN_ENTER_DETAILS", "data": terms(manager, debtor, notes=" Deposit ")},
    )

    assert (opened.status_code, case_no) == (201, "DRLNS000001")
    assert shown.json()["driver"]["id"] == debtor.driver.id
    assert [lease["lease_id"] for lease in shown.json()["leases"]] == ["LS-2054"]
    year = today(manager.company).year
    assert made.status_code == 200
    assert made.json()["loan_id"] == f"DLN-{year}-001"
    assert made.json()["message"] == f"Driver loan DLN-{year}-001 created with 5 installments."
    assert [row["installment_id"] for row in made.json()["installments"]] == [
        f"DLN-{year}-001-{place:02d}" for place in range(1, 6)
    ]
    loan = DriverLoan.objects.get()
    assert (loan.status, loan.amount, loan.notes, loan.case_no) == (
        "Open",
        Decimal("1000.00"),
        "Deposit",
        case_no,
    )
    assert loan.loan_date == today(manager.company)
    assert set(LoanInstallment.objects.values_list("status", flat=True)) == {"Scheduled"}
    assert Case.objects.get(case_no=case_no).state == "Closed"
    entry = Entry.objects.get(event="loan_opened")
    assert dict(entry.postings.values_list("account__code", "amount")) == {
        "loan_principal": Decimal("1000.00"),
        "disbursements_payable": Decimal("-1000.00"),
    }
    assert not Obligation.objects.exists()
    page = client.get("/payments/driver-loans", {"lease_id": debtor.lease.id}).json()
    assert [row["loan_id"] for row in page["items"]] == [loan.number]
    assert client.get(f"/bpm/case/{case_no}").json()["entities"] == [
        {"entity": "driver_loan", "id": loan.number, "url": f"/payments/driver-loans/{loan.number}"}
    ]


def test_two_clicks_make_one_loan(client: Any, manager: Actor, debtor: Debtor, case_no: str) -> None:
    body = {"step_id": "LOAN_ENTER_DETAILS", "data": terms(manager, debtor)}

    first, second = client.post(f"/case/{case_no}", body), client.post(f"/case/{case_no}", body)

    assert (first.status_code, second.status_code) == (200, 409)
    assert DriverLoan.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "status", "code", "field"),
    [
        ({"loan_amount": 0}, 400, "invalid", "loan_amount"),
        ({"loan_amount": "12.345"}, 400, "invalid", "loan_amount"),
        ({"loan_amount": "78000.01"}, 400, "schedule_too_long", "loan_amount"),
        ({"interest_rate": "100.01"}, 400, "invalid", "interest_rate"),
        ({"interest_rate": -1}, 400, "invalid", "interest_rate"),
        ({"interest_rate": "1e1"}, 400, "invalid", "interest_rate"),
        ({"interest_rate": "10.00001"}, 400, "invalid", "interest_rate"),
        ({"start_week": "2025-10-06"}, 400, "start_week_not_sunday", "start_week"),
        ({"start_week": "2025-10-05"}, 400, "start_week_too_early", "start_week"),
        ({"start_week": "soon"}, 400, "invalid", "start_week"),
        ({"driver_id": 999_999}, 404, "driver_not_found", "driver_id"),
        ({"lease_id": "LS-9999"}, 404, "lease_not_found", "lease_id"),
        ({"notes": "x" * 501}, 400, "invalid", "notes"),
        ({"color": "red"}, 400, "invalid", "color"),
    ],
)
def test_refuses_what_is_no_loan(
    client: Any,
    manager: Actor,
    debtor: Debtor,
    case_no: str,
    changes: dict[str, Any],
    status: int,
    code: str,
    field: str,
) -> None:
    body = {"step_id": "LOAN_ENTER_DETAILS", "data": terms(manager, debtor, **changes)}

    with assert_nothing_written():
        response = client.post(f"/case/{case_no}", body)

    assert (response.status_code, response.json()["code"]) == (status, code)
    assert field in [each["field"] for each in response.json()["errors"]]


@pytest.mark.parametrize("rate", ["0", 0, "100", 100, "7.25", "0.0001"])
def test_accepts_rates_within_bounds(
    client: Any, manager: Actor, debtor: Debtor, case_no: str, rate: Any
) -> None:
    body = {"step_id": "LOAN_ENTER_DETAILS", "data": terms(manager, debtor, interest_rate=rate)}

    response = client.post(f"/case/{case_no}", body)

    assert response.status_code == 200
    assert DriverLoan.objects.get().interest_rate == Decimal(str(rate))


def test_refuses_a_lease_that_the_driver_does_not_drive(
    client: Any, manager: Actor, debtor: Debtor, case_no: str
) -> None:
    from ledger.tests.builders import make_debtor

    other = make_debtor(manager, number=2, name="Jane Roe")
    body = {"step_id": "LOAN_ENTER_DETAILS", "data": terms(manager, debtor, lease_id=other.lease.id)}

    with assert_nothing_written():
        response = client.post(f"/case/{case_no}", body)

    assert (response.status_code, response.json()["code"]) == (400, "lease_not_driven")


def test_previews_without_storing(client: Any, manager: Actor, debtor: Debtor) -> None:
    with assert_nothing_written():
        response = client.post(
            "/payments/driver-loans/preview", terms(manager, debtor, loan_amount="3000.00", interest_rate=12)
        )

    body = response.json()
    assert response.status_code == 200
    assert (body["weekly_principal"], len(body["installments"])) == (250.0, 12)
    assert [row["interest_amount"] for row in body["installments"]][1] == 6.33
    assert body["installments"][0]["status"] == "Planned"


def test_another_company_finds_nothing(
    client_of: Callable[..., Any], client: Any, manager: Actor, debtor: Debtor, case_no: str
) -> None:
    client.post(f"/case/{case_no}", {"step_id": "LOAN_ENTER_DETAILS", "data": terms(manager, debtor)})
    number = DriverLoan.objects.get().number
    outsider = client_of("outsider")

    there = [
        outsider.get(f"/payments/driver-loans/{number}"),
        outsider.get(f"/payments/driver-loans/{number}/receipt"),
        outsider.post(f"/payments/driver-loans/{number}/hold", {"reason": "not mine at all"}),
        outsider.post(f"/payments/driver-loans/{number}/release", {}),
        outsider.post(f"/payments/driver-loans/{number}/cancel", {"reason": "not mine at all"}),
        outsider.post(f"/payments/driver-loans/{number}/payoff", {}),
    ]
    unknown = outsider.get("/payments/driver-loans/DLN-1999-001")

    assert {response.status_code for response in there} == {404}
    assert {response.json()["code"] for response in there} == {unknown.json()["code"]}
    assert outsider.get("/payments/driver-loans").json()["items"] == []
