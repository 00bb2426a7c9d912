"""`allocate_payment` and `auto_allocate` from the command line: the same services."""

from __future__ import annotations

import re
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from payments.models import Payment
from payments.tests.billing import bill, make_customer, receive
from tests.cast import NORTH, acting

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def payment() -> Payment:
    """100.00 of a customer who owes 60.00 (2 % when early) and 30.00."""
    with acting("manager") as manager:
        customer = make_customer(manager)
        bill(manager, customer, "60.00", number="INV-A", percent="2", days=5)
        bill(manager, customer, "30.00", number="INV-B")
        return receive(manager, customer, "100.00")


def run(*words: str) -> str:
    out = StringIO()
    call_command(*words, company=str(NORTH), stdout=out)
    return out.getvalue()


def test_allocates_chosen_lines(payment: Payment) -> None:
    said = run("allocate_payment", payment.number, "INV-A=50.00", "invoice:INV-B=30", "--discount")

    assert said.splitlines() == [
        "INV-A: 50.00 with 1.00 discount, 10.00 left.",
        "INV-B: 30.00, 0.00 left.",
        f"{payment.number}: 21.00 USD unallocated.",
    ]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("INV-A", "is not a line"),
        ("INV-Z=1.00", "There is no invoice or obligation INV-Z"),
        ("INV-A=1.005", "at most two decimals"),
        ("INV-A=60.01", "above the 60.00 outstanding"),
    ],
)
def test_refuses_a_wrong_line(payment: Payment, line: str, message: str) -> None:
    with pytest.raises(CommandError, match=re.escape(message)):
        run("allocate_payment", payment.number, line)

    with acting("manager"):
        assert Payment.objects.get().unallocated == 100


def test_previews_and_applies_the_plan(payment: Payment) -> None:
    shown = run("auto_allocate", payment.number, "--strategy", "largest_first", "--preview")
    plan_hash = re.search(r"--plan-hash ([0-9a-f]{64})", shown)
    assert plan_hash
    with acting("manager"):
        untouched = Payment.objects.get().unallocated

    applied = run("auto_allocate", payment.number, "--strategy", "largest_first", "--plan-hash", plan_hash[1])

    assert untouched == 100
    assert shown.splitlines()[:2] == applied.splitlines()[:2] == ["1. INV-A: 60.00", "2. INV-B: 30.00"]
    assert "10.00 USD left (applied)" in applied


def test_an_unknown_strategy_is_refused_with_the_list(payment: Payment) -> None:
    with pytest.raises(CommandError, match="fifo, overdue_first"):
        run("auto_allocate", payment.number, "--strategy", "psychic")
