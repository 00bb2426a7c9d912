"""Money that comes for a debt that was written off: what it pays is owed again first (docs/domain.md#recoveries)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Final
from uuid import UUID

from django.db import connection

from batconnect.core.audit import audit_event
from batconnect.core.database.transactions import joins_transaction
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.errors import InvalidInput
from batconnect.core.kernel.ids import uuid7
from batconnect.core.kernel.money import format_amount, round_half_up
from ledger import chart
from ledger.errors import ABOVE_WRITTEN_OFF
from ledger.models import Obligation
from ledger.postings import OBLIGATION, WRITE_OFF, debt_recovered
from ledger.services.journal import post_entries

# What write-offs and recoveries of the obligation left on these accounts: not a loss, but owed to others again.
_PASSED_ON: Final = """
select a.code, sum(p.amount)
from ledger_postings o
join ledger_entries e on e.company_id = o.company_id and e.id = o.entry_id and e.source_type = %s
join ledger_postings p on p.company_id = e.company_id and p.entry_id = e.id
join ledger_accounts a on a.company_id = p.company_id and a.id = p.account_id and a.code = any(%s::text[])
where o.company_id = %s::uuid and o.obligation_id = %s::uuid
group by a.code having sum(p.amount) > 0 order by a.code
"""
_OWED_TO_OTHERS: Final = (chart.TAX_PAYABLE, chart.PREMIUMS_PAYABLE)


@joins_transaction
def recover(
    *,
    actor: Actor,
    obligation: Obligation,
    amount: Decimal,
    reason: str,
    field: str = "amount",
    operation_id: UUID | None = None,
) -> UUID:
    """Make a part of what was written off owed again, for the payment that the caller applies next; the entry's id.

    The obligation is locked by the caller; its instance gets the new figures. The shares of tax and premium that the
    write-off released are owed again in proportion, exact at the end. Needs `payments.allocate`. Raises InvalidInput
    400 `above_written_off` at `field`, naming what is written off.
    """
    actor.require("payments.allocate")
    assert amount > 0, "entry points take amounts above zero only"
    if amount > obligation.written_off:
        raise InvalidInput(
            f"{format_amount(amount)} is more than the {format_amount(obligation.written_off)} that is written off of "
            f"{obligation}.",
            code=ABOVE_WRITTEN_OFF,
            field=field,
        )
    draft = debt_recovered(
        recovery_id=uuid7(),
        obligation_id=obligation.id,
        category=obligation.category,
        amount=amount,
        passed_on=_passed_on(actor, obligation, amount),
        currency=obligation.currency,
        on=today(actor.company),
        customer_id=obligation.customer_id,
        lease_id=obligation.lease_id,
        reason=reason,
        operation_id=operation_id,
    )
    trail = audit_event(
        actor=actor,
        action="ledger.recover",
        subject_type=OBLIGATION,
        subject_id=obligation.id,
        reason=reason,
        details={"amount": str(amount)},
    )
    posted = post_entries(actor=actor, drafts=[draft], rows=[[trail]])
    obligation.outstanding = posted.outstanding[obligation.id]
    obligation.written_off -= amount
    obligation.status = Obligation.Status.OPEN
    return draft.id


def _passed_on(actor: Actor, obligation: Obligation, amount: Decimal) -> Sequence[tuple[str, Decimal]]:
    """The same share of tax and premium as was written off, of what is left of both."""
    with connection.cursor() as cursor:
        cursor.execute(_PASSED_ON, [WRITE_OFF, list(_OWED_TO_OTHERS), actor.company_id, obligation.id])
        left = cursor.fetchall()
    return [(code, round_half_up(share * amount / obligation.written_off)) for code, share in left]
