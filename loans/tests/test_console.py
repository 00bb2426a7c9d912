"""The console's pages on loans and on the matrix."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from batconnect.core.database.tenancy import set_company
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.models import User
from ledger.repayment.models import RepaymentBand, RepaymentMatrix
from ledger.repayment.services.matrix import matrix_on
from ledger.tests.builders import Debtor
from loans.models import DriverLoan
from loans.tests.builders import lend
from tests.cast import NORTH, STAFF
from tests.console import seen_on


@pytest.fixture
def console_of(manager: Actor) -> Callable[[str], Any]:
    def make(username: str) -> Client:
        client = Client(raise_request_exception=True)
        client.force_login(
            User.objects.get(id=STAFF[username][0]), backend="django.contrib.auth.backends.ModelBackend"
        )
        return client

    return make


def in_north() -> None:
    set_company(NORTH, metadata={"job": "test"})


def test_shows_loans_and_their_schedules(
    console_of: Callable[[str], Any], manager: Actor, debtor: Debtor
) -> None:
    loan = lend(manager, debtor)

    listed = console_of("auditor").get("/admin/loans/driverloan/")
    in_north()
    shown = console_of("manager").get(f"/admin/loans/driverloan/{loan.id}/change/")

    assert loan.number in listed.content.decode()
    assert "Post due installments" not in listed.content.decode()
    page = shown.content.decode()
    assert f"{loan.number}-05" in page
    assert f"/admin/loans/driverloan/{loan.id}/hold/" in page
    assert "/release/" not in page


def test_holds_a_loan_after_asking_why(
    console_of: Callable[[str], Any], manager: Actor, debtor: Debtor
) -> None:
    loan = lend(manager, debtor)
    console, url = console_of("manager"), f"/admin/loans/driverloan/{loan.id}/hold/"
    why = {"reason": "The driver disputes it."}

    refused = console.post(url, {"reason": "x"})
    confirmation = console.post(url, why)
    in_north()
    before = DriverLoan.objects.get().status
    done = console.post(url, {**why, **seen_on(confirmation)})
    again = console.post(url, {**why, **seen_on(confirmation)})
    in_north()

    assert "at least 3 characters" in refused.content.decode()
    assert "nothing more of it is posted" in confirmation.content.decode()
    assert before == "Open"
    assert (done.status_code, again.status_code) == (302, 302)
    assert DriverLoan.objects.get().status == "Hold"


def test_shows_what_paying_off_posts(
    console_of: Callable[[str], Any], manager: Actor, debtor: Debtor
) -> None:
    loan = lend(manager, debtor)
    console, url = console_of("manager"), f"/admin/loans/driverloan/{loan.id}/payoff/"

    confirmation = console.post(url)
    in_north()
    before = set(DriverLoan.objects.values_list("installments__status", flat=True))
    console.post(url, seen_on(confirmation))
    in_north()

    assert "Loan principal not yet due" in confirmation.content.decode()
    assert before == {"Scheduled"}
    assert set(DriverLoan.objects.values_list("installments__status", flat=True)) == {"Posted"}


def test_says_what_it_would_post_before_posting(
    console_of: Callable[[str], Any], manager: Actor, debtor: Debtor
) -> None:
    start = today(manager.company) - timedelta(days=21)
    start -= timedelta(days=start.isoweekday() % 7)
    lend(manager, debtor, "450.00", loan_date=start, start_week=start)
    console, url = console_of("manager"), "/admin/loans/driverloan/post-due/"
    day = {"up_to": today(manager.company).isoformat()}

    confirmation = console.post(url, day)
    in_north()
    before = set(DriverLoan.objects.values_list("installments__status", flat=True))
    console.post(url, {**day, **seen_on(confirmation)})
    again = console.post(url, {**day, **seen_on(confirmation)}, follow=True)
    in_north()

    assert ": 4 installments," in confirmation.content.decode()
    assert "400.00 USD in all" in confirmation.content.decode()
    assert before == {"Scheduled"}
    assert "nothing was done" in again.content.decode()
    assert list(DriverLoan.objects.values_list("installments__status", flat=True)).count("Posted") == 4


def test_a_cashier_neither_holds_nor_posts(
    console_of: Callable[[str], Any], manager: Actor, debtor: Debtor
) -> None:
    loan = lend(manager, debtor)
    console = console_of("cashier")

    for url in (f"/admin/loans/driverloan/{loan.id}/hold/", "/admin/loans/driverloan/post-due/"):
        console.post(url, {"reason": "The driver disputes it."})
        in_north()

    assert DriverLoan.objects.get().status == "Open"


def test_a_manager_adds_the_next_version_of_the_matrix(
    console_of: Callable[[str], Any], manager: Actor
) -> None:
    console = console_of("manager")
    day = today(manager.company)

    page = console.get("/admin/ledger/repaymentmatrix/add/")
    in_north()
    saved = console.post(
        "/admin/ledger/repaymentmatrix/add/",
        {
            "effective_from": day.isoformat(),
            "up_to_1": "400.00",
            "weekly_1": "",
            "up_to_2": "",
            "weekly_2": "50.00",
        },
    )
    in_north()

    assert "1,000.00" in page.content.decode()
    assert saved.status_code == 302
    assert list(RepaymentMatrix.objects.order_by("version").values_list("version", flat=True)) == [1, 2]
    now = matrix_on(actor=manager, day=day)
    assert (now.version, len(now.bands)) == (2, 2)
    assert matrix_on(actor=manager, day=day - timedelta(days=1)).version == 1
    assert RepaymentBand.objects.filter(matrix__version=1).count() == 5


def test_a_schedule_keeps_the_version_it_was_made_with(manager: Actor, debtor: Debtor) -> None:
    from decimal import Decimal

    from ledger.repayment.rules import Band
    from ledger.repayment.services.matrix import change_matrix

    before = lend(manager, debtor)
    change_matrix(
        actor=manager,
        effective_from=today(manager.company),
        bands=[Band(Decimal("0.00"), None, Decimal("500.00"))],
    )
    after = lend(manager, debtor)

    assert (before.installment_count, after.installment_count) == (5, 2)
    before.refresh_from_db()
    assert (before.matrix.version, after.matrix.version) == (1, 2)
