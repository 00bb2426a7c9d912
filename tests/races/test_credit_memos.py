"""Credit memos at the same moment, over HTTP and in the weekly run with real connections."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from threading import Event, Thread
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction

from batconnect.core.kernel.clock import today
from ledger.models import Obligation
from ledger.services import post_entries
from ledger.verification import verify
from ledger.weekly import CreditUse, credit_source
from payments.credit_memos.tests.builders import REASON, credit, memo_of, toll
from payments.models import Allocation, CreditMemo
from payments.tests.builders import Debtor, make_john_doe, pay
from tests.cast import acting
from tests.races.test_allocations import at_once, send, statuses

pytestmark = pytest.mark.django_db(transaction=True)
D = Decimal
MEMOS = "/api/accounting/credit-memos"


@pytest.fixture
def world() -> Iterator[tuple[Debtor, UUID, UUID]]:
    """The driver, the id of a toll of 45.00 that was paid, and the id of one that was not; the books are verified when
    the test is over."""
    with acting("manager") as manager:
        john = make_john_doe(manager)
        paid = toll(manager, john)
        pay(manager, "45.00", ("EZPass", "EZ-1", "45.00"))
        owed = toll(manager, john, reference_id="EZ-2")
    yield john, paid.id, owed.id
    with acting("manager") as manager:
        assert [f"{found.check}: {found.difference}" for found in verify(actor=manager)] == []


def test_of_many_memos_no_more_is_credited_than_was_owed(world: tuple[Debtor, UUID, UUID]) -> None:
    _, _, owed = world

    answers = at_once(
        6, lambda _: send(MEMOS, {"obligation_id": str(owed), "amount": "20.00", "reason": REASON})
    )

    assert statuses(answers) == {201: 2, 400: 4}
    with acting("manager"):
        assert Obligation.objects.get(id=owed).credited == D("40.00")
        assert sorted(CreditMemo.objects.values_list("number", flat=True)) == [
            f"CRM-{each.issued_on.year}-{place:03}"
            for place, each in enumerate(CreditMemo.objects.order_by("number_order"), start=1)
        ]


def test_of_many_applications_no_more_is_applied_than_is_left(world: tuple[Debtor, UUID, UUID]) -> None:
    _, paid, owed = world
    with acting("manager") as manager:
        memo = memo_of(credit(manager, Obligation.objects.get(id=paid)))

    answers = at_once(
        6,
        lambda _: send(f"{MEMOS}/{memo.id}/allocations", {"obligation_id": str(owed), "amount": "20.00"}),
    )

    assert statuses(answers) == {201: 2, 400: 4}
    with acting("manager"):
        assert CreditMemo.objects.get().left == D("5.00")


def test_what_is_used_while_it_is_voided_is_used_or_voided(world: tuple[Debtor, UUID, UUID]) -> None:
    _, paid, owed = world
    with acting("manager") as manager:
        memo = memo_of(credit(manager, Obligation.objects.get(id=paid)))

    def act(number: int) -> Any:
        if number:
            return send(f"{MEMOS}/{memo.id}/void", {"reason": REASON})
        return send(f"{MEMOS}/{memo.id}/allocations", {"obligation_id": str(owed), "amount": "45.00"})

    answers = at_once(2, act)

    assert statuses(answers) in ({201: 1, 409: 1}, {200: 1, 409: 1})


def test_who_applies_it_while_the_weekly_run_holds_it_waits_and_gets_the_rest(
    world: tuple[Debtor, UUID, UUID],
) -> None:
    john, paid, owed = world
    with acting("manager") as manager:
        memo = memo_of(credit(manager, Obligation.objects.get(id=paid)))
    holds, answers = Event(), []

    def apply() -> None:
        try:
            holds.wait(timeout=30)
            body = {"obligation_id": str(owed), "amount": "25.00"}
            answers.append(send(f"{MEMOS}/{memo.id}/allocations", body))
        finally:
            connection.close()

    thread = Thread(target=apply)
    thread.start()
    with acting("manager") as manager, transaction.atomic():
        _use(manager, john, holds)
    thread.join(timeout=30)

    (answer,) = answers
    assert answer.status_code == 400, answer.content
    assert "20.00 left" in answer.json()["detail"]
    with acting("manager"):
        assert Allocation.objects.get(memo=memo.id).amount == D("25.00")


def _use(manager: Any, john: Debtor, holds: Event) -> None:
    """What the run does: lock, then write; the other one asks in between."""
    source = credit_source()
    assert source is not None
    (held,) = source.lock(
        actor=manager,
        lease_ids=[john.lease.pk],
        customer_ids=[john.customer.pk],
        until=today(manager.company),
    )
    holds.set()
    item = Obligation.objects.select_for_update(no_key=True).get(reference_id="PVB-4471")
    wait: Callable[[float], bool] = Event().wait
    wait(0.5)
    use = CreditUse(
        held=held,
        obligation_id=item.id,
        lease_id=john.lease.pk,
        category=item.category,
        amount=D("25.00"),
        outstanding=item.outstanding,
        decision={"rank": 1},
        effective_on=today(manager.company),
    )
    written = source.write(actor=manager, uses=[use], paid=[])
    post_entries(actor=manager, drafts=written.drafts, rows=written.rows, changes=written.changes)
