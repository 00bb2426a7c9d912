"""A driver's week by calls: agencies' files, DTRs, the file of payouts, and the bank's statement with one return."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from agencies.models import AgencyImport
from agencies.services.processing import process_import
from agencies.tests.builders import EZPASS, TRIPS, csv_of, found_wrong, toll, trip
from bank.tests.builders import work
from bank.tests.readers.files import balance, camt, entry
from batconnect.core.database.tenancy import job_actor
from batconnect.core.kernel.actors import Actor
from ledger import chart
from ledger.paying.tests.builders import set_up
from ledger.paying.tests.test_api import add_account
from ledger.tests.settlement.builders import WEEK, at, make_driver, settle, settle_from
from ledger.tests.vendors.builders import balance as balance_of
from payments.tests.builders import new_key
from tests.cast import NORTH, StaffClient

SUNDAY = date(2026, 1, 4)


def send(api: StaffClient, path: str, content: bytes, name: str) -> Any:
    file = io.BytesIO(content)
    file.name = name
    return api.post(path, {"file": file}, format="multipart", headers={"Idempotency-Key": new_key()})


def import_files(api: StaffClient) -> None:
    """Trips of both drivers, 900.00 each, and a toll of the first one's car."""
    trips = csv_of(
        TRIPS,
        *(
            trip(
                f"T{number}",
                f"{number}P43",
                f"{504123 + number:08}",
                "01/06/2026 08:10:00",
                "01/06/2026 08:40:00",
                fare="900.00",
                tip="0.00",
                mta="0.00",
                improvement="0.00",
                congestion="0.00",
                total="900.00",
                fee="0.00",
            )
            for number in (1, 2)
        ),
    )
    for name, content in (
        ("trips.csv", trips),
        ("tolls.csv", csv_of(EZPASS, toll("E1", "01/06/2026", "1SAM401"))),
    ):
        received = send(api, "/ledger/imports", content, name)
        assert received.status_code == 202, received.content
        process_import(
            actor=job_actor(company_id=NORTH, job="test"), import_id=AgencyImport.objects.latest("id").id
        )
        shown = api.get(f"/ledger/imports/{received.json()['id']}").json()
        assert (shown["status"], shown["waiting_rows"], shown["failed_lines"]) == ("completed", 0, 0)


def pay_all(first: StaffClient, second: StaffClient) -> dict[str, Any]:
    """A batch by ACH, approved by the second person, built, taken and sent; as it is then."""
    made = first.post("/ledger/payout-batches", {"method": "ACH"})
    assert made.status_code == 201, made.content
    path = f"/ledger/payout-batches/{made.json()['id']}"
    assert first.post(f"{path}/submit", {"note": "The week"}).status_code == 202
    assert second.post(f"{path}/approve", {}).status_code == 200
    assert first.post(f"{path}/build").status_code == 200
    taken = first.post(f"{path}/file", {})
    assert {len(record) for record in taken.content.splitlines()} == {94}
    sent: dict[str, Any] = first.post(f"{path}/send").json()
    return sent


def test_from_the_agencies_files_to_the_banks_word(
    manager: Actor, client_of: Callable[..., StaffClient]
) -> None:
    account = set_up(manager)
    drivers = [make_driver(manager, number=number, name=f"Driver {number}") for number in (1, 2)]
    with at("2026-01-11"):
        first, second = client_of("manager"), client_of("second_manager")
        import_files(first)
        settle(settle_from(SUNDAY + WEEK), SUNDAY)
        for place, debtor in enumerate(drivers):
            add_account(first, second, debtor, f"55566677{place}")
        dtrs = first.get("/ledger/dtrs", {"week": SUNDAY.isoformat()}).json()["items"]
        # 900.00 of trips less 500.00 of lease, and 6.94 of toll for the first.
        assert sorted(Decimal(str(each["due_to_driver"])) for each in dtrs) == [
            Decimal("393.06"),
            Decimal(400),
        ]
    with at("2026-01-12"):
        first, second = client_of("manager"), client_of("second_manager")
        batch = pay_all(first, second)
        assert (batch["stage"], Decimal(str(batch["total"]))) == ("sent", Decimal("793.06"))
    with at("2026-01-14"):
        first = client_of("manager")
        paid = entry("793.06", "DBIT", day="<Dt>2026-01-13</Dt>", reference="ACH-1")
        came = entry("400.00", inside="<RvslInd>true</RvslInd>", day="<Dt>2026-01-14</Dt>", reference="RET-1")
        file = SimpleUploadedFile(
            "january.xml",
            camt(
                balance("OPBD", "1000.00", day="2026-01-12"),
                balance("CLBD", "606.94", day="2026-01-14"),
                paid,
                came,
            ).encode(),
        )
        received = first.post(
            "/api/accounting/bank-statements",
            {"file": file, "bank_account_id": str(account.id)},
            format="multipart",
            headers={"Idempotency-Key": new_key()},
        )
        assert received.status_code == 202, received.content
        work(manager)
        (statement,) = received.json()["statements"]
        lines = first.get("/api/accounting/statement-lines", {"statement_id": statement["id"]}).json()[
            "results"
        ]
        out, back = sorted(lines, key=lambda line: line["line_no"])
        explain(first, out, {"kind": "payout_batch", "amount": "793.06", "source_id": batch["id"]})
        suggested = first.get(f"/api/accounting/statement-lines/{back['id']}/suggestions").json()
        (piece,) = suggested["parts"][0]["suggestions"][0]["pieces"]
        assert (piece["kind"], str(piece["amount"])) == ("disbursement_return", "400.00")
        explain(first, back, {**piece, "reason_code": "R03"})
        shown = first.get(f"/ledger/payout-batches/{batch['id']}").json()
        dtrs = first.get("/ledger/dtrs", {"week": SUNDAY.isoformat()}).json()["items"]
    assert shown["stage"] == "settled"
    assert sorted((each["status"], str(each["due_to_driver"])) for each in dtrs) == [
        ("Finalized", "400.00"),
        ("Paid", "393.06"),
    ]
    assert balance_of(manager, chart.bank(account.code), "USD") == Decimal("606.94") - 1000
    assert found_wrong(manager) == []


def explain(api: StaffClient, line: dict[str, Any], piece: dict[str, Any]) -> None:
    done = api.post(
        f"/api/accounting/statement-lines/{line['id']}/resolve",
        {"pieces": [piece]},
        headers={"Idempotency-Key": new_key()},
    )
    assert done.status_code in (200, 201), done.content
