"""Payment plans: paying what is owed in equal parts, and how a plan ends (docs/domain.md#payment-plans)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from django.db import transaction

from batconnect.core.database.rows import insert_batch
from batconnect.core.database.transactions import joins_transaction, reads
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.errors import InvalidInput
from batconnect.core.kernel.money import ZERO, format_amount
from cases.services import move_case, note_on_case
from ledger.models import Obligation
from ledger.services.locks import lock_obligations
from outstanding.errors import (
    AUTO_NEEDS_ELECTRONIC,
    SHARE_ZERO,
    START_TOO_LATE,
    InstallmentProcessing,
    NoPaymentPlan,
    NothingOutstanding,
    PlanActive,
)
from outstanding.models import (
    ROW_IDS,
    PaymentPlan,
    PaymentSchedule,
    PaymentScheduleItem,
    RenewalCase,
)
from outstanding.querysets import active_plan, find_renewal, open_obligations_of, read_summary
from outstanding.rules.modes import is_offline
from outstanding.rules.plans import Owed, PlannedRow, plan_rows
from outstanding.sequence import take_ids

PLAN: Final = "plan"
MAX_DAYS_AHEAD: Final = 731
_Status = PaymentPlan.Status


@dataclass(frozen=True, slots=True)
class PlanRequest:
    """A plan to be made: 2 to 12 installments, `weekly`, `monthly` or `quarterly`.

    `method` is what clients send.
    """

    installment_count: int
    start_date: date
    frequency: str
    method: str
    auto_payment_enabled: bool = False
    notes: str = ""


@dataclass(frozen=True, slots=True)
class PlanMade:
    """A plan's rows; `plan` is None for a preview. `ids` are the rows' in their order."""

    rows: Sequence[PlannedRow]
    total: Decimal
    warnings: list[str]
    plan: PaymentPlan | None = None
    ids: Sequence[int] = ()


@transaction.atomic
def setup_plan(
    *, actor: Actor, case: int | str, wanted: PlanRequest, preview: bool = False, replace: bool = False
) -> PlanMade:
    """Divide what the case owes now into equal installments; amounts in the case's currency.

    A preview stores nothing. Needs `outstanding.plan`. Raises RenewalCaseNotFound (404), NothingOutstanding,
    InstallmentProcessing, PlanActive unless `replace` (409), IllegalTransition (409), InvalidInput (400) for a share
    of 0.00, automatic payment by an offline method, a start more than two years ahead.
    """
    actor.require("outstanding.plan")
    _check(actor, wanted)
    renewal = find_renewal(actor=actor, case=case)
    owed = open_obligations_of(renewal.pk)
    if preview:
        obligations = list(Obligation.objects.filter(owed, company_id=actor.company_id))
    else:
        obligations = list(lock_obligations(actor=actor, also=owed).values())
    _require_plannable(actor, renewal, replace=replace)
    rows = plan_rows(
        owed=[Owed(each.id, each.due_date, each.outstanding) for each in obligations],
        start=wanted.start_date,
        frequency=wanted.frequency,
        count=wanted.installment_count,
    )
    total = sum((row.amount for row in rows), ZERO)
    if rows[-1].amount == 0:
        raise InvalidInput(
            f"{format_amount(total)} cannot be divided into {wanted.installment_count} installments: some would be "
            f"0.00.",
            code=SHARE_ZERO,
            field="installment_count",
        )
    made = PlanMade(rows, total, _warnings(actor, rows))
    return made if preview else _store(actor, renewal, wanted, made)


@transaction.atomic
def cancel_plan(*, actor: Actor, case: int | str) -> PaymentPlan:
    """End the active plan: the summary lists the installments again; the debt stays the same.

    Needs `outstanding.plan`. Raises RenewalCaseNotFound, NoPaymentPlan (404), InstallmentProcessing (409).
    """
    actor.require("outstanding.plan")
    renewal = find_renewal(actor=actor, case=case)
    lock_obligations(actor=actor, also=open_obligations_of(renewal.pk))
    plan = active_plan(actor=actor, case_id=renewal.pk)
    if plan is None:
        raise NoPaymentPlan(f"{renewal.case.case_no} has no active payment plan.")
    refuse_processing(actor=actor, renewal=renewal, what="cancel the plan")
    end_plan(actor=actor, plan=plan, status=_Status.CANCELLED)
    note_on_case(
        actor=actor,
        case=renewal.case.case_no,
        trigger="plan_cancelled",
        payload={"plan_id": str(plan.id)},
    )
    return plan


def _check(actor: Actor, request: PlanRequest) -> None:
    if request.auto_payment_enabled and is_offline(request.method):
        raise InvalidInput(
            f"{request.method} is not collected automatically; choose an electronic method.",
            code=AUTO_NEEDS_ELECTRONIC,
            field="auto_payment_enabled",
        )
    latest = today(actor.company) + timedelta(days=MAX_DAYS_AHEAD)
    if request.start_date > latest:
        raise InvalidInput(
            f"{request.start_date} is after {latest}, the latest possible start date.",
            code=START_TOO_LATE,
            field="start_date",
        )


def _require_plannable(actor: Actor, renewal: RenewalCase, *, replace: bool) -> None:
    rows = read_summary(actor=actor, case=renewal.pk).rows
    if not rows:
        raise NothingOutstanding(f"{renewal.case.case_no} owes nothing.")
    if any(row.is_processing for row in rows):
        raise InstallmentProcessing("A payment is in progress: make the plan when it has ended.")
    if not replace and active_plan(actor=actor, case_id=renewal.pk) is not None:
        raise PlanActive(
            f"{renewal.case.case_no} has an active payment plan; send replace: true to replace it."
        )


@reads
def refuse_processing(*, actor: Actor, renewal: RenewalCase, what: str) -> None:
    """Raise InstallmentProcessing (409) while a payment of the case is in progress; `what` has to wait for it."""
    if any(row.is_processing for row in read_summary(actor=actor, case=renewal.pk).rows):
        raise InstallmentProcessing(f"A payment is in progress: {what} when it has ended.")


def _warnings(actor: Actor, rows: Sequence[PlannedRow]) -> list[str]:
    day = today(actor.company)
    if rows[0].due_date >= day:
        return []
    late = sum(row.due_date < day for row in rows)
    count = f"{late} installments are" if late > 1 else "1 installment is"
    return [f"The start date {rows[0].due_date} is in the past: {count} already overdue."]


def _store(actor: Actor, renewal: RenewalCase, request: PlanRequest, made: PlanMade) -> PlanMade:
    replaced = active_plan(actor=actor, case_id=renewal.pk)
    if replaced is not None:
        end_plan(actor=actor, plan=replaced, status=_Status.REPLACED)
    plan = PaymentPlan(
        company_id=actor.company_id,
        renewal_case=renewal,
        installment_count=request.installment_count,
        frequency=request.frequency,
        start_date=request.start_date,
        method=request.method,
        auto_payment_enabled=request.auto_payment_enabled,
        total_amount=made.total,
        notes=request.notes,
        made_on=today(actor.company),
        created_by_id=actor.user_id,
    )
    ids = take_ids(ROW_IDS, len(made.rows))
    schedules = [
        PaymentSchedule(
            id=key,
            company_id=actor.company_id,
            plan=plan,
            number=row.number,
            due_date=row.due_date,
            amount=row.amount,
        )
        for key, row in zip(ids, made.rows, strict=True)
    ]
    items = [
        PaymentScheduleItem(company_id=actor.company_id, schedule=schedule, obligation_id=key, amount=amount)
        for schedule, row in zip(schedules, made.rows, strict=True)
        for key, amount in row.cover
    ]
    insert_batch([plan], schedules, items)
    move_case(
        actor=actor,
        case=renewal.case.case_no,
        trigger=PLAN,
        payload={
            "plan_id": str(plan.id),
            "installments": request.installment_count,
            "total": made.total,
            "replaces": str(replaced.id) if replaced else None,
        },
    )
    return PlanMade(made.rows, made.total, made.warnings, plan, ids)


@joins_transaction
def end_plan(*, actor: Actor, plan: PaymentPlan, status: PaymentPlan.Status) -> None:
    """End a plan today; the caller holds the locks on the case's obligations."""
    plan.status = status
    plan.ended_on = today(actor.company)
    plan.save(update_fields=["status", "ended_on"])
