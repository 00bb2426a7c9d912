"""Paying a loan off early (docs/domain.md#schedules)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
import time_machine

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import Conflict
from ledger.models import Obligation
from ledger.repayment.services.posting import post_due
from ledger.repayment.services.states import hold_document, release_document
from ledger.tests.builders import Debtor
from ledger.verification import verify
from loans.kind import LOANS
from loans.models import DriverLoan, LoanInstallment
from loans.services import pay_off_loan
from loans.tests.builders import lend
from tests.digest import assert_nothing_written

REASON = "The driver asked for it."
FIRST_SUNDAY = date(2025, 10, 5)


@pytest.fixture
def clock() -> Iterator[Any]:
    with time_machine.travel("2025-10-01T16:00:00Z", tick=False) as traveler:
        yield traveler


@pytest.fixture
def loan(clock: Any, manager: Actor, debtor: Debtor) -> DriverLoan:
    return lend(manager, debtor, "1200.00", interest_rate=Decimal(10), start_week=FIRST_SUNDAY)


def statuses() -> list[str]:
    return list(LoanInstallment.objects.order_by("number").values_list("status", flat=True))


def is_clean(actor: Actor) -> bool:
    differences = [f"{each.difference.subject}: {each.difference.message}" for each in verify(actor=actor)]
    assert differences == []
    return True


def test_pays_off_early_with_interest_up_to_today(clock: Any, manager: Actor, loan: DriverLoan) -> None:
    clock.move_to("2025-10-05T16:00:00Z")
    post_due(actor=manager, kind=LOANS)
    clock.move_to("2025-10-09T16:00:00Z")

    pay_off_loan(actor=manager, loan_id=loan.number)

    rows = list(
        LoanInstallment.objects.order_by("number").values_list("principal", "interest", "due_date", "status")
    )
    assert rows == [
        (Decimal("250.00"), Decimal("1.32"), FIRST_SUNDAY, "Posted"),
        # 950.00 × 10 % × 4 / 365
        (Decimal("250.00"), Decimal("1.04"), date(2025, 10, 9), "Posted"),
        (Decimal("250.00"), Decimal("0.00"), date(2025, 10, 9), "Posted"),
        (Decimal("250.00"), Decimal("0.00"), date(2025, 10, 9), "Posted"),
        (Decimal("200.00"), Decimal("0.00"), date(2025, 10, 9), "Posted"),
    ]
    assert sum(Obligation.objects.values_list("outstanding", flat=True)) == Decimal("1202.36")
    assert is_clean(manager)


def test_pays_off_before_anything_fell_due(clock: Any, manager: Actor, loan: DriverLoan) -> None:
    clock.move_to("2025-10-03T16:00:00Z")

    pay_off_loan(actor=manager, loan_id=loan.number)

    # 1,200.00 × 10 % × 2 / 365
    assert LoanInstallment.objects.get(number=1).interest == Decimal("0.66")
    assert set(statuses()) == {"Posted"}
    assert is_clean(manager)


def test_refuses_a_payoff_on_hold_or_twice(clock: Any, manager: Actor, loan: DriverLoan) -> None:
    hold_document(actor=manager, kind=LOANS, number=loan.number, reason=REASON)
    with assert_nothing_written(), pytest.raises(Conflict) as held:
        pay_off_loan(actor=manager, loan_id=loan.number)
    release_document(actor=manager, kind=LOANS, number=loan.number)
    pay_off_loan(actor=manager, loan_id=loan.number)
    with assert_nothing_written(), pytest.raises(Conflict) as twice:
        pay_off_loan(actor=manager, loan_id=loan.number)

    assert (held.value.code, twice.value.code) == ("document_state", "nothing_scheduled")
