"""Changing a schedule: rows are withdrawn and others take their place, in one statement with what it posts.

Rule: docs/domain.md#prepayment.

What a row was never changes, so that everybody sees later what the schedule had been. The database holds the rows in
force against the document's amount when the statement ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django.db.models import Max, QuerySet

from batconnect.core.database.rows import Change
from batconnect.core.database.transactions import joins_transaction, reads
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.money import ZERO
from ledger.postings import EntryDraft
from ledger.repayment.kinds import RepaidKind
from ledger.repayment.models import Installment, RepaidDocument
from ledger.repayment.rules import Prepaid, interest_anew, take_off
from ledger.services.journal import post_entries

_SCHEDULED, _POSTED, _PAID = (
    Installment.Status.SCHEDULED,
    Installment.Status.POSTED,
    Installment.Status.PAID,
)
_WITHDRAW: Final = """
update {installments} set status = 'Withdrawn', is_suspended = false
where company_id = %s::uuid and id = any(%s::uuid[])
"""
_LOWER: Final = """
update {documents} set amount = amount - %s::numeric, adjusted = adjusted + %s::numeric,
  adjustments = adjustments + %s::smallint, installment_count = installment_count + %s::smallint
where company_id = %s::uuid and id = %s::uuid
"""


@dataclass(frozen=True, slots=True)
class NewRow:
    """A row that joins a schedule; `week` is the Sunday of its week, `prepaid_on` the day of a prepayment."""

    due: date
    week: date
    principal: Decimal
    interest: Decimal = ZERO
    prepaid_on: date | None = None


@reads
def rows_in_force(*, actor: Actor, kind: RepaidKind, document: Any) -> QuerySet[Any, Any]:
    """The document's rows but those withdrawn, in the order in which they fall due."""
    rows: QuerySet[Any, Any] = kind.installment.objects.filter(
        company_id=actor.company_id, **{kind.parent: document.id}
    )
    return rows.exclude(status=Installment.Status.WITHDRAWN).order_by("due_date", "number")


@joins_transaction
def lock_scheduled(*, actor: Actor, kind: RepaidKind, document: Any) -> list[Any]:
    """The rows that wait to be posted, locked. A posting run skips them; what it posted before is seen here."""
    rows = rows_in_force(actor=actor, kind=kind, document=document).filter(status=_SCHEDULED)
    return list(rows.select_for_update(no_key=True, of=("self",)))


@reads
def interest_since(*, actor: Actor, kind: RepaidKind, document: Any, without: Sequence[Any] = ()) -> date:
    """The day up to which the document's interest has been earned: the last due date of its posted rows, or the
    document's date. A prepayment bears no interest; the rows `without` are left out of account."""
    rows = rows_in_force(actor=actor, kind=kind, document=document).filter(status__in=[_POSTED, _PAID])
    if kind.bears_interest:
        rows = rows.filter(prepaid_on__isnull=True)
    last: date | None = rows.exclude(id__in=[each.id for each in without]).aggregate(day=Max("due_date"))[
        "day"
    ]
    day: date = last or getattr(document, kind.date_column)
    return day


@reads
def prepaid_of(
    *, actor: Actor, kind: RepaidKind, document: Any, without: Sequence[Any] = ()
) -> list[Prepaid]:
    """What has been prepaid of the document, but by the rows `without`."""
    if not kind.bears_interest:
        return []
    rows = rows_in_force(actor=actor, kind=kind, document=document).filter(prepaid_on__isnull=False)
    rows = rows.exclude(id__in=[each.id for each in without])
    return [Prepaid(*row) for row in rows.values_list("prepaid_on", "principal")]


@joins_transaction
def shorten_schedule(
    *,
    actor: Actor,
    kind: RepaidKind,
    document: Any,
    rows: Sequence[Any],
    amount: Decimal,
    draft: EntryDraft | None = None,
    prepaid: NewRow | None = None,
) -> list[str]:
    """Take principal off the end of what is scheduled (`rows`, locked), and make the interest of the rest anew.

    With `prepaid` the principal falls due by that row; without, the document's amount is lowered by it, and `draft`
    says so in the ledger. Returns the ids of the rows that are withdrawn.
    """
    assert (draft is None) != (prepaid is None), "principal is prepaid, or was never lent"
    taken = take_off(principals=[row.principal for row in rows], amount=amount)
    kept, gone = rows[: taken.kept], rows[taken.kept :]
    added = [NewRow(gone[0].due_date, gone[0].week_start_date, taken.rest)] if taken.rest else []
    planned = [(row.due_date, row.principal) for row in (*kept,)]
    planned += [(row.due, row.principal) for row in added]
    if kind.bears_interest:
        steps = prepaid_of(actor=actor, kind=kind, document=document)
        if prepaid is not None:
            steps.append(Prepaid(prepaid.due, prepaid.principal))
        since = interest_since(actor=actor, kind=kind, document=document)
        interests = interest_anew(rows=planned, rate=document.interest_rate, since=since, prepaid=steps)
        added = [
            NewRow(row.due, row.week, row.principal, interest)
            for row, interest in zip(added, interests[len(kept) :], strict=True)
        ]
        _remake_interest(kind, kept, interests)
    replace_rows(
        actor=actor,
        kind=kind,
        document=document,
        withdrawn=gone,
        added=[*added, *([prepaid] if prepaid else [])],
        lowered=amount if prepaid is None else ZERO,
        drafts=[draft] if draft else [],
    )
    return [row.installment_id for row in gone]


@joins_transaction
def replace_rows(
    *,
    actor: Actor,
    kind: RepaidKind,
    document: Any,
    withdrawn: Sequence[Any],
    added: Sequence[NewRow],
    lowered: Decimal = ZERO,
    drafts: Sequence[EntryDraft] = (),
    closes_as: str = "settled",
) -> None:
    """Withdraw rows and add others in one statement, with the entries that belong to it; `lowered` is taken off the
    document's amount. The caller holds the locks on document, rows and the entries' obligations."""
    documents, installments = kind.tables
    last = kind.installment.objects.filter(
        company_id=actor.company_id, **{kind.parent: document.id}
    ).aggregate(number=Max("number"))["number"]
    new = [_row(actor, kind, document, row, last + place) for place, row in enumerate(added, start=1)]
    post_entries(
        actor=actor,
        drafts=drafts,
        rows=[new],
        changes=[
            Change(
                _WITHDRAW.format(installments=installments),
                [actor.company_id, [row.id for row in withdrawn]],
            ),
            Change(
                _LOWER.format(documents=documents),
                [
                    *(lowered, lowered, 1 if lowered else 0, len(new) - len(withdrawn)),
                    *(actor.company_id, document.id),
                ],
            ),
        ],
        closes_as=closes_as,
    )
    document.refresh_from_db(fields=["amount", "adjusted", "adjustments", "installment_count"])


def _row(actor: Actor, kind: RepaidKind, document: Any, row: NewRow, number: int) -> Any:
    own = {"interest": row.interest, "prepaid_on": row.prepaid_on} if kind.bears_interest else {}
    return kind.installment(
        company_id=actor.company_id,
        number=number,
        installment_id=f"{document.number}-{number:02d}",
        week_start_date=row.week,
        due_date=row.due,
        principal=row.principal,
        is_suspended=document.status == RepaidDocument.Status.HOLD,
        **{kind.parent_column: document.id},
        **own,
    )


def _remake_interest(kind: RepaidKind, rows: Sequence[Any], interests: Sequence[Decimal]) -> None:
    changed = []
    for row, interest in zip(rows, interests, strict=False):
        if row.interest != interest:
            row.interest = interest
            changed.append(row)
    kind.installment.objects.bulk_update(changed, ["interest"])
