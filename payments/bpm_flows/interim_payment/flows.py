"""The flow of interim payments, `INTPAY`.

Rule: docs/domain.md#cases, docs/domain.md#interim-payments, docs/seeds.md#interim-payments.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from batconnect.core.clock import today
from batconnect.core.errors import InvalidInput
from batconnect.core.money import exact_money
from batconnect.directory.models import Driver, Lease
from batconnect.directory.querysets import find_driver_by_license, primary_leases_of
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
from cases.forms import written_day
from cases.registry import register
from ledger.chart import Category
from ledger.models import Obligation
from ledger.rules.hierarchy import in_hierarchy_order
from payments.errors import DriverNotFound, LeaseNotFound
from payments.models import Allocation
from payments.querysets import find_driver, find_lease, open_obligations_of_driver
from payments.rules.interim import sum_of
from payments.rules.methods import method_label
from payments.services.allocation import Applied
from payments.services.interim import (
    EXCESS_TO_LEASE,
    ChosenAllocation,
    check_payment_details,
    record_interim_payment,
)

ENTER_DETAILS: Final = "INTPAY-001"
ALLOCATE: Final = "INTPAY-002"
RECORDED: Final = "Interim payment successfully created and allocated."


def find_driver_and_leases(context: StepContext) -> Mapping[str, Any]:
    """INTPAY-001: the driver who holds the TLC licence, and the active leases driven as primary driver."""
    tlc_license = context.params.get("tlc_license_no", "").strip()
    if not tlc_license:
        return {"driver": None, "leases": []}
    driver = find_driver_by_license(tlc_license)
    if driver is None:
        raise DriverNotFound(
            f"There is no driver with the TLC licence {tlc_license[:20]}.", field="tlc_license_no"
        )
    leases = list(primary_leases_of(driver.pk, on=today(context.actor.company)))
    if not leases:
        raise LeaseNotFound(f"{driver.customer.name} has no active lease.", field="tlc_license_no")
    return {"driver": _driver(driver), "leases": [_lease(lease) for lease in leases]}


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


def list_obligations(context: StepContext) -> Mapping[str, Any]:
    """INTPAY-002: the driver's open obligations, of the chosen lease once known, in the order of the hierarchy."""
    driver, lease_pk = _chosen(context)
    found = open_obligations_of_driver(
        company_id=context.actor.company_id, customer_id=driver.customer_id, lease_pk=lease_pk
    )
    obligations = in_hierarchy_order(found)
    return {
        "total_outstanding": sum_of(each.outstanding for each in obligations),
        "obligations": [_obligation(each) for each in obligations],
    }


def allocate(context: StepContext) -> StepResult:
    """INTPAY-002: record the payment, apply it, send the excess to Lease; the case closes."""
    applied = record_interim_payment(
        actor=context.actor,
        **_head(context.data),
        allocations=[
            ChosenAllocation(
                category=line["category"],
                reference_id=line["reference_id"],
                amount=exact_money(line["amount"]),
            )
            for line in context.data["allocations"]
        ],
        case_no=context.case.case_no,
    )
    payment = applied.payment
    assert payment.driver is not None
    assert payment.lease is not None
    url = f"/payments/interim-payments/{payment.number}"
    return StepResult(
        message=RECORDED,
        payload=_answer(applied, url),
        entities=[CreatedEntity("interim_payment", payment.number, url)],
        subject=f"{payment.driver.customer.name}, {payment.lease.lease_id}",
        summary={
            "payment_id": payment.number,
            "amount": str(payment.amount),
            "allocations": len(applied.allocations),
            "unallocated": str(payment.unallocated),
        },
    )


def _answer(applied: Applied, url: str) -> dict[str, Any]:
    return {
        "payment_id": applied.payment.number,
        "receipt_number": applied.payment.receipt_number,
        "receipt_url": f"{url}/receipt",
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


def _chosen(context: StepContext) -> tuple[Driver, int | None]:
    """The driver and lease of the query, else of the draft. Raises InvalidInput when there is neither."""
    draft = context.case.draft
    asked = context.params.get("driver_id", "").strip()
    if not asked and not draft.get("driver_id"):
        raise InvalidInput(
            f"Send driver_id, or enter the payment's details at {ENTER_DETAILS} first.", field="driver_id"
        )
    if asked and not (asked.isascii() and asked.isdecimal() and len(asked) <= 18):
        raise InvalidInput("driver_id is the driver's whole number.", field="driver_id")
    driver_pk = int(asked or draft["driver_id"])
    company_id = context.actor.company_id
    driver = find_driver(company_id=company_id, driver_pk=driver_pk)
    if driver is None:
        raise DriverNotFound(f"There is no driver {driver_pk}.", field="driver_id")
    lease = context.params.get("lease_id", "").strip()
    if not lease:
        return driver, draft.get("lease_id") if draft.get("driver_id") == driver_pk else None
    found = find_lease(company_id=company_id, lease=lease)
    if found is None:
        raise LeaseNotFound(f"There is no lease {lease[:20]}.", field="lease_id")
    return driver, found.pk


def _driver(driver: Driver) -> dict[str, Any]:
    return {
        "id": driver.pk,
        "driver_id": driver.driver_id,
        "full_name": driver.customer.name,
        "status": driver.status,
        "tlc_license": driver.tlc_license,
        "phone": driver.customer.phone,
        "email": driver.customer.email,
    }


def _lease(lease: Lease) -> dict[str, Any]:
    return {
        "lease_id_pk": lease.pk,
        "lease_id": lease.lease_id,
        "medallion_no": lease.medallion.medallion_no,
        "plate_no": lease.vehicle.plate_no,
        "vin": lease.vehicle.vin,
    }


def _obligation(obligation: Obligation) -> dict[str, Any]:
    assert obligation.lease is not None
    return {
        "category": obligation.get_category_display(),
        "reference_id": obligation.reference_id,
        "description": obligation.description,
        "outstanding": obligation.outstanding,
        "due_date": obligation.due_date,
        "obligation_id": obligation.id,
        "lease_id": obligation.lease.lease_id,
        "lease_id_pk": obligation.lease_id,
        "payable": obligation.category != Category.TAXES,
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
