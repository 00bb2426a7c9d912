"""The flow of driver loans, `DRLNS` (DOMAIN 4 and 6, seed 2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from cases.flow import (
    MANAGED,
    CreatedEntity,
    Flow,
    State,
    Step,
    StepContext,
    StepGroup,
    StepResult,
    Transition,
)
from cases.registry import register
from ledger.repayment.querysets import driver_with_leases
from loans.inputs import read_loan
from loans.kind import LOANS
from loans.services import make_loan, plan_loan
from loans.shapes import made_rows

ENTER_DETAILS: Final = "LOAN_ENTER_DETAILS"


def find_driver_and_leases(context: StepContext) -> Mapping[str, Any]:
    """The driver who holds the TLC licence, and the active leases driven as primary driver."""
    return driver_with_leases(actor=context.actor, tlc_license=context.params.get("tlc_license_no", ""))


def enter_details(context: StepContext) -> StepResult:
    """Make the loan with its schedule; the case closes."""
    sent = read_loan(context.data)
    plan = plan_loan(actor=context.actor, **sent.terms)
    made = make_loan(actor=context.actor, plan=plan, notes=sent.notes, case_no=context.case.case_no)
    loan = made.loan
    return StepResult(
        message=f"Driver loan {loan.number} created with {loan.installment_count} installments.",
        payload={
            "loan_id": loan.number,
            "status": loan.status,
            "loan_amount": loan.amount,
            "installments": made_rows(loan, made.installments),
        },
        entities=[CreatedEntity("driver_loan", loan.number, f"{LOANS.url}/{loan.number}")],
        subject=f"{plan.driver.customer.name}, {plan.lease.lease_id}",
        summary={
            "loan_id": loan.number,
            "amount": str(loan.amount),
            "interest_rate": str(loan.interest_rate),
            "installments": loan.installment_count,
        },
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
        *MANAGED,
    )
