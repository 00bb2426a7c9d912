"""Lending: at once up to the company's limit, above it when a second person has agreed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from batconnect.core.approvals.kinds import ApprovalKind, Carried
from batconnect.core.approvals.limits import Excess, PlannedAction, find_excess, limited_actions
from batconnect.core.approvals.services import About, request_approval
from batconnect.core.database.rows import insert_many
from batconnect.core.database.transactions import joins_transaction
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.money import exact_money, format_amount
from batconnect.core.models import Approval
from cases.models import Case
from cases.services import lock_case, move_case
from cases.states import APPROVED, REJECTED
from cases.subjects import CASE
from ledger.repayment.services.opening import DocumentPlan
from ledger.repayment.services.trail import made_entity, made_summary
from loans.kind import ENTER_DETAILS, LOANS
from loans.services.loans import MadeLoan, make_loan, plan_loan


@dataclass(frozen=True, slots=True)
class LoanRequest:
    """A loan as the step requests it: the terms that `plan_loan` takes, without the day, and the notes."""

    terms: dict[str, Any]
    notes: str


@joins_transaction
def lend(*, actor: Actor, request: LoanRequest, case_no: str) -> tuple[DocumentPlan, MadeLoan | Approval]:
    """Make the loan of a case today; above the company's `loan_approval_limit` request approval instead.

    The limit includes what the driver was lent today. Needs `loans.open`; the caller holds the case's lock. Raises what
    `plan_loan` refuses.
    """
    actor.require("loans.open")
    plan = plan_loan(actor=actor, **request.terms)
    excess = find_excess(actor=actor, kind=KIND, actions=[_planned_action(actor, plan, case_no)])
    if excess is not None:
        return plan, _ask(actor, plan, request, case_no, excess)
    return plan, _make(actor, plan, request.notes, case_no, None)


def _carry_out(actor: Actor, approval: Approval) -> Carried:
    """Make the loan exactly as requested, dated on the day of the request, and close its case."""
    parameters = approval.parameters
    case_no: str = parameters["case_no"]
    lock_case(actor=actor, case=case_no, trigger=APPROVED)
    plan = plan_loan(
        actor=actor,
        driver_id=parameters["driver_id"],
        lease=parameters["lease"],
        amount=exact_money(parameters["amount"]),
        interest_rate=Decimal(parameters["interest_rate"]),
        # Requests that were made before there was a highest rate have none.
        interest_reason=parameters.get("interest_reason", ""),
        start_week=date.fromisoformat(parameters["start_week"]),
        loan_date=date.fromisoformat(parameters["loan_date"]),
    )
    find_excess(actor=actor, kind=KIND, actions=[_planned_action(actor, plan, case_no)])
    made = _make(actor, plan, parameters["notes"], case_no, approval)
    move_case(
        actor=actor,
        case=case_no,
        trigger=APPROVED,
        reason=approval.decision_reason,
        payload={"approval_request_id": str(approval.id), **made_summary(LOANS, made.loan)},
        entities=[made_entity(LOANS, made.loan)],
    )
    sentence = f"Driver loan {made.loan.number} of {format_amount(made.loan.amount)} is made."
    return Carried(sentence, {"loan_id": made.loan.number}, made)


def _turn_down(actor: Actor, approval: Approval) -> Carried:
    """Reopen the case for another loan; one that was cancelled meanwhile stays cancelled."""
    case_no: str = approval.parameters["case_no"]
    if not Case.objects.filter(company_id=actor.company_id, case_no=case_no, state="Cancelled").exists():
        move_case(
            actor=actor,
            case=case_no,
            trigger=REJECTED,
            reason=approval.decision_reason,
            payload={"approval_request_id": str(approval.id)},
            next_step=approval.parameters["step_id"],
        )
    return Carried(f"{approval.title} is not made; {case_no} is open again.")


KIND: Final = ApprovalKind(
    code="loan",
    label="Driver loan",
    permission="loans.approve",
    view_permission="loans.view",
    trail="loans.loan",
    carry_out=_carry_out,
    turn_down=_turn_down,
    limit="loan_approval_limit",
)


def _planned_action(actor: Actor, plan: DocumentPlan, case_no: str) -> PlannedAction:
    return PlannedAction(case_no, plan.driver.customer_id, plan.amount, actor.company.base_currency)


def _make(actor: Actor, plan: DocumentPlan, notes: str, case_no: str, approval: Approval | None) -> MadeLoan:
    made = make_loan(actor=actor, plan=plan, notes=notes, case_no=case_no)
    action = _planned_action(actor, plan, case_no)
    insert_many(limited_actions(actor=actor, kind=KIND, actions=[action], approval=approval))
    return made


def _ask(actor: Actor, plan: DocumentPlan, request: LoanRequest, case_no: str, excess: Excess) -> Approval:
    about = About(
        subject_type=CASE,
        subject_id=case_no,
        title=f"Driver loan of {format_amount(plan.amount)} {actor.company.base_currency} to "
        f"{plan.driver.customer.name}",
        parameters={
            "case_no": case_no,
            "step_id": ENTER_DETAILS,
            "driver_id": plan.driver.pk,
            "lease": plan.lease.pk,
            "amount": str(plan.amount),
            "interest_rate": str(plan.own["interest_rate"]),
            "interest_reason": plan.own["interest_reason"],
            "start_week": plan.start_week.isoformat(),
            "loan_date": plan.own["loan_date"].isoformat(),
            "notes": request.notes,
        },
        reason=request.notes[:500],
        amount=plan.amount,
        currency=actor.company.base_currency,
        customer_id=plan.driver.customer_id,
        holds=case_no,
    )
    return request_approval(actor=actor, kind=KIND, about=about, excess=excess)
