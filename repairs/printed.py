"""A repair's statement as a PDF, for its readers and for links that open it without a token."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from batconnect.core.api.printed import Printed, PrintedKind, register_printed
from batconnect.core.kernel.actors import Actor
from ledger.repayment.receipts import schedule_document, schedule_pdf
from repairs.querysets import find_repair
from repairs.shapes import repair_detail


def printed_repair(*, actor: Actor, row: Mapping[str, Any], document: dict[str, Any]) -> Printed:
    """The statement of the repair of a list's row. Raises PdfUnavailable (501)."""
    pdf = schedule_pdf(
        actor=actor,
        word="Repair",
        document={**document, "amount": row["amount"]},
        number=row["number"],
        facts=(
            ("Driver", row["driver_name"]),
            ("TLC license", row["tlc_license"]),
            ("Lease", row["lease_no"]),
            ("Medallion", row["medallion_no"]),
            ("Invoice", row["invoice_number"]),
            ("Invoice date", row["invoice_date"]),
            ("Workshop", row["workshop_type"]),
            ("Vehicle", f"{row['plate_no']}, {row['vin']}"),
            ("First due", row["start_week"]),
            ("Installments paid", f"{row['installments_paid']} of {row['installment_count']}"),
        ),
        amount_label="Invoice",
        has_interest=False,
    )
    return Printed(f"{row['number']}.pdf", pdf)


def _by_number(actor: Actor, number: str) -> Printed:
    row, schedule = find_repair(actor=actor, repair_id=number)
    return printed_repair(
        actor=actor, row=row, document=schedule_document(head=repair_detail(row), rows=schedule)
    )


REPAIR_STATEMENT = register_printed(PrintedKind("repairs.statement", "repairs.view", _by_number))
