"""Money in that was recorded before: a payment of the counter, the API or a gateway, and a gateway's deposit of many.

Rule: docs/domain.md#explanations.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from bank.errors import AMOUNT_DIFFERS, UNKNOWN_EXPLANATION
from bank.models import Explanation, LinePart
from bank.services.kinds.accounts import explained_draft
from bank.services.kinds.interface import Applied, Ids, Piece, Undone
from bank.services.kinds.reversing import reversal_of
from bank.services.kinds.values import money_of
from batconnect.core.database.transactions import joins_transaction, reads
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import Conflict, InvalidInput
from batconnect.core.kernel.money import ZERO, format_amount, sum_of
from batconnect.core.models import Approval
from ledger import chart
from ledger.errors import OPENING_LOCKED
from ledger.models import Entry
from ledger.postings import Leg
from ledger.treasury.services.paying import returning_account
from payments import postings as payment_postings
from payments.errors import PaymentAtBank, PaymentNotPosted
from payments.models import Payment
from payments.services.allocation import lock_payments
from payments.services.figures import put_at_bank

_NOT_BY_GATEWAY: Final = frozenset({"cash", "check"})


class KnownPayment:
    """A payment that is known: Dr unidentified receipts / Cr what its receipt debited, its method's cash or a drawer.

    There is no second payment. The payment lies on the line until the explanation is undone, which reverses the entry.
    One that came back is known too, for its money had come first.
    """

    directions = frozenset({"in"})

    def lock(self, *, actor: Actor, piece: Piece) -> Any:
        return lock_payments(actor=actor, ids=[piece.payment_id] if piece.payment_id else [])

    def apply(self, *, actor: Actor, part: LinePart, piece: Piece, ids: Ids, locked: Any) -> Applied:
        payment = _named(locked, piece.payment_id, "payment_id")
        warnings = require_joinable(payment, part)
        if piece.amount != payment.amount:
            raise InvalidInput(
                f"{payment.number} is {format_amount(payment.amount)}, not {format_amount(piece.amount)}.",
                code=AMOUNT_DIFFERS,
                field="amount",
            )
        draft = explained_draft(
            actor,
            part,
            piece.amount,
            ids,
            *_given_up(actor, [payment]),
            customer_id=payment.customer_id,
            lease_id=payment.lease_id,
        )
        return Applied(
            draft=draft,
            changes=[put_at_bank([payment], at_bank_id=ids.explanation_id)],
            names={"payment_id": payment.id, "customer_id": payment.customer_id},
            warnings=warnings,
        )

    def ask_to_undo(self, *, actor: Actor, explanation: Explanation, reason: str) -> Approval | None:
        return None

    def undo(self, *, actor: Actor, explanation: Explanation, reason: str) -> Undone:
        return taken_off(actor, explanation, reason)


class GatewayDeposit:
    """Several payments by card, UPI or the like, paid out together less the fee: Dr unidentified receipts (net) + card
    fees (fee) / Cr cash(method) of each (gross).

    `values` have the payments (`payment_ids`) and the `fee`, a figure of the gateway's report, never what remains: the
    three have to agree.
    """

    directions = frozenset({"in"})

    def lock(self, *, actor: Actor, piece: Piece) -> Any:
        return lock_payments(actor=actor, ids=named_payments(piece))

    def apply(self, *, actor: Actor, part: LinePart, piece: Piece, ids: Ids, locked: Any) -> Applied:
        named = named_payments(piece)
        if not named:
            raise InvalidInput(
                "Name the payments of the deposit.", code=UNKNOWN_EXPLANATION, field="payment_ids"
            )
        payments = [_named(locked, each, "payment_ids") for each in sorted(named)]
        warnings = [warning for each in payments for warning in require_joinable(each, part)]
        _refuse_other_methods(payments)
        fee = money_of(piece, "fee") or ZERO
        gross = sum_of(each.amount for each in payments)
        if fee < 0 or gross - fee != piece.amount:
            raise InvalidInput(
                f"The payments sum to {format_amount(gross)}; less the fee of {format_amount(fee)} that is "
                f"{format_amount(gross - fee)}, not {format_amount(piece.amount)}.",
                code=AMOUNT_DIFFERS,
                field="fee",
            )
        legs = [Leg(chart.CARD_FEES, fee)] if fee else []
        draft = explained_draft(actor, part, piece.amount, ids, *legs, *_given_up(actor, payments))
        return Applied(
            draft=draft,
            changes=[put_at_bank(payments, at_bank_id=ids.explanation_id)],
            warnings=warnings,
        )

    def ask_to_undo(self, *, actor: Actor, explanation: Explanation, reason: str) -> Approval | None:
        return None

    def undo(self, *, actor: Actor, explanation: Explanation, reason: str) -> Undone:
        return taken_off(actor, explanation, reason)


KNOWN_PAYMENT: Final = KnownPayment()
GATEWAY: Final = GatewayDeposit()


def named_payments(piece: Piece) -> list[UUID]:
    """The payments that a gateway's piece names, in no order."""
    return [UUID(str(each)) for each in piece.values.get("payment_ids") or ()]


@joins_transaction
def taken_off(actor: Actor, explanation: Explanation, reason: str) -> Undone:
    """The reversal of the explanation's entry; what lay on it lies nowhere any more."""
    lying = Payment.objects.filter(company_id=actor.company_id, at_bank_id=explanation.id)
    payments = lock_payments(actor=actor, ids=list(lying.values_list("id", flat=True)))
    return Undone(
        drafts=[reversal_of(actor=actor, explanation=explanation, reason=reason)],
        changes=[put_at_bank(list(payments.values()), at_bank_id=None)] if payments else [],
    )


@reads
def require_joinable(payment: Payment, part: LinePart) -> tuple[str, ...]:
    """Refuse a payment whose money cannot have come by this part; warnings. Raises PaymentNotPosted, PaymentAtBank,
    Conflict `opening_locked` (409), InvalidInput for another currency."""
    if payment.currency != part.currency:
        raise InvalidInput(
            f"{payment.number} is in {payment.currency}, the line in {part.currency}.",
            code=UNKNOWN_EXPLANATION,
            field="payment_id",
        )
    if payment.at_bank_id is not None:
        raise PaymentAtBank(f"{payment.number} is at the bank already.")
    if payment.is_opening:
        raise Conflict(f"{payment.number} came before the books were opened.", code=OPENING_LOCKED)
    if payment.status == Payment.Status.RETURNED:
        return (f"{payment.number} came back since.",)
    if payment.status != Payment.Status.POSTED:
        raise PaymentNotPosted(f"{payment.number} is {payment.get_status_display().lower()}.")
    return ()


def _named(locked: Mapping[UUID, Payment], payment_id: UUID | None, field: str) -> Payment:
    payment = locked.get(payment_id) if payment_id else None
    if payment is None:
        raise InvalidInput(f"There is no payment {payment_id}.", code=UNKNOWN_EXPLANATION, field=field)
    return payment


def _refuse_other_methods(payments: Sequence[Payment]) -> None:
    for payment in payments:
        if payment.method in _NOT_BY_GATEWAY:
            raise InvalidInput(
                f"{payment.number} was paid by {payment.method}, which no gateway deposits.",
                code=UNKNOWN_EXPLANATION,
                field="payment_ids",
            )


@joins_transaction
def _given_up(actor: Actor, payments: Sequence[Payment]) -> list[Leg]:
    """The credits of what the receipts of the payments debited, one for each account; drawers stay locked."""
    sums: dict[str, Decimal] = {}
    for payment in payments:
        code = _receipt_account(actor, payment)
        sums[code] = sums.get(code, ZERO) + payment.amount
    return [Leg(code, -amount) for code, amount in sorted(sums.items())]


def _receipt_account(actor: Actor, payment: Payment) -> str:
    """What its receipt debited; of a payment that a receipt of a feed was matched to, its method's cash."""
    entries = Entry.objects.filter(
        company_id=actor.company_id,
        source_type=payment_postings.PAYMENT,
        event=payment_postings.PAYMENT_RECEIVED,
        source_id=str(payment.id),
    )
    received = entries.values_list("id", flat=True).first()
    return returning_account(actor=actor, entry_id=received) if received else chart.cash(payment.method)
