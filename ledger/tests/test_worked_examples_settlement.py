"""The weekly settlement as an accountant reads it: every figure of every DTR (docs/domain.md#settlement)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from ledger.chart import Category
from ledger.models import Dtr, DtrLine
from ledger.querysets import trial_balance
from ledger.settlement.services.payouts import pay_dtrs
from ledger.tests.builders import Debtor, charge
from ledger.tests.settlement.builders import (
    WEEK,
    assert_books_agree,
    at,
    dtr_of,
    earn,
    figures,
    lines,
    make_driver,
    owed_by,
    settle,
    settle_from,
)
from loans.models import DriverLoan
from loans.services import make_loan, plan_loan
from payments.services.interim import ChosenAllocation, record_interim_payment
from payments.services.voids import void_payment
from repairs.models import RepairInvoice
from repairs.services import make_repair, plan_repair


def lend(actor: Actor, driver: Debtor, amount: str, *, rate: str, first_due: str) -> str:
    """Lend today; the loan's number."""
    plan = plan_loan(
        actor=actor,
        driver_id=driver.driver.pk,
        lease=driver.lease.pk,
        amount=Decimal(amount),
        interest_rate=Decimal(rate),
        start_week=date.fromisoformat(first_due),
    )
    return make_loan(actor=actor, plan=plan).loan.number


def repair(actor: Actor, driver: Debtor, amount: str, *, first_due: str) -> str:
    """A workshop's invoice of today; the repair's number."""
    plan = plan_repair(
        actor=actor,
        driver_id=driver.driver.pk,
        lease=driver.lease.pk,
        invoice_number="W-1",
        invoice_date=today(actor.company),
        workshop_type="External Workshop",
        amount=Decimal(amount),
        start_week=date.fromisoformat(first_due),
    )
    return make_repair(actor=actor, plan=plan).repair.number


def pay(
    actor: Actor, driver: Debtor, amount: str, *chosen: tuple[str, str, str], on: str, by: str = "Check"
) -> UUID:
    """An interim payment; its id."""
    applied = record_interim_payment(
        actor=actor,
        driver_id=driver.driver.pk,
        lease=driver.lease.pk,
        amount=Decimal(amount),
        method=by,
        payment_date=date.fromisoformat(on),
        allocations=[ChosenAllocation(category, key, Decimal(part)) for category, key, part in chosen],
    )
    return applied.payment.id


def accounts(actor: Actor) -> dict[str, str]:
    """Every account whose balance is not zero: debits less credits; together they balance."""
    rows = trial_balance(actor=actor)
    assert sum(row.debit for row in rows) == sum(row.credit for row in rows)
    assert_books_agree(actor)
    return {row.code: f"{row.balance:.2f}" for row in rows if row.balance}


class TestThreeWeeks:
    """The check of docs/domain.md#dtr: a lease of 500.00 a week, a loan of 1,200 at 10 % lent on 2025-10-01."""

    @pytest.fixture
    def john(self, manager: Actor) -> Debtor:
        self.job = settle_from("2025-10-05")
        with at("2025-10-01"):
            john = make_driver(manager)
            self.loan = lend(manager, john, "1200.00", rate="10", first_due="2025-10-05")
        return john

    def first_week(self, manager: Actor, john: Debtor) -> None:
        with at("2025-10-05"):
            earn(manager, john, "2025-09-28", "600.00")
            settle(self.job, "2025-09-28")

    def second_week(self, manager: Actor, john: Debtor) -> UUID:
        with at("2025-10-08"):
            check = pay(manager, john, "200.00", ("Loans", f"{self.loan}-01", "151.32"), on="2025-10-08")
        with at("2025-10-12"):
            earn(manager, john, "2025-10-05", "900.00")
            settle(self.job, "2025-10-05")
        return check

    def test_first_week(self, manager: Actor, john: Debtor) -> None:
        self.first_week(manager, john)

        dtr = dtr_of(john, "2025-09-28")
        assert figures(dtr) == {
            "gross": "600.00",
            "prior_balance": "0.00",
            "charges": "751.32",
            "interim_payments": "0.00",
            "adjustments": "0.00",
            "owed": "751.32",
            "recovered": "600.00",
            "net": "-151.32",
            "due_to_driver": "0.00",
            "carried_forward": "151.32",
        }
        assert lines(dtr, "charge") == [
            ("LEASE", "LS-2054-2025-09-28", "500.00"),
            ("LOANS", f"{self.loan}-01", "251.32"),
        ]
        assert lines(dtr, "recovered") == [
            ("LEASE", "LS-2054-2025-09-28", "500.00"),
            ("LOANS", f"{self.loan}-01", "100.00"),
        ]
        assert (dtr.number, dtr.status) == ("DTR-2025-000001", "Finalized")
        assert accounts(manager) == {
            "loan_principal": "950.00",
            "disbursements_payable": "-1200.00",
            "receivable:LOANS": "151.32",
            "income:interest": "-1.32",
            "income:lease": "-500.00",
            "earnings_clearing": "600.00",
        }

    def test_second_week(self, manager: Actor, john: Debtor) -> None:
        self.first_week(manager, john)

        self.second_week(manager, john)

        dtr = dtr_of(john, "2025-10-05")
        assert figures(dtr) == {
            "gross": "900.00",
            "prior_balance": "151.32",
            "charges": "751.82",
            "interim_payments": "200.00",
            "adjustments": "0.00",
            "owed": "703.14",
            "recovered": "703.14",
            "net": "196.86",
            "due_to_driver": "196.86",
            "carried_forward": "0.00",
        }
        assert lines(dtr, "interim_payment") == [
            ("LEASE", "LS-2054-2025-10-05", "48.68"),
            ("LOANS", f"{self.loan}-01", "151.32"),
        ]
        assert accounts(manager)["driver_earnings_payable"] == "-196.86"

    def test_third_week(self, manager: Actor, john: Debtor) -> None:
        self.first_week(manager, john)
        check = self.second_week(manager, john)
        with at("2025-10-15"):
            void_payment(actor=manager, payment_id=check, reason="The check was returned unpaid.")

        with at("2025-10-19"):
            earn(manager, john, "2025-10-12", "400.00")
            settle(self.job, "2025-10-12")

        dtr = dtr_of(john, "2025-10-12")
        assert figures(dtr) == {
            "gross": "400.00",
            "prior_balance": "0.00",
            "charges": "751.34",
            "interim_payments": "-200.00",
            "adjustments": "0.00",
            "owed": "951.34",
            "recovered": "400.00",
            "net": "-551.34",
            "due_to_driver": "0.00",
            "carried_forward": "551.34",
        }
        assert owed_by(john, until="2025-10-19") == Decimal("551.34")
        assert_books_agree(manager)


class TestFiveWeeks:
    """John takes a lease on Wednesday 2026-01-07, with a loan of 450.00 (100.00 a week, the last row 50.00) and a
    repair of 180.00 (all at once). The company is settled from 2026-01-11 on."""

    @pytest.fixture
    def john(self, manager: Actor) -> Debtor:
        self.job = settle_from("2026-01-11")
        with at("2026-01-07"):
            john = make_driver(manager, since="2026-01-07")
            self.loan = lend(manager, john, "450.00", rate="0", first_due="2026-01-11")
            self.repair = repair(manager, john, "180.00", first_due="2026-01-18")
        return john

    def week_1(self, manager: Actor, john: Debtor) -> None:
        """A toll; the fee of four days; earnings that are not enough."""
        with at("2026-01-09"):
            charge(manager, john, reference_id="EZ-1", amount="24.30", due_date=date(2026, 1, 10))
        with at("2026-01-11"):
            earn(manager, john, "2026-01-04", "350.00")
            settle(self.job, "2026-01-04")

    def week_2(self, manager: Actor, john: Debtor) -> None:
        """He pays 100.00 on Sunday morning: 60.01 for the loan, and 39.99 that nothing open takes yet."""
        with at("2026-01-18", "03:30"):
            self.check = pay(manager, john, "100.00", ("Loans", f"{self.loan}-01", "60.01"), on="2026-01-18")
        with at("2026-01-18", "05:00"):
            earn(manager, john, "2026-01-11", "700.00")
            settle(self.job, "2026-01-11")

    def week_3(self, manager: Actor, john: Debtor) -> None:
        """A violation that was due long ago comes late; a ticket is not due yet."""
        with at("2026-01-20"):
            charge(
                manager,
                john,
                category=Category.PVB,
                reference_id="PVB-7",
                amount="65.00",
                due_date=date(2026, 1, 9),
            )
            charge(
                manager,
                john,
                category=Category.TLC,
                reference_id="T-9",
                amount="120.00",
                due_date=date(2026, 1, 28),
            )
        with at("2026-01-25"):
            earn(manager, john, "2026-01-18", "1000.00")
            settle(self.job, "2026-01-18")
        with at("2026-01-26"):
            pay_dtrs(
                actor=manager,
                numbers=[dtr_of(john, "2026-01-18").number],
                method="ach",
                reference_number="8812",
            )

    def week_4(self, manager: Actor, john: Debtor) -> None:
        """The check of the second week bounces: what it paid is owed again, with the part that the run had applied."""
        with at("2026-01-30"):
            void_payment(actor=manager, payment_id=self.check, reason="The check was returned unpaid.")
        with at("2026-02-01"):
            earn(manager, john, "2026-01-25", "600.00")
            settle(self.job, "2026-01-25")

    def week_5(self, manager: Actor, john: Debtor) -> None:
        """He pays everything that is open and 80.00 more."""
        with at("2026-02-03"):
            pay(
                manager,
                john,
                "300.00",
                ("TLC", "T-9", "59.99"),
                ("Loans", f"{self.loan}-01", "60.01"),
                ("Loans", f"{self.loan}-04", "100.00"),
                on="2026-02-03",
                by="Cash",
            )
        with at("2026-02-08"):
            earn(manager, john, "2026-02-01", "520.50")
            settle(self.job, "2026-02-01")

    def live(self, manager: Actor, john: Debtor, weeks: int) -> Dtr:
        """The first weeks of it; the last one's DTR."""
        for number in range(1, weeks + 1):
            getattr(self, f"week_{number}")(manager, john)
        return dtr_of(john, date(2026, 1, 4) + (weeks - 1) * WEEK)

    def test_week_1_owes_more_than_was_earned(self, manager: Actor, john: Debtor) -> None:
        dtr = self.live(manager, john, 1)

        assert figures(dtr) == {
            "gross": "350.00",
            "prior_balance": "0.00",
            "charges": "410.01",
            "interim_payments": "0.00",
            "adjustments": "0.00",
            "owed": "410.01",
            "recovered": "350.00",
            "net": "-60.01",
            "due_to_driver": "0.00",
            "carried_forward": "60.01",
        }
        assert lines(dtr, "charge") == [
            ("EZPASS", "EZ-1", "24.30"),
            ("LEASE", "LS-2054-2026-01-04", "285.71"),
            ("LOANS", f"{self.loan}-01", "100.00"),
        ]
        assert lines(dtr, "recovered") == [
            ("EZPASS", "EZ-1", "24.30"),
            ("LEASE", "LS-2054-2026-01-04", "285.71"),
            ("LOANS", f"{self.loan}-01", "39.99"),
        ]
        assert_books_agree(manager)

    def test_week_2_uses_the_rest_of_sundays_payment(self, manager: Actor, john: Debtor) -> None:
        dtr = self.live(manager, john, 2)

        assert figures(dtr) == {
            "gross": "700.00",
            "prior_balance": "60.01",
            "charges": "780.00",
            "interim_payments": "100.00",
            "adjustments": "0.00",
            "owed": "740.01",
            "recovered": "700.00",
            "net": "-40.01",
            "due_to_driver": "0.00",
            "carried_forward": "40.01",
        }
        assert lines(dtr, "charge") == [
            ("LEASE", "LS-2054-2026-01-11", "500.00"),
            ("LOANS", f"{self.loan}-02", "100.00"),
            ("REPAIRS", f"{self.repair}-01", "180.00"),
        ]
        assert lines(dtr, "interim_payment") == [
            ("LEASE", "LS-2054-2026-01-11", "39.99"),
            ("LOANS", f"{self.loan}-01", "60.01"),
        ]
        assert lines(dtr, "recovered") == [
            ("LEASE", "LS-2054-2026-01-11", "460.01"),
            ("LOANS", f"{self.loan}-02", "59.99"),
            ("REPAIRS", f"{self.repair}-01", "180.00"),
        ]
        assert RepairInvoice.objects.get().status == "Closed"
        assert_books_agree(manager)

    def test_week_3_takes_the_late_charge_and_not_the_early_one(self, manager: Actor, john: Debtor) -> None:
        dtr = self.live(manager, john, 3)

        assert figures(dtr) == {
            "gross": "1000.00",
            "prior_balance": "40.01",
            "charges": "665.00",
            "interim_payments": "0.00",
            "adjustments": "0.00",
            "owed": "705.01",
            "recovered": "705.01",
            "net": "294.99",
            "due_to_driver": "294.99",
            "carried_forward": "0.00",
        }
        assert lines(dtr, "charge") == [
            ("LEASE", "LS-2054-2026-01-18", "500.00"),
            ("LOANS", f"{self.loan}-03", "100.00"),
            ("PVB", "PVB-7", "65.00"),
        ]
        assert DtrLine.objects.get(is_delayed=True).obligation.reference_id == "PVB-7"
        assert (dtr.status, dtr.payment_method, dtr.paid_on) == ("Paid", "ach", date(2026, 1, 26))
        assert accounts(manager) == {
            "cash:check": "100.00",
            "disbursements_payable": "-630.00",
            "earnings_clearing": "2050.00",
            "income:lease": "-1285.71",
            "loan_principal": "150.00",
            "payments_in_transit:operating": "-294.99",
            "receivable:TLC": "120.00",
            "recovered:EZPASS": "-24.30",
            "recovered:PVB": "-65.00",
            "recovered:TLC": "-120.00",
        }

    def test_week_4_owes_again_what_the_check_had_paid(self, manager: Actor, john: Debtor) -> None:
        dtr = self.live(manager, john, 4)

        assert figures(dtr) == {
            "gross": "600.00",
            "prior_balance": "0.00",
            "charges": "720.00",
            "interim_payments": "-100.00",
            "adjustments": "0.00",
            "owed": "820.00",
            "recovered": "600.00",
            "net": "-220.00",
            "due_to_driver": "0.00",
            "carried_forward": "220.00",
        }
        assert lines(dtr, "interim_payment") == [
            ("LEASE", "LS-2054-2026-01-11", "-39.99"),
            ("LOANS", f"{self.loan}-01", "-60.01"),
        ]
        assert lines(dtr, "recovered") == [
            ("LEASE", "LS-2054-2026-01-11", "39.99"),
            ("LEASE", "LS-2054-2026-01-25", "500.00"),
            ("TLC", "T-9", "60.01"),
        ]
        assert owed_by(john, until="2026-02-01") == Decimal("220.00")
        assert_books_agree(manager)

    def test_week_5_settles_everything(self, manager: Actor, john: Debtor) -> None:
        dtr = self.live(manager, john, 5)

        assert figures(dtr) == {
            "gross": "520.50",
            "prior_balance": "220.00",
            "charges": "550.00",
            "interim_payments": "300.00",
            "adjustments": "0.00",
            "owed": "470.00",
            "recovered": "470.00",
            "net": "50.50",
            "due_to_driver": "50.50",
            "carried_forward": "0.00",
        }
        assert lines(dtr, "interim_payment") == [
            ("LEASE", "LS-2054-2026-02-01", "80.00"),
            ("LOANS", f"{self.loan}-01", "60.01"),
            ("LOANS", f"{self.loan}-04", "100.00"),
            ("TLC", "T-9", "59.99"),
        ]
        assert DriverLoan.objects.get().status == "Closed"
        assert owed_by(john, until="2026-02-08") == Decimal("0.00")
        assert [(each.prior_balance, each.carried_forward) for each in Dtr.objects.order_by("week")] == [
            (Decimal("0.00"), Decimal("60.01")),
            (Decimal("60.01"), Decimal("40.01")),
            (Decimal("40.01"), Decimal("0.00")),
            (Decimal("0.00"), Decimal("220.00")),
            (Decimal("220.00"), Decimal("0.00")),
        ]
        assert accounts(manager) == {
            "cash:cash": "300.00",
            "disbursements_payable": "-630.00",
            "driver_earnings_payable": "-50.50",
            "earnings_clearing": "3170.50",
            "income:lease": "-2285.71",
            "payments_in_transit:operating": "-294.99",
            "recovered:EZPASS": "-24.30",
            "recovered:PVB": "-65.00",
            "recovered:TLC": "-120.00",
        }
