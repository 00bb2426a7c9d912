"""One running system for all journeys, and a browser context for each."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import Browser, StorageState, expect, sync_playwright

from tests.system.browser.serving import PASSWORD, Served, demo_database, running
from tests.system.browser.visitor import PATIENCE_MS, Visitor, prepared, sign_in

WIDE = {"width": 1440, "height": 900}


@pytest.fixture(scope="package")
def screenshots() -> Path:
    """Where the pages' pictures are kept: beside the data, never among the sources."""
    folder = Path(settings.DATA_DIR) / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="package")
def served(django_db_setup: None, django_db_blocker: Any) -> Iterator[Served]:
    """The running system; its ledger is verified when all journeys are done."""
    folder = Path(tempfile.mkdtemp(prefix="batconnect-browser-"))
    try:
        with (
            django_db_blocker.unblock(),
            demo_database(folder) as database,
            running(folder, database) as served,
        ):
            yield served
            served.manage("verify_ledger")
    finally:
        shutil.rmtree(folder)


@pytest.fixture(scope="package")
def browser(served: Served) -> Iterator[Browser]:
    """Debian's chromium."""
    program = shutil.which("chromium")
    assert program, "scripts/system_packages.sh installs chromium"
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def sessions(browser: Browser, served: Served) -> Callable[[str], StorageState]:
    """`sessions("cashier")`: that person's cookies; each signs in once."""
    kept: dict[str, StorageState] = {}

    def session_of(username: str) -> StorageState:
        if username not in kept:
            context = prepared(browser.new_context())
            sign_in(context.new_page(), url=served.url, username=username, password=PASSWORD)
            kept[username] = context.storage_state()
            context.close()
        return kept[username]

    return session_of


Visit = Callable[..., Visitor]


@pytest.fixture(scope="package")
def open_page(
    browser: Browser, served: Served, sessions: Callable[[str], StorageState], screenshots: Path
) -> Visit:
    """`open_page("cashier")`: a new browser context with a watched page of that person; None is a stranger."""

    def opened(username: str | None, **options: Any) -> Visitor:
        state = sessions(username) if username else None
        options = {"viewport": WIDE, **options}
        context = prepared(browser.new_context(storage_state=state, accept_downloads=True, **options))
        return Visitor(page=context.new_page(), url=served.url, screenshots=screenshots)

    return opened


@pytest.fixture
def visitor_of(open_page: Visit, served: Served) -> Iterator[Visit]:
    """`visitor_of("cashier")`: a watched page of that person; `visitor_of(None)` of a stranger."""
    visitors: list[Visitor] = []

    def visit(username: str | None, **options: Any) -> Visitor:
        visitors.append(open_page(username, **options))
        return visitors[-1]

    yield visit
    for visitor in visitors:
        visitor.page.context.close()
    _assert_no_complaints(visitors, served)


@pytest.fixture(scope="package")
def readers(open_page: Visit) -> Iterator[dict[str, Visitor]]:
    """People who only look: each keeps one browser context, and with it what the browser has loaded already."""
    kept: dict[str, Visitor] = {}
    yield kept
    for reader in kept.values():
        reader.page.context.close()


@pytest.fixture
def reader_of(open_page: Visit, readers: dict[str, Visitor], served: Served) -> Iterator[Visit]:
    """`reader_of("auditor")`: that person's watched page, left where the test before was."""

    def reader(username: str) -> Visitor:
        if username not in readers:
            readers[username] = open_page(username)
        return readers[username]

    yield reader
    _assert_no_complaints(list(readers.values()), served)


def _assert_no_complaints(visitors: list[Visitor], served: Served) -> None:
    complaints = [complaint for visitor in visitors for complaint in visitor.complaints]
    for visitor in visitors:
        visitor.complaints.clear()
    if complaints:
        sys.stderr.write(served.faults())
    assert complaints == []
