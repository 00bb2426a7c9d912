"""Everything that is paid out can come back: what it had paid is due again (docs/domain.md#came-back).

The kinds of money out are those that registered what becomes of them (`ledger.treasury.services.returning`).
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from itertools import chain
from typing import Any, Final

import pytest

from bank.models import Explanation, LinePart
from bank.services.explaining import explain_part, undo_explanation
from bank.services.kinds.interface import Piece
from bank.tests.builders import book
from batconnect.core.approvals.services import approve
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.errors import InvalidInput, NotAllowed, Refusal
from batconnect.core.models import AuditEvent
from ledger import chart
from ledger.chart import Category
from ledger.clearing.services.deposit_returns import return_deposit
from ledger.clearing.services.taxes import remit
from ledger.models import Entry, Remittance, SecurityDeposit, VendorBill
from ledger.opening.services.batch import LineGiven, ask_to_lock, prepare_opening
from ledger.tests.builders import Debtor, charge, make_debtor
from ledger.tests.vendors.builders import BY_CHECK, balance, make_bill, make_vendor
from ledger.treasury.models import Disbursement
from ledger.treasury.services.returning import returning_types
from ledger.vendors.services.paying import pay_bills, top_up
from ledger.verification import verify
from loans.models import DriverLoan
from loans.services import hand_over_loan
from loans.tests.builders import lend
from outstanding.services import pay_installments
from outstanding.services.premiums import remit_premium
from outstanding.tests.builders import ids_of, make_renewal
from payments.credit_memos.services.refunding import refund_credit
from payments.credit_memos.tests.builders import credit, memo_of, toll
from payments.models import CreditMemo, Payment
from payments.services.choosing import AllocationRequest, allocate_payment
from payments.services.deposits import take_deposit
from payments.services.receipts import read_receipt
from payments.services.refund_list import read_refunds
from payments.services.refunds import refund_allocation, refund_unallocated
from payments.services.returns import return_payment
from payments.services.voids import void_payment
from payments.tests.billing import allocate, bill, make_customer, owed, receive
from tests.cast import _actor
from tests.digest import assert_nothing_written
from tests.tree import PACKAGES, ROOT

D = Decimal
REASON = "It was somebody else's money"
TRANSIT = "payments_in_transit:operating"
COMING = "deposits_in_transit:operating"
PAID_OUT: Final = 30


def vendor_paid(actor: Actor) -> Disbursement:
    made = make_bill(actor, make_vendor(actor), "30.00")
    return pay_bills(actor=actor, amounts={made.id: None}, paid_from=BY_CHECK).payment


def refunded(actor: Actor) -> Disbursement:
    payment = receive(actor, make_customer(actor), "80.00")
    refund_unallocated(actor=actor, payment_id=payment.id, amount=D("30.00"), reason=REASON)
    return Disbursement.objects.get(kind="refund")


def credit_refunded(actor: Actor) -> Disbursement:
    memo = memo_of(credit(actor, paid_toll(actor, make_debtor(actor))))
    refund_credit(actor=actor, memo_id=memo.id, amount=D("30.00"), reason=REASON, paid_from=BY_CHECK)
    return Disbursement.objects.get(kind="refund")


def paid_toll(actor: Actor, debtor: Debtor) -> Any:
    """A toll of 45.00 that is paid."""
    item = toll(actor, debtor)
    payment = receive(actor, debtor.customer, "45.00")
    allocate_payment(
        actor=actor,
        payment_id=payment.id,
        requests=[AllocationRequest(amount=D("45.00"), obligation_id=item.id, field="allocations.0")],
    )
    item.refresh_from_db()
    return item


def handed_over(actor: Actor) -> Disbursement:
    loan = lend(actor, make_debtor(actor), "30.00")
    hand_over_loan(actor=actor, loan_id=loan.number, paid_from=BY_CHECK)
    return Disbursement.objects.get(kind="loan")


def remitted(actor: Actor) -> Disbursement:
    charge(actor, make_debtor(actor), category=Category.TAXES, reference_id="TAX-1", amount="30.00")
    return remit(actor=actor, account="taxes_held:other", amount=D("30.00"), paid_from=BY_CHECK).payment


def deposit_returned(actor: Actor) -> Disbursement:
    debtor = make_debtor(actor)
    payment = receive(actor, debtor.customer, "100.00")
    deposit = take_deposit(actor=actor, payment_id=payment.id, lease=debtor.lease.pk, amount=D("100.00"))
    return_deposit(actor=actor, deposit_id=deposit.id, amount=D("30.00"), paid_from=BY_CHECK)
    return Disbursement.objects.get(kind="deposit_return")


def premium_remitted(actor: Actor) -> Disbursement:
    renewal = make_renewal(actor)
    pay_installments(actor=actor, case=renewal.pk, mode="cash", row_ids=ids_of(renewal)[:1])
    done = remit_premium(actor=actor, case=renewal.pk, amount=D("30.00"), paid_from=BY_CHECK)
    assert done.payment is not None
    return done.payment


def opened(actor: Actor) -> Disbursement:
    """A payment in transit that the opening brought."""
    given = [
        LineGiven(
            1, "in_transit", D("-30.00"), {"account": "operating", "method": "check", "name": "Landlord"}
        ),
        LineGiven(2, "account", D("30.00"), {"account": "retained_earnings"}),
    ]
    prepare_opening(actor=actor, lines=given, cut_over_on=today(actor.company))
    asked = ask_to_lock(actor=actor, reason="Agreed with the accountant")
    approve(actor=_actor("second_manager"), approval_id=asked.id)
    return Disbursement.objects.get()


WAYS: Final[Mapping[str, Callable[[Actor], Disbursement]]] = {
    "ledger.vendor_payment": vendor_paid,
    "payments.refund": refunded,
    "payments.credit_refund": credit_refunded,
    "loans.loan": handed_over,
    "ledger.remittance": remitted,
    "ledger.security_deposit": deposit_returned,
    "outstanding.premium": premium_remitted,
    "ledger.opening_line": opened,
}
OF_THEIR_OWN: Final = {"ledger.dtr", "payments.return"}
"""A payout stays returned, what the bank took of a payment is not money of ours: tested by themselves."""
DUE: Final = {
    "ledger.vendor_payment": "vendors_payable",
    "payments.refund": "unallocated_cash",
    "payments.credit_refund": "customer_credits",
    "loans.loan": "disbursements_payable",
    "ledger.remittance": "taxes_held:other",
    "ledger.security_deposit": "security_deposits",
    "outstanding.premium": "premiums_payable",
    "ledger.opening_line": "prior_year_corrections",
}
EACH = pytest.mark.parametrize("way", sorted(WAYS))


def assert_clean(actor: Actor) -> None:
    assert [f"{each.check}: {each.difference}" for each in verify(actor=actor)] == []


def back(row: Disbursement, **values: Any) -> Piece:
    return Piece("disbursement_return", row.amount, disbursement_id=row.id, values=values)


def cleared(actor: Actor, way: str) -> Disbursement:
    """What was paid this way, seen on a line."""
    row = WAYS[way](actor)
    assert (row.source_type, row.amount) == (way, PAID_OUT)
    (part,) = book(actor, f"-{row.amount}")
    explain_part(
        actor=actor, part_id=part.id, pieces=[Piece("disbursement", row.amount, disbursement_id=row.id)]
    )
    return row


def state(row: Disbursement) -> tuple[str, bool]:
    fresh = Disbursement.objects.get(id=row.id)
    return fresh.status, fresh.stop_entry_id is not None


def test_every_way_of_paying_out_says_what_comes_back() -> None:
    """Whoever calls for a disbursement names a source; each has registered."""
    assert returning_types() == WAYS.keys() | OF_THEIR_OWN
    assert DUE.keys() == WAYS.keys()
    calls = 0
    for path in chain.from_iterable((ROOT / each).rglob("*.py") for each in PACKAGES):
        if "tests" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in (
                "prepare_disbursement",
                "prepare_many",
                "Disbursement",
            ):
                calls += 1
    assert calls == len(returning_types()) + 1, (
        "a new caller registers, and gets its way here; one makes the rows"
    )


@EACH
def test_it_is_due_again_and_paid_again(manager: Actor, way: str) -> None:
    row = cleared(manager, way)
    stood = balance(manager, DUE[way])
    (part,) = book(manager, str(row.amount))

    done = explain_part(actor=manager, part_id=part.id, pieces=[back(row, reason_code="R02")])

    (made,) = done.explanations
    entry = Entry.objects.get(id=made.entry_id)
    assert (entry.effective_on, entry.reverses_id) == (
        today(manager.company),
        row.entry_id,
    )
    assert state(row) == ("stopped", True)
    assert balance(manager, DUE[way]) == stood - row.amount
    assert balance(manager, TRANSIT) == balance(manager, COMING) == 0
    assert balance(manager, chart.UNIDENTIFIED_RECEIPTS) == 0
    assert (
        AuditEvent.objects.filter(action="ledger.disbursement_came_back", subject_id=str(row.id)).count() == 1
    )
    assert_clean(manager)

    undo_explanation(actor=manager, explanation_id=made.id, reason=REASON)

    assert state(row) == ("cleared", False)
    assert balance(manager, DUE[way]) == stood
    assert balance(manager, chart.UNIDENTIFIED_RECEIPTS) == -row.amount
    assert LinePart.objects.get(id=part.id).status == "open"
    assert_clean(manager)

    explain_part(actor=manager, part_id=part.id, pieces=[back(row)])

    assert balance(manager, DUE[way]) == stood - row.amount
    assert state(row) == ("stopped", True)
    assert_clean(manager)


@EACH
def test_it_comes_back_once_and_whole(manager: Actor, way: str) -> None:
    row = cleared(manager, way)
    first, second, less = book(manager, "30.00", "30.00", "29.99")

    with pytest.raises(InvalidInput) as in_part, assert_nothing_written():
        explain_part(
            actor=manager,
            part_id=less.id,
            pieces=[Piece("disbursement_return", D("29.99"), disbursement_id=row.id)],
        )
    explain_part(actor=manager, part_id=first.id, pieces=[back(row)])
    with pytest.raises(Refusal) as again, assert_nothing_written():
        explain_part(actor=manager, part_id=second.id, pieces=[back(row)])
    with pytest.raises(Refusal) as reached, assert_nothing_written():
        undo_explanation(
            actor=manager,
            explanation_id=Explanation.objects.get(kind="disbursement").id,
            reason=REASON,
        )

    assert (in_part.value.code, again.value.code) == ("amount_differs", "not_in_transit")
    assert reached.value.code == "explanation_final"
    assert_clean(manager)


@EACH
def test_it_takes_the_right_of_whoever_pays_it(manager: Actor, way: str) -> None:
    row = cleared(manager, way)
    (part,) = book(manager, "30.00")
    explains_alone = replace(manager, permissions=frozenset({"bank.explain", "bank.view"}))

    with pytest.raises(NotAllowed), assert_nothing_written():
        explain_part(actor=explains_alone, part_id=part.id, pieces=[back(row)])


def test_a_refund_of_an_application_leaves_the_debt_open(manager: Actor) -> None:
    customer = make_customer(manager)
    payment = receive(manager, customer, "100.00")
    invoice = bill(manager, customer, "100.00")
    applied = allocate(manager, payment, (invoice, "100.00"))
    refund_allocation(
        actor=manager,
        payment_id=payment.id,
        allocation_id=applied.applied.allocations[0].id,
        amount=D("30.00"),
        reason=REASON,
    )
    row = Disbursement.objects.get(kind="refund")
    went, came = book(manager, "-30.00", "30.00")
    explain_part(
        actor=manager, part_id=went.id, pieces=[Piece("disbursement", D("30.00"), disbursement_id=row.id)]
    )

    explain_part(actor=manager, part_id=came.id, pieces=[back(row)])

    payment.refresh_from_db()
    assert (payment.refunded, payment.unallocated) == (D("0.00"), D("30.00"))
    assert owed(invoice) == D("30.00")
    listed = read_refunds(actor=manager, payment_id=payment.id)
    assert [each.status for each in listed.refunds] == ["came_back"]
    receipt = read_receipt(actor=manager, payment=payment)
    assert (receipt.refunded, receipt.unallocated) == (D("0.00"), D("30.00"))
    assert_clean(manager)

    allocate(manager, payment, (invoice, "30.00"))
    made = Explanation.objects.get(kind="disbursement_return")
    with pytest.raises(Refusal) as used, assert_nothing_written():
        undo_explanation(actor=manager, explanation_id=made.id, reason=REASON)

    assert used.value.code == "above_refundable"
    assert owed(invoice) == 0
    assert_clean(manager)


@pytest.mark.parametrize("amount", [None, D("10.00")])
def test_what_was_charged_for_a_refund_is_a_new_payment(manager: Actor, amount: Decimal | None) -> None:
    payment = receive(manager, make_customer(manager), "30.00", method="check")
    refund_unallocated(actor=manager, payment_id=payment.id, amount=D("30.00"), reason=REASON)
    row = Disbursement.objects.get(kind="refund")
    went, came = book(manager, "-30.00", "30.00")
    explain_part(
        actor=manager, part_id=went.id, pieces=[Piece("disbursement", D("30.00"), disbursement_id=row.id)]
    )
    return_payment(actor=manager, payment_id=payment.id, reason_code="NSF", amount=amount)

    with pytest.raises(Refusal) as refused, assert_nothing_written():
        explain_part(actor=manager, part_id=came.id, pieces=[back(row)])

    assert refused.value.code == "payment_returned"
    assert "new payment" in refused.value.message


def test_what_the_bank_gives_again_of_a_payment_is_a_new_payment(manager: Actor) -> None:
    payment = receive(manager, make_customer(manager), "30.00", method="check")
    return_payment(actor=manager, payment_id=payment.id, reason_code="NSF")
    row = Disbursement.objects.get(kind="payment_return")
    went, came = book(manager, "-30.00", "30.00")
    explain_part(
        actor=manager, part_id=went.id, pieces=[Piece("disbursement", D("30.00"), disbursement_id=row.id)]
    )

    with pytest.raises(InvalidInput) as refused, assert_nothing_written():
        explain_part(actor=manager, part_id=came.id, pieces=[back(row)])

    assert "new payment" in refused.value.message


def test_a_payment_whose_refund_came_back_can_be_voided(manager: Actor) -> None:
    row = cleared(manager, "payments.refund")
    (part,) = book(manager, "30.00")
    explain_part(actor=manager, part_id=part.id, pieces=[back(row)])

    void_payment(actor=manager, payment_id=Payment.objects.get().id, reason=REASON)

    assert Payment.objects.get().status == "voided"
    assert_clean(manager)


def test_what_was_paid_anew_does_not_stay_paid(manager: Actor) -> None:
    """A bill, a loan, a tax, a deposit, a credit: what was due again is not there any more."""
    row = cleared(manager, "ledger.vendor_payment")
    (part,) = book(manager, "30.00")
    explain_part(actor=manager, part_id=part.id, pieces=[back(row)])
    assert VendorBill.objects.get().open == D("30.00")
    pay_bills(actor=manager, amounts={VendorBill.objects.get().id: None}, paid_from=BY_CHECK)

    with pytest.raises(Refusal) as refused, assert_nothing_written():
        undo_explanation(
            actor=manager,
            explanation_id=Explanation.objects.get(kind="disbursement_return").id,
            reason=REASON,
        )

    assert refused.value.code == "vendor_bill_not_open"
    assert_clean(manager)


def test_a_loan_is_given_again(manager: Actor) -> None:
    row = cleared(manager, "loans.loan")
    (part,) = book(manager, "30.00")
    (made,) = explain_part(actor=manager, part_id=part.id, pieces=[back(row)]).explanations
    loan = DriverLoan.objects.get()
    assert loan.handed_over_id is None

    hand_over_loan(actor=manager, loan_id=loan.number, paid_from=BY_CHECK)

    with pytest.raises(Refusal) as refused, assert_nothing_written():
        undo_explanation(actor=manager, explanation_id=made.id, reason=REASON)
    assert refused.value.code == "handed_over"
    assert_clean(manager)


def test_what_is_held_is_remitted_and_returned_again(manager: Actor) -> None:
    row = cleared(manager, "ledger.remittance")
    (part,) = book(manager, "30.00")
    (made,) = explain_part(actor=manager, part_id=part.id, pieces=[back(row)]).explanations
    assert Remittance.objects.get().status == "returned"

    remit(actor=manager, account="taxes_held:other", amount=D("30.00"), paid_from=BY_CHECK)

    with pytest.raises(Refusal) as refused, assert_nothing_written():
        undo_explanation(actor=manager, explanation_id=made.id, reason=REASON)
    assert refused.value.code == "more_than_held"
    assert_clean(manager)


def test_a_deposit_and_a_credit_are_there_again(manager: Actor) -> None:
    row = cleared(manager, "ledger.security_deposit")
    (part,) = book(manager, "30.00")
    (made,) = explain_part(actor=manager, part_id=part.id, pieces=[back(row)]).explanations
    deposit = SecurityDeposit.objects.get()
    assert deposit.held == D("100.00")

    return_deposit(actor=manager, deposit_id=deposit.id, amount=D("80.00"), paid_from=BY_CHECK)

    with pytest.raises(Refusal) as refused, assert_nothing_written():
        undo_explanation(actor=manager, explanation_id=made.id, reason=REASON)
    assert refused.value.code == "more_than_held"
    assert_clean(manager)


def test_a_credit_is_refunded_again(manager: Actor) -> None:
    row = cleared(manager, "payments.credit_refund")
    (part,) = book(manager, "30.00")
    (made,) = explain_part(actor=manager, part_id=part.id, pieces=[back(row)]).explanations
    memo = CreditMemo.objects.get()
    assert (memo.refunded, memo.left, memo.status) == (D("0.00"), D("45.00"), "open")

    refund_credit(actor=manager, memo_id=memo.id, amount=D("45.00"), reason=REASON, paid_from=BY_CHECK)

    with pytest.raises(Refusal) as refused, assert_nothing_written():
        undo_explanation(actor=manager, explanation_id=made.id, reason=REASON)
    assert refused.value.code == "above_left"
    assert_clean(manager)


def test_a_top_up_comes_back_unless_it_was_used(manager: Actor) -> None:
    vendor = make_vendor(manager)
    row = top_up(actor=manager, vendor_id=vendor.id, amount=D("30.00"), paid_from=BY_CHECK).payment
    went, came = book(manager, "-30.00", "30.00")
    explain_part(
        actor=manager, part_id=went.id, pieces=[Piece("disbursement", D("30.00"), disbursement_id=row.id)]
    )

    (made,) = explain_part(actor=manager, part_id=came.id, pieces=[back(row)]).explanations

    assert balance(manager, "vendors_payable") == 0
    assert_clean(manager)
    undo_explanation(actor=manager, explanation_id=made.id, reason=REASON)
    assert balance(manager, "vendors_payable") == D("30.00")
    assert_clean(manager)


def test_several_that_came_back_on_one_line(manager: Actor) -> None:
    rows = [cleared(manager, each) for each in ("ledger.vendor_payment", "payments.refund")]
    (part,) = book(manager, "60.00")

    done = explain_part(actor=manager, part_id=part.id, pieces=[back(each) for each in rows])

    assert [state(each)[0] for each in rows] == ["stopped", "stopped"]
    assert_clean(manager)
    undo_explanation(actor=manager, explanation_id=done.explanations[0].id, reason=REASON)
    assert [state(each)[0] for each in rows] == ["cleared", "cleared"]
    assert_clean(manager)
