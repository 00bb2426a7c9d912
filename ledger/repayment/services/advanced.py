"""What a credit memo of an installment debits in place of the principal that its document had advanced.

Rule: docs/domain.md#credit-memos, docs/domain.md#hand-over.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Sum

from batconnect.core.database.transactions import reads
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.money import ZERO
from ledger.chart import DISBURSEMENTS_PAYABLE, OPENING_BALANCES, PRIOR_YEAR_CORRECTIONS
from ledger.models import Posting
from ledger.repayment.kinds import RepaidKind
from ledger.repayment.models import RepaidDocument
from ledger.sources import Advanced


def in_place_of(account: str) -> str:
    """Where what a document's opening credited is taken back: opening balances are locked since."""
    return PRIOR_YEAR_CORRECTIONS if account == OPENING_BALANCES else account


@reads
def read_advanced(*, actor: Actor, kind: RepaidKind, installment_id: UUID) -> Advanced:
    """What the opening of the installment's document had credited.

    While the principal has been given, as that of a document opened with the books has, nothing of it can be
    credited. Whoever holds the lock of the installment's
    obligation reads what stays so: giving the principal locks all of the document's first.
    """
    installment = kind.installment.objects.select_related(kind.parent).get(
        company_id=actor.company_id, id=installment_id
    )
    document = getattr(installment, kind.parent)
    account, item_id = (
        Posting.objects.filter(
            company_id=actor.company_id,
            entry__source_type=kind.opened,
            entry__source_id=str(document.id),
            entry__event=kind.opened_event,
            amount__lt=0,
        )
        .order_by("line")
        .values_list("account__code", "item_id")[0]
    )
    is_opening = account == OPENING_BALANCES
    given = bool(kind.given_column) and (is_opening or getattr(document, kind.given_column) is not None)
    cancelled = document.status == RepaidDocument.Status.CANCELLED
    return Advanced(
        in_place_of(account),
        item_id,
        limit=ZERO if given else None,
        document_id=document.id,
        final=f"{document.number} is over: it was closed, and nothing of it is owed" if cancelled else "",
    )


@reads
def credited_of_principal(*, actor: Actor, document: Any) -> Decimal:
    """What credit memos of the document's installments have debited of its principal, which is not to be given."""
    total: Decimal | None = Posting.objects.filter(
        company_id=actor.company_id,
        entry__customer=document.customer_id,
        entry__operation_id=document.id,
        account__code=DISBURSEMENTS_PAYABLE,
    ).aggregate(total=Sum("amount"))["total"]
    return total or ZERO
