"""The menu: a day's work for each role, with numbers beside what waits."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib import admin
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from bank.models import LinePart
from batconnect.core.approvals.kinds import decidable_kinds
from batconnect.core.kernel.actors import Actor
from batconnect.core.models import Approval
from console import badges
from console.badges import COUNTED, count_waiting
from console.navigation import MAX_LINES_FOR_CASHIERS, SECTIONS, Part, menu_of, navigation
from console.tests.conftest import ConsoleClient
from payments.models import Payment

PAGES = reverse("admin:all_pages")


def _menu(actor: Actor, menu: Callable[[Any], tuple[Part, ...]] = menu_of) -> dict[str, list[str]]:
    request: Any = RequestFactory().get("/admin/")
    request.actor = actor
    return {part.title: [line.target for line in part.lines] for part in menu(request)}


def test_a_cashiers_menu_is_a_dozen_lines(cashier: Actor) -> None:
    menu = _menu(cashier)
    lines = [line for lines in menu.values() for line in lines]

    assert len(lines) <= MAX_LINES_FOR_CASHIERS == 12
    assert lines[:2] == ["index", "take_payment"]
    assert lines[-1] == "all_pages"
    assert set(lines) < {line for lines in _menu(cashier, navigation).values() for line in lines}


def test_each_role_begins_with_its_work(manager: Actor, auditor: Actor, administrator: Actor) -> None:
    assert list(_menu(manager))[:3] == ["", "Work", "Counter"]
    assert list(_menu(auditor))[:3] == ["", "Reports", "Books"]
    assert list(_menu(administrator))[:2] == ["", "Settings"]
    for actor in (manager, auditor, administrator):
        menu, everything = _menu(actor), _menu(actor, navigation)
        assert menu == everything


def test_all_pages_has_what_the_menu_leaves_out(
    world: Actor, console_of: Callable[[str], ConsoleClient], cashier: Actor
) -> None:
    text = console_of("cashier").get(PAGES).content.decode()

    for lines in _menu(cashier, navigation).values():
        for target in lines:
            if "." in target:
                label = target.lower().replace(".", "_")
                assert reverse(f"admin:{label}_changelist") in text, target


def test_numbers_are_what_waits_by_right(
    outsider: Actor, auditor: Actor, cashier: Actor, world: Actor
) -> None:
    """As the lists behind them count; nobody is shown how many requests wait on which they may not decide."""
    with_cash = Payment.objects.filter(unallocated__gt=0, status="posted").count()
    pending = Approval.objects.filter(status=Approval.Status.PENDING, kind__in=decidable_kinds(world)).count()
    unknown = LinePart.objects.filter(status="open", direction="in").count()

    shown = count_waiting(actor=world, entries=COUNTED)

    assert pending
    assert unknown
    assert {name: int(text) for name, text in shown.items() if name != "payments.PaymentBatch"} == {
        name: count
        for name, count in (
            ("approvals", pending),
            ("bank.LinePart", unknown),
            ("workbench_queue", with_cash),
        )
        if count
    }
    assert "approvals" not in count_waiting(actor=auditor, entries=COUNTED)
    assert count_waiting(actor=cashier, entries={"index"}) == {}
    assert count_waiting(actor=outsider, entries=COUNTED) == {}
    assert count_waiting(actor=world, entries={"index"}) == {}


def test_numbers_are_one_statement_and_end_at_99(
    world: Actor, console_of: Callable[[str], ConsoleClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(badges, "LARGEST", 0)

    with CaptureQueriesContext(connection) as captured:
        shown = count_waiting(actor=world, entries=COUNTED)
    statements = len(captured)
    page = console_of("manager").get(PAGES).content.decode()

    assert statements == 1
    assert shown["bank.LinePart"] == "0+"
    assert re.search(r'menu-badge"><span class="sr-only">: </span>0\+', page)


def test_numbers_stand_beside_lines_of_the_menu() -> None:
    targets = {entry.target for section in SECTIONS for entry in section.entries}

    assert targets >= COUNTED
    assert {label for label in COUNTED if "." in label} <= {
        model._meta.label for model in admin.site._registry
    }
