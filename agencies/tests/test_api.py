"""Imports from agencies over HTTP."""

from __future__ import annotations

import io
from collections.abc import Callable
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from agencies.models import AgencyImport, AgencyLayout, AgencyRow, KnownVehicle
from agencies.readers import table
from agencies.services.processing import process_import
from agencies.tests.builders import EZPASS, csv_of, found_wrong, receive, row_of, take, toll
from batconnect.core.database.tenancy import job_actor
from batconnect.core.kernel.actors import Actor
from ledger.models import Obligation, VendorBill
from ledger.tests.builders import Debtor
from ledger.tests.settlement.builders import make_driver
from ledger.vendors.services.vendors import add_vendor
from tests.cast import NORTH, StaffClient

PATH = "/ledger/imports"
DAY = "11/03/2025"


def _key() -> dict[str, str]:
    return {"HTTP_IDEMPOTENCY_KEY": str(uuid4())}


def _upload(api: StaffClient, content: bytes, **fields: Any) -> Any:
    file = io.BytesIO(content)
    file.name = "statement.csv"
    return api.post(PATH, {"file": file, **fields}, format="multipart", **_key())


def _work_off() -> None:
    for received in AgencyImport.objects.filter(finished_at__isnull=True):
        process_import(actor=job_actor(company_id=NORTH, job="test"), import_id=received.id)


def test_a_file_is_received_and_worked_off(api: StaffClient) -> None:
    answer = _upload(
        api,
        csv_of(
            EZPASS,
            toll("T1", DAY, "1SAM401"),
            toll("T2", DAY, "NOBODY1"),
            toll("T3", "13/45/2025", "1SAM401"),
        ),
    )

    assert answer.status_code == 202, answer.content
    assert answer.json()["status"] == "received"
    _work_off()
    shown = api.get(f"{PATH}/{answer.json()['id']}").json()
    assert (shown["status"], shown["progress_percentage"]) == ("completed_with_errors", 100)
    assert (shown["done_rows"], shown["waiting_rows"], shown["failed_lines"]) == (1, 1, 1)
    lines = api.get(f"{PATH}/{answer.json()['id']}/rows").json()["results"]
    assert [(each["line_no"], each["status"], each["error_code"]) for each in lines] == [
        (2, "new", ""),
        (3, "new", ""),
        (4, "failed", "not_a_date"),
    ]
    assert lines[0]["row"]["lease_id"] == "LS-2054"
    assert api.get(f"{PATH}/{answer.json()['id']}/rows?state=waiting").json()["total"] == 1


def test_the_errors_file_goes_back_as_it_is(api: StaffClient) -> None:
    answer = _upload(api, csv_of(EZPASS, toll("T1", DAY, "1SAM401"), toll("T3", "13/45/2025", "1SAM401")))
    _work_off()

    errors = b"".join(api.get(f"{PATH}/{answer.json()['id']}/errors.csv").streaming_content)
    assert b"13/45/2025" in errors
    again = _upload(api, errors.replace(b"13/45/2025", DAY.encode()))

    assert again.status_code == 202, again.content
    _work_off()
    assert api.get(f"{PATH}/{again.json()['id']}").json()["done_rows"] == 1
    assert Obligation.objects.filter(category="EZPASS").count() == 2


def test_a_check_alone_keeps_nothing(api: StaffClient) -> None:
    answer = _upload(
        api, csv_of(EZPASS, toll("T1", DAY, "1SAM401"), toll("T2", DAY, "1SAM401", "x")), dry_run="true"
    )

    assert answer.status_code == 200, answer.content
    shown = answer.json()
    assert (shown["good_lines"], shown["failed_lines"], shown["is_proposed"]) == (1, 1, False)
    assert not AgencyImport.objects.exists()


def test_a_layout_is_proposed_saved_and_used(api: StaffClient) -> None:
    content = csv_of(
        ("Tag #", "Toll Date", "Exit Time", "Charge Amount", "Txn ID"),
        ("00512345678", "03/11/2025", "08:00", "6,94", "A1"),
    )

    refused = _upload(api, content)

    assert (refused.status_code, refused.json()["code"]) == (400, "layout_needed")
    proposed = refused.json()["proposed"]
    assert proposed["columns"] == {
        "reference": "Txn ID",
        "date": "Toll Date",
        "time": "Exit Time",
        "tag": "Tag #",
        "amount": "Charge Amount",
    }
    assert refused.json()["questions"] == [
        "'03/11/2025' can be two days: does the month or the day come first?"
    ]
    made = api.post(
        f"{PATH}/layouts",
        {
            "name": "Other tolls",
            "kind": "tolls",
            "agency": "Tolls by mail",
            "columns": proposed["columns"],
            "date_form": "dmy",
            "decimal_sign": ",",
        },
        format="json",
        **_key(),
    )
    assert made.status_code == 201, made.content
    taken = _upload(api, content)
    assert taken.status_code == 202, taken.content
    _work_off()
    row = row_of("A1")
    assert (str(row.day), row.amount, row.agency) == ("2025-11-03", Decimal("6.94"), "Tolls by mail")


def test_a_row_that_waits_is_assigned_and_its_tag_remembered(
    api: StaffClient, debtor: Debtor, manager: Actor
) -> None:
    received = take(manager, csv_of(EZPASS, toll("T1", DAY, "00512345678")))
    row = row_of("T1")

    answer = api.post(
        f"{PATH}/{received.id}/rows/{row.id}/assign",
        {"lease_id": debtor.lease.pk, "driver_id": debtor.driver.pk},
        format="json",
        **_key(),
    )

    assert answer.status_code == 200, answer.content
    assert answer.json()["row"]["state"] == "done"
    assert answer.json()["remembered"] == [{"mark": "tag", "text": "512345678", "from_on": "2025-11-03"}]
    take(
        manager,
        csv_of(EZPASS, toll("T2", "11/05/2025", "00512345678"), toll("T3", "11/01/2025", "00512345678")),
    )
    assert (row_of("T2").state, row_of("T3").why) == ("done", "unknown_vehicle")
    again = api.post(
        f"{PATH}/rows/assign",
        {"rows": [str(row.id)], "lease_id": debtor.lease.pk, "driver_id": debtor.driver.pk},
        format="json",
        **_key(),
    )
    assert (again.status_code, again.json()["code"]) == (409, "row_not_waiting")
    assert found_wrong(manager) == []


def test_a_charge_goes_to_another_driver_by_one_operation(api: StaffClient, manager: Actor) -> None:
    other = make_driver(manager, number=2, name="Jane Roe")
    received = take(manager, csv_of(EZPASS, toll("T1", DAY, "1SAM401")))

    answer = api.post(
        f"{PATH}/{received.id}/rows/{row_of('T1').id}/assign",
        {"lease_id": other.lease.pk, "driver_id": other.driver.pk, "reason": "Jane drove this cab that day"},
        format="json",
        **_key(),
    )

    assert answer.status_code == 200, answer.content
    moved = Obligation.objects.get(reference_id="T1/2")
    assert (moved.customer_id, moved.original) == (other.customer.id, Decimal("6.94"))
    assert (
        take(manager, csv_of(EZPASS, toll("T1", DAY, "1SAM401"), toll("T9", DAY, "1SAM401"))).repeated_lines
        == 1
    )
    assert found_wrong(manager) == []


def test_rows_are_set_aside_with_a_reason(api: StaffClient, manager: Actor) -> None:
    take(manager, csv_of(EZPASS, toll("T1", DAY, "NOBODY1")))

    answer = api.post(
        f"{PATH}/rows/set-aside",
        {"rows": [str(row_of("T1").id)], "reason": "The car was being repaired"},
        format="json",
        **_key(),
    )

    assert (answer.status_code, answer.json()) == (200, {"set_aside": 1})
    assert row_of("T1").state == "set_aside"
    assert api.get(f"{PATH}/rows?state=waiting").json()["total"] == 0


def test_a_conflict_is_taken_or_dismissed(api: StaffClient, manager: Actor) -> None:
    take(manager, csv_of(EZPASS, toll("T1", DAY, "1SAM401"), toll("T2", DAY, "1SAM401")))
    take(manager, csv_of(EZPASS, toll("T1", DAY, "1SAM401", "-16.94"), toll("T2", DAY, "1SAM401", "-5.94")))
    higher, lower = row_of("T1").changes.get(), row_of("T2").changes.get()

    for change in (higher, lower):
        body = {"take": True, "reason": "The second statement is right"}
        answer = api.post(f"{PATH}/changes/{change.id}/decide", body, format="json", **_key())
        assert answer.status_code == 200, answer.content

    assert Obligation.objects.get(reference_id="T1/P1").original == Decimal("10.00")
    assert Obligation.objects.get(reference_id="T2").credited == Decimal("1.00")
    detail = api.get(f"{PATH}/rows/{row_of('T1').id}").json()
    assert [each["status"] for each in detail["changes"]] == ["done"]
    assert found_wrong(manager) == []


def test_the_agencys_bill_is_posted_once_for_all_rows(api: StaffClient, manager: Actor) -> None:
    from batconnect.core.models import CompanySettings

    CompanySettings.objects.filter(company_id=NORTH).update(posts_agency_bills=True)
    add_vendor(actor=manager, name="E-ZPass New York", kind="agency")
    content = csv_of(EZPASS, toll("T1", DAY, "1SAM401"), toll("T2", DAY, "NOBODY1"))
    fields = {"vendor": "E-ZPass New York", "bill_number": "2025-11"}

    _upload(api, content, **fields)
    _work_off()
    again = _upload(api, content, **fields, force="true")
    _work_off()

    bill = VendorBill.objects.get()
    assert (bill.number, bill.amount) == ("2025-11", Decimal("13.88"))
    assert api.get(f"{PATH}/{again.json()['id']}").json()["bill_id"] == str(bill.id)
    assert found_wrong(manager) == []


def test_the_same_file_again_is_refused(api: StaffClient) -> None:
    content = csv_of(EZPASS, toll("T1", DAY, "1SAM401"))
    first = _upload(api, content)

    again = _upload(api, content)

    assert (again.status_code, again.json()["code"]) == (409, "same_agency_file")
    assert again.json()["import_id"] == first.json()["id"]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-8-sig", "cp1252"])
def test_any_usual_encoding_is_read(api: StaffClient, encoding: str) -> None:
    text = csv_of(EZPASS, toll("Tü1", DAY, "1SAM401")).decode()

    answer = _upload(api, text.encode(encoding))

    assert answer.status_code == 202, answer.content
    _work_off()
    assert row_of("Tü1").state == "done"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "agency_file_empty"),
        (b"%PDF-1.7 something", "agency_file_unreadable"),
        (b"\x00\x00\x00\x00", "agency_file_unreadable"),
        (b"a,b,c\r\n1,2,3\r\n", "agency_headings_missing"),
        (csv_of(EZPASS), "no_rows"),
        (csv_of(EZPASS)[:-2] + b'\r\n"T1,', "agency_file_unreadable"),
    ],
)
def test_a_file_that_is_none_is_refused_by_what_it_is(api: StaffClient, content: bytes, code: str) -> None:
    answer = _upload(api, content)

    assert (answer.status_code, answer.json()["code"]) == (400, code), answer.content
    assert not AgencyImport.objects.exists()


def test_a_file_above_the_bounds_is_413(api: StaffClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table, "_BOUNDS", table.TableBounds(rows=3, columns=80, cell=500))

    answer = _upload(api, csv_of(EZPASS, *(toll(f"T{each}", DAY, "1SAM401") for each in range(5))))

    assert (answer.status_code, answer.json()["code"]) == (413, "too_large"), answer.content
    assert not AgencyImport.objects.exists()
    monkeypatch.setattr(table, "MAX_FILE_BYTES", 100)
    larger = _upload(api, csv_of(EZPASS, toll("T1", DAY, "1SAM401")))
    assert (larger.status_code, larger.json()["code"]) == (413, "too_large")


def test_an_upload_of_more_than_ten_megabytes_is_taken(api: StaffClient) -> None:
    wide = [*EZPASS, *(f"Note {each}" for each in range(8))]
    rows = ([*toll(f"T{each}", DAY, "NOBODY1"), *["x" * 480] * 8] for each in range(2_800))

    answer = _upload(api, csv_of(wide, *rows))

    assert answer.status_code == 202, answer.content
    assert answer.json()["total_lines"] == 2_800


def test_another_companys_ids_are_not_found(
    client_of: Callable[..., StaffClient], debtor: Debtor, manager: Actor
) -> None:
    received = take(manager, csv_of(EZPASS, toll("T1", DAY, "NOBODY1")))
    row = row_of("T1")
    outsider = client_of("outsider")

    answers = [
        outsider.get(f"{PATH}/{received.id}"),
        outsider.get(f"{PATH}/{received.id}/rows"),
        outsider.get(f"{PATH}/{received.id}/errors.csv"),
        outsider.get(f"{PATH}/rows/{row.id}"),
        outsider.post(
            f"{PATH}/{received.id}/rows/{row.id}/assign",
            {"lease_id": debtor.lease.pk, "driver_id": debtor.driver.pk},
            format="json",
            **_key(),
        ),
    ]

    assert {each.status_code for each in answers} == {404}
    assert outsider.get(PATH).json()["total"] == 0
    assert row_of("T1").state == "waiting"


def test_a_cashier_sees_and_does_not_import(client_of: Callable[..., StaffClient], debtor: Debtor) -> None:
    answer = _upload(client_of("cashier"), csv_of(EZPASS, toll("T1", DAY, "1SAM401")))

    assert answer.status_code == 403
    assert client_of("cashier").get(PATH).status_code == 200


def test_a_worker_that_died_is_followed_by_another(manager: Actor, debtor: Debtor) -> None:
    received = receive(manager, csv_of(EZPASS, *(toll(f"T{each}", DAY, "1SAM401") for each in range(3))))
    worker = job_actor(company_id=NORTH, job="test")
    from agencies.services.reading import read_chunk

    read_chunk(actor=worker, received=received)

    process_import(actor=worker, import_id=received.id)
    process_import(actor=worker, import_id=received.id)

    assert Obligation.objects.filter(category="EZPASS").count() == 3
    assert AgencyRow.objects.filter(state="done").count() == 3
    assert found_wrong(manager) == []


def test_layouts_are_changed_and_removed(api: StaffClient) -> None:
    body = {
        "name": "Other tolls",
        "kind": "tolls",
        "agency": "Tolls by mail",
        "columns": {"date": "Date", "amount": "Toll", "plate": "Plate"},
    }
    made = api.post(f"{PATH}/layouts", body, format="json", **_key()).json()

    assert (
        api.patch(f"{PATH}/layouts/{made['id']}", {"date_form": "ymd"}, format="json").json()["date_form"]
        == "ymd"
    )
    bad = api.patch(f"{PATH}/layouts/{made['id']}", {"columns": {"date": "Date"}}, format="json")
    assert (bad.status_code, bad.json()["code"]) == (400, "layout_incomplete")
    assert api.delete(f"{PATH}/layouts/{made['id']}").status_code == 204
    assert api.get(f"{PATH}/layouts/{made['id']}").status_code == 404
    assert not AgencyLayout.objects.get().is_active
    assert [each["code"] for each in api.get(f"{PATH}/layouts").json()["results"]] == [
        *("curb_trips", "ezpass_statement", "pvb_summonses", "tlc_summonses"),
    ]


def test_tags_are_remembered_by_hand(api: StaffClient, debtor: Debtor) -> None:
    body = {
        "mark": "tag",
        "text": "005 12345678",
        "vehicle_id": debtor.lease.vehicle_id,
        "from_on": "2025-11-01",
    }

    made = api.post(f"{PATH}/known-vehicles", body, format="json", **_key())

    assert made.status_code == 201, made.content
    ended = api.patch(f"{PATH}/known-vehicles/{made.json()['id']}", {"until_on": "2025-11-30"}, format="json")
    assert ended.json()["until_on"] == "2025-11-30"
    assert KnownVehicle.objects.get().text == "512345678"
