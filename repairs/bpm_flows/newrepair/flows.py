"""The flow of repair invoices, `RPRINV`.

Rule: docs/domain.md#cases, docs/domain.md#repairs, docs/seeds.md#vehicle-repairs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from cases.flow import MANAGED, CreatedEntity, Flow, Step, StepContext, StepGroup, StepResult, Transition
from cases.registry import register
from cases.states import State
from ledger.repayment.shapes import driver_with_leases
from repairs.inputs import read_repair
from repairs.kind import REPAIRS
from repairs.services import make_repair, plan_repair
from repairs.shapes import made_rows

ENTER_DETAILS: Final = "REPAIR_ENTER_DETAILS"


def find_driver_and_leases(context: StepContext) -> Mapping[str, Any]:
    """The driver who holds the TLC license, and the active leases driven as primary driver."""
    return driver_with_leases(actor=context.actor, tlc_license=context.params.get("tlc_license_no", ""))


def enter_details(context: StepContext) -> StepResult:
    """Make the repair with its schedule; the case closes."""
    sent = read_repair(context.data)
    plan = plan_repair(actor=context.actor, **sent.terms)
    made = make_repair(actor=context.actor, plan=plan, notes=sent.notes, case_no=context.case.case_no)
    repair = made.repair
    return StepResult(
        message=f"Repair invoice {repair.number} created with {repair.installment_count} installments.",
        payload={
            "repair_id": repair.number,
            "status": repair.status,
            "total_amount": repair.amount,
            "installments": made_rows(repair, made.installments),
        },
        entities=[CreatedEntity("repair_invoice", repair.number, f"{REPAIRS.url}/{repair.number}")],
        subject=f"{plan.driver.customer.name}, {plan.lease.lease_id}",
        summary={
            "repair_id": repair.number,
            "invoice_number": repair.invoice_number,
            "amount": repair.amount,
            "installments": repair.installment_count,
        },
    )


@register
class NewRepair(Flow):
    """One step: find the driver, enter the workshop's invoice."""

    code = "RPRINV"
    name = "Vehicle repair"
    prefix = "RPRINV"
    steps = (
        StepGroup(
            "Enter Repair Details",
            (
                Step(
                    ENTER_DETAILS,
                    "Process - Enter Repair Details",
                    operation="process",
                    schema="newrepair/schemas/enter_details.json",
                    fetch=find_driver_and_leases,
                    parameters=("tlc_license_no",),
                    submit=enter_details,
                ),
            ),
        ),
    )
    transitions = (
        Transition(
            ENTER_DETAILS,
            State.OPEN,
            State.CLOSED,
            "the step's groups",
            "active lease of the driver, an invoice not entered before, a Sunday",
            "the repair, its schedule, the opening entry",
        ),
        *MANAGED,
    )
