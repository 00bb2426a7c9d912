"""Reads of loans that have a name."""

from __future__ import annotations

from typing import Any

from django.db.models import F, QuerySet

from batconnect.core.kernel.actors import Actor
from ledger.repayment.errors import not_found
from ledger.repayment.querysets import ScheduleRow, schedule_of, with_document_columns
from loans.kind import LOANS
from loans.models import DriverLoan


def loans(*, actor: Actor) -> QuerySet[Any, Any]:
    """Every loan of the company, to be filtered and counted."""
    return DriverLoan.objects.filter(company_id=actor.company_id)


def with_loan_columns(rows: QuerySet[Any, Any]) -> QuerySet[Any, dict[str, Any]]:
    """The loans as rows; see `ledger.repayment.querysets.with_document_columns`."""
    return with_document_columns(
        rows,
        kind=LOANS,
        fields=("interest_rate", "loan_date"),
        matrix_version=F("matrix__version"),
    )


def find_loan(*, actor: Actor, loan_id: str) -> tuple[dict[str, Any], list[ScheduleRow]]:
    """One loan's row and its schedule, in two statements. Raises NotFound, also for a loan of another company."""
    matching = loans(actor=actor).filter(number=loan_id.strip().upper())
    row = with_loan_columns(matching).first()
    if row is None:
        raise not_found(LOANS.noun, loan_id)
    return row, schedule_of(actor=actor, kind=LOANS, document_id=row["document_id"], amount=row["amount"])
