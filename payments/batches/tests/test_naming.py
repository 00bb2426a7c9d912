"""Rows name their customer by whatever identifies exactly one; two candidates are listed, none says what was tried."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from batconnect.core.database.tenancy import set_company
from batconnect.core.kernel.actors import Actor
from batconnect.directory.models import Customer, Lease, LeaseDriver
from batconnect.directory.services import add_lease, add_medallion, add_vehicle
from batconnect.directory.tests.builders import Fleet, make_driver, make_fleet
from payments.batches.models import PaymentBatch, PaymentBatchRow
from payments.batches.tests.builders import PATH, add_customer, outcomes, post, table, upload, work
from payments.models import Payment
from tests.cast import NORTH, SOUTH, StaffClient
from tests.databases import owners_hand
from tests.digest import assert_nothing_written

REST = "cash,10.00,USD,2025-01-15"
HEADINGS = "payment_method,amount,currency,payment_date"


@pytest.fixture
def fleet(manager: Actor) -> Fleet:
    return make_fleet(manager)


def send(api: StaffClient, columns: str, *rows: str) -> PaymentBatch:
    answer = upload(api, table(*(f"{each},{REST}" for each in rows), headings=f"{columns},{HEADINGS}"))
    assert answer.status_code == 202, answer.content
    return work(answer.json()["batch_id"])


def errors(api: StaffClient, batch: PaymentBatch) -> list[tuple[str, str, str]]:
    shown = api.get(f"{PATH}/{batch.id}").json()["errors"]
    return [(each["field"], each["code"], each["message"]) for each in shown]


BY = {
    "id": ("customer_reference", "{id}"),
    "number": ("customer_reference", "drv-101"),
    "license": ("customer_reference", "00504124"),
    "license without zeros": ("customer_reference", "504124"),
    "lease": ("customer_reference", "ls-2054"),
    "medallion": ("customer_reference", "1p43"),
    "name": ("customer_reference", " john   DOE "),
    "column driver": ("driver", "DRV-101"),
    "column license": ("TLC License", "504124"),
    "column lease": ("Lease ID", "LS-2054"),
    "column medallion": ("medallion", "1P43"),
    "column name": ("name", "John Doe"),
}


@pytest.mark.parametrize("how", BY)
def test_names_a_customer_by_what_is_theirs_alone(api: StaffClient, fleet: Fleet, how: str) -> None:
    column, text = BY[how]

    batch = send(api, column, text.format(id=fleet.customer.id))

    assert outcomes(batch) == [(1, "succeeded", "")]
    assert Payment.objects.get().customer_id == fleet.customer.id


def test_reads_a_reference_without_case_but_prefers_it_as_written(
    api: StaffClient, manager: Actor, acme: Customer
) -> None:
    lower = add_customer(manager, "Lower", "acme-001")

    batch = send(api, "customer_reference", "ACME-001", "acme-001", "Acme-001")

    assert outcomes(batch)[:2] == [(1, "succeeded", ""), (2, "succeeded", "")]
    paid = PaymentBatchRow.objects.filter(batch=batch, row_no__lte=2).order_by("row_no")
    assert [each.customer_id for each in paid] == [acme.id, lower.id]
    assert errors(api, batch) == [
        (
            "customer_reference",
            "ambiguous_customer",
            "'Acme-001' names 2 customers: Acme Insurance (reference ACME-001), Lower (reference acme-001).",
        )
    ]


def test_two_candidates_are_listed_and_nobody_is_paid(api: StaffClient, manager: Actor, fleet: Fleet) -> None:
    add_customer(manager, "Ann", "1P43")
    add_customer(manager, "JOHN DOE", "J-2")

    with assert_nothing_written():
        dry = upload(
            api,
            table(f"1P43,{REST}", headings=f"customer_reference,{HEADINGS}"),
            query="?dry_run=true",
        ).json()
    batch = send(api, "customer_reference", "1P43", "John Doe")

    assert [each["code"] for each in dry["errors"]] == ["ambiguous_customer"]
    assert [message for _, _, message in errors(api, batch)] == [
        "'1P43' names 2 customers: Ann (reference 1P43), John Doe (medallion 1P43).",
        "'John Doe' names 2 customers: JOHN DOE (name JOHN DOE), John Doe (name John Doe).",
    ]
    assert Payment.objects.count() == 0


def test_none_says_what_was_tried(api: StaffClient, fleet: Fleet) -> None:
    batch = send(api, "customer_reference,license", "NOBODY,", ",123", f"{20_000 * chr(39)},")

    assert outcomes(batch)[2] == (3, "failed", "unknown_customer")
    assert errors(api, batch)[:2] == [
        (
            "customer_reference",
            "unknown_customer",
            "There is no customer 'NOBODY'. It was looked for as reference, id, driver number, TLC license, lease, "
            "medallion, name.",
        ),
        ("license", "unknown_customer", "There is no customer with the TLC license '123'."),
    ]


def test_columns_that_contradict_one_another_pay_nobody(
    api: StaffClient, manager: Actor, fleet: Fleet, acme: Customer
) -> None:
    batch = send(
        api,
        "customer_reference,driver,name",
        "ACME-001,DRV-101,",
        "ACME-001,,John Doe",
        "ACME-001,DRV-9,",
        "ACME-001,,ACME INS. OF NEW YORK",
        "DRV-101,DRV-101,JOHN DOE",
    )

    assert outcomes(batch) == [
        (1, "failed", "contradicting_customers"),
        (2, "failed", "contradicting_customers"),
        (3, "failed", "unknown_customer"),
        (4, "succeeded", ""),
        (5, "succeeded", ""),
    ]
    assert errors(api, batch)[0] == (
        "driver",
        "contradicting_customers",
        "The columns name different customers: customer_reference names Acme Insurance (reference ACME-001); "
        "driver names John Doe (driver number DRV-101).",
    )


def test_a_second_column_tells_two_of_one_name_apart(api: StaffClient, manager: Actor, fleet: Fleet) -> None:
    add_customer(manager, "John Doe", "J-2")

    batch = send(api, "name,license", "John Doe,504124", "John Doe,")

    assert outcomes(batch) == [(1, "succeeded", ""), (2, "failed", "ambiguous_customer")]
    assert Payment.objects.get().customer_id == fleet.customer.id


def test_a_license_without_zeros_must_be_one_license(api: StaffClient, manager: Actor, fleet: Fleet) -> None:
    make_driver(manager, name="Zoe", number="DRV-2", tlc_license="504124")
    make_driver(manager, name="Yan", number="DRV-3", tlc_license="0777")
    make_driver(manager, name="Xia", number="DRV-4", tlc_license="00777")

    batch = send(api, "license", "504124", "00504124", "777")

    assert outcomes(batch) == [
        (1, "succeeded", ""),
        (2, "succeeded", ""),
        (3, "failed", "ambiguous_customer"),
    ]
    assert sorted(Payment.objects.values_list("customer__name", flat=True)) == ["John Doe", "Zoe"]


def test_a_lease_is_its_primary_driver_of_the_day(api: StaffClient, manager: Actor, fleet: Fleet) -> None:
    second = make_driver(manager, name="Second", number="DRV-2", tlc_license="2")
    helper = make_driver(manager, name="Helper", number="DRV-3", tlc_license="3")
    LeaseDriver.objects.filter(lease=fleet.lease.pk).update(until_on=date(2025, 1, 10))
    for driver, role in ((second, "Primary"), (helper, "Additional")):
        LeaseDriver.objects.create(
            company_id=NORTH,
            lease_id=fleet.lease.pk,
            driver_id=driver.pk,
            role=role,
            from_on=date(2025, 1, 11),
        )
    rest = REST.replace("10.00", "11.00").replace("2025-01-15", "2025-01-10")

    content = table(f"LS-2054,{REST}", f"1P43,{rest}", headings=f"customer_reference,{HEADINGS}")
    batch = work(upload(api, content).json()["batch_id"])

    assert outcomes(batch) == [(1, "succeeded", ""), (2, "succeeded", "")]
    assert list(Payment.objects.order_by("amount").values_list("customer__name", flat=True)) == [
        "Second",
        "John Doe",
    ]


def test_a_medallion_is_that_of_the_lease_of_the_day(api: StaffClient, manager: Actor, fleet: Fleet) -> None:
    other = make_driver(manager, name="Other", number="DRV-2", tlc_license="2")
    with owners_hand():
        Lease.objects.filter(pk=fleet.lease.pk).update(status="Ended", ended_on=date(2024, 12, 31))
    add_lease(
        actor=manager,
        lease_id="LS-2",
        medallion=fleet.medallion,
        vehicle=add_vehicle(actor=manager, plate_no="P2", vin="1HGCM82633A004352"),
        weekly_amount=Decimal("1.00"),
        started_on=date(2025, 1, 1),
        primary_driver=other,
    )
    add_medallion(actor=manager, medallion_no="9Z99")

    batch = send(api, "medallion", "1P43", "9Z99")

    assert outcomes(batch) == [(1, "succeeded", ""), (2, "failed", "unknown_customer")]
    assert Payment.objects.get().customer_id == other.customer_id


def test_nobody_of_another_company_is_named(api: StaffClient, manager: Actor) -> None:
    set_company(SOUTH, metadata={"job": "test"})
    theirs = Customer.objects.create(company_id=SOUTH, name="Theirs", external_reference="THEIRS")
    set_company(NORTH, metadata={"job": "test"})

    batch = send(api, "customer_reference", "THEIRS", "Theirs", str(theirs.id))

    assert {code for _, _, code in outcomes(batch)} == {"unknown_customer"}


def test_entries_name_customers_alike(api: StaffClient, fleet: Fleet) -> None:
    entry: dict[str, Any] = {
        "payment_method": "cash",
        "amount": 5,
        "currency": "USD",
        "payment_date": "2025-01-15",
    }
    entries = [{**entry, "lease": "LS-2054"}, {**entry, "amount": 6, "name": "john doe"}]

    batch = work(post(api, PATH, {"source_type": "manual", "entries": entries}).json()["batch_id"])

    assert outcomes(batch) == [(1, "succeeded", ""), (2, "succeeded", "")]


def test_customers_are_looked_up_by_one_statement(
    api: StaffClient, manager: Actor, fleet: Fleet, django_assert_max_num_queries: Any
) -> None:
    days = [str(date(2025, 1, 15) + timedelta(days=place)) for place in range(40)]
    rows = [f"DRV-101,cash,{place + 1}.00,USD,{day}" for place, day in enumerate(days)]
    content = table(*rows, headings=f"customer_reference,{HEADINGS}")
    few = upload(api, table(*rows[:2], headings=f"customer_reference,{HEADINGS}"), query="?dry_run=true")
    assert few.json()["good_rows"] == 2

    with django_assert_max_num_queries(20):
        report = upload(api, content, query="?dry_run=true").json()

    assert report["good_rows"] == 40
