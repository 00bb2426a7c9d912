"""The console's actions on the ledger: what the preview shows is what happens, once, and with the permission."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from batconnect.core.kernel.actors import Actor
from batconnect.core.models import Approval
from ledger.models import Entry, Obligation
from ledger.services import write_off
from ledger.tests.builders import Debtor, charge
from tests.console import browser, seen_on
from tests.digest import assert_nothing_written

REASON = "The driver has left the country."
CSV = (
    "category,reference_id,amount,due_date,tlc_license,lease_id\n"
    "EZPass,EZ-9,26.50,2026-01-15,00504124,LS-2054\n"
    'PVB,PVB-9,"1,115.00",2026-01-15,00504124,LS-2054\n'
)


@pytest.fixture(autouse=True)
def waiting_files(settings: Any, tmp_path: Path) -> Path:
    """Uploads that wait for confirmation are kept in a folder of the test."""
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def path_of(row: Any, action: str) -> str:
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_{action}", args=[row.pk])


def upload(client: Client, content: str, **options: str) -> Any:
    file = SimpleUploadedFile("charges.csv", content.encode(), "text/csv")
    return client.post(reverse("admin:ledger_obligation_upload_charges"), {"file": file, **options})


def test_shows_what_a_write_off_posts_and_posts_exactly_that(manager: Actor, john: Debtor) -> None:
    toll = charge(manager, john)
    client, path = browser("manager"), path_of(toll, "write_off")
    form = {"amount": "6.50", "reason": REASON}

    with assert_nothing_written():
        page = client.post(path, form)
    done = client.post(path, {**form, **seen_on(page)}, follow=True)

    toll.refresh_from_db()
    assert "6.50 USD of EZPass EZ-1 is written off." in page.content.decode()
    assert page.context["preview"].rows == (
        ("Written off", "Bad debt", "6.50", "", "", ""),
        ("Written off", "Receivable, EZPass", "", "6.50", "EZPass EZ-1", "20.00 USD"),
    )
    assert "6.50 USD of EZPass EZ-1 is written off." in done.content.decode()
    assert (toll.outstanding, toll.written_off) == (Decimal("20.00"), Decimal("6.50"))


def test_a_second_click_finds_the_state_moved(manager: Actor, john: Debtor) -> None:
    toll = charge(manager, john)
    client, path = browser("manager"), path_of(toll, "write_off")
    form = {"amount": "6.50", "reason": REASON}
    confirmation = {**form, **seen_on(client.post(path, form))}
    client.post(path, confirmation)

    with assert_nothing_written():
        again = client.post(path, confirmation, follow=True)

    assert "Something has changed since the preview" in again.content.decode()
    toll.refresh_from_db()
    assert toll.written_off == Decimal("6.50")


@pytest.mark.parametrize(
    ("amount", "reason", "message"),
    [
        ("26.51", REASON, "26.50"),
        ("1E1", REASON, "plain digits"),
        ("0", REASON, "above 0.00"),
        ("6.50", "short", "at least 10 characters"),
    ],
)
def test_refuses_a_bad_write_off_beside_its_field(
    manager: Actor, john: Debtor, amount: str, reason: str, message: str
) -> None:
    toll = charge(manager, john)

    with assert_nothing_written():
        page = browser("manager").post(path_of(toll, "write_off"), {"amount": amount, "reason": reason})

    assert page.status_code == 200
    assert message in page.content.decode()
    assert page.context["preview"] is None


def test_above_the_limit_it_waits_for_a_second_person_who_decides_once(manager: Actor, john: Debtor) -> None:
    debt = charge(manager, john, amount="5000.00")
    client, path = browser("manager"), path_of(debt, "write_off")
    form = {"amount": "4000.00", "reason": REASON}

    page = client.post(path, form)
    client.post(path, {**form, **seen_on(page)})
    request = Approval.objects.get()
    decide = path_of(request, "approve")
    with assert_nothing_written():
        by_requester = client.post(decide, {"reason": ""})
    second = browser("second_manager")
    shown = second.post(decide, {"reason": "Agreed"})
    confirmation = {"reason": "Agreed", **seen_on(shown)}
    second.post(decide, confirmation)
    with assert_nothing_written():
        again = second.post(decide, confirmation, follow=True)

    debt.refresh_from_db()
    request.refresh_from_db()
    assert "it waits for a second person" in page.content.decode()
    assert by_requester.status_code == 403
    assert (request.status, debt.outstanding) == (Approval.Status.APPROVED, Decimal("1000.00"))
    assert "The request is already approved." in again.content.decode()


def test_a_rejected_write_off_posts_nothing(manager: Actor, john: Debtor) -> None:
    debt = charge(manager, john, amount="5000.00")
    write_off(actor=manager, obligation_id=debt.id, amount=Decimal("4000.00"), reason=REASON)
    request = Approval.objects.get()
    client, path = browser("second_manager"), path_of(request, "reject")

    page = client.post(path, {"reason": "He still drives"})
    client.post(path, {"reason": "He still drives", **seen_on(page)})

    request.refresh_from_db()
    debt.refresh_from_db()
    assert page.context["preview"].rows == ()
    assert (request.status, request.decision_reason) == (Approval.Status.REJECTED, "He still drives")
    assert debt.outstanding == Decimal("5000.00")


@pytest.mark.parametrize("start", ["entry", "obligation"])
def test_voids_the_event_once(manager: Actor, john: Debtor, start: str) -> None:
    toll = charge(manager, john)
    row = toll if start == "obligation" else Entry.objects.get()
    client, path = browser("manager"), path_of(row, "void")

    page = client.post(path, {"reason": REASON})
    confirmation = {"reason": REASON, **seen_on(page)}
    client.post(path, confirmation)
    with assert_nothing_written():
        again = client.post(path, confirmation, follow=True)

    toll.refresh_from_db()
    assert [line[1:4] for line in page.context["preview"].rows] == [
        ("Receivable, EZPass", "", "26.50"),
        ("Recovered, EZPass", "26.50", ""),
    ]
    assert toll.status == Obligation.Status.VOIDED
    assert "voided already" in again.content.decode()


@pytest.mark.parametrize("username", ["auditor", "cashier", "administrator"])
@pytest.mark.parametrize("action", ["write_off", "void"])
def test_refuses_without_the_right(manager: Actor, john: Debtor, username: str, action: str) -> None:
    toll = charge(manager, john)
    client, path = browser(username), path_of(toll, action)

    with assert_nothing_written():
        shown = client.get(path)
        sent = client.post(path, {"amount": "1.00", "reason": REASON, "seen": "0" * 64})
        sent_file = upload(client, CSV)
        template = client.get(reverse("admin:ledger_obligation_charges_template"))

    codes = {answer.status_code for answer in (shown, sent, sent_file, template)}
    assert codes == {403}


def test_shows_buttons_to_those_who_may_press_them(manager: Actor, john: Debtor) -> None:
    toll = charge(manager, john)
    page = path_of(toll, "change")

    theirs = browser("manager").get(page).content.decode()
    auditors = browser("auditor").get(page).content.decode()

    assert path_of(toll, "write_off") in theirs
    assert path_of(toll, "void") in theirs
    assert path_of(toll, "write_off") not in auditors
    assert path_of(toll, "void") not in auditors


def test_an_outsider_finds_nothing(manager: Actor, john: Debtor) -> None:
    toll = charge(manager, john)
    client = browser("outsider")

    with assert_nothing_written():
        answers = [client.post(path_of(toll, action), {"reason": REASON}) for action in ("void", "write_off")]
        refused = upload(client, CSV)

    assert [answer.status_code for answer in answers] == [404, 404]
    assert "There is no driver 00504124." in refused.content.decode()


def test_uploads_after_a_preview_exactly_once(manager: Actor, john: Debtor) -> None:
    client = browser("manager")

    with assert_nothing_written():
        page = upload(client, CSV)
    confirmation = seen_on(page)
    client.post(reverse("admin:ledger_obligation_upload_charges"), confirmation)
    with assert_nothing_written():
        again = client.post(reverse("admin:ledger_obligation_upload_charges"), confirmation, follow=True)

    assert "2 rows: 2 to raise, 1,141.50 USD in all; 0 there already; 0 errors." in page.content.decode()
    amounts = dict(Obligation.objects.values_list("reference_id", "original"))
    assert amounts == {"EZ-9": Decimal("26.50"), "PVB-9": Decimal("1115.00")}
    assert "has already been raised" in again.content.decode()


def test_names_the_line_of_each_bad_row_and_raises_none(manager: Actor, john: Debtor) -> None:
    client = browser("manager")
    bad = CSV + "TLC,T-1,12.345,2026-01-15,00504124,LS-2054\n"

    with assert_nothing_written():
        page = upload(client, bad)
        forced = client.post(reverse("admin:ledger_obligation_upload_charges"), seen_on(page), follow=True)

    assert page.context["report"].errors[0][:3] == (4, "amount", "invalid")
    assert "Raise 2 obligations" not in page.content.decode()
    assert not Obligation.objects.exists()
    assert forced.status_code == 200


def test_keeps_the_good_rows_when_asked_to(manager: Actor, john: Debtor) -> None:
    client = browser("manager")
    page = upload(client, CSV + "TLC,T-1,12.345,2026-01-15,00504124,LS-2054\n", keep_good="on")

    client.post(reverse("admin:ledger_obligation_upload_charges"), seen_on(page))

    assert sorted(Obligation.objects.values_list("reference_id", flat=True)) == ["EZ-9", "PVB-9"]


def test_refuses_another_file_than_was_seen(manager: Actor, john: Debtor) -> None:
    client = browser("manager")
    seen = seen_on(upload(client, CSV))
    upload(client, CSV.replace("26.50", "2650.00"))

    with assert_nothing_written():
        answer = client.post(reverse("admin:ledger_obligation_upload_charges"), seen, follow=True)

    assert "another one replaced it" in answer.content.decode()


def test_refuses_when_the_ledger_moved_since_the_preview(manager: Actor, john: Debtor) -> None:
    client = browser("manager")
    seen = seen_on(upload(client, CSV))
    charge(manager, john, reference_id="EZ-9", amount="26.50")

    with assert_nothing_written():
        answer = client.post(reverse("admin:ledger_obligation_upload_charges"), seen, follow=True)

    assert "Something has changed since the preview" in answer.content.decode()


def test_the_template_is_a_file_that_the_upload_reads(manager: Actor, john: Debtor) -> None:
    client = browser("manager")

    template = client.get(reverse("admin:ledger_obligation_charges_template"))
    page = upload(client, template.content.decode())

    assert template["Content-Disposition"] == 'attachment; filename="charges-template.csv"'
    assert page.context["report"].rows == 2
    assert page.context["report"].errors == []


def test_refuses_a_file_that_is_no_table(manager: Actor, john: Debtor) -> None:
    with assert_nothing_written():
        page = upload(browser("manager"), "nonsense\n1\n")

    assert "lacks the headings" in page.content.decode()
