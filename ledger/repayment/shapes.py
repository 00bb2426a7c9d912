"""How documents with a schedule look to clients: the rows of docs/api.md#loans-and-repairs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from batconnect.core.api.answers import Answer, Day, Id, Instant, Listed, Money, Text, Whole
from batconnect.core.api.printed import PdfLink
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.directory.errors import DriverNotFound, LeaseNotFound
from batconnect.directory.querysets import find_driver_by_license, primary_leases_of
from batconnect.directory.shapes import OnLease, driver_shape, lease_shape
from ledger.repayment.kinds import RepaidKind
from ledger.repayment.querysets import schedule_row
from ledger.repayment.rules import WEEK, PlannedInstallment, weekly_principal
from ledger.repayment.services.opening import DocumentPlan


class PlannedInstallmentShape(Answer):
    """An installment; neither numbered nor posted in a plan."""

    installment_id = Text(null=True)
    due_date = Day("2025-10-05")
    week_start_date = Day("2025-10-05")
    week_end_date = Day("2025-10-11")
    principal_amount = Money("250.00")
    interest_amount = Money("1.32")
    total_due = Money("251.32")
    prior_balance = Money("1200.00")
    balance = Money("950.00")
    status = Text("Planned")
    posted_on = Day(null=True)


class InstallmentShape(PlannedInstallmentShape):
    """A stored installment with what its obligation owes."""

    installment_id = Text("DLN-2025-001-01")
    status = Text("Scheduled")
    paid_amount = Money()
    outstanding = Money("251.32")
    obligation_id = Id("b1", null=True)


class RepaidRow(OnLease):
    """What every document with a schedule says in a list."""

    status = Text("Open")
    driver_id = Whole(101)
    driver_name = Text("John Doe")
    tlc_license = Text("00504124")
    start_week = Day("2025-10-05")
    total_paid = Money("251.32")
    remaining_balance = Money("954.40")
    installments_progress = Text("1/5")
    receipt_url = Text()
    receipt_pdf_url = PdfLink()


class RepaidDetail(Answer):
    """What it says on its own page."""

    currency = Text("USD")
    status_reason = Text()
    notes = Text("Deposit for the apartment.")
    case_no = Text("DRLNS000001")
    matrix_version = Whole(null=True)
    created_by = Text("Merly")
    created_at = Instant()
    installments = Listed(InstallmentShape)


class ScheduleTotals(Answer):
    """The sums of a statement."""

    total_principal = Money("1200.00")
    total_interest = Money("5.72")
    total_due = Money("1205.72")
    outstanding_now = Money()


class DuePosted(Answer):
    """What posting the due installments did."""

    message = Text("3 installments posted.")
    up_to = Day("2025-10-05")
    processed = Whole(4)
    posted = Whole(3)
    skipped = Whole()
    failed = Whole(0)
    amount = Money("753.96")
    failures = Listed(Text(), [], help_text="Ids of installments.")


@dataclass(frozen=True, slots=True)
class DocumentAnswers:
    """What a kind's calls answer."""

    row: type[RepaidRow]
    detail: type[Answer]
    statement: type[Answer]
    moved: type[Answer]
    plan: type[Answer]


@dataclass(frozen=True, slots=True)
class DocumentShape:
    """How a kind's documents look to clients: `row` in a list; `more` is what a single one has besides."""

    kind: RepaidKind
    row: Callable[[Mapping[str, Any]], dict[str, Any]]
    more: Callable[[Mapping[str, Any]], dict[str, Any]] = lambda row: {}

    def detail(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """A single document, without its schedule."""
        return {
            **self.row(row),
            "currency": row["currency"],
            "status_reason": row["status_reason"],
            "notes": row["notes"],
            "case_no": row["case_no"],
            "matrix_version": row["matrix_version"],
            **self.more(row),
            "created_by": row["created_by_name"],
            "created_at": row["created_at"],
        }


def plan_shape(kind: RepaidKind, plan: DocumentPlan) -> dict[str, Any]:
    """A document that could be made, with its schedule."""
    total_due = plan.amount + plan.total_interest
    shown = {name: plan.own[name] for name in kind.planned_columns}
    return {
        kind.amount_field: plan.amount,
        **shown,
        "start_week": plan.start_week,
        "matrix_version": plan.matrix.version,
        "weekly_principal": weekly_principal(amount=plan.amount, bands=plan.matrix.bands),
        **({"total_interest": plan.total_interest} if kind.bears_interest else {}),
        "total_due": total_due,
        "installments": planned_rows(plan.rows),
    }


def planned_rows(rows: Sequence[PlannedInstallment]) -> list[dict[str, Any]]:
    """The rows of a plan, which is neither numbered nor stored."""
    return [
        {
            "installment_id": None,
            "due_date": row.due_date,
            "week_start_date": row.due_date,
            "week_end_date": row.due_date + WEEK - (WEEK / 7),
            "principal_amount": row.principal,
            "interest_amount": row.interest,
            "total_due": row.total_due,
            "prior_balance": row.prior_balance,
            "balance": row.balance,
            "status": "Planned",
            "posted_on": None,
        }
        for row in rows
    ]


def made_rows(document: Any, installments: Sequence[Any]) -> list[dict[str, Any]]:
    """The installments of a document that was just made, in order."""
    left: Decimal = document.amount
    shapes = []
    for installment in installments:
        shape = schedule_row(installment, prior_balance=left).shape()
        shapes.append({name: shape[name] for name in PlannedInstallmentShape.members()})
        left -= installment.principal
    return shapes


def whose(row: Mapping[str, Any]) -> dict[str, Any]:
    """Driver, license, lease and medallion of a document's row."""
    return {
        "driver_id": row["driver_pk"],
        "driver_name": row["driver_name"],
        "tlc_license": row["tlc_license"],
        "lease_id": row["lease_no"],
        "lease_id_pk": row["lease_id_pk"],
        "medallion_no": row["medallion_no"],
    }


def progress(row: Mapping[str, Any]) -> dict[str, Any]:
    """What is paid of a document's row, and what is left."""
    return {
        "total_paid": row["total_paid"],
        "remaining_balance": row["remaining_balance"],
        "installments_progress": f"{row['installments_paid']}/{row['installment_count']}",
    }


def driver_with_leases(*, actor: Actor, tlc_license: str) -> dict[str, Any]:
    """The driver who holds the TLC license and the active leases driven as primary driver; none without a license.

    Raises NotFound 404 `driver_not_found`, `lease_not_found`.
    """
    tlc_license = tlc_license.strip()
    if not tlc_license:
        return {"driver": None, "leases": []}
    driver = find_driver_by_license(tlc_license)
    if driver is None:
        raise DriverNotFound(
            f"There is no driver with the TLC license {tlc_license[:20]}.",
            field="tlc_license_no",
        )
    leases = list(primary_leases_of(driver.pk, on=today(actor.company)))
    if not leases:
        raise LeaseNotFound(f"{driver.customer.name} has no active lease.", field="tlc_license_no")
    return {"driver": driver_shape(driver), "leases": [lease_shape(lease) for lease in leases]}
