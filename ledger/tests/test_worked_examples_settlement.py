"""The weekly settlement as an accountant reads it: every figure of every DTR (DOMAIN 3)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest

from batconnect.core.actors import Actor
from ledger.querysets import trial_balance
from ledger.tests.builders import Debtor
from ledger.tests.settlement.builders import (
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
from loans.services import make_loan, plan_loan
from payments.services.interim import ChosenAllocation, record_interim_payment
from payments.services.voids import void_payment


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
    """Every account that does not stand at zero: debits less credits; and all of it balances."""
    rows = trial_balance(actor=actor)
    assert sum(row.debit for row in rows) == sum(row.credit for row in rows)
    assert_books_agree(actor)
    return {row.code: f"{row.balance:.2f}" for row in rows if row.balance}


class TestThreeWeeks:
    """DOMAIN 3's check: a lease of 500.00 a week, and a loan of 1,200 at 10 % lent on Wednesday 2025-10-01."""

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
            cheque = pay(manager, john, "200.00", ("Loans", f"{self.loan}-01", "151.32"), on="2025-10-08")
        with at("2025-10-12"):
            earn(manager, john, "2025-10-05", "900.00")
            settle(self.job, "2025-10-05")
        return cheque

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
        cheque = self.second_week(manager, john)
        with at("2025-10-15"):
            void_payment(actor=manager, payment_id=cheque, reason="The cheque was returned unpaid.")

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
