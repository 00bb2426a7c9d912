"""How many things wait behind an entry of the menu: one statement for all of them, each by an index of what waits.

Counting ends at LARGEST: who sees that more wait than fit beside an entry need not know how many.
Rule: docs/adr/0084-menu-of-a-day.md.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

from django.db import connection

from batconnect.core.approvals.kinds import decidable_kinds
from batconnect.core.kernel import clock
from batconnect.core.kernel.actors import Actor
from payments.batches.querysets import first_recent_instant

LARGEST: Final = 99
# By the entry of the menu. Each has the condition of its index, word for word.
_WAITING: Final = {
    "approvals": """
select from approvals where company_id = %(company)s::uuid and status = 'pending_approval'
  and kind = any(%(kinds)s)
""",
    "workbench_queue": """
select from payments where company_id = %(company)s::uuid and unallocated > 0 and status = 'posted'
""",
    "bank.LinePart": """
select from bank_line_parts where company_id = %(company)s::uuid and status = 'open' and direction = 'in'
""",
    "payments.PaymentBatch": """
select from payment_batches where company_id = %(company)s::uuid and created_at >= %(since)s and failed_rows > 0
  and undone_at is null
""",
}
COUNTED: Final = frozenset(_WAITING)
_NAMES: Final = {
    "approvals": "to decide on",
    "workbench_queue": "with cash to apply",
    "bank.LinePart": "not identified",
    "payments.PaymentBatch": "with failed rows",
}


def count_waiting(*, actor: Actor, entries: Collection[str]) -> dict[str, str]:
    """What stands beside each of the entries, `99+` for more; an entry behind which nothing waits is left out."""
    asked = [each for each in _WAITING if each in entries]
    if not asked:
        return {}
    counts_of = [
        f"(select count(*) from ({_WAITING[each]} limit {LARGEST + 1}) found)"  # noqa: S608 - fixed texts of this file
        for each in asked
    ]
    values: dict[str, Any] = {
        "company": actor.company_id,
        "kinds": decidable_kinds(actor),
        "since": first_recent_instant(actor.company, clock.today(actor.company)),
    }
    with connection.cursor() as cursor:
        cursor.execute(f"select {', '.join(counts_of)}", values)
        counts = cursor.fetchone()
    return {
        each: f"{LARGEST}+" if count > LARGEST else str(count)
        for each, count in zip(asked, counts, strict=True)
        if count
    }


def explain_badge(entry: str) -> str:
    """What the number beside an entry counts, for those who hear the page."""
    return _NAMES.get(entry, "")
