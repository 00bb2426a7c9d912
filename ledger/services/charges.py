"""What finance managers enter themselves: tolls, violations, tickets, taxes, misc; opening balances.

Rule: docs/domain.md#charges.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final
from uuid import UUID

from batconnect.core.database.transactions import joins_transaction
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.errors import Conflict, FieldError, InvalidInput, NotFound
from batconnect.directory.models import Customer, Driver, Lease, LeaseDriver
from ledger.chart import OTHER_AUTHORITY, RECOVERED_CATEGORIES, Category, Origin
from ledger.errors import (
    CATEGORY_NOT_RAISED,
    DEBTOR_UNKNOWN,
    DRIVER_NOT_ON_LEASE,
    LEASE_REQUIRED,
    OPENING_LOCKED,
    REFERENCE_VOIDED,
    UNKNOWN_AUTHORITY,
)
from ledger.models import Obligation, TaxAuthority
from ledger.postings import charge_credits
from ledger.services.dates import book_date_error
from ledger.services.moved import where_moved
from ledger.services.obligations import ObligationDraft, Raised, raise_obligations
from ledger.services.opening import keep_opening, opening_is_locked

_NOT_FOUND: Final = "not_found"


@dataclass(frozen=True, slots=True)
class Charge:
    """A charge as entered; the amount is in the company's base currency.

    Who owes it: a driver (by `driver_id`, or `tlc_license`) with a lease (by `lease_id`, or its number), or a
    customer. `issue_date` defaults to the company's today. `authority` is the code of whom a tax is held for, `other`
    when empty.
    """

    category: Category
    reference_id: str
    amount: Decimal
    due_date: date
    issue_date: date | None = None
    description: str = ""
    opening: bool = False
    driver_id: int | None = None
    tlc_license: str = ""
    lease_id: int | None = None
    lease_number: str = ""
    customer_id: UUID | None = None
    authority: str = ""


@dataclass(frozen=True, slots=True)
class _Known:
    """The drivers, leases and customers that the charges name."""

    drivers: dict[int | str, tuple[int, UUID]]
    leases: dict[int | str, int]
    on_lease: set[tuple[int, int]]
    customers: set[UUID]
    driving_customers: set[UUID]
    authorities: set[str]
    opening_is_locked: bool


@joins_transaction
def enter_charges(*, actor: Actor, charges: Sequence[Charge]) -> list[Raised]:
    """Raise the charges, all or none; one that already exists with the same amount is left as it is.

    Needs `ledger.raise_obligation`. Raises InvalidInput naming each field, NotFound for a driver, lease or
    customer that is not there, Conflict 409 `reference_taken`, `reference_voided`, or `opening_locked` for an opening
    balance once the opening is locked.
    """
    actor.require("ledger.raise_obligation")
    errors: list[FieldError] = []
    drafts: list[ObligationDraft] = []
    for place, checked in enumerate(check_charges(actor=actor, charges=charges)):
        if isinstance(checked, ObligationDraft):
            drafts.append(checked)
        else:
            prefix = "" if len(charges) == 1 else f"{place}."
            errors += [FieldError(prefix + each.field, each.message, each.code) for each in checked]
    if locked := [each for each in errors if each.code == OPENING_LOCKED]:
        raise Conflict(locked[0].message, code=OPENING_LOCKED, errors=locked)
    if errors and all(each.code == _NOT_FOUND for each in errors):
        raise NotFound(errors[0].message, errors=errors)
    if errors:
        raise InvalidInput(errors[0].message, code=errors[0].code, errors=errors)
    raised = raise_obligations(actor=actor, drafts=drafts)
    for each in raised:
        if each.obligation.status == Obligation.Status.VOIDED:
            raise Conflict(
                f"{each.obligation} was voided: it keeps its reference and is not raised again.",
                code=REFERENCE_VOIDED,
                field="reference_id",
            )
    return raised


@joins_transaction
def check_charges(*, actor: Actor, charges: Sequence[Charge]) -> list[ObligationDraft | list[FieldError]]:
    """For each charge, what it would raise or everything that is wrong with it; writes nothing. One that was moved to
    the debtor named here is known by the reference that it has there. With an opening balance
    among them nobody locks the opening until the transaction ends.

    A constant number of statements for any number of charges.
    """
    known = _look_up(actor, charges)
    return where_moved(actor=actor, checked=[_check(actor, charge, known) for charge in charges])


def _check(actor: Actor, charge: Charge, known: _Known) -> ObligationDraft | list[FieldError]:
    errors: list[FieldError] = []
    if not charge.opening and charge.category not in RECOVERED_CATEGORIES:
        errors.append(
            FieldError(
                "category",
                f"{charge.category.label} is not entered by hand, but as an opening balance; "
                f"enter {', '.join(each.label for each in RECOVERED_CATEGORIES)}.",
                CATEGORY_NOT_RAISED,
            )
        )
    if charge.opening and known.opening_is_locked:
        message = "The opening of the books is locked: this is not an opening balance."
        errors.append(FieldError("opening", message, OPENING_LOCKED))
    errors += _authority_errors(charge, known)
    issue_date = charge.issue_date or today(actor.company)
    if wrong := book_date_error(actor=actor, day=issue_date, field="issue_date"):
        errors.append(wrong)
    debtor = _debtor(charge, known)
    if isinstance(debtor, FieldError):
        errors.append(debtor)
    if errors or isinstance(debtor, FieldError):
        return errors
    customer_id, lease_id = debtor
    return ObligationDraft(
        category=charge.category,
        reference_id=charge.reference_id,
        amount=charge.amount,
        issue_date=issue_date,
        due_date=charge.due_date,
        customer_id=customer_id,
        lease_id=lease_id,
        description=charge.description,
        is_opening=charge.opening,
        credits=charge_credits(
            category=charge.category,
            amount=charge.amount,
            is_opening=charge.opening,
            authority=charge.authority,
        ),
    )


def _authority_errors(charge: Charge, known: _Known) -> list[FieldError]:
    if not charge.authority or charge.authority == OTHER_AUTHORITY:
        return []
    if charge.category is not Category.TAXES or charge.opening:
        return [FieldError("authority", "Only taxes are held for an authority.", UNKNOWN_AUTHORITY)]
    if charge.authority not in known.authorities:
        message = f"There is no tax authority {charge.authority[:20]}."
        return [FieldError("authority", message, UNKNOWN_AUTHORITY)]
    return []


def _debtor(charge: Charge, known: _Known) -> tuple[UUID, int | None] | FieldError:
    """The customer and lease that owe it, or what is wrong."""
    names_driver = charge.driver_id is not None or bool(charge.tlc_license)
    names_lease = charge.lease_id is not None or bool(charge.lease_number)
    if names_driver == (charge.customer_id is not None):
        return FieldError("driver_id", "Send either driver_id with lease_id, or customer_id.", DEBTOR_UNKNOWN)
    if charge.customer_id is not None:
        return _customer(charge, known, names_lease=names_lease)
    if not names_lease:
        return FieldError("lease_id", "A driver's obligation needs a lease: send lease_id.", LEASE_REQUIRED)
    driver = known.drivers.get(charge.tlc_license if charge.driver_id is None else charge.driver_id)
    if driver is None:
        named = charge.tlc_license if charge.driver_id is None else charge.driver_id
        return FieldError("driver_id", f"There is no driver {named}.", _NOT_FOUND)
    lease_id = known.leases.get(charge.lease_number if charge.lease_id is None else charge.lease_id)
    if lease_id is None:
        named = charge.lease_number if charge.lease_id is None else charge.lease_id
        return FieldError("lease_id", f"There is no lease {named}.", _NOT_FOUND)
    driver_id, customer_id = driver
    if (lease_id, driver_id) not in known.on_lease:
        return FieldError("lease_id", "The driver is not and was not on this lease.", DRIVER_NOT_ON_LEASE)
    return customer_id, lease_id


def _customer(charge: Charge, known: _Known, *, names_lease: bool) -> tuple[UUID, None] | FieldError:
    customer_id = charge.customer_id
    assert customer_id is not None
    if names_lease:
        return FieldError("lease_id", "A lease goes with driver_id, not with customer_id.", DEBTOR_UNKNOWN)
    if customer_id not in known.customers:
        return FieldError("customer_id", f"There is no customer {customer_id}.", _NOT_FOUND)
    for_drivers = charge.category.origin is not Origin.CUSTOMERS
    if for_drivers and customer_id in known.driving_customers:
        return FieldError(
            "driver_id", "This customer is a driver: send driver_id with lease_id.", LEASE_REQUIRED
        )
    return customer_id, None


def _look_up(actor: Actor, charges: Sequence[Charge]) -> _Known:
    """Look up everything that the charges name, with one statement per table."""
    company = actor.company_id
    by_id = {each.driver_id for each in charges if each.driver_id is not None}
    by_license = {each.tlc_license for each in charges if each.tlc_license}
    customers = {each.customer_id for each in charges if each.customer_id is not None}
    drivers: dict[int | str, tuple[int, UUID]] = {}
    driving: set[UUID] = set()
    rows = Driver.objects.filter(company_id=company)
    driver_rows = (
        rows.filter(id__in=by_id)
        | rows.filter(tlc_license__in=by_license)
        | rows.filter(customer__in=customers)
    )
    for key, license_no, customer_id in driver_rows.values_list("id", "tlc_license", "customer_id"):
        drivers[key] = drivers[license_no] = (key, customer_id)
        driving.add(customer_id)
    opens = any(each.opening for each in charges)
    if opens:
        keep_opening(actor=actor)
    leases: dict[int | str, int] = {}
    wanted_ids = {each.lease_id for each in charges if each.lease_id is not None}
    wanted_numbers = {each.lease_number for each in charges if each.lease_number}
    lease_rows = Lease.objects.filter(company_id=company)
    for key, number in (
        lease_rows.filter(id__in=wanted_ids) | lease_rows.filter(lease_id__in=wanted_numbers)
    ).values_list("id", "lease_id"):
        leases[key] = leases[number] = key
    pairs = LeaseDriver.objects.filter(
        company_id=company, lease__in=set(leases.values()), driver__in={each[0] for each in drivers.values()}
    ).values_list("lease_id", "driver_id")
    known = Customer.objects.filter(company_id=company, id__in=customers).values_list("id", flat=True)
    return _Known(
        drivers,
        leases,
        set(pairs),
        set(known) if customers else set(),
        driving,
        _authorities(actor, charges),
        opens and opening_is_locked(actor=actor),
    )


def _authorities(actor: Actor, charges: Sequence[Charge]) -> set[str]:
    """The codes among those that charges name that are open authorities."""
    named = {each.authority for each in charges if each.authority}
    if not named:
        return set()
    there = TaxAuthority.objects.filter(company_id=actor.company_id, code__in=named, is_active=True)
    return set(there.values_list("code", flat=True))
