"""What each table declares of itself holds everywhere that reads it (docs/contributing.md#adding)."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from typing import Final

import pytest
from django.conf import settings
from django.contrib import admin
from django.urls import reverse

from bank import postings as bank
from batconnect.core.database.rows import insert_batch
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.numbers import NumberSeries, Per
from batconnect.core.kernel.permissions import PERMISSIONS
from batconnect.core.kernel.subject import (
    all_series,
    all_subjects,
    find_source,
    searched,
    subjects_of_cases,
)
from batconnect.directory.models import SearchKey
from batconnect.directory.search_keys import PART
from cases import registry
from cases.models import CaseEntity
from cases.services import create_case
from cases.subjects import case_series
from console.search.rules import read
from console.tests.conftest import ConsoleClient
from console.tests.world import row_of
from ledger import postings as ledger
from ledger import sources
from ledger.models import Entry, Obligation
from ledger.repayment.kinds import repaid_kinds
from payments import postings as payments
from tests.cast import acting
from tests.tree import PACKAGES, ROOT

CAST: Final = ("cashier", "manager", "auditor", "administrator")
PERIODS: Final = {Per.YEAR: "2026", Per.DAY: "20260115", Per.NEVER: ""}
# Events that are all there is of what happened: their entry, or their obligation, is the page.
WITHOUT_PAGE: Final = {
    "ledger.transfer": "the drawer's side of one transfer: the entry itself",
    "ledger.charge": "finance entered it: the obligation itself",
    "ledger.lease_fee": "the week's fee: the obligation itself",
    "ledger.write_off": "the id names this one write-off: the entry itself",
    "ledger.vendor_offset": "a credit that was used on bills: their pages list it",
    "ledger.vendor_payment": "one payment of several bills: their pages list it",
    "ledger.vendor_refund": "a credit that came back: its page lists it",
}


def test_every_page_of_a_table_has_a_declaration_and_every_declaration_a_page() -> None:
    assert {each.model for each in all_subjects()} == {each._meta.label for each in admin.site._registry}


@pytest.mark.usefixtures("undrawn")
def test_every_table_opens_for_exactly_those_with_its_permission(
    world: Actor, console_of: Callable[[str], ConsoleClient]
) -> None:
    wrong, opened = [], set()

    for username in CAST:
        client = console_of(username)
        with acting(username) as actor:
            may_see = {each.model: actor.can(each.permission) for each in all_subjects()}
        for subject in all_subjects():
            status = client.get(reverse(f"admin:{subject.url_name}_changelist")).status_code
            if status != (200 if may_see[subject.model] else 403):
                wrong.append((username, subject.model, status))
            if may_see[subject.model]:
                opened.add(subject.model)

    assert wrong == []
    assert opened == {each.model for each in all_subjects()}


@pytest.mark.parametrize(
    ("kind", "series"),
    [
        *((subject.search.kind, series) for subject, series in all_series() if subject.search),
        *(("case", case_series(flow.prefix)) for flow in registry.flows()),
    ],
)
def test_every_series_is_found_in_every_typed_form(kind: str, series: NumberSeries) -> None:
    number = series.format(7, PERIODS[series.per])
    short = "-".join(filter(None, (series.prefix, PERIODS[series.per], "7")))
    forms = {number, number.lower(), number.replace("-", ""), number.replace("-", " "), f" {short} "}

    found = {text: read(text, year=2026, case_prefixes=[series.prefix]).numbers[kind].exact for text in forms}

    assert found == dict.fromkeys(forms, (number,))


def test_every_numbered_table_is_searched_and_its_keys_have_its_kind(world: Actor) -> None:
    keyed = {kind for kind, each in searched().items() if each.search and each.search.by_key}

    assert [subject.model for subject, _ in all_series() if subject.search is None] == []
    parts = {f"{PART}{kind}" for kind, each in searched().items() if each.search and each.search.has_parts}
    assert set(SearchKey.objects.values_list("kind", flat=True)) == keyed | parts


def test_every_source_type_leads_to_a_page(world: Actor, console_of: Callable[[str], ConsoleClient]) -> None:
    posted = {
        code
        for model in (Entry, Obligation)
        for code in model.objects.values_list("source_type", flat=True).distinct()
    }
    client = console_of("manager")

    declared = {
        value
        for module in (ledger, payments, bank)
        for name, value in vars(module).items()
        if name.isupper() and isinstance(value, str) and "." in value
    }
    declared |= {code for kind in repaid_kinds() for code in (kind.opened, kind.source_type)}
    known = {code for code in {*posted, *declared, *sources._sources} if not code.startswith("test.")}
    without = {code for code in known if find_source(code) is None}
    pages = {
        named[0].model: client.get(
            reverse(f"admin:{named[0].url_name}_change", args=[row_of(named[0].model_class).pk])
        ).status_code
        for code in known
        if (named := find_source(code))
    }

    assert without == set(WITHOUT_PAGE)
    assert set(pages.values()) == {200}


def test_every_number_is_in_the_documentation() -> None:
    page = (settings.BASE_DIR / "docs" / "domain.md").read_text(encoding="utf-8")
    table = page.partition('<a id="numbers"></a>')[2].partition("<a id=")[0]
    written = set(re.findall(r"`([A-Z]+-?(?:Y{4}\w*-)?N+)`", table))

    assert written == {series.pattern for _, series in all_series()} | {case_series("PREFIX").pattern}


def test_what_a_case_has_made_is_linked_from_it(
    world: Actor, console_of: Callable[[str], ConsoleClient]
) -> None:
    case = create_case(actor=world, case_type="INTPAY").case
    rows = {
        of_case: (subject, row_of(subject.model_class))
        for subject, of_case in subjects_of_cases()
        if of_case.entity
    }
    made = {of_case: str(getattr(row, of_case.named_by)) for of_case, (_, row) in rows.items()}
    insert_batch(
        [
            CaseEntity(company_id=case.company_id, case=case, entity=each.entity, entity_id=key, url="/")
            for each, key in made.items()
            if not CaseEntity.objects.filter(entity=each.entity, entity_id=key).exists()
        ]
    )

    without = []
    for of_case, (subject, row) in rows.items():
        maker = CaseEntity.objects.get(entity=of_case.entity, entity_id=made[of_case]).case_id
        page = console_of("manager").get(reverse("admin:cases_case_change", args=[maker])).content.decode()
        if f'href="{reverse(f"admin:{subject.url_name}_change", args=[row.pk])}"' not in page:
            without.append(subject.model)

    assert without == []
    assert len(rows) > 3


def test_what_cases_make_is_called_as_its_table_declares() -> None:
    calls = [
        node
        for package in PACKAGES
        for path in sorted((ROOT / package).rglob("*.py"))
        if "tests" not in path.parts
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "CreatedEntity"
    ]

    names = [ast.unparse(call.args[0]) for call in calls]
    assert [each for each in names if not each.startswith("entity_of(") and each != "kind.entity"] == []
    assert len(names) == 3


def test_declarations_name_permissions_and_symbols() -> None:
    assert {each.permission for each in all_subjects()} <= set(PERMISSIONS)
    assert [each.model for each in all_subjects() if not re.fullmatch(r"[a-z_0-9]+", each.icon)] == []
    ranks = [each.search.rank for each in all_subjects() if each.search]
    assert len(ranks) == len(set(ranks))
