"""What of the bank is watched (docs/operations.md#watching)."""

from __future__ import annotations

from typing import Any, Final

from django.db import connection

from batconnect.core.jobs.figures import declare_figure
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import local_date, now

# The index of what is open, word for word.
_UNEXPLAINED: Final = """
select count(*) filter (where payment_date < %(day)s::date - %(days)s::int)
from bank_line_parts where company_id = %(company)s::uuid and status = 'open'
"""


def _unexplained(actor: Actor, *, older_than_days: int) -> int:
    values: dict[str, Any] = {
        "company": actor.company_id,
        "day": local_date(actor.company, now()),
        "days": older_than_days,
    }
    with connection.cursor() as cursor:
        cursor.execute(_UNEXPLAINED, values)
        return int(cursor.fetchone()[0])


def _all_unexplained(actor: Actor) -> int:
    return _unexplained(actor, older_than_days=-1)


def _unexplained_for_a_week(actor: Actor) -> int:
    return _unexplained(actor, older_than_days=7)


declare_figure(
    name="bank_lines_unexplained",
    help="Lines of bank statements that nothing explains, over all companies.",
    measure=_all_unexplained,
)
declare_figure(
    name="bank_lines_unexplained_for_a_week",
    help="Those of them that are older than seven days.",
    measure=_unexplained_for_a_week,
)
