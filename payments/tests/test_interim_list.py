"""The list of interim payments: filters, sorting, paging, exports, create-case."""

from __future__ import annotations

from typing import Any

import pytest

from batconnect.core.kernel.actors import Actor
from payments.tests.builders import Debtor, make_jane_roe, owe, pay
from tests.cast import StaffClient
from tests.digest import assert_nothing_written

PATH = "/payments/interim-payments"


@pytest.fixture
def two_drivers(john: Debtor, manager: Actor) -> None:
    """John paid 600.00 for two debts and 40.00 for one, Jane 50.00 for one, which was voided."""
    from payments.services.voids import void_payment

    jane = make_jane_roe(manager)
    owe(manager, jane, ("PVB", "PVB-9", "50.00", "2024-12-01"))
    pay(manager, "600.00", ("Lease", "MED-102-LS-08", "265.00"), ("Repairs", "INV-2457", "335.00"))
    pay(manager, "40.00", ("PVB", "PVB-4471", "40.00"), method="Cash", payment_date=_day("2025-11-02"))
    janes = pay(
        manager,
        "50.00",
        ("PVB", "PVB-9", "50.00"),
        method="Check",
        driver_id=102,
        lease=2055,
        payment_date=_day("2025-11-03"),
    )
    void_payment(actor=manager, payment_id=janes.payment.id, reason="The check was returned.")


def _day(text: str) -> Any:
    from datetime import date

    return date.fromisoformat(text)


@pytest.mark.parametrize(
    ("query", "references"),
    [
        ("", {"MED-102-LS-08", "INV-2457", "PVB-4471", "PVB-9"}),
        ("driver_name=doe", {"MED-102-LS-08", "INV-2457", "PVB-4471"}),
        ("driver_name=nobody", set()),
        ("tlc_license=00504125", {"PVB-9"}),
        ("lease_id=2055", {"PVB-9"}),
        ("lease_id=ls-2055", {"PVB-9"}),
        (f"lease_id={'9' * 5_000}", set()),
        ("medallion_no=2q44", {"PVB-9"}),
        ("category=Lease", {"MED-102-LS-08"}),
        ("category=pvb", {"PVB-4471", "PVB-9"}),
        ("reference_id=INV-2457", {"INV-2457"}),
        ("payment_method=cheque", {"PVB-9"}),
        ("payment_method=ACH", {"MED-102-LS-08", "INV-2457"}),
        ("payment_date=2025-11-02", {"PVB-4471"}),
        ("payment_date=2025-11-02T00:00:00Z", {"PVB-4471"}),
        ("payment_date_from=2025-11-02", {"PVB-4471", "PVB-9"}),
        ("payment_date_to=2025-11-02", {"MED-102-LS-08", "INV-2457", "PVB-4471"}),
        ("amount_from=265.01", {"INV-2457"}),
        ("amount_to=50.00", {"PVB-4471", "PVB-9"}),
        ("status=voided", {"PVB-9"}),
        ("status=Posted", {"MED-102-LS-08", "INV-2457", "PVB-4471"}),
        ("driver_name=doe&amount_to=100", {"PVB-4471"}),
    ],
)
def test_filters(two_drivers: None, api: StaffClient, query: str, references: set[str]) -> None:
    page = api.get(f"{PATH}?{query}").json()

    assert {row["reference_id"] for row in page["items"]} == references
    assert page["total_items"] == len(references)


def test_filters_by_number(two_drivers: None, api: StaffClient) -> None:
    number = api.get(f"{PATH}?reference_id=PVB-9").json()["items"][0]["payment_id"]

    page = api.get(f"{PATH}?payment_id={number.lower()}").json()

    assert [row["payment_id"] for row in page["items"]] == [number]
    assert page["items"][0]["status"] == "Voided"


@pytest.mark.parametrize(
    ("sort", "first"),
    [
        ("payment_id", "MED-102-LS-08"),
        ("payment_date", "MED-102-LS-08"),
        ("driver_name", "PVB-9"),
        ("tlc_license", "MED-102-LS-08"),
        ("lease_id", "MED-102-LS-08"),
        ("medallion_no", "MED-102-LS-08"),
        ("category", "MED-102-LS-08"),
        ("reference_id", "INV-2457"),
        ("amount", "PVB-4471"),
        ("payment_method", "MED-102-LS-08"),
        ("status", "MED-102-LS-08"),
    ],
)
def test_sorts(two_drivers: None, api: StaffClient, sort: str, first: str) -> None:
    up = api.get(f"{PATH}?sort_by={sort}&sort_order=asc").json()["items"]
    down = api.get(f"{PATH}?sort_by={sort}&sort_order=desc").json()["items"]

    assert up[0]["reference_id"] == first
    assert [row["reference_id"] for row in down] == [row["reference_id"] for row in reversed(up)]


def test_pages(two_drivers: None, api: StaffClient) -> None:
    page = api.get(f"{PATH}?page=2&per_page=3&sort_by=payment_id&sort_order=asc").json()

    assert (page["total_items"], page["total_pages"], page["page"], page["per_page"]) == (4, 2, 2, 3)
    assert [row["reference_id"] for row in page["items"]] == ["PVB-9"]


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("sort_by=color", "payment_id, payment_date, driver_name"),
        ("sort_order=up", "asc or desc"),
        ("per_page=201", "200"),
        ("page=0", "1 or more"),
        ("payment_date=soon", "payment_date"),
        ("amount_from=1E5", "amount_from"),
        ("category=groceries", "Taxes"),
        ("payment_method=upi", "cash, check, ach"),
        ("status=lost", "voided"),
    ],
)
def test_refuses_what_it_cannot_read(api: StaffClient, query: str, named: str) -> None:
    answer = api.get(f"{PATH}?{query}")

    assert answer.status_code == 400
    assert named in answer.json()["detail"]


def test_list_takes_three_statements(two_drivers: None, api: StaffClient) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as captured:
        api.get(f"{PATH}?per_page=2")

    lists = [query for query in captured.captured_queries if "payment_allocations" in query["sql"]]
    assert len(lists) == 3


@pytest.mark.parametrize("kind", ["excel", "csv", "pdf"])
def test_exports_only_what_is_filtered(two_drivers: None, api: StaffClient, kind: str) -> None:
    answer = api.get(f"{PATH}/export?format={kind}&driver_name=nobody")

    assert answer.status_code == 200
    content = b"".join(answer.streaming_content)
    assert content
    if kind == "csv":
        assert content.decode().count("\n") == 1


def test_unknown_export_format(api: StaffClient) -> None:
    assert api.get(f"{PATH}/export?format=xml").json()["code"] == "unknown_format"


def test_answers_with_and_without_slash(api: StaffClient) -> None:
    assert api.get(f"{PATH}/").status_code == api.get(PATH).status_code == 200


def test_creates_a_case(api: StaffClient) -> None:
    answer = api.post(f"{PATH}/create-case")

    assert answer.status_code == 201
    assert answer.json() == {
        "message": "Interim payment case INTPAY000001 created.",
        "case_no": "INTPAY000001",
    }
    assert api.post(f"{PATH}/create-case", {}).status_code == 201


def test_a_case_begins_with_no_data(api: StaffClient) -> None:
    with assert_nothing_written():
        answer = api.post(f"{PATH}/create-case", {"driver_id": 1})

    assert answer.status_code == 400
    assert [each["field"] for each in answer.json()["errors"]] == ["driver_id"]


def test_auditor_sees_the_list_and_creates_no_case(two_drivers: None, client_of: Any) -> None:
    auditor: StaffClient = client_of("auditor")

    assert auditor.get(PATH).json()["total_items"] == 4
    assert auditor.get(f"{PATH}/export?format=csv").status_code == 200
    assert auditor.post(f"{PATH}/create-case").status_code == 403


def test_administrator_sees_no_payments(client_of: Any, in_north: Any) -> None:
    assert client_of("administrator").get(PATH).status_code == 403
