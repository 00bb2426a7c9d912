"""A note for a colleague with a file, and the bell that leads to it, in few clicks."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

import pytest
from playwright.sync_api import FilePayload, expect

from tests.system.browser.serving import Served
from tests.system.browser.visitor import Visitor

pytestmark = pytest.mark.system
CUSTOMER: Final = "select customer_id from drivers where id = 101"
WRITTEN: Final = "select count(*) from notes where text = %s"
LEASE: Final = FilePayload(name="lease.txt", mimeType="text/plain", buffer=b"Signed on the second page.")


def test_a_note_reaches_a_colleague_by_the_bell(visitor_of: Callable[..., Visitor], served: Served) -> None:
    writer = visitor_of("cashier")
    page = writer.page
    customer = served.value(CUSTOMER)
    writer.go(f"/admin/customers/{customer}/")

    page.get_by_label("New note").press_sequentially("Promised to pay on Friday. @man")
    page.get_by_role("button", name=re.compile("@manager$")).press("Enter")
    expect(page.get_by_label("New note")).to_have_value(re.compile("@manager $"))
    page.get_by_label("Files").set_input_files(LEASE)
    writer.shoot("note-form")
    writer.press("Add the note")
    expect(page.get_by_text("The note is written.")).to_be_visible()
    expect(page.get_by_text("Promised to pay on Friday.")).to_be_visible()
    writer.shoot("note-written")
    assert writer.clicks <= 1

    reader = visitor_of("manager")
    page = reader.page
    reader.go("/admin/")
    bell = page.get_by_role("link", name=re.compile(r"^Notices: \d+ not read$"))
    reader.shoot("bell")
    bell.click()
    page.get_by_role("button", name=re.compile("^Open ?: .*mentioned you")).click()
    page.wait_for_url(re.compile(rf"/admin/customers/{customer}/"))
    with page.expect_download() as download:
        page.get_by_role("link", name="lease.txt").first.click()
    assert download.value.path().read_bytes() == b"Signed on the second page."
    assert reader.clicks <= 3
    assert (
        served.value(
            "select count(*) from notices where kind = 'mention' and read_at is null and user_id = "
            "(select id from users where username = 'manager')"
        )
        == 0
    )


def test_two_clicks_write_one_note(visitor_of: Callable[..., Visitor], served: Served) -> None:
    visitor = visitor_of("manager", viewport={"width": 390, "height": 844}, has_touch=True)
    page = visitor.page
    visitor.go(f"/admin/customers/{served.value(CUSTOMER)}/")

    page.get_by_label("New note").fill("Two clicks.")
    page.get_by_role("button", name="Add the note").dblclick()
    expect(page.get_by_text("The note is written.")).to_be_visible()

    visitor.shoot("narrow-note")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert served.value(WRITTEN, "Two clicks.") == 1


def test_a_colleague_is_ticked_and_the_note_withdrawn(
    visitor_of: Callable[..., Visitor], served: Served
) -> None:
    visitor = visitor_of("manager", color_scheme="dark")
    page = visitor.page
    visitor.go(f"/admin/notes/about/customer/{served.value(CUSTOMER)}/")

    page.get_by_label("New note").fill("For another customer.")
    page.get_by_text("Mention colleagues").click()
    page.get_by_label(re.compile("@auditor")).check()
    visitor.press("Add the note")
    page.wait_for_url(re.compile(r"/admin/(notes|customers)/"))
    assert served.value(WRITTEN, "For another customer.") == 1

    page.get_by_role("link", name=re.compile("^Withdraw")).first.click()
    page.get_by_label("Reason").fill("It was about somebody else.")
    visitor.press("Withdraw the note")
    expect(page.get_by_text("It was about somebody else.")).to_be_visible()
    expect(page.get_by_text("For another customer.")).to_have_count(0)
