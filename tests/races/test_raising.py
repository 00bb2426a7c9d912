"""Two who raise, void or write off the same at the same moment: one does it, nobody does it twice."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import Refusal
from ledger.chart import Category
from ledger.models import Entry, Obligation
from ledger.services import ObligationDraft, raise_obligations, void_posting, write_off
from ledger.tests.builders import Debtor, charge, day, make_debtor, raising_posting
from ledger.verification import verify
from tests.cast import acting

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*works: Callable[[Actor], Any]) -> list[Any]:
    """Run each work in a transaction of its own connection, all begun before any goes on; results or refusals."""
    barrier = threading.Barrier(len(works))

    def run(work: Callable[[Actor], Any]) -> Any:
        try:
            with acting("manager") as actor:
                barrier.wait(timeout=20)
                return work(actor)
        except Refusal as refusal:
            return refusal.code
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


def fees(
    actor: Actor, debtor: Debtor, references: list[int], amount: str = "500.00"
) -> list[ObligationDraft]:
    return [
        ObligationDraft(
            category=Category.LEASE,
            reference_id=f"W-{number}",
            amount=Decimal(amount),
            issue_date=day(actor),
            due_date=day(actor),
            customer_id=debtor.customer.id,
            lease_id=debtor.lease.id,
            credits=(("income:lease", Decimal(amount)),),
        )
        for number in references
    ]


@pytest.fixture
def john(transactional_db: None) -> Debtor:
    with acting("manager") as actor:
        return make_debtor(actor)


def test_the_same_reference_from_two_connections_is_raised_once(john: Debtor) -> None:
    # In opposite orders, which would deadlock if each inserted in its own.
    def raise_up(actor: Actor) -> list[bool]:
        drafts = fees(actor, john, list(range(40)))
        return [each.created for each in raise_obligations(actor=actor, drafts=drafts)]

    def raise_down(actor: Actor) -> list[bool]:
        drafts = fees(actor, john, list(reversed(range(40))))
        return [each.created for each in raise_obligations(actor=actor, drafts=drafts)]

    results = at_once(raise_up, raise_down, raise_up, raise_down)

    assert sum(sum(created) for created in results) == 40
    with acting("manager") as actor:
        assert (Obligation.objects.count(), Entry.objects.count()) == (40, 40)
        assert list(verify(actor=actor)) == []


def test_the_same_reference_with_two_amounts_is_a_conflict_for_one(john: Debtor) -> None:
    def raising(amount: str) -> Callable[[Actor], Any]:
        return lambda actor: raise_obligations(actor=actor, drafts=fees(actor, john, [1], amount))[0].created

    results = at_once(raising("500.00"), raising("400.00"))

    assert sorted(map(str, results)) == ["True", "reference_taken"]
    with acting("manager") as actor:
        assert (Obligation.objects.count(), Entry.objects.count()) == (1, 1)
        assert list(verify(actor=actor)) == []


def test_two_voids_undo_once(john: Debtor) -> None:
    with acting("manager") as actor:
        posting = raising_posting(charge(actor, john))

    def void(actor: Actor) -> str:
        return void_posting(actor=actor, posting_id=posting.id, reason="Another car's toll").event

    assert sorted(at_once(void, void)) == ["already_voided", "obligation_raised"]
    with acting("manager") as actor:
        assert list(verify(actor=actor)) == []


def test_two_write_offs_never_exceed_what_is_owed(john: Debtor) -> None:
    with acting("manager") as actor:
        toll = charge(actor, john, amount="100.00")

    def give_up(actor: Actor) -> Decimal:
        done = write_off(
            actor=actor, obligation_id=toll.id, amount=Decimal("30.00"), reason="Not worth the letter"
        )
        return done.obligation.outstanding

    results = at_once(*[give_up] * 5)

    assert sorted(map(str, results)) == ["10.00", "40.00", "70.00", "above_outstanding", "above_outstanding"]
    with acting("manager") as actor:
        assert Obligation.objects.get().outstanding == Decimal("10.00")
        assert list(verify(actor=actor)) == []


def test_a_void_and_a_write_off_do_not_both_happen(john: Debtor) -> None:
    with acting("manager") as actor:
        toll = charge(actor, john, amount="100.00")
        posting = raising_posting(toll)

    results = at_once(
        lambda actor: void_posting(actor=actor, posting_id=posting.id, reason="Another car's toll").event,
        lambda actor: str(
            write_off(
                actor=actor, obligation_id=toll.id, amount=Decimal("30.00"), reason="Not worth the letter"
            ).obligation.outstanding
        ),
    )

    assert results in (["obligation_raised", "obligation_not_open"], ["obligation_in_use", "70.00"])
    with acting("manager") as actor:
        assert list(verify(actor=actor)) == []
