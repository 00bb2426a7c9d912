"""The worked weeks, event by event, against the figures of docs/worked-weeks.md."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

import pytest

from batconnect.core.database.tenancy import company_context, job_actor
from batconnect.core.kernel.actors import Actor
from batconnect.core.models import CompanySettings
from batconnect.directory.models import LeaseDriver
from batconnect.directory.services import change_primary_driver, end_lease, set_lease_rate
from ledger.chart import Category
from ledger.models import Dtr, LeaseEarning, Obligation
from ledger.querysets import trial_balance
from ledger.services import void_obligation, write_off
from ledger.settlement.services.earnings import EarningRow, import_earnings
from ledger.settlement.services.payouts import pay_dtrs
from ledger.tests.builders import Debtor, charge
from ledger.tests.settlement.builders import WEEK, assert_books_agree, at, make_driver, settle, settle_from
from ledger.tests.settlement.weeks import Rows, amount, expected, shown, table_after
from ledger.treasury.services.paying import PaidFrom
from loans.services import hand_over_loan, make_loan, plan_loan
from payments.credit_memos.services.issuing import MemoRequest, issue_credit_memo
from payments.models import Payment
from payments.services.choosing import AllocationRequest, allocate_payment
from payments.services.interim import ChosenAllocation, record_interim_payment
from payments.services.recording import record_payment
from payments.services.refunds import refund_unallocated
from payments.services.returns import return_payment
from tests.cast import NORTH

FIRST = date(2026, 12, 27)
Event = tuple[str, Callable[[], Any]]


class Books:
    """What people do in these weeks, in few words."""

    def __init__(self, actor: Actor) -> None:
        self.actor = actor

    def toll(self, who: Debtor, category: str, key: str, value: str, due: str, **more: Any) -> UUID:
        return charge(
            self.actor,
            who,
            category=Category(category),
            reference_id=key,
            amount=value,
            due_date=date.fromisoformat(due),
            **more,
        ).pk

    def item(self, key: str) -> Obligation:
        return Obligation.objects.get(reference_id=key)

    def earn(self, who: Debtor, week: str, *rows: tuple[str, str]) -> None:
        """Rows of (amount, reference): without a reference it is the gross."""
        import_earnings(
            actor=self.actor,
            rows=[
                EarningRow(
                    who.driver.pk,
                    who.lease.pk,
                    date.fromisoformat(week),
                    Decimal(value),
                    LeaseEarning.Kind.ADJUSTMENT if key else LeaseEarning.Kind.GROSS,
                    key,
                )
                for value, key in rows
            ],
        )

    def pays(self, who: Debtor, value: str, method: str, on: str, key: str = "", part: str = "") -> UUID:
        """Through `/api/payments`, without a lease; a part of it is applied to the obligation."""
        payment = record_payment(
            actor=self.actor,
            customer_id=who.customer.pk,
            amount=Decimal(value),
            method=method,
            payment_date=date.fromisoformat(on),
        ).payment
        if key:
            request = AllocationRequest(Decimal(part or value), obligation_id=self.item(key).pk)
            allocate_payment(actor=self.actor, payment_id=payment.pk, requests=[request])
        return payment.pk

    def interim(self, who: Debtor, value: str, method: str, on: str, key: str, part: str = "") -> UUID:
        line = ChosenAllocation("LEASE", key, Decimal(part or value))
        return record_interim_payment(
            actor=self.actor,
            driver_id=who.driver.pk,
            lease=who.lease.pk,
            amount=Decimal(value),
            method=method,
            payment_date=date.fromisoformat(on),
            allocations=[line],
        ).payment.pk

    def credit(self, key: str, value: str) -> None:
        issue_credit_memo(
            actor=self.actor,
            request=MemoRequest(
                obligation_id=self.item(key).pk, amount=Decimal(value), reason="It was another plate's"
            ),
        )

    def lend(self, who: Debtor, value: str, rate: str, start: str) -> str:
        plan = plan_loan(
            actor=self.actor,
            driver_id=who.driver.pk,
            lease=who.lease.pk,
            amount=Decimal(value),
            interest_rate=Decimal(rate),
            start_week=date.fromisoformat(start),
        )
        number = make_loan(actor=self.actor, plan=plan).loan.number
        hand_over_loan(actor=self.actor, loan_id=number, paid_from=PaidFrom("check"))
        return number


def drives_too(actor: Actor, lease: Debtor, *, number: int, name: str) -> Debtor:
    """Another driver, without a lease of the driver's own, who is to drive on this one."""
    other = make_driver(actor, number=number, name=name, weekly="0.00", since="2030-01-06")
    return Debtor(other.customer, other.driver, lease.lease)


def run_through(events: Sequence[Event], *, job: Actor, sundays: Sequence[date]) -> None:
    """Everything at its hour, and the run of each Sunday at 04:00."""
    runs: list[Event] = [(f"{sunday} 04:00", partial(settle, job, sunday - WEEK)) for sunday in sundays]
    for when, happens in sorted([*events, *runs], key=lambda event: event[0]):
        day, _, clock = when.partition(" ")
        with at(day, clock or "12:00"):
            happens()


def assert_dtrs(who: Debtor, rows: Rows) -> None:
    """The driver's DTRs on the lease are those of the table, and no others."""
    dtrs = {str(each.week): each for each in Dtr.objects.filter(lease=who.lease.pk, customer=who.customer.pk)}
    assert {row["week"]: expected(row) for row in rows} == {
        week: shown(dtrs[week], row) for week, row in zip(sorted(dtrs), rows, strict=True)
    }


def test_four_leases_over_the_turn_of_a_year(manager: Actor) -> None:
    job = settle_from(date(2027, 1, 3))
    books = Books(manager)
    with at("2026-12-20"):
        ana = make_driver(manager, number=948, name="Ana", weekly="500.00", since="2026-12-27")
        abe = drives_too(manager, ana, number=900, name="Abe")
        LeaseDriver.objects.create(
            company_id=NORTH, lease=ana.lease, driver=abe.driver, role="Additional", from_on=FIRST
        )
        ben = make_driver(manager, number=949, name="Ben", weekly="700.00", since="2026-12-27")
        cal = make_driver(manager, number=950, name="Cal", weekly="600.00", since="2026-12-27")
        cyd = drives_too(manager, cal, number=901, name="Cyd")
        dee = make_driver(manager, number=951, name="Dee", weekly="333.33", since="2026-12-31")
    assert [each.lease.lease_id for each in (ana, ben, cal, dee)] == [f"LS-300{n}" for n in (1, 2, 3, 4)]

    run_through(
        [
            *_lease_a(books, ana, abe),
            *_lease_b(books, ben),
            *_lease_c(books, cal, cyd),
            *_lease_d(books, dee),
        ],
        job=job,
        sundays=[date(2027, 1, 3) + place * WEEK for place in range(5)],
    )

    for person, text in (
        (ana, "\nAna, lease A:"),
        (abe, "\nAbe, lease A."),
        (ben, "### Lease B"),
        (cal, "\nCal, lease C:"),
        (cyd, "\nCyd, lease C:"),
        (dee, "### Lease D"),
    ):
        assert_dtrs(person, table_after(text))
    assert _fees_of(cal) == {"LS-3003-2027-01-10-DRV-1050": "257.14", "LS-3003-2027-01-10-DRV-1001": "342.86"}
    _assert_balances(manager)
    assert_books_agree(manager)


def _lease_a(books: Books, ana: Debtor, abe: Debtor) -> list[Event]:
    kept: dict[str, Any] = {}

    def lend() -> None:
        kept["loan"] = books.lend(ana, "1200.00", "10", "2027-01-03")

    def pay() -> None:
        kept["check"] = books.interim(ana, "200.00", "check", "2027-01-06", "LS-3001-2026-12-27")

    def give_up() -> None:
        item = books.item(f"{kept['loan']}-02")
        assert item.outstanding == Decimal("23.14")
        write_off(
            actor=books.actor, obligation_id=item.pk, amount=item.outstanding, reason="Forgiven by the owner"
        )

    return [
        ("2026-12-30", lend),
        ("2026-12-31", lambda: books.toll(ana, "TLC", "T-A1", "200.00", "2027-01-02")),
        ("2026-12-31", lambda: books.toll(ana, "EZPASS", "EZ-A1", "20.00", "2027-01-02")),
        ("2027-01-06", pay),
        ("2027-01-10 03:00", lambda: books.earn(ana, "2026-12-27", ("600.00", ""))),
        ("2027-01-10 03:00", lambda: books.earn(ana, "2027-01-03", ("900.00", ""))),
        ("2027-01-12", lambda: books.toll(abe, "EZPASS", "EZ-A2", "30.00", "2027-01-15")),
        ("2027-01-13", give_up),
        ("2027-01-14", lambda: books.toll(ana, "PVB", "PV-A1", "65.00", "2027-01-07")),
        ("2027-01-17 03:00", lambda: books.earn(ana, "2027-01-10", ("400.00", ""))),
        (
            "2027-01-20",
            lambda: return_payment(actor=books.actor, payment_id=kept["check"], reason_code="NSF"),
        ),
        ("2027-01-24 03:00", lambda: books.earn(ana, "2027-01-17", ("1000.00", ""))),
        ("2027-01-24 03:00", lambda: books.earn(abe, "2027-01-17", ("120.00", ""))),
        (
            "2027-01-27",
            lambda: books.credit("EZ-A2", "30.00"),
        ),
        ("2027-01-31 03:00", lambda: books.earn(ana, "2027-01-24", ("1200.00", ""))),
    ]


def _lease_b(books: Books, ben: Debtor) -> list[Event]:
    fee = "LS-3002-2027-01-03"
    opening = {"opening": True, "issue_date": date(2026, 12, 26)}
    return [
        ("2026-12-26", lambda: books.toll(ben, "LEASE", "OB-3002", "350.00", "2026-12-26", **opening)),
        ("2027-01-03 03:00", lambda: books.earn(ben, "2026-12-27", ("800.00", ""))),
        ("2027-01-05", lambda: books.toll(ben, "MISC", "M-B1", "25.00", "2027-01-08")),
        (
            "2027-01-06",
            lambda: end_lease(actor=books.actor, lease_pk=ben.lease.pk, ended_on=date(2027, 1, 6)),
        ),
        ("2027-01-10 03:00", lambda: books.earn(ben, "2027-01-03", ("500.00", ""))),
        (
            "2027-01-12",
            lambda: void_obligation(
                actor=books.actor, obligation_id=books.item("M-B1").pk, reason="Not his to pay"
            ),
        ),
        ("2027-01-19", lambda: books.pays(ben, "100.00", "cash", "2027-01-19", fee)),
        ("2027-01-26", lambda: books.pays(ben, "60.00", "check", "2027-01-26", fee, "50.00")),
    ]


def _lease_c(books: Books, cal: Debtor, cyd: Debtor) -> list[Event]:
    def pay_out() -> None:
        dtr = Dtr.objects.get(lease=cal.lease.pk, week=FIRST)
        pay_dtrs(actor=books.actor, numbers=[dtr.number], method="ach")

    return [
        ("2027-01-03 03:00", lambda: books.earn(cal, "2026-12-27", ("700.00", ""))),
        ("2027-01-05", pay_out),
        ("2027-01-10 03:00", lambda: books.earn(cal, "2027-01-03", ("420.00", ""))),
        (
            "2027-01-13",
            lambda: change_primary_driver(
                actor=books.actor, lease_pk=cal.lease.pk, driver=cyd.driver, from_on=date(2027, 1, 13)
            ),
        ),
        ("2027-01-17 03:00", lambda: books.earn(cal, "2027-01-10", ("300.00", ""))),
        ("2027-01-17 03:00", lambda: books.earn(cyd, "2027-01-10", ("500.00", ""))),
        ("2027-01-19", lambda: books.toll(cal, "EZPASS", "EZ-C1", "45.00", "2027-01-20")),
        ("2027-01-19", lambda: books.toll(cal, "TLC", "T-C1", "200.00", "2027-01-22")),
        (
            "2027-01-20",
            lambda: books.pays(cal, "60.00", "cash", "2027-01-20", "LS-3003-2027-01-10-DRV-1050"),
        ),
        ("2027-01-24 03:00", lambda: books.earn(cyd, "2027-01-17", ("550.00", ""))),
        ("2027-01-27", lambda: books.pays(cal, "220.00", "check", "2027-01-27")),
        ("2027-01-31 03:00", lambda: books.earn(cyd, "2027-01-24", ("700.00", ""))),
    ]


def _lease_d(books: Books, dee: Debtor) -> list[Event]:
    kept: dict[str, UUID] = {}

    def pay_more() -> None:
        kept["held"] = books.interim(dee, "226.19", "cash", "2027-01-10", "LS-3004-2027-01-03", "26.19")

    return [
        ("2026-12-31", lambda: books.pays(dee, "200.00", "cash", "2026-12-31")),
        ("2027-01-03 03:00", lambda: books.earn(dee, "2026-12-27", ("180.00", ""))),
        ("2027-01-10 03:00", lambda: books.earn(dee, "2027-01-03", ("250.00", ""))),
        ("2027-01-10 10:00", pay_more),
        (
            "2027-01-13",
            lambda: refund_unallocated(
                actor=books.actor,
                payment_id=kept["held"],
                amount=Decimal("33.33"),
                reason="Paid back at the counter",
            ),
        ),
        (
            "2027-01-16",
            lambda: set_lease_rate(
                actor=books.actor,
                lease_pk=dee.lease.pk,
                from_on=date(2027, 1, 21),
                weekly_amount=Decimal("400.00"),
            ),
        ),
        ("2027-01-17 03:00", lambda: books.earn(dee, "2027-01-10", ("300.00", ""))),
        ("2027-01-24 03:00", lambda: books.earn(dee, "2027-01-17", ("100.00", ""))),
        ("2027-01-31 03:00", lambda: books.earn(dee, "2027-01-24", ("800.00", ""))),
    ]


def _fees_of(who: Debtor) -> dict[str, str]:
    """The lease's fees that several drivers share."""
    rows = Obligation.objects.filter(lease=who.lease.pk, category="LEASE", reference_id__contains="-DRV-")
    return {key: str(value) for key, value in rows.values_list("reference_id", "original")}


def _assert_balances(manager: Actor) -> None:
    """What the books show on 2027-01-31, by the page's table: these accounts with these figures, and no others."""
    *rows, together = table_after("### What the books show", headed="account")
    sides = {
        row["account"].partition(" (")[0]: tuple(
            Decimal(amount(row[side])) if row[side] else Decimal(0) for side in ("debit", "credit")
        )
        for row in rows
    }
    totals = [total for total in trial_balance(actor=manager) if total.balance]

    assert {total.name: total.balance for total in totals} == {
        name: debit - credit for name, (debit, credit) in sides.items()
    }
    assert [str(sum(column)) for column in zip(*sides.values(), strict=True)] == [
        amount(together["debit"]),
        amount(together["credit"]),
    ]


def test_a_memo_negative_earnings_and_a_bounced_check(manager: Actor) -> None:
    job = settle_from(date(2026, 2, 8))
    books = Books(manager)
    with at("2026-01-30"):
        eve = make_driver(manager, number=952, name="Eve", weekly="500.00", since="2026-02-01")
    kept: dict[str, UUID] = {}

    def pay() -> None:
        kept["check"] = books.interim(eve, "200.00", "check", "2026-02-11", "LS-3005-2026-02-01", "145.00")

    def bounce() -> None:
        return_payment(actor=manager, payment_id=kept["check"], reason_code="NSF", fee=Decimal("20.00"))

    run_through(
        [
            ("2026-02-05", lambda: books.toll(eve, "EZPASS", "EZ-E1", "45.00", "2026-02-07")),
            ("2026-02-08 03:00", lambda: books.earn(eve, "2026-02-01", ("400.00", ""))),
            ("2026-02-11", pay),
            (
                "2026-02-12",
                lambda: books.credit("EZ-E1", "45.00"),
            ),
            ("2026-02-15 03:00", lambda: books.earn(eve, "2026-02-08", ("300.00", ""), ("-50.00", "CB-1"))),
            ("2026-02-18", bounce),
            ("2026-02-22 03:00", lambda: books.earn(eve, "2026-02-15", ("100.00", ""), ("-480.00", "CB-2"))),
        ],
        job=job,
        sundays=[date(2026, 2, 8) + place * WEEK for place in range(3)],
    )

    assert_dtrs(eve, table_after("## A memo, negative earnings"))
    shortfall = books.item("NEG-DTR-2026-000003")
    assert (shortfall.category, str(shortfall.original), str(shortfall.due_date)) == (
        "MISC",
        "380.00",
        "2026-02-22",
    )
    assert_books_agree(manager)


def keep_at_most(percent: str = "100", *, least: str = "0.00", nets: bool = False) -> Actor:
    """What the company protects and whether it nets; its job's actor."""
    with company_context(NORTH, job="test"):
        CompanySettings.objects.filter(company_id=NORTH).update(
            max_kept_percent=Decimal(percent), least_payout=Decimal(least), nets_leases=nets
        )
    return job_actor(company_id=NORTH, job="settle_week", request_id="test-request")


def test_a_protected_share(manager: Actor) -> None:
    settle_from(date(2026, 2, 8))
    job = keep_at_most("75")
    books = Books(manager)
    eve = make_driver(manager, number=952, name="Eve", weekly="500.00", since="2026-02-01")

    run_through(
        [
            ("2026-02-05", lambda: books.toll(eve, "EZPASS", "EZ-E1", "45.00", "2026-02-07")),
            ("2026-02-08 03:00", lambda: books.earn(eve, "2026-02-01", ("400.00", ""))),
        ],
        job=job,
        sundays=[date(2026, 2, 8)],
    )

    assert_dtrs(eve, table_after("### A protected share"))
    assert_books_agree(manager)


def test_the_least_payout_is_paid_as_far_as_the_gross_reaches(manager: Actor) -> None:
    settle_from(date(2026, 2, 8))
    job = keep_at_most("90", least="150.00")
    books = Books(manager)
    eve = make_driver(manager, number=952, name="Eve", weekly="500.00", since="2026-02-01")

    run_through(
        [
            ("2026-02-08 03:00", lambda: books.earn(eve, "2026-02-01", ("400.00", ""))),
            ("2026-02-15 03:00", lambda: books.earn(eve, "2026-02-08", ("120.00", ""))),
        ],
        job=job,
        sundays=[date(2026, 2, 8), date(2026, 2, 15)],
    )

    first, second = Dtr.objects.order_by("week")
    assert (str(first.protected), str(first.recovered), str(first.due_to_driver)) == (
        "150.00",
        "250.00",
        "150.00",
    )
    assert (str(second.protected), str(second.recovered), str(second.due_to_driver)) == (
        "120.00",
        "0.00",
        "120.00",
    )
    assert_books_agree(manager)


def test_the_credit_of_a_former_driver(manager: Actor) -> None:
    job = settle_from(date(2026, 2, 8))
    books = Books(manager)
    eve = make_driver(manager, number=952, name="Eve", weekly="0.00", since="2026-02-01")
    run_through(
        [
            ("2026-02-05", lambda: books.toll(eve, "EZPASS", "EZ-F1", "45.00", "2026-02-07")),
            ("2026-02-08 03:00", lambda: books.earn(eve, "2026-02-01", ("45.00", ""))),
            (
                "2026-02-08 06:00",
                lambda: end_lease(actor=manager, lease_pk=eve.lease.pk, ended_on=date(2026, 2, 8)),
            ),
            (
                "2026-02-18",
                lambda: books.credit("EZ-F1", "45.00"),
            ),
            ("2026-02-19", lambda: books.toll(eve, "MISC", "M-F1", "20.00", "2026-02-20")),
            ("2026-02-20", lambda: books.earn(eve, "2026-02-08", ("300.00", ""))),
        ],
        job=job,
        sundays=[date(2026, 2, 8) + place * WEEK for place in range(3)],
    )

    (row,) = table_after("### The credit of a former driver")
    dtr = Dtr.objects.get(week=date(2026, 2, 15))
    assert dtr.is_former
    assert shown(dtr, row) == expected(row)
    assert_books_agree(manager)


def test_a_late_run(manager: Actor) -> None:
    job = settle_from(date(2026, 3, 8))
    books = Books(manager)
    with at("2026-02-27"):
        other = make_driver(manager, number=952, name="Somebody", weekly="0.00", since="2026-03-01")
        gus = drives_too(manager, other, number=953, name="Gus")
        LeaseDriver.objects.create(
            company_id=NORTH,
            lease=other.lease,
            driver=gus.driver,
            role="Additional",
            from_on=date(2026, 3, 1),
        )

    run_through(
        [
            ("2026-03-05", lambda: books.toll(gus, "EZPASS", "EZ-G1", "100.00", "2026-03-08")),
            ("2026-03-08 03:00", lambda: books.earn(gus, "2026-03-01", ("500.00", ""))),
            ("2026-03-11", lambda: books.pays(gus, "100.00", "cash", "2026-03-11", "EZ-G1")),
            ("2026-03-12 04:00", lambda: settle(job, date(2026, 3, 1))),
        ],
        job=job,
        sundays=[date(2026, 3, 15)],
    )

    assert_dtrs(gus, table_after("### A late run"))
    assert_books_agree(manager)


@pytest.mark.parametrize("nets", [True, False])
def test_two_leases_of_one_driver_netted(manager: Actor, nets: bool) -> None:
    settle_from(date(2026, 3, 8))
    job = keep_at_most(nets=nets)
    books = Books(manager)
    first, second = (
        make_driver(manager, number=952 + place, name="Hal", weekly=weekly, since="2026-03-01")
        for place, weekly in enumerate(("300.00", "250.00"))
    )
    hal = Debtor(first.customer, first.driver, second.lease)
    change_primary_driver(
        actor=manager, lease_pk=second.lease.pk, driver=first.driver, from_on=date(2026, 3, 1)
    )

    run_through(
        [
            ("2026-03-08 03:00", lambda: books.earn(first, "2026-03-01", ("400.00", ""))),
            ("2026-03-08 03:00", lambda: books.earn(hal, "2026-03-01", ("100.00", ""))),
        ],
        job=job,
        sundays=[date(2026, 3, 8)],
    )

    rows = table_after("### Two leases of one driver", headed="lease")
    dtrs = [Dtr.objects.get(lease=each.lease.pk, customer=first.customer.pk) for each in (first, hal)]
    if nets:
        assert [shown(dtr, row) for dtr, row in zip(dtrs, rows, strict=True)] == [
            expected(row) for row in rows
        ]
    else:
        assert [(str(dtr.due_to_driver), str(dtr.carried_forward)) for dtr in dtrs] == [
            ("100.00", "0.00"),
            ("0.00", "150.00"),
        ]
    assert_books_agree(manager)


def test_cash_for_no_lease_is_used_last(manager: Actor) -> None:
    job = settle_from(date(2026, 3, 8))
    books = Books(manager)
    first = make_driver(manager, number=952, name="Hal", weekly="300.00", since="2026-03-01")
    second = make_driver(manager, number=953, name="Ida", weekly="250.00", since="2026-03-01")
    change_primary_driver(
        actor=manager, lease_pk=second.lease.pk, driver=first.driver, from_on=date(2026, 3, 1)
    )
    hal = Debtor(first.customer, first.driver, second.lease)

    run_through(
        [
            # Two leases fit: the payment remembers none.
            ("2026-03-04", lambda: books.pays(hal, "220.00", "check", "2026-03-04")),
            ("2026-03-05", lambda: books.toll(hal, "TAXES", "TX-1", "50.00", "2026-03-06")),
            ("2026-03-08 03:00", lambda: books.earn(first, "2026-03-01", ("250.00", ""))),
        ],
        job=job,
        sundays=[date(2026, 3, 8)],
    )

    assert Payment.objects.get().lease_id is None
    one, two = (Dtr.objects.get(lease=each.lease.pk, customer=first.customer.pk) for each in (first, hal))
    # Of the 300.00, 250.00 are recovered and 50.00 paid in cash; the other 170.00 pay the second fee, and no taxes.
    assert (str(one.recovered), str(one.interim_payments), str(one.carried_forward)) == (
        "250.00",
        "50.00",
        "0.00",
    )
    assert (str(two.interim_payments), str(two.carried_forward)) == ("170.00", "130.00")
    assert_books_agree(manager)
