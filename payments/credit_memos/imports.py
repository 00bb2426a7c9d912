"""Credit memos from a file: each row credits an item."""

from __future__ import annotations

from typing import Final

from batconnect.core.approvals.messages import describe_waiting
from batconnect.core.files import cells
from batconnect.core.files.cells import BadCell
from batconnect.core.files.imports import BadCells, Column, ImportReport, Row, RowByRow
from batconnect.core.kernel.actors import Actor
from ledger.chart import Category
from ledger.models import Obligation
from ledger.rules.categories import UnknownCategory, parse_category
from payments.credit_memos.services.issuing import MemoRequest, issue_credit_memo
from payments.models import CreditMemo


def _category(cell: str, actor: Actor) -> Category:
    try:
        return parse_category(cell)
    except UnknownCategory as error:
        raise BadCell(str(error)) from error


class CreditMemoImport(RowByRow):
    """A row credits an obligation; a memo of the same item, amount and reason is left alone."""

    name = "credit_memos"
    told = (
        "Credit tolls, violations, fees and other items that are wrong. A row whose item has a credit memo of the same "
        "amount and reason is left alone; one above the company's limit waits for another user."
    )
    permission = "payments.credit"
    done, planned = "credited", "to credit"
    columns = (
        Column("category", _category, required=True, help="EZPass, PVB, …", examples=("EZPASS", "INVOICE")),
        Column(
            "reference_id",
            cells.text(60, required=True),
            required=True,
            help="of the item; of an invoice its number",
            examples=("EZ-8841", "INV-2026-001"),
        ),
        Column("amount", cells.amount, help="all that is left if empty", examples=("26.50", "")),
        Column(
            "reason",
            cells.text(500, required=True),
            required=True,
            help="10 to 500 characters",
            examples=("The toll was another car's.", "Billed twice."),
        ),
    )

    def make(self, *, actor: Actor, row: Row, report: ImportReport) -> None:
        category: Category = row["category"]
        item = Obligation.objects.filter(
            company_id=actor.company_id, category=category.value, reference_id=row["reference_id"]
        ).first()
        if item is None:
            raise BadCells({"reference_id": f"There is no {category.label} {row['reference_id']}."})
        same = CreditMemo.objects.filter(
            company_id=actor.company_id, obligation=item.id, reason=row["reason"].strip()
        ).exclude(status=CreditMemo.Status.VOIDED)
        if row["amount"] is not None:
            same = same.filter(amount=row["amount"])
        if same.exists():
            report.existing += 1
            return
        request = MemoRequest(reason=row["reason"], amount=row["amount"], obligation_id=item.id)
        issued = issue_credit_memo(actor=actor, request=request)
        if issued.memo is None:
            assert issued.request is not None
            report.warnings.append(f"Line {row.line}: {describe_waiting(issued.request)}")
            return
        report.created += 1
        report.total += issued.amount


CREDIT_MEMOS: Final = CreditMemoImport()
