"""Leases that are changed over settled weeks (docs/domain.md#lease-corrections)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from batconnect.core.approvals.services import approve
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import Conflict, InvalidInput, NotAllowed, NotFound
from batconnect.directory.models import Lease, LeaseDriver, LeaseRate
from batconnect.directory.services import change_primary_driver, set_lease_rate
from ledger.models import Obligation
from ledger.services import void_obligation
from ledger.tests.builders import Debtor
from ledger.tests.settlement.builders import (
    WEEK,
    assert_books_agree,
    at,
    dtr_of,
    earn,
    make_driver,
    settle,
    settle_from,
)
from payments.credit_memos.services.issuing import MemoRequest, issue_credit_memo
from payments.lease_corrections.services.correcting import Corrected, correct_lease, propose_correction
from payments.lease_corrections.services.proposing import Kind, LeaseChange
from payments.lease_corrections.services.undoing import undo_correction
from payments.models import CreditMemo, LeaseCorrection, LeaseCorrectionLine
from tests.digest import assert_nothing_written

FIRST = date(2026, 1, 4)
WEDNESDAY = date(2026, 1, 7)
WHY = "She drove it from Wednesday on."
D = Decimal


@pytest.fixture
def job(manager: Actor) -> Actor:
    return settle_from(FIRST + WEEK)


@pytest.fixture
def john(manager: Actor, job: Actor) -> Debtor:
    """John, whose first two weeks are settled."""
    john = make_driver(manager)
    for week in (FIRST, FIRST + WEEK):
        with at(week + WEEK, "05:00"):
            settle(job, week)
    return john


@pytest.fixture
def jane(manager: Actor) -> Debtor:
    return make_driver(manager, number=2, name="Jane Roe", weekly="0.00", since="2030-01-06")


def correct(actor: Actor, debtor: Debtor, change: LeaseChange, proposal: str = "") -> Corrected:
    return correct_lease(actor=actor, lease_pk=debtor.lease.pk, change=change, reason=WHY, proposal=proposal)


def driver_from(day: date, jane: Debtor) -> LeaseChange:
    return LeaseChange(Kind.DRIVER, day, driver_id=jane.driver.pk)


def told(correction: LeaseCorrection) -> list[tuple[str, str, str, str]]:
    rows = LeaseCorrectionLine.objects.filter(correction=correction).select_related("obligation", "driver")
    return [
        (str(each.week), each.driver.driver_id, str(each.amount), each.obligation.reference_id)
        for each in rows.order_by("place")
    ]


def test_another_driver_is_charged_and_the_first_credited(manager: Actor, john: Debtor, jane: Debtor) -> None:
    change = driver_from(WEDNESDAY, jane)
    with at("2026-01-20"):
        with assert_nothing_written():
            proposal = propose_correction(actor=manager, lease_pk=john.lease.pk, change=change)
        done = correct(manager, john, change, proposal.digest)

        assert done.correction is not None
        assert told(done.correction) == [
            ("2026-01-04", "DRV-101", "-285.71", "LS-2054-2026-01-04"),
            ("2026-01-04", "DRV-102", "285.71", "LS-2054-2026-01-04-DRV-102-1"),
            ("2026-01-11", "DRV-101", "-500.00", "LS-2054-2026-01-11"),
            ("2026-01-11", "DRV-102", "500.00", "LS-2054-2026-01-11-DRV-102-1"),
        ]
        assert (done.correction.number, str(done.correction.charged), str(done.correction.credited)) == (
            "LCR-2026-001",
            "785.71",
            "785.71",
        )
        raised = Obligation.objects.get(reference_id="LS-2054-2026-01-11-DRV-102-1")
        assert (raised.customer_id, str(raised.due_date)) == (jane.customer.pk, "2026-01-20")
        assert_books_agree(manager)


def test_the_correction_enters_the_current_dtr_and_settled_ones_stay(
    manager: Actor, job: Actor, john: Debtor, jane: Debtor
) -> None:
    settled = str(dtr_of(john, FIRST).charges)
    with at("2026-01-20"):
        correct(manager, john, driver_from(WEDNESDAY, jane))
        earn(manager, Debtor(jane.customer, jane.driver, john.lease), FIRST + 2 * WEEK, "2000.00")
    with at("2026-01-25", "05:00"):
        settle(job, FIRST + 2 * WEEK)

        hers = dtr_of(Debtor(jane.customer, jane.driver, john.lease), FIRST + 2 * WEEK)
        assert str(dtr_of(john, FIRST).charges) == settled
        assert str(hers.charges) == "1285.71"
        assert_books_agree(manager)


def test_another_rate_is_charged_or_credited_by_the_days(manager: Actor, john: Debtor) -> None:
    with at("2026-01-20"):
        dearer = correct(manager, john, LeaseChange(Kind.RATE, WEDNESDAY, weekly_amount=D("600.00")))
        cheaper = correct(manager, john, LeaseChange(Kind.RATE, WEDNESDAY, weekly_amount=D("400.00")))

        assert dearer.correction is not None
        assert cheaper.correction is not None
        assert told(dearer.correction) == [
            ("2026-01-04", "DRV-101", "57.14", "LS-2054-2026-01-04-DRV-101-1"),
            ("2026-01-11", "DRV-101", "100.00", "LS-2054-2026-01-11-DRV-101-1"),
        ]
        assert told(cheaper.correction) == [
            ("2026-01-04", "DRV-101", "-57.14", "LS-2054-2026-01-04-DRV-101-1"),
            ("2026-01-04", "DRV-101", "-57.14", "LS-2054-2026-01-04"),
            ("2026-01-11", "DRV-101", "-100.00", "LS-2054-2026-01-11-DRV-101-1"),
            ("2026-01-11", "DRV-101", "-100.00", "LS-2054-2026-01-11"),
        ]
        assert Lease.objects.get(pk=john.lease.pk).weekly_amount == D("400.00")
        assert_books_agree(manager)


def test_a_lease_that_ended_earlier_is_credited(manager: Actor, john: Debtor) -> None:
    with at("2026-01-20"):
        done = correct(manager, john, LeaseChange(Kind.END, WEDNESDAY))

        assert done.correction is not None
        assert told(done.correction) == [
            ("2026-01-04", "DRV-101", "-214.29", "LS-2054-2026-01-04"),
            ("2026-01-11", "DRV-101", "-500.00", "LS-2054-2026-01-11"),
        ]
        lease = Lease.objects.get(pk=john.lease.pk)
        assert (lease.status, str(lease.ended_on)) == ("Ended", "2026-01-07")
        assert_books_agree(manager)


def test_weeks_of_a_lease_entered_late_are_charged_once(manager: Actor, john: Debtor) -> None:
    late = make_driver(manager, number=3, name="Joe Late", weekly="700.00", since="2026-01-08")
    with at("2026-01-20"):
        done = correct(manager, late, LeaseChange(Kind.MISSED, date(2026, 1, 1)))
        with assert_nothing_written(), pytest.raises(Conflict) as refused:
            correct(manager, late, LeaseChange(Kind.MISSED, date(2026, 1, 1)))

        assert done.correction is not None
        assert told(done.correction) == [
            ("2026-01-04", "DRV-103", "300.00", "LS-2056-2026-01-04-DRV-103-1"),
            ("2026-01-11", "DRV-103", "700.00", "LS-2056-2026-01-11-DRV-103-1"),
        ]
        assert refused.value.code == "nothing_to_correct"
        assert_books_agree(manager)


def test_what_was_credited_before_is_not_credited_again(manager: Actor, john: Debtor, jane: Debtor) -> None:
    with at("2026-01-20"):
        fee = Obligation.objects.get(reference_id="LS-2054-2026-01-04")
        issue_credit_memo(
            actor=manager, request=MemoRequest("The cab was repaired.", D("300.00"), obligation_id=fee.id)
        )
        proposal = propose_correction(
            actor=manager, lease_pk=john.lease.pk, change=driver_from(WEDNESDAY, jane)
        )

        first = proposal.differences[0]
        assert (str(first.credited), str(first.kept)) == ("200.00", "85.71")
        correct(manager, john, driver_from(WEDNESDAY, jane), proposal.digest)
        assert_books_agree(manager)


def test_a_fee_that_was_voided_by_hand_stays_given_up(manager: Actor, john: Debtor) -> None:
    with at("2026-01-20"):
        fee = Obligation.objects.get(reference_id="LS-2054-2026-01-11")
        void_obligation(actor=manager, obligation_id=fee.pk, reason="Charged by mistake")
        done = correct(manager, john, LeaseChange(Kind.RATE, WEDNESDAY, weekly_amount=D("600.00")))

        assert done.correction is not None
        assert [row[2] for row in told(done.correction)] == ["57.14", "100.00"]


def test_another_proposal_than_was_seen_is_refused(manager: Actor, john: Debtor, jane: Debtor) -> None:
    change = driver_from(WEDNESDAY, jane)
    with at("2026-01-20"):
        seen = propose_correction(actor=manager, lease_pk=john.lease.pk, change=change).digest
        correct(manager, john, LeaseChange(Kind.RATE, FIRST, weekly_amount=D("501.00")))
        with assert_nothing_written(), pytest.raises(Conflict) as refused:
            correct(manager, john, change, seen)

    assert refused.value.code == "proposal_changed"


def test_undone_as_a_whole(manager: Actor, john: Debtor, jane: Debtor) -> None:
    before = list(
        LeaseDriver.objects.filter(lease=john.lease).values_list("driver_id", "from_on", "until_on")
    )
    with at("2026-01-20"):
        done = correct(manager, john, driver_from(WEDNESDAY, jane))
        assert done.correction is not None
        undone = undo_correction(actor=manager, correction_id=done.correction.id, reason=WHY)
        with assert_nothing_written(), pytest.raises(Conflict) as again:
            undo_correction(actor=manager, correction_id=done.correction.id, reason=WHY)

        times = LeaseDriver.objects.filter(lease=john.lease).exclude(driver=jane.driver)
        hers = LeaseDriver.objects.get(lease=john.lease, driver=jane.driver)
        assert undone.is_undone
        assert again.value.code == "already_voided"
        assert list(times.values_list("driver_id", "from_on", "until_on")) == before
        assert hers.until_on is not None
        assert hers.until_on < hers.from_on
        assert set(CreditMemo.objects.values_list("status", flat=True)) == {"voided"}
        assert Obligation.objects.get(reference_id="LS-2054-2026-01-11").outstanding == D("500.00")
        assert_books_agree(manager)


@pytest.mark.parametrize(
    "change",
    [
        LeaseChange(Kind.RATE, WEDNESDAY, weekly_amount=D("600.00")),
        LeaseChange(Kind.END, WEDNESDAY),
    ],
)
def test_rate_and_end_are_undone(manager: Actor, john: Debtor, change: LeaseChange) -> None:
    with at("2026-01-20"):
        done = correct(manager, john, change)
        assert done.correction is not None
        undo_correction(actor=manager, correction_id=done.correction.id, reason=WHY)
        again = propose_correction(actor=manager, lease_pk=john.lease.pk, change=change)

        lease = Lease.objects.get(pk=john.lease.pk)
        assert (lease.status, lease.ended_on, lease.weekly_amount) == ("Active", None, D("500.00"))
        assert set(LeaseRate.objects.filter(lease=lease).values_list("weekly_amount", flat=True)) == {
            D("500.00")
        }
        assert [(each.was, each.due) for each in again.differences] == [
            (each.was, each.due) for each in done.proposal.differences
        ]
        assert_books_agree(manager)


def test_not_undone_once_it_is_used_or_the_lease_changed(manager: Actor, john: Debtor, jane: Debtor) -> None:
    with at("2026-01-20"):
        used = correct(manager, john, LeaseChange(Kind.RATE, WEDNESDAY, weekly_amount=D("600.00"))).correction
        assert used is not None
        charge = Obligation.objects.get(reference_id="LS-2054-2026-01-11-DRV-101-1")
        memo = MemoRequest("The cab was repaired.", D("1.00"), obligation_id=charge.id)
        issue_credit_memo(actor=manager, request=memo)
        with assert_nothing_written(), pytest.raises(Conflict) as in_use:
            undo_correction(actor=manager, correction_id=used.id, reason=WHY)
        changed = correct(manager, john, driver_from(WEDNESDAY, jane)).correction
        assert changed is not None
        set_lease_rate(
            actor=manager, lease_pk=john.lease.pk, from_on=date(2026, 1, 25), weekly_amount=D("1.00")
        )
        with assert_nothing_written(), pytest.raises(Conflict) as since:
            undo_correction(actor=manager, correction_id=changed.id, reason=WHY)

    assert (in_use.value.code, since.value.code) == ("correction_in_use", "lease_changed_since")


def test_above_the_limit_the_whole_waits_for_another_person(
    manager: Actor, second_manager: Actor, john: Debtor, jane: Debtor
) -> None:
    limit = D("10.00")
    limited = replace(manager, company=replace(manager.company, credit_memo_approval_limit=limit))
    with at("2026-01-20"):
        done = correct(limited, john, driver_from(WEDNESDAY, jane))

        assert done.correction is None
        assert done.request is not None
        assert str(done.request.amount) == "785.71"
        assert not LeaseCorrection.objects.exists()
        assert LeaseDriver.objects.filter(lease=john.lease).count() == 1
        approve(actor=second_manager, approval_id=done.request.id)

        assert LeaseCorrection.objects.get().approval_id == done.request.id
        assert_books_agree(manager)


def test_a_driver_takes_over_as_long_as_the_one_before_had_it(
    manager: Actor, john: Debtor, jane: Debtor
) -> None:
    joe = make_driver(manager, number=3, name="Joe", weekly="0.00", since="2030-01-06")
    with at("2026-01-20"):
        change_primary_driver(
            actor=manager, lease_pk=john.lease.pk, driver=joe.driver, from_on=date(2026, 1, 25)
        )
        correct(manager, john, driver_from(WEDNESDAY, jane))

    times = LeaseDriver.objects.filter(lease=john.lease).order_by("from_on")
    assert [(each.driver_id, str(each.until_on)) for each in times] == [
        (john.driver.pk, "2026-01-06"),
        (jane.driver.pk, "2026-01-24"),
        (joe.driver.pk, "None"),
    ]


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (LeaseChange(Kind.DRIVER, WEDNESDAY), InvalidInput),
        (LeaseChange(Kind.DRIVER, WEDNESDAY, driver_id=10**15), NotFound),
        (LeaseChange(Kind.RATE, WEDNESDAY), InvalidInput),
        (LeaseChange(Kind.RATE, date(2020, 1, 1), weekly_amount=D("1.00")), InvalidInput),
        (LeaseChange(Kind.END, date(2020, 1, 1)), InvalidInput),
    ],
)
def test_what_does_not_fit_is_refused(
    manager: Actor, john: Debtor, change: LeaseChange, error: type[Exception]
) -> None:
    with at("2026-01-20"), assert_nothing_written(), pytest.raises(error):
        correct(manager, john, change)


def test_needs_both_rights(cashier: Actor, john: Debtor) -> None:
    with at("2026-01-20"), assert_nothing_written(), pytest.raises(NotAllowed):
        correct(cashier, john, LeaseChange(Kind.END, WEDNESDAY))
