"""What covers DTRs: a payout by hand as a batch of one, and what a return changes (docs/domain.md#payouts)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from django.db import models

from batconnect.core.database.numbers import take
from batconnect.core.database.rows import Change
from batconnect.core.database.transactions import joins_transaction, reads
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import now, today
from batconnect.core.kernel.ids import uuid7
from batconnect.core.kernel.money import ZERO
from batconnect.directory.models import Customer
from ledger.paying.errors import OrderApplies, PayoutReserved
from ledger.paying.models import Payout, PayoutBatch, PayoutItem
from ledger.paying.services.orders import has_orders
from ledger.paying.subjects import BATCH_NUMBERS
from ledger.settlement.models import Dtr
from ledger.treasury.models import BankAccount

_SHOWN: Final = 20
_RETURNED: Final = """
update payout_items set state = 'returned' where company_id = %s::uuid and dtr_id = %s::uuid and state = 'sent'
"""


class Covers:
    """What the settlement asks of the app that keeps payouts (`ledger.settlement.registry`)."""

    @reads
    def refuse_covered(self, *, actor: Actor, dtrs: Sequence[Dtr]) -> None:
        rows = PayoutItem.objects.filter(
            company_id=actor.company_id,
            dtr__in=[dtr.id for dtr in dtrs],
            state=PayoutItem.State.RESERVED,
        )
        reserved = list(
            rows.order_by("dtr__number_order").values_list("dtr__number", "payout__batch__number")
        )
        if reserved:
            named = ", ".join(f"{number} by {batch}" for number, batch in reserved[:_SHOWN])
            raise PayoutReserved(f"Reserved: {named}.")
        taking = has_orders(actor=actor, customer_ids=[dtr.customer_id for dtr in dtrs])
        if taking:
            named = ", ".join(f"{order.customer.name} by {order}" for order in taking)
            raise OrderApplies(f"Orders take part of what is paid: {named}.")

    @joins_transaction
    def rows_by_hand(
        self, *, actor: Actor, dtrs: Sequence[Dtr], bank_account: BankAccount
    ) -> Sequence[Sequence[models.Model]]:
        (number,) = take(BATCH_NUMBERS, company_id=actor.company_id, day=today(actor.company))
        batch = PayoutBatch(
            id=uuid7(),
            company_id=actor.company_id,
            number=number.text,
            way=PayoutBatch.Way.BY_HAND,
            status=PayoutBatch.Status.SENT,
            bank_account_id=bank_account.id,
            currency=bank_account.currency,
            payout_count=len(dtrs),
            total=sum((dtr.due_to_driver for dtr in dtrs), ZERO),
            maker_id=actor.user_id,
            created_by=actor.name,
            sent_by=actor.name,
            sent_at=now(),
            sent_on=dtrs[0].paid_on,
        )
        customers = Customer.objects.filter(
            company_id=actor.company_id, id__in={dtr.customer_id for dtr in dtrs}
        )
        names = dict(customers.values_list("id", "name"))
        payouts = [
            _payout(batch, place, dtr, names[dtr.customer_id]) for place, dtr in enumerate(dtrs, start=1)
        ]
        items = [_item(payout, dtr) for payout, dtr in zip(payouts, dtrs, strict=True)]
        return [[batch], payouts, items]

    @reads
    def changes_of_return(self, *, actor: Actor, dtr: Dtr) -> Sequence[Change]:
        return [Change(_RETURNED, [actor.company_id, dtr.id])]


def _payout(batch: PayoutBatch, place: int, dtr: Dtr, payee: str) -> Payout:
    return Payout(
        id=uuid7(),
        company_id=batch.company_id,
        batch_id=batch.id,
        place=place,
        customer_id=dtr.customer_id,
        payee=payee[:120],
        method=dtr.payment_method,
        amount=dtr.due_to_driver,
        reference=dtr.payment_reference,
    )


def _item(payout: Payout, dtr: Dtr) -> PayoutItem:
    return PayoutItem(
        id=uuid7(),
        company_id=payout.company_id,
        payout_id=payout.id,
        dtr_id=dtr.id,
        amount=dtr.due_to_driver,
        attempt=dtr.returned_payouts + 1,
        state=PayoutItem.State.SENT,
    )
