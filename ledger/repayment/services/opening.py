"""Opening a document: its row, its whole schedule and its opening entry, in one statement."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from batconnect.core.database.numbers import NUMBERS_PER_YEAR, format_number, take_numbers
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from ledger.postings import EntryDraft
from ledger.repayment.kinds import RepaidKind
from ledger.repayment.rules import PlannedInstallment
from ledger.services.journal import post_entries

NUMBER_DIGITS: Final = 3


def open_document(
    *, actor: Actor, kind: RepaidKind, document: Any, plan: Sequence[PlannedInstallment], entry: EntryDraft
) -> list[Any]:
    """Number the unsaved document, write it with its schedule and its entry; its installments, in order.

    The caller has checked everything. Numbers are taken last: no other lock is taken after them.
    """
    period = str(today(actor.company).year)
    (number,) = take_numbers(company_id=actor.company_id, series=kind.series, period=period)
    document.number = format_number(kind.series, number, period=period, digits=NUMBER_DIGITS)
    document.number_order = int(period) * NUMBERS_PER_YEAR + number
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
