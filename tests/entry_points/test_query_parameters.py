"""Query parameters of every call: an unknown one is refused by name, a single one not repeated; lists take several."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from batconnect.core.api.base import SignedInView
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.directory.models import Customer
from payments.models import Payment
from payments.services.recording import record_payment
from payments.tests.builders import make_john_doe
from tests.access.endpoints import calls
from tests.access.test_every_call import make
from tests.cast import StaffClient
from tests.databases import owners_hand
from tests.digest import assert_nothing_written

# Where the operation, and so what it may be asked with, is known only once its path has been looked up.
LATER = {"GET /bpm/case/<str:case_no>/<str:step_id>", "GET /case/<str:case_no>/<str:step_id>"}
MADE_UP = ("statuss", "Status", "sort", "customer", "search", "__proto__", "status__in", "💥", "a" * 300)


def test_every_call_says_what_it_may_be_asked_with() -> None:
    silent = [
        str(call)
        for call in calls(SignedInView)
        if not isinstance(getattr(getattr(call.view, call.method.lower()), "query_parameters", None), dict)
    ]

    assert silent == []


def test_every_call_refuses_a_parameter_that_it_does_not_know(
    in_north: Any, client_of: Callable[..., StaffClient]
) -> None:
    client, wrong, tried = client_of("manager"), [], 0

    with assert_nothing_written():
        for number, call in enumerate(calls(SignedInView)):
            if str(call) in LATER:
                continue
            known = getattr(call.view, call.method.lower()).query_parameters
            # One refusal serves all calls: each meets a third of the names.
            for name in (name for name in MADE_UP[number % 3 :: 3] if name not in known):
                answer = make(client, call.method, f"{call.path()}?{name}=Closed")
                tried += 1
                if answer.status_code == 403 and answer.json()["code"] == "permission_denied":
                    break
                is_named = answer.status_code == 400 and answer.json()["code"] == "unknown_parameter"
                if not is_named or name[:60] not in answer.json()["errors"][0]["message"]:
                    wrong.append(f"{call}?{name}: {answer.status_code} {answer.content[:200]!r}")

    assert not wrong, "\n".join(wrong)
    assert tried > 300


def test_the_refusal_lists_what_there_is(in_north: Any, client_of: Callable[..., StaffClient]) -> None:
    answer = client_of("manager").get("/payments/driver-loans/export?format=csv&statuss=Closed")

    assert answer.status_code == 400
    problem = answer.json()
    assert (problem["code"], problem["errors"][0]["field"]) == ("unknown_parameter", "statuss")
    assert "loan_date_from" in problem["detail"]
    assert "status, " in problem["detail"]


def test_a_single_parameter_is_not_repeated(in_north: Any, client_of: Callable[..., StaffClient]) -> None:
    client = client_of("auditor")

    for call in calls(SignedInView):
        known = getattr(getattr(call.view, call.method.lower()), "query_parameters", {})
        for name in (name for name, many in known.items() if not many and call.method == "GET"):
            answer = client.get(f"{call.path()}?{name}=1&{name}=2")
            assert answer.status_code in (400, 403), f"{call}?{name} {answer.status_code}"
            if answer.status_code == 400 and str(call) not in LATER:
                assert answer.json()["code"] == "repeated_parameter", f"{call}?{name}"


def test_a_step_is_asked_with_its_own_parameters_alone(
    manager: Actor, client_of: Callable[..., StaffClient]
) -> None:
    make_john_doe(manager)
    client = client_of("cashier")
    case = client.post("/bpm/case", {"case_type": "INTPAY"}).json()["case_no"]

    good = client.get(f"/bpm/case/{case}/INTPAY-001?tlc_license_no=00504124")
    bad = client.get(f"/bpm/case/{case}/INTPAY-001?tlc_licence_no=00504124")

    assert good.status_code == 200
    assert bad.status_code == 400
    assert "there are tlc_license_no" in bad.json()["detail"]


def pay(actor: Actor, customer: Customer, method: str, amount: str) -> Payment:
    return record_payment(
        actor=actor,
        customer_id=customer.pk,
        amount=Decimal(amount),
        method=method,
        payment_date=today(actor.company) - timedelta(days=1),
    ).payment


@pytest.fixture
def three(manager: Actor) -> list[Payment]:
    """Three payments of two customers, by cash, check and ACH."""
    john = Customer.objects.create(company_id=manager.company_id, name="John Quincy Doe")
    jane = Customer.objects.create(company_id=manager.company_id, name="Jane Roe")
    return [
        pay(manager, john, "cash", "1"),
        pay(manager, jane, "check", "2"),
        pay(manager, jane, "ach", "3"),
    ]


def numbers(client: StaffClient, query: str) -> list[str]:
    answer = client.get(f"/api/payments?{query}&sort_by=payment_number&sort_order=asc")
    assert answer.status_code == 200, answer.content
    return [row["payment_number"] for row in answer.json()["results"]]


@pytest.mark.parametrize(
    "query",
    [
        "payment_method=cash,ACH",
        "payment_method=cash&payment_method=ach",
        "payment_method=Cash , ach,",
        "payment_method=cash,ach,cash",
    ],
)
def test_a_list_takes_several_values(
    three: list[Payment], client_of: Callable[..., StaffClient], query: str
) -> None:
    assert numbers(client_of("auditor"), query) == [three[0].number, three[2].number]


def test_one_value_of_several_that_is_none_is_named(
    three: list[Payment], client_of: Callable[..., StaffClient]
) -> None:
    answer = client_of("auditor").get("/api/payments?payment_method=cash,barter")

    assert answer.status_code == 400
    assert "'barter' is not one of cash, check" in answer.json()["detail"]


def test_a_text_finds_what_it_names_whole_and_otherwise_what_begins_so(
    manager: Actor, client_of: Callable[..., StaffClient]
) -> None:
    customer = Customer.objects.create(company_id=manager.company_id, name="Ann")
    made = [pay(manager, customer, "cash", "1") for _ in range(3)]
    stem = made[0].number.rsplit("-", 1)[0]
    with owners_hand():
        Payment.objects.filter(pk=made[0].pk).update(number=f"{stem}-100")
    with owners_hand():
        Payment.objects.filter(pk=made[1].pk).update(number=f"{stem}-1000")
    client = client_of("auditor")

    assert numbers(client, f"payment_number={stem}-100") == [f"{stem}-100"]
    assert numbers(client, f"payment_number={stem.lower()}-10") == [f"{stem}-100", f"{stem}-1000"]
    both = numbers(client, f"payment_number={stem}-100,{made[2].number}")
    assert set(both) == {f"{stem}-100", made[2].number}
    assert numbers(client, "payment_number=NOTHING") == []


def test_a_name_is_found_by_its_parts_in_any_order(
    three: list[Payment], client_of: Callable[..., StaffClient]
) -> None:
    client = client_of("auditor")

    def names(text: str) -> list[str]:
        answer = client.get("/api/customers", {"name": text})
        return [row["name"] for row in answer.json()["results"]]

    assert names("doe john") == names("Doe, John") == names("quin") == ["John Quincy Doe"]
    assert names("john roe") == []
    assert client.get("/api/customers", {"name": "a " * 50}).status_code == 400


def test_whose_rows_are_found_alike_on_every_list(
    manager: Actor, client_of: Callable[..., StaffClient]
) -> None:
    make_john_doe(manager)
    client = client_of("auditor")

    def found(query: str) -> int:
        answer = client.get(f"/ledger/balances?{query}")
        assert answer.status_code == 200, answer.content
        total: int = answer.json()["total_items"]
        return total

    everything = found("driver_id=101")
    assert everything > 0
    for query in (
        *("driver_name=Doe, John", "driver_name=doe", "tlc_license=00504124", "tlc_license=0050"),
        *("driver=DRV-101", "driver=drv-10", "driver=101", "driver=doe john"),
        *(
            "lease_id=2054",
            "lease_id=LS-2054",
            "lease_id=ls-20",
            "lease=2054",
            "medallion_no=1P43",
            "medallion_no=1p",
        ),
    ):
        assert found(query) == everything, query
    for query in (
        "driver_name=john roe",
        "tlc_license=99",
        "lease_id=205",
        "lease_id=2055",
        "medallion_no=P43",
    ):
        assert found(query) == 0, query
