"""The kinds of explanations, by code (docs/domain.md#explanations)."""

from __future__ import annotations

from typing import Final

from bank.models import Explanation
from bank.services.kinds.accounts import ACCOUNT, CHARGES, INTEREST
from bank.services.kinds.batches import PAYOUT_BATCH
from bank.services.kinds.disbursements import CAME_BACK, PAID_OUT
from bank.services.kinds.interface import Kind
from bank.services.kinds.known import GATEWAY, KNOWN_PAYMENT
from bank.services.kinds.opened import OPENED
from bank.services.kinds.payment_returns import PAYMENT_RETURNED
from bank.services.kinds.payments import NEW_PAYMENT
from bank.services.kinds.processors import PROCESSOR
from bank.services.kinds.slips import OF_SLIP
from bank.services.kinds.transfers import TRANSFER_SIDE
from bank.services.kinds.vendors import VENDOR_REFUND

_KINDS: Final[dict[str, Kind]] = {
    Explanation.Kind.PAYMENT.value: NEW_PAYMENT,
    Explanation.Kind.KNOWN_PAYMENT.value: KNOWN_PAYMENT,
    Explanation.Kind.DISBURSEMENT.value: PAID_OUT,
    Explanation.Kind.PAYMENT_RETURN.value: PAYMENT_RETURNED,
    Explanation.Kind.DISBURSEMENT_RETURN.value: CAME_BACK,
    Explanation.Kind.GATEWAY.value: GATEWAY,
    Explanation.Kind.OPENED.value: OPENED,
    Explanation.Kind.TRANSFER.value: TRANSFER_SIDE,
    Explanation.Kind.DEPOSIT_SLIP.value: OF_SLIP,
    Explanation.Kind.CHARGES.value: CHARGES,
    Explanation.Kind.INTEREST.value: INTEREST,
    Explanation.Kind.ACCOUNT.value: ACCOUNT,
    Explanation.Kind.PROCESSOR.value: PROCESSOR,
    Explanation.Kind.VENDOR_REFUND.value: VENDOR_REFUND,
}


def codes() -> tuple[str, ...]:
    """What a line can be said to be; a batch of payouts is said as one, and explained item by item."""
    return (*_KINDS, PAYOUT_BATCH)


def kind_of(code: str) -> Kind:
    """The kind with this code."""
    return _KINDS[code]


def has_kind(code: str) -> bool:
    """Whether parts can be explained as this kind."""
    return code in _KINDS
