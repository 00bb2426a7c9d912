"""The console's pages of the settlement: payout, statement, lease fees, import."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from batconnect.core.kernel.actors import Actor
from batconnect.core.models import AuditEvent
from ledger import tasks
from ledger.models import Dtr, DtrExport, LeaseEarning, Obligation
from ledger.tests.builders import Debtor
from ledger.tests.settlement.builders import WEEK, at, dtr_of, earn, make_driver, settle, settle_from
from tests.console import browser, seen_on
from tests.digest import assert_nothing_written

FIRST = date(2026, 1, 4)


@pytest.fixture
def john(manager: Actor) -> Debtor:
    """A driver with a lease of 500.00 a week."""
    return make_driver(manager)


@pytest.fixture
def settled(manager: Actor, john: Debtor) -> Dtr:
    """The driver's DTR: 200.00 due."""
    job = settle_from(FIRST + WEEK)
    with at("2026-01-11"):
        earn(manager, john, FIRST, "700.00")
        settle(job, FIRST)
    return dtr_of(john, FIRST)


def test_pays_out_what_was_seen(settled: Dtr) -> None:
    path = reverse("admin:ledger_dtr_pay_out", args=[settled.pk])
    client = browser("manager")
    form = {"method": "ach", "reference_number": "8812", "paid_on": "2026-01-12"}

    with assert_nothing_written():
        page = client.post(path, form)
    client.post(path, {**form, **seen_on(page)})

    settled.refresh_from_db()
    assert f"200.00 USD of {settled.number} is paid out." in page.content.decode()
    assert (settled.status, settled.payment_reference, settled.paid_on) == (
        "Paid",
        "8812",
        date(2026, 1, 12),
    )


@pytest.mark.parametrize("who", ["cashier", "auditor"])
def test_payout_needs_the_right(settled: Dtr, who: str) -> None:
    with assert_nothing_written():
        answer = browser(who).post(reverse("admin:ledger_dtr_pay_out", args=[settled.pk]), {"method": "ach"})

    assert answer.status_code == 403


def test_prints_the_statement(settled: Dtr) -> None:
    answer = browser("auditor").get(reverse("admin:ledger_dtr_statement", args=[settled.pk]))

    assert answer["Content-Type"] == "application/pdf"


def test_posts_the_fees_that_were_seen(john: Debtor) -> None:
    """The list offers it while there are fees to post, and no longer."""
    path = reverse("admin:ledger_weeklyrun_post_lease_fees")
    runs = reverse("admin:ledger_weeklyrun_changelist")
    client = browser("manager")

    with assert_nothing_written():
        page = client.get(path)
        assert path in client.get(runs).content.decode()
    client.post(path, seen_on(page))

    assert path not in client.get(runs).content.decode()
    assert "1 lease fees of the week of" in page.content.decode()
    assert Obligation.objects.get(category="LEASE").original == Decimal("500.00")


def file_of(rows: str) -> dict[str, Any]:
    """An upload as the import page takes it."""
    content = f"driver_id,lease_id,week,gross\n{rows}".encode()
    return {"file": SimpleUploadedFile("earnings.csv", content, "text/csv")}


def test_imports_a_file(john: Debtor, manager: Actor) -> None:
    client = browser("manager")

    with assert_nothing_written():
        page = client.post(
            reverse("admin:ledger_leaseearning_import"), file_of("DRV-101,LS-2054,2026-01-04,612.50\n")
        )
    client.post(reverse("admin:ledger_leaseearning_import"), seen_on(page))

    assert LeaseEarning.objects.get().gross == Decimal("612.50")


def test_names_what_is_wrong_in_a_file(john: Debtor) -> None:
    with assert_nothing_written():
        page = browser("manager").post(
            reverse("admin:ledger_leaseearning_import"), file_of("DRV-101,LS-2054,2026-01-05,612.50\n")
        )

    assert "is not a Sunday" in page.content.decode()


def test_import_needs_the_right(john: Debtor) -> None:
    assert browser("cashier").get(reverse("admin:ledger_leaseearning_import")).status_code == 403


def test_a_week_is_exported_once_and_a_failed_file_tried_again(
    settled: Dtr, django_capture_on_commit_callbacks: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    woken: list[Any] = []
    monkeypatch.setattr(
        tasks.export_dtrs, "apply_async", lambda **message: woken.append(DtrExport.objects.get().status)
    )
    console, ask = browser("auditor"), reverse("admin:ledger_dtrexport_ask")
    week = {"week": str(settled.week + timedelta(days=3))}

    shown = console.post(ask, week)
    untouched = DtrExport.objects.count()
    with django_capture_on_commit_callbacks(execute=True):
        for _ in range(2):
            console.post(ask, {**week, **seen_on(shown)})
    export = DtrExport.objects.get()
    DtrExport.objects.update(status="failed", attempts=5, error="OSError: no space left")
    retry = reverse("admin:ledger_dtrexport_retry", args=[export.pk])
    confirmation = console.post(retry)
    with django_capture_on_commit_callbacks(execute=True):
        for _ in range(2):
            console.post(retry, seen_on(confirmation))

    export.refresh_from_db()
    assert (untouched, export.week, woken) == (0, settled.week, ["pending", "pending"])
    assert (export.status, export.attempts, export.error) == ("pending", 0, "")
    assert AuditEvent.objects.filter(action="ledger.dtr_export_retried").count() == 1
