"""What of the books is watched (docs/operations.md#watching)."""

from __future__ import annotations

from typing import Any, Final

from django.db import connection

from batconnect.core.jobs.figures import declare_figure
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import local_date, now
from ledger.models import LedgerVerification
from ledger.repayment.kinds import repaid_kinds

# The conditions of the index of what waits to be posted, word for word. What fell due today has until tonight.
_UNPOSTED: Final = """
select count(*) from {installments} i
where i.company_id = %(company)s::uuid and i.status = 'Scheduled' and not i.is_suspended
  and i.due_date < %(day)s::date
"""


def _unposted_dues(actor: Actor) -> int:
    values: dict[str, Any] = {"company": actor.company_id, "day": local_date(actor.company, now())}
    counted = 0
    with connection.cursor() as cursor:
        for kind in repaid_kinds():
            cursor.execute(_UNPOSTED.format(installments=kind.tables[1]), values)
            counted += cursor.fetchone()[0]
    return counted


def _differences(actor: Actor) -> int:
    last = _last_verification(actor)
    return last.differences if last else 0


def _verification_age(actor: Actor) -> int:
    last = _last_verification(actor)
    return int((now() - last.finished_at).total_seconds()) if last else 0


def _last_verification(actor: Actor) -> LedgerVerification | None:
    return LedgerVerification.objects.filter(company_id=actor.company_id).order_by("-id").first()


declare_figure(
    name="dues_unposted",
    help="Installments that were due before today and are not posted, over all companies.",
    measure=_unposted_dues,
)
declare_figure(
    name="ledger_differences",
    help="What the last verification of each company's books found: entries off balance, figures off their postings.",
    measure=_differences,
)
declare_figure(
    name="verification_age_seconds",
    help="How long ago the books were verified that were verified least recently.",
    measure=_verification_age,
    over=max,
)
