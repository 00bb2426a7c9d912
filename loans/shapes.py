"""How loans look to clients (docs/api.md#loans-and-repairs)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from batconnect.core.api.answers import Answer, Day, Flag, Listed, Money, Rate, Text, Whole
from ledger.chart import METHODS
from ledger.repayment.shapes import (
    DocumentAnswers,
    DocumentShape,
    PlannedInstallmentShape,
    RepaidDetail,
    RepaidRow,
    ScheduleTotals,
    progress,
    whose,
)
from loans.kind import LOANS


class LoanRow(RepaidRow):
    """A loan in a list."""

    loan_id = Text("DLN-2025-001")
    loan_amount = Money("1200.00")
    interest_rate = Rate("10")
    loan_date = Day("2025-10-01")
    receipt_url = Text(f"{LOANS.url}/DLN-2025-001/receipt")


class LoanDetail(LoanRow, RepaidDetail):
    """A loan with its schedule."""

    interest_reason = Text("Agreed on by the owner.", null=True)
    opening = Flag(False)
    handed_over = Flag(False)
    handed_on = Day(null=True)
    handed_over_by = Text("check 1042", null=True)


class LoanStatement(LoanDetail, ScheduleTotals):
    """The loan's statement."""


class LoanMoved(LoanDetail):
    """What an action made of a loan."""

    message = Text("Driver loan DLN-2025-001 put on hold.")
    warnings = Listed(Text(), [])


class LoanPlan(Answer):
    """The schedule that a loan would have."""

    loan_amount = Money("1200.00")
    interest_rate = Rate("10")
    loan_date = Day("2025-10-01")
    start_week = Day("2025-10-05")
    matrix_version = Whole()
    weekly_principal = Money("250.00")
    total_interest = Money("5.72")
    total_due = Money("1205.72")
    installments = Listed(PlannedInstallmentShape)


def loan_row(row: Mapping[str, Any]) -> dict[str, Any]:
    """A loan in a list."""
    return {
        "loan_id": row["number"],
        "status": row["status"],
        **whose(row),
        "loan_amount": row["amount"],
        "interest_rate": row["interest_rate"],
        "loan_date": row["loan_date"],
        "start_week": row["start_week"],
        **progress(row),
        "receipt_url": f"{LOANS.address(row['number'])}/receipt",
    }


def _more(row: Mapping[str, Any]) -> dict[str, Any]:
    """What a single loan says besides: why its rate is high, and how it was handed over."""
    method, reference = row["handed_method"], row["handed_reference"]
    return {
        "interest_reason": row["interest_reason"] or None,
        "opening": row["is_opening"],
        "handed_over": method is not None or row["is_opening"],
        "handed_on": row["handed_on"],
        "handed_over_by": f"{METHODS.get(method, method)} {reference}".strip() if method else None,
    }


LOAN: Final = DocumentShape(LOANS, loan_row, _more)
ANSWERS: Final = DocumentAnswers(LoanRow, LoanDetail, LoanStatement, LoanMoved, LoanPlan)
