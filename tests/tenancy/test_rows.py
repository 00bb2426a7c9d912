"""Related rows in one statement (docs/adr/0005-one-statement-per-posting.md)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from batconnect.core.database.rows import Change, execute_batch, insert_batch, insert_many
from batconnect.core.models import AuditEvent, Counter
from batconnect.directory.models import Customer, Driver, Vehicle

pytestmark = pytest.mark.django_db


def event(company_id: UUID, **values: object) -> AuditEvent:
    values = {
        "actor": "Merly",
        "action": "payments.void",
        "subject_type": "payment",
        "subject_id": "1",
        **values,
    }
    return AuditEvent(company_id=company_id, **values)


def test_writes_rows_of_several_tables_in_one_statement(in_north: UUID) -> None:
    customers = [Customer(company_id=in_north, name=f"Customer {number}") for number in range(3)]
    drivers = [
        Driver(company_id=in_north, customer_id=each.id, driver_id=f"DRV-{line}", tlc_license=f"0{line}")
        for line, each in enumerate(customers)
    ]

    with CaptureQueriesContext(connection) as statements:
        insert_batch(customers, drivers, [event(in_north)])

    assert len(statements) == 1
    assert Customer.objects.count() == 3
    assert Driver.objects.get(driver_id="DRV-2").customer.name == "Customer 2"
    assert AuditEvent.objects.get().at is not None


def test_the_text_does_not_depend_on_how_many_rows(in_north: UUID) -> None:
    with CaptureQueriesContext(connection) as one:
        insert_many([Vehicle(company_id=in_north, plate_no="A", vin="A")])
    with CaptureQueriesContext(connection) as many:
        insert_many([Vehicle(company_id=in_north, plate_no=f"B{n}", vin=f"B{n}") for n in range(500)])

    assert len(one) == len(many) == 1
    assert one[0]["sql"].split("json_to_recordset")[0] == many[0]["sql"].split("json_to_recordset")[0]
    assert Vehicle.objects.count() == 501


def test_keeps_nulls_json_and_text_as_they_are(in_north: UUID) -> None:
    details = {"amount": Decimal("12.30"), "on": date(2026, 2, 28), "text": 'a "b", {c}\\ ü', "none": None}

    insert_many([event(in_north, details=details, reason="x"), event(in_north, subject_id="2")])

    kept = AuditEvent.objects.get(subject_id="1")
    assert kept.details == {"amount": "12.30", "on": "2026-02-28", "text": 'a "b", {c}\\ ü', "none": None}
    assert kept.user_id is None
    assert AuditEvent.objects.get(subject_id="2").details == {}


def test_writes_nothing_for_nothing(in_north: UUID) -> None:
    with CaptureQueriesContext(connection) as statements:
        insert_many([])
        assert execute_batch([], changes=[]) == []

    assert len(statements) == 0


def test_a_change_joins_the_statement_and_returns_its_rows(in_north: UUID) -> None:
    Counter.objects.create(company_id=in_north, series="X", value=5)
    raise_by = "update counters set value = value + %s::bigint where series = %s returning series, value"

    with CaptureQueriesContext(connection) as statements:
        rows = execute_batch([event(in_north)], changes=[Change(raise_by, [2, "X"])])

    assert len(statements) == 1
    assert rows == [("X", 7)]
    assert AuditEvent.objects.count() == 1


def test_all_parts_or_none(in_north: UUID) -> None:
    customer = Customer(company_id=in_north, name="Whole")
    twice = [
        Driver(company_id=in_north, customer_id=customer.id, driver_id="DRV-1", tlc_license="1")
        for _ in range(2)
    ]

    with pytest.raises(IntegrityError), transaction.atomic():
        insert_batch([customer], twice)

    assert not Customer.objects.exists()
