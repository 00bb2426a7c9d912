"""The one step by which every kind of document is made: find the driver, enter it (docs/domain.md#cases)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from batconnect.core.kernel.words import format_count
from cases.flow import Step, StepContext, StepGroup, StepResult, Submit, Transition
from cases.states import State
from ledger.repayment.kinds import RepaidKind
from ledger.repayment.services.opening import DocumentPlan
from ledger.repayment.services.trail import made_entity, made_summary
from ledger.repayment.shapes import driver_with_leases, made_rows


def find_driver_and_leases(context: StepContext) -> Mapping[str, Any]:
    """The driver who holds the TLC license, and the active leases driven as primary driver."""
    return driver_with_leases(actor=context.actor, tlc_license=context.params.get("tlc_license_no", ""))


def entry_steps(kind: RepaidKind, *, step_id: str, schema: str, submit: Submit) -> tuple[StepGroup, ...]:
    """The steps of the kind's flow: `schema` is the form, `submit` makes the document."""
    name = f"Enter {kind.noun.capitalize()} Details"
    step = Step(
        step_id,
        f"Process - {name}",
        operation="process",
        schema=schema,
        fetch=find_driver_and_leases,
        parameters=("tlc_license_no",),
        submit=submit,
    )
    return (StepGroup(name, (step,)),)


def entered(kind: RepaidKind, step_id: str, *, guards: str) -> Transition:
    """The step closes the case."""
    return Transition(
        step_id,
        State.OPEN,
        State.CLOSED,
        "the step's groups",
        guards,
        f"the {kind.noun}, its schedule, the opening entry",
    )


def made(kind: RepaidKind, document: Any, installments: Sequence[Any], *, subject: str) -> StepResult:
    """What the step answers, and what the case keeps of the document."""
    return StepResult(
        message=f"{kind.document_label} {document} created with "
        f"{format_count(document.installment_count, 'installment')}.",
        payload={
            kind.number_field: document.number,
            "status": document.status,
            kind.amount_field: document.amount,
            "installments": made_rows(document, installments),
        },
        entities=[made_entity(kind, document)],
        subject=subject,
        summary=made_summary(kind, document),
    )


def subject_of(plan: DocumentPlan) -> str:
    """By what people find the case."""
    return f"{plan.driver.customer.name}, {plan.lease.lease_id}"
