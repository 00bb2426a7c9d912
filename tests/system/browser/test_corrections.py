"""Correcting mistakes: voiding, allocating again, refunds by two persons; and who may do none of it."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from tests.system.browser.serving import Served
from tests.system.browser.visitor import Visitor

pytestmark = pytest.mark.system
REASON = "The customer asked for it at the counter."


def confirm(visitor: Visitor, *, reason: str = REASON, amount: str = "") -> None:
    """An action's two pages: why, then exactly what was shown."""
    if amount:
        visitor.page.locator("input[name=amount]").fill(amount)
    visitor.page.locator("[name=reason]").fill(reason)
    visitor.press("Show what would happen")
    expect(visitor.page.get_by_text("Nothing has happened yet.")).to_be_visible()
    visitor.press(re.compile("^Confirm"))


def test_voids_a_payment(visitor_of: Callable[..., Visitor], served: Served) -> None:
    pk, number = served.rows(
        "select id, number from payments where status = 'posted' and driver_id is not null"
        " order by number_order limit 1"
    )[0]
    visitor = visitor_of("manager")

    visitor.go(f"/admin/payments/payment/{pk}/change/")
    visitor.press("Void")
    visitor.shoot("void-asked")
    visitor.page.locator("[name=reason]").fill("The check came back.")
    visitor.press("Show what would happen")
    visitor.sees("Nothing has happened yet.")
    visitor.shoot("void-shown")
    visitor.press(re.compile("^Confirm"))

    visitor.sees(re.compile(f"{number}.*void", re.IGNORECASE))
    assert served.value("select status from payments where id = %s", pk) == "voided"


def test_two_clicks_void_once(visitor_of: Callable[..., Visitor], served: Served) -> None:
    pk = served.value(
        "select id from payments where status = 'posted' and driver_id is not null"
        " order by number_order limit 1 offset 3"
    )
    visitor = visitor_of("manager")
    visitor.go(reverse("admin:payments_payment_void", args=[pk]))
    visitor.page.locator("[name=reason]").fill("Two quick clicks.")
    visitor.press("Show what would happen")

    visitor.page.get_by_role("button", name=re.compile("^Confirm")).dblclick()
    visitor.page.wait_for_url(re.compile("/change/"))

    assert served.value("select status from payments where id = %s", pk) == "voided"
    voids = (
        "select count(*) from ledger_entries where event = 'payment_voided' and reason = 'Two quick clicks.'"
    )
    assert served.value(voids) == 1


def test_allocates_what_the_preview_showed_and_undoes_it(
    visitor_of: Callable[..., Visitor], served: Served
) -> None:
    # Cash of a business customer that waits: the demo keeps some.
    pk, before = served.rows(
        "select p.id, p.unallocated from payments p where p.unallocated > 0 and p.status = 'posted'"
        " and exists (select 1 from ledger_obligations o where o.customer_id = p.customer_id and o.outstanding > 0)"
        " order by p.unallocated desc limit 1"
    )[0]
    visitor = visitor_of("manager")

    visitor.go("/admin/workbench/")
    visitor.shoot("workbench-queue")
    visitor.go(f"/admin/workbench/{pk}/")
    visitor.press("Take what is proposed")
    visitor.shoot("workbench")
    visitor.press("Preview what I typed")
    expect(visitor.page.get_by_text("What is posted")).to_be_visible()
    visitor.shoot("workbench-preview")
    visitor.press("Apply exactly this")
    visitor.page.wait_for_load_state()
    after = served.value("select unallocated from payments where id = %s", pk)
    assert after < before

    visitor.go(f"/admin/payments/payment/{pk}/change/")
    visitor.press("Undo an allocation")
    confirm(visitor)
    visitor.page.wait_for_url(re.compile("/change/|/workbench/"))

    assert served.value("select unallocated from payments where id = %s", pk) == before


def test_a_refund_above_the_limit_waits_for_a_second_person(
    visitor_of: Callable[..., Visitor], served: Served
) -> None:
    served.rows("update company_settings set refund_approval_limit = 50")
    pk, number, before = served.rows(
        "select id, number, unallocated from payments where unallocated >= 100 and status = 'posted'"
        " order by unallocated limit 1"
    )[0]
    asking, deciding = visitor_of("manager"), visitor_of("second")

    asking.go(f"/admin/payments/payment/{pk}/change/")
    asking.press("Refund cash")
    if asking.page.locator("[name=method]").count():
        asking.page.locator("[name=method]").first.select_option("check")
    confirm(asking, amount="60.00")
    asking.go("/admin/approvals/")
    expect(asking.page.get_by_text("You asked: another person decides").first).to_be_visible()
    assert served.value("select unallocated from payments where id = %s", pk) == before

    deciding.go("/admin/approvals/")
    deciding.shoot("approvals")
    deciding.page.get_by_role("link", name=f"Approve: Refund of 60.00 USD of {number}").click()
    if deciding.page.locator("[name=reason]").count():
        deciding.page.locator("[name=reason]").fill("Agreed with the customer.")
    deciding.press("Show what would happen")
    deciding.press(re.compile("^Confirm"))
    deciding.page.wait_for_url(re.compile("/approvals/|/change/"))

    assert served.value("select unallocated from payments where id = %s", pk) == before - 60


def test_an_auditor_sees_and_cannot_do(visitor_of: Callable[..., Visitor], served: Served) -> None:
    pk = served.value(
        "select id from payments where status = 'posted' order by number_order limit 1 offset 6"
    )
    visitor = visitor_of("auditor")
    visitor.allow(403)

    visitor.go(f"/admin/payments/payment/{pk}/change/")
    for action in ("Void", "Allocate", "Refund cash", "Undo an allocation"):
        expect(visitor.page.get_by_role("link", name=action, exact=True)).to_have_count(0)
    expect(visitor.page.get_by_role("link", name="Take a payment")).to_have_count(0)
    refused = visitor.page.goto(f"{visitor.url}{reverse('admin:payments_payment_void', args=[pk])}")

    assert refused is not None
    assert refused.status == 403
    expect(visitor.page).to_have_title(re.compile("Not allowed"))
    assert served.value("select status from payments where id = %s", pk) == "posted"


def test_gives_a_case_to_somebody_else(visitor_of: Callable[..., Visitor], served: Served) -> None:
    pk = served.value("select id from cases where state = 'In Progress' order by id limit 1")
    visitor = visitor_of("manager")

    visitor.go(f"/admin/cases/case/{pk}/change/")
    expect(visitor.page.locator(".flow-current")).to_have_text("In Progress")
    visitor.shoot("case")
    visitor.press("Reassign")
    visitor.page.get_by_label("To whom").select_option("cashier")
    confirm(visitor)

    visitor.page.wait_for_url(re.compile("/change/"))
    expect(visitor.page.locator("dl").get_by_text("Merly Santos").first).to_be_visible()
    visitor.shoot("case-reassigned")


def test_a_closed_case_leads_to_what_it_created(visitor_of: Callable[..., Visitor], served: Served) -> None:
    pk, number = served.rows(
        "select case_id, entity_id from case_entities where entity = 'interim_payment' order by id limit 1 offset 9"
    )[0]
    visitor = visitor_of("auditor")

    visitor.go(f"/admin/cases/case/{pk}/change/")
    visitor.page.get_by_role("link", name=number, exact=True).first.click()

    expect(visitor.page).to_have_url(re.compile("/payments/payment/"))
    visitor.sees(re.compile(number))
