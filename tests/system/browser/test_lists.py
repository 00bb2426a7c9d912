"""Lists and what is around every page: orders, days, columns, views, menu, help, trouble with addresses and tabs."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from uuid import UUID

import pytest
from playwright.sync_api import expect

from console import badges
from demo.companies import BIG_APPLE
from tests.system.browser.serving import Served
from tests.system.browser.visitor import Visitor, cells

pytestmark = pytest.mark.system
LARGEST = """
select max(outstanding) from ledger_obligations where company_id = %s and status = 'open'
"""
WITH_CASH = """
select count(*) from payments where company_id = %s and unallocated > 0 and status = 'posted'
"""
# Nobody's: no row of any company has it.
NOBODYS = UUID(int=7)
FIRST_ROW = "#result_list tbody:first-of-type"
PHONE = {"width": 390, "height": 844}


def test_shows_the_largest_debt_in_one_click(visitor_of: Callable[..., Visitor], served: Served) -> None:
    visitor = visitor_of("auditor")
    visitor.go("/admin/ledger/obligation/")

    visitor.press("Largest debt first")
    visitor.page.wait_for_url(re.compile("sort=-outstanding"))
    visitor.shoot("list-largest-debt")

    assert visitor.clicks == 1
    amounts = visitor.page.locator(
        "#result_list td.field-outstanding, #result_list td.money"
    ).all_inner_texts()
    largest: Decimal = served.value(LARGEST, BIG_APPLE)
    assert f"{largest:,.2f}" in amounts[:2]


def test_narrows_to_last_month_in_one_click_and_back(visitor_of: Callable[..., Visitor]) -> None:
    visitor = visitor_of("auditor")
    visitor.go("/admin/payments/payment/")
    before = visitor.page.locator("#list-totals").inner_text()

    visitor.press("Last month")
    visitor.page.wait_for_url(re.compile("payment_date_in=last_month"))
    visitor.sees("Payment date: Last month")
    visitor.press("Last month")
    visitor.page.wait_for_url(lambda address: "last_month" not in address)

    assert visitor.clicks == 2
    expect(visitor.page.locator("#list-totals")).to_have_text(re.compile(re.escape(before.split()[1])))


def test_columns_stay_as_they_were_chosen(visitor_of: Callable[..., Visitor]) -> None:
    visitor = visitor_of("second")
    visitor.go("/admin/repairs/repairinvoice/?sort=-amount")
    before = len(cells(visitor.page)[0])

    visitor.page.get_by_text("Columns", exact=True).click()
    visitor.page.get_by_label("Lease", exact=True).uncheck()
    visitor.shoot("list-columns")
    visitor.press("Show these columns")
    visitor.page.wait_for_url(re.compile("sort=-amount"))
    visitor.go("/admin/repairs/repairinvoice/")

    assert len(cells(visitor.page)[0]) == before - 1
    expect(visitor.page.locator("#result_list thead").get_by_text("Lease", exact=True)).to_have_count(0)


def test_a_list_opens_with_the_persons_view(visitor_of: Callable[..., Visitor], served: Served) -> None:
    visitor = visitor_of("second")
    visitor.go("/admin/loans/driverloan/?status__exact=Open&sort=-amount")
    visitor.page.get_by_text("Saved views").click()
    visitor.press("Save this view, or manage…")
    visitor.page.get_by_label("Name", exact=True).fill("Large loans")
    visitor.press("Save")
    visitor.go("/admin/loans/driverloan/saved-filters/")
    visitor.press("Open the list with Large loans")
    visitor.sees("The list opens with Large loans.")
    visitor.shoot("saved-views")

    visitor.press("Driver loans")
    visitor.page.wait_for_url(re.compile("sort=-amount"))
    visitor.press("Show all")
    visitor.page.wait_for_url(re.compile("view=all"))

    kept = "select query from saved_filters where name = 'Large loans'"
    assert served.value(kept) == "sort=-amount&status__exact=Open"


def test_a_shared_view_is_opened_by_a_colleague(visitor_of: Callable[..., Visitor]) -> None:
    manager, cashier = visitor_of("manager"), visitor_of("cashier")
    manager.go("/admin/payments/invoice/saved-filters/?due_date_in=this_month")
    manager.page.get_by_label("Name", exact=True).fill("Due this month")
    manager.page.get_by_label(re.compile("for everybody in")).check()
    manager.press("Save")

    cashier.go("/admin/payments/invoice/")
    cashier.page.get_by_text(re.compile("^Saved views")).click()
    cashier.press("Due this month (shared)")

    expect(cashier.page).to_have_url(re.compile("due_date_in=this_month"))
    cashier.sees("Due date: This month")


def test_a_cashiers_menu_is_short_and_all_pages_has_the_rest(visitor_of: Callable[..., Visitor]) -> None:
    visitor = visitor_of("cashier")
    visitor.go("/admin/")
    lines = visitor.page.locator("#nav-sidebar-apps a").all_inner_texts()

    visitor.press("All pages")
    visitor.shoot("all-pages")
    visitor.page.locator("#main-part").get_by_role("link", name="Medallions").click()

    assert len(lines) <= 12
    expect(visitor.page).to_have_url(re.compile("/directory/medallion/"))
    assert visitor.clicks == 2


def test_the_menu_says_how_much_cash_waits(visitor_of: Callable[..., Visitor], served: Served) -> None:
    visitor = visitor_of("manager")
    visitor.go("/admin/")
    waiting = served.value(WITH_CASH, BIG_APPLE)

    line = visitor.page.locator("#nav-sidebar-apps a", has_text="Cash to allocate")

    assert waiting
    expect(line.locator(".menu-badge")).to_contain_text(
        str(waiting) if waiting <= badges.LARGEST else f"{badges.LARGEST}+"
    )


def test_reaches_the_content_by_two_keys(visitor_of: Callable[..., Visitor]) -> None:
    visitor = visitor_of("auditor")
    for path in ("/admin/", "/admin/ledger/obligation/", "/admin/reports/"):
        visitor.go(path)

        visitor.page.keyboard.press("Tab")
        expect(visitor.page.get_by_role("link", name="Skip to the content")).to_be_focused()
        visitor.page.keyboard.press("Enter")
        visitor.page.keyboard.press("Tab")

        assert visitor.page.evaluate("document.activeElement.closest('main') !== null"), path


def test_help_leads_to_the_section_on_the_page(visitor_of: Callable[..., Visitor]) -> None:
    visitor = visitor_of("cashier")
    visitor.go("/admin/workbench/")

    visitor.press("Help on this page, in the handbook")

    expect(visitor.page).to_have_url(re.compile("#5-allocate$"))
    expect(visitor.page.locator("[id='5-allocate']")).to_be_in_viewport()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_an_address_of_nothing_says_what_was_looked_for(
    visitor_of: Callable[..., Visitor], scheme: str
) -> None:
    visitor = visitor_of("cashier", color_scheme=scheme)
    visitor.allow(404)
    visitor.allow(403)

    visitor.go(f"/admin/payments/payment/{NOBODYS}/change/")
    visitor.sees(f"There is no payment “{NOBODYS}” in this company.")
    visitor.shoot(f"nothing-here-{scheme}")
    background = visitor.page.evaluate("getComputedStyle(document.querySelector('#main')).backgroundColor")
    visitor.page.locator("#main-part").get_by_role("link", name="Payments", exact=True).click()
    expect(visitor.page.locator("#result_list")).to_be_visible()
    visitor.go("/admin/counter/charge/")
    visitor.sees("Not allowed")

    assert (background == "rgb(255, 255, 255)") == (scheme == "light")
    expect(visitor.page.locator("#nav-sidebar-apps a").first).to_be_visible()


def test_pages_are_read_without_script(visitor_of: Callable[..., Visitor], served: Served) -> None:
    visitor = visitor_of("manager", java_script_enabled=False)
    customer = served.value("select customer_id from drivers where id = 101")

    for path, seen in (
        ("/admin/", "#main-part"),
        ("/admin/payments/payment/", f"{FIRST_ROW} th a"),
        (f"/admin/customers/{customer}/", "#main-part table"),
        ("/admin/reports/", "#main-part a"),
        ("/admin/workbench/", "#main-part a"),
    ):
        visitor.go(path)
        expect(visitor.page.locator(seen).first).to_be_visible()
        expect(visitor.page.get_by_role("link", name="Vendors", exact=True)).to_be_visible()
    visitor.page.get_by_role("link", name="Payments", exact=True).first.click()
    visitor.page.get_by_text("Columns", exact=True).click()

    expect(visitor.page.get_by_role("checkbox", name="Method")).to_be_visible()


def test_paper_shows_the_rows_alone(visitor_of: Callable[..., Visitor]) -> None:
    visitor = visitor_of("auditor")

    for path, rows in (
        ("/admin/ledger/obligation/", "#result_list"),
        ("/admin/reports/trial-balance/", "#main-part table"),
    ):
        visitor.go(path)
        visitor.page.emulate_media(media="print")
        expect(visitor.page.locator(rows).first).to_be_visible()
        for hidden in ("#nav-sidebar", ".skip-link", "#main > header"):
            expect(visitor.page.locator(hidden)).to_be_hidden()
        visitor.shoot(f"paper-{path.split('/')[-2]}")
        visitor.page.emulate_media(media="screen")


def test_two_tabs_void_one_payment(visitor_of: Callable[..., Visitor], served: Served) -> None:
    pk = served.value(
        "select id from payments where company_id = %s and status = 'posted' and driver_id is not null"
        " order by number_order limit 1 offset 6",
        BIG_APPLE,
    )
    first, second = visitor_of("manager"), visitor_of("manager")
    for visitor in (first, second):
        visitor.go(f"/admin/payments/payment/{pk}/void/")
        visitor.page.locator("[name=reason]").fill("Taken in two tabs.")
        visitor.press("Show what would happen")
        visitor.sees("Nothing has happened yet.")

    first.press(re.compile("^Confirm"))
    first.page.wait_for_url(re.compile("/change/"))
    second.press(re.compile("^Confirm"))
    second.page.wait_for_load_state()
    second.shoot("second-tab-told")

    said = (
        "select count(*) from ledger_entries where event = 'payment_voided' and reason = 'Taken in two tabs.'"
    )
    assert served.value("select status from payments where id = %s", pk) == "voided"
    assert served.value(said) == 1


def test_going_back_to_a_confirmed_page_does_nothing_twice(
    visitor_of: Callable[..., Visitor], served: Served
) -> None:
    visitor = visitor_of("manager")
    page = visitor.page
    visitor.go("/admin/counter/charge/?driver=101")
    page.get_by_label("What for").select_option("MISC")
    page.get_by_label("Reference").fill("KEY-BACK-1")
    page.get_by_label("Amount").fill("12.00")
    visitor.press("Check")
    visitor.press("Confirm: add the charge")
    page.wait_for_url(re.compile(r"/counter/charge/[0-9a-f-]{36}/"))

    page.go_back()
    page.wait_for_load_state()
    again = page.get_by_role("button", name="Confirm: add the charge")
    if again.count():
        again.click()
        page.wait_for_load_state()
    visitor.shoot("back-after-confirming")

    assert served.value("select count(*) from ledger_obligations where reference_id = 'KEY-BACK-1'") == 1


def test_on_a_phone_without_script_the_page_stands_before_the_menu(
    visitor_of: Callable[..., Visitor], served: Served
) -> None:
    visitor = visitor_of("manager", java_script_enabled=False, viewport=PHONE)
    page, customer = visitor.page, served.value("select customer_id from drivers where id = 101")

    for name, path in (
        ("today", "/admin/"),
        ("list", "/admin/payments/payment/"),
        ("customer", f"/admin/customers/{customer}/"),
        ("counter", "/admin/counter/payment/"),
        ("report", "/admin/reports/trial-balance/"),
    ):
        visitor.go(path)
        main, menu = (page.locator(each).bounding_box() for each in ("#main-part", "#nav-sidebar"))
        assert main is not None
        assert menu is not None
        assert main["y"] < PHONE["height"] / 2, "the page is what one sees first"
        assert menu["y"] >= main["y"] + main["height"], "the menu comes after it"
        visitor.shoot(f"phone-without-script-{name}")
    page.get_by_role("link", name="Menu, below the page").click()

    expect(page.locator("#nav-sidebar").get_by_role("link", name="Payments", exact=True)).to_be_in_viewport()
    page.locator("#nav-sidebar").get_by_role("link", name="Payments", exact=True).click()
    expect(page.locator(f"{FIRST_ROW} th a")).to_be_visible()
