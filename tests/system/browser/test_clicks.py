"""What people do all day, in as few clicks as promised: a charge, a premium, a plan."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from demo.companies import BIG_APPLE
from tests.system.browser.serving import Served
from tests.system.browser.test_counter import OWING, find_driver
from tests.system.browser.visitor import Visitor

pytestmark = pytest.mark.system
# A policy that owes something of which no payment is in progress.
PAYABLE = """
select r.policy_number, r.id from renewal_cases r
join customer_installments i on i.company_id = r.company_id and i.renewal_case_id = r.id
join ledger_obligations o on o.company_id = i.company_id and o.id = i.obligation_id and o.status = 'open'
where r.company_id = %s and not exists (
  select from customer_payment_items y join customer_payments c on c.company_id = y.company_id
    and c.id = y.customer_payment_id
  where y.company_id = r.company_id and c.renewal_case_id = r.id and y.is_open
) {without_plan} group by r.policy_number, r.id order by r.id desc limit 1
"""
WITHOUT_PLAN = """and not exists (
  select from payment_plans p
  where p.company_id = r.company_id and p.renewal_case_id = r.id and p.status = 'active'
)"""
# Ten write-offs that the manager asked for.
ASK_TEN = """
insert into approvals (id, company_id, kind, status, subject_type, subject_id, title, customer_id, amount, currency,
  parameters, holds, reason, requested_by_id, decision_reason, outcome)
select gen_random_uuid(), company_id, 'write_off', 'pending_approval', 'ledger.obligation', id::text,
  'Ten at once: ' || left(reference_id, 60), customer_id, 1, currency,
  jsonb_build_object('obligation_id', id, 'amount', '1.00'), '', 'Too small to be collected.',
  (select id from users where username = 'manager'), '', '{}'
from ledger_obligations o where company_id = %s and status = 'open' and outstanding > 1 order by o.id desc limit 10
"""
# Of a category, what somebody owes and has paid nothing of.
UNPAID = """
select customer_id, min(reference_id), count(*) from ledger_obligations
where company_id = %s and status = 'open' and category = 'MISC' and outstanding = original
group by customer_id order by count(*) desc, customer_id limit 1
"""
APPROVED = "select count(*) from approvals where title like 'Ten at once: %%' and status = 'approved'"
PLANNED = "select installment_count from payment_plans where renewal_case_id = %s and status = 'active'"
PAID = "select count(*) from customer_payments where renewal_case_id = %s and status = 'completed'"


def count(visitor: Visitor, *, at_most: int) -> None:
    """The clicks of the mouse so far."""
    assert 0 < visitor.clicks <= at_most


def test_adds_a_charge_in_five_clicks(visitor_of: Callable[..., Visitor], served: Served) -> None:
    visitor = visitor_of("manager")
    page = visitor.page
    ((_, name),) = served.rows(OWING, BIG_APPLE)
    visitor.go("/admin/")

    visitor.press("Add a charge")
    find_driver(page, name)
    page.get_by_label("What for").select_option("PVB")
    page.get_by_label("Reference").fill("SUM-CLICKS-1")
    page.get_by_label("Amount").fill("115.00")
    visitor.shoot("charge-form")
    visitor.press("Check")
    expect(page.get_by_text("Nothing has happened yet.")).to_be_visible()
    visitor.shoot("charge-check")
    visitor.press("Confirm: add the charge")
    page.wait_for_url(re.compile(r"/counter/charge/[0-9a-f-]{36}/"))

    visitor.shoot("charge-made")
    count(visitor, at_most=5)
    assert (
        served.value("select original::text from ledger_obligations where reference_id = 'SUM-CLICKS-1'")
        == "115.00"
    )


def test_adds_a_charge_from_the_customers_page(visitor_of: Callable[..., Visitor], served: Served) -> None:
    visitor = visitor_of("manager", viewport={"width": 390, "height": 844}, has_touch=True)
    page = visitor.page
    customer = served.value("select customer_id from drivers where id = 101")
    visitor.go(f"/admin/customers/{customer}/")

    visitor.press("Add a charge")
    page.get_by_label("What for").select_option("MISC")
    page.get_by_label("Reference").fill("KEY-CLICKS-1")
    page.get_by_label("Amount").fill("20")
    visitor.shoot("narrow-charge-form")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    visitor.press("Check")
    visitor.press("Confirm: add the charge")
    page.wait_for_url(re.compile(r"/counter/charge/[0-9a-f-]{36}/"))

    visitor.shoot("narrow-charge-made")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    count(visitor, at_most=4)


def test_two_clicks_add_one_charge(visitor_of: Callable[..., Visitor], served: Served) -> None:
    visitor = visitor_of("manager")
    page = visitor.page
    visitor.go("/admin/counter/charge/?driver=101")
    page.get_by_label("What for").select_option("MISC")
    page.get_by_label("Reference").fill("KEY-CLICKS-2")
    page.get_by_label("Amount").fill("21")
    visitor.press("Check")

    page.get_by_role("button", name=re.compile("^Confirm")).dblclick()
    page.wait_for_url(re.compile(r"/counter/charge/[0-9a-f-]{36}/"))
    page.go_back()

    visitor.sees("This charge has already been added. Here it is.")
    assert served.value("select count(*) from ledger_obligations where reference_id = 'KEY-CLICKS-2'") == 1


def test_issues_an_invoice(visitor_of: Callable[..., Visitor], served: Served) -> None:
    visitor = visitor_of("manager", color_scheme="dark")
    page = visitor.page
    customer = served.value("select customer_id from drivers where id = 101")
    visitor.go(f"/admin/counter/invoice/?customer={customer}")

    page.locator("#line-0-description").fill("Keys")
    page.locator("#line-0-unit_price").fill("1,200.50")
    visitor.shoot("invoice-form")
    visitor.press("Check")
    expect(page.get_by_text("An invoice of 1,200.50 USD")).to_be_visible()
    visitor.shoot("invoice-check")
    visitor.press("Confirm: issue the invoice")
    page.wait_for_url(re.compile(r"/counter/invoice/[0-9a-f-]{36}/"))

    visitor.shoot("invoice-made")
    assert served.value("select count(*) from invoices where total = 1200.50") == 1


def test_makes_a_plan_in_six_clicks(visitor_of: Callable[..., Visitor], served: Served) -> None:
    visitor = visitor_of("cashier")
    page = visitor.page
    ((policy, case),) = served.rows(PAYABLE.format(without_plan=WITHOUT_PLAN), BIG_APPLE)
    visitor.go("/admin/")

    visitor.press("Renewal cases")
    page.locator(f"#result_list a[href*='/renewalcase/{case}/']").first.click()
    visitor.press("Make a plan")
    visitor.shoot("plan-form")
    page.get_by_label(re.compile("^4 installments, monthly")).check()
    visitor.press("Show what would happen")
    expect(page.get_by_text(re.compile(f"{policy} is paid in 4 installments"))).to_be_visible()
    visitor.shoot("plan-check")
    visitor.press("Confirm: Make a payment plan")
    page.wait_for_url(re.compile(r"/change/$"))

    count(visitor, at_most=6)
    assert served.value(PLANNED, case) == 4


def test_pays_a_premium_in_five_clicks(visitor_of: Callable[..., Visitor], served: Served) -> None:
    visitor = visitor_of("cashier")
    page = visitor.page
    ((_, case),) = served.rows(PAYABLE.format(without_plan=""), BIG_APPLE)
    before = served.value(PAID, case)
    visitor.go("/admin/")

    visitor.press("Renewal cases")
    page.locator(f"#result_list a[href*='/renewalcase/{case}/']").first.click()
    visitor.press(re.compile("Take a premium payment$"))
    visitor.shoot("premium-form")
    visitor.press("Show what would happen")
    visitor.shoot("premium-check")
    visitor.press("Confirm: Take a premium payment")
    page.wait_for_url(re.compile(r"/change/$"))

    count(visitor, at_most=5)
    assert served.value(PAID, case) == before + 1


def test_approves_ten_requests_in_five_clicks(visitor_of: Callable[..., Visitor], served: Served) -> None:
    visitor = visitor_of("second")
    page = visitor.page
    served.rows(ASK_TEN, BIG_APPLE)
    visitor.go("/admin/")

    visitor.press(re.compile("^Approvals"))
    page.get_by_label("Choose all").check()
    visitor.shoot("approvals-chosen")
    visitor.press("Approve the chosen")
    visitor.sees("Nothing has happened yet. When you confirm:")
    visitor.shoot("operation-preview")
    visitor.press(re.compile("^Confirm: Approve requests"))
    visitor.sees(re.compile(r"rows are done"))

    visitor.shoot("operation-done")
    count(visitor, at_most=4)
    assert served.value(APPROVED) == 10


def test_voids_what_a_list_shows(visitor_of: Callable[..., Visitor], served: Served) -> None:
    visitor = visitor_of("manager")
    page = visitor.page
    ((customer, reference, count_of_rows),) = served.rows(UNPAID, BIG_APPLE)
    visitor.go(
        f"/admin/ledger/obligation/?status__exact=open&category__exact=MISC&customer__id__exact={customer}"
    )

    page.locator("#action-toggle").check()
    page.locator("select[name=action]").select_option(label="Void obligations")
    visitor.shoot("list-chosen")
    visitor.press("Run")
    page.get_by_label("Reason").fill("They were raised for the wrong week.")
    visitor.shoot("operation-form")
    visitor.press("Show what would happen")
    visitor.sees(re.compile("will be done"))
    visitor.press(re.compile("^Confirm: Void obligations"))
    visitor.sees(re.compile("are done|is done"))

    visitor.shoot("operation-voided")
    left = "select count(*) from ledger_obligations where customer_id = %s and reference_id = %s and status = 'open'"
    assert count_of_rows > 0
    assert served.value(left, customer, reference) == 0


def test_prints_dtrs_in_the_background(visitor_of: Callable[..., Visitor]) -> None:
    visitor = visitor_of("auditor")
    page = visitor.page
    visitor.go("/admin/ledger/dtr/")

    for place in range(2):
        page.locator("#result_list .action-select").nth(place).check()
    page.locator("select[name=action]").select_option(label="Print DTRs as one PDF")
    visitor.press("Run")
    # The page asks anew by itself until a worker has looked at each row, and then until all are printed.
    visitor.press(re.compile("^Confirm: Print DTRs as one PDF"))
    visitor.shoot("operation-running")
    visitor.sees("2 of 2 rows are done")
    visitor.shoot("operation-printed")

    answer = page.request.get(f"{page.url}?documents")
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.body().startswith(b"%PDF")
