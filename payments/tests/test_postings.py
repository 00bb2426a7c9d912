"""Which entry each event of a payment makes: the rows of docs/domain.md#bookings."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import UUID

from batconnect.core.kernel.ids import uuid7
from ledger.postings import EntryDraft, Leg
from payments import postings

PAYMENT, ALLOCATION, OBLIGATION, OPERATION, CUSTOMER, ENTRY = (uuid7() for _ in range(6))
DAY = date(2025, 10, 20)


def legs(draft: EntryDraft) -> list[tuple[str, str, UUID | None, UUID | None]]:
    return [(leg.account, f"{leg.amount:.2f}", leg.obligation_id, leg.payment_id) for leg in draft.legs]


def test_payment_received() -> None:
    draft = postings.payment_received(
        payment_id=PAYMENT,
        method="ach",
        amount=Decimal("600.00"),
        currency="USD",
        payment_date=DAY,
        customer_id=CUSTOMER,
        lease_id=2054,
    )

    assert legs(draft) == [
        ("cash:ach", "600.00", None, None),
        ("unallocated_cash", "-600.00", None, PAYMENT),
    ]
    assert (draft.event, draft.source_type, draft.source_id) == (
        "payment_received",
        "payments.payment",
        str(PAYMENT),
    )


def test_allocation_with_discount_is_one_entry() -> None:
    draft = postings.allocation_applied(
        allocation_id=ALLOCATION,
        operation_id=OPERATION,
        payment_id=PAYMENT,
        obligation_id=OBLIGATION,
        category="INVOICE",
        cash=Decimal("980.00"),
        discount=Decimal("20.00"),
        currency="USD",
        allocation_date=DAY,
        customer_id=CUSTOMER,
        lease_id=None,
    )

    assert legs(draft) == [
        ("unallocated_cash", "980.00", None, PAYMENT),
        ("discounts_allowed", "20.00", None, None),
        ("receivable:INVOICE", "-1000.00", OBLIGATION, None),
    ]


def test_allocation_voided_returns_the_rest() -> None:
    draft = postings.allocation_voided(
        allocation_id=ALLOCATION,
        operation_id=OPERATION,
        payment_id=PAYMENT,
        obligation_id=OBLIGATION,
        category="LEASE",
        cash=Decimal("265.00"),
        discount=Decimal("0.00"),
        currency="USD",
        on=DAY,
        customer_id=CUSTOMER,
        lease_id=2054,
        reverses=ENTRY,
        is_full_reversal=True,
        reason="Entered for the wrong driver.",
    )

    assert legs(draft) == [
        ("receivable:LEASE", "265.00", OBLIGATION, None),
        ("unallocated_cash", "-265.00", None, PAYMENT),
    ]
    assert (draft.reverses, draft.is_full_reversal) == (ENTRY, True)


def test_allocation_refunded_gives_back_its_discount_share() -> None:
    draft = postings.allocation_refunded(
        refund_id=ALLOCATION,
        operation_id=OPERATION,
        obligation_id=OBLIGATION,
        category="INVOICE",
        entry_id=ENTRY,
        paid=Leg("payments_in_transit:operating", Decimal("-490.00"), item_id=PAYMENT),
        cash=Decimal("490.00"),
        discount=Decimal("10.00"),
        currency="USD",
        on=DAY,
        customer_id=CUSTOMER,
        lease_id=None,
        reverses=ENTRY,
        reason="Half of the goods came back.",
    )

    assert legs(draft) == [
        ("receivable:INVOICE", "500.00", OBLIGATION, None),
        ("payments_in_transit:operating", "-490.00", None, None),
        ("discounts_allowed", "-10.00", None, None),
    ]
    assert draft.is_full_reversal is False


def test_unallocated_cash_refunded() -> None:
    draft = postings.unallocated_refunded(
        refund_id=ALLOCATION,
        payment_id=PAYMENT,
        entry_id=ENTRY,
        paid=Leg("cash:cash", Decimal("-35.00")),
        amount=Decimal("35.00"),
        currency="USD",
        on=DAY,
        customer_id=CUSTOMER,
        lease_id=2054,
        reason="The driver leaves the company.",
    )

    assert legs(draft) == [
        ("unallocated_cash", "35.00", None, PAYMENT),
        ("cash:cash", "-35.00", None, None),
    ]


def test_payment_voided_gives_the_cash_back() -> None:
    draft = postings.payment_voided(
        payment_id=PAYMENT,
        method="check",
        amount=Decimal("600.00"),
        currency="USD",
        on=DAY,
        customer_id=CUSTOMER,
        lease_id=2054,
        reverses=ENTRY,
        reason="The check was returned.",
    )

    assert legs(draft) == [
        ("unallocated_cash", "600.00", None, PAYMENT),
        ("cash:check", "-600.00", None, None),
    ]
    assert (draft.reverses, draft.is_full_reversal) == (ENTRY, True)
