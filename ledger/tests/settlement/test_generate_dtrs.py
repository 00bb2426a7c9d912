"""Which leases have a DTR, what it covers, and what is paid out of it."""

from __future__ import annotations

from datetime import date, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import Conflict, InvalidInput
from batconnect.directory.models import LeaseDriver
from ledger import weekly
from ledger.chart import PREMIUMS_PAYABLE, Category
from ledger.credits import credit_issuer
from ledger.models import Dtr, DtrLine, Entry, LeaseEarning, Obligation, Posting, WeeklyRun
from ledger.postings import Leg
from ledger.services import void_posting, write_off
from ledger.settlement.errors import DtrPaid, NothingDue, WeekClosed
from ledger.settlement.querysets import find_dtr
from ledger.settlement.services.documents import dtr_pdf
from ledger.settlement.services.dtrs import generate_dtrs
from ledger.settlement.services.lease_fees import post_due_lease_fees
from ledger.settlement.services.payouts import pay_dtrs
from ledger.settlement.services.runs import run_job
from ledger.tests.builders import Debtor, charge, raising_posting
from ledger.tests.settlement.builders import (
    WEEK,
    assert_books_agree,
    at,
    dtr_of,
    earn,
    figures,
    lines,
    make_driver,
    settle,
    settle_from,
)
from tests.digest import assert_nothing_written

FIRST = date(2026, 1, 4)


@pytest.fixture
def job(manager: Actor) -> Actor:
    """The job of north, settled from 2026-01-11 on: the week of 2026-01-04 is the first."""
    return settle_from(FIRST + WEEK)


class TestLeaseFees:
    """500.00 a week, prorated by days, once."""

    @pytest.mark.parametrize(
        ("since", "amount"),
        [
            ("2026-01-07", "285.71"),
            ("2026-01-04", "500.00"),
            ("2026-01-10", "71.43"),
            ("2025-01-01", "500.00"),
        ],
    )
    def test_prorates_by_active_days(self, manager: Actor, job: Actor, since: str, amount: str) -> None:
        john = make_driver(manager, since=since)

        with at("2026-01-11"):
            report = post_due_lease_fees(actor=job, week=FIRST)

        fee = Obligation.objects.get(reference_id="LS-2054-2026-01-04")
        assert (fee.original, fee.due_date, fee.issue_date) == (
            Decimal(amount),
            date(2026, 1, 11),
            date(2026, 1, 10),
        )
        assert (fee.description, fee.customer_id) == ("Lease obligation from 2026-01-11", john.customer.pk)
        assert (report.posted, report.amount) == (1, Decimal(amount))

    def test_charges_until_the_last_day(self, manager: Actor, job: Actor) -> None:
        john = make_driver(manager)
        john.lease.status, john.lease.ended_on = "Ended", date(2026, 1, 6)
        john.lease.save(update_fields=["status", "ended_on"])

        with at("2026-01-11"):
            post_due_lease_fees(actor=job, week=FIRST)

        assert Obligation.objects.get().original == Decimal("214.29")

    def test_charges_each_primary_driver_for_the_days_held(self, manager: Actor, job: Actor) -> None:
        john = make_driver(manager)
        jane = make_driver(manager, number=2, name="Jane Roe")
        LeaseDriver.objects.filter(lease=john.lease).update(until_on=date(2026, 1, 9))
        LeaseDriver.objects.create(
            company_id=manager.company_id, lease=john.lease, driver=jane.driver, from_on=date(2026, 1, 10)
        )

        with at("2026-01-11"):
            post_due_lease_fees(actor=job, week=FIRST)

        assert fees_of(john) == [
            (john.customer.pk, "LS-2054-2026-01-04-DRV-101", Decimal("428.57")),
            (jane.customer.pk, "LS-2054-2026-01-04-DRV-102", Decimal("71.43")),
        ]

    def test_raises_each_fee_once_in_any_chunks(self, manager: Actor, job: Actor) -> None:
        for number in range(1, 8):
            make_driver(manager, number=number)

        with at("2026-01-11"):
            first = post_due_lease_fees(actor=job, week=FIRST, rows=3)
            again = post_due_lease_fees(actor=job, week=FIRST)

        assert (first.posted, first.chunks, again.posted) == (7, 3, 0)
        assert_books_agree(manager)


def fees_of(debtor: Debtor) -> list[tuple[Any, str, Decimal]]:
    """The fees of the lease: customer, reference, amount."""
    fees = Obligation.objects.filter(lease=debtor.lease, category="LEASE").order_by("reference_id")
    return list(fees.values_list("customer_id", "reference_id", "original"))


class TestCoverage:
    """What enters which DTR."""

    def test_charge_not_yet_due_waits(self, manager: Actor, job: Actor) -> None:
        john = make_driver(manager)
        with at("2026-01-09"):
            charge(manager, john, reference_id="EZ-1", amount="20.00", due_date=date(2026, 1, 11))
            charge(manager, john, reference_id="EZ-2", amount="30.00", due_date=date(2026, 1, 12))

        with at("2026-01-11"):
            settle(job, FIRST)

        assert lines(dtr_of(john, FIRST), "charge") == [
            ("EZPASS", "EZ-1", "20.00"),
            ("LEASE", "LS-2054-2026-01-04", "500.00"),
        ]
        with at("2026-01-18"):
            settle(job, FIRST + WEEK)
        second = dtr_of(john, FIRST + WEEK)
        assert ("EZPASS", "EZ-2", "30.00") in lines(second, "charge")
        assert not DtrLine.objects.filter(is_delayed=True).exists()
        assert_books_agree(manager)

    def test_late_charge_is_delayed(self, manager: Actor, job: Actor) -> None:
        john = make_driver(manager)
        with at("2026-01-11"):
            settle(job, FIRST)
        with at("2026-01-13"):
            charge(manager, john, reference_id="EZ-9", amount="12.00", due_date=date(2026, 1, 2))

        with at("2026-01-18"):
            settle(job, FIRST + WEEK)

        delayed = DtrLine.objects.get(is_delayed=True)
        assert (delayed.kind, delayed.amount, delayed.dtr_id) == (
            "charge",
            Decimal("12.00"),
            dtr_of(john, FIRST + WEEK).pk,
        )

    def test_voided_charge_and_write_off_are_adjustments(self, manager: Actor, job: Actor) -> None:
        john = make_driver(manager)
        with at("2026-01-09"):
            toll = charge(manager, john, reference_id="EZ-1", amount="20.00", due_date=date(2026, 1, 10))
            ticket = charge(
                manager,
                john,
                category=Category.TLC,
                reference_id="T-1",
                amount="80.00",
                due_date=date(2026, 1, 10),
            )
        with at("2026-01-11"):
            settle(job, FIRST)
        with at("2026-01-14"):
            void_posting(actor=manager, posting_id=raising_posting(toll).id, reason="Another car's toll")
            write_off(
                actor=manager, obligation_id=ticket.id, amount=Decimal("50.00"), reason="Settled with him"
            )

        with at("2026-01-18"):
            settle(job, FIRST + WEEK)

        assert figures(dtr_of(john, FIRST + WEEK)) == {
            "gross": "0.00",
            "prior_balance": "600.00",
            "charges": "500.00",
            "interim_payments": "0.00",
            "adjustments": "70.00",
            "owed": "1030.00",
            "recovered": "0.00",
            "net": "-1030.00",
            "due_to_driver": "0.00",
            "carried_forward": "1030.00",
        }
        assert_books_agree(manager)

    def test_late_earnings_are_delayed(self, manager: Actor, job: Actor) -> None:
        john = make_driver(manager)
        with at("2026-01-11"):
            settle(job, FIRST)
        with at("2026-01-18"):
            earn(manager, john, FIRST, "300.00")
            earn(manager, john, FIRST + WEEK, "400.00")
            settle(job, FIRST + WEEK)

        second = dtr_of(john, FIRST + WEEK)
        assert figures(second)["gross"] == "700.00"
        assert figures(second)["carried_forward"] == "300.00"
        assert list(
            DtrLine.objects.filter(kind="earnings").order_by("amount").values_list("amount", "is_delayed")
        ) == [(Decimal("300.00"), True), (Decimal("400.00"), False)]

    def test_earnings_of_the_next_week_wait(self, manager: Actor, job: Actor) -> None:
        john = make_driver(manager)

        with at("2026-01-13"):
            earn(manager, john, FIRST + WEEK, "400.00")
            settle(job, FIRST)

        assert figures(dtr_of(john, FIRST))["gross"] == "0.00"
        assert LeaseEarning.objects.get().dtr_id is None

    def test_ended_lease_has_one_while_it_owes(self, manager: Actor, job: Actor) -> None:
        john = make_driver(manager)
        john.lease.status, john.lease.ended_on = "Ended", date(2026, 1, 10)
        john.lease.save(update_fields=["status", "ended_on"])

        with at("2026-01-11"):
            settle(job, FIRST)
        with at("2026-01-18"):
            earn(manager, john, FIRST, "500.00")
            settle(job, FIRST + WEEK)
        with at("2026-01-25"):
            settle(job, FIRST + 2 * WEEK)

        assert [str(each.week) for each in Dtr.objects.order_by("week")] == ["2026-01-04", "2026-01-11"]
        assert figures(dtr_of(john, FIRST + WEEK))["carried_forward"] == "0.00"

    def test_handed_over_lease_keeps_the_drivers_apart(self, manager: Actor, job: Actor) -> None:
        john = make_driver(manager)
        jane = make_driver(manager, number=2, name="Jane Roe", weekly="0.00")
        with at("2026-01-11"):
            settle(job, FIRST)
        LeaseDriver.objects.filter(lease=john.lease).update(until_on=date(2026, 1, 12))
        LeaseDriver.objects.create(
            company_id=manager.company_id, lease=john.lease, driver=jane.driver, from_on=date(2026, 1, 13)
        )

        with at("2026-01-18"):
            earn(manager, john, FIRST, "650.00")
            settle(job, FIRST + WEEK)

        janes = Dtr.objects.get(lease=john.lease, customer=jane.customer, week=FIRST + WEEK)
        johns = dtr_of(john, FIRST + WEEK)
        assert (janes.is_former, johns.is_former) == (False, False)
        assert (figures(janes)["prior_balance"], figures(janes)["charges"]) == ("0.00", "357.14")
        # Sunday and Monday: 500.00 × 2 ÷ 7 = 142.86; 650.00 − 500.00 − 142.86 = 7.14.
        assert (
            figures(johns)["prior_balance"],
            figures(johns)["charges"],
            figures(johns)["due_to_driver"],
        ) == (
            "500.00",
            "142.86",
            "7.14",
        )
        assert_books_agree(manager)

    def test_recovers_by_the_hierarchy(self, manager: Actor, job: Actor) -> None:
        john = make_driver(manager, weekly="100.00")
        with at("2026-01-09"):
            for place, category in enumerate(
                (Category.MISC, Category.TLC, Category.PVB, Category.EZPASS, Category.TAXES)
            ):
                charge(
                    manager,
                    john,
                    category=category,
                    reference_id=f"{category}-1",
                    amount="10.00",
                    due_date=date(2026, 1, 5 + place),
                )

        with at("2026-01-11"):
            earn(manager, john, FIRST, "125.00")
            settle(job, FIRST)

        assert sorted(lines(dtr_of(john, FIRST), "recovered")) == [
            ("EZPASS", "EZPASS-1", "10.00"),
            ("LEASE", "LS-2054-2026-01-04", "100.00"),
            ("PVB", "PVB-1", "5.00"),
            ("TAXES", "TAXES-1", "10.00"),
        ]


def test_a_job_settles_every_week_whose_turn_has_come(manager: Actor, job: Actor) -> None:
    make_driver(manager)
    with at("2026-01-18", "13:00"):
        reports = run_job(actor=job, job=weekly.DTR)

    assert [each.week for each in reports] == [FIRST, FIRST + WEEK]
    assert Dtr.objects.count() == 2


def test_earnings_that_no_dtr_has_are_voided_by_their_posting(manager: Actor, job: Actor) -> None:
    with at("2026-01-11"):
        earn(manager, make_driver(manager), FIRST, "700.00")
    posting = Posting.objects.filter(entry__event="earnings_credited").first()
    assert posting is not None

    void_posting(actor=manager, posting_id=posting.id, reason="Imported for somebody else")

    (earning,) = LeaseEarning.objects.all()
    assert Entry.objects.get(event="earnings_voided").reverses_id == earning.entry_id
    with assert_nothing_written(), pytest.raises(Conflict) as again:
        void_posting(actor=manager, posting_id=posting.id, reason="Imported for somebody else")
    assert again.value.code == "already_voided"


class TestClosedWeek:
    """A week with a DTR does not change."""

    @pytest.fixture
    def john(self, manager: Actor, job: Actor) -> Debtor:
        john = make_driver(manager)
        with at("2026-01-11"):
            earn(manager, john, FIRST, "700.00")
            settle(job, FIRST)
        return john

    @pytest.mark.parametrize("event", ["earnings_applied", "earnings_credited"])
    def test_refuses_to_void_earnings(self, manager: Actor, john: Debtor, event: str) -> None:
        posting = Posting.objects.filter(entry__event=event).first()
        assert posting is not None

        with assert_nothing_written(), pytest.raises(WeekClosed) as refused:
            void_posting(actor=manager, posting_id=posting.id, reason="Imported for somebody else")

        assert refused.value.code == "week_closed"

    def test_refuses_to_change_figures_or_lines(self, manager: Actor, john: Debtor) -> None:
        for statement in (
            "update dtrs set gross = gross + 1",
            "update dtrs set carried_forward = 1",
            "delete from dtrs",
            "update dtr_lines set amount = 1",
            "delete from dtr_lines",
            "update lease_earnings set dtr_id = null",
            "update lease_earnings set gross = 1",
            "delete from lease_earnings",
        ):
            with (
                pytest.raises(Exception, match=r"never|append-only|denied|in a DTR already"),
                transaction.atomic(),
                connection.cursor() as cursor,
            ):
                cursor.execute(statement)

    def test_a_second_dtr_of_the_week_is_impossible(self, manager: Actor, john: Debtor) -> None:
        duplicate = dtr_of(john, FIRST)
        duplicate.pk, duplicate.number = None, "DTR-2026-999999"

        with pytest.raises(IntegrityError), transaction.atomic():
            duplicate.save(force_insert=True)


class TestPayout:
    """What is due is paid once."""

    @pytest.fixture
    def john(self, manager: Actor, job: Actor) -> Debtor:
        john = make_driver(manager)
        with at("2026-01-11"):
            earn(manager, john, FIRST, "700.00")
            settle(job, FIRST)
        return john

    def test_pays_out_once(self, manager: Actor, john: Debtor) -> None:
        number = dtr_of(john, FIRST).number
        with at("2026-01-12"):
            pay_dtrs(actor=manager, numbers=[number], method="check", reference_number="1001")

            with assert_nothing_written(), pytest.raises(DtrPaid):
                pay_dtrs(actor=manager, numbers=[number], method="ach")

        paid = dtr_of(john, FIRST)
        assert (paid.status, paid.paid_on, paid.payment_method, paid.payment_reference) == (
            "Paid",
            date(2026, 1, 12),
            "check",
            "1001",
        )
        assert_books_agree(manager)

    def test_pays_all_or_none(self, manager: Actor, job: Actor, john: Debtor) -> None:
        owing = make_driver(manager, number=2, name="Jane Roe")
        with at("2026-01-18"):
            earn(manager, john, FIRST + WEEK, "900.00")
            settle(job, FIRST + WEEK)
            numbers = [dtr_of(john, FIRST + WEEK).number, dtr_of(owing, FIRST + WEEK).number]

            with assert_nothing_written(), pytest.raises(NothingDue, match=numbers[1]):
                pay_dtrs(actor=manager, numbers=numbers, method="ach")

    @pytest.mark.parametrize("day", ["2026-01-10", "2026-01-14"])
    def test_refuses_a_day_before_the_settlement_or_in_the_future(
        self, manager: Actor, john: Debtor, day: str
    ) -> None:
        with at("2026-01-13"), assert_nothing_written(), pytest.raises(InvalidInput):
            pay_dtrs(
                actor=manager,
                numbers=[dtr_of(john, FIRST).number],
                method="ach",
                paid_on=date.fromisoformat(day),
            )


def test_six_statements_per_chunk_whatever_its_size(manager: Actor, job: Actor) -> None:
    drivers = [make_driver(manager, number=number) for number in range(1, 21)]
    with at("2026-01-11"):
        for driver in drivers:
            earn(manager, driver, FIRST, "700.00")
        post_due_lease_fees(actor=job, week=FIRST)
        counts = []
        for size in (5, 15):
            with (
                CaptureQueriesContext(
                    connection,
                ) as captured,
                transaction.atomic(),
            ):
                generate_dtrs(actor=job, week=FIRST, leases=size)
                transaction.set_rollback(True)
            words = [query["sql"].split()[0] for query in captured.captured_queries]
            counts.append(sum(word not in ("SAVEPOINT", "RELEASE", "ROLLBACK") for word in words))

    # Two listings (before and after) of three statements; in each chunk: cash, debts, entries, numbers, writing. The
    # company's context, which a separate transaction also sets, is the sixth.
    assert counts == [2 * 3 + 5 * 4, 2 * 3 + 5 * 2]


def test_payments_are_locked_before_credit_memos_and_both_before_obligations(
    manager: Actor, job: Actor
) -> None:
    john = make_driver(manager)
    with at("2026-01-10"):
        credit_issuer()(
            actor=manager,
            customer_id=john.customer.pk,
            lease_id=john.lease.pk,
            currency="USD",
            debits=[Leg(PREMIUMS_PAYABLE, Decimal("10.00"))],
            reason="A premium was charged twice",
        )
    with at("2026-01-11"):
        earn(manager, john, FIRST, "700.00")
        post_due_lease_fees(actor=job, week=FIRST)
        with CaptureQueriesContext(connection) as captured:
            generate_dtrs(actor=job, week=FIRST)

    locking = [each["sql"] for each in captured.captured_queries if "for no key update" in each["sql"]]
    (payments,) = [
        place for place, sql in enumerate(locking) if "from payments" in sql or "join payments" in sql
    ]
    (memos,) = [place for place, sql in enumerate(locking) if "credit_memos" in sql]
    (debts,) = [place for place, sql in enumerate(locking) if "join ledger_obligations" in sql]
    assert payments < memos < debts


def test_statement_is_a_pdf(manager: Actor, job: Actor, tmp_path: Path) -> None:
    john = make_driver(manager)
    with at("2026-01-11"):
        earn(manager, john, FIRST, "700.00")
        settle(job, FIRST)
    dtr: Any = find_dtr(actor=manager, number=dtr_of(john, FIRST).number)

    content = dtr_pdf(actor=manager, dtr=dtr)

    assert content.startswith(b"%PDF")


def test_settled_week_is_left_alone(manager: Actor, job: Actor) -> None:
    make_driver(manager)
    with at("2026-01-11"):
        first = settle(job, FIRST)
        with assert_nothing_written():
            again = settle(job, FIRST)

    assert list(first.jobs) == ["lease_fees", "repairs", "loans", "dtr"]
    assert again.jobs == {}
    assert WeeklyRun.objects.filter(status="completed").count() == 4


@pytest.mark.parametrize(
    ("week", "code"),
    [
        ("2026-01-05", "week_not_sunday"),
        ("2026-01-11", "week_not_over"),
        ("2025-12-28", "before_settles_from"),
    ],
)
def test_refuses_other_weeks(manager: Actor, job: Actor, week: str, code: str) -> None:
    with at("2026-01-13"), assert_nothing_written(), pytest.raises(InvalidInput) as refused:
        settle(job, week)

    assert refused.value.code == code


def test_missed_weeks_are_settled_in_order(manager: Actor, job: Actor) -> None:
    john = make_driver(manager)

    with at("2026-02-01"):
        settle(job, "2026-01-25")

    assert list(Dtr.objects.order_by("week").values_list("number", "prior_balance", "charges")) == [
        ("DTR-2026-000001", Decimal("0.00"), Decimal("500.00")),
        ("DTR-2026-000002", Decimal("500.00"), Decimal("500.00")),
        ("DTR-2026-000003", Decimal("1000.00"), Decimal("500.00")),
        ("DTR-2026-000004", Decimal("1500.00"), Decimal("500.00")),
    ]
    assert dtr_of(john, "2026-01-25").previous_id == dtr_of(john, "2026-01-18").pk
    assert_books_agree(manager)


def test_a_failing_job_stops_the_run_with_its_name(
    manager: Actor, job: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ledger import weekly

    def fail(**_: Any) -> None:
        raise Conflict("The books are being closed.")

    make_driver(manager)
    broken = weekly.Step("loans", 30, fail, time(4, 45), "Loans")  # type: ignore[arg-type]
    kept = weekly._steps["loans"]
    monkeypatch.setitem(weekly._steps, "loans", broken)

    with at("2026-01-11"):
        with pytest.raises(Conflict) as refused:
            settle(job, FIRST)
        assert (refused.value.code, refused.value.extra["job"]) == ("weekly_step_failed", "loans")
        assert not Dtr.objects.exists()
        assert dict(WeeklyRun.objects.values_list("job", "status")) == {
            "lease_fees": "completed",
            "repairs": "completed",
            "loans": "failed",
        }
        monkeypatch.setitem(weekly._steps, "loans", kept)
        settle(job, FIRST)

    assert Dtr.objects.count() == 1
