"""What of payments is sealed: each allocation as it was made (docs/seals.md#what-is-sealed).

Its voids and refunds are entries, and sealed as such.
"""

from __future__ import annotations

from typing import Final

from batconnect.core.sealing.kinds import SealedKind, instant_sql

ALLOCATION: Final = SealedKind(
    name="allocation",
    table="payment_allocations",
    content=(
        "jsonb_build_array('allocation', r.id, r.operation_id, r.line, r.payment_id, r.memo_id, r.obligation_id,"
        " r.amount::text, r.discount_amount::text, r.discount_percent::text, r.discount_reason, r.allocation_date,"
        " r.strategy, r.decision, r.outstanding_after::text, r.notes, r.created_by_id,"
        f" {instant_sql('r.created_at')})"
    ),
    dated="r.created_at",
)
