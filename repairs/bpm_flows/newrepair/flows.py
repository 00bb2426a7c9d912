"""The flow of repair invoices, `RPRINV`.

Rule: docs/domain.md#cases, docs/domain.md#repairs, docs/seeds.md#vehicle-repairs.
"""

from __future__ import annotations

from typing import Final

from cases.flow import MANAGED, Flow, StepContext, StepResult
from cases.registry import register
from ledger.repayment.bpm_flows import entered, entry_steps, made, subject_of
from repairs.inputs import read_repair
from repairs.kind import REPAIRS
from repairs.services import make_repair, plan_repair

ENTER_DETAILS: Final = "REPAIR_ENTER_DETAILS"


def enter_details(context: StepContext) -> StepResult:
    """Make the repair with its schedule; the case closes."""
    sent = read_repair(context.data)
    plan = plan_repair(actor=context.actor, **sent.terms)
    repair, installments = make_repair(
        actor=context.actor, plan=plan, notes=sent.notes, case_no=context.case.case_no
    )
    return made(REPAIRS, repair, installments, subject=subject_of(plan))


@register
class NewRepair(Flow):
    """One step: find the driver, enter the workshop's invoice."""

    code = REPAIRS.case_type
    name = REPAIRS.label
    prefix = REPAIRS.case_type
    steps = entry_steps(
        REPAIRS, step_id=ENTER_DETAILS, schema="newrepair/schemas/enter_details.json", submit=enter_details
    )
    transitions = (
        entered(
            REPAIRS,
            ENTER_DETAILS,
            guards="active lease of the driver, an invoice not entered before, a Sunday",
        ),
        *MANAGED,
    )
