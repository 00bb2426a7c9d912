"""Coming in, being kept out, the second factor, and which company one works in."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django_otp.oath import TOTP
from playwright.sync_api import expect

from tests.system.browser.serving import PASSWORD, Served
from tests.system.browser.visitor import Visitor, sign_in

pytestmark = pytest.mark.system


def code_of(key: str, *, step: int = 0) -> str:
    """What an authenticator app shows for the key, `step` half minutes from now."""
    from base64 import b32decode
    from time import time

    text = key.replace(" ", "").upper()
    app = TOTP(b32decode(text + "=" * (-len(text) % 8)), drift=step)
    app.time = time()
    return f"{app.token():06}"


def test_signs_in_and_out(visitor_of: Callable[..., Visitor], served: Served) -> None:
    visitor = visitor_of(None)

    visitor.go("/admin/payments/payment/")
    expect(visitor.page).to_have_url(re.compile("/admin/login/"))
    sign_in(visitor.page, url=served.url, username="auditor", password=PASSWORD)
    expect(visitor.page).to_have_url(f"{served.url}/admin/")
    visitor.sees("Audrey Klein")
    visitor.page.get_by_text("Audrey Klein").first.click()
    visitor.press(re.compile("Log out"))

    visitor.go("/admin/")
    expect(visitor.page).to_have_url(re.compile("/admin/login/"))


def test_locks_after_wrong_passwords_with_a_clear_message(
    visitor_of: Callable[..., Visitor], served: Served
) -> None:
    visitor = visitor_of(None)
    visitor.allow(429)
    visitor.go("/admin/login/")

    for _ in range(10):
        visitor.page.get_by_label("Username").fill("forgetful")
        visitor.page.get_by_label("Password").fill("not my password")
        with visitor.page.expect_navigation():
            visitor.page.keyboard.press("Enter")

    expect(visitor.page).to_have_title(re.compile("Sign-in locked"))
    visitor.sees(re.compile("minutes"))
    visitor.shoot("sign-in-locked")


def test_signs_in_with_a_second_factor(visitor_of: Callable[..., Visitor], served: Served) -> None:
    visitor = visitor_of(None)
    sign_in(visitor.page, url=served.url, username="careful", password=PASSWORD)
    visitor.go("/admin/account/")
    visitor.page.get_by_label("Password").fill(PASSWORD)
    visitor.press("Set up a second factor")
    visitor.shoot("second-factor")
    visitor.page.get_by_text("I cannot scan it").click()
    key = visitor.page.locator(".account-code").first.inner_text()
    visitor.page.locator("#id_code").fill(code_of(key))
    visitor.press("Set it up")
    recovery = visitor.page.locator(".account-codes li").all_inner_texts()
    visitor.press("I have kept them: go on")

    later, lost = visitor_of(None), visitor_of(None)
    sign_in(later.page, url=served.url, username="careful", password=PASSWORD)
    later.go("/admin/payments/payment/")
    expect(later.page.locator("#result_list")).to_have_count(0)
    later.page.locator("#id_code").fill(code_of(key, step=1))
    later.press("Go on")
    expect(later.page).to_have_url(f"{served.url}/admin/payments/payment/")
    sign_in(lost.page, url=served.url, username="careful", password=PASSWORD)
    lost.page.locator("#id_code").fill(recovery[0])
    lost.press("Go on")

    expect(lost.page).to_have_url(f"{served.url}/admin/")
    assert len(recovery) == 10


def test_switches_company(visitor_of: Callable[..., Visitor], served: Served) -> None:
    visitor = visitor_of(None)

    sign_in(visitor.page, url=served.url, username="traveler", password=PASSWORD)
    visitor.shoot("choose-company")
    visitor.press(re.compile("Big Apple Taxi"))
    visitor.go("/admin/directory/customer/?q=John+Doe")
    visitor.sees("John Doe")
    visitor.go("/admin/company/")
    visitor.press(re.compile("Hudson Premium Finance"))
    visitor.go("/admin/directory/customer/")

    visitor.sees("Riverside Bakery")
    expect(visitor.page.get_by_text("John Doe")).to_have_count(0)


def test_keeps_what_was_typed_when_the_session_ends(
    visitor_of: Callable[..., Visitor], served: Served
) -> None:
    visitor = visitor_of(None)
    sign_in(visitor.page, url=served.url, username="interrupted", password=PASSWORD)
    visitor.go("/admin/directory/customer/add/")
    visitor.page.locator("#id_name").fill("Nightingale Bakery")
    visitor.page.locator("#id_phone").fill("(212) 555-7788")

    visitor.page.context.clear_cookies(name="sessionid")
    visitor.press("Save")
    expect(visitor.page).to_have_url(re.compile("/admin/login/"))
    visitor.page.get_by_label("Username").fill("interrupted")
    visitor.page.get_by_label("Password").fill(PASSWORD)
    visitor.page.keyboard.press("Enter")

    expect(visitor.page).to_have_url(re.compile("/admin/directory/customer/add/"))
    visitor.sees("Nothing was sent; what you typed is back.")
    expect(visitor.page.locator("#id_name")).to_have_value("Nightingale Bakery")
    expect(visitor.page.locator("#id_phone")).to_have_value("(212) 555-7788")
    visitor.press("Save")
    expect(visitor.page.get_by_text("Nightingale Bakery").first).to_be_visible()
    assert served.value("select count(*) from customers where name = 'Nightingale Bakery'") == 1
