"""What is added to a list later is whole: a method, a category or a currency has its accounts in companies that are
there, and no place that such a list is read from is forgotten (docs/contributing.md#adding)."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, fields
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib import admin
from django.core.management import call_command

from batconnect.core.companies import currencies
from batconnect.core.companies.currencies import sync_currencies
from batconnect.core.database.roles import as_owner
from batconnect.core.database.tenancy import company_context
from batconnect.core.kernel.actors import CompanyProfile
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.ids import uuid7
from batconnect.core.kernel.permissions import PERMISSIONS
from batconnect.core.models import CompanySettings
from console.reports import catalog
from console.reports.report import Report
from ledger import chart
from ledger.models import Account, BankAccount, Entry
from ledger.repayment.kinds import repaid_kinds
from ledger.rules.categories import parse_category
from ledger.rules.hierarchy import in_hierarchy_order
from ledger.services.chart import synchronize_charts
from ledger.services.obligations import ObligationDraft, raise_obligations
from ledger.treasury.services.places import complete_bank_accounts
from outstanding.rules.modes import PLAN_METHODS, method_of
from payments.rules import methods
from payments.rules.plans import OpenItem, Options, Percentage
from payments.rules.strategies import DECLARED, options_of, plan
from payments.services.recording import record_payment
from payments.tests.billing import make_customer
from tests.cast import NORTH, SOUTH, acting
from tests.tree import PACKAGES

Later = StrEnum("Later", [*((each.name, each.value) for each in chart.Category), ("TOWING", "TOWING")])
Later.label = property(lambda self: self.value.capitalize())  # type: ignore[attr-defined]  # as Category has it


@pytest.mark.django_db(transaction=True)
def test_what_is_added_later_can_be_posted_in_companies_that_are_there(monkeypatch: Any) -> None:
    monkeypatch.setitem(chart.METHODS, "zelle", "Zelle")
    monkeypatch.setitem(methods._SPELLINGS, "zelle", "zelle")
    monkeypatch.setattr(chart, "Category", Later)
    monkeypatch.setitem(currencies.OFFERED, "CHF", "Swiss franc")
    with as_owner():
        sync_currencies(sender=None, using="default")
        opened = synchronize_charts()
        again = synchronize_charts()

    with acting("manager") as manager:
        customer = make_customer(manager)
        paid = record_payment(
            actor=manager,
            customer_id=customer.pk,
            amount=Decimal("20.00"),
            method="zelle",
            payment_date=today(manager.company),
            currency="CHF",
        ).payment
        raised = raise_obligations(actor=manager, drafts=[_towing(manager, customer)])
        entries = Entry.objects.count()

    lines = len(chart.chart())
    assert (opened, again) == (2 * (6 * lines - 5 * (lines - 2)), 0)
    assert (paid.currency, paid.method) == ("CHF", "zelle")
    assert (raised[0].obligation.category, entries) == ("TOWING", 2)
    for company in (NORTH, SOUTH):
        with company_context(company, job="test"):
            assert Account.objects.filter(code="cash:zelle", currency="CHF").count() == 1
    with as_owner():
        complete_bank_accounts()
    # North alone has books in it.
    for company, accounts in ((NORTH, 1), (SOUTH, 0)):
        with company_context(company, job="test"):
            assert BankAccount.objects.filter(currency="CHF").count() == accounts


@pytest.mark.django_db(transaction=True)
def test_every_migrate_completes_the_charts(monkeypatch: Any) -> None:
    monkeypatch.setitem(chart.METHODS, "zelle", "Zelle")

    call_command("migrate", verbosity=0, interactive=False)

    for company in (NORTH, SOUTH):
        with company_context(company, job="test"):
            assert Account.objects.filter(code="cash:zelle").count() == len(currencies.OFFERED)


def _towing(actor: Any, customer: Any) -> ObligationDraft:
    day = today(actor.company)
    return ObligationDraft(
        category=Later.TOWING,  # type: ignore[attr-defined]  # made at run time
        reference_id="TOW-1",
        amount=Decimal("75.00"),
        issue_date=day,
        due_date=day + timedelta(days=30),
        customer_id=customer.pk,
        credits=((chart.LEASE_INCOME, Decimal("75.00")),),
    )


def test_every_category_is_declared_whole() -> None:
    origins = [each.origin for each in chart.Category]

    assert in_hierarchy_order([_Owed(each.value) for each in reversed(chart.Category)]) == [
        _Owed(each.value) for each in chart.Category
    ]
    assert origins == sorted(origins, key=lambda origin: origin is chart.Origin.CUSTOMERS)
    assert {parse_category(text) for each in chart.Category for text in (each.label, each.spelling)} == set(
        chart.Category
    )


def test_every_method_is_read_by_its_code_and_label_and_every_mode_is_a_method() -> None:
    read = {
        methods.parse_method(text): code for code, label in chart.METHODS.items() for text in (code, label)
    }

    assert read == {code: code for code in chart.METHODS}
    assert {method_of(mode) for mode in PLAN_METHODS} <= set(chart.METHODS)
    assert set(methods.INTERIM_METHODS) <= set(chart.METHODS)


@pytest.mark.parametrize("code", DECLARED)
def test_every_strategy_orders_or_divides_and_says_why(code: str) -> None:
    declared = DECLARED[code]
    items = [
        OpenItem(
            uuid7(), f"INV-{number}", "INVOICE", 100 * number, date(2026, 1, number), date(2026, 2, number)
        )
        for number in (1, 2, 3)
    ]
    given: dict[str, Any] = {
        "percentages": tuple(Percentage(Decimal(30), item_id=each.id) for each in items),
        "order": tuple(each.id for each in reversed(items)),
        "priority_rules": "due_date DESC",
    }
    options = Options(today=date(2026, 3, 1), **{name: given[name] for name in options_of(code)})

    made = plan(strategy=code, items=items, available=500, options=options)

    assert (declared.rank is None) != (declared.share is None)
    assert set(declared.needs) <= set(declared.takes) <= set(given)
    assert sum(line.cash for line in made.lines) + made.cash_left == 500
    assert all(declared.why(line.decision) for line in made.lines)


def test_every_setting_is_on_the_page_and_what_rules_ask_for_is_one() -> None:
    page = admin.site.get_model_admin(CompanySettings)
    shown = {name for _, options in page.fieldsets for name in options["fields"]}
    asked = {field.name for field in fields(CompanyProfile)} - {"id", "name", "time_zone", "base_currency"}

    assert set(CompanySettings.changeable()) - {"logo"} <= shown
    assert asked <= set(CompanySettings.changeable())


def test_every_report_is_in_the_catalog() -> None:
    folder = Path(catalog.__file__).parent
    for path in folder.glob("*.py"):
        import_module(f"console.reports.{path.stem}")

    assert set(Report.__subclasses__()) == {type(each) for each in catalog.REPORTS.values()}


def test_what_the_contributing_page_sends_to_is_there() -> None:
    page = (settings.BASE_DIR / "docs" / "contributing.md").read_text(encoding="utf-8")
    table = page.partition('<a id="adding"></a>')[2].partition("<a id=")[0]
    named = re.findall(r"`((?:\w+/)+\w+\.\w+)", table)
    counts = {row.split("|")[1].strip(): len(_code_files(row)) for row in _rows(table)}

    assert [path for path in named if not (settings.BASE_DIR / path).exists()] == []
    assert len(named) > 15
    assert counts.pop("a kind of repaid document") == 7
    assert max(counts.values()) == 4


def _rows(table: str) -> list[str]:
    return [line for line in table.splitlines() if line.startswith(("| a ", "| an "))]


def _code_files(row: str) -> set[str]:
    """Every file of code that the row sends to, in either column: documentation and tests are besides."""
    named = re.findall(r"`([\w<>/]+\.(?:py|html|toml|ini))", row)
    return {path for path in named if not path.startswith("tests/")}


def test_every_kind_of_repaid_document_stands_where_the_others_do() -> None:
    kinds = [kind.app for kind in repaid_kinds()]
    lines = [
        (name, line)
        for name in ("pyproject.toml", "pytest.ini", "batconnect/settings.py", "batconnect/urls.py")
        for line in (settings.BASE_DIR / name).read_text(encoding="utf-8").splitlines()
        if not line.strip().startswith("#")
    ]
    places = {app: Counter(name for name, line in lines if re.search(rf"\b{app}\b", line)) for app in kinds}

    assert len(kinds) > 1
    assert all(places[app] == places[kinds[0]] for app in kinds), places
    assert set(PACKAGES) <= set(settings.INSTALLED_APPS)
    assert {f"{app}.{right}" for app in kinds for right in ("view", "export", "open")} <= set(PERMISSIONS)


@dataclass(frozen=True)
class _Owed:
    category: str
    due_date: date = date(2026, 1, 1)
    reference_id: str = "1"
