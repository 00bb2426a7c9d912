"""Seven weeks of anything: the identities of the DTR hold, whatever happens in between.

Rule: docs/domain.md#settlement.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from batconnect.core.kernel.actors import Actor
from ledger.chart import Category
from ledger.models import Dtr, Obligation
from ledger.services import void_obligation, write_off
from ledger.tests.builders import Debtor, charge
from ledger.tests.settlement.builders import (
    WEEK,
    assert_books_agree,
    at,
    dtr_of,
    earn,
    make_driver,
    owed_by,
    settle,
    settle_from,
)
from payments.models import Payment
from payments.services.interim import ChosenAllocation, record_interim_payment
from payments.services.voids import void_payment

FIRST = date(2026, 3, 1)  # daylight saving begins on 2026-03-08
CATEGORIES = (Category.EZPASS, Category.PVB, Category.TLC, Category.TAXES, Category.MISC)
cents = st.integers(1, 90_000).map(lambda amount: Decimal(amount).scaleb(-2))
weeks = st.fixed_dictionaries(
    {
        "gross": st.one_of(st.none(), cents),
        "late_gross": st.one_of(st.none(), cents),
        "charges": st.lists(st.tuples(st.sampled_from(CATEGORIES), cents, st.integers(-20, 20)), max_size=3),
        "payment": st.one_of(st.none(), cents),
        "void_payment": st.booleans(),
        "write_off": st.booleans(),
        "void_charge": st.booleans(),
        "skipped": st.booleans(),
    }
)


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
    ],
)
@given(history=st.lists(weeks, min_size=7, max_size=7))
def test_identities_hold_in_any_seven_weeks(manager: Actor, history: list[dict[str, Any]]) -> None:
    with transaction.atomic():
        job = settle_from(FIRST + WEEK)
        john = make_driver(manager)
        for place, events in enumerate(history):
            live_one_week(manager, john, place, events)
            if events["skipped"] and place < len(history) - 1:
                continue  # this Sunday is missed; the next run heals it
            with at(FIRST + (place + 1) * WEEK, "05:00"):
                settle(job, FIRST + place * WEEK)
                assert_last_dtr_carries_what_is_owed(john, place)
        assert_chain_holds(late={place for place, events in enumerate(history[:-1]) if events["skipped"]})
        assert_books_agree(manager)
        transaction.set_rollback(True)


def live_one_week(manager: Actor, john: Debtor, place: int, events: dict[str, Any]) -> None:
    week = FIRST + place * WEEK
    with at(week + timedelta(days=3)):
        for number, (category, amount, days) in enumerate(events["charges"]):
            charge(
                manager,
                john,
                category=category,
                reference_id=f"{category}-{place}-{number}",
                amount=str(amount),
                due_date=week + timedelta(days=days),
            )
        if events["void_payment"] and (bounced := Payment.objects.filter(status="posted").first()):
            void_payment(actor=manager, payment_id=bounced.pk, reason="The check was returned unpaid.")
        pay_something(manager, john, events["payment"])
        undo_something(manager, events)
    with at(week + WEEK, "03:00"):
        if events["gross"]:
            earn(manager, john, week, str(events["gross"]))
        if events["late_gross"] and place > 1:
            earn(manager, john, week - 2 * WEEK, str(events["late_gross"])) if not has_earned(
                john, week - 2 * WEEK
            ) else None


def has_earned(john: Debtor, week: date) -> bool:
    from ledger.models import LeaseEarning

    return LeaseEarning.objects.filter(lease=john.lease.pk, week=week).exists()


def pay_something(manager: Actor, john: Debtor, amount: Decimal | None) -> None:
    """Pay the first open debt other than taxes; the rest goes to the lease or stays unallocated."""
    debt = (
        Obligation.objects.filter(status="open").exclude(category="TAXES").order_by("due_date", "id").first()
    )
    if amount is None or debt is None:
        return
    record_interim_payment(
        actor=manager,
        driver_id=john.driver.pk,
        lease=john.lease.pk,
        amount=amount,
        method="cash",
        payment_date=debt.issue_date,
        allocations=[
            ChosenAllocation(debt.category, debt.reference_id, min(amount, debt.outstanding)),
        ],
    )


def undo_something(manager: Actor, events: dict[str, Any]) -> None:
    debt = Obligation.objects.filter(status="open").order_by("-due_date", "id").first()
    if debt is not None and events["write_off"]:
        write_off(
            actor=manager,
            obligation_id=debt.pk,
            amount=min(debt.outstanding, Decimal("7.77")),
            reason="Settled with the driver",
        )
    untouched = [
        row
        for row in Obligation.objects.filter(status="open", source_type="ledger.charge").order_by("id")
        if row.outstanding == row.original
    ]
    if untouched and events["void_charge"]:
        void_obligation(actor=manager, obligation_id=untouched[0].pk, reason="Another car's toll")


def assert_last_dtr_carries_what_is_owed(john: Debtor, place: int) -> None:
    dtr = dtr_of(john, FIRST + place * WEEK)
    assert dtr.carried_forward == owed_by(john, until=dtr.settled_on)


def assert_chain_holds(*, late: set[int]) -> None:
    """Every DTR begins with what the one before carried forward, and adds up; one made late recovers nothing of what
    was applied or voided since its day (docs/domain.md#dtr-formula)."""
    before = Decimal("0.00")
    dtrs = list(Dtr.objects.order_by("week"))
    assert len(dtrs) == 7
    for place, dtr in enumerate(dtrs):
        assert dtr.prior_balance == before
        assert dtr.owed == dtr.prior_balance + dtr.charges - dtr.interim_payments - dtr.adjustments
        most = min(dtr.gross, dtr.owed)
        assert dtr.recovered <= most if place in late else dtr.recovered == most
        assert dtr.net == dtr.gross - dtr.owed
        assert dtr.due_to_driver == dtr.gross - dtr.recovered
        assert dtr.carried_forward == dtr.owed - dtr.recovered
        before = dtr.carried_forward
