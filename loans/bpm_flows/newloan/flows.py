"""The flow of driver loans, `DRLNS`.

Rule: docs/domain.md#cases, docs/domain.md#loans-and-repairs, docs/seeds.md#driver-loans.
"""

from __future__ import annotations

from batconnect.core.approvals.messages import describe_waiting
from batconnect.core.models import Approval
from cases.flow import BY_SECOND_PERSON, MANAGED, Flow, StepContext, StepResult
from cases.registry import register
from cases.states import WAITS
from ledger.repayment.bpm_flows import entered, entry_steps, made, subject_of
from loans.inputs import read_loan
from loans.kind import ENTER_DETAILS, LOANS
from loans.services.lending import LoanRequest, lend


def enter_details(context: StepContext) -> StepResult:
    """Make the loan with its schedule, and the case closes; above the limit it waits for a second person."""
    sent = read_loan(context.data)
    plan, done = lend(
        actor=context.actor, request=LoanRequest(sent.terms, sent.notes), case_no=context.case.case_no
    )
    subject = subject_of(plan)
    if isinstance(done, Approval):
        return StepResult(
            message=describe_waiting(done),
            payload={"approval_request_id": done.id, "status": done.status, "loan_amount": plan.amount},
            subject=subject,
            summary={"approval_request_id": str(done.id), "amount": plan.amount},
            waits=WAITS,
        )
    return made(LOANS, done.loan, done.installments, subject=subject)


@register
class NewLoan(Flow):
    """One step: find the driver, enter the loan."""

    code = LOANS.case_type
    name = LOANS.label
    prefix = LOANS.case_type
    steps = entry_steps(
        LOANS, step_id=ENTER_DETAILS, schema="newloan/schemas/enter_details.json", submit=enter_details
    )
    transitions = (
        entered(LOANS, ENTER_DETAILS, guards="active lease of the driver, amount, rate, a Sunday"),
        *BY_SECOND_PERSON,
        *MANAGED,
    )
