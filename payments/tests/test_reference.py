"""GET /api/reference: what a client's forms need, with labels."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ledger.chart import METHODS, Category
from payments.rules.strategies import STRATEGIES
from tests.cast import StaffClient

pytestmark = pytest.mark.django_db


def test_lists_everything_with_its_label(client_of: Callable[..., StaffClient]) -> None:
    lists = client_of("cashier").get("/api/reference").json()

    assert set(lists) == {"currencies", "categories", "payment_methods", "strategies"}
    assert {row["code"]: row["label"] for row in lists["payment_methods"]} == METHODS
    assert {row["code"]: row["label"] for row in lists["strategies"]} == STRATEGIES
    assert [row["code"] for row in lists["categories"]] == [each.value for each in Category]
    assert {"code": "EZPASS", "label": "EZPass"} in lists["categories"]


def test_the_lists_of_every_company_are_the_same(client_of: Callable[..., StaffClient]) -> None:
    north, south = (client_of(name).get("/api/reference/").json() for name in ("cashier", "outsider"))

    assert north == south
