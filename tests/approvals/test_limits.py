"""What a limit counts: whatever the payment had in thirty days and its customer today, whoever did it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db import DatabaseError, connection, transaction

from batconnect.core.approvals.kinds import ApprovalKind, Carried
from batconnect.core.approvals.limits import PlannedAction, find_excess, limited_actions
from batconnect.core.database.rows import insert_many
from batconnect.core.database.tenancy import set_company
from batconnect.core.kernel.actors import Actor
from batconnect.core.models import Approval, CompanySettings, LimitedAction
from batconnect.directory.models import Customer
from tests.cast import NORTH, SOUTH, _actor

D = Decimal


def _carry_out(actor: Actor, approval: Approval) -> Carried:
    raise AssertionError("nothing is decided here")


PROBE = ApprovalKind(
    code="probe",
    label="Probe",
    permission="payments.approve_refund",
    view_permission="payments.view",
    trail="core.probe",
    carry_out=_carry_out,
    limit="refund_approval_limit",
)
OTHER = ApprovalKind(
    code="other_probe",
    label="Other",
    permission="payments.approve_void",
    view_permission="payments.view",
    trail="core.other_probe",
    carry_out=_carry_out,
    limit="void_approval_limit",
)


@pytest.fixture
def customers(manager: Actor) -> tuple[Customer, Customer]:
    """Two customers of north."""
    made = [Customer(company_id=NORTH, name=name) for name in ("Acme", "Brown")]
    insert_many(made)
    return made[0], made[1]


def action(customer: Customer, amount: str, subject: str = "P-1", currency: str = "USD") -> PlannedAction:
    return PlannedAction(subject_id=subject, customer_id=customer.id, amount=D(amount), currency=currency)


def count(actor: Actor, *actions: PlannedAction, kind: ApprovalKind = PROBE) -> None:
    insert_many(limited_actions(actor=actor, kind=kind, actions=actions))


def is_above(actor: Actor, *actions: PlannedAction, kind: ApprovalKind = PROBE) -> bool:
    return find_excess(actor=actor, kind=kind, actions=actions) is not None


def test_exactly_the_limit_is_within_it(manager: Actor, customers: tuple[Customer, Customer]) -> None:
    acme, _ = customers

    assert not is_above(manager, action(acme, "1000.00"))
    assert is_above(manager, action(acme, "1000.01"))
    count(manager, action(acme, "400.00"))
    assert not is_above(manager, action(acme, "600.00"))
    excess = find_excess(actor=manager, kind=PROBE, actions=[action(acme, "600.01")])
    assert excess is not None
    assert (excess.limit, excess.counted) == (D("1000.00"), D("400.00"))
    assert excess.sentence == "600.01 with the 400.00 of the last 30 days is above the limit of 1,000.00"


def test_slices_count_whoever_did_them(
    manager: Actor, second_manager: Actor, customers: tuple[Customer, Customer]
) -> None:
    acme, brown = customers
    count(second_manager, action(acme, "1000.00"))

    assert is_above(manager, action(acme, "0.01"))
    # The customer's day: another payment of the same customer, and one of somebody else.
    assert is_above(manager, action(acme, "0.01", "P-2"))
    assert not is_above(manager, action(brown, "1000.00", "P-3"))
    # Another kind has a limit of its own, and another currency is another sum.
    CompanySettings.objects.update(void_approval_limit=D("1000.00"))
    assert not is_above(_actor("manager"), action(acme, "1000.00"), kind=OTHER)
    assert not is_above(manager, action(acme, "1000.00", currency="EUR"))


def test_several_at_once_are_added_up(manager: Actor, customers: tuple[Customer, Customer]) -> None:
    acme, brown = customers

    assert is_above(manager, action(acme, "600.00", "P-1"), action(acme, "600.00", "P-2"))
    assert not is_above(manager, action(acme, "600.00", "P-1"), action(brown, "600.00", "P-2"))
    assert not is_above(manager)


# North is New York's: its day ends at 04:00 UTC in summer.
MIDNIGHT = datetime(2026, 7, 2, 4, tzinfo=UTC)


def test_the_customers_day_ends_at_the_companys_midnight(
    manager: Actor, customers: tuple[Customer, Customer]
) -> None:
    acme, _ = customers
    with time_machine.travel(MIDNIGHT - timedelta(seconds=1), tick=False) as clock:
        count(manager, action(acme, "1000.00", "P-1"))
        assert is_above(manager, action(acme, "0.01", "P-2"))

        clock.move_to(MIDNIGHT, tick=False)
        assert not is_above(manager, action(acme, "1000.00", "P-2"))
        # The payment itself goes on counting for thirty days.
        assert is_above(manager, action(acme, "0.01", "P-1"))


@pytest.mark.parametrize(("later", "counts"), [(30, True), (31, False)])
def test_a_payments_month(
    manager: Actor, customers: tuple[Customer, Customer], later: int, counts: bool
) -> None:
    acme, _ = customers
    with time_machine.travel(MIDNIGHT - timedelta(seconds=1), tick=False) as clock:
        count(manager, action(acme, "1000.00"))
        clock.move_to(MIDNIGHT - timedelta(seconds=1) + timedelta(days=later), tick=False)

        assert is_above(manager, action(acme, "0.01")) is counts


def test_a_limit_that_is_off_asks_nobody_and_counts_all_the_same(
    manager: Actor, customers: tuple[Customer, Customer]
) -> None:
    acme, _ = customers
    assert not is_above(manager, action(acme, "999999999.99"), kind=OTHER)
    count(manager, action(acme, "500.00"), kind=OTHER)

    CompanySettings.objects.update(void_approval_limit=D("500.00"))

    assert is_above(_actor("manager"), action(acme, "0.01"), kind=OTHER)


def test_what_was_counted_is_never_taken_back(manager: Actor, customers: tuple[Customer, Customer]) -> None:
    count(manager, action(customers[0], "1.00"))

    for statement in ("delete from limited_deeds", "update limited_deeds set amount = 2"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    assert LimitedAction.objects.count() == 1


def test_another_company_counts_nothing_of_it(manager: Actor, customers: tuple[Customer, Customer]) -> None:
    acme, _ = customers
    count(manager, action(acme, "1000.00"))
    set_company(SOUTH, metadata={"job": "test"})

    assert LimitedAction.objects.count() == 0
