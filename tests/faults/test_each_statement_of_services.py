"""A fault at the k-th statement of what services do one after the other, for every k: no service goes on as if nothing
were, and nothing of it stays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction

from agencies.tests.builders import EZPASS, csv_of, take, toll
from batconnect.core.kernel.actors import Actor
from ledger.paying.tests.builders import due_drivers, sent, set_up
from ledger.services import void_obligation, write_off
from ledger.tests.builders import charge, make_debtor
from ledger.tests.settlement.builders import at
from ledger.verification import verify
from loans.tests.builders import lend
from payments.tests.billing import make_customer, receive
from repairs.tests.builders import repair
from tests.cast import _actor
from tests.digest import digest
from tests.entry_points.test_came_back import WAYS, cleared
from tests.faults.test_each_statement import FEWEST, Fault, failing_at

WHY = "a fault in the middle"


def written_off(actor: Actor) -> object:
    owed = charge(actor, make_debtor(actor), reference_id="EZ-1")
    return write_off(actor=actor, obligation_id=owed.id, amount=owed.outstanding, reason=WHY)


def charge_voided(actor: Actor) -> object:
    owed = charge(actor, make_debtor(actor), reference_id="EZ-1")
    return void_obligation(actor=actor, obligation_id=owed.id, reason=WHY)


def lent(actor: Actor) -> object:
    return lend(actor, make_debtor(actor), "300.00")


def received(actor: Actor) -> object:
    return receive(actor, make_customer(actor), "80.00")


def explained(actor: Actor) -> object:
    return cleared(actor, "payments.refund")


def paid_out(actor: Actor) -> object:
    """A week settled, its DTR in a batch of checks that a second person approves, and the batch sent."""
    set_up(actor)
    due_drivers(actor, count=1)
    with at("2026-01-11"):
        return sent(actor, _actor("second_manager"), "check")


def repaired(actor: Actor) -> object:
    return repair(actor, make_debtor(actor))


def tolls_taken(actor: Actor) -> object:
    return take(
        actor, csv_of(EZPASS, toll("T1", "05/11/2026", "00512345678"), toll("T2", "05/11/2026", "1SAM401"))
    )


DONE: dict[str, Callable[[Actor], object]] = {
    **WAYS,
    **{
        each.__name__: each
        for each in (written_off, charge_voided, lent, received, explained, paid_out, repaired, tolls_taken)
    },
}


@pytest.mark.parametrize("way", sorted(DONE))
def test_no_service_goes_on_after_a_fault(manager: Actor, way: str) -> None:
    before, place, outcome = digest(), 0, None
    while outcome is None:
        place += 1
        outcome = _tried(DONE[way], manager, place)
        assert outcome is not None or digest() == before, f"something stays of a fault at statement {place}"

    assert place > FEWEST
    assert digest() != before
    assert [each.check for each in verify(actor=manager)] == []


def _tried(done: Callable[[Actor], object], actor: Actor, place: int) -> Any:
    """What came of it, when the statement of that place was never reached; None after a fault."""
    faulty, came = failing_at(place), False

    def run(*arguments: Any) -> Any:
        nonlocal came
        try:
            return faulty(*arguments)
        except Fault:
            came = True
            raise

    try:
        with transaction.atomic(), connection.execute_wrapper(run):
            outcome = done(actor)
    except Fault:
        return None
    assert not came, f"the fault at statement {place} was passed over"
    return outcome
