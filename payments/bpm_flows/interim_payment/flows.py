"""The flow of interim payments, `INTPAY`.

Rule: docs/domain.md#cases, docs/domain.md#interim-payments, docs/seeds.md#interim-payments.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from batconnect.core.api.printed import PDF_URL, link_to
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.money import exact_money, sum_of
from batconnect.core.kernel.subject import entity_of
from cases.flow import MANAGED, CreatedEntity, Flow, Step, StepContext, StepGroup, StepResult, Transition
from cases.forms import written_day
from cases.registry import register
from cases.states import State
from ledger.services import reported_month_warnings
from payments.bpm_flows.interim_payment.screens import (
    ENTER_DETAILS,
    find_driver_and_leases,
    list_obligations,
)
from payments.models import Allocation, Payment
from payments.printed import INTERIM_RECEIPT
from payments.rules.methods import method_label
from payments.services.allocation import Applied
from payments.services.interim import (
    EXCESS_TO_LEASE,
    ChosenAllocation,
    check_payment_details,
    record_interim_payment,
)

ALLOCATE: Final = "INTPAY-002"
OBLIGATION_IDS: Final = "obligation_ids"
"""What the console knows beside the data of INTPAY-002: the obligation of each allocation, in their order."""
DUPLICATE_SEEN: Final = "duplicate_seen"
"""And whether a person was shown the payment that this one looks like."""
RECORDED: Final = "Interim payment successfully created and allocated."


def enter_details(context: StepContext) -> StepResult:
    """INTPAY-001: check who pays what for which lease, and keep it as the case's draft."""
    details = check_payment_details(actor=context.actor, **_head(context.data))
    draft = {
        "driver_id": details.driver.pk,
        "lease_id": details.lease.pk,
        "total_amount": str(details.amount),
        "payment_method": method_label(details.method),
        "payment_date": details.payment_date.isoformat(),
        "reference_number": details.reference_number,
        "notes": details.notes,
    }
    return StepResult(
        message="Payment details saved.",
        payload={"draft": {**draft, "total_amount": details.amount}},
        draft=draft,
        subject=f"{details.driver.customer.name}, {details.lease.lease_id}",
    )


def allocate(context: StepContext) -> StepResult:
    """INTPAY-002: record the payment, apply it, send the excess to Lease; the case closes."""
    applied = record_interim_payment(
        actor=context.actor,
        **_head(context.data),
        allocations=_chosen(context),
        case_no=context.case.case_no,
        acknowledge_duplicate=context.known.get(DUPLICATE_SEEN, False),
    )
    payment = applied.payment
    assert payment.driver is not None
    assert payment.lease is not None
    return StepResult(
        message=RECORDED,
        payload=_answer(context.actor, applied),
        entities=[CreatedEntity(entity_of(Payment), payment.number, payment.url)],
        subject=f"{payment.driver.customer.name}, {payment.lease.lease_id}",
        summary={
            "payment_id": payment.number,
            "amount": payment.amount,
            "allocations": len(applied.allocations),
            "unallocated": payment.unallocated,
        },
    )


def _chosen(context: StepContext) -> list[ChosenAllocation]:
    lines = context.data["allocations"]
    return [
        ChosenAllocation(
            category=line["category"],
            reference_id=line["reference_id"],
            amount=exact_money(line["amount"]),
            obligation_id=obligation_id,
        )
        for line, obligation_id in zip(
            lines, context.known.get(OBLIGATION_IDS, [None] * len(lines)), strict=True
        )
    ]


def _answer(actor: Actor, applied: Applied) -> dict[str, Any]:
    warnings = reported_month_warnings(actor=actor, days=[applied.payment.payment_date])
    return {
        **({"warnings": warnings} if warnings else {}),
        "payment_id": applied.payment.number,
        "receipt_number": applied.payment.receipt_number,
        "receipt_url": f"{applied.payment.url}/receipt",
        PDF_URL: link_to(actor=actor, kind=INTERIM_RECEIPT, number=applied.payment.number),
        "total_amount": applied.payment.amount,
        "total_allocated": sum_of(line.amount for line in applied.allocations),
        "excess_to_lease": sum_of(line.amount for line in applied.allocations if _is_excess(line)),
        "unallocated_amount": applied.payment.unallocated,
    }


def _is_excess(line: Allocation) -> bool:
    return line.strategy == EXCESS_TO_LEASE


def _head(data: Mapping[str, Any]) -> dict[str, Any]:
    """The head of the payment from data that fits the form."""
    return {
        "driver_id": int(data["driver_id"]),
        "lease": data["lease_id"],
        "amount": exact_money(data["total_amount"]),
        "method": data["payment_method"],
        "payment_date": written_day(data["payment_date"]),
        "reference_number": (data.get("reference_number") or "").strip(),
        "notes": (data.get("notes") or "").strip(),
    }


@register
class InterimPayment(Flow):
    """Find the driver and enter the payment, then allocate it."""

    code = "INTPAY"
    name = "Interim payment"
    prefix = "INTPAY"
    steps = (
        StepGroup(
            "Search Driver & Enter Payment Details",
            (
                Step(
                    ENTER_DETAILS,
                    "Fetch - Search Driver & Enter Payment Details",
                    operation="fetch",
                    schema="interim_payment/schemas/enter_details.json",
                    fetch=find_driver_and_leases,
                    parameters=("tlc_license_no",),
                    submit=enter_details,
                ),
            ),
        ),
        StepGroup(
            "Allocate Payments",
            (
                Step(
                    ALLOCATE,
                    "Process - Allocate Payments",
                    operation="process",
                    schema="interim_payment/schemas/allocate.json",
                    fetch=list_obligations,
                    parameters=("driver_id", "lease_id"),
                    submit=allocate,
                    uses_draft=True,
                ),
            ),
        ),
    )
    transitions = (
        Transition(
            ENTER_DETAILS,
            State.OPEN,
            State.IN_PROGRESS,
            "the step's groups",
            "driver, active lease, amount, method, date",
            "the draft is stored",
        ),
        Transition(
            ENTER_DETAILS,
            State.IN_PROGRESS,
            State.IN_PROGRESS,
            "the step's groups",
            "driver, active lease, amount, method, date",
            "the draft is replaced",
        ),
        Transition(
            ALLOCATE,
            State.IN_PROGRESS,
            State.CLOSED,
            "the step's groups",
            "every rule of interim payments",
            "payment, allocations and entries",
        ),
        Transition(
            ALLOCATE,
            State.OPEN,
            State.CLOSED,
            "the step's groups",
            "the payload is whole; every rule of interim payments",
            "payment, allocations and entries",
        ),
        *MANAGED,
    )
