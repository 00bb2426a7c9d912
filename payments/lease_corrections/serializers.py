"""The answers of lease corrections."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from django.db.models import F

from batconnect.core.api.answers import Answer, Choice, Day, Flag, Id, Instant, Listed, Money, Text, Whole
from batconnect.core.kernel.money import ZERO
from payments.lease_corrections.errors import LeaseCorrectionNotFound
from payments.lease_corrections.services.proposing import Difference, Proposal
from payments.models import LeaseCorrection, LeaseCorrectionLine

_OWN: Final = (
    *("id", "number", "kind", "day", "driver_id", "weekly_amount", "currency", "charged", "credited"),
    *("reason", "entered_by", "created_at", "undone_at", "undone_by", "undo_reason"),
)
ROW: Final = {"lease_number": F("lease__lease_id"), "lease_key": F("lease_id")}
COLUMNS: Final = (*_OWN, *ROW)


class DifferenceRow(Answer):
    """A driver's week by the terms before (`was`) and since (`due`)."""

    week = Day()
    driver_id = Whole(101)
    driver_number = Text("DRV-101")
    driver_name = Text("John Doe")
    was = Money("500.00")
    due = Money("214.29")
    charge = Money(help_text="What is raised in addition.")
    credit = Money("285.71", help_text="What is credited.")
    kept = Money(help_text="What is not credited, as it was credited or written off before.")


class ProposalDocument(Answer):
    """What a change of a lease over settled weeks comes to; `proposal` is sent back to have exactly this done."""

    proposal = Text("6f" * 32)
    lease_id = Text("LS-2054")
    lease_id_pk = Whole(2054)
    charges = Money("285.71")
    credits = Money("285.71")
    differences = Listed(DifferenceRow)


class CorrectionRow(Answer):
    """A correction of a lease's settled weeks."""

    id = Id("d7")
    number = Text("LCR-2026-001")
    kind = Choice(LeaseCorrection.Kind)
    lease_id = Text("LS-2054")
    lease_id_pk = Whole(2054)
    day = Day()
    driver_id = Whole(102, null=True)
    weekly_amount = Money("600.00", null=True)
    currency = Text("USD")
    charged = Money("285.71")
    credited = Money("285.71")
    reason = Text("She drove it from Wednesday on.")
    entered_by = Text("Mara")
    created_at = Instant()
    is_undone = Flag(False)
    undone_at = Instant(null=True)
    undone_by = Text()
    undo_reason = Text()


class CorrectionLineRow(Answer):
    """What was raised in addition (above zero), or credited by a memo (below zero)."""

    week = Day()
    driver_id = Whole(101)
    driver_number = Text("DRV-101")
    was = Money("500.00")
    due = Money("214.29")
    amount = Money("-285.71")
    obligation_id = Id("b1")
    reference_id = Text("LS-2054-2026-01-04")
    credit_memo_id = Id("c7", null=True)
    credit_memo_number = Text("CRM-2026-001", null=True)


class CorrectionDocument(CorrectionRow):
    """A correction with each charge and memo."""

    lines = Listed(CorrectionLineRow)


def proposal_document(proposal: Proposal) -> dict[str, Any]:
    """The proposal as it is answered."""
    return {
        "proposal": proposal.digest,
        "lease_id": proposal.lease.lease_id,
        "lease_id_pk": proposal.lease.pk,
        "charges": proposal.charges,
        "credits": proposal.credits,
        "differences": [_difference_row(each) for each in proposal.differences],
    }


def _difference_row(each: Difference) -> dict[str, Any]:
    return {
        "week": each.week,
        "driver_id": each.driver.pk,
        "driver_number": each.driver.driver_id,
        "driver_name": each.driver.customer.name,
        "was": each.was,
        "due": each.due,
        "charge": each.charge,
        "credit": each.credited,
        "kept": each.kept if each.due < each.was else ZERO,
    }


def correction_row(row: dict[str, Any]) -> dict[str, Any]:
    """A row of the list, of the columns COLUMNS."""
    shown = {name: row[name] for name in _OWN}
    return shown | {
        "lease_id": row["lease_number"],
        "lease_id_pk": row["lease_key"],
        "is_undone": row["undone_at"] is not None,
    }


def correction_document(*, company_id: UUID, correction_id: UUID) -> dict[str, Any]:
    """One correction with its lines. Raises LeaseCorrectionNotFound (404)."""
    rows: Any = LeaseCorrection.objects.filter(company_id=company_id, id=correction_id)
    row = rows.values(*_OWN, **ROW).first()
    if row is None:
        raise LeaseCorrectionNotFound("There is no such lease correction.")
    lines = LeaseCorrectionLine.objects.filter(company_id=company_id, correction=correction_id)
    lines = lines.select_related("driver", "obligation", "memo").order_by("place")
    return correction_row(row) | {"lines": _line_rows(list(lines))}


def _line_rows(lines: Sequence[LeaseCorrectionLine]) -> list[dict[str, Any]]:
    return [
        {
            "week": line.week,
            "driver_id": line.driver_id,
            "driver_number": line.driver.driver_id,
            "was": line.was,
            "due": line.due,
            "amount": line.amount,
            "obligation_id": line.obligation_id,
            "reference_id": line.obligation.reference_id,
            "credit_memo_id": line.memo_id,
            "credit_memo_number": line.memo.number if line.memo else None,
        }
        for line in lines
    ]
