"""The front page: every number is the sum of the list that it links to, for those who may see it."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from html import unescape
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.db.models import Sum
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import resolve, reverse
from django.utils import timezone

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.models import User
from cases.services import hold_case
from console.dashboard import panels
from console.dashboard.tiles import Figure, Tile
from ledger.models import LedgerVerification
from ledger.services.verifications import verify_ledger
from payments.batches.models import PaymentBatch
from tests.cast import acting
from tests.console import browser
from tests.databases import owners_hand

MAX_STATEMENTS = 30
# Beyond the counts: what else stands on a tile, by the column that it sums.
TILES = {
    "my-cases": (None, 4),
    "overdue-cases": (None, 1),
    "approvals": (None, 2),
    "failed-rows": ("failed_rows", 1),
    "held-rows": ("held_rows", 1),
    "unmatched-cash": ("amount", 1),
    "lines-to-explain": (None, 1),
    "bank-differences": (None, 0),
    "due-loans": ("row_total", 1),
    "due-repairs": ("row_total", 1),
    "plans": (None, 1),
}


def front(username: str = "manager") -> Any:
    """The front page as the person sees it."""
    return browser(username).get(reverse("admin:index"))


def listed(url: str) -> Any:
    """The rows of the list behind a link, filters and all, as the manager's page finds them before it draws them."""
    page: Any = resolve(urlsplit(url).path).func
    request: Any = RequestFactory().get(url)
    request.user = User.objects.get(username="manager")
    with acting("manager") as request.actor:
        return page.model_admin.get_changelist_instance(request).queryset.order_by()


def total(url: str, column: str) -> Decimal:
    """What a column of that list comes to."""
    return listed(url).aggregate(total=Sum(column))["total"] or Decimal("0.00")


def amount(figure: Figure) -> Decimal:
    """The number that is printed."""
    return Decimal(figure.text.split()[0].replace(",", ""))


def tiles_of(page: Any) -> dict[str, Tile]:
    return {tile.name: tile for tile in page.context["tiles"]}


def test_every_tile_counts_the_rows_of_its_list(busy: Actor) -> None:
    tiles = tiles_of(front())

    assert {name: tile.count for name, tile in tiles.items()} == {
        name: count for name, (_, count) in TILES.items()
    }
    for name, (column, _) in TILES.items():
        tile = tiles[name]
        if name == "bank-differences":
            positions = browser("manager").get(tile.url).context["positions"]
            assert sum(bool(each.difference) for each in positions) == tile.count
            continue
        if name in ("approvals", "lines-to-explain"):
            assert len(browser("manager").get(tile.url).context["rows"]) == tile.count
            continue
        counted = (
            total(tile.url, column) if name in ("failed-rows", "held-rows") else listed(tile.url).count()
        )
        assert counted == tile.count, name
        for detail in tile.details:
            if column:
                assert total(detail.url, column) == amount(detail), name
            else:
                assert listed(detail.url).count() == amount(detail), name


def test_counts_no_case_on_hold_and_no_batch_that_is_undone_or_old(busy: Actor) -> None:
    (late,) = listed(tiles_of(front())["overdue-cases"].url)

    hold_case(actor=busy, case_no=late.case_no, reason="waits for the bank")
    PaymentBatch.objects.update(undone_at=timezone.now())
    undone = tiles_of(front())
    old = timezone.now() - timedelta(days=40)
    with owners_hand():
        PaymentBatch.objects.update(undone_at=None, created_at=old)

    assert undone["overdue-cases"].count == 0
    assert (undone["failed-rows"].count, tiles_of(front())["failed-rows"].count) == (0, 0)


def test_every_age_adds_up_to_its_list(busy: Actor) -> None:
    dollars, euros = panels.age_panels(actor=busy, day=today(busy.company))

    for panel in (dollars, euros):
        for row in panel.rows:
            if row.amount.url:
                assert total(row.amount.url, "outstanding") == amount(row.amount), row.label
                assert listed(row.items.url).count() == amount(row.items), row.label
        assert sum(amount(row.amount) for row in panel.rows) == amount(panel.total)
        assert total(panel.total.url, "outstanding") == amount(panel.total)
        assert total(panel.overdue.url, "outstanding") == amount(panel.overdue)
    assert [row.amount.text for row in euros.rows] == ["0.00", "0.00", "80.00", "0.00", "0.00"]


def test_ages_go_by_effective_due_dates_and_today_is_not_overdue(busy: Actor) -> None:
    (dollars, _) = panels.age_panels(actor=busy, day=today(busy.company))

    there = {
        row.label: set(listed(row.amount.url).values_list("reference_id", "original", "category"))
        for row in dollars.rows
    }

    tolls = {
        label: {ref for ref, _, category in rows if category == "EZPASS"} for label, rows in there.items()
    }
    premiums = {
        str(original): label
        for label, rows in there.items()
        for _, original, kind in rows
        if kind == "PREMIUM"
    }
    assert tolls == {
        "Current": {"T-0", "T-LATER", "T-BIG"},
        "1–30 days": {"T-1", "T-30"},
        "31–60 days": {"T-31", "T-60"},
        "61–90 days": {"T-61", "T-90"},
        "Over 90 days": {"T-91", "T-400"},
    }
    # The first is due in parts from today on, the second since 40 days; both were due 70 days ago.
    assert premiums == {"500.00": "Current", "600.00": "31–60 days"}


def test_cash_of_every_day_and_method_adds_up_to_its_list(busy: Actor) -> None:
    dollars, euros = panels.cash_panels(actor=busy, day=today(busy.company))

    cells = [
        figure
        for panel in (dollars, euros)
        for figure in (
            *(cell for row in panel.rows for cell in (*row.cells, row.total)),
            *panel.totals,
            panel.total,
        )
        if figure.url
    ]
    assert [total(figure.url, "amount") for figure in cells] == [amount(figure) for figure in cells]
    # The payments of 7 and 8 days ago are out of it.
    assert (dollars.total.text, euros.total.text) == ("127.50", "33.00")
    assert dollars.methods == ("Bank transfer",)


def test_unallocated_cash_and_the_weeks_dtrs_add_up_to_their_lists(busy: Actor) -> None:
    page = front()

    euros, dollars = page.context["unallocated"]
    for cash, payments in (euros, dollars):
        assert total(cash.url, "unallocated") == amount(cash)
        assert listed(payments.url).count() == amount(payments)
    assert (euros[0].text, dollars[0].text) == ("33.00 EUR", "1,536.50 USD")
    week = page.context["week"]
    (figures,) = week.totals
    columns = ("gross", "recovered", "due_to_driver", "carried_forward")
    assert [total(figure.url, column) for (_, figure), column in zip(figures.rows, columns, strict=True)] == [
        amount(figure) for _, figure in figures.rows
    ]
    assert listed(figures.dtrs.url).count() == amount(figures.dtrs) == 1
    assert listed(figures.waiting.url).count() == amount(figures.waiting) == 1
    assert total(figures.waiting_amount.url, "due_to_driver") == amount(figures.waiting_amount) == 2140
    assert [job.status for job in week.jobs] == ["Completed"] * 4
    assert set(listed(week.url).values_list("status", flat=True)) == {"completed"}


def test_says_how_the_ledger_stood_when_it_was_verified(manager: Actor) -> None:
    now = timezone.now()
    states = [panels.ledger_panel(actor=manager).state]
    ran = {"company_id": manager.company_id, "checks": 3, "actor": "job"}
    finding = {"check": "what obligations owe", "subject": "EZPASS T-1", "message": "outstanding 1.00"}

    for differences, at in ((0, now - panels.VERIFIED_FOR * 2), (2, now)):
        LedgerVerification.objects.create(
            **ran, started_at=at, finished_at=at, differences=differences, findings=[finding] * differences
        )
        states.append(panels.ledger_panel(actor=manager).state)
    page = browser("auditor").get(panels.ledger_panel(actor=manager).url).content.decode()
    verify_ledger(actor=manager)

    assert states == ["Not verified yet", "Balanced when last verified", "Not balanced: 2 differences"]
    assert panels.ledger_panel(actor=manager).state == "Balanced"
    assert "what obligations owe" in page
    assert "EZPASS T-1" in page


def test_shows_nobody_what_they_may_not_open(busy: Actor) -> None:
    hidden = {
        "cashier": {"approvals"},
        "manager": set(),
        "auditor": {"approvals", "my-cases"},
        "administrator": set(TILES) - {"approvals"},
    }

    pages = {username: front(username) for username in hidden}

    texts = {username: page.content.decode() for username, page in pages.items()}
    assert {username: set(TILES) - set(tiles_of(page)) for username, page in pages.items()} == hidden
    for words, seen_by in (
        ("Outstanding by age", {"cashier", "manager", "auditor"}),
        ("Unallocated cash", {"cashier", "manager", "auditor"}),
        ("for the finance groups", {"administrator"}),
        ("may sign in and work here", {"administrator"}),
    ):
        assert {username for username, text in texts.items() if words in text} == seen_by, words


@pytest.mark.parametrize("username", ["manager", "administrator"])
def test_every_link_opens(busy: Actor, username: str) -> None:
    text = front(username).content.decode()
    links = [
        unescape(each)
        for each in re.findall(r'href="(/admin/[^"]+)"', text.partition('class="dashboard"')[2])
    ]
    # One of each list and its filters: another value of a filter makes no other page.
    kinds = {re.sub(r"=[^&]*", "", link): link for link in links}

    answers = {link: browser(username).get(link).status_code for link in kinds.values()}

    assert answers == dict.fromkeys(kinds.values(), 200)


def test_another_company_sees_none_of_it(busy: Actor) -> None:
    page = front("outsider")

    text = page.content.decode()
    assert page.status_code == 200
    assert [tile.count for tile in page.context["tiles"]] == [0] * len(TILES)
    assert [panel.total.text for panel in page.context["ages"]] == ["0.00"]
    assert [panel.total.text for panel in page.context["cash"]] == ["–"]
    assert page.context["unallocated"] == []
    assert page.context["week"] is None
    assert page.context["ledger"].state == "Not verified yet"
    assert "1,536.50" not in text


def test_takes_a_bounded_number_of_statements(busy: Actor) -> None:
    client = browser("manager")

    with CaptureQueriesContext(connection) as captured:
        client.get(reverse("admin:index"))

    assert len(captured) <= MAX_STATEMENTS, [each["sql"][:80] for each in captured]
