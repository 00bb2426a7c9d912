"""The jobs that a company times for itself, and documents by mail."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.system.browser.serving import Served
from tests.system.browser.visitor import Visitor

pytestmark = pytest.mark.system


def test_an_administrator_changes_a_schedule_in_four_clicks(
    visitor_of: Callable[..., Visitor], served: Served
) -> None:
    visitor = visitor_of("admin")
    visitor.go("/admin/")
    before = visitor.clicks

    visitor.page.get_by_role("heading", name="Settings", exact=True).click()
    visitor.page.get_by_role("link", name="Schedules", exact=True).first.click()
    visitor.page.get_by_role("link", name="Change when Verification of the books runs").click()
    visitor.page.get_by_label("Day").select_option("saturday")
    visitor.page.get_by_label("Time", exact=True).fill("23:45")
    visitor.page.get_by_label("Time zone").select_option("America/Chicago")
    visitor.shoot("schedule-change")
    visitor.page.get_by_role("button", name="Save").click()

    visitor.sees("Verification of the books: Saturdays at 23:45, Chicago. It runs next on Saturday")
    visitor.shoot("schedules-changed")
    assert visitor.clicks - before <= 4
    row = visitor.page.get_by_role("row", name=re.compile("^Verification of the books"))
    expect(row.get_by_role("listitem")).to_have_count(3)
    changed = served.rows(
        "select weekday, at::text, time_zone from company_schedules where job = 'verify_ledger'"
    )
    assert changed == [(6, "23:45:00", "America/Chicago")]


def test_a_receipt_is_mailed_after_a_preview(visitor_of: Callable[..., Visitor], served: Served) -> None:
    number = served.value(
        "select number from payments where driver_id is not null order by number_order limit 1"
    )
    visitor = visitor_of("cashier")
    visitor.go(f"/admin/counter/payment/{number}/")

    visitor.page.get_by_role("link", name="Mail the receipt").click()
    visitor.page.locator("[name=recipients]").fill("driver@example.com")
    visitor.shoot("mail-form")
    visitor.page.get_by_role("button", name="Show what would happen").click()
    visitor.sees("is mailed as a PDF")
    visitor.shoot("mail-preview")
    visitor.page.get_by_role("button", name=re.compile("^Confirm")).click()

    expect(visitor.page).to_have_url(re.compile(f"/counter/payment/{number}/"))
    sent = served.rows("select recipient, state from outgoing_mails")
    assert [recipient for recipient, _ in sent] == ["driver@example.com"]
