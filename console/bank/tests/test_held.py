"""What the bank says otherwise: files and lines that would be held, accounts that differ from the books."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from bank.models import Statement
from bank.services.accepting import accept_statement
from bank.tests.builders import line, parsed, read_as, receive, work
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from tests.console import browser
from tests.digest import assert_nothing_written

D = Decimal
IMPORT = "/admin/bank/import/"
REASON = "The bank lost the statement between."


def checked(*statements: Any) -> str:
    """The page of a file that was checked only."""
    with read_as(*statements), assert_nothing_written():
        file = SimpleUploadedFile("november.xml", b"<a/>", content_type="text/xml")
        return browser("manager").post(IMPORT, {"do": "check", "file": file}).content.decode()


def test_a_statement_that_contradicts_itself_would_be_held(manager: Actor) -> None:
    day = today(manager.company)

    html = checked(
        parsed(line("120.00", day=day), opening="0.00", closing="100.00", period_from=day, period_to=day)
    )

    assert "Would be held:" in html
    assert "100.00" in html
    assert "Would be booked" not in html


def test_a_line_that_is_said_twice_with_other_values_would_be_held(manager: Actor) -> None:
    day = today(manager.company)
    receive(manager, parsed(line("120.00", day=day, reference="A-17"), period_from=day, period_to=day))

    html = checked(parsed(line("80.00", day=day, reference="A-17"), period_from=day, period_to=day))

    assert "Held:" in html
    assert "<dt>Held</dt><dd>1</dd>" in html


def test_an_account_that_differs_from_its_bank_is_named(manager: Actor) -> None:
    day = today(manager.company)
    before = day - timedelta(days=2)
    receive(
        manager,
        parsed(
            line("100.00", day=before), opening="0.00", closing="100.00", period_from=before, period_to=before
        ),
    )
    (waits,) = receive(
        manager,
        parsed(line("20.00", day=day), opening="150.00", closing="170.00", period_from=day, period_to=day),
    )
    assert waits.status == "waiting"
    html = browser("manager").get("/admin/").content.decode()
    assert "bank-differences" not in html or _tile(manager) == 0

    accept_statement(actor=manager, statement_id=waits.id, reason=REASON)
    work(manager)

    assert Statement.objects.get(id=waits.id).status == "booked"
    assert _tile(manager) == 1
    assert "50.00" in browser("auditor").get(reverse("admin:bank")).content.decode()


def _tile(actor: Actor) -> int:
    """What the front page counts."""
    tiles = {each.name: each for each in browser("manager").get("/admin/").context["tiles"]}
    return int(tiles["bank-differences"].count)
