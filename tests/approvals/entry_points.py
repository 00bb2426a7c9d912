"""Every call by which money leaves or a debt is given up: each with something to do it to, above a limit of 10.00."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final

from bank.services.counting import open_session
from bank.tests.builders import book
from batconnect.core.database.tenancy import job_actor
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today, week_start
from batconnect.core.kernel.money import LARGEST
from batconnect.core.models import CompanySettings
from batconnect.directory.models import Customer
from ledger.chart import PREMIUMS_PAYABLE
from ledger.credits import credit_issuer
from ledger.models import Posting
from ledger.postings import Leg
from ledger.settlement.services.earnings import EarningRow, import_earnings
from ledger.settlement.services.runs import settle_week
from ledger.tests.builders import Debtor, charge, make_debtor, next_sunday
from ledger.tests.general.builders import enter
from ledger.tests.settlement.builders import dtr_of
from payments.batches.models import PaymentBatch
from payments.batches.tests.builders import RECEIPTS, row, table, upload, work
from payments.models import Payment
from payments.services.deposits import take_deposit
from payments.services.interim import ChosenAllocation, record_interim_payment
from payments.tests.billing import allocate, bill, make_customer, post, receive
from tests.cast import StaffClient

LIMIT: Final = Decimal("10.00")
MEMOS: Final = "/api/accounting/credit-memos"
WHY: Final = "It has to be undone for good."
LIMITS: Final = ("refund", "write_off", "void", "payout", "loan", "credit_memo", "manual_entry")

# They have no customer: what was entered on the day is counted from its own table.
COUNTED_BY_THEMSELVES: Final = {"manual_entry", "count"}


def set_limits(limit: Decimal | None = LIMIT) -> None:
    """Every limit of the company at once."""
    CompanySettings.objects.update(
        **{f"{name}_approval_limit": limit for name in LIMITS},
        count_difference_limit=LARGEST if limit is None else limit,
    )


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


def _credit(actor: Actor, client: StaffClient) -> Try:
    debt = charge(actor, make_debtor(actor), amount="100.00")
    return Try(MEMOS, {"obligation_id": str(debt.id), "amount": "50.00", "reason": WHY})


def _refund_credit(actor: Actor, client: StaffClient) -> Try:
    issued = credit_issuer()(
        actor=actor,
        customer_id=make_customer(actor).pk,
        lease_id=None,
        currency="USD",
        debits=[Leg(PREMIUMS_PAYABLE, Decimal("100.00"))],
        reason=WHY,
    )
    return Try(f"{MEMOS}/{issued.memo_id}/refund", {"amount": "50.00", "reason": WHY})


def _return_deposit(actor: Actor, client: StaffClient) -> Try:
    john = make_debtor(actor)
    payment = receive(actor, john.customer, "100.00")
    deposit = take_deposit(actor=actor, payment_id=payment.id, lease=john.lease.pk, amount=Decimal("100.00"))
    path = f"/api/accounting/security-deposits/{deposit.id}/return"
    return Try(path, {"amount": "50.00", "method": "Check", "reason": WHY})


def _move_charge(actor: Actor, client: StaffClient) -> Try:
    debtor, other = make_debtor(actor), make_debtor(actor, number=2, name="Jane Roe")
    debt = charge(actor, debtor, reference_id="T-9", amount="100.00")
    record_interim_payment(
        actor=actor,
        driver_id=debtor.driver.pk,
        lease=debtor.lease.pk,
        amount=Decimal("40.00"),
        method="Cash",
        payment_date=today(actor.company),
        allocations=[ChosenAllocation(category="EZPASS", reference_id="T-9", amount=Decimal("40.00"))],
    )
    body = {"driver_id": other.driver.pk, "lease_id": other.lease.pk, "reason": WHY}
    return Try(f"/ledger/balances/{debt.id}/move", body)


def _correct_lease(actor: Actor, client: StaffClient) -> Try:
    _, debtor = _dtr(actor)
    first = week_start(today(actor.company)) - timedelta(days=7)
    change = {"lease_id": debtor.lease.lease_id, "kind": "end", "day": first.isoformat()}
    seen = post(client, "/ledger/lease-corrections/preview", change).json()["proposal"]
    return Try("/ledger/lease-corrections", {**change, "proposal": seen, "reason": WHY})


def _write_off(actor: Actor, client: StaffClient) -> Try:
    debt = charge(actor, make_debtor(actor), amount="100.00")
    return Try(f"/ledger/balances/{debt.id}/write-off", {"amount": "50.00", "reason": WHY})


def _void(actor: Actor, client: StaffClient) -> Try:
    return Try(f"/api/payments/{_paid(actor).id}/void", {"reason": WHY})


def _return(actor: Actor, client: StaffClient) -> Try:
    return Try(f"/api/payments/{_paid(actor).id}/return", {"reason_code": "R01"})


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
    (receipt,) = book(actor, "120.00", payer_name="ACME", payer_account="DE893704")
    assert (
        post(client, f"{RECEIPTS}/{receipt.id}/match", {"customer_id": str(customer.id)}).status_code == 200
    )
    return Try(f"{RECEIPTS}/{receipt.id}/unmatch", {"reason": WHY})


def _returned_by_line(actor: Actor, client: StaffClient) -> Try:
    payment = _paid(actor)
    (part,) = book(actor, "-100.00", return_code="R01")
    piece = {"kind": "payment_return", "amount": "100.00", "payment_id": str(payment.id)}
    return Try(f"/api/accounting/statement-lines/{part.line_id}/resolve", {"pieces": [piece]})


def _undo_line(actor: Actor, client: StaffClient) -> Try:
    (part,) = book(actor, "100.00")
    piece = {"kind": "payment", "amount": "100.00", "customer_id": str(make_customer(actor).id)}
    path = f"/api/accounting/statement-lines/{part.line_id}"
    assert post(client, f"{path}/resolve", {"pieces": [piece]}).status_code == 200
    return Try(f"{path}/undo", {"reason": WHY})


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


def _enter_journal(actor: Actor, client: StaffClient) -> Try:
    body = {
        "date": today(actor.company).isoformat(),
        "reason": WHY,
        "lines": [
            {"account": "expenses:other", "debit": "50.00"},
            {"account": "accrued_expenses", "credit": "50.00"},
        ],
    }
    return Try("/api/accounting/journal-entries", body)


def _void_journal_entry(actor: Actor, client: StaffClient) -> Try:
    return Try(f"/api/accounting/journal-entries/{enter(actor, '50.00').id}/void", {"reason": WHY})


def _count_drawer(actor: Actor, client: StaffClient) -> Try:
    session = open_session(actor=actor, amount=Decimal("0.00"))
    path = f"/api/accounting/drawer-sessions/{session.id}/count"
    return Try(path, {"amount": "50.00", "reason": WHY})


# What always waits for a second person, whatever the amount: tried beside it (ledger/tests/opening).
ALWAYS_WAIT: Final = frozenset(
    {
        "api/accounting/opening/lock",
        "api/accounting/bank-accounts/<uuid:bank_account_id>/cut-over",
        "ledger/payee-accounts",
        "ledger/payout-orders",
        "ledger/payout-batches/<uuid:batch_id>/submit",
    }
)
# The route as the URLs name it, and the kind of the request that it makes.
ENTRY_POINTS: Final[dict[str, tuple[str, Prepare]]] = {
    "api/payments/<uuid:payment_id>/refund": ("refund", _refund),
    "api/payments/<uuid:payment_id>/allocations/<uuid:allocation_id>/refund": ("refund", _refund_allocation),
    "ledger/balances/<uuid:obligation_id>/write-off": ("write_off", _write_off),
    "api/accounting/credit-memos": ("credit_memo", _credit),
    "api/accounting/credit-memos/<uuid:memo_id>/refund": ("credit_refund", _refund_credit),
    "api/accounting/security-deposits/<uuid:deposit_id>/return": ("deposit_return", _return_deposit),
    "ledger/balances/<uuid:obligation_id>/move": ("charge_move", _move_charge),
    "ledger/lease-corrections": ("lease_correction", _correct_lease),
    "api/payments/<uuid:payment_id>/void": ("void", _void),
    "api/payments/<uuid:payment_id>/return": ("return", _return),
    "payments/interim-payments/<str:payment_id>/void": ("void", _void_interim),
    "ledger/postings/<uuid:posting_id>/void": ("void", _void_posting),
    "api/accounting/unidentified-receipts/<uuid:receipt_id>/unmatch": ("unmatch", _unmatch),
    "api/accounting/statement-lines/<uuid:line_id>/resolve": ("line_return", _returned_by_line),
    "api/accounting/statement-lines/<uuid:line_id>/undo": ("unmatch", _undo_line),
    "api/operations/<uuid:operation_id>/undo": ("undo_batch", _undo_batch),
    "api/accounting/journal-entries": ("manual_entry", _enter_journal),
    "api/accounting/journal-entries/<uuid:manual_entry_id>/void": ("manual_entry", _void_journal_entry),
    "api/accounting/drawer-sessions/<uuid:session_id>/count": ("count", _count_drawer),
    "ledger/dtrs/<str:number>/pay": ("payout", _pay_dtr),
    "ledger/dtrs/pay": ("payout", _pay_dtrs),
    "bpm/case/<str:case_no>": ("loan", _lend),
}
