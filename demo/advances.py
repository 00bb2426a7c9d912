"""Driver loans and vehicle repairs in every state: open, on hold, closed and cancelled.

Rule: docs/domain.md#loans-and-repairs.

What is repaid since before the last Sunday is posted up to the Sunday before it; the settlement posts the last one.
The drivers have no earnings in the week that the demo settles, so their installments stay as they are made here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from django.db.models import QuerySet

from batconnect.core.database.tenancy import job_actor
from batconnect.core.kernel import clock
from batconnect.core.kernel.actors import Actor
from cases.services import create_case, submit_step
from demo.companies import BIG_APPLE
from demo.fleet import Seat
from demo.staff import act_as
from ledger.repayment.models import Installment
from ledger.repayment.rules import WEEK
from ledger.repayment.services.posting import post_due
from ledger.repayment.services.states import cancel_document, hold_document
from ledger.treasury.services.paying import PaidFrom
from loans import services as loans
from loans.kind import LOANS
from loans.models import DriverLoan, LoanInstallment
from payments.services.choosing import AllocationRequest, allocate_payment
from payments.services.recording import record_payment
from repairs.kind import REPAIRS
from repairs.models import RepairInstallment, RepairInvoice

PAID_DAYS_AGO: Final = 2
_HOLD_REASON: Final = "The driver is on leave until next month."
_CANCEL_REASON: Final = "Entered for the wrong driver."


@dataclass(frozen=True, slots=True)
class _Advance:
    """What is advanced to a driver; weeks are counted from the last Sunday. `paid` installments are paid,
    `given` is the check by which a loan was handed over."""

    driver: int
    amount: str
    starts: int
    paid: int = 0
    fate: str = ""
    rate: str = "0"
    given: str = ""


_LOANS: Final = (
    _Advance(11, "1800.00", starts=-4, paid=2, rate="10", given="1001"),
    _Advance(33, "400.00", starts=-5, paid=4),
    _Advance(44, "900.00", starts=-2, fate="held", rate="8", given="1002"),
    _Advance(55, "650.00", starts=2, fate="cancelled"),
    _Advance(77, "2400.00", starts=1, rate="12"),
)
_REPAIRS: Final = (
    _Advance(66, "1350.00", starts=-3, paid=1),
    _Advance(88, "180.00", starts=-1, paid=1),
    _Advance(99, "480.00", starts=-1, fate="held"),
    _Advance(110, "320.00", starts=1, fate="cancelled"),
    _Advance(2, "2750.00", starts=1),
)


def add_advances(*, seats: Sequence[Seat], today: date) -> None:
    """Make the loans and repairs, post what fell due by the Sunday before the last, and let some be paid."""
    sunday = clock.week_start(today)
    cashier = act_as("cashier")
    lent = [(each, _lend(cashier, seats[each.driver - 1], each, sunday)) for each in _LOANS]
    repaired = [
        (each, _repair(cashier, seats[each.driver - 1], each, sunday, place))
        for place, each in enumerate(_REPAIRS, start=1)
    ]
    job = job_actor(company_id=BIG_APPLE, job="post_due_installments")
    post_due(actor=job, kind=LOANS, up_to=sunday - WEEK)
    post_due(actor=job, kind=REPAIRS, up_to=sunday - WEEK)
    cashier = act_as("cashier")
    paid_on = today - timedelta(days=PAID_DAYS_AGO)
    for each, loan in lent:
        _pay(cashier, loan, LoanInstallment.objects.filter(loan=loan, number__lte=each.paid), paid_on)
    for each, repair in repaired:
        _pay(cashier, repair, RepairInstallment.objects.filter(repair=repair, number__lte=each.paid), paid_on)
    _decide(act_as("manager"), lent, repaired)


def _lend(cashier: Actor, seat: Seat, what: _Advance, sunday: date) -> DriverLoan:
    """Through the case when it begins from now on; else as a loan that the company brought along."""
    start = sunday + what.starts * WEEK
    if what.starts > 0:
        data = {"loan_amount": what.amount, "interest_rate": what.rate}
        case_no = _submit(cashier, "DRLNS", "LOAN_ENTER_DETAILS", seat, start, data)
        return DriverLoan.objects.get(case_no=case_no)
    plan = loans.plan_loan(
        actor=cashier,
        driver_id=seat.driver.pk,
        lease=seat.lease.pk,
        amount=Decimal(what.amount),
        interest_rate=Decimal(what.rate),
        loan_date=start - WEEK,
        start_week=start,
    )
    return loans.make_loan(actor=cashier, plan=plan, notes="Taken over from the old books.").loan


def _repair(cashier: Actor, seat: Seat, what: _Advance, sunday: date, place: int) -> RepairInvoice:
    start = sunday + what.starts * WEEK
    data: dict[str, Any] = {
        "invoice_number": f"WS-{4100 + 7 * place}",
        "invoice_date": (start - 2 * WEEK).isoformat(),
        "workshop_type": ("Big Apple Workshop", "External Workshop")[place % 2],
        "total_amount": what.amount,
    }
    case_no = _submit(cashier, "RPRINV", "REPAIR_ENTER_DETAILS", seat, start, data)
    return RepairInvoice.objects.get(case_no=case_no)


def _submit(
    cashier: Actor, case_type: str, step_id: str, seat: Seat, start: date, data: dict[str, Any]
) -> str:
    case_no = create_case(actor=cashier, case_type=case_type).case.case_no
    who = {"driver_id": seat.driver.pk, "lease_id": seat.lease.pk, "start_week": start.isoformat()}
    submit_step(actor=cashier, case_no=case_no, step_id=step_id, data=who | data)
    return case_no


def _pay(
    cashier: Actor, document: DriverLoan | RepairInvoice, installments: QuerySet[Any], paid_on: date
) -> None:
    """The driver pays the installments whole, in cash; an installment and what it became have one id."""
    rows = list(installments.order_by("number"))
    if not rows:
        return
    assert {row.status for row in rows} == {Installment.Status.POSTED}
    payment = record_payment(
        actor=cashier,
        customer_id=document.customer_id,
        amount=sum((row.total_due for row in rows), Decimal("0.00")),
        method="cash",
        payment_date=paid_on,
        notes=f"For {document.number}.",
    ).payment
    requests = [AllocationRequest(amount=row.total_due, obligation_id=row.pk) for row in rows]
    allocate_payment(actor=cashier, payment_id=payment.pk, requests=requests)


def _decide(
    manager: Actor,
    lent: Sequence[tuple[_Advance, DriverLoan]],
    repaired: Sequence[tuple[_Advance, RepairInvoice]],
) -> None:
    """Hand loans over, hold and cancel what is to be so; one loan waits for its driver to fetch the check."""
    for each, loan in lent:
        if each.given:
            given = PaidFrom(method="check", reference=each.given, paid_on=loan.loan_date)
            loans.hand_over_loan(actor=manager, loan_id=loan.number, paid_from=given)
        if each.fate == "held":
            hold_document(actor=manager, kind=LOANS, number=loan.number, reason=_HOLD_REASON)
        elif each.fate == "cancelled":
            cancel_document(actor=manager, kind=LOANS, number=loan.number, reason=_CANCEL_REASON)
    for each, repair in repaired:
        if each.fate == "held":
            hold_document(actor=manager, kind=REPAIRS, number=repair.number, reason=_HOLD_REASON)
        elif each.fate == "cancelled":
            cancel_document(actor=manager, kind=REPAIRS, number=repair.number, reason=_CANCEL_REASON)
