"""Entering in the journal in the console: by rows, or pasted, to the cent and once."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.urls import reverse

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from ledger.models import ManualEntry
from tests.console import browser, seen_on
from tests.digest import assert_nothing_written


def entry(actor: Actor, **changes: str) -> dict[str, str]:
    """An accrual, as it is typed."""
    return {
        "date": today(actor.company).isoformat(),
        "currency": "USD",
        "lines-0-account": "expenses:other",
        "lines-0-debit": "950.00",
        "lines-1-account": "accrued_expenses",
        "lines-1-credit": "950.00",
        "reason": "Paper for the office.",
        **changes,
    }


def test_enters_rows_that_were_typed_once(manager: Actor) -> None:
    console, path = browser("manager"), reverse("admin:ledger_manualentry_enter")

    form = console.get(path).content.decode()
    with assert_nothing_written():
        shown = console.post(path, entry(manager))
    done = console.post(path, seen_on(shown))

    assert '<option value="expenses:other">' in form
    assert "950.00" in shown.content.decode()
    assert done.status_code == 302
    assert ManualEntry.objects.get().amount == Decimal("950.00")


def test_takes_pasted_rows_with_those_that_were_typed(manager: Actor) -> None:
    console, path = browser("manager"), reverse("admin:ledger_manualentry_enter")
    typed = entry(
        manager, **{"lines-1-account": "", "lines-1-credit": "", "lines": "accrued_expenses\t\t950.00\r\n"}
    )

    shown = console.post(path, typed)
    console.post(path, seen_on(shown))

    assert ManualEntry.objects.get().amount == Decimal("950.00")


def test_goes_back_to_the_rows(manager: Actor) -> None:
    console, path = browser("manager"), reverse("admin:ledger_manualentry_enter")
    shown = console.post(path, entry(manager))

    back = console.post(path, {**seen_on(shown), "change": "1"}).content.decode()

    assert 'name="lines-1-account" value="accrued_expenses"' in back
    assert 'name="lines-0-debit" value="950.00"' in back


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"lines-1-credit": "949.99"}, "they differ by 0.01"),
        ({"lines-1-account": ""}, "Row 2: write account; debit; credit."),
        ({"lines-0-debit": "12,5"}, "Row 1:"),
        ({"lines-0-account": "nothing;<b>"}, "Row 1:"),
        ({"lines-1-debit": "1.00"}, "accrued_expenses"),
    ],
)
def test_refuses_rows_that_are_wrong_and_keeps_them(
    manager: Actor, changes: dict[str, str], said: str
) -> None:
    with assert_nothing_written():
        page = browser("manager").post(reverse("admin:ledger_manualentry_enter"), entry(manager, **changes))

    assert said in page.content.decode()
    assert "Paper for the office." in page.content.decode()
    assert "<b>" not in page.content.decode().replace("<b>R", "")
