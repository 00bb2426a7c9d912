"""The counter's day in the console: each action shows what it would do, then does exactly that."""

from __future__ import annotations

from decimal import Decimal

from django.urls import reverse

from bank.models import DepositSlip, DrawerSession
from batconnect.core.kernel.actors import Actor
from batconnect.core.models import Approval
from ledger import chart
from ledger.tests.vendors.builders import balance
from ledger.tests.vendors.test_console import confirm
from ledger.treasury.models import BankAccount
from payments.tests.test_drawers import take
from tests.console import browser

D = Decimal
WHY = "A driver was given too much change."


def test_a_drawer_is_opened_and_counted(manager: Actor) -> None:
    take(manager, "340.00")
    cashier = browser("cashier")

    shown = confirm(cashier, "bank_drawersession_open_till", {"pieces_10000": "3", "pieces_2000": "2"})
    session = DrawerSession.objects.get()
    counted = {"pieces_10000": "3", "pieces_2000": "1", "pieces_1000": "1", "pieces_25": "4", "reason": WHY}
    preview = confirm(cashier, "bank_drawersession_count", counted, session.id)

    session.refresh_from_db()
    assert "Office is open with 340.00 USD" in shown.summary
    assert (session.status, session.counted, session.difference) == ("counted", D("331.00"), D("-9.00"))
    assert "331.00 counted, 340.00 expected, difference -9.00 USD" in preview.summary
    assert [row[1] for row in preview.rows] == ["Cash, Cash", "Cash over and short"]
    page = cashier.get(reverse("admin:bank_drawersession_change", args=[session.id]))
    assert page.status_code == 200


def test_a_count_above_the_limit_says_that_it_waits(manager: Actor) -> None:
    take(manager, "340.00")
    cashier = browser("cashier")
    confirm(cashier, "bank_drawersession_open_till", {"amount": "340"})
    session = DrawerSession.objects.get()

    confirm(cashier, "bank_drawersession_count", {"amount": "300", "reason": WHY}, session.id)

    session.refresh_from_db()
    assert session.status == "waiting"
    assert Approval.objects.get().kind == "count"
    assert balance(manager, chart.CASH_OVER_SHORT) == 0


def test_a_slip_from_draft_to_the_bank_and_back(manager: Actor) -> None:
    take(manager, "340.00")
    first, second = take(manager, "60.00", method="check"), take(manager, "40.00", method="check")
    cashier, account = browser("cashier"), BankAccount.objects.get()
    form = {"bank_account": str(account.id), "cash_office": "200.00", f"check_{first.id.hex}": "on"}

    confirm(cashier, "bank_depositslip_make", {**form, "pieces_10000": "2"})
    slip = DepositSlip.objects.get()
    made = (slip.status, slip.cash, slip.check_count, slip.amount, slip.denominations)
    changed = {**form, "cash_office": "100.00", f"check_{second.id.hex}": "on"}
    confirm(cashier, "bank_depositslip_edit", changed, slip.id)
    confirm(cashier, "bank_depositslip_close", {}, slip.id)
    slip.refresh_from_db()
    closed = (slip.status, slip.cash, slip.check_count, slip.amount)
    printed = cashier.get(reverse("admin:bank_depositslip_print", args=[slip.id]))
    confirm(cashier, "bank_depositslip_reopen", {"reason": "The bank was closed."}, slip.id)
    confirm(cashier, "bank_depositslip_void", {"reason": "The bank was closed."}, slip.id)

    slip.refresh_from_db()
    assert made == ("draft", D("200.00"), 1, D("260.00"), [["100.00", 2]])
    assert closed == ("closed", D("100.00"), 2, D("200.00"))
    assert (printed.status_code, printed.content[:5]) == (200, b"%PDF-")
    assert slip.status == "voided"
    assert balance(manager, chart.cash("check")) == D("100.00")
