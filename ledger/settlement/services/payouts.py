"""Paying out what DTRs say is due to drivers: each once (docs/domain.md#dtr)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.db import transaction

from batconnect.core.approvals.errors import PENDING
from batconnect.core.approvals.kinds import ApprovalKind, Carried
from batconnect.core.approvals.limits import Excess, PlannedAction, find_excess, limited_actions
from batconnect.core.approvals.services import About, request_approval
from batconnect.core.audit import audit_event
from batconnect.core.database.rows import Change
from batconnect.core.database.transactions import reads
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import now, today
from batconnect.core.kernel.errors import Conflict, FieldError, InvalidInput
from batconnect.core.kernel.money import ZERO, format_amount
from batconnect.core.models import Approval
from ledger.postings import DTR, dtr_paid_out
from ledger.services.dates import require_book_date
from ledger.services.journal import post_entries
from ledger.settlement.errors import DtrNotFound, DtrPaid, NothingDue
from ledger.settlement.models import Dtr

MAX_AT_ONCE: Final = 1_000
_SHOWN: Final = 20
_PAY: Final = """
update dtrs d set status = 'Paid', paid_on = %s::date, paid_at = %s::timestamptz, paid_by = %s, payment_method = %s,
  payment_reference = p.reference
from unnest(%s::uuid[], %s::text[]) as p(id, reference)
where d.company_id = %s::uuid and d.id = p.id
"""


@dataclass(frozen=True, slots=True)
class Payout:
    """Which DTRs are paid, how and on which day, and the reference of each."""

    numbers: tuple[str, ...]
    method: str
    paid_on: date
    references: Mapping[str, str]


@transaction.atomic
def pay_dtrs(
    *,
    actor: Actor,
    numbers: Sequence[str],
    method: str,
    paid_on: date | None = None,
    reference_number: str = "",
    references: Mapping[str, str] | None = None,
) -> list[Dtr] | Approval:
    """Pay out what the DTRs owe their drivers, all or none, in one statement; a DTR is paid out once.

    `method` is `ach` or `check`, `paid_on` the company's today unless given; `references` are those that differ
    from `reference_number`, by DTR number. When one DTR, or a driver's total of today, is above the company's
    `payout_approval_limit`, nothing is paid: the result is a request for all of them, decided by another user.
    Needs `ledger.pay_out`. Raises DtrNotFound (404), DtrPaid and NothingDue (409) naming the DTRs, Conflict 409
    `approval_pending`, InvalidInput for the day: in the future, closed, before the DTR was made.
    """
    actor.require("ledger.pay_out")
    payout = Payout(
        numbers=tuple(numbers),
        method=method,
        paid_on=paid_on or today(actor.company),
        references={
            number: (references or {}).get(number, reference_number) for number in dict.fromkeys(numbers)
        },
    )
    return _pay(actor, payout, None)


def _carry_out(actor: Actor, approval: Approval) -> Carried:
    """Pay what another person requested; refused when one of the DTRs has been paid since."""
    parameters = approval.parameters
    payout = Payout(
        numbers=tuple(parameters["numbers"]),
        method=parameters["method"],
        paid_on=date.fromisoformat(parameters["paid_on"]),
        references=parameters["references"],
    )
    paid = _pay(actor, payout, approval)
    assert isinstance(paid, list)
    total = sum((dtr.due_to_driver for dtr in paid), ZERO)
    return Carried(f"{format_amount(total)} of {len(paid)} DTRs are paid out.", {"paid": len(paid)}, paid)


KIND: Final = ApprovalKind(
    code="payout",
    label="Payout",
    permission="ledger.approve_payout",
    view_permission="ledger.view",
    trail="ledger.payout",
    carry_out=_carry_out,
    limit="payout_approval_limit",
)


def _pay(actor: Actor, payout: Payout, approval: Approval | None) -> list[Dtr] | Approval:
    """Pay out; above the limit request approval, unless this carries out an approved request."""
    numbers, method, day = payout.numbers, payout.method, payout.paid_on
    if not 1 <= len(numbers) <= MAX_AT_ONCE:
        raise InvalidInput(
            f"Name 1 to {MAX_AT_ONCE:,} DTRs; there are {len(numbers):,}.", field="dtr_numbers"
        )
    require_book_date(actor=actor, day=day, field="paid_on")
    rows = Dtr.objects.filter(company_id=actor.company_id, number__in=set(numbers)).order_by("id")
    # Their drivers and what is due do not change: they may be read before the drivers are locked.
    actions = _planned_actions(list(rows))
    excess = find_excess(actor=actor, kind=KIND, actions=actions)
    dtrs = list(rows.select_for_update(no_key=True))
    _require_payable(actor, dtrs, numbers, day)
    if excess is not None and approval is None:
        return _ask(actor, dtrs, payout, excess)
    paid_at = now()
    for dtr in dtrs:
        dtr.status = Dtr.Status.PAID
        dtr.paid_on, dtr.paid_at, dtr.paid_by = day, paid_at, actor.name
        dtr.payment_method = method
        dtr.payment_reference = payout.references[dtr.number]
    drafts = [
        dtr_paid_out(
            dtr_id=dtr.id,
            method=method,
            amount=dtr.due_to_driver,
            currency=dtr.currency,
            on=day,
            customer_id=dtr.customer_id,
            lease_id=dtr.lease_id,
            reason=dtr.payment_reference,
        )
        for dtr in dtrs
    ]
    trail = [
        audit_event(
            actor=actor,
            action="ledger.pay_out",
            subject_type=DTR,
            subject_id=dtr.id,
            details={"number": dtr.number, "amount": str(dtr.due_to_driver), "method": method},
        )
        for dtr in dtrs
    ]
    values = [day, paid_at, actor.name, method, [dtr.id for dtr in dtrs]]
    values += [[dtr.payment_reference for dtr in dtrs], actor.company_id]
    counted = limited_actions(actor=actor, kind=KIND, actions=actions, approval=approval)
    post_entries(actor=actor, drafts=drafts, rows=[trail, counted], changes=[Change(_PAY, values)])
    return sorted(dtrs, key=lambda dtr: dtr.number_order)


def _ask(actor: Actor, dtrs: Sequence[Dtr], payout: Payout, excess: Excess) -> Approval:
    """Request approval once for all that were to be paid together; a DTR waits in one request at a time."""
    _refuse_waiting(actor, dtrs)
    first, rest = dtrs[0], len(dtrs) - 1
    total = sum((dtr.due_to_driver for dtr in dtrs), ZERO)
    about = About(
        subject_type=DTR,
        subject_id=str(first.id),
        title=f"Payout of {format_amount(total)} {first.currency} for {first.number}"
        + (f" and {rest} more" if rest else ""),
        parameters={
            "numbers": [dtr.number for dtr in dtrs],
            "method": payout.method,
            "paid_on": payout.paid_on.isoformat(),
            "references": dict(payout.references),
        },
        reason=", ".join(sorted({each for each in payout.references.values() if each}))[:500],
        amount=total,
        currency=first.currency,
        customer_id=first.customer_id if len({dtr.customer_id for dtr in dtrs}) == 1 else None,
    )
    return request_approval(actor=actor, kind=KIND, about=about, excess=excess)


def _refuse_waiting(actor: Actor, dtrs: Sequence[Dtr]) -> None:
    numbers = {dtr.number for dtr in dtrs}
    waiting = Approval.objects.filter(
        company_id=actor.company_id, kind=KIND.code, status=Approval.Status.PENDING
    )
    for each in waiting:
        if there := numbers.intersection(each.parameters["numbers"]):
            raise Conflict(f"{each.title} is waiting for approval and includes {min(there)}.", code=PENDING)


def _planned_actions(dtrs: Sequence[Dtr]) -> list[PlannedAction]:
    return [
        PlannedAction(str(dtr.id), dtr.customer_id, dtr.due_to_driver, dtr.currency)
        for dtr in dtrs
        if dtr.due_to_driver > 0
    ]


@reads
def payable_numbers(*, actor: Actor, week: date) -> list[str]:
    """The numbers of the week's DTRs that are still to be paid out."""
    rows = Dtr.objects.filter(
        company_id=actor.company_id, week=week, status=Dtr.Status.FINALIZED, due_to_driver__gt=ZERO
    )
    return list(rows.order_by("number_order").values_list("number", flat=True))


def _require_payable(actor: Actor, dtrs: Sequence[Dtr], numbers: Sequence[str], day: date) -> None:
    there = {dtr.number for dtr in dtrs}
    if missing := [number for number in numbers if number not in there]:
        raise DtrNotFound(f"There is no DTR {', '.join(each[:24] for each in missing[:_SHOWN])}.")
    if paid := [dtr for dtr in dtrs if dtr.status == Dtr.Status.PAID]:
        payouts = ", ".join(f"{dtr.number} on {dtr.paid_on}" for dtr in paid[:_SHOWN])
        raise DtrPaid(f"Already paid out: {payouts}.")
    if nothing := [dtr.number for dtr in dtrs if dtr.due_to_driver <= 0]:
        raise NothingDue(f"Nothing is due to the driver on {', '.join(nothing[:_SHOWN])}.")
    first = max(dtr.settled_on for dtr in dtrs)
    if day < first:
        message = f"{day} is before {first}, the day on which the week was settled."
        raise InvalidInput(message, errors=[FieldError("paid_on", message)])
