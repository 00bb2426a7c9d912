"""Money over the counter: by keyboard, on a tablet, once whatever is clicked; loans with their schedule."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from playwright.sync_api import Page, expect

from demo.companies import BIG_APPLE
from tests.system.browser.serving import PASSWORD, Served
from tests.system.browser.visitor import Visitor, sign_in

pytestmark = pytest.mark.system
LATEST = "select number from payments where driver_id = %s order by number_order desc, id desc limit 1"
PAID_BY = "select count(*) from payments where driver_id = %s"

# Who owes something depends on the day of the week, and on what a journey before has paid.
OWING = """
select d.id, d.driver_id from drivers d
join lease_drivers t on t.company_id = d.company_id and t.driver_id = d.id and t.role = 'Primary'
  and t.from_on <= current_date and (t.until_on is null or t.until_on > current_date)
join leases l on l.company_id = t.company_id and l.id = t.lease_id and l.status = 'Active'
join ledger_obligations o on o.company_id = l.company_id and o.lease_id = l.id and o.customer_id = d.customer_id
where d.company_id = %s and d.id <> 101 and o.status = 'open'
group by d.id, d.driver_id having sum(o.outstanding) >= 100 and count(distinct l.id) = 1
order by count(*) desc, d.id limit 1
"""


def find_driver(page: Page, text: str) -> None:
    """Type into the search, and pick who stands first."""
    expect(page.get_by_label("Who is it?")).to_be_focused()
    page.keyboard.type(text)
    expect(page.locator(".counter-found a").first).to_contain_text(text)
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("driver="))


def type_amount(visitor: Visitor, amount: str) -> None:
    """On the amounts' page: how much was received, for what is oldest."""
    visitor.page.locator("input[name=amount]").fill(amount)
    visitor.press("Fill oldest first")


def test_takes_a_payment_by_keyboard_alone(visitor_of: Callable[..., Visitor], served: Served) -> None:
    visitor = visitor_of("cashier")
    page = visitor.page
    visitor.go("/admin/counter/payment/")
    visitor.shoot("counter-find")

    find_driver(page, "DRV-101")
    expect(page.locator("input[name=amount]")).to_be_focused()
    page.keyboard.type("300.00")
    first = page.locator("[data-pays]").first
    while not first.evaluate("field => field === document.activeElement"):
        page.keyboard.press("Tab")
    page.keyboard.type("100.00")
    expect(page.locator("[data-figure=chosen]")).to_have_text("100.00")
    visitor.shoot("counter-amounts")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Nothing has happened yet.")).to_be_visible()
    visitor.shoot("counter-check")
    confirm = page.get_by_role("button", name=re.compile("^Confirm"))
    while not confirm.evaluate("button => button === document.activeElement"):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/counter/payment/INTPAY"))

    number = served.value(LATEST, 101)
    visitor.sees(re.compile(number))
    visitor.shoot("counter-receipt")
    amount, applied = served.rows(
        "select p.amount::text, (select sum(a.amount)::text from payment_allocations a where a.payment_id = p.id)"
        " from payments p where number = %s",
        number,
    )[0]
    assert (amount, applied) == ("300.00", "300.00")


def test_takes_a_payment_in_six_clicks(visitor_of: Callable[..., Visitor], served: Served) -> None:
    visitor = visitor_of("cashier")
    ((driver, name),) = served.rows(OWING, BIG_APPLE)
    before = served.value(PAID_BY, driver)
    visitor.go("/admin/")

    visitor.press("Take a payment")
    expect(visitor.page.get_by_label("Who is it?")).to_be_focused()
    visitor.page.keyboard.type(name)
    expect(visitor.page.locator(".counter-found a").first).to_contain_text(name)
    visitor.page.locator(".counter-found a").first.click()
    visitor.page.wait_for_url(re.compile("driver="))
    expect(visitor.page.locator("input[name=amount]")).to_be_focused()
    visitor.page.keyboard.type("24.00")
    visitor.press("Fill oldest first")
    visitor.press("Check")
    visitor.press(re.compile("^Confirm"))
    visitor.page.wait_for_url(re.compile(r"/counter/payment/INTPAY"))

    assert served.value(PAID_BY, driver) == before + 1
    assert 0 < visitor.clicks <= 6


def test_receipt_is_a_pdf(visitor_of: Callable[..., Visitor], served: Served) -> None:
    visitor = visitor_of("cashier")
    number = served.value("select number from payments where status = 'posted' order by number_order limit 1")
    visitor.go(f"/admin/counter/payment/{number}/")

    href = visitor.page.get_by_role("link", name="Receipt as PDF").get_attribute("href")
    answer = visitor.page.request.get(f"{visitor.url}{href}")

    assert answer.status == 200
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.body()[:5] == b"%PDF-"


@pytest.mark.parametrize("width", [390, 800])
def test_takes_a_payment_on_a_narrow_screen(
    visitor_of: Callable[..., Visitor], served: Served, width: int
) -> None:
    visitor = visitor_of("cashier", viewport={"width": width, "height": 844}, has_touch=True)
    page = visitor.page
    ((driver, name),) = served.rows(OWING, BIG_APPLE)
    before = served.value(PAID_BY, driver)
    visitor.go("/admin/counter/payment/")

    page.get_by_label("Who is it?").fill(name)
    page.locator(".counter-found a").first.tap()
    page.wait_for_url(re.compile("driver="))
    type_amount(visitor, f"{width}.00")
    visitor.shoot(f"narrow-{width}-amounts")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.get_by_role("button", name="Check", exact=True).tap()
    page.get_by_role("button", name=re.compile("^Confirm")).tap()
    page.wait_for_url(re.compile(r"/counter/payment/INTPAY"))
    visitor.shoot(f"narrow-{width}-receipt")

    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert served.value(PAID_BY, driver) == before + 1


def test_two_clicks_take_one_payment(visitor_of: Callable[..., Visitor], served: Served) -> None:
    visitor = visitor_of("cashier")
    ((driver, _),) = served.rows(OWING, BIG_APPLE)
    before = served.value(PAID_BY, driver)
    visitor.go(f"/admin/counter/payment/?driver={driver}")
    type_amount(visitor, "20.00")
    visitor.press("Check")

    visitor.page.get_by_role("button", name=re.compile("^Confirm")).dblclick()
    visitor.page.wait_for_url(re.compile(r"/counter/payment/INTPAY"))

    assert served.value(PAID_BY, driver) == before + 1


def test_going_back_and_sending_again_takes_no_second_payment(
    visitor_of: Callable[..., Visitor], served: Served
) -> None:
    visitor = visitor_of("cashier")
    ((driver, _),) = served.rows(OWING, BIG_APPLE)
    before = served.value(PAID_BY, driver)
    visitor.go(f"/admin/counter/payment/?driver={driver}")
    type_amount(visitor, "21.00")
    visitor.press("Check")
    visitor.press(re.compile("^Confirm"))
    visitor.page.wait_for_url(re.compile(r"/counter/payment/INTPAY"))

    visitor.page.go_back()
    expect(visitor.page).to_have_url(re.compile(r"/counter/payment/INTPAY"))
    visitor.sees("This payment has already been taken. This is its receipt.")

    assert served.value(PAID_BY, driver) == before + 1


def test_a_payment_survives_the_end_of_the_session(
    visitor_of: Callable[..., Visitor], served: Served
) -> None:
    visitor = visitor_of(None)
    sign_in(visitor.page, url=served.url, username="second", password=PASSWORD)
    visitor.go(f"/admin/counter/payment/?driver={served.rows(OWING, BIG_APPLE)[0][0]}")
    type_amount(visitor, "77.00")

    visitor.page.context.clear_cookies(name="sessionid")
    visitor.press("Check")
    expect(visitor.page).to_have_url(re.compile("/admin/login/"))
    visitor.page.get_by_label("Username").fill("second")
    visitor.page.get_by_label("Password").fill(PASSWORD)
    visitor.page.keyboard.press("Enter")

    expect(visitor.page).to_have_url(re.compile("/admin/counter/payment/"))
    expect(visitor.page.locator("input[name=amount]")).to_have_value("77.00")


def test_lends_after_seeing_the_schedule(visitor_of: Callable[..., Visitor], served: Served) -> None:
    visitor = visitor_of("cashier")
    page = visitor.page
    visitor.go("/admin/counter/loan/?driver=27")
    sunday = date.today() + timedelta(days=(6 - date.today().weekday()) % 7 or 7)  # noqa: DTZ011 - any Sunday ahead

    page.get_by_label("Loan amount").fill("600.00")
    page.get_by_label("Interest, percent a year").fill("10")
    page.get_by_label("First week").fill(sunday.isoformat())
    expect(page.locator(".counter-schedule tbody tr")).to_have_count(3)
    visitor.shoot("loan-schedule")
    visitor.press("Check")
    visitor.press("Confirm: Make the loan")
    page.wait_for_url(re.compile(r"/counter/loan/DLN"))

    visitor.shoot("loan-made")
    assert served.value("select count(*) from driver_loans where driver_id = 27") == 1
