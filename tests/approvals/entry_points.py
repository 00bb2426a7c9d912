"""Every call by which money leaves or a debt is given up: each with something to do it to, above a limit of 10.00."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today, week_start
from batconnect.core.models import CompanySettings
from batconnect.directory.models import Customer
from ledger.models import Posting
from ledger.settlement.services.earnings import EarningRow, import_earnings
from ledger.settlement.services.runs import job_actor, settle_week
from ledger.tests.builders import Debtor, charge, make_debtor, next_sunday
from ledger.tests.settlement.builders import dtr_of
from payments.batches.models import PaymentBatch, UnidentifiedReceipt
from payments.batches.tests.builders import RECEIPTS, row, table, upload, work
from payments.batches.tests.test_bank_feed import camt, entry, feed
from payments.models import Payment
from payments.services.interim import ChosenAllocation, record_interim_payment
from payments.tests.billing import allocate, bill, make_customer, post, receive
from tests.cast import StaffClient

LIMIT: Final = Decimal("10.00")
WHY: Final = "It has to be undone for good."
LIMITS: Final = ("refund", "write_off", "void", "payout", "loan")


def set_limits(limit: Decimal | None = LIMIT) -> None:
    """Every limit of the company at once."""
    CompanySettings.objects.update(**{f"{name}_approval_limit": limit for name in LIMITS})


@dataclass(frozen=True, slots=True)
class Try:
    """A call with its body, ready to be made."""

    path: str
    body: dict[str, Any]

    def by(self, client: StaffClient) -> Any:
        """The answer to that person."""
        return post(client, self.path, self.body)


Prepare = Callable[[Actor, StaffClient], Try]


def _paid(actor: Actor) -> Payment:
    return receive(actor, make_customer(actor), "100.00")


def _refund(actor: Actor, client: StaffClient) -> Try:
    return Try(f"/api/payments/{_paid(actor).id}/refund", {"amount": "50.00", "reason": WHY})


def _refund_allocation(actor: Actor, client: StaffClient) -> Try:
    customer = make_customer(actor)
    line = allocate(
        actor, receive(actor, customer, "100.00"), (bill(actor, customer, "80.00"), "80.00")
    ).applied.allocations[0]
    path = f"/api/payments/{line.payment_id}/allocations/{line.id}/refund"
    return Try(path, {"amount": "50.00", "reason": WHY})


def _write_off(actor: Actor, client: StaffClient) -> Try:
    debt = charge(actor, make_debtor(actor), amount="100.00")
    return Try(f"/ledger/balances/{debt.id}/write-off", {"amount": "50.00", "reason": WHY})


def _void(actor: Actor, client: StaffClient) -> Try:
    return Try(f"/api/payments/{_paid(actor).id}/void", {"reason": WHY})


def _void_interim(actor: Actor, client: StaffClient) -> Try:
    debtor = make_debtor(actor)
    charge(actor, debtor, reference_id="T-9", amount="40.00")
    done = record_interim_payment(
        actor=actor,
        driver_id=debtor.driver.pk,
        lease=debtor.lease.pk,
        amount=Decimal("100.00"),
        method="Cash",
        payment_date=today(actor.company),
        allocations=[ChosenAllocation(category="EZPASS", reference_id="T-9", amount=Decimal("40.00"))],
    )
    return Try(f"/payments/interim-payments/{done.payment.number}/void", {"reason": WHY})


def _void_posting(actor: Actor, client: StaffClient) -> Try:
    posting = Posting.objects.filter(payment_id=_paid(actor).id).get()
    return Try(f"/ledger/postings/{posting.id}/void", {"reason": WHY})


def _unmatch(actor: Actor, client: StaffClient) -> Try:
    customer = Customer.objects.create(company_id=actor.company_id, name="Acme Insurance")
    work(feed(client, camt(entry(name="ACME", account="DE89 3704"))).json()["batch_id"])
    receipt = UnidentifiedReceipt.objects.get()
    assert (
        post(client, f"{RECEIPTS}/{receipt.id}/match", {"customer_id": str(customer.id)}).status_code == 200
    )
    return Try(f"{RECEIPTS}/{receipt.id}/unmatch", {"reason": WHY})


def _undo_batch(actor: Actor, client: StaffClient) -> Try:
    Customer.objects.create(company_id=actor.company_id, name="Acme Insurance", external_reference="ACME-001")
    work(upload(client, table(row(amount="50.00"))).json()["batch_id"])
    return Try(f"/api/operations/{PaymentBatch.objects.get().operation_id}/undo", {"reason": WHY})


def _dtr(actor: Actor) -> tuple[str, Debtor]:
    debtor = make_debtor(actor)
    sunday = week_start(today(actor.company))
    week = sunday - timedelta(days=7)
    CompanySettings.objects.filter(company_id=actor.company_id).update(settles_from=sunday)
    import_earnings(
        actor=actor, rows=[EarningRow(debtor.driver.pk, debtor.lease.pk, week, Decimal("5000.00"))]
    )
    settle_week(actor=job_actor(company_id=actor.company_id, job="settle_week"), week=week)
    return dtr_of(debtor, week).number, debtor


def _pay_dtr(actor: Actor, client: StaffClient) -> Try:
    number, _ = _dtr(actor)
    return Try(f"/ledger/dtrs/{number}/pay", {"method": "ACH", "reference_number": "77"})


def _pay_dtrs(actor: Actor, client: StaffClient) -> Try:
    number, _ = _dtr(actor)
    return Try("/ledger/dtrs/pay", {"dtr_numbers": [number], "method": "Check", "reference_number": "78"})


def _lend(actor: Actor, client: StaffClient) -> Try:
    debtor = make_debtor(actor)
    case_no = client.post("/payments/driver-loans/create-case", {}).json()["case_no"]
    terms = {
        "driver_id": debtor.driver.pk,
        "lease_id": debtor.lease.pk,
        "loan_amount": "1200.00",
        "interest_rate": "10",
        "start_week": next_sunday(actor).isoformat(),
        "notes": "For the deposit",
    }
    return Try(f"/bpm/case/{case_no}", {"step_id": "LOAN_ENTER_DETAILS", "data": terms})


# The route as the URLs name it, and the kind of the request that it makes.
ENTRY_POINTS: Final[dict[str, tuple[str, Prepare]]] = {
    "api/payments/<uuid:payment_id>/refund": ("refund", _refund),
    "api/payments/<uuid:payment_id>/allocations/<uuid:allocation_id>/refund": ("refund", _refund_allocation),
    "ledger/balances/<uuid:obligation_id>/write-off": ("write_off", _write_off),
    "api/payments/<uuid:payment_id>/void": ("void", _void),
    "payments/interim-payments/<str:payment_id>/void": ("void", _void_interim),
    "ledger/postings/<uuid:posting_id>/void": ("void", _void_posting),
    "api/accounting/unidentified-receipts/<uuid:receipt_id>/unmatch": ("unmatch", _unmatch),
    "api/operations/<uuid:operation_id>/undo": ("undo_batch", _undo_batch),
    "ledger/dtrs/<str:number>/pay": ("payout", _pay_dtr),
    "ledger/dtrs/pay": ("payout", _pay_dtrs),
    "bpm/case/<str:case_no>": ("loan", _lend),
}
