"""The calls of the settlement: earnings, DTRs, payouts, files; and who may make them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from batconnect.core.kernel.actors import Actor
from ledger.models import Dtr, DtrExport, LeaseEarning
from ledger.settlement.services.earnings_file import EARNINGS
from ledger.settlement.services.exports import make_export
from ledger.tests.builders import Debtor
from ledger.tests.settlement.builders import (
    WEEK,
    assert_books_agree,
    at,
    dtr_of,
    earn,
    make_driver,
    settle,
    settle_from,
)
from tests.cast import StaffClient
from tests.digest import assert_nothing_written

FIRST = date(2026, 1, 4)
Clients = Callable[..., StaffClient]


@pytest.fixture
def job(manager: Actor) -> Actor:
    """North's job; the week of 2026-01-04 is the first."""
    return settle_from(FIRST + WEEK)


@pytest.fixture
def john(manager: Actor, job: Actor) -> Debtor:
    """A driver with a lease of 500.00 a week."""
    return make_driver(manager)


@pytest.fixture
def settled(manager: Actor, job: Actor, john: Debtor) -> Dtr:
    """The driver's DTR of the first week: 700.00 earned, 200.00 due."""
    with at("2026-01-11"):
        earn(manager, john, FIRST, "700.00")
        settle(job, FIRST)
    return dtr_of(john, FIRST)


def row(john: Debtor, **changes: Any) -> dict[str, Any]:
    """A row of earnings."""
    return {
        "driver_id": john.driver.pk,
        "lease_id": john.lease.lease_id,
        "week": "2026-01-04",
        "gross": Decimal("612.50"),
        **changes,
    }


class TestEarnings:
    """`POST /ledger/earnings`."""

    def test_credits_each_row_once(self, client_of: Clients, manager: Actor, john: Debtor) -> None:
        first = client_of("manager").post("/ledger/earnings", {"rows": [row(john)]})
        again = client_of("manager").post("/ledger/earnings/", {"rows": [row(john), row(john)]})

        assert (first.status_code, first.json()) == (
            201,
            {"created": 1, "existing": 0, "total": Decimal("612.50")},
        )
        assert (again.status_code, again.json()) == (
            200,
            {"created": 0, "existing": 1, "total": Decimal("0.00")},
        )
        assert LeaseEarning.objects.get().gross == Decimal("612.50")
        assert_books_agree(manager)

    def test_refuses_another_amount(self, client_of: Clients, john: Debtor) -> None:
        client_of("manager").post("/ledger/earnings", {"rows": [row(john)]})

        with assert_nothing_written():
            answer = client_of("manager").post(
                "/ledger/earnings", {"rows": [row(john, gross=Decimal("612.51"))]}
            )

        assert (answer.status_code, answer.json()["code"]) == (409, "earnings_taken")

    @pytest.mark.parametrize(
        ("changes", "status", "code"),
        [
            ({"week": "2026-01-05"}, 400, "week_not_sunday"),
            ({"week": "2099-01-04"}, 400, "week_in_future"),
            ({"gross": 0}, 400, "not_positive"),
            ({"gross": "12.345"}, 400, "not_money"),
            ({"driver_id": 999_999}, 404, "not_found"),
            ({"lease_id": "LS-999"}, 404, "not_found"),
            ({"bonus": 1}, 400, "unknown_field"),
        ],
    )
    def test_refuses_bad_rows_and_takes_none(
        self, client_of: Clients, john: Debtor, changes: dict[str, Any], status: int, code: str
    ) -> None:
        good = row(john, week="2025-12-28")

        with assert_nothing_written():
            answer = client_of("manager").post("/ledger/earnings", {"rows": [good, row(john, **changes)]})

        assert answer.status_code == status
        assert code in {error["code"] for error in answer.json()["errors"]}
        assert all(error["field"].startswith("rows.1.") for error in answer.json()["errors"])

    def test_refuses_somebody_elses_lease(self, client_of: Clients, manager: Actor, john: Debtor) -> None:
        jane = make_driver(manager, number=2, name="Jane Roe")

        with assert_nothing_written():
            answer = client_of("manager").post(
                "/ledger/earnings", {"rows": [row(john, driver_id=jane.driver.pk)]}
            )

        assert (answer.status_code, answer.json()["code"]) == (400, "no_day_on_lease")
        assert "no day on" in answer.json()["detail"]

    @pytest.mark.parametrize("who", ["cashier", "auditor", "administrator"])
    def test_needs_the_right(self, client_of: Clients, john: Debtor, who: str) -> None:
        with assert_nothing_written():
            answer = client_of(who).post("/ledger/earnings", {"rows": [row(john)]})

        assert answer.status_code == 403

    def test_file_is_taken_whole_or_not_at_all(self, manager: Actor, john: Debtor) -> None:
        text = "driver_id;lease_id;week;gross\n00504124;LS-2054;01/04/2026;1,234.56\nDRV-101;LS-2054;2026-01-06;10\n"

        with assert_nothing_written():
            refused = EARNINGS.run(actor=manager, content=text.encode())
        kept = EARNINGS.run(actor=manager, content=text.encode(), keep_good=True)

        assert [(error.row, error.field, error.code) for error in refused.errors] == [
            (3, "week", "week_not_sunday")
        ]
        assert (kept.created, kept.total, kept.written) == (1, Decimal("1234.56"), True)
        assert LeaseEarning.objects.get().gross == Decimal("1234.56")


class TestDtrs:
    """`GET /ledger/dtrs…` and the payouts."""

    def test_lists_the_week(self, client_of: Clients, settled: Dtr) -> None:
        answer = client_of("auditor").get("/ledger/dtrs?week=2026-01-04")
        other = client_of("auditor").get("/ledger/dtrs?week=2026-01-11")

        (item,) = answer.json()["items"]
        assert (item["dtr_number"], item["due_to_driver"], item["status"]) == (
            settled.number,
            Decimal("200.00"),
            "Finalized",
        )
        assert b'"due_to_driver":200.00' in answer.content
        assert other.json()["items"] == []

    def test_shows_every_line(self, client_of: Clients, settled: Dtr) -> None:
        answer = client_of("cashier").get(f"/ledger/dtrs/{settled.number}").json()

        assert {name: answer[name] for name in ("gross", "charges", "owed", "recovered", "net")} == {
            "gross": Decimal("700.00"),
            "charges": Decimal("500.00"),
            "owed": Decimal("500.00"),
            "recovered": Decimal("500.00"),
            "net": Decimal("200.00"),
        }
        (group,) = answer["charges_by_category"]
        assert (group["category"], group["lines"][0]["reference_id"]) == ("Lease", "LS-2054-2026-01-04")
        assert answer["earnings_lines"][0]["description"] == "Earnings of the week of 2026-01-04"

    def test_prints_the_statement(self, client_of: Clients, settled: Dtr) -> None:
        answer = client_of("cashier").get(f"/ledger/dtrs/{settled.number}?format=pdf")

        assert answer["Content-Type"] == "application/pdf"
        assert answer.content.startswith(b"%PDF")

    @pytest.mark.parametrize("kind", ["csv", "excel", "pdf"])
    def test_exports_the_list(self, client_of: Clients, settled: Dtr, kind: str) -> None:
        answer = client_of("auditor").get(f"/ledger/dtrs?week=2026-01-04&format={kind}")

        assert answer.status_code == 200
        assert "dtrs-" in answer["Content-Disposition"]

    def test_pays_once(self, client_of: Clients, manager: Actor, settled: Dtr) -> None:
        body = {"method": "Check", "reference_number": "1001", "paid_on": "2026-01-12"}

        paid = client_of("manager").post(f"/ledger/dtrs/{settled.number}/pay", body)
        with assert_nothing_written():
            again = client_of("manager").post(f"/ledger/dtrs/{settled.number}/pay", body)

        assert (paid.status_code, paid.json()["status"], paid.json()["payout"]["method"]) == (
            200,
            "Paid",
            "Check",
        )
        assert (again.status_code, again.json()["code"]) == (409, "dtr_paid")
        assert_books_agree(manager)

    def test_pays_a_week(self, client_of: Clients, settled: Dtr) -> None:
        body = {"week": "2026-01-04", "method": "ACH", "reference_number": "B-1"}

        paid = client_of("manager").post("/ledger/dtrs/pay", body)
        again = client_of("manager").post("/ledger/dtrs/pay", body)

        assert paid.json() == {"paid": 1, "total": Decimal("200.00"), "dtr_numbers": [settled.number]}
        assert again.json() == {"paid": 0, "total": 0, "dtr_numbers": []}

    @pytest.mark.parametrize(
        ("body", "code"),
        [
            ({"method": "Cash"}, "unknown_choice"),
            ({"method": "ACH", "paid_on": "2099-01-01"}, "date_in_future"),
            ({}, "required"),
        ],
    )
    def test_refuses_bad_payouts(
        self, client_of: Clients, settled: Dtr, body: dict[str, Any], code: str
    ) -> None:
        with assert_nothing_written():
            answer = client_of("manager").post(f"/ledger/dtrs/{settled.number}/pay", body)

        assert answer.status_code == 400
        assert code in {error["code"] for error in answer.json()["errors"]}

    @pytest.mark.parametrize("who", ["cashier", "auditor", "administrator"])
    def test_payout_needs_the_right(self, client_of: Clients, settled: Dtr, who: str) -> None:
        with assert_nothing_written():
            answer = client_of(who).post(f"/ledger/dtrs/{settled.number}/pay", {"method": "ACH"})

        assert answer.status_code == 403

    def test_strangers_find_nothing(self, client_of: Clients, settled: Dtr) -> None:
        outsider = client_of("outsider")

        assert outsider.get("/ledger/dtrs").json()["items"] == []
        for answer in (
            outsider.get(f"/ledger/dtrs/{settled.number}"),
            outsider.post(f"/ledger/dtrs/{settled.number}/pay", {"method": "ACH"}),
        ):
            assert (answer.status_code, answer.json()["code"]) == (404, "dtr_not_found")


class TestExport:
    """A week's statements as one file."""

    def test_makes_a_zip_in_the_background(
        self,
        client_of: Clients,
        manager: Actor,
        job: Actor,
        settled: Dtr,
        settings: Any,
        tmp_path: Path,
        django_capture_on_commit_callbacks: Any,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        from ledger import tasks

        sent: list[tuple[str, ...]] = []
        monkeypatch.setattr(tasks.export_dtrs, "apply_async", lambda args, **options: sent.append(args))
        settings.MEDIA_ROOT = tmp_path
        auditor = client_of("auditor")

        with django_capture_on_commit_callbacks(execute=True):
            requested = auditor.post("/ledger/dtrs/export", {"week": "2026-01-04"})
        early = auditor.get(f"{requested.json()['url']}/download")
        export_id = DtrExport.objects.get().pk
        assert make_export(actor=job, export_id=export_id)
        assert not make_export(actor=job, export_id=export_id)
        done = auditor.get(requested.json()["url"]).json()
        file = auditor.get(done["download_url"])

        assert (requested.status_code, requested.json()["status"], requested.json()["total"]) == (
            202,
            "pending",
            1,
        )
        assert sent == [(str(manager.company_id), str(export_id))]
        assert (early.status_code, early.json()["code"]) == (409, "export_not_ready")
        assert (done["status"], done["done"], done["progress_percentage"]) == ("completed", 1, 100)
        archive = zipfile.ZipFile(io.BytesIO(b"".join(file.streaming_content)))
        assert archive.namelist() == [f"{settled.number}.pdf"]
        assert archive.read(f"{settled.number}.pdf").startswith(b"%PDF")
        assert client_of("outsider").get(done["url"]).status_code == 404

    def test_refuses_a_week_without_dtrs(self, client_of: Clients, john: Debtor) -> None:
        with assert_nothing_written():
            answer = client_of("auditor").post("/ledger/dtrs/export", {"week": "2026-01-04"})

        assert (answer.status_code, answer.json()["code"]) == (404, "no_dtrs")
