"""Reads of loans that have a name."""

from __future__ import annotations

from typing import Any

from django.db.models import F, QuerySet

from batconnect.core.actors import Actor
from ledger.repayment.querysets import ScheduleRow, documents, schedule_of
from ledger.repayment.services.states import not_found
from loans.kind import LOANS


def loans(*, actor: Actor) -> QuerySet[Any, dict[str, Any]]:
    """Every loan as a row; see `ledger.repayment.querysets.documents`."""
    return documents(
        actor=actor,
        kind=LOANS,
        own=("interest_rate", "loan_date"),
        matrix_version=F("matrix__version"),
    )


def find_loan(*, actor: Actor, loan_id: str) -> tuple[dict[str, Any], list[ScheduleRow]]:
    """One loan's row and its schedule, in two statements. Raises NotFound, also for another company's."""
    row = loans(actor=actor).filter(number=loan_id.strip().upper()).first()
    if row is None:
        raise not_found(LOANS, loan_id)
    return row, schedule_of(actor=actor, kind=LOANS, document_id=row["document_id"], amount=row["amount"])
