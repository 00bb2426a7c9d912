"""Loans as one kind of document that is repaid (`ledger.repayment`)."""

from __future__ import annotations

from datetime import time
from typing import Final

from batconnect.core.kernel.money import format_amount
from ledger import chart
from ledger.chart import Category
from ledger.repayment.kinds import RepaidKind
from loans.errors import HandedOver
from loans.models import DriverLoan, LoanInstallment
from loans.subjects import INSTALLMENT, LOAN, LOAN_NUMBERS

ENTER_DETAILS: Final = "LOAN_ENTER_DETAILS"
"""The step of a case that makes the loan."""


def _require_not_given(loan: DriverLoan) -> None:
    """Raise Conflict 409 `handed_over` when the principal has been given."""
    if loan.is_opening:
        raise HandedOver(f"{loan.number} was handed over before the books were opened.")
    if loan.handed_over_id is not None:
        raise HandedOver(
            f"{format_amount(loan.amount)} {loan.currency} has been handed over for {loan.number}: stop that first."
        )


LOANS: Final = RepaidKind(
    app="loans",
    noun="loan",
    label="Driver loan",
    document_label="Driver loan",
    case_type="DRLNS",
    series=LOAN_NUMBERS,
    document=DriverLoan,
    installment=LoanInstallment,
    parent="loan",
    category=Category.LOANS,
    source_type=INSTALLMENT,
    opened=LOAN,
    credits=((chart.LOAN_PRINCIPAL, "principal"), (chart.INTEREST_INCOME, "interest")),
    weekly_order=30,
    weekly_slot=time(4, 45),
    date_column="loan_date",
    guard=_require_not_given,
    guard_errors=("handed_over",),
    given_column="handed_over_id",
    url="/payments/driver-loans",
    amount_field="loan_amount",
    own_columns=("interest_rate", "interest_reason", "loan_date", "is_opening"),
    noted_columns=("interest_rate",),
    planned_columns=("interest_rate", "loan_date"),
    related_columns=(
        ("handed_on", "handed_over__paid_on"),
        ("handed_method", "handed_over__method"),
        ("handed_reference", "handed_over__reference"),
    ),
)
