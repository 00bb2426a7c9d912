"""A payment that DTRs have, and that the bank takes back: the next DTR owes it again.

Rule: docs/domain.md#returns, docs/domain.md#dtr.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from batconnect.core.kernel.actors import Actor
from ledger.models import Obligation
from ledger.tests.settlement.builders import (
    WEEK,
    assert_books_agree,
    at,
    dtr_of,
    earn,
    lines,
    make_driver,
    settle,
    settle_from,
)
from payments.models import Payment
from payments.services.interim import ChosenAllocation, record_interim_payment
from payments.services.returns import return_payment

FIRST = date(2026, 1, 4)
D = Decimal


def test_what_came_back_is_owed_again_in_the_next_week(manager: Actor) -> None:
    john = make_driver(manager)
    job = settle_from(FIRST + WEEK)
    with at("2026-01-11"):
        settle(job, FIRST)
    fee = Obligation.objects.get(category="LEASE")
    with at("2026-01-13"):
        payment = record_interim_payment(
            actor=manager,
            driver_id=john.driver.pk,
            lease=john.lease.pk,
            amount=D("200.00"),
            method="Check",
            payment_date=date(2026, 1, 13),
            allocations=[ChosenAllocation("LEASE", fee.reference_id, D("200.00"))],
        ).payment
    with at("2026-01-18"):
        earn(manager, john, FIRST + WEEK, "300.00")
        settle(job, FIRST + WEEK)
    before = dtr_of(john, FIRST + WEEK)
    assert (before.interim_payments, before.carried_forward) == (D("200.00"), D("500.00"))

    with at("2026-01-20"):
        return_payment(actor=manager, payment_id=payment.id, reason_code="NSF", fee=D("20.00"))
    with at("2026-01-25"):
        settle(job, FIRST + 2 * WEEK)

    after = dtr_of(john, FIRST + 2 * WEEK)
    assert (after.charges, after.interim_payments, after.owed) == (D("520.00"), D("-200.00"), D("1220.00"))
    assert ("MISC", f"NSF-{payment.number}", "20.00") in lines(after, "charge")
    assert Payment.objects.get(id=payment.id).status == "returned"
    before_again = dtr_of(john, FIRST + WEEK)
    assert before_again.interim_payments == D("200.00")
    assert_books_agree(manager)
