"""The head of a page says where one is, in the words of the menu; days and names are said one way."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal

from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import localize
from unfold.templatetags import unfold_list

from bank.models import LinePart, Statement
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.subject import find_subject
from batconnect.core.kernel.words import describe_label, say_days
from console.crumbs import crumbs_of
from console.navigation import SECTIONS
from console.tests.conftest import ConsoleClient
from console.tests.test_matrix import EXPECTED, PAGES, SHARED
from ledger.models import Dtr, LedgerVerification, PayeeHold
from ledger.paying.models import PayoutDownload


def test_every_table_is_called_as_the_menu_calls_it() -> None:
    menu = {entry.target: (section.title, entry.title) for section in SECTIONS for entry in section.entries}

    said = {
        model._meta.label: tuple(part["title"] for part in crumbs_of({"opts": model._meta}))
        for model in PAGES
        if model._meta.label in menu
    }

    assert said == {label: menu[label] for label in said}
    assert said[LinePart._meta.label] == ("Bank", "Parts of lines")


def test_a_row_leads_back_to_its_list() -> None:
    row = Dtr(pk="01900000-0000-7000-8000-000000000009", number="DTR-2026-000009")

    parts = crumbs_of({"opts": Dtr._meta, "original": row})

    assert [part["title"] for part in parts] == ["Week", "DTRs", "DTR-2026-000009"]
    assert parts[1]["link"] == reverse("admin:ledger_dtr_changelist")
    assert parts[2]["link"] == reverse("admin:ledger_dtr_change", args=[row.pk])


def test_every_page_that_adds_is_titled_so(world: Actor, console_of: Callable[[str], ConsoleClient]) -> None:
    wrong, looked_at = [], []
    for model in PAGES:
        who = min(EXPECTED[model._meta.label][1], default="")
        if not who or model._meta.label in SHARED:
            continue
        looked_at.append(model._meta.label)
        page = console_of(who).get(reverse(f"admin:{find_subject(model).url_name}_add"))
        title = f"Add {model._meta.verbose_name}"
        crumbs = [part["title"] for part in crumbs_of(page.context)]
        html = " ".join(page.content.decode().split())
        if (crumbs[-1], page.context["title"]) != (title, title) or html.count(f"{title} ") < 2:
            wrong.append((model._meta.label, crumbs, page.context["title"]))

    assert wrong == []
    assert {"directory.Customer", "core.User"} <= set(looked_at)


def test_a_list_is_titled_as_the_menu_and_a_part_of_the_program_leads_to_all_pages(
    manager: Actor, console_of: Callable[[str], ConsoleClient]
) -> None:
    client = console_of("manager")

    page = client.get(reverse("admin:bank_linepart_changelist"))
    part = client.get(reverse("admin:app_list", args=["cases"]))

    assert page.context["title"] == find_subject(LinePart).title
    assert part.headers["Location"] == reverse("admin:all_pages")


def test_amounts_have_cents_and_rates_only_what_they_say() -> None:
    amount = models.DecimalField(max_digits=12, decimal_places=2)
    rate = models.DecimalField(max_digits=7, decimal_places=4)

    assert unfold_list.display_for_field(Decimal("-27517.5"), amount, "-") == "-27,517.50"
    assert unfold_list.display_for_field(Decimal("12.5000"), rate, "-") == "12.5"


def test_days_instants_and_labels_are_said_one_way() -> None:
    assert localize(datetime(2026, 11, 28, 16, 44, tzinfo=UTC)) == "Nov. 28, 2026, 16:44"
    assert say_days("week of 2026-11-22 · LS-2054-2026-11-22 · 2026-99-99") == (
        "week of Nov. 22, 2026 · LS-2054-2026-11-22 · 2026-99-99"
    )
    assert [describe_label(each) for each in ("reference id", "dtr", "due date")] == [
        "Reference ID",
        "DTR",
        "Due date",
    ]


def test_an_instant_has_the_day_of_the_companys_clock() -> None:
    evening = datetime(2026, 12, 1, 1, 51, tzinfo=UTC)

    with timezone.override("America/New_York"):
        named = [
            LedgerVerification(finished_at=evening),
            PayeeHold(placed_at=evening),
            PayoutDownload(taken_by="Frank", taken_at=evening),
            Statement(created_at=evening),
        ]
        assert [str(each).partition("Nov.")[2] for each in named] == [" 30, 2026"] * len(named)


def test_the_heads_of_a_list_begin_with_a_capital(console_of: Callable[[str], ConsoleClient]) -> None:
    page = console_of("administrator").get(reverse("admin:core_user_changelist"))

    heads = [str(each["text"]) for each in page.context["cl"].made_headers]

    assert "Username" in heads
    assert [head for head in heads if head[:1].islower()] == []


def test_jobs_and_commands_are_said_in_words_in_a_list() -> None:
    actor = models.CharField(name="actor")
    code = models.CharField(name="code")

    assert unfold_list.display_for_field("load_demo", actor, "-") == "Load demo"
    assert unfold_list.display_for_field("Merly", actor, "-") == "Merly"
    assert unfold_list.display_for_field("accrued_expenses", code, "-") == "accrued_expenses"
