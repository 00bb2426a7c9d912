"""A person at the console: a browser that looks at every page it is shown.

Whatever page a journey meets must have a title of its own, the security policy, and nothing to complain about in the
browser's console; and must load nothing from anywhere else.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Locator, Page, Request, Response, expect
from playwright.sync_api import Error as PlaywrightError

TITLE: Final = "page-title:"
CLICK: Final = "click-of-the-mouse"
# Says what the browser made of each document, and what was clicked; not of the page, so that its policy does not
# concern it. A click by keyboard has no detail.
REPORT: Final = f"""
addEventListener('DOMContentLoaded', () => {{
  if (window.top === window) console.debug({json.dumps(TITLE)} + JSON.stringify([location.pathname, document.title]));
}});
addEventListener('click', event => {{ if (event.detail) console.debug({json.dumps(CLICK)}); }}, true);
"""
PRODUCT: Final = "BAT Connect"
# How long a page may take on a machine that does much else, in ms.
PATIENCE_MS: Final = 45_000
PICTURES: Final = 3
PICTURE_MS: Final = 10_000


class Visitor:
    """A signed-in person's page, watched. `complaints` must be empty at the end of a journey."""

    def __init__(self, *, page: Page, url: str, screenshots: Path) -> None:
        self.page = page
        self.url = url
        self.screenshots = screenshots
        self.complaints: list[str] = []
        self.titles: dict[str, str] = {}
        self.refusals: set[int] = set()
        self.clicks = 0
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.complaints.append(f"{page.url}: {error}"))
        page.on("request", self._asked)
        page.on("response", self._answered)

    def allow(self, status: int) -> None:
        """The journey is about to be refused: the browser may say so in its console."""
        self.refusals.add(status)

    def go(self, path: str) -> Page:
        """Open the address below the root."""
        self.page.goto(f"{self.url}{path}")
        return self.page

    def press(self, name: str | re.Pattern[str]) -> None:
        """Click the one button or link of that name that can be seen."""
        self.named(name).click()

    def named(self, name: str | re.Pattern[str]) -> Locator:
        """The button or link of that name; exact when given as text."""
        exact = isinstance(name, str)
        button = self.page.get_by_role("button", name=name, exact=exact)
        return button.or_(self.page.get_by_role("link", name=name, exact=exact)).filter(visible=True).first

    def sees(self, text: str | re.Pattern[str]) -> None:
        """The page comes to show the text."""
        expect(self.page.get_by_text(text).filter(visible=True).first).to_be_visible()

    def shoot(self, name: str) -> None:
        """Keep what the page looks like at first sight. A picture proves nothing and fails nothing.

        The browser takes none of a page that is just being left, or waits forever: then the next one is taken.
        """
        for _ in range(PICTURES):
            self.page.wait_for_load_state()
            try:
                self.page.screenshot(path=self.screenshots / f"{name}.png", timeout=PICTURE_MS)
                return
            except PlaywrightError as error:
                sys.stderr.write(f"no picture {name}: {error.message.splitlines()[0]}\n")

    def _heard(self, message: ConsoleMessage) -> None:
        if message.text.startswith(TITLE):
            path, title = json.loads(message.text.removeprefix(TITLE))
            self.titles[path] = title
            if not title.replace(PRODUCT, "").strip(" |"):
                self.complaints.append(f"{path} has no title of its own: {title!r}")
        elif message.text == CLICK:
            self.clicks += 1
        elif message.type == "error":
            refused = re.search(r"status of (\d+)", message.text)
            if not (refused and int(refused[1]) in self.refusals):
                self.complaints.append(f"{message.location.get('url')}: {message.text}")

    def _asked(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in ("http", "https", "ws", "wss") and not request.url.startswith(f"{self.url}/"):
            self.complaints.append(f"{self.page.url} asks {request.url}")

    def _answered(self, response: Response) -> None:
        headers = response.headers
        if response.request.resource_type == "document" and headers.get("content-type", "").startswith(
            "text/html"
        ):
            if "script-src 'self'" not in headers.get("content-security-policy", ""):
                self.complaints.append(f"{response.url} has no security policy")
            if response.status >= 500:
                self.complaints.append(f"{response.url} failed with {response.status}")


def sign_in(page: Page, *, url: str, username: str, password: str) -> None:
    """By the form, as a person does."""
    page.goto(f"{url}/admin/login/")
    page.get_by_label("Username").fill(username)
    page.get_by_label("Password").fill(password)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda address: "/login/" not in address)


def prepared(context: BrowserContext) -> BrowserContext:
    """The context with what every watched page needs."""
    context.add_init_script(REPORT)
    context.set_default_timeout(PATIENCE_MS)
    return context


def cells(page: Page) -> list[list[str]]:
    """The rows of a list, as text."""
    texts: Any = page.locator("#result_list tbody tr").evaluate_all(
        "rows => rows.map(row => [...row.cells].map(cell => cell.innerText.trim()))"
    )
    return texts
