"""How summaries, plans and payments look, at every entry point (docs/seeds.md#outstanding-amounts)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from batconnect.core.api.answers import Answer, Choice, Day, Flag, Id, Listed, Money, Text, Whole
from batconnect.core.kernel.money import ZERO, format_amount
from outstanding.errors import NoPaymentPlan
from outstanding.models import PaymentPlan, PaymentSchedule
from outstanding.querysets import Summary
from outstanding.rules.rows import SCHEDULE, OpenRow, days_overdue, status_of, totals_of
from outstanding.services.cancelling import Canceled
from outstanding.services.plans import PlanMade


class InstallmentRow(Answer):
    """What is open of an installment or of a plan's row."""

    id = Whole()
    period = Text("Q1 2024 (Jan-Mar)")
    amount = Money("46250.00")
    due_date = Day("2024-03-31")
    days_overdue = Whole(544)
    status = Text("overdue")
    description = Text("Quarterly premium for family health insurance - Q1 2024")
    type = Text("installment")
    original_amount = Money("46250.00")


class OutstandingSummary(Answer):
    """What a renewal case owes."""

    total_outstanding = Money("46250.00")
    oldest_due_date = Day("2024-03-31", null=True)
    latest_due_date = Day("2024-03-31", null=True)
    average_amount = Money("46250.00")
    pending_count = Whole()
    overdue_count = Whole()
    installments = Listed(InstallmentRow)
    currency = Text("USD")


class PlannedRow(Answer):
    """A row of a plan; without an id in a preview."""

    id = Whole(6, null=True)
    number = Whole()
    due_date = Day("2024-01-01")
    amount = Money("80166.67")


class PlanMadeDocument(Answer):
    """A plan that was made, or would be."""

    success = Flag(True)
    message = Text("Payment plan created with 3 installments")
    total_amount = Money("240500.00")
    installment_amount = Money("80166.67")
    installment_count = Whole(3)
    payment_frequency = Text("monthly")
    schedules_created = Whole(3)
    plan_id = Id("b1", null=True)
    warnings = Listed(Text("The start date 2024-01-01 is in the past: 3 installments are already overdue."))
    schedules = Listed(PlannedRow)


class _PlanRow(PlannedRow):
    """A row of the active plan with what is open of it."""

    outstanding = Money("80166.67")
    status = Text("overdue")
    days_overdue = Whole(12)
    failed_attempts = Whole(0)
    next_attempt_on = Day(null=True)


class PlanDocument(Answer):
    """The active plan."""

    plan_id = Id("b1")
    status = Choice(PaymentPlan.Status)
    installment_count = Whole(3)
    payment_frequency = Text("monthly")
    payment_method = Text("auto_debit")
    auto_payment_enabled = Flag(True)
    start_date = Day("2024-01-01")
    total_amount = Money("240500.00")
    outstanding_amount = Money("160333.33")
    plan_notes = Text()
    schedules = Listed(_PlanRow)


class PlanCancelled(Answer):
    """What is owed without the plan."""

    success = Flag(True)
    message = Text("Payment plan cancelled")
    plan_id = Id("b1")
    total_outstanding = Money("240500.00")


class _CreditedInstallment(Answer):
    """An installment, and what is unearned of it."""

    installment_id = Whole(1001)
    period = Text("Q4 2024 (Oct-Dec)")
    credited = Money("300.00")


class PolicyCancelled(Answer):
    """What was unearned of a policy's premium, and what became of it."""

    success = Flag(True)
    message = Text("Policy cancelled: 50.00 stays owed")
    effective_on = Day("2024-08-15")
    unearned = Money("750.00")
    credited = Money("750.00")
    returned = Money()
    credit_memo = Text(null=True)
    commission_given_back = Money()
    due_from_insurer = Money()
    installments = Listed(_CreditedInstallment)
    total_outstanding = Money("50.00")


def cancelled_body(done: Canceled) -> dict[str, Any]:
    """What came of a cancellation; installments from the latest back."""
    made = done.cancellation
    return {
        "success": True,
        "message": f"Policy cancelled: {format_amount(done.outstanding)} stays owed",
        "effective_on": made.effective_on,
        "unearned": made.unearned,
        "credited": made.credited,
        "returned": made.returned,
        "credit_memo": done.memo_number or None,
        "commission_given_back": done.commission,
        "due_from_insurer": done.due_back,
        "installments": [
            {"installment_id": each.key.id, "period": each.key.period, "credited": each.amount}
            for each in done.shares
        ],
        "total_outstanding": done.outstanding,
    }


def summary_body(summary: Summary, *, on: date) -> dict[str, Any]:
    """The seed's figures and rows as of a day; each row also says its type and its original amount."""
    totals = totals_of(summary.rows, on=on)
    return {
        "total_outstanding": totals.total,
        "oldest_due_date": totals.oldest_due_date,
        "latest_due_date": totals.latest_due_date,
        "average_amount": totals.average,
        "pending_count": totals.pending,
        "overdue_count": totals.overdue,
        "installments": [row_body(row, on=on) for row in summary.rows],
        "currency": summary.currency,
    }


def row_body(row: OpenRow, *, on: date) -> dict[str, Any]:
    """One row."""
    return {
        "id": row.id,
        "period": row.period,
        "amount": row.amount,
        "due_date": row.due_date,
        "days_overdue": days_overdue(due_date=row.due_date, on=on),
        "status": status_of(row, on=on),
        "description": row.description,
        "type": row.type,
        "original_amount": row.original_amount,
    }


def planned_rows(made: PlanMade) -> list[dict[str, Any]]:
    """A plan's rows as made, or as they would be made: then without ids."""
    ids: Sequence[int | None] = made.ids or [None] * len(made.rows)
    return [
        {"id": key, "number": row.number, "due_date": row.due_date, "amount": row.amount}
        for key, row in zip(ids, made.rows, strict=True)
    ]


def plan_body(plan: PaymentPlan | None, summary: Summary, *, on: date) -> dict[str, Any]:
    """The active plan with what is open of each row. Raises NoPaymentPlan (404) for None."""
    if plan is None:
        raise NoPaymentPlan(f"{summary.case_no} has no active payment plan.")
    open_rows = {row.id: row for row in summary.rows if row.type == SCHEDULE}
    schedules = plan.schedules.filter(company_id=plan.company_id).order_by("number")
    return {
        "plan_id": plan.id,
        "status": plan.status,
        "installment_count": plan.installment_count,
        "payment_frequency": plan.frequency,
        "payment_method": plan.method,
        "auto_payment_enabled": plan.auto_payment_enabled,
        "start_date": plan.start_date,
        "total_amount": plan.total_amount,
        "outstanding_amount": sum((row.amount for row in open_rows.values()), ZERO),
        "plan_notes": plan.notes,
        "schedules": [_schedule(schedule, open_rows.get(schedule.id), on=on) for schedule in schedules],
    }


def _schedule(schedule: PaymentSchedule, row: OpenRow | None, *, on: date) -> dict[str, Any]:
    return {
        "id": schedule.id,
        "number": schedule.number,
        "due_date": schedule.due_date,
        "amount": schedule.amount,
        "outstanding": row.amount if row else ZERO,
        "status": status_of(row, on=on) if row else "paid",
        "days_overdue": days_overdue(due_date=schedule.due_date, on=on) if row else 0,
        "failed_attempts": schedule.failed_attempts,
        "next_attempt_on": schedule.next_attempt_on,
    }
