"""Orders of lists: each that a list offers is one click, and served by an index for the runtime role."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib import admin
from django.db import connection, models
from django.test import RequestFactory
from django.urls import reverse

from batconnect.core.kernel.actors import Actor
from console.tests.conftest import ConsoleClient
from console.tests.debts import make_debts
from console.tests.test_matrix import PAGES

OBLIGATIONS = reverse("admin:ledger_obligation_changelist")
# Of these an order is promised: by amount, by what is outstanding, by age, by customer.
PROMISED = {
    *("payments.Payment", "payments.Invoice", "ledger.Obligation", "ledger.Dtr"),
    *("loans.DriverLoan", "repairs.RepairInvoice"),
}
OFFERED = [
    (model, order)
    for model in PAGES
    for order in admin.site.get_model_admin(model).sorts  # type: ignore[attr-defined]  # a ListAdmin's
]
# Payments with cash that is not applied: their own index has so few that they are sorted.
FEW = "payment_cash_left"
# What would be computed for a table of any size if an index could not give the order.
ONLY_BY_INDEX = "".join(
    f"set local enable_{way} = off;" for way in ("seqscan", "bitmapscan", "sort", "hashjoin", "mergejoin")
)


def test_tables_of_money_offer_orders_by_amount_age_and_customer() -> None:
    offered: dict[str, set[str]] = {}
    for model, order in OFFERED:
        offered.setdefault(model._meta.label, set()).add(order.by)

    assert set(offered) == PROMISED
    assert all("customer" in orders for orders in offered.values())
    assert all(any(by.startswith("-") for by in orders) for orders in offered.values())
    assert all(orders & {"number_order", "issue_date", "due_date"} for orders in offered.values())


@pytest.mark.parametrize(
    ("model", "order"), OFFERED, ids=[f"{model._meta.label_lower} {order.by}" for model, order in OFFERED]
)
def test_an_index_gives_the_order(manager: Actor, model: type[models.Model], order: Any) -> None:
    """As the runtime role, under row security; what is left to sort are rows that are alike in the order."""
    page: Any = admin.site.get_model_admin(model)
    request = RequestFactory().get("/", {"sort": order.by, **dict(order.narrowed)})
    request.actor = manager  # type: ignore[attr-defined]
    rows = page.uncounted(request, request.GET).queryset.values_list("pk", flat=True)[:51]
    statement, values = rows.query.sql_with_params()

    with connection.cursor() as cursor:
        cursor.execute(ONLY_BY_INDEX)
        cursor.execute(f"explain {statement}", values)
        plan = [line.strip(" ->") for (line,) in cursor.fetchall()]

    if not any(FEW in line for line in plan):
        assert not [line for line in plan if line.startswith("Sort  (")], plan
    assert [line for line in plan if line.startswith(("Index", "Incremental"))], plan


def test_largest_debt_is_one_click(manager: Actor, console_of: Callable[[str], ConsoleClient]) -> None:
    make_debts(manager, "10.10", "30.30", "20.20")
    client = console_of("auditor")
    (link,) = (
        each.link
        for each in client.get(OBLIGATIONS).context["cl"].sort_links
        if each.title == "Largest debt first"
    )

    answer = client.get(OBLIGATIONS + link)

    page = answer.context["cl"]
    assert [row.reference_id for row in page.result_list] == ["PVB-2", "PVB-3", "PVB-1"]
    assert [each.title for each in page.sort_links if each.is_chosen] == ["Largest debt first"]
    assert page.filter_labels == [("Status", "Open")]
    assert 'aria-current="true"' in answer.content.decode()


@pytest.mark.parametrize("text", ["no_such", "company__name", "-outstanding,x", "customer__name", ","])
def test_refuses_an_order_that_the_list_does_not_have(
    manager: Actor, console_of: Callable[[str], ConsoleClient], text: str
) -> None:
    make_debts(manager, "10.10")

    answer = console_of("auditor").get(OBLIGATIONS, {"sort": text})

    assert answer.status_code == 400
    assert "This list cannot be sorted by" in answer.content.decode()
