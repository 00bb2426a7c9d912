"""Opening a document: its row, its whole schedule and its opening entry, in one statement."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from batconnect.core.database.numbers import take
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from ledger.postings import EntryDraft
from ledger.repayment.kinds import RepaidKind
from ledger.repayment.rules import PlannedInstallment
from ledger.services.journal import post_entries


def open_document(
    *, actor: Actor, kind: RepaidKind, document: Any, plan: Sequence[PlannedInstallment], entry: EntryDraft
) -> list[Any]:
    """Number the unsaved document, write it with its schedule and its entry; its installments, in order.

    The caller has checked everything. Numbers are taken last: no other lock is taken after them.
    """
    (number,) = take(kind.series, company_id=actor.company_id, day=today(actor.company))
    document.number, document.number_order = number
    document.installment_count = len(plan)
    rows = [_row(actor, kind, document, planned) for planned in plan]
    post_entries(actor=actor, drafts=[entry], rows=[[document], rows])
    document._state.adding = False
    return rows


def _row(actor: Actor, kind: RepaidKind, document: Any, planned: PlannedInstallment) -> Any:
    return kind.installment(
        company_id=actor.company_id,
        number=planned.number,
        installment_id=f"{document.number}-{planned.number:02d}",
        week_start_date=planned.due_date,
        due_date=planned.due_date,
        **{kind.parent_column: document.id},
        **{column: getattr(planned, column) for _, column in kind.credits},
    )
