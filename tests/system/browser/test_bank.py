"""The bank: a statement explained and reconciled, a drawer brought to the bank, and a faulty file repaired."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect

from tests.cast import NORTH
from tests.system.browser.serving import Served, wait_until
from tests.system.browser.visitor import Visitor

pytestmark = pytest.mark.system
MAPPED = "select count(*) from bank_statement_mappings where company_id = %s"
CLOSING = "select closing from bank_statements where company_id = %s order by created_at desc limit 1"
UNBOOKED = "select count(*) from bank_statements where company_id = %s and status <> 'booked'"
COLUMNS = {
    "name": "House bank",
    "date_column": "Date",
    "amount_column": "Amount",
    "payer_name_column": "Payer",
    "text_column": "Text",
    "balance_column": "Balance",
}
HEADINGS = "driver_number,payment_method,amount,currency,payment_date"


def today() -> date:
    """North Taxi's day."""
    return datetime.now(ZoneInfo("America/New_York")).date()


def upload(visitor: Visitor, name: str, *rows: str) -> None:
    """Choose a file of these rows on the page that takes files, and wait until it is worked off."""
    content = ("\n".join(rows) + "\n").encode()
    file = {"name": name, "mimeType": "text/csv", "buffer": content}
    visitor.page.locator("input[type=file]").set_input_files(file)
    visitor.press("Take it")
    visitor.page.wait_for_url(re.compile("/payments/paymentbatch/"))
    status = visitor.page.locator("[data-figure=status]")
    expect(status).to_have_text(re.compile("Completed"), timeout=60_000)


def take_statement(visitor: Visitor, served: Served, *lines: tuple[str, str, str]) -> None:
    """Import yesterday's statement with these lines (amount, payer, text), after the one before it."""
    if not served.value(MAPPED, NORTH):
        visitor.go("/admin/bank/statementmapping/add/")
        for name, column in COLUMNS.items():
            visitor.page.locator(f"#id_{name}").fill(column)
        visitor.page.locator("#id_date_form").select_option("ymd")
        visitor.press("Save")
        visitor.page.wait_for_url(re.compile("/statementmapping/$"))
    before = served.rows(CLOSING, NORTH)
    balance = before[0][0] if before else Decimal(0)
    day = today() - timedelta(days=1)
    rows = ["Date,Amount,Payer,Text,Balance"]
    for amount, payer, text in lines:
        balance += Decimal(amount)
        rows.append(f"{day},{amount},{payer},{text},{balance}")
    visitor.go("/admin/uploads/payments/")
    visitor.page.get_by_label("A bank's statement").check()
    upload(visitor, "statement.csv", *rows)
    wait_until("the statement", lambda: not served.value(UNBOOKED, NORTH))


def open_line(visitor: Visitor, text: str) -> None:
    """The line that says so, from the desk."""
    visitor.go("/admin/bank/desk/")
    visitor.page.locator("[data-line]", has_text=text).get_by_role("link").click()
    visitor.page.wait_for_url(re.compile("/bank/desk/."))


def say(visitor: Visitor, kind: str, what: str = "") -> None:
    """Choose what the line is, name it, and confirm."""
    visitor.page.locator("select[name=kind-0]").select_option(kind)
    if what:
        visitor.page.locator("input[name=what-0]").fill(what)
    visitor.press("Show what would happen")
    visitor.sees("Nothing has happened yet")
    visitor.press("Confirm")


def test_a_statement_is_explained_and_reconciled(visitor_of: Callable[..., Visitor], served: Served) -> None:
    visitor = visitor_of("north-manager")
    take_statement(
        visitor, served, ("310.00", "Somebody Unknown", "for the week"), ("-12.00", "", "Monthly account fee")
    )

    open_line(visitor, "Monthly account fee")
    visitor.shoot("bank-line")
    say(visitor, "charges")
    visitor.sees("12.00 USD: bank charges.")
    open_line(visitor, "Somebody Unknown")
    visitor.page.locator("#line-q").fill("Driver 1")
    visitor.page.locator("#line-q").press("Enter")
    visitor.page.locator("[data-use='Driver 1']").first.click()
    expect(visitor.page.locator("input[name=what-0]")).to_have_value("Driver 1")
    say(visitor, "payment")
    visitor.sees("310.00 USD: new payment.")

    visitor.go("/admin/bank/today/")
    visitor.shoot("bank-today")
    visitor.press("Reconcile Operating")
    visitor.sees("Every line is explained.")
    visitor.shoot("bank-reconciliation")
    pdf = visitor.page.request.get(f"{visitor.page.url}?format=pdf")
    assert pdf.body()[:5] == b"%PDF-"
    visitor.press(re.compile("^Confirm: reconciled until"))
    visitor.press("Confirm: Reconciled")
    visitor.sees(re.compile("is reconciled until"))

    kinds = "select kind from bank_explanations where company_id = %s and status = 'live' order by kind"
    assert {"charges", "payment"} <= {kind for (kind,) in served.rows(kinds, NORTH)}
    assert served.value("select count(*) from payments where company_id = %s and amount = 310", NORTH) == 1
    assert served.value("select count(*) from bank_reconciliations where company_id = %s", NORTH) == 1


def test_a_drawer_is_brought_to_the_bank(visitor_of: Callable[..., Visitor], served: Served) -> None:
    visitor = visitor_of("north-manager")
    page = visitor.page
    visitor.go("/admin/bank/drawersession/")
    visitor.press("Open my drawer")
    page.locator("input[name=amount]").fill("0.00")
    visitor.press("Show what would happen")
    visitor.press(re.compile("^Confirm"))
    visitor.sees(re.compile("is open with 0.00"))
    visitor.go("/admin/uploads/payments/")
    upload(visitor, "cash.csv", HEADINGS, f"DRV-101,cash,125.00,USD,{today()}")

    visitor.go("/admin/bank/drawersession/?status__exact=open")
    page.locator("#result_list tbody th a").first.click()
    visitor.press("Count")
    page.locator("input[name=amount]").fill("125.00")
    visitor.press("Show what would happen")
    visitor.sees(re.compile("125.00 counted, 125.00 expected, difference 0.00"))
    visitor.press(re.compile("^Confirm"))
    visitor.page.wait_for_url(re.compile("/change/"))
    visitor.go("/admin/bank/depositslip/")
    visitor.press("Make up a slip")
    page.get_by_label(re.compile("Cash out of the office's drawer")).fill("125.00")
    visitor.press("Show what would happen")
    visitor.press(re.compile("^Confirm"))
    visitor.sees(re.compile("is made up"))
    page.locator("#result_list tbody th a").first.click()
    visitor.press("Close")
    visitor.press(re.compile("^Confirm"))
    visitor.sees(re.compile("is on its way to the bank"))
    slip = "select {} from bank_deposit_slips where company_id = %s order by number_order desc limit 1"
    number = served.value(slip.format("number"), NORTH)
    take_statement(visitor, served, ("125.00", "", "NIGHT SAFE 042"), ("-2.00", "", "Coin counting fee"))

    open_line(visitor, "NIGHT SAFE 042")
    say(visitor, "deposit_slip", number)
    visitor.sees("125.00 USD: deposit slip.")

    assert served.value(slip.format("status"), NORTH) == "cleared"


def test_a_faulty_row_is_repaired(visitor_of: Callable[..., Visitor], served: Served) -> None:
    visitor = visitor_of("north-manager")
    paid = "select count(*) from payments where company_id = %s and amount in (31.07, 32.07)"
    visitor.go("/admin/uploads/payments/")
    upload(
        visitor,
        "faulty.csv",
        HEADINGS,
        f"DRV-102,check,31.07,USD,{today()}",
        f"DRV-999,check,32.07,USD,{today()}",
    )
    expect(visitor.page.locator("[data-figure=failed_rows]")).to_have_text("1")
    assert served.value(paid, NORTH) == 1

    visitor.press("Repair the failed rows one by one")
    visitor.sees(re.compile("DRV-999"))
    visitor.shoot("batch-repair")
    visitor.page.locator("input[name=driver]").fill("DRV-103")
    visitor.press("Save and retry")
    visitor.page.wait_for_url(re.compile("/paymentbatch/[^/]+/change/"))

    wait_until("the repaired row", lambda: served.value(paid, NORTH) == 2)
