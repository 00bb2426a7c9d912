"""The counter's day by API: open, count, slip, close, report; every refusal writes nothing."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db.models import Sum

from bank.models import DepositSlip, DrawerSession
from bank.querysets.received import received_deposited
from bank.services.slips import close_slip
from bank.tests.builders import book
from bank.tests.test_slips import closed_slip, explain, slip_of
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from ledger import chart
from ledger.models import Posting
from ledger.tests.treasury.builders import pay_out
from ledger.tests.vendors.builders import balance
from payments.services.voids import void_payment
from payments.tests.billing import post
from payments.tests.test_drawers import take
from tests.cast import StaffClient

SESSIONS = "/api/accounting/drawer-sessions"
SLIPS = "/api/accounting/deposit-slips"
REPORT = "/api/accounting/reports/received-deposited"
WHY = "A driver was given too much change."
D = Decimal
Clients = Callable[..., StaffClient]


def test_a_drawer_is_opened_and_counted(manager: Actor, client_of: Clients) -> None:
    cashier = client_of("cashier")
    take(manager, "340.00")

    opened = post(cashier, SESSIONS, {"denominations": [{"denomination": 20, "pieces": 17}]})

    assert opened.status_code == 201, opened.content
    assert opened.json()["status"] == "open"
    assert b'"counts":[{"attempt":0,"denomination":20.00,"pieces":17,"amount":340.00}]' in opened.content
    path = f"{SESSIONS}/{opened.json()['id']}"
    again = post(cashier, SESSIONS, {"amount": 340})
    assert (again.status_code, again.json()["code"]) == (409, "drawer_open")
    refused = post(cashier, f"{path}/count", {"amount": "338.50"})
    assert (refused.status_code, refused.json()["code"]) == (400, "reason_length")

    counted = post(cashier, f"{path}/count", {"amount": "338.50", "reason": WHY})

    assert counted.status_code == 200, counted.content
    assert b'"difference":-1.50' in counted.content
    assert balance(manager, chart.CASH_OVER_SHORT) == D("1.50")
    assert cashier.get(path).json()["entry_id"] == counted.json()["entry_id"]
    assert [each["id"] for each in cashier.get(SESSIONS, {"status": "counted"}).json()["results"]] == [
        opened.json()["id"]
    ]
    assert client_of("outsider").get(path).status_code == 404


def test_a_count_above_the_limit_waits(manager: Actor, client_of: Clients) -> None:
    cashier = client_of("cashier")
    take(manager, "340.00")
    opened = post(cashier, SESSIONS, {"amount": 340})

    asked = post(cashier, f"{SESSIONS}/{opened.json()['id']}/count", {"amount": 300, "reason": WHY})

    assert asked.status_code == 202, asked.content
    assert asked.json()["kind"] == "count"
    assert DrawerSession.objects.get().status == "waiting"
    assert balance(manager, chart.CASH_OVER_SHORT) == 0


def test_a_slip_is_made_up_changed_closed_reopened_and_voided(manager: Actor, client_of: Clients) -> None:
    cashier = client_of("cashier")
    take(manager, "250.00")
    first, second = take(manager, "60.00", method="check"), take(manager, "40.00", method="check")
    here = cashier.get("/api/accounting/checks-here").json()
    assert {each["payment_id"] for each in here["results"]} == {str(first.id), str(second.id)}

    made = post(cashier, SLIPS, {"cash": [{"amount": 120}], "payment_ids": [str(first.id)]})

    assert made.status_code == 201, made.content
    path = f"{SLIPS}/{made.json()['id']}"
    changed = cashier.patch(
        path,
        {
            "payment_ids": [str(first.id), str(second.id)],
            "denominations": [{"denomination": 20, "pieces": 6}],
        },
        format="json",
    )
    assert changed.status_code == 200, changed.content
    assert b'"amount":220.00' in changed.content
    assert [each["payment_number"] for each in changed.json()["items"]] == [
        None,
        first.number,
        second.number,
    ]
    assert cashier.get("/api/accounting/checks-here").json()["total"] == 0

    closed = post(cashier, f"{path}/close", {})
    assert (closed.status_code, closed.json()["status"]) == (200, "closed")
    assert [each["number"] for each in cashier.get(SLIPS, {"status": "closed"}).json()["results"]] == [
        made.json()["number"]
    ]
    twice = post(cashier, f"{path}/close", {})
    assert (twice.status_code, twice.json()["code"]) == (409, "slip_not_draft")
    reopened = post(cashier, f"{path}/reopen", {"reason": "The bank was closed already."})
    assert (reopened.status_code, reopened.json()["status"]) == (200, "draft")
    voided = post(cashier, f"{path}/void", {"reason": "The bank was closed already."})
    assert (voided.status_code, voided.json()["status"]) == (200, "voided")
    assert cashier.get("/api/accounting/checks-here").json()["total"] == 2
    assert client_of("outsider").get(path).status_code == 404


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"cash": [{"amount": 0}]}, "not_positive"),
        ({"cash": [{"amount": 5, "drawer_id": "01900000-0000-7000-8000-0000000000d1"}]}, "drawer_not_found"),
        ({"payment_ids": ["01900000-0000-7000-8000-0000000000a1"]}, "not_depositable"),
        (
            {"cash": [{"amount": 5}], "denominations": [{"denomination": 3, "pieces": 1}]},
            "unknown_denomination",
        ),
        (
            {"cash": [{"amount": 5}], "denominations": [{"denomination": 1, "pieces": 4}]},
            "count_does_not_add_up",
        ),
        ({"currency": "EUR", "cash": [{"amount": 5}]}, "no_bank_account"),
        ({"bank_account_id": "01900000-0000-7000-8000-0000000000b1"}, "bank_account_not_found"),
    ],
)
def test_refused_slips(manager: Actor, client_of: Clients, body: dict[str, Any], code: str) -> None:
    refused = post(client_of("manager"), SLIPS, body)

    named = [refused.json()["code"], *(each.get("code") for each in refused.json().get("errors", []))]
    assert refused.status_code in (400, 404), refused.content
    assert code in named
    assert not DepositSlip.objects.exists()


def test_the_slip_as_a_pdf(manager: Actor, client_of: Clients) -> None:
    slip, _, _ = closed_slip(manager)
    client = client_of("manager")

    attached = client.get(f"{SLIPS}/{slip.id}", {"format": "pdf"})
    assert attached.status_code == 200
    assert attached["Content-Type"] == "application/pdf"
    assert slip.number in attached["Content-Disposition"]
    link = client.get(f"{SLIPS}/{slip.id}").json()["slip_pdf_url"]
    assert client_of("manager").get(link).content[:5] == b"%PDF-"


def test_the_report_ties_to_the_ledger(manager: Actor, client_of: Clients) -> None:
    slip, _, _ = closed_slip(manager)
    void_payment(actor=manager, payment_id=take(manager, "7.00").id, reason=WHY)
    pay_out(manager, "5.00", method="cash")
    take(manager, "9.00", method="check")
    take(manager, "11.00", method="card")
    explain(manager, "300.00", slip)
    waiting = slip_of(manager, cash="20.00")
    close_slip(actor=manager, slip_id=waiting.id)
    book(manager, "77.00")

    body = client_of("auditor").get(REPORT).json()

    rows = {row["method"]: row for row in body["rows"]}
    assert {key: D(str(rows["cash"][key])) for key in ("received", "other", "deposited", "at_bank")} == {
        "received": D("250"),
        "other": D("-5"),
        "deposited": D("220"),
        "at_bank": D("200"),
    }
    assert {key: D(str(rows["check"][key])) for key in ("received", "deposited", "at_bank", "here")} == {
        "received": D("109"),
        "deposited": D("100"),
        "at_bank": D("100"),
        "here": D("9"),
    }
    day = today(manager.company)
    by_method = received_deposited(actor=manager, first=day, last=day)
    cash = Posting.objects.filter(account__code__startswith="cash:").aggregate(total=Sum("amount"))["total"]
    on_its_way = Posting.objects.filter(account__code__startswith="deposits_in_transit:")
    assert sum(row.here for row in by_method) == cash
    assert sum(row.in_transit for row in by_method) == on_its_way.aggregate(total=Sum("amount"))["total"]
    for row in by_method:
        assert row.here == row.received + row.other + row.over_short - row.deposited


def test_the_report_refuses_a_period_that_ends_before_it_begins(manager: Actor, client_of: Clients) -> None:
    refused = client_of("manager").get(REPORT, {"date_from": "2026-02-01", "date_to": "2026-01-01"})

    assert refused.status_code == 400
