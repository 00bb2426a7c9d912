"""What the directory refuses, and how the database's refusals read."""

from __future__ import annotations

from typing import Final

from django.core.exceptions import ValidationError
from django.db import IntegrityError

from batconnect.core.database.faults import broken_constraint
from batconnect.core.kernel.errors import Conflict, FieldError, InvalidInput, NotFound, Refusal


class AlreadyInUse(Conflict):
    """409: another row of the company holds this number, license or place."""

    code = "already_in_use"
    title = "Already in use"
    remedy = "Choose another value, or change the row that holds it; the message names the field."


class LeaseHasEnded(Conflict):
    """409: the lease is over."""

    code = "lease_ended"
    title = "The lease has ended"
    remedy = "Open a new lease."


class WeekSettled(Conflict):
    """409: a week that the change would touch is settled."""

    code = "week_settled"
    title = "The week is settled"
    remedy = (
        "Make the change from the first day that is not settled, or over settled weeks as a lease correction: "
        "Correct settled weeks on the lease's page, POST /ledger/lease-corrections."
    )


class UnknownEntry(NotFound):
    """404: the company's directory has no such row."""

    code = "directory_entry_not_found"
    title = "Not in the directory"


class DriverNotFound(NotFound):
    """404: no such driver in this company."""

    code = "driver_not_found"
    title = "No such driver"
    remedy = "Search the driver by TLC license at the step INTPAY-001."


class LeaseNotFound(NotFound):
    """404: no such lease, or the driver has no active one."""

    code = "lease_not_found"
    title = "No such lease"
    remedy = "Choose one of the active leases that the step INTPAY-001 lists for the driver."


# Constraint → field and what to say of it.
_IN_USE: Final = {
    "customer_external_reference": ("external_reference", "Another customer has this external reference."),
    "driver_one_per_customer": ("customer", "This customer is already a driver."),
    "driver_number": ("driver_id", "Another driver has this number."),
    "driver_tlc_license": ("tlc_license", "Another driver has this TLC license."),
    "vehicle_vin": ("vin", "Another vehicle has this VIN."),
    "vehicle_plate": ("plate_no", "Another vehicle has this plate."),
    "medallion_number": ("medallion_no", "Another medallion has this number."),
    "lease_number": ("lease_id", "Another lease has this number."),
    "lease_one_active_per_medallion": ("medallion", "This medallion already has an active lease."),
    "lease_driver_once": ("driver", "This driver's time on the lease already begins on that day."),
    "lease_rate_once": ("from_on", "The lease already has a rate from that day."),
    "lease_driver_one_current_primary": ("driver", "The lease has a primary driver in that time."),
    "lease_driver_one_primary": ("driver", "The lease has a primary driver in that time."),
}
_WRONG: Final = {
    "lease_ends_after_start": ("ended_on", "A lease cannot end before it starts."),
    "lease_driver_ends_after_start": ("until_on", "The last day cannot be before the first."),
}


def refusal_of(error: IntegrityError) -> Refusal | None:
    """The refusal that a broken constraint of the directory means; None for any other constraint."""
    name = broken_constraint(error)
    if name in _IN_USE:
        field, message = _IN_USE[name]
        return AlreadyInUse(message, field=field)
    if name in _WRONG:
        field, message = _WRONG[name]
        return InvalidInput(message, field=field)
    return None


def refusal_of_values(error: ValidationError) -> InvalidInput:
    """The refusal with each invalid field's messages."""
    errors = [
        FieldError(field, message) for field, messages in error.message_dict.items() for message in messages
    ]
    return InvalidInput("; ".join(f"{each.field}: {each.message}" for each in errors), errors=errors)
