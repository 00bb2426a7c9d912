"""One row of north for every page of the console."""

from __future__ import annotations

import io
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import models
from django_celery_beat.models import IntervalSchedule, PeriodicTask

from agencies.services.known import add_known_vehicle
from agencies.services.layouts import add_layout
from agencies.tests.builders import EZPASS, csv_of, take, toll
from bank.models import BankNotification, LinePart, StatementLine, StatementMapping
from bank.services.counting import open_session
from bank.services.cut_over_plans import Other, Wanted
from bank.services.cutting_over import ask_to_cut_over
from bank.services.explaining import explain_part
from bank.services.kinds.interface import Piece
from bank.services.reconciling import reconcile
from bank.services.slip_contents import CashOut, Content
from bank.services.slips import make_slip
from bank.services.writing_rules import write_rule
from bank.tests.builders import line, parsed, receive
from batconnect.core.approvals.services import approve
from batconnect.core.database.rows import insert_batch
from batconnect.core.database.tenancy import job_actor
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import now, today, week_start
from batconnect.core.kernel.ids import uuid7
from batconnect.core.models import (
    Approval,
    AuditEvent,
    BulkOperation,
    BulkRow,
    CompanySettings,
    Invitation,
    OutgoingMail,
)
from batconnect.core.notes.kept_files import SentFile
from batconnect.core.notes.services import write_note
from batconnect.directory.models import Customer
from batconnect.directory.tests.builders import Fleet, make_fleet
from cases.models import Case, CaseStepConfig, CaseStepOverride
from cases.services import create_case
from ledger.chart import BANK_INTEREST, Category
from ledger.clearing.services.processors import prepare_processor_deposit
from ledger.clearing.services.taxes import open_authority, remit
from ledger.general.services.exporting import FILES
from ledger.general.services.lines import Line
from ledger.general.services.manual import enter_journal
from ledger.models import Dtr, DtrExport, JournalExport, LedgerVerification, Obligation
from ledger.opening.services.batch import LineGiven, prepare_opening
from ledger.paying.models import PayeeAccount, Payout, PayoutBatch, PayoutItem, PayoutOrder
from ledger.paying.services.holds import hold_payee
from ledger.paying.services.returns import record_returns
from ledger.paying.tests.builders import return_file, set_up
from ledger.services import Charge, enter_charges, post_entries, write_off
from ledger.settlement.services.earnings import EarningRow, import_earnings
from ledger.settlement.services.runs import settle_week
from ledger.tests.builders import Debtor
from ledger.tests.treasury.builders import pay_out
from ledger.treasury.services.paying import PaidFrom
from ledger.treasury.services.places import open_bank_account, open_drawer
from ledger.vendors.services.bills import BillLine, enter_bill, enter_credit_note
from ledger.vendors.services.vendors import add_vendor
from loans.tests.builders import lend
from outstanding.services import PlanRequest, pay_installments, prepare_reminders, setup_plan
from outstanding.tests.builders import make_renewal
from payments.batches.services.intake import read_bank_feed
from payments.batches.services.processing import process_batch
from payments.batches.services.receiving import receive_batch
from payments.credit_memos.services.issuing import MemoRequest, issue_credit_memo
from payments.credit_memos.services.refunding import refund_credit
from payments.lease_corrections.services.correcting import correct_lease
from payments.lease_corrections.services.proposing import Kind, LeaseChange
from payments.models import Payment
from payments.services.credit_voids import void_credit_application
from payments.services.deposits import take_deposit
from payments.services.interim import ChosenAllocation, record_interim_payment
from payments.services.invoices import InvoiceItem, ItemTax, issue_invoice
from payments.services.recording import record_payment
from payments.services.refunds import refund_unallocated
from repairs.tests.builders import repair
from tests.cast import _actor
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
    _credit(manager, raised.obligation)
    _settle_a_week(manager, fleet)
    _pay_drivers(manager, fleet)
    _lend_and_repair(manager, fleet)
    _plan_a_renewal(manager)
    _receive_a_statement(manager)
    _reconcile_an_account(manager)
    _cut_over_an_account(manager)
    _ask_for_a_refund(manager)
    _pay_from_a_drawer(manager)
    _open_and_deposit(manager)
    _enter_and_export(manager)
    _buy_and_hold(manager, fleet)
    _import_of_an_agency(manager, fleet)
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
    _mail(manager)
    _note(manager)
    _operation(manager)
    with owners_hand():
        every_day = IntervalSchedule.objects.create(every=1, period=IntervalSchedule.DAYS)
        PeriodicTask.objects.create(name="nightly", task="core.nothing", interval_id=every_day.pk)


def _note(manager: Actor) -> None:
    """A note on a driver, with a file."""
    write_note(
        actor=manager,
        subject_type="driver",
        subject_id="DRV-101",
        text="Asked for a copy of the lease. @cashier",
        files=[SentFile("lease.txt", b"Signed.")],
    )


def _operation(manager: Actor) -> None:
    """A case that was put on hold as one of many."""
    operation = BulkOperation.objects.create(
        company_id=manager.company_id,
        action="cases.case.hold",
        title="Put cases on hold",
        state=BulkOperation.State.DONE,
        version=1,
        total=1,
        done_rows=1,
        asked_by_id=manager.user_id,
        asked_by_name=manager.name,
        confirmed_at=now(),
        finished_at=now(),
    )
    case = Case.objects.order_by("pk")[0]
    BulkRow.objects.create(
        company_id=manager.company_id,
        operation=operation,
        place=1,
        subject_id=str(case.pk),
        title=str(case),
        state=BulkRow.State.DONE,
        said="It is on hold.",
    )


def _mail(manager: Actor) -> None:
    """A receipt whose address the mail server refused."""
    payment = Payment.objects.order_by("pk")[0]
    is_interim = payment.kind == Payment.Kind.INTERIM
    OutgoingMail.objects.create(
        company_id=manager.company_id,
        kind="payments.interim_receipt" if is_interim else "payments.receipt",
        number=payment.number if is_interim else str(payment.pk),
        title=f"Receipt {payment.receipt_number}",
        customer_id=payment.customer_id,
        case_no=payment.case_no,
        recipient="nobody@example.com",
        subject="Your receipt",
        body="It is attached.",
        state=OutgoingMail.State.BOUNCED,
        due_at=now(),
        requested_by=manager.name,
    )


def _credit(manager: Actor, item: Obligation) -> None:
    """A credit memo of something paid: most of it left, and a little paid back."""
    issued = issue_credit_memo(
        actor=manager,
        request=MemoRequest(reason="It was never owed.", amount=Decimal("20.00"), obligation_id=item.id),
    )
    assert issued.memo is not None
    assert issued.allocation is not None
    void_credit_application(
        actor=manager, allocation_id=issued.allocation.id, reason="Applied to what is owed in any case."
    )
    refund_credit(
        actor=manager,
        memo_id=issued.memo.id,
        amount=Decimal("5.00"),
        reason="They asked for it.",
        paid_from=PaidFrom("ach"),
    )


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
    dearer = LeaseChange(Kind.RATE, week, weekly_amount=fleet.lease.weekly_amount + 7)
    correct_lease(
        actor=manager, lease_pk=fleet.lease.pk, change=dearer, reason="The rate was agreed in December."
    )


def _pay_drivers(manager: Actor, fleet: Fleet) -> None:
    """A batch of checks that was undone, an account that was turned down, a hold, and a return that is not ours."""
    account = set_up(manager)
    common = {"company_id": manager.company_id}
    batch = PayoutBatch.objects.create(
        **common,
        number=f"PB-{today(manager.company).year}-001",
        way=PayoutBatch.Way.CHECK,
        status=PayoutBatch.Status.UNDONE,
        bank_account=account,
        currency=account.currency,
        payout_count=1,
        total=Decimal("10.00"),
        created_by="Mara",
        undone_by="Mara",
        undone_at=now(),
        undo_reason="The wrong week.",
    )
    paid = {"customer_id": fleet.driver.customer_id, "payee": "John Doe", "method": "check"}
    payout = Payout.objects.create(**common, batch=batch, place=1, amount=batch.total, **paid)
    PayoutItem.objects.create(
        **common, payout=payout, dtr=Dtr.objects.get(), amount=batch.total, attempt=1, state="undone"
    )
    PayeeAccount.objects.create(
        company_id=manager.company_id,
        customer_id=fleet.driver.customer_id,
        holder_name="John Doe",
        routing_number="021000021",
        account_number="000123456789",
        last_digits="6789",
        kind="checking",
        status=PayeeAccount.Status.REJECTED,
        proposed_by="Mara",
        decided_by="Sam",
        decided_at=now(),
    )
    PayoutOrder.objects.create(
        company_id=manager.company_id,
        customer_id=fleet.driver.customer_id,
        kind=PayoutOrder.Kind.COURT,
        creditor="Queens Family Court",
        creditor_code="qfc",
        reference="F-1234-25",
        rank=1,
        amount=Decimal("60.00"),
        currency="USD",
        from_on=today(manager.company),
        proposed_by="Mara",
    )
    hold_payee(actor=manager, customer_id=fleet.driver.customer_id, reason="Disputes the last toll.")
    unknown = return_file(("021000020000009", "R03", Decimal("10.00"), "")).encode()
    record_returns(actor=manager, content=unknown, file_name="returns.ach")


def _lend_and_repair(manager: Actor, fleet: Fleet) -> None:
    """A loan and a repair of the driver, both by the first matrix."""
    debtor = Debtor(customer=fleet.driver.customer, driver=fleet.driver, lease=fleet.lease)
    lend(manager, debtor)
    repair(manager, debtor)


def _plan_a_renewal(manager: Actor) -> None:
    """A premium in a plan, reminded of, its first row on the way through the gateway."""
    day = today(manager.company)
    renewal = make_renewal(manager, [("Q1", "300.00", day)], email="priya@example.com")
    planned = setup_plan(
        actor=manager,
        case=renewal.pk,
        wanted=PlanRequest(2, day, "monthly", "upi", auto_payment_enabled=True),
    )
    prepare_reminders(actor=manager)
    pay_installments(actor=manager, case=renewal.pk, mode="upi", row_ids=planned.ids[:1])


def _receive_a_statement(manager: Actor) -> None:
    """A bank's statement with a line from an unknown payer."""
    StatementMapping.objects.create(
        company_id=manager.company_id, name="House bank", amount_column="Amount", date_column="Date"
    )
    statement = io.BytesIO(b"Date,Amount\n2025-01-15,12.00\n")
    batch = receive_batch(actor=manager, intake=read_bank_feed(actor=manager, file=statement))
    process_batch(company_id=manager.company_id, batch_id=batch.id)


def _cut_over_an_account(manager: Actor) -> None:
    """A third account, of which 12.00 were there long before anything was booked."""
    account = open_bank_account(actor=manager, code="old", name="Old account", currency="USD")
    asked = ask_to_cut_over(
        actor=manager,
        wanted=Wanted(
            account.id,
            date(2020, 1, 15),
            Decimal("12.00"),
            others=(Other("income:other", Decimal("12.00")),),
            reason="It was there before.",
        ),
    )
    approve(actor=_actor("second_manager"), approval_id=asked.id)


def _reconcile_an_account(manager: Actor) -> None:
    """A second account, reconciled by a statement with the bank's own balances, and a rule of what its lines are."""
    account = open_bank_account(actor=manager, code="savings", name="Savings", currency="USD")
    day = today(manager.company)
    (statement,) = receive(
        manager,
        parsed(
            line("7.00", day=day, text="Interest of the month"),
            opening="0.00",
            closing="7.00",
            sequence_no="1",
            period_from=day,
            period_to=day,
        ),
        bank_account_id=account.id,
    )
    told = StatementLine.objects.get(statement=statement)
    BankNotification.objects.create(
        company_id=manager.company_id,
        bank_account=account,
        checksum="c" * 64,
        place=1,
        identity="n" * 64,
        booked_on=day,
        direction="in",
        amount=told.amount,
        currency="USD",
        status="joined",
        line=told,
        created_by_name="test",
    )
    reconcile(actor=manager, statement_id=statement.id)
    part = LinePart.objects.get(line__statement=statement)
    explain_part(actor=manager, part_id=part.id, pieces=[Piece("interest", part.amount)])
    write_rule(
        actor=manager, on="text", pattern="Credit interest", direction="in", account_code=BANK_INTEREST
    )


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


def _pay_from_a_drawer(manager: Actor) -> None:
    """A drawer beside the office's, and something that was paid from the bank."""
    open_drawer(actor=manager, code="till", name="Front till", currency="USD", holder_id=None)
    pay_out(manager, "12.00")


def _open_and_deposit(manager: Actor) -> None:
    """The office's drawer, open with its float, and a slip that is made up of some of its cash."""
    open_session(actor=manager, amount=Decimal("265.00"))
    make_slip(actor=manager, content=Content(cash=[CashOut(Decimal("65.00"))]))


def _enter_and_export(manager: Actor) -> None:
    """An accrual, and an export of the journal (of which a transaction that is not committed has no entry yet)."""
    day = today(manager.company)
    lines = [Line("expenses:other", debit=Decimal(10)), Line("accrued_expenses", credit=Decimal(10))]
    enter_journal(actor=manager, on=day, lines=lines, reason="The month's water.")
    exported = JournalExport(
        company_id=manager.company_id,
        first=day,
        last=day,
        part=1,
        entries=1,
        postings=2,
        left_out=0,
        digests=dict.fromkeys(FILES, "d" * 64),
        made_by="Mara",
    )
    insert_batch([exported])


def _buy_and_hold(manager: Actor, fleet: Fleet) -> None:
    """A vendor with a bill and a credit, a tax that was remitted, a deposit, a processor's, and an opening."""
    day = today(manager.company)
    by_check = PaidFrom(method="check")
    vendor = add_vendor(actor=manager, name="E-ZPass New York", kind="agency")
    toll = BillLine(Decimal("420.00"), Category.EZPASS)
    enter_bill(actor=manager, vendor_id=vendor.id, number="2026-01", issue_date=day, lines=[toll])
    enter_credit_note(
        actor=manager,
        vendor_id=vendor.id,
        number="CN-7",
        amount=Decimal("20.00"),
        day=day,
        category=Category.EZPASS,
    )
    open_authority(actor=manager, code="nys", name="New York State")
    tax = Charge(
        category=Category.TAXES,
        reference_id="TAX-9",
        amount=Decimal("9.00"),
        due_date=day,
        driver_id=fleet.driver.pk,
        lease_id=fleet.lease.pk,
    )
    enter_charges(actor=manager, charges=[tax])
    remit(actor=manager, account="taxes_held:other", amount=Decimal("5.00"), paid_from=by_check)
    received = record_payment(
        actor=manager,
        customer_id=fleet.driver.customer_id,
        amount=Decimal("500.00"),
        method="check",
        payment_date=day,
    ).payment
    take_deposit(actor=manager, payment_id=received.id, lease=fleet.lease.pk, amount=Decimal("400.00"))
    row, draft = prepare_processor_deposit(
        actor=manager,
        receipt_id=uuid7(),
        processor="Curb",
        net=Decimal("95.00"),
        fee=Decimal("5.00"),
        currency="USD",
        deposited_on=day,
    )
    post_entries(actor=manager, drafts=[draft], rows=[[row]])
    lines = [
        LineGiven(1, "account", Decimal("100.00"), {"account": "bank:operating"}),
        LineGiven(2, "account", Decimal("-100.00"), {"account": "retained_earnings"}),
    ]
    prepare_opening(actor=manager, lines=lines, cut_over_on=day)


def _import_of_an_agency(manager: Actor, fleet: Fleet) -> None:
    """A toll that waits, a file that says another amount of another, a tag that is remembered, a layout."""
    day = f"{today(manager.company) - timedelta(days=1):%m/%d/%Y}"
    plate = fleet.lease.vehicle.plate_no
    take(
        manager,
        csv_of(EZPASS, toll("T1", day, plate), toll("T2", day, "NOBODY1"), toll("T3", day, plate, "x")),
    )
    take(manager, csv_of(EZPASS, toll("T1", day, plate, "-16.94")))
    add_known_vehicle(
        actor=manager,
        mark="tag",
        text="00512345678",
        vehicle_id=fleet.lease.vehicle_id,
        from_on=today(manager.company),
    )
    add_layout(
        actor=manager,
        kind="tolls",
        name="Tolls by mail",
        agency="Tolls by mail",
        columns={"date": "Date", "amount": "Toll", "plate": "Plate"},
    )


def row_of(model: type[models.Model]) -> models.Model:
    """The first row of the world for a page; a page without one needs a line in `make_world`."""
    row: Any = model._default_manager.order_by("pk").first()
    assert row is not None, f"make_world has no row for {model._meta.label}"
    return row
