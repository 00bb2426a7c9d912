"""A payout is in transit until the bank shows it, and what comes back is due again.

Rule: docs/domain.md#payouts-sent-and-returned.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import NotAllowed
from batconnect.core.models import AuditEvent
from ledger.models import Dtr, Entry, Posting
from ledger.settlement.errors import DtrNotFound, PayoutNotReturnable
from ledger.settlement.services.payouts import pay_dtrs, return_payout
from ledger.tests.builders import Debtor
from ledger.tests.settlement.builders import (
    WEEK,
    assert_books_agree,
    at,
    dtr_of,
    earn,
    figures,
    make_driver,
    settle,
    settle_from,
)
from ledger.treasury.models import Disbursement
from tests.cast import StaffClient
from tests.digest import assert_nothing_written

FIRST = date(2026, 1, 4)
WHY = "Returned by the bank: R03, no account"


@pytest.fixture
def john(manager: Actor) -> Debtor:
    """A driver with a lease of 500.00 a week."""
    return make_driver(manager)


@pytest.fixture
def paid(manager: Actor, john: Debtor) -> Dtr:
    """His DTR of the first week: 700.00 earned, 200.00 due and paid by ACH."""
    with at("2026-01-11"):
        job = settle_from(FIRST + WEEK)
        earn(manager, john, FIRST, "700.00")
        settle(job, FIRST)
    with at("2026-01-12"):
        pay_dtrs(actor=manager, numbers=[dtr_of(john, FIRST).number], method="ach", reference_number="8812")
    return dtr_of(john, FIRST)


def posted(event: str) -> list[tuple[str, Decimal]]:
    lines = Posting.objects.filter(entry__event=event).order_by("entry_id", "line")
    return list(lines.values_list("account__code", "amount"))


def clear(row: Disbursement) -> None:
    """As the line of a statement does."""
    with connection.cursor() as cursor:
        cursor.execute(
            "update disbursements set status = 'cleared', cleared_on = %s where id = %s",
            ["2026-01-13", row.id],
        )


def test_a_payout_is_in_transit(manager: Actor, paid: Dtr) -> None:
    assert posted("dtr_paid_out") == [
        ("driver_earnings_payable", Decimal("200.00")),
        ("payments_in_transit:operating", Decimal("-200.00")),
    ]
    row = Disbursement.objects.get()
    assert (row.kind, row.status, row.amount, row.method, row.reference, row.payee, row.paid_on) == (
        "payout",
        "in_transit",
        Decimal("200.00"),
        "ach",
        "8812",
        "John Doe",
        date(2026, 1, 12),
    )
    assert_books_agree(manager)


def test_a_stopped_payout_is_due_again(manager: Actor, paid: Dtr) -> None:
    before = figures(paid)

    with at("2026-01-14"):
        again = return_payout(actor=manager, number=paid.number, reason=WHY)

    assert (again.status, again.paid_on, again.payment_method, again.returned_payouts) == (
        "Finalized",
        None,
        "",
        1,
    )
    assert figures(again) == before
    assert posted("payout_returned") == [
        ("payments_in_transit:operating", Decimal("200.00")),
        ("driver_earnings_payable", Decimal("-200.00")),
    ]
    entry = Entry.objects.get(event="payout_returned")
    assert (entry.effective_on, entry.reason, entry.is_full_reversal) == (date(2026, 1, 14), WHY, True)
    row = Disbursement.objects.get()
    assert (row.status, row.stopped_on, row.stop_reason, row.stop_entry_id) == (
        "stopped",
        date(2026, 1, 14),
        WHY,
        entry.id,
    )
    assert AuditEvent.objects.filter(action="ledger.return_payout").count() == 1
    assert_books_agree(manager)


def test_what_had_cleared_is_on_its_way_back(manager: Actor, paid: Dtr) -> None:
    clear(Disbursement.objects.get())
    # The line of the statement, as it will be posted.
    with at("2026-01-14"):
        return_payout(actor=manager, number=paid.number, reason=WHY)

    assert posted("payout_returned") == [
        ("deposits_in_transit:operating", Decimal("200.00")),
        ("driver_earnings_payable", Decimal("-200.00")),
    ]
    line = Posting.objects.get(account__code="deposits_in_transit:operating")
    assert line.item_id == Disbursement.objects.get().id
    assert not Entry.objects.get(event="payout_returned").is_full_reversal


def test_what_had_cleared_goes_where_its_line_says(manager: Actor, paid: Dtr) -> None:
    clear(Disbursement.objects.get())

    with at("2026-01-14"):
        return_payout(actor=manager, number=paid.number, reason=WHY, into="unidentified_receipts")

    assert posted("payout_returned")[0] == ("unidentified_receipts", Decimal("200.00"))


def test_it_is_paid_again_as_the_next_attempt(manager: Actor, paid: Dtr) -> None:
    for attempt, day in ((1, "2026-01-14"), (2, "2026-01-16")):
        with at(day):
            return_payout(actor=manager, number=paid.number, reason=WHY)
            pay_dtrs(actor=manager, numbers=[paid.number], method="check", reference_number=f"10{attempt}")

    paid.refresh_from_db()
    assert (paid.status, paid.payment_reference, paid.returned_payouts) == ("Paid", "102", 2)
    keys = Entry.objects.filter(event="dtr_paid_out").order_by("id").values_list("source_id", flat=True)
    assert list(keys) == [str(paid.id), f"{paid.id}/2", f"{paid.id}/3"]
    rows = Disbursement.objects.order_by("id")
    assert [(row.status, row.reference) for row in rows] == [
        ("stopped", "8812"),
        ("stopped", "101"),
        ("in_transit", "102"),
    ]
    assert_books_agree(manager)


def test_nothing_comes_back_twice(manager: Actor, paid: Dtr) -> None:
    return_payout(actor=manager, number=paid.number, reason=WHY)

    with assert_nothing_written(), pytest.raises(PayoutNotReturnable, match="is Finalized"):
        return_payout(actor=manager, number=paid.number, reason=WHY)


def test_refuses_who_may_not_and_what_is_not_there(
    manager: Actor, cashier: Actor, paid: Dtr, in_north: Any
) -> None:
    with assert_nothing_written(), pytest.raises(NotAllowed):
        return_payout(actor=cashier, number=paid.number, reason=WHY)
    with assert_nothing_written(), pytest.raises(DtrNotFound):
        return_payout(actor=manager, number="DTR-2026-999999", reason=WHY)


@pytest.mark.parametrize(
    "statement",
    [
        "update dtrs set status = 'Finalized', paid_on = null, paid_at = null, payment_method = ''",
        "update dtrs set returned_payouts = 1",
        "update dtrs set payment_reference = 'another'",
        "update dtrs set status = 'Finalized', paid_on = null, paid_at = null, payment_method = '',"
        " returned_payouts = 2",
    ],
)
def test_the_database_lets_no_payout_vanish(manager: Actor, paid: Dtr, statement: str) -> None:
    with (
        pytest.raises(DatabaseError, match=r"is paid already|came back"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


def test_the_call(paid: Dtr, client_of: Callable[..., StaffClient]) -> None:
    path = f"/ledger/dtrs/{paid.number}/return-payout"

    refused = client_of("manager").post(path, {"reason": "short"})
    answer = client_of("manager").post(path, {"reason": WHY})
    again = client_of("manager").post(path, {"reason": WHY})

    assert (refused.status_code, refused.json()["code"]) == (400, "reason_length")
    assert answer.status_code == 200, answer.content
    assert (answer.json()["status"], answer.json()["payout"]) == ("Finalized", None)
    assert (again.status_code, again.json()["code"]) == (409, "payout_not_returnable")
    assert client_of("cashier").post(path, {"reason": WHY}).status_code == 403


def test_another_company_finds_nothing(paid: Dtr, client_of: Callable[..., StaffClient]) -> None:
    answer = client_of("outsider").post(f"/ledger/dtrs/{paid.number}/return-payout", {"reason": WHY})

    assert answer.status_code == 404


def test_paid_from_another_account(manager: Actor, paid: Dtr, client_of: Callable[..., StaffClient]) -> None:
    return_payout(actor=manager, number=paid.number, reason=WHY)
    unknown = "00000000-0000-7000-8000-000000000000"

    answer = client_of("manager").post(
        f"/ledger/dtrs/{paid.number}/pay", {"method": "ACH", "bank_account_id": unknown}
    )

    assert (answer.status_code, answer.json()["code"]) == (404, "bank_account_not_found")
