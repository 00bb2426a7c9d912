"""Whoever opens a balance, or voids one, while the opening is locked (docs/domain.md#opening-batch)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Event
from typing import Any

import pytest
from django.db import connection

from batconnect.core.approvals.services import approve
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.errors import Conflict
from ledger.chart import Category
from ledger.opening.services.batch import LineGiven, ask_to_lock, prepare_opening
from ledger.services import void_obligation
from ledger.tests.builders import Debtor, charge, make_debtor
from ledger.tests.vendors.builders import balance
from ledger.verification import verify
from tests.cast import acting

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def john(transactional_db: None) -> Debtor:
    with acting("manager") as actor:
        return make_debtor(actor)


def open_item(actor: Any, john: Debtor) -> Any:
    return charge(
        actor,
        john,
        category=Category.LEASE,
        reference_id="OLD",
        opening=True,
        issue_date=today(actor.company),
    )


@pytest.fixture
def request_id() -> Any:
    with acting("manager") as actor:
        lines = [
            LineGiven(1, "account", Decimal("100.00"), {"account": "bank:operating"}),
            LineGiven(2, "account", Decimal("-100.00"), {"account": "retained_earnings"}),
        ]
        prepare_opening(actor=actor, lines=lines, cut_over_on=today(actor.company))
        return ask_to_lock(actor=actor).id


@pytest.mark.parametrize("voids", [False, True])
def test_the_lock_waits_for_what_is_posted_to_opening_balances(
    john: Debtor, request_id: Any, voids: bool
) -> None:
    if voids:
        with acting("manager") as actor:
            old = open_item(actor, john)
    begun = Event()

    def lock() -> None:
        try:
            with acting("second_manager") as actor:
                begun.set()
                approve(actor=actor, approval_id=request_id)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with acting("manager") as actor:
            if voids:
                void_obligation(actor=actor, obligation_id=old.id, reason="It was never owed")
            else:
                open_item(actor, john)
            locking = pool.submit(lock)
            assert begun.wait(20)
            with pytest.raises(TimeoutError):
                locking.result(timeout=0.7)
        locking.result(timeout=20)

    with acting("manager") as actor:
        assert balance(actor, "opening_balances") == 0
        with pytest.raises(Conflict, match="locked"):
            charge(actor, john, category=Category.LEASE, reference_id="NEW", opening=True)
        assert list(verify(actor=actor)) == []
