"""The journal of a period as files: made once, each entry in one export, with control totals and the year's numbers
(docs/domain.md#general-ledger)."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.urls import reverse

from batconnect.core.approvals.services import approve
from batconnect.core.kernel.actors import Actor
from batconnect.core.models import Approval, AuditEvent, CompanySettings
from ledger.general.models import EntryNumber, JournalExport
from ledger.general.services.accounts import name_account
from ledger.general.services.exporting import FILES, export_journal
from ledger.general.services.manual import enter_journal, void_manual_entry
from ledger.models import Account, Entry, Posting
from ledger.tests.general.builders import WHY, enter, lines_of, number_all
from tests.cast import StaffClient, acting
from tests.console import browser, seen_on
from tests.races.test_raising import at_once

pytestmark = pytest.mark.django_db(transaction=True)
Client = Callable[..., StaffClient]
PATH = "/api/accounting/journal-exports"
JANUARY = {"first": "2026-01-01", "last": "2026-01-31"}


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = str(tmp_path)


def export(client: StaffClient, body: dict[str, str] = JANUARY) -> Any:
    return client.post(PATH, body, format="json", headers={"Idempotency-Key": str(uuid4())})


def download(client: StaffClient, export_id: str, name: str = "journal") -> bytes:
    answer = client.get(f"{PATH}/{export_id}/download?file={name}")
    assert answer.status_code == 200
    return b"".join(answer.streaming_content)


def rows_of(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode())))


def entered(amount: str, day: str, **options: Any) -> None:
    with acting("manager") as actor:
        enter(actor, amount, on=date.fromisoformat(day), **options)


def test_has_every_line_with_what_an_auditor_asks_for(client_of: Client) -> None:
    with acting("manager") as actor:
        account = Account.objects.get(code="expenses:other", currency="USD")
        name_account(actor=actor, account_id=account.id, own_number="6900", own_name="Sundries")
        row = enter(actor, "100.00", on=date(2026, 1, 10))
    entered("40.00", "2026-02-01")
    assert number_all(2) == 2
    client = client_of("auditor")

    made = export(client)

    body = made.json()
    assert (made.status_code, body["part"], body["entries"], body["postings"]) == (201, 1, 1, 2)
    assert [(each["currency"], str(each["debit"]), str(each["credit"])) for each in body["totals"]] == [
        ("USD", "100.00", "100.00")
    ]
    debit, credit = rows_of(download(client, body["id"]))
    with acting("manager"):
        number = str(EntryNumber.objects.get(entry=row.entry_id))
        first = Posting.objects.get(entry=row.entry_id, line=1)
    assert {
        key: debit[key]
        for key in ("Entry number", "Line", "Account code", "Own number", "Account", "Debit", "Credit")
    } == {
        "Entry number": number,
        "Line": "1",
        "Account code": "expenses:other",
        "Own number": "6900",
        "Account": "Sundries",
        "Debit": "100.00",
        "Credit": "0.00",
    }
    assert (debit["Entry"], debit["Posting"]) == (str(row.entry_id), str(first.id))
    assert (debit["User"], debit["Approved by"], debit["Reason"]) == ("manager", "", WHY)
    assert (debit["Document type"], debit["Document"]) == ("ledger.manual_entry", str(row.id))
    assert (credit["Account code"], credit["Credit"], credit["Effective on"]) == (
        "accrued_expenses",
        "100.00",
        "2026-01-10",
    )


def test_control_totals_and_the_years_numbers_tell_what_is_missing(client_of: Client) -> None:
    entered("100.00", "2026-01-10")
    entered("40.00", "2026-02-01")
    entered("3.00", "2026-01-31")
    assert number_all(3) == 3
    client = client_of("auditor")

    made = export(client).json()

    totals, numbers = (rows_of(download(client, made["id"], name)) for name in ("totals", "numbers"))
    assert [(row["Account code"], row["Postings"], row["Debit"], row["Credit"]) for row in totals] == [
        ("accrued_expenses", "2", "0.00", "103.00"),
        ("expenses:other", "2", "103.00", "0.00"),
        ("", "4", "103.00", "103.00"),
    ]
    assert [(row["Period"], row["Debits"], row["Here"]) for row in numbers] == [
        ("2026-01", "100.00", "yes"),
        ("2026-02", "40.00", ""),
        ("2026-01", "3.00", "yes"),
    ]
    years = {row["Entry number"].split("-")[0] for row in numbers}
    assert [row["Entry number"].split("-")[1] for row in numbers] == ["000001", "000002", "000003"]
    assert len(years) == 1


def test_the_same_period_again_is_the_same_file(client_of: Client) -> None:
    entered("100.00", "2026-01-10")
    assert number_all(1) == 1
    client = client_of("auditor")

    first, second = export(client), export(client)

    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()
    files = [download(client, first.json()["id"], name) for name in FILES]
    assert files == [download(client, first.json()["id"], name) for name in FILES]
    assert hashlib.sha256(files[0]).hexdigest() == first.json()["sha256"]
    with acting("manager"):
        assert JournalExport.objects.count() == 1
        assert AuditEvent.objects.filter(action="ledger.download_journal").count() == 6


def test_what_is_booked_into_the_period_later_is_its_next_part(client_of: Client) -> None:
    entered("100.00", "2026-01-10")
    assert number_all(1) == 1
    client = client_of("manager")
    first = export(client).json()
    before = download(client, first["id"])
    entered("5.00", "2026-01-11")
    assert number_all(2) == 2

    second = export(client)
    whole_year = export(client, {"first": "2026-01-01", "last": "2026-12-31"})

    assert (second.status_code, second.json()["part"], second.json()["entries"]) == (201, 2, 1)
    assert [row["Debit"] for row in rows_of(download(client, second.json()["id"]))] == ["5.00", "0.00"]
    assert download(client, first["id"]) == before
    # Both entries are in an export: another period that has them has nothing of its own.
    assert (whole_year.status_code, whole_year.json()["code"]) == (409, "nothing_to_export")
    assert client.get(PATH).json()["total"] == 2


def test_names_who_asked_and_who_approved_and_what_is_reversed(client_of: Client) -> None:
    with acting("administrator"):
        CompanySettings.objects.update(manual_entry_approval_limit=Decimal("50.00"))
    with acting("manager") as actor:
        lines = lines_of(("expenses:other", "60.00"), ("accrued_expenses", "-60.00"))
        waits = enter_journal(actor=actor, on=date(2026, 1, 5), lines=lines, reason=WHY)
        assert isinstance(waits, Approval)
    with acting("second_manager") as actor:
        approve(actor=actor, approval_id=waits.id)
    with acting("administrator"):
        CompanySettings.objects.update(manual_entry_approval_limit=Decimal("5000.00"))
    with acting("manager") as actor:
        row = enter(actor, "7.00", on=date(2026, 1, 6))
        void_manual_entry(actor=actor, manual_entry_id=row.id, reason=WHY)
        today = Entry.objects.get(reverses=row.entry_id).effective_on
    assert number_all(3) == 3
    client = client_of("auditor")

    made = export(client, {"first": "2026-01-01", "last": str(today)}).json()

    rows = [each for each in rows_of(download(client, made["id"])) if each["Line"] == "1"]
    assert [(each["User"], each["Approved by"]) for each in rows] == [
        ("manager", "second_manager"),
        ("manager", ""),
        ("manager", ""),
    ]
    assert [each["Reverses entry"] for each in rows] == ["", "", str(row.entry_id)]
    assert rows[2]["Reverses number"] == rows[1]["Entry number"]


def test_two_at_once_make_one(client_of: Client) -> None:
    entered("100.00", "2026-01-10")
    assert number_all(1) == 1

    def make(actor: Actor) -> bool:
        return export_journal(actor=actor, first=date(2026, 1, 1), last=date(2026, 1, 31))[1]

    assert sorted(at_once(make, make)) == [False, True]

    with acting("manager"):
        assert JournalExport.objects.count() == 1


def test_the_preview_writes_no_file_and_shows_what_is_made(tmp_path: Any) -> None:
    entered("100.00", "2026-01-10")
    assert number_all(1) == 1
    client, address = browser("manager"), reverse("admin:ledger_journalexport_export")

    shown = client.post(address, JANUARY)
    files = list(tmp_path.rglob("*.csv"))
    done = client.post(address, {**JANUARY, **seen_on(shown)})

    assert (files, done.status_code) == ([], 302)
    assert shown.context["preview"].rows == (("USD", "100.00", "100.00"),)
    assert len(list(tmp_path.rglob("*.csv"))) == 3


@pytest.mark.parametrize(
    "last",
    ["ledger.general.services.exporting.insert_batch", "ledger.general.models.JournalExport.refresh_from_db"],
)
def test_an_export_that_fails_leaves_no_file(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch, last: str
) -> None:
    entered("100.00", "2026-01-10")
    assert number_all(1) == 1

    def fail(*_: Any) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(last, fail)
    with pytest.raises(OSError, match="space"), acting("manager") as actor:
        export_journal(actor=actor, first=date(2026, 1, 1), last=date(2026, 1, 31))

    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_refuses_what_cannot_be_exported(client_of: Client) -> None:
    client = client_of("auditor")

    backward = export(client, {"first": "2026-02-01", "last": "2026-01-01"})
    empty = export(client)
    unknown = client.get(f"{PATH}/01900000-0000-7000-8000-00000000dead")

    assert [(each.status_code, each.json()["code"]) for each in (backward, empty, unknown)] == [
        (400, "period_backward"),
        (409, "nothing_to_export"),
        (404, "journal_export_not_found"),
    ]


def test_another_company_gets_none_of_it(client_of: Client) -> None:
    entered("100.00", "2026-01-10")
    assert number_all(1) == 1
    made = export(client_of("auditor")).json()
    client = client_of("outsider")

    answers = [client.get(f"{PATH}/{made['id']}"), client.get(f"{PATH}/{made['id']}/download")]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert client.get(PATH).json()["total"] == 0
    assert export(client).status_code == 409


def test_what_has_no_number_yet_is_counted_and_left_out(client_of: Client) -> None:
    entered("100.00", "2026-01-10")
    assert number_all(1) == 1
    entered("5.00", "2026-01-12")

    made = export(client_of("auditor")).json()

    assert (made["entries"], made["left_out"]) == (1, 1)
