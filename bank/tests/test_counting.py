"""Drawers are opened with their float and counted: what differs posts, above the limit after a second person."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction

from bank.errors import SessionNotFound
from bank.models import DrawerCount, DrawerSession
from bank.services.counting import CountOfDrawer, count_session, open_session
from batconnect.core.approvals.services import approve, reject
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import Conflict, InvalidInput, NotAllowed
from batconnect.core.models import Approval
from ledger import chart
from ledger.models import Entry
from ledger.tests.vendors.builders import balance
from ledger.treasury.errors import DrawerShort
from ledger.treasury.models import Drawer
from ledger.treasury.services.changing import change_drawer
from ledger.treasury.services.places import open_drawer
from ledger.verification import verify
from payments.services.voids import void_payment
from payments.tests.test_drawers import take
from tests.cast import acting
from tests.digest import assert_nothing_written

D = Decimal
WHY = "A bill stuck to another."
OFFICE = "cash:cash"
TILL = "cash:cash:till"


def till(manager: Actor, holder: Actor) -> Drawer:
    return open_drawer(actor=manager, code="till", name="Till", currency="USD", holder_id=holder.user_id)


def count(actor: Actor, session: DrawerSession, amount: str, **values: object) -> DrawerSession:
    done = count_session(
        actor=actor,
        session_id=session.id,
        count=CountOfDrawer(D(amount), **values),  # type: ignore[arg-type]  # a test's own values
    )
    assert isinstance(done, DrawerSession), done
    return done


def test_a_drawer_is_opened_filled_and_counted(manager: Actor, cashier: Actor) -> None:
    till(manager, cashier)
    session = open_session(actor=cashier, pieces=[(D("20.00"), 0)])
    take(cashier, "140.00")
    take(cashier, "60.00", method="check")
    take(manager, "7.00", method="check")

    done = count_session(
        actor=cashier,
        session_id=session.id,
        count=CountOfDrawer(
            pieces=[(D("100.00"), 1), (D("20.00"), 1), (D("10.00"), 1), (D("0.25"), 2)],
            checks=1,
            checks_amount=D("60.00"),
            reason=WHY,
        ),
    )

    assert isinstance(done, DrawerSession)
    assert (done.status, done.expected, done.counted, done.difference) == (
        "counted",
        D("140.00"),
        D("130.50"),
        D("-9.50"),
    )
    assert (done.checks_expected, done.checks_expected_amount) == (1, D("60.00"))
    assert balance(manager, TILL) == D("130.50")
    assert balance(manager, chart.CASH_OVER_SHORT) == D("9.50")
    assert Entry.objects.get(id=done.entry_id).reason == WHY
    assert [(each.denomination, each.pieces) for each in DrawerCount.objects.filter(session=done.id)] == [
        (D("100.00"), 1),
        (D("20.00"), 1),
        (D("10.00"), 1),
        (D("0.25"), 2),
    ]
    assert list(verify(actor=manager)) == []


def test_whoever_has_no_drawer_opens_the_offices(manager: Actor, cashier: Actor) -> None:
    take(cashier, "40.00")
    session = open_session(actor=cashier, amount=D("45.00"))

    done = count(cashier, session, "45.00", reason=WHY)

    assert (session.drawer_id, session.opening_expected, session.opening_counted) == (
        None,
        D("40.00"),
        D("45.00"),
    )
    assert done.difference == D("5.00")
    assert balance(manager, OFFICE) == D("45.00")
    assert balance(manager, chart.CASH_OVER_SHORT) == D("-5.00")


def test_one_session_of_a_drawer_at_a_time(manager: Actor, cashier: Actor) -> None:
    session = open_session(actor=cashier, amount=D("0.00"))

    with pytest.raises(Conflict) as refused, assert_nothing_written():
        open_session(actor=manager, amount=D("0.00"))
    assert refused.value.code == "drawer_open"

    till(manager, manager)
    own = open_session(actor=manager, amount=D("0.00"))
    count(cashier, session, "0.00")
    again = open_session(actor=cashier, amount=D("0.00"))
    assert {own.drawer_id is None, again.drawer_id is None} == {False, True}


def test_equal_counts_post_nothing_and_need_no_reason(manager: Actor, cashier: Actor) -> None:
    take(cashier, "40.00")
    session = open_session(actor=cashier, amount=D("40.00"))

    done = count(cashier, session, "40.00")

    assert (done.difference, done.entry_id) == (D("0.00"), None)
    with pytest.raises(Conflict) as refused, assert_nothing_written():
        count(cashier, session, "40.00")
    assert refused.value.code == "drawer_counted"
    with pytest.raises(DatabaseError), transaction.atomic():
        DrawerSession.objects.filter(id=session.id).update(counted=D("41.00"))


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"amount": D("39.00")}, "reason_length"),
        ({"amount": D("-1.00"), "reason": WHY}, "invalid"),
        ({"reason": WHY}, "invalid"),
        ({"pieces": [(D("3.00"), 1)], "reason": WHY}, "unknown_denomination"),
        ({"pieces": [(D("1.00"), 1), (D("1.00"), 1)], "reason": WHY}, "unknown_denomination"),
        ({"amount": D("39.00"), "pieces": [(D("20.00"), 2)], "reason": WHY}, "count_does_not_add_up"),
        ({"amount": D("40.00"), "checks": 0, "checks_amount": D("1.00"), "reason": WHY}, "invalid"),
        ({"amount": D("40.00"), "checks": -1, "reason": WHY}, "invalid"),
        ({"amount": D("40.00"), "checks": 1, "checks_amount": D("5.00")}, "reason_length"),
    ],
)
def test_refuses_what_cannot_be_counted(cashier: Actor, values: dict[str, object], code: str) -> None:
    take(cashier, "40.00")
    session = open_session(actor=cashier, amount=D("40.00"))

    with pytest.raises(InvalidInput) as refused, assert_nothing_written():
        count_session(
            actor=cashier,
            session_id=session.id,
            count=CountOfDrawer(**values),  # type: ignore[arg-type]  # a test's own values
        )

    assert refused.value.code == code


def test_somebody_elses_drawer(manager: Actor, cashier: Actor, auditor: Actor) -> None:
    session = open_session(actor=manager, amount=D("0.00"))

    with pytest.raises(NotAllowed) as refused, assert_nothing_written():
        count(cashier, session, "0.00")
    assert refused.value.code == "drawer_of_another"
    with pytest.raises(NotAllowed), assert_nothing_written():
        open_session(actor=auditor, amount=D("0.00"))

    of_cashier = open_session(actor=cashier, currency="EUR", amount=D("0.00"))
    assert count(manager, of_cashier, "0.00").counted_by == manager.name


def test_above_the_limit_a_second_person_agrees_first(manager: Actor, cashier: Actor) -> None:
    till(manager, cashier)
    take(cashier, "140.00")
    session = open_session(actor=cashier, amount=D("140.00"))

    asked = count_session(actor=cashier, session_id=session.id, count=CountOfDrawer(D("119.99"), reason=WHY))

    assert isinstance(asked, Approval)
    assert (asked.kind, asked.amount) == ("count", D("20.01"))
    assert balance(manager, TILL) == D("140.00")
    with pytest.raises(Conflict) as refused, assert_nothing_written():
        count(cashier, session, "140.00")
    assert refused.value.code == "count_waiting"
    with pytest.raises(NotAllowed), assert_nothing_written():
        approve(actor=cashier, approval_id=asked.id)

    take(cashier, "5.00")
    approve(actor=manager, approval_id=asked.id)

    session.refresh_from_db()
    assert (session.status, session.approved_by, session.difference) == (
        "counted",
        manager.name,
        D("-20.01"),
    )
    assert balance(manager, TILL) == D("124.99")
    assert balance(manager, chart.CASH_OVER_SHORT) == D("20.01")
    assert list(verify(actor=manager)) == []


def test_at_the_limit_nobody_is_asked_but_differences_of_a_day_add_up(manager: Actor, cashier: Actor) -> None:
    take(cashier, "140.00")
    first = open_session(actor=cashier, amount=D("140.00"))
    assert count(cashier, first, "120.00", reason=WHY).status == "counted"

    second = open_session(actor=cashier, amount=D("120.00"))
    asked = count_session(actor=cashier, session_id=second.id, count=CountOfDrawer(D("120.01"), reason=WHY))

    assert isinstance(asked, Approval)
    assert asked.counted == D("20.00")


def test_missing_checks_ask_too_and_post_nothing(manager: Actor, cashier: Actor) -> None:
    take(cashier, "60.00", method="check")
    session = open_session(actor=cashier, amount=D("0.00"))

    asked = count_session(actor=cashier, session_id=session.id, count=CountOfDrawer(D("0.00"), reason=WHY))

    assert isinstance(asked, Approval)
    assert asked.amount == D("60.00")
    approve(actor=manager, approval_id=asked.id)
    session.refresh_from_db()
    assert (session.status, session.entry_id, session.checks_counted, session.checks_expected) == (
        "counted",
        None,
        0,
        1,
    )
    assert balance(manager, chart.cash("check")) == D("60.00")


def test_a_count_that_is_turned_down_is_made_again(manager: Actor, cashier: Actor) -> None:
    take(cashier, "140.00")
    session = open_session(actor=cashier, amount=D("140.00"))
    asked = count_session(
        actor=cashier,
        session_id=session.id,
        count=CountOfDrawer(pieces=[(D("100.00"), 1)], reason=WHY),
    )
    assert isinstance(asked, Approval)

    reject(actor=manager, approval_id=asked.id, reason="Count it again, please.")
    done = count_session(
        actor=cashier,
        session_id=session.id,
        count=CountOfDrawer(pieces=[(D("100.00"), 1), (D("20.00"), 2)]),
    )

    assert isinstance(done, DrawerSession)
    assert (done.status, done.attempt, done.difference) == ("counted", 2, D("0.00"))
    attempts = DrawerCount.objects.filter(session=done.id).order_by("attempt", "-denomination")
    assert [(each.attempt, each.pieces) for each in attempts] == [(1, 1), (2, 1), (2, 2)]
    assert balance(manager, OFFICE) == D("140.00")


def test_a_difference_is_not_agreed_to_once_the_drawer_has_less(manager: Actor, cashier: Actor) -> None:
    till(manager, cashier)
    payment = take(cashier, "140.00")
    session = open_session(actor=cashier, amount=D("140.00"))
    asked = count_session(actor=cashier, session_id=session.id, count=CountOfDrawer(D("100.00"), reason=WHY))
    assert isinstance(asked, Approval)
    void_payment(actor=manager, payment_id=payment.id, reason="It was typed twice.")

    with pytest.raises(DrawerShort), assert_nothing_written():
        approve(actor=manager, approval_id=asked.id)


def test_a_closed_drawer_takes_no_difference(manager: Actor, cashier: Actor) -> None:
    drawer = till(manager, cashier)
    session = open_session(actor=cashier, amount=D("0.00"))
    change_drawer(actor=manager, drawer_id=drawer.id, is_active=False)

    with pytest.raises(Conflict) as refused, assert_nothing_written():
        count(cashier, session, "1.00", reason=WHY)

    assert refused.value.code == "drawer_closed"
    assert count(cashier, session, "0.00").status == "counted"


def test_another_companys_session_is_not_found(manager: Actor, outsider: Actor) -> None:
    with acting("manager") as north:
        session = open_session(actor=north, amount=D("0.00"))

    with acting("outsider") as south, pytest.raises(SessionNotFound), assert_nothing_written():
        count(south, session, "0.00")
