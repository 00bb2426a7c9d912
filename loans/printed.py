"""A loan's statement as a PDF, for its readers and for links that open it without a token."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from batconnect.core.api.printed import Printed, PrintedKind, register_printed
from batconnect.core.kernel.actors import Actor
from ledger.repayment.receipts import schedule_document, schedule_pdf
from loans.querysets import find_loan
from loans.shapes import loan_detail


def printed_loan(*, actor: Actor, row: Mapping[str, Any], document: dict[str, Any]) -> Printed:
    """The statement of the loan of a list's row. Raises PdfUnavailable (501)."""
    pdf = schedule_pdf(
        actor=actor,
        word="Driver loan",
        document={**document, "amount": row["amount"]},
        number=row["number"],
        facts=(
            ("Driver", row["driver_name"]),
            ("TLC license", row["tlc_license"]),
            ("Lease", row["lease_no"]),
            ("Medallion", row["medallion_no"]),
            ("Loan date", row["loan_date"]),
            ("First due", row["start_week"]),
            ("Interest", f"{row['interest_rate'].normalize():f} % a year"),
            ("Installments paid", f"{row['installments_paid']} of {row['installment_count']}"),
        ),
        amount_label="Lent",
        has_interest=row["interest_rate"] > 0,
    )
    return Printed(f"{row['number']}.pdf", pdf)


def _by_number(actor: Actor, number: str) -> Printed:
    row, schedule = find_loan(actor=actor, loan_id=number)
    return printed_loan(
        actor=actor, row=row, document=schedule_document(head=loan_detail(row), rows=schedule)
    )


LOAN_STATEMENT = register_printed(PrintedKind("loans.statement", "loans.view", _by_number))
