"""A company with something of everything that the front page counts."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from bank.models import StatementMapping
from batconnect.core.database.tenancy import job_actor
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today, week_start
from batconnect.core.models import CompanySettings
from batconnect.directory.models import Customer
from cases.models import Case
from cases.services import create_case
from ledger.models import Obligation
from ledger.services import write_off
from ledger.settlement.services.earnings import EarningRow, import_earnings
from ledger.settlement.services.runs import settle_week
from ledger.tests.builders import Debtor, charge, make_debtor
from loans.models import LoanInstallment
from loans.tests.builders import lend
from outstanding.models import PaymentPlan
from outstanding.services import PlanRequest, setup_plan
from outstanding.tests.builders import make_renewal
from payments.batches.services.intake import read_bank_feed, read_csv_import
from payments.batches.services.processing import process_batch
from payments.batches.services.receiving import receive_batch
from payments.batches.tests.builders import row, table
from payments.services.refunds import refund_unallocated
from payments.tests.billing import allocate, bill, make_customer, receive
from repairs.models import RepairInstallment
from repairs.tests.builders import repair
from tests.databases import owners_hand

AGES = (0, 1, 30, 31, 60, 61, 90, 91, 400)
"""Days past due: both ends of every bucket."""


def raise_debts(manager: Actor, debtor: Debtor, ages: Sequence[int] = AGES) -> list[Obligation]:
    """A toll due so many days ago, of as many cents more than 10.00; one that is due tomorrow; and a settled one."""
    day = today(manager.company)
    due = {f"T-{age}": (day - timedelta(days=age), Decimal(10) + Decimal(age) / 100) for age in ages}
    due["T-LATER"] = (day + timedelta(days=1), Decimal("5.00"))
    return [
        charge(
            manager,
            debtor,
            reference_id=reference,
            due_date=due_on,
            issue_date=min(due_on, day),
            amount=amount,
        )
        for reference, (due_on, amount) in due.items()
    ]


@pytest.fixture
def busy(manager: Actor) -> Actor:
    """North on a day with work of every kind; the transaction is inside it."""
    day = today(manager.company)
    debtor = make_debtor(manager)
    _settle(manager, debtor)
    raise_debts(manager, debtor)
    _advance(manager, debtor, day)
    customer = make_customer(manager)
    invoice = bill(manager, customer, "300.00", due=day - timedelta(days=5))
    bill(
        manager,
        customer,
        "80.00",
        due=day - timedelta(days=45),
        currency="EUR",
        issued=day - timedelta(days=90),
    )
    allocate(manager, receive(manager, customer, "120.00"), (invoice, "100.00"))
    receive(manager, customer, "7.50", on=day - timedelta(days=6))
    receive(manager, customer, "9.00", on=day - timedelta(days=7))
    receive(manager, customer, "33.00", currency="EUR")
    _ask(manager, customer, debtor, day)
    _plan(manager, day)
    _feed(manager)
    _repeat(manager)
    create_case(actor=manager, case_type="INTPAY")
    late = create_case(actor=manager, case_type="INTPAY").case
    Case.objects.filter(case_no=late.case_no).update(action_due_on=timezone.now() - timedelta(hours=1))
    return manager


def _settle(manager: Actor, debtor: Debtor) -> None:
    sunday = week_start(today(manager.company))
    week = sunday - timedelta(days=7)
    CompanySettings.objects.filter(company_id=manager.company_id).update(settles_from=sunday)
    row = EarningRow(debtor.driver.pk, debtor.lease.pk, week, Decimal("2640.00"))
    import_earnings(actor=manager, rows=[row])
    settle_week(actor=job_actor(company_id=manager.company_id, job="settle_week"), week=week)


def _advance(manager: Actor, debtor: Debtor, day: date) -> None:
    """A loan and a repair, of each an installment that is due, and of the loan one more on hold."""
    lend(manager, debtor)
    repair(manager, debtor)
    LoanInstallment.objects.filter(number__in=[1, 2]).update(due_date=day)
    LoanInstallment.objects.filter(number=2).update(is_suspended=True)
    with owners_hand():
        RepairInstallment.objects.filter(number=1).update(due_date=day - timedelta(days=2))


def _ask(manager: Actor, customer: Customer, debtor: Debtor, day: date) -> None:
    """A refund and a write-off above the company's limits."""
    payment = receive(manager, customer, "1500.00", on=day - timedelta(days=8))
    refund_unallocated(
        actor=manager, payment_id=payment.id, amount=Decimal("1100.00"), reason="Paid twice by the bank."
    )
    debt = charge(manager, debtor, reference_id="T-BIG", amount="2000.00", due_date=day + timedelta(days=1))
    write_off(
        actor=manager, obligation_id=debt.id, amount=Decimal("1200.00"), reason="Agreed with the driver."
    )


def _plan(manager: Actor, day: date) -> None:
    """A premium overdue by 70 days whose plan moves it to today, and one whose plan is not kept."""
    for policy, amount, starts in (("KEPT-1", "500.00", day), ("LATE-1", "600.00", day - timedelta(days=40))):
        renewal = make_renewal(manager, [("Q1", amount, day - timedelta(days=70))], policy=policy)
        setup_plan(actor=manager, case=renewal.pk, wanted=PlanRequest(2, starts, "monthly", "upi"))
    assert PaymentPlan.objects.count() == 2


def _feed(manager: Actor) -> None:
    """A statement with a line from an unknown payer, and one that cannot be read."""
    StatementMapping.objects.create(
        company_id=manager.company_id, name="House bank", amount_column="Amount", date_column="Date"
    )
    statement = io.BytesIO(b"Date,Amount\n2025-01-15,12.00\n2025-01-16,x\n")
    batch = receive_batch(actor=manager, intake=read_bank_feed(actor=manager, file=statement))
    process_batch(company_id=manager.company_id, batch_id=batch.id)


def _repeat(manager: Actor) -> None:
    """Two files with the same row, which has no reference and pays an invoice."""
    customer = Customer.objects.create(
        company_id=manager.company_id, name="Sends twice", external_reference="TWICE"
    )
    bill(manager, customer, "50.00", due=today(manager.company))
    file = table(row(customer_reference="TWICE", auto_allocate="yes"))
    for _ in range(2):
        intake = read_csv_import(file=io.BytesIO(file))
        batch = receive_batch(actor=manager, intake=intake, force=True)
        process_batch(company_id=manager.company_id, batch_id=batch.id)
