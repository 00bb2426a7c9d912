"""Interim payments: a driver pays some of what a lease owes, between two weekly settlements.

Rule: docs/domain.md#interim-payments.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from batconnect.core.database.numbers import take
from batconnect.core.database.transactions import joins_transaction, reads
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.errors import FieldError, InvalidInput, Refusal
from batconnect.core.kernel.ids import uuid7
from batconnect.core.kernel.money import LARGEST, format_amount, sum_of
from batconnect.directory.errors import DriverNotFound, LeaseNotFound
from batconnect.directory.models import Driver, Lease
from ledger.chart import Category
from ledger.errors import ABOVE_OUTSTANDING, UNKNOWN_CATEGORY
from ledger.models import Obligation
from ledger.postings import EntryDraft
from ledger.rules.categories import UnknownCategory, parse_category
from ledger.services.dates import book_date_error
from ledger.services.locks import lock_open_debts
from ledger.treasury.services.paying import taking_account
from payments import postings
from payments.errors import (
    ABOVE_TOTAL,
    CATEGORY_NOT_PAYABLE,
    DUPLICATE,
    LEASE_NOT_OF_DRIVER,
    NOT_PAYABLE,
    REFERENCE_NOT_ACCEPTED,
    UNKNOWN_METHOD,
)
from payments.models import Payment
from payments.querysets import find_driver, find_driving, find_lease
from payments.rules.interim import MAX_ALLOCATIONS, LeaseItem, excess_to_lease
from payments.rules.methods import INTERIM_METHODS, UnknownMethod, parse_method, takes_reference
from payments.rules.strategies import CHOSEN, EXCESS_TO_LEASE
from payments.services.allocation import AllocationLine, Applied, apply_allocations
from payments.services.duplicates import remember_duplicate
from payments.subjects import INTERIM_NUMBERS


@dataclass(frozen=True, slots=True)
class ChosenAllocation:
    """One line as the cashier entered it; the category by label or code.

    `obligation_id` is what the two name, for an entry point that has found it: it is not looked up again.
    """

    category: str
    reference_id: str
    amount: Decimal
    obligation_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class PaymentDetails:
    """Who pays how much for which lease, how and when: checked."""

    driver: Driver
    lease: Lease
    amount: Decimal
    method: str
    payment_date: date
    reference_number: str
    notes: str


@reads
def check_payment_details(
    *,
    actor: Actor,
    driver_id: int,
    lease: int | str,
    amount: Decimal,
    method: str,
    payment_date: date,
    reference_number: str = "",
    notes: str = "",
) -> PaymentDetails:
    """Hold the head of an interim payment against the rules (docs/domain.md#interim-payments); writes nothing.

    `lease` is its key or number. Raises DriverNotFound and LeaseNotFound (404), InvalidInput naming the field:
    not the driver's active lease, amount, method not among Cash, Check and ACH, a reference number with cash,
    a date after today or in a closed period.
    """
    driving = find_driving(
        company_id=actor.company_id, driver_pk=driver_id, lease=lease, on=today(actor.company)
    )
    if driving is None:
        raise _why_not_driving(actor, driver_id, lease)
    wrong: list[FieldError] = []
    if not 0 < amount <= LARGEST:
        wrong.append(
            FieldError("total_amount", f"Enter an amount above zero, up to {format_amount(LARGEST)}.")
        )
    code = method
    try:
        code = parse_method(method, allowed=INTERIM_METHODS)
        if reference_number and not takes_reference(code):
            message = "A cash payment carries no reference number; Check and ACH may."
            wrong.append(FieldError("reference_number", message, REFERENCE_NOT_ACCEPTED))
    except UnknownMethod as error:
        wrong.append(FieldError("payment_method", str(error), UNKNOWN_METHOD))
    if date_error := book_date_error(actor=actor, day=payment_date, field="payment_date"):
        wrong.append(date_error)
    _refuse(wrong)
    return PaymentDetails(driving.driver, driving.lease, amount, code, payment_date, reference_number, notes)


@joins_transaction
def record_interim_payment(
    *,
    actor: Actor,
    driver_id: int,
    lease: int | str,
    amount: Decimal,
    method: str,
    payment_date: date,
    allocations: Sequence[ChosenAllocation],
    reference_number: str = "",
    notes: str = "",
    case_no: str = "",
    acknowledge_duplicate: bool = False,
) -> Applied:
    """Record an interim payment and apply it at once: the chosen lines, then the excess to Lease.

    Rule: docs/domain.md#interim-payments.

    The excess goes to the lease's open LEASE obligations, oldest first, as lines of their own; what exceeds those stays
    unallocated cash of the payment, which remembers its lease and a likely duplicate. Amounts in base currency.
    Needs `payments.record` and `payments.allocate`. Raises as `check_payment_details`, and InvalidInput for each line's
    field: 1 to 50 lines, category, twice the same, not open on driver and lease, above outstanding, sum above payment.
    """
    actor.require("payments.record")
    actor.require("payments.allocate")
    details = check_payment_details(
        actor=actor,
        driver_id=driver_id,
        lease=lease,
        amount=amount,
        method=method,
        payment_date=payment_date,
        reference_number=reference_number,
        notes=notes,
    )
    pairs = _checked_choice(allocations, amount)
    # Every LEASE debt too: those take the excess.
    obligations = lock_open_debts(
        actor=actor,
        customer_id=details.driver.customer_id,
        lease_pk=details.lease.pk,
        category=Category.LEASE.value,
        ids=[line.obligation_id for line in allocations if line.obligation_id],
        named=[pair for pair, line in zip(pairs, allocations, strict=True) if not line.obligation_id],
    )
    lines = _lines(actor, details, obligations, pairs, allocations)
    payment = _new_payment(actor, details, case_no, acknowledge_duplicate)
    return apply_allocations(
        actor=actor, payment=payment, obligations=obligations, lines=lines, drafts=[_received(actor, payment)]
    )


def _received(actor: Actor, payment: Payment) -> EntryDraft:
    """The entry of the cash."""
    return postings.payment_received(
        payment_id=payment.id,
        method=payment.method,
        amount=payment.amount,
        currency=payment.currency,
        payment_date=payment.payment_date,
        customer_id=payment.customer_id,
        lease_id=payment.lease_id,
        case_no=payment.case_no,
        cash_account=taking_account(actor=actor, method=payment.method, currency=payment.currency),
    )


def _why_not_driving(actor: Actor, driver_id: int, lease: int | str) -> Refusal:
    """Why the driver cannot pay for the lease; looked up when a request is refused."""
    driver = find_driver(company_id=actor.company_id, driver_pk=driver_id)
    if driver is None:
        return DriverNotFound(f"There is no driver {driver_id}.", field="driver_id")
    named = find_lease(company_id=actor.company_id, lease=lease)
    if named is None:
        return LeaseNotFound(f"There is no lease {str(lease)[:20]}.", field="lease_id")
    return InvalidInput(
        f"{named.lease_id} is not an active lease that {driver.customer.name} drives today.",
        code=LEASE_NOT_OF_DRIVER,
        field="lease_id",
    )


def _checked_choice(allocations: Sequence[ChosenAllocation], total: Decimal) -> list[tuple[str, str]]:
    """The (category code, reference) of every line, once all that needs no database is right."""
    if not 1 <= len(allocations) <= MAX_ALLOCATIONS:
        raise InvalidInput(
            f"Give 1 to {MAX_ALLOCATIONS} allocations; you sent {len(allocations)}.", field="allocations"
        )
    pairs: list[tuple[str, str]] = []
    wrong: list[FieldError] = []
    for place, line in enumerate(allocations):
        where = f"allocations.{place}"
        if line.amount <= 0:
            wrong.append(FieldError(f"{where}.amount", "Enter an amount above zero."))
        try:
            category = parse_category(line.category)
        except UnknownCategory as error:
            wrong.append(FieldError(f"{where}.category", str(error), UNKNOWN_CATEGORY))
            continue
        pair = (category.value, line.reference_id.strip())
        if category is Category.TAXES:
            message = "Taxes cannot be paid by an interim payment; the weekly settlement recovers them."
            wrong.append(FieldError(f"{where}.category", message, CATEGORY_NOT_PAYABLE))
        elif pair in pairs:
            message = f"{category.label} {pair[1]} is named twice: name it once, with the whole amount."
            wrong.append(FieldError(where, message, DUPLICATE))
        pairs.append(pair)
    _refuse(wrong)
    allocated = sum_of(line.amount for line in allocations)
    if allocated > total:
        raise InvalidInput(
            f"The allocations sum to {format_amount(allocated)}, above the total_amount of {format_amount(total)}.",
            code=ABOVE_TOTAL,
            field="allocations",
        )
    return pairs


def _lines(
    actor: Actor,
    details: PaymentDetails,
    obligations: Mapping[UUID, Obligation],
    pairs: Sequence[tuple[str, str]],
    allocations: Sequence[ChosenAllocation],
) -> list[AllocationLine]:
    """The chosen lines, then one for each LEASE obligation that takes a part of the excess."""
    by_pair = {(each.category, each.reference_id): each for each in obligations.values()}
    wrong: list[FieldError] = []
    lines: list[AllocationLine] = []
    for place, (pair, line) in enumerate(zip(pairs, allocations, strict=True)):
        obligation = obligations.get(line.obligation_id) if line.obligation_id else by_pair.get(pair)
        if obligation is None:
            wrong.append(
                FieldError(
                    f"allocations.{place}.reference_id", _why_not_open(actor, details, pair), NOT_PAYABLE
                )
            )
            continue
        assert (obligation.category, obligation.reference_id) == pair, "an entry point names what it found"
        if line.amount > obligation.outstanding:
            message = (
                f"{format_amount(line.amount)} is above the {format_amount(obligation.outstanding)} outstanding "
                f"on {obligation.get_category_display()} {obligation.reference_id}."
            )
            wrong.append(FieldError(f"allocations.{place}.amount", message, ABOVE_OUTSTANDING))
        lines.append(
            AllocationLine(
                obligation_id=obligation.id,
                amount=line.amount,
                strategy=CHOSEN,
                decision={"line": place + 1, "outstanding_before": str(obligation.outstanding)},
                field=f"allocations.{place}",
            )
        )
    _refuse(wrong)
    return lines + _excess_lines(details, obligations, lines)


def _excess_lines(
    details: PaymentDetails, obligations: Mapping[UUID, Obligation], chosen: Sequence[AllocationLine]
) -> list[AllocationLine]:
    taken = {line.obligation_id: line.amount for line in chosen}
    items = [
        LeaseItem(
            key=each.id,
            left=each.outstanding - taken.get(each.id, Decimal(0)),
            due_date=each.due_date,
            issue_date=each.issue_date,
            reference_id=each.reference_id,
        )
        for each in obligations.values()
        if each.category == Category.LEASE
    ]
    excess = details.amount - sum_of(taken.values())
    split = excess_to_lease(excess=excess, items=items)
    left = {item.key: item.left for item in items}
    return [
        AllocationLine(
            obligation_id=key,
            amount=portion,
            strategy=EXCESS_TO_LEASE,
            decision={
                "rank": rank,
                "due_date": obligations[key].due_date.isoformat(),
                "outstanding_before": str(left[key]),
                "excess": str(excess),
            },
        )
        for rank, (key, portion) in enumerate(split.portions, start=1)
    ]


def _why_not_open(actor: Actor, details: PaymentDetails, pair: tuple[str, str]) -> str:
    """Why nothing open was found under the reference; looked up when a request is refused."""
    category, reference_id = pair
    name = f"{Category(category).label} {reference_id[:60]}"
    obligation = Obligation.objects.filter(
        company_id=actor.company_id, category=category, reference_id=reference_id
    ).first()
    if obligation is None:
        return f"There is no obligation {name}."
    if obligation.customer_id != details.driver.customer_id or obligation.lease_id != details.lease.pk:
        return f"{name} is not an obligation of {details.driver.driver_id} on {details.lease.lease_id}."
    return f"{name} is {obligation.get_status_display().lower()}: nothing is outstanding on it."


def _new_payment(actor: Actor, details: PaymentDetails, case_no: str, acknowledge_duplicate: bool) -> Payment:
    """The payment, unsaved, with its number: taken after all locks and right before the first insert; it remembers
    an earlier payment that it looks like.

    Rule: docs/domain.md#numbers, docs/domain.md#likely-duplicates.
    """
    (number,) = take(INTERIM_NUMBERS, company_id=actor.company_id, day=today(actor.company))
    payment = Payment(
        id=uuid7(),
        company_id=actor.company_id,
        kind=Payment.Kind.INTERIM,
        number=number.text,
        number_order=number.order,
        customer_id=details.driver.customer_id,
        driver=details.driver,
        lease=details.lease,
        currency=actor.company.base_currency,
        amount=details.amount,
        unallocated=details.amount,
        method=details.method,
        payment_date=details.payment_date,
        reference_number=details.reference_number,
        notes=details.notes,
        status=Payment.Status.POSTED,
        case_no=case_no,
        created_by_id=actor.user_id,
        cashier=actor.name,
    )
    remember_duplicate(actor=actor, payment=payment, is_acknowledged=acknowledge_duplicate)
    return payment


def _refuse(wrong: Sequence[FieldError]) -> None:
    """Raise InvalidInput naming all of it; nothing for an empty list."""
    if not wrong:
        return
    message = " ".join(f"{each.field}: {each.message}" for each in wrong[:5])
    raise InvalidInput(message, code=wrong[0].code, errors=wrong)
