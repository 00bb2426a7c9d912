"""The statement of a document with its schedule: as JSON, and as a PDF that a driver understands."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from batconnect.core.api.printed import Printed, PrintedKind, register_printed
from batconnect.core.files.exports.columns import printed
from batconnect.core.files.exports.letterhead import letterhead
from batconnect.core.files.exports.pdf import render_pdf
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import now, today
from batconnect.core.kernel.money import ZERO, format_amount
from batconnect.core.mailing.kinds import About, MailedKind, register_mailed
from ledger.repayment.errors import not_found
from ledger.repayment.querysets import ScheduleRow, find_document
from ledger.repayment.shapes import DocumentShape


@dataclass(frozen=True, slots=True)
class Statement:
    """How a kind's documents are printed: `word` says what one is, `amount_label` what its amount is.

    `facts` are the label and value pairs of a row that only the kind has; they stand after those of the debtor.
    """

    shape: DocumentShape
    word: str
    amount_label: str
    facts: Callable[[Mapping[str, Any]], Sequence[tuple[str, Any]]]

    def printed(self, *, actor: Actor, row: Mapping[str, Any], document: Mapping[str, Any]) -> Printed:
        """The statement of a list's row as a PDF. Raises PdfUnavailable (501)."""
        context = self._context(actor, row, document)
        return Printed(f"{row['number']}.pdf", render_pdf("pdf/schedule.html", context, actor=actor))

    def register(self) -> PrintedKind:
        """Make it printable by link, and let it be sent by mail."""
        kind = self.shape.kind

        def by_number(actor: Actor, number: str) -> Printed:
            row, schedule = find_document(actor=actor, kind=kind, number=number)
            document = schedule_document(head=self.shape.detail(row), rows=schedule)
            return self.printed(actor=actor, row=row, document=document)

        def about(actor: Actor, number: str) -> About:
            documents = kind.document.objects.select_related("customer")
            document = documents.filter(company_id=actor.company_id, number=number.strip().upper()).first()
            if document is None:
                raise not_found(kind.noun, number)
            return About(
                title=f"{self.word} {document.number}",
                name=document.customer.name,
                address=document.customer.email,
                customer_id=document.customer_id,
                case_no=document.case_no,
            )

        printed_kind = PrintedKind(f"{kind.app}.statement", f"{kind.app}.view", by_number)
        register_mailed(MailedKind(printed_kind, f"{self.word} with its schedule", about))
        return register_printed(printed_kind)

    def _context(self, actor: Actor, row: Mapping[str, Any], document: Mapping[str, Any]) -> dict[str, Any]:
        facts = (
            ("Driver", row["driver_name"]),
            ("TLC license", row["tlc_license"]),
            ("Lease", row["lease_no"]),
            ("Medallion", row["medallion_no"]),
            *self.facts(row),
            ("Installments paid", f"{row['installments_paid']} of {row['installment_count']}"),
        )
        return {
            **letterhead(actor=actor),
            "title": f"{self.word} {row['number']}",
            "word": self.word,
            "number": row["number"],
            "document": document,
            "fact_lines": [facts[place : place + 4] for place in range(0, len(facts), 4)],
            "rows": _printed_rows(actor, document),
            "amount_label": self.amount_label,
            "amount": format_amount(row["amount"]),
            "has_interest": bool(row.get("interest_rate")),
            "totals": {
                name: format_amount(document[name])
                for name in (
                    "total_principal",
                    "total_interest",
                    "total_due",
                    "total_paid",
                    "remaining_balance",
                )
            },
            "owed_now": format_amount(document["outstanding_now"]),
            "printed_at": printed(now(), "instant", ZoneInfo(actor.company.time_zone)),
            "printed_by": actor.name,
        }


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


def _printed_rows(actor: Actor, document: Mapping[str, Any]) -> list[dict[str, Any]]:
    current = today(actor.company)
    return [
        {
            **row,
            "principal": format_amount(row["principal_amount"]),
            "interest": format_amount(row["interest_amount"]),
            "total": format_amount(row["total_due"]),
            "balance_left": format_amount(row["balance"]),
            "state": installment_state(document, row, current),
            "short": row["installment_id"].rsplit("-", 1)[-1],
        }
        for row in document["installments"]
    ]


def installment_state(document: Mapping[str, Any], row: Mapping[str, Any], current: Any) -> str:
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
