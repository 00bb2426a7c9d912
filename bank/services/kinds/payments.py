"""Money in that is a customer's payment, not recorded before (docs/domain.md#explanations)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from bank import postings
from bank.errors import UNKNOWN_EXPLANATION
from bank.models import Explanation, LinePart
from bank.services.kinds.interface import Applied, Ids, Piece, Undone
from batconnect.core.database.numbers import hold
from batconnect.core.database.transactions import joins_transaction, reads
from batconnect.core.kernel import clock
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import FieldError, InvalidInput
from batconnect.core.kernel.field_codes import NOT_POSITIVE
from batconnect.core.kernel.ids import uuid7
from batconnect.core.models import Approval
from batconnect.directory.models import Customer
from ledger.postings import EntryDraft
from ledger.services import lock_obligations
from ledger.services.dates import open_day
from payments.errors import PaymentNotPosted
from payments.models import Payment
from payments.querysets import leases_driven, leases_owed
from payments.services.allocation import lock_payment
from payments.services.duplicates import Incoming, find_likely_duplicates
from payments.services.figures import void_payments
from payments.services.voids import LIVE, mark_voided, require_voidable, undo_drafts, void_rows
from payments.subjects import PAYMENT_NUMBERS


@dataclass(slots=True)
class Payers:
    """The customers whom parts are from, by id, the leases that they drive on a day, and those that they owe on."""

    customers: Mapping[UUID, Customer]
    driven: Mapping[tuple[UUID, date], set[int]]
    owed: Callable[[UUID], set[int]]

    def only_lease(self, customer_id: UUID, day: date) -> int | None:
        """The lease that a payment of the day fits, if one alone does (docs/domain.md#payments-without-a-lease)."""
        leases = self.driven[customer_id, day] | self.owed(customer_id)
        return next(iter(leases)) if len(leases) == 1 else None


@reads
def read_payers(
    *,
    actor: Actor,
    said: Sequence[tuple[LinePart, UUID | None]],
    owed: Callable[[UUID], set[int]] | None = None,
) -> Payers:
    """The customers of parts; three statements, or two where `owed` knows the leases on which they owe."""
    held = sorted({(customer, part.payment_date) for part, customer in said if customer})
    ids = {customer for customer, _ in held}
    rows = Customer.objects.filter(company_id=actor.company_id, id__in=ids)
    driven = dict(zip(held, leases_driven(company_id=actor.company_id, held=held), strict=True))
    if owed is None:
        on = dict(zip(held, leases_owed(company_id=actor.company_id, held=held), strict=True))
        by_customer = {customer: leases for (customer, _), leases in on.items()}
        owed = by_customer.__getitem__
    return Payers({each.id: each for each in rows}, driven, owed)


class NewPayment:
    """The line becomes a payment: Dr unidentified receipts / Cr unallocated cash; undone, the payment is voided."""

    directions = frozenset({"in"})

    def lock(self, *, actor: Actor, piece: Piece) -> Any:
        return None

    def apply(self, *, actor: Actor, part: LinePart, piece: Piece, ids: Ids, locked: Any) -> Applied:
        """`locked` are the Payers that were read for many parts together; None reads them for this one."""
        payers: Payers = locked or read_payers(actor=actor, said=[(part, piece.customer_id)])
        customer = payers.customers.get(piece.customer_id) if piece.customer_id else None
        if customer is None:
            raise InvalidInput(
                f"There is no customer {piece.customer_id}.", code=UNKNOWN_EXPLANATION, field="customer_id"
            )
        if piece.amount <= 0:
            message = "A payment is above zero."
            raise InvalidInput(message, errors=[FieldError("amount", message, NOT_POSITIVE)])
        lease_id = payers.only_lease(customer.id, part.payment_date)
        payment = _payment(actor, part, piece, customer, lease_id, ids.explanation_id)
        warnings = _acknowledge(actor, payment, part, ids)
        draft = postings.payment_identified(
            payment_id=payment.id,
            entry_id=ids.entry_id,
            amount=piece.amount,
            currency=part.currency,
            on=open_day(actor=actor, day=part.payment_date),
            customer_id=customer.id,
            lease_id=payment.lease_id,
            operation_id=ids.operation_id,
        )
        return Applied(draft=draft, payments=[payment], names={"payment_id": payment.id}, warnings=warnings)

    def ask_to_undo(self, *, actor: Actor, explanation: Explanation, reason: str) -> Approval | None:
        """What is asked for is the same for all payments of a line: `bank.services.explaining`."""
        lock_to_void(actor=actor, explanation=explanation)
        return None

    def undo(self, *, actor: Actor, explanation: Explanation, reason: str) -> Undone:
        payment = lock_to_void(actor=actor, explanation=explanation)
        live = list(payment.allocations.filter(company_id=actor.company_id, status__in=LIVE).order_by("id"))
        obligations = lock_obligations(actor=actor, ids={each.obligation_id for each in live})
        voided_at = clock.now()
        drafts = undo_drafts(actor, {payment.id: payment}, live, obligations, reason)
        voids = [void_rows(actor, live, reason, voided_at)] if live else []
        mark_voided(live, reason, voided_at)
        return Undone(
            drafts=[*drafts, self._reversal(actor, explanation, payment, reason)],
            changes=[*voids, void_payments([payment], voided_at=voided_at, reason=reason)],
        )

    def _reversal(self, actor: Actor, explanation: Explanation, payment: Payment, reason: str) -> EntryDraft:
        assert explanation.entry_id is not None
        return postings.payment_unidentified(
            payment_id=payment.id,
            amount=payment.amount,
            currency=payment.currency,
            on=clock.today(actor.company),
            customer_id=payment.customer_id,
            reverses=explanation.entry_id,
            reason=reason,
        )


NEW_PAYMENT: Final = NewPayment()


@joins_transaction
def lock_to_void(*, actor: Actor, explanation: Explanation) -> Payment:
    """The payment that the explanation made, locked; its money is still here to be unidentified again.

    Needs `payments.void`. Raises PaymentNotPosted, PaymentReturned, PaymentRefunded, PaymentDeposited, Conflict
    `refund_pending` (409).
    """
    actor.require("payments.void")
    assert explanation.payment_id is not None
    payment = lock_payment(actor=actor, payment_id=explanation.payment_id)
    if payment.status != Payment.Status.POSTED:
        raise PaymentNotPosted(
            f"{payment.number} is {payment.get_status_display().lower()}: its money is no longer here."
        )
    require_voidable(actor, payment)
    return payment


@joins_transaction
def _acknowledge(actor: Actor, payment: Payment, part: LinePart, ids: Ids) -> list[str]:
    """A person who says that the line is a payment of its own is not asked again whether it is the one that it looks
    like: the payment remembers it. The sentence to tell the person. Rule: docs/domain.md#likely-duplicates.

    The counter of numbers is held before it looks, so that of two at once the second sees the first.
    """
    if ids.decided_by != Explanation.DecidedBy.PERSON:
        return []
    hold(PAYMENT_NUMBERS, company_id=actor.company_id, day=clock.today(actor.company))
    incoming = Incoming(
        customer_id=payment.customer_id,
        amount=payment.amount,
        currency=payment.currency,
        payment_date=payment.payment_date,
        reference_number=payment.reference_number,
        method=payment.method,
        notes=payment.notes,
    )
    (likely,) = find_likely_duplicates(actor=actor, rows=[incoming])
    if likely is None:
        return []
    duplicate = Payment.objects.get(company_id=actor.company_id, id=likely.payment.payment_id)
    if duplicate.at_bank_id is not None and _is_of_this(actor, duplicate.at_bank_id, part, ids):
        return []
    payment.duplicate_of = duplicate
    payment.duplicate_acknowledged_at = clock.now()
    return [
        f"It looks like {duplicate.number} of {duplicate.payment_date}, and is recorded as another payment."
    ]


def _is_of_this(actor: Actor, at_bank_id: UUID, part: LinePart, ids: Ids) -> bool:
    """Whether what lies there is another piece of the same part."""
    pieces = Explanation.objects.filter(company_id=actor.company_id, part=part.id, id=at_bank_id)
    return pieces.filter(operation_id=ids.operation_id).exists()


def _payment(
    actor: Actor, part: LinePart, piece: Piece, customer: Customer, lease_id: int | None, at_bank: UUID
) -> Payment:
    """The payment, unsaved and without its number, as if it were recorded now."""
    return Payment(
        id=uuid7(),
        company_id=actor.company_id,
        kind=Payment.Kind.OTHER,
        customer=customer,
        lease_id=lease_id,
        currency=part.currency,
        amount=piece.amount,
        unallocated=piece.amount,
        method=part.method,
        payment_date=part.payment_date,
        reference_number=part.reference_number,
        notes=part.text[:500],
        created_by_id=actor.user_id,
        cashier=actor.name,
        at_bank_id=at_bank,
        created_at=clock.now(),
    )
