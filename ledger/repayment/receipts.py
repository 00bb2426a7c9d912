"""The statement of a document with its schedule, as a PDF that a driver understands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from batconnect.core.files.exports.columns import printed
from batconnect.core.files.exports.letterhead import letterhead
from batconnect.core.files.exports.pdf import render_pdf
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import now, today
from batconnect.core.kernel.money import ZERO, format_amount
from ledger.repayment.querysets import ScheduleRow


def schedule_document(*, head: Mapping[str, Any], rows: Sequence[ScheduleRow]) -> dict[str, Any]:
    """The statement as JSON: the document's head, its schedule and the sums below it."""
    return {
        **head,
        "installments": [row.shape() for row in rows],
        "total_principal": sum((row.principal_amount for row in rows), ZERO),
        "total_interest": sum((row.interest_amount for row in rows), ZERO),
        "total_due": sum((row.total_due for row in rows), ZERO),
        "outstanding_now": sum((row.outstanding for row in rows), ZERO),
    }


def schedule_pdf(
    *,
    actor: Actor,
    word: str,
    document: Mapping[str, Any],
    number: str,
    facts: Sequence[tuple[str, Any]],
    amount_label: str,
    has_interest: bool,
) -> bytes:
    """The statement as a PDF. `facts` are label and value pairs, four a line. Raises PdfUnavailable (501)."""
    from zoneinfo import ZoneInfo

    zone = ZoneInfo(actor.company.time_zone)
    current = today(actor.company)
    rows = [
        {
            **row,
            "principal": format_amount(row["principal_amount"]),
            "interest": format_amount(row["interest_amount"]),
            "total": format_amount(row["total_due"]),
            "balance_left": format_amount(row["balance"]),
            "state": _state(document, row, current),
            "short": row["installment_id"].rsplit("-", 1)[-1],
        }
        for row in document["installments"]
    ]
    context = {
        **letterhead(actor=actor),
        "title": f"{word} {number}",
        "word": word,
        "number": number,
        "document": document,
        "fact_lines": [facts[place : place + 4] for place in range(0, len(facts), 4)],
        "rows": rows,
        "amount_label": amount_label,
        "amount": format_amount(document["amount"]),
        "has_interest": has_interest,
        "totals": {
            name: format_amount(document[name])
            for name in ("total_principal", "total_interest", "total_due", "total_paid", "remaining_balance")
        },
        "owed_now": format_amount(document["outstanding_now"]),
        "printed_at": printed(now(), "instant", zone),
        "printed_by": actor.name,
    }
    return render_pdf("pdf/schedule.html", context, actor=actor)


def _state(document: Mapping[str, Any], row: Mapping[str, Any], current: Any) -> str:
    """What the driver reads beside an installment."""
    if row["status"] == "Scheduled":
        if document["status"] == "Cancelled":
            return "cancelled"
        return "on hold" if document["status"] == "Hold" else "to come"
    if row["status"] == "Paid":
        return (
            "paid"
            if row["paid_amount"] == row["total_due"]
            else f"{format_amount(row['paid_amount'])} paid, rest waived"
        )
    left = format_amount(row["outstanding"])
    return f"{left} overdue" if row["due_date"] < current else f"{left} due"
