"""What every list's columns have in common, and what a row's page offers of its history."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.contrib import admin
from django.db import models

from batconnect.core.console.lists.columns import column_name
from batconnect.core.database.history import keeps_history
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.money import TypedMoneyField
from batconnect.core.kernel.words import say_days
from batconnect.core.models import User
from batconnect.directory.models import Customer
from cases.models import CaseStepOverride, CaseType
from console.tests.conftest import ConsoleClient
from console.tests.test_matrix import path_of
from console.tests.world import row_of
from ledger.models import Entry, LedgerVerification, PayoutBatch
from loans.models import DriverLoan
from payments.models import Payment

# Numbers that name something.
NAMES = {
    ("directory.Vehicle", "year"),
    ("ledger.OpeningBatch", "version"),
    ("ledger.PayingAccount", "last_check"),
    ("ledger.PayingAccount", "next_check"),
    ("ledger.RepaymentMatrix", "version"),
}
SUR_NAME = "Lindqvist-Ortega"


def _columns() -> Iterator[tuple[type[models.Model], Any, models.Field[Any, Any]]]:
    """Every column of every list that is one of its table's."""
    for model, page in admin.site._registry.items():
        fields = {field.name: field for field in model._meta.concrete_fields}
        for declared in getattr(page, "declared_columns", ()):
            if field := fields.get(column_name(declared)):
                yield model, declared, field


def test_what_is_counted_stands_to_the_right() -> None:
    plain = {
        (model._meta.label, field.name)
        for model, declared, field in _columns()
        if isinstance(field, models.DecimalField | models.IntegerField)
        and not field.choices
        and not str(getattr(declared, "__name__", "")).endswith(" money")
    }

    assert plain == NAMES


@pytest.mark.parametrize(
    ("model", "name", "value", "shown"),
    [
        (DriverLoan, "interest_rate", Decimal("12.50"), "12.5 %"),
        (DriverLoan, "amount", Decimal("1234.5"), "1,234.50"),
        (PayoutBatch, "payout_count", 1_200, "1,200"),
        (PayoutBatch, "payout_count", None, None),
    ],
)
def test_numbers_are_said_as_what_they_are(
    model: type[models.Model], name: str, value: Any, shown: str | None
) -> None:
    page: Any = admin.site.get_model_admin(model)
    (column,) = (each for each in page.declared_columns if column_name(each) == name)

    assert column(model(**{name: value})) == shown


@pytest.mark.parametrize("model", [Entry, PayoutBatch, Payment], ids=lambda model: model._meta.label)
def test_lists_name_people_in_full(
    world: Actor, console_of: Callable[[str], ConsoleClient], model: type[models.Model]
) -> None:
    User.objects.filter(username__in=("manager", "cashier", "second_manager")).update(last_name=SUR_NAME)

    page = console_of("manager").get(path_of(model, "changelist")).content.decode()

    rows = page[page.index('id="result_list"') :]
    assert SUR_NAME in rows
    for first_name in ("Mara", "Merly", "Sam"):
        assert rows.count(f">{first_name}") == rows.count(f">{first_name} {SUR_NAME}")


@pytest.mark.parametrize(
    "model",
    [Customer, CaseStepOverride, Payment, Entry, LedgerVerification],
    ids=lambda each: each._meta.label,
)
def test_a_page_offers_a_history_where_one_is_kept(
    world: Actor, console_of: Callable[[str], ConsoleClient], model: type[models.Model]
) -> None:
    row = row_of(model)

    page = console_of("manager").get(path_of(model, "change", row.pk)).content.decode()

    assert (f'href="{path_of(model, "history", row.pk)}"' in page) is keeps_history(model)
    assert keeps_history(Customer)
    assert not keeps_history(Payment)


def test_transitions_are_told_in_words(world: Actor, console_of: Callable[[str], ConsoleClient]) -> None:
    kind = CaseType.objects.get(code="DRLNS")

    page = console_of("manager").get(path_of(CaseType, "change", kind.pk)).content.decode()

    drawing = page[page.index("<svg") :]
    assert "Loan enter details" in drawing
    assert "LOAN ENTER DETAILS" not in page
    assert "cases.manage" not in page


def test_amounts_stand_in_boxes_as_they_stand_elsewhere() -> None:
    field = TypedMoneyField()

    assert field.prepare_value(Decimal("50875.00")) == "50,875.00"
    assert field.prepare_value("50875") == "50875"
    assert not field.has_changed(Decimal("50875.00"), "50,875.00")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("2026-12-01 05:15", "Dec. 1, 2026, 05:15"),
        ("week of 2026-11-22: 3", "week of Nov. 22, 2026: 3"),
        ("LS-2037-2026-11-22", "LS-2037-2026-11-22"),
    ],
)
def test_instants_of_reports_read_as_everywhere(text: str, said: str) -> None:
    assert say_days(text) == said
