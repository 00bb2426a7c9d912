"""The daily collection of plans with automatic payment (docs/domain.md#payment-plans)."""

from __future__ import annotations

from datetime import date
from typing import Final

import structlog
from django.db import connection, transaction

from batconnect.core.database.transactions import joins_transaction
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.errors import Refusal
from outstanding.querysets import read_summary
from outstanding.rules.modes import OFFLINE
from outstanding.services.paying import pay_installments

_log = structlog.stdlib.get_logger("outstanding.collecting")

# Rows of active plans on which an attempt may be made; the summary says what of them is open.
_DUE: Final = """
select p.renewal_case_id, p.method, s.id
from payment_plans p
join payment_schedules s on s.company_id = p.company_id and s.plan_id = p.id
join cases c on c.company_id = p.company_id and c.id = p.renewal_case_id and c.state in ('Open', 'In Progress')
where p.company_id = %s::uuid and p.status = 'active' and p.auto_payment_enabled and p.method <> all(%s::text[])
  and s.due_date <= %s::date and coalesce(s.next_attempt_on, s.due_date) <= %s::date
order by p.renewal_case_id, s.number
"""


@joins_transaction
def collect_due(*, actor: Actor) -> dict[str, int]:
    """Start a payment for every plan row that is due today or before and may be attempted; returns how many.

    Each has its own savepoint. A row that is paid or in progress is left alone; running it again on the
    same day finds nothing to do.
    """
    day = today(actor.company)
    counts = {"begun": 0, "refused": 0}
    for case_id, rows in _due(actor, day).items():
        listed = {row.id for row in read_summary(actor=actor, case=case_id).rows if not row.is_processing}
        for method, row_id in rows:
            if row_id not in listed:
                continue
            try:
                with transaction.atomic():
                    pay_installments(
                        actor=actor, case=case_id, mode=method, row_ids=[row_id], is_automatic=True
                    )
            except Refusal as refusal:
                _log.warning("collection_refused", case_id=case_id, row=row_id, code=refusal.code)
                counts["refused"] += 1
            else:
                counts["begun"] += 1
    return counts


def _due(actor: Actor, day: date) -> dict[int, list[tuple[str, int]]]:
    with connection.cursor() as cursor:
        cursor.execute(_DUE, [actor.company_id, sorted(OFFLINE), day, day])
        by_case: dict[int, list[tuple[str, int]]] = {}
        for case_id, method, row_id in cursor.fetchall():
            by_case.setdefault(case_id, []).append((method, row_id))
    return by_case
