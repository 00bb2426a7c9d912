"""Coming in, being kept out, and which company one works in."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.system.browser.desk import Desk, sign_in
from tests.system.browser.serving import PASSWORD, Served

pytestmark = pytest.mark.system


def test_signs_in_and_out(desk_of: Callable[..., Desk], served: Served) -> None:
    desk = desk_of(None)

    desk.go("/admin/")
    desk.shoot("sign-in")
    sign_in(desk.page, url=served.url, username="auditor", password=PASSWORD)
    desk.shoot("today-auditor")

    expect(desk.page).to_have_url(f"{served.url}/admin/")
