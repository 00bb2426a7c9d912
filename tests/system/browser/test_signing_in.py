"""Coming in, being kept out, the second factor, and which company one works in."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django_otp.oath import TOTP
from playwright.sync_api import expect

from tests.system.browser.desk import Desk, sign_in
from tests.system.browser.serving import PASSWORD, Served

pytestmark = pytest.mark.system


def code_of(key: str, *, step: int = 0) -> str:
    """What an authenticator app shows for the key, `step` half minutes from now."""
    from base64 import b32decode
    from time import time

    text = key.replace(" ", "").upper()
    app = TOTP(b32decode(text + "=" * (-len(text) % 8)), drift=step)
    app.time = time()
    return f"{app.token():06}"


def test_signs_in_and_out(desk_of: Callable[..., Desk], served: Served) -> None:
    desk = desk_of(None)

    desk.go("/admin/payments/payment/")
    expect(desk.page).to_have_url(re.compile("/admin/login/"))
    sign_in(desk.page, url=served.url, username="auditor", password=PASSWORD)
    expect(desk.page).to_have_url(f"{served.url}/admin/")
    desk.sees("Audrey Klein")
    desk.page.get_by_text("Audrey Klein").first.click()
    desk.press(re.compile("Log out"))

    desk.go("/admin/")
    expect(desk.page).to_have_url(re.compile("/admin/login/"))


def test_locks_after_wrong_passwords_with_a_clear_message(
    desk_of: Callable[..., Desk], served: Served
) -> None:
    desk = desk_of(None)
    desk.allow(429)
    desk.go("/admin/login/")

    for _ in range(10):
        desk.page.get_by_label("Username").fill("forgetful")
        desk.page.get_by_label("Password").fill("not my password")
        with desk.page.expect_navigation():
            desk.page.keyboard.press("Enter")

    expect(desk.page).to_have_title(re.compile("Sign-in locked"))
    desk.sees(re.compile("minutes"))
    desk.shoot("sign-in-locked")


def test_signs_in_with_a_second_factor(desk_of: Callable[..., Desk], served: Served) -> None:
    desk = desk_of(None)
    sign_in(desk.page, url=served.url, username="careful", password=PASSWORD)
    desk.go("/admin/account/")
    desk.page.get_by_label("Password").fill(PASSWORD)
    desk.press("Set up a second factor")
    desk.shoot("second-factor")
    desk.page.get_by_text("I cannot scan it").click()
    key = desk.page.locator(".account-code").first.inner_text()
    desk.page.locator("#id_code").fill(code_of(key))
    desk.press("Set it up")
    recovery = desk.page.locator(".account-codes li").all_inner_texts()
    desk.press("I have kept them: go on")

    later, lost = desk_of(None), desk_of(None)
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


def test_switches_company(desk_of: Callable[..., Desk], served: Served) -> None:
    desk = desk_of(None)

    sign_in(desk.page, url=served.url, username="traveller", password=PASSWORD)
    desk.shoot("choose-company")
    desk.press(re.compile("Big Apple Taxi"))
    desk.go("/admin/directory/customer/?q=John+Doe")
    desk.sees("John Doe")
    desk.go("/admin/company/")
    desk.press(re.compile("Hudson Premium Finance"))
    desk.go("/admin/directory/customer/")

    desk.sees("Riverside Bakery")
    expect(desk.page.get_by_text("John Doe")).to_have_count(0)


def test_keeps_what_was_typed_when_the_session_ends(desk_of: Callable[..., Desk], served: Served) -> None:
    desk = desk_of(None)
    sign_in(desk.page, url=served.url, username="interrupted", password=PASSWORD)
    desk.go("/admin/directory/customer/add/")
    desk.page.locator("#id_name").fill("Nightingale Bakery")
    desk.page.locator("#id_phone").fill("(212) 555-7788")

    desk.page.context.clear_cookies(name="sessionid")
    desk.press("Save")
    expect(desk.page).to_have_url(re.compile("/admin/login/"))
    desk.page.get_by_label("Username").fill("interrupted")
    desk.page.get_by_label("Password").fill(PASSWORD)
    desk.page.keyboard.press("Enter")

    expect(desk.page).to_have_url(re.compile("/admin/directory/customer/add/"))
    desk.sees("Nothing was sent; what you typed is back.")
    expect(desk.page.locator("#id_name")).to_have_value("Nightingale Bakery")
    expect(desk.page.locator("#id_phone")).to_have_value("(212) 555-7788")
    desk.press("Save")
    expect(desk.page.get_by_text("Nightingale Bakery").first).to_be_visible()
    assert served.value("select count(*) from customers where name = 'Nightingale Bakery'") == 1
