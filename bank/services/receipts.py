"""Unidentified receipts: money in that is not explained, as it is matched, explained and taken back by a call each.

Rule: docs/domain.md#bookings. Each is an explanation of the line's part (`bank.services.explaining`).
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from bank.errors import CUSTOMER_UNKNOWN, ReceiptNotFound, ReceiptNotMatched, ReceiptNotOpen
from bank.models import Explanation, LinePart
from bank.models.lines import Direction
from bank.services.explaining import explain_part, lock_part, undo_explanation
from bank.services.kinds.interface import Piece
from batconnect.core.database.transactions import joins_transaction, reads
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import InvalidInput
from batconnect.core.models import Approval
from batconnect.directory.models import Customer
from ledger.clearing.models import ProcessorDeposit
from ledger.rules.reasons import checked_reason
from payments.models import Payment

_RIGHT: Final = "payments.import_batches"
# A customer's money, new or known before.
MATCHING: Final = (Explanation.Kind.PAYMENT.value, Explanation.Kind.KNOWN_PAYMENT.value)


@joins_transaction
def match_receipt(*, actor: Actor, receipt_id: UUID, customer_id: UUID) -> tuple[LinePart, Payment]:
    """Make the receipt a payment of the customer, as unallocated cash, and remember the payer's account.

    Needs `payments.import_batches` and `bank.explain`. Raises ReceiptNotFound (404), ReceiptNotOpen (409), InvalidInput
    (400) for an unknown customer.
    """
    actor.require(_RIGHT)
    receipt = _lock_open(actor, receipt_id)
    customer = Customer.objects.filter(company_id=actor.company_id, id=customer_id).first()
    if customer is None:
        raise InvalidInput(f"There is no customer {customer_id}.", code=CUSTOMER_UNKNOWN, field="customer_id")
    receipt = _explain(actor, receipt, Explanation.Kind.PAYMENT, customer_id=customer.id)
    explanation = explanation_of(receipt)
    assert explanation is not None
    assert explanation.payment is not None
    return receipt, explanation.payment


@joins_transaction
def unmatch_receipt(
    *, actor: Actor, receipt_id: UUID, reason: str
) -> tuple[LinePart, Payment, int] | Approval:
    """Take the match of a receipt back: it is open again, to be matched to another customer; with the payment that it
    had become, and how many allocations that had.

    The payment is voided with every live allocation; its money stays in the bank, as an unidentified receipt. That the
    payer's account is the customer's is forgotten. Above the company's `void_approval_limit` the answer is the request
    on which another user decides. Needs `payments.import_batches`, `payments.void`, `bank.explain` and a reason of 10
    to 500 characters. Raises ReceiptNotFound (404), ReceiptNotMatched, PaymentNotPosted (the payment is voided, so the
    money is gone), PaymentRefunded (409), Conflict 409 `refund_pending`, `approval_pending`.
    """
    actor.require(_RIGHT)
    actor.require("payments.void")
    reason = checked_reason(reason)
    receipt = find_receipt(actor=actor, receipt_id=receipt_id)
    explanation = explanation_of(receipt)
    if explanation is None or explanation.kind not in MATCHING or explanation.payment is None:
        raise ReceiptNotMatched(f"The receipt is {status_of(receipt, explanation)}: it is nobody's payment.")
    allocations = explanation.payment.allocations.filter(status__in=("active", "partially_refunded")).count()
    done = undo_explanation(actor=actor, explanation_id=explanation.id, reason=reason)
    if isinstance(done, Approval):
        return done
    explanation.payment.refresh_from_db()
    return done, explanation.payment, allocations


@joins_transaction
def explain_as_processor(
    *,
    actor: Actor,
    receipt_id: UUID,
    processor: str,
    fee: Decimal,
    report: str = "",
    gross: Decimal | None = None,
) -> tuple[LinePart, ProcessorDeposit]:
    """Say that the receipt is a processor's deposit of drivers' earnings, less its fee.

    Needs `payments.import_batches` and `bank.explain`. Raises ReceiptNotFound (404), ReceiptNotOpen (409), InvalidInput
    `fee_too_large`.
    """
    actor.require(_RIGHT)
    receipt = _lock_open(actor, receipt_id)
    said = {"processor": processor, "fee": fee, "report": report, "gross": gross}
    receipt = _explain(actor, receipt, Explanation.Kind.PROCESSOR, values=said)
    deposit = ProcessorDeposit.objects.get(
        company_id=actor.company_id, receipt_id=receipt.id, status=ProcessorDeposit.Status.POSTED
    )
    return receipt, deposit


@joins_transaction
def explain_as_vendor_refund(*, actor: Actor, receipt_id: UUID, credit_id: UUID) -> LinePart:
    """Say that the receipt is a vendor's refund of what it owed us: Dr unidentified receipts / Cr vendors payable.

    Needs `payments.import_batches`, `bank.explain` and `ledger.pay_vendors`. Raises ReceiptNotFound,
    VendorCreditNotFound (404), ReceiptNotOpen, AboveOpen (409), InvalidInput `other_vendor` for another currency.
    """
    actor.require(_RIGHT)
    receipt = _lock_open(actor, receipt_id)
    return _explain(actor, receipt, Explanation.Kind.VENDOR_REFUND, values={"credit_id": credit_id})


@joins_transaction
def unexplain_receipt(*, actor: Actor, receipt_id: UUID, reason: str) -> LinePart:
    """Take the explanation back: its entry is reversed, and the receipt is open again.

    Needs `payments.import_batches`, `bank.explain` and a reason of 10 to 500 characters. Raises ReceiptNotFound (404),
    ReceiptNotMatched (409) for one that is not explained.
    """
    actor.require(_RIGHT)
    reason = checked_reason(reason)
    receipt = find_receipt(actor=actor, receipt_id=receipt_id)
    explanation = explanation_of(receipt)
    if explanation is None or explanation.kind in MATCHING:
        raise ReceiptNotMatched(f"The receipt is {status_of(receipt, explanation)}: nothing explains it.")
    done = undo_explanation(actor=actor, explanation_id=explanation.id, reason=reason)
    assert isinstance(done, LinePart), "nothing but payments needs a second person"
    return done


@reads
def find_receipt(*, actor: Actor, receipt_id: UUID) -> LinePart:
    """The part with money in. Raises ReceiptNotFound (404)."""
    receipt = LinePart.objects.filter(
        company_id=actor.company_id, id=receipt_id, direction=Direction.IN
    ).first()
    if receipt is None:
        raise ReceiptNotFound(f"There is no unidentified receipt {receipt_id}.")
    return receipt


@reads
def explanations_of(*, company_id: UUID, receipts: Mapping[UUID, LinePart]) -> dict[UUID, Explanation]:
    """What each part is, if anything: of several pieces a customer's payment before others; one statement."""
    rows = Explanation.objects.filter(
        company_id=company_id, part__in=list(receipts), status=Explanation.Status.LIVE
    ).select_related("payment")
    first: dict[UUID, Explanation] = {}
    for each in sorted(rows, key=lambda row: (row.kind not in MATCHING, row.id)):
        first.setdefault(each.part_id, each)
    return first


@reads
def explanation_of(receipt: LinePart) -> Explanation | None:
    """What the part is; None while it is open."""
    return explanations_of(company_id=receipt.company_id, receipts={receipt.id: receipt}).get(receipt.id)


def status_of(receipt: LinePart, explanation: Explanation | None) -> str:
    """`open`, `matched` (a customer's), `explained` (something else), or `voided`."""
    if receipt.status != LinePart.Status.EXPLAINED or explanation is None:
        return str(receipt.status)
    return "matched" if explanation.kind in MATCHING else "explained"


def _lock_open(actor: Actor, receipt_id: UUID) -> LinePart:
    find_receipt(actor=actor, receipt_id=receipt_id)
    receipt = lock_part(actor=actor, part_id=receipt_id)
    if receipt.status != LinePart.Status.OPEN:
        raise ReceiptNotOpen(f"The receipt is already {status_of(receipt, explanation_of(receipt))}.")
    return receipt


def _explain(actor: Actor, receipt: LinePart, kind: Explanation.Kind, **said: Any) -> LinePart:
    """Explain what is left of it."""
    piece = Piece(kind.value, receipt.left, **said)
    return explain_part(actor=actor, part_id=receipt.id, pieces=[piece]).part
