"""How documents with a schedule look to clients: the rows of docs/api.md#loans-and-repairs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.errors import NotFound
from batconnect.directory.querysets import find_driver_by_license, primary_leases_of
from batconnect.directory.shapes import driver_shape, lease_shape
from ledger.repayment.kinds import RepaidKind
from ledger.repayment.querysets import schedule_row
from ledger.repayment.rules import WEEK, PlannedInstallment, weekly_principal
from ledger.repayment.services.opening import DocumentPlan

INSTALLMENT = (
    "installment_id",
    "due_date",
    "week_start_date",
    "week_end_date",
    "principal_amount",
    "interest_amount",
    "total_due",
    "prior_balance",
    "balance",
    "status",
    "posted_on",
)


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
        shapes.append({name: shape[name] for name in INSTALLMENT})
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
        raise NotFound(
            f"There is no driver with the TLC license {tlc_license[:20]}.",
            code="driver_not_found",
            field="tlc_license_no",
        )
    leases = list(primary_leases_of(driver.pk, on=today(actor.company)))
    if not leases:
        raise NotFound(
            f"{driver.customer.name} has no active lease.", code="lease_not_found", field="tlc_license_no"
        )
    return {"driver": driver_shape(driver), "leases": [lease_shape(lease) for lease in leases]}
