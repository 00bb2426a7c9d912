"""The flow of driver loans, `DRLNS`.

Rule: docs/domain.md#cases, docs/domain.md#loans-and-repairs, docs/seeds.md#driver-loans.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from batconnect.core.approvals.messages import describe_waiting
from batconnect.core.models import Approval
from cases.flow import BY_SECOND_PERSON, MANAGED, Flow, Step, StepContext, StepGroup, StepResult, Transition
from cases.registry import register
from cases.states import WAITS, State
from ledger.repayment.shapes import driver_with_leases
from loans.inputs import read_loan
from loans.services.lending import LoanRequest, entity_of, lend, summary_of
from loans.shapes import made_rows

ENTER_DETAILS: Final = "LOAN_ENTER_DETAILS"


def find_driver_and_leases(context: StepContext) -> Mapping[str, Any]:
    """The driver who holds the TLC license, and the active leases driven as primary driver."""
    return driver_with_leases(actor=context.actor, tlc_license=context.params.get("tlc_license_no", ""))


def enter_details(context: StepContext) -> StepResult:
    """Make the loan with its schedule, and the case closes; above the limit it waits for a second person."""
    sent = read_loan(context.data)
    plan, done = lend(
        actor=context.actor, request=LoanRequest(sent.terms, sent.notes), case_no=context.case.case_no
    )
    subject = f"{plan.driver.customer.name}, {plan.lease.lease_id}"
    if isinstance(done, Approval):
        return StepResult(
            message=describe_waiting(done),
            payload={"approval_request_id": done.id, "status": done.status, "loan_amount": plan.amount},
            subject=subject,
            summary={"approval_request_id": str(done.id), "amount": plan.amount},
            waits=WAITS,
        )
    loan = done.loan
    return StepResult(
        message=f"Driver loan {loan.number} created with {loan.installment_count} installments.",
        payload={
            "loan_id": loan.number,
            "status": loan.status,
            "loan_amount": loan.amount,
            "installments": made_rows(loan, done.installments),
        },
        entities=[entity_of(done)],
        subject=subject,
        summary=summary_of(done),
    )


@register
class NewLoan(Flow):
    """One step: find the driver, enter the loan."""

    code = "DRLNS"
    name = "Driver loan"
    prefix = "DRLNS"
    steps = (
        StepGroup(
            "Enter Loan Details",
            (
                Step(
                    ENTER_DETAILS,
                    "Process - Enter Loan Details",
                    operation="process",
                    schema="newloan/schemas/enter_details.json",
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
            "active lease of the driver, amount, rate, a Sunday",
            "the loan, its schedule, the opening entry",
        ),
        *BY_SECOND_PERSON,
        *MANAGED,
    )
