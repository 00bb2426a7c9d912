"""One row of north for every page of the console."""

from __future__ import annotations

import io
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import models
from django_celery_beat.models import IntervalSchedule, PeriodicTask

from batconnect.core.database.rows import insert_batch
from batconnect.core.database.tenancy import job_actor
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import now, today, week_start
from batconnect.core.models import Approval, AuditEvent, CompanySettings, Invitation
from batconnect.directory.models import Customer
from batconnect.directory.tests.builders import Fleet, make_fleet
from cases.models import CaseStepConfig, CaseStepOverride
from cases.services import create_case
from ledger.chart import Category
from ledger.models import DtrExport, LedgerVerification
from ledger.services import Charge, enter_charges, write_off
from ledger.settlement.services.earnings import EarningRow, import_earnings
from ledger.settlement.services.runs import settle_week
from ledger.tests.builders import Debtor
from loans.tests.builders import lend
from outstanding.services import PlanRequest, pay_installments, prepare_reminders, setup_plan
from outstanding.tests.builders import make_renewal
from payments.batches.models import StatementMapping
from payments.batches.services.intake import read_bank_feed
from payments.batches.services.processing import process_batch
from payments.batches.services.receiving import receive_batch
from payments.services.interim import ChosenAllocation, record_interim_payment
from payments.services.invoices import InvoiceItem, ItemTax, issue_invoice
from payments.services.recording import record_payment
from payments.services.refunds import refund_unallocated
from repairs.tests.builders import repair
from tests.databases import owners_hand


def make_world(manager: Actor) -> None:
    """A driver who owes, paid a part, and whose rest waits to be written off; an audit event and a schedule."""
    fleet = make_fleet(manager)
    day = today(manager.company)
    charge = Charge(
        category=Category.LEASE,
        reference_id="LEASE-1",
        amount=Decimal("5000.00"),
        driver_id=fleet.driver.pk,
        lease_id=fleet.lease.pk,
        issue_date=day - timedelta(days=30),
        due_date=date(2024, 10, 20),
        opening=True,
    )
    (raised,) = enter_charges(actor=manager, charges=[charge])
    record_interim_payment(
        actor=manager,
        driver_id=fleet.driver.pk,
        lease=fleet.lease.pk,
        amount=Decimal("265.00"),
        method="Cash",
        payment_date=day,
        allocations=[ChosenAllocation(category="LEASE", reference_id="LEASE-1", amount=Decimal("265.00"))],
    )
    issue_invoice(
        actor=manager,
        customer_id=fleet.driver.customer_id,
        issue_date=day,
        due_date=day,
        items=[InvoiceItem("Dispatch", Decimal(1), Decimal(100), (ItemTax("City", Decimal("4.875")),))],
    )
    write_off(
        actor=manager,
        obligation_id=raised.obligation.id,
        amount=Decimal("4000.00"),
        reason="The driver has left the country.",
    )
    _settle_a_week(manager, fleet)
    _lend_and_repair(manager, fleet)
    _plan_a_renewal(manager)
    _receive_a_statement(manager)
    _ask_for_a_refund(manager)
    insert_batch(
        [
            AuditEvent(
                company_id=manager.company_id,
                user_id=manager.user_id,
                actor=manager.name,
                action="test.happened",
                subject_type="test",
                subject_id="1",
            )
        ]
    )
    LedgerVerification.objects.create(
        company_id=manager.company_id,
        started_at=now(),
        finished_at=now(),
        checks=1,
        differences=0,
        actor="job",
    )
    create_case(actor=manager, case_type="INTPAY")
    CaseStepOverride.objects.create(
        company_id=manager.company_id,
        case_step_config=CaseStepConfig.objects.get(step_id="INTPAY-001"),
        groups=["Finance manager"],
    )
    Approval.objects.create(
        company_id=manager.company_id,
        kind="rights",
        subject_type="user",
        subject_id="1",
        title="Rights of cashier: Finance manager, instead of Cashier",
        requested_by_id=manager.user_id,
    )
    Invitation.objects.create(
        company_id=manager.company_id,
        username="newcomer",
        groups=["Cashier"],
        invited_by="Ada",
        expires_at=now() + timedelta(days=14),
    )
    with owners_hand():
        every_day = IntervalSchedule.objects.create(every=1, period=IntervalSchedule.DAYS)
        PeriodicTask.objects.create(name="nightly", task="core.nothing", interval_id=every_day.pk)


def _settle_a_week(manager: Actor, fleet: Fleet) -> None:
    """Last week's DTR of the driver, and a file of it that was asked for."""
    sunday = week_start(today(manager.company))
    week = sunday - timedelta(days=7)
    CompanySettings.objects.filter(company_id=manager.company_id).update(settles_from=sunday)
    import_earnings(
        actor=manager, rows=[EarningRow(fleet.driver.pk, fleet.lease.pk, week, Decimal("640.00"))]
    )
    settle_week(actor=job_actor(company_id=manager.company_id, job="settle_week"), week=week)
    DtrExport.objects.create(company_id=manager.company_id, week=week, total=1)


def _lend_and_repair(manager: Actor, fleet: Fleet) -> None:
    """A loan and a repair of the driver, both by the first matrix."""
    debtor = Debtor(customer=fleet.driver.customer, driver=fleet.driver, lease=fleet.lease)
    lend(manager, debtor)
    repair(manager, debtor)


def _plan_a_renewal(manager: Actor) -> None:
    """A premium in a plan, reminded of, its first row on the way through the gateway."""
    day = today(manager.company)
    renewal = make_renewal(manager, [("Q1", "300.00", day)], email="priya@example.com")
    setup_plan(
        actor=manager,
        case=renewal.pk,
        wanted=PlanRequest(2, day, "monthly", "upi", auto_payment_enabled=True),
    )
    prepare_reminders(actor=manager)
    pay_installments(actor=manager, case=renewal.pk, mode="upi")


def _receive_a_statement(manager: Actor) -> None:
    """A bank's statement with a line from an unknown payer."""
    StatementMapping.objects.create(
        company_id=manager.company_id, name="House bank", amount_column="Amount", date_column="Date"
    )
    statement = io.BytesIO(b"Date,Amount\n2025-01-15,12.00\n")
    batch = receive_batch(actor=manager, intake=read_bank_feed(actor=manager, file=statement))
    process_batch(company_id=manager.company_id, batch_id=batch.id)


def _ask_for_a_refund(manager: Actor) -> None:
    """Unallocated cash, most of which waits to be paid back, and a little of which is."""
    customer = Customer.objects.create(company_id=manager.company_id, name="Overpaid Ltd")
    received = record_payment(
        actor=manager,
        customer_id=customer.pk,
        amount=Decimal("2000.00"),
        method="bank_transfer",
        payment_date=today(manager.company),
    ).payment
    for amount in ("1500.00", "5.00"):
        refund_unallocated(
            actor=manager, payment_id=received.id, amount=Decimal(amount), reason="They paid the bill twice."
        )


def row_of(model: type[models.Model]) -> models.Model:
    """The first row of the world for a page; a page without one needs a line in `make_world`."""
    row: Any = model._default_manager.order_by("pk").first()
    assert row is not None, f"make_world has no row for {model._meta.label}"
    return row
