"""The 122 interim payment cases before the reader's first: INTPAY000123 comes next.

Rule: docs/seeds.md#interim-payments.

They go through the same services as everybody's: the cashier opens and submits, the manager holds and cancels.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.money import CENT
from cases.services import cancel_case, create_case, hold_case, submit_step
from demo.debts import NEWEST_PAYMENT_DAYS_AGO
from demo.fleet import JOHN_DOE, Seat
from demo.staff import act_as
from ledger.models import Obligation
from payments.bpm_flows.interim_payment.flows import ALLOCATE, InterimPayment
from payments.bpm_flows.interim_payment.screens import ENTER_DETAILS

OLDEST_PAYMENT_DAYS_AGO: Final = 63


class Fate(StrEnum):
    """What becomes of a case."""

    PAID = "paid"
    ENTERED = "entered"
    OPEN = "open"
    HELD = "held"
    HELD_AFTER_ENTRY = "held after entry"
    CANCELLED = "cancelled"


FATES: Final = {
    Fate.PAID: 92,
    Fate.CANCELLED: 10,
    Fate.OPEN: 6,
    Fate.ENTERED: 6,
    Fate.HELD: 5,
    Fate.HELD_AFTER_ENTRY: 3,
}
CASES: Final = sum(FATES.values())
_NOTES: Final = ("", "", "Paid at the window.", "Partial payment.", "Left with the night dispatcher.")
_REASONS: Final = {
    Fate.HELD: "Waiting for the bank's confirmation.",
    Fate.HELD_AFTER_ENTRY: "The driver disputes a toll.",
    Fate.CANCELLED: "The driver did not come.",
}


def run_cases(*, seats: Sequence[Seat], today: date, progress: Callable[[], None] = lambda: None) -> None:
    """Run every case to its fate, payments in the order of their dates; calls `progress` after each case.

    John Doe has none of them.
    """
    chance = random.Random("cases")  # noqa: S311 - an example, not a secret
    payers = [seat for number, seat in enumerate(seats, start=1) if seat.active and number != JOHN_DOE]
    fates = [fate for fate, count in FATES.items() for _ in range(count)]
    chance.shuffle(fates)
    days = sorted(
        today - timedelta(days=chance.randint(NEWEST_PAYMENT_DAYS_AGO, OLDEST_PAYMENT_DAYS_AGO))
        for _ in range(CASES)
    )
    cashier = act_as("cashier")
    managed: list[tuple[Fate, str]] = []
    for fate, day in zip(fates, days, strict=True):
        case_no = create_case(actor=cashier, case_type=InterimPayment.code).case.case_no
        if fate in (Fate.PAID, Fate.ENTERED, Fate.HELD_AFTER_ENTRY):
            _submit(cashier, case_no, fate, *_somebody_who_owes(payers, day, chance), day, chance)
        if fate in _REASONS:
            managed.append((fate, case_no))
        progress()
    manager = act_as("manager")
    for fate, case_no in managed:
        action = cancel_case if fate is Fate.CANCELLED else hold_case
        action(actor=manager, case_no=case_no, reason=_REASONS[fate])


def _somebody_who_owes(
    payers: Sequence[Seat], day: date, chance: random.Random
) -> tuple[Seat, list[tuple[Obligation, Decimal]]]:
    while True:
        seat = payers[chance.randrange(len(payers))]
        if lines := _lines(seat, day, chance):
            return seat, lines


def _submit(
    cashier: Actor,
    case_no: str,
    fate: Fate,
    seat: Seat,
    lines: list[tuple[Obligation, Decimal]],
    day: date,
    chance: random.Random,
) -> None:
    total = sum((amount for _, amount in lines), Decimal("0.00"))
    if chance.random() < 0.25:
        # More than is allocated: the excess goes to the lease, and what exceeds that stays the driver's cash.
        total += Decimal(chance.choice((20, 50, 100)))
    data: dict[str, Any] = {
        "driver_id": seat.driver.pk,
        "lease_id": seat.lease.pk,
        "total_amount": total,
        "payment_method": chance.choice(("Cash", "Cash", "Check", "ACH")),
        "payment_date": day.isoformat(),
    }
    if data["payment_method"] != "Cash":
        data["reference_number"] = f"{chance.randint(1_000, 9_999_999)}"
    if fate is not Fate.PAID:
        submit_step(actor=cashier, case_no=case_no, step_id=ENTER_DETAILS, data=data)
        return
    data["notes"] = chance.choice(_NOTES)
    data["allocations"] = [
        {"category": row.get_category_display(), "reference_id": row.reference_id, "amount": amount}
        for row, amount in lines
    ]
    submit_step(actor=cashier, case_no=case_no, step_id=ALLOCATE, data=data)


def _lines(seat: Seat, day: date, chance: random.Random) -> list[tuple[Obligation, Decimal]]:
    """One to three open debts of the driver on that lease, some paid whole, some in part."""
    rows = list(
        Obligation.objects.filter(
            lease=seat.lease,
            customer_id=seat.driver.customer_id,
            status=Obligation.Status.OPEN,
            issue_date__lte=day,
        )
        .exclude(category="TAXES")
        .order_by("due_date", "category", "reference_id")[:3]
    )
    return [
        (row, row.outstanding if chance.random() < 0.7 else max(CENT, (row.outstanding / 2).quantize(CENT)))
        for row in rows[: chance.randint(1, 3)]
    ]
