"""What the steps of an interim payment show: driver and leases, the draft, the debts and which of them may be paid."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final

from batconnect.core.kernel.clock import today
from batconnect.core.kernel.errors import InvalidInput
from batconnect.core.kernel.money import exact_money, sum_of
from batconnect.directory.errors import DriverNotFound, LeaseNotFound
from batconnect.directory.models import Driver
from batconnect.directory.querysets import active_leases_of, find_driver_by_license
from batconnect.directory.shapes import driver_shape, lease_shape
from cases.flow import StepContext
from ledger.models import Obligation
from ledger.rules.hierarchy import in_hierarchy_order
from payments.errors import DRAFT_CONTRADICTED
from payments.querysets import find_driver, find_lease, open_obligations_of_driver
from payments.rules.payable import HINTS, why_not_payable

ENTER_DETAILS: Final = "INTPAY-001"


def find_driver_and_leases(context: StepContext) -> Mapping[str, Any]:
    """INTPAY-001: the driver who holds the TLC license, the active leases driven in whatever role, and the draft.

    Raises DriverNotFound and LeaseNotFound (404).
    """
    tlc_license = context.params.get("tlc_license_no", "").strip()
    if not tlc_license:
        return {"driver": None, "leases": [], "draft": _draft(context)}
    driver = find_driver_by_license(tlc_license)
    if driver is None:
        raise DriverNotFound(
            f"There is no driver with the TLC license {tlc_license[:20]}.", field="tlc_license_no"
        )
    leases = list(active_leases_of(driver.pk, on=today(context.actor.company)))
    if not leases:
        raise LeaseNotFound(f"{driver.customer.name} has no active lease.", field="tlc_license_no")
    return {
        "driver": driver_shape(driver),
        "leases": [lease_shape(lease) for lease in leases],
        "draft": _draft(context),
    }


def list_obligations(context: StepContext) -> Mapping[str, Any]:
    """INTPAY-002: the driver's open obligations, of the chosen lease once known, in the order of the hierarchy; and
    the draft.

    Raises DriverNotFound and LeaseNotFound (404), InvalidInput without a driver, or with another one than the draft's.
    """
    driver, lease_pk = _chosen(context)
    open_obligations = open_obligations_of_driver(
        company_id=context.actor.company_id, customer_id=driver.customer_id, lease_pk=lease_pk
    )
    obligations = in_hierarchy_order(open_obligations)
    payable = _Payable(driver, on=today(context.actor.company))
    return {
        "total_outstanding": sum_of(each.outstanding for each in obligations),
        "obligations": [_obligation(each, payable.why_not(each)) for each in obligations],
        "draft": _draft(context),
    }


class _Payable:
    """Which debts of the driver the step takes today; two statements for all of them."""

    def __init__(self, driver: Driver, *, on: date) -> None:
        self._driven = {lease.pk for lease in active_leases_of(driver.pk, on=on)}

    def why_not(self, obligation: Obligation) -> str | None:
        """The reason why the step would refuse it, None when it would not."""
        assert obligation.lease_id is not None
        return why_not_payable(
            category=obligation.category,
            lease_pk=obligation.lease_id,
            driven=self._driven,
        )


def _chosen(context: StepContext) -> tuple[Driver, int | None]:
    """The driver and lease of the query, else of the draft. Raises InvalidInput when there is neither."""
    draft = context.case.draft
    driver_id = context.params.get("driver_id", "").strip()
    if not driver_id and not draft.get("driver_id"):
        raise InvalidInput(
            f"Send driver_id, or enter the payment's details at {ENTER_DETAILS} first.", field="driver_id"
        )
    if driver_id and not (driver_id.isascii() and driver_id.isdecimal() and len(driver_id) <= 18):
        raise InvalidInput("driver_id must be the driver's number, a whole number.", field="driver_id")
    driver_pk = int(driver_id or draft["driver_id"])
    if draft.get("driver_id") not in (None, driver_pk):
        raise InvalidInput(
            f"{context.case.case_no} is a payment of driver {draft['driver_id']}, not of {driver_pk}: leave driver_id "
            f"out, or enter the other driver's details at {ENTER_DETAILS} first.",
            code=DRAFT_CONTRADICTED,
            field="driver_id",
        )
    company_id = context.actor.company_id
    driver = find_driver(company_id=company_id, driver_pk=driver_pk)
    if driver is None:
        raise DriverNotFound(f"There is no driver {driver_pk}.", field="driver_id")
    lease = context.params.get("lease_id", "").strip()
    if not lease:
        return driver, draft.get("lease_id")
    chosen = find_lease(company_id=company_id, lease=lease)
    if chosen is None:
        raise LeaseNotFound(f"There is no lease {lease[:20]}.", field="lease_id")
    return driver, chosen.pk


def _draft(context: StepContext) -> Mapping[str, Any] | None:
    """What was entered so far, None while nothing was; at most two statements."""
    draft = context.case.draft
    if not draft:
        return None
    company_id = context.actor.company_id
    driver = find_driver(company_id=company_id, driver_pk=draft["driver_id"])
    lease = find_lease(company_id=company_id, lease=draft["lease_id"])
    amount: Decimal = exact_money(draft["total_amount"])
    return {
        "driver_id": draft["driver_id"],
        "driver": driver_shape(driver) if driver else None,
        "lease_id": lease.lease_id if lease else None,
        "lease_id_pk": draft["lease_id"],
        "total_amount": amount,
        "payment_method": draft["payment_method"],
        "payment_date": draft["payment_date"],
        "reference_number": draft["reference_number"],
        "notes": draft["notes"],
    }


def _obligation(obligation: Obligation, reason: str | None) -> dict[str, Any]:
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
        "payable": reason is None,
        "not_payable_reason": reason,
        "not_payable_hint": HINTS[reason] if reason else None,
    }
