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
from loans.tests.builders import loan_terms
from tests.digest import assert_nothing_written


@pytest.fixture
def client(client_of: Callable[..., Any], debtor: Debtor) -> Any:
    return client_of("cashier", company_header=False)


@pytest.fixture
def case_no(client: Any) -> str:
    return str(client.post("/payments/driver-loans/create-case", {}).json()["case_no"])


def test_makes_a_loan_step_by_step(client: Any, manager: Actor, debtor: Debtor) -> None:
    opened = client.post("/payments/driver-loans/create-case")
    case_no = opened.json()["case_no"]
    shown = client.get(f"/case/{case_no}/LOAN_ENTER_DETAILS", {"tlc_license_no": debtor.driver.tlc_license})
    made = client.post(
        f"/case/{case_no}",
        {"step_id": "LOAN_ENTER_DETAILS", "data": loan_terms(manager, debtor, notes=" Deposit ")},
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


@pytest.mark.parametrize("rate", ["0", 0, "16", 16, "7.25", "0.0001"])
def test_accepts_rates_within_bounds(
    client: Any, manager: Actor, debtor: Debtor, case_no: str, rate: Any
) -> None:
    body = {"step_id": "LOAN_ENTER_DETAILS", "data": loan_terms(manager, debtor, interest_rate=rate)}

    response = client.post(f"/case/{case_no}", body)

    assert response.status_code == 200
    assert DriverLoan.objects.get().interest_rate == Decimal(str(rate))


@pytest.mark.parametrize("rate", ["16.0001", 100])
def test_a_rate_above_the_cap_needs_a_reason_that_the_loan_keeps(
    client: Any, manager: Actor, debtor: Debtor, case_no: str, rate: Any
) -> None:
    terms = loan_terms(manager, debtor, interest_rate=rate)
    bodies = [
        {"step_id": "LOAN_ENTER_DETAILS", "data": {**terms, **more}}
        for more in ({}, {"interest_reason": " "}, {"interest_reason": "too short"})
    ]

    with assert_nothing_written():
        refused = [client.post(f"/case/{case_no}", body) for body in bodies]
    reasoned = {**terms, "interest_reason": "  Agreed on with the owner. "}
    made = client.post(f"/case/{case_no}", {"step_id": "LOAN_ENTER_DETAILS", "data": reasoned})

    assert [each.status_code for each in refused] == [400, 400, 400]
    assert [each.json()["code"] for each in refused] == ["rate_above_cap", "rate_above_cap", "reason_length"]
    assert "above 16 %" in refused[0].json()["errors"][0]["message"]
    assert made.status_code == 200
    loan = DriverLoan.objects.get()
    assert loan.interest_reason == "Agreed on with the owner."
    shown = client.get(f"/payments/driver-loans/{loan.number}").json()
    assert shown["interest_reason"] == "Agreed on with the owner."


def test_no_reason_allows_more_than_all_of_it(
    client: Any, manager: Actor, debtor: Debtor, case_no: str
) -> None:
    terms = loan_terms(manager, debtor, interest_rate="100.0001", interest_reason="Agreed on with the owner.")

    with assert_nothing_written():
        refused = client.post(f"/case/{case_no}", {"step_id": "LOAN_ENTER_DETAILS", "data": terms})

    assert refused.status_code == 400


def test_previews_without_storing(client: Any, manager: Actor, debtor: Debtor) -> None:
    with assert_nothing_written():
        response = client.post(
            "/payments/driver-loans/preview",
            loan_terms(manager, debtor, loan_amount="3000.00", interest_rate=12),
        )

    body = response.json()
    assert response.status_code == 200
    assert (body["weekly_principal"], len(body["installments"])) == (Decimal("250.00"), 12)
    assert [row["interest_amount"] for row in body["installments"]][1] == Decimal("6.33")
    assert body["installments"][0]["status"] == "Planned"
