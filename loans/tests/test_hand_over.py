"""Handing a loan over (docs/domain.md#hand-over)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from io import StringIO
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.core.management import call_command
from django.test import Client

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import Conflict, InvalidInput, NotAllowed, NotFound
from ledger.models import Entry, Obligation
from ledger.querysets import trial_balance
from ledger.repayment.services.adjusting import adjust_document
from ledger.repayment.services.posting import post_due
from ledger.repayment.services.states import cancel_document, hold_document
from ledger.services import write_off
from ledger.tests.builders import Debtor
from ledger.tests.vendors.builders import make_bill, make_vendor, put_in
from ledger.treasury.models import Disbursement
from ledger.treasury.services.paying import PaidFrom
from ledger.vendors.errors import AboveOpen
from ledger.vendors.services.bills import BillLine
from ledger.verification import verify
from loans.kind import LOANS
from loans.models import DriverLoan
from loans.querysets import late_to_hand_over
from loans.services import close_as_not_given, hand_over_loan, stop_hand_over
from loans.tests.builders import lend
from loans.tests.test_console import console_of, in_north
from tests.console import seen_on
from tests.digest import assert_nothing_written

REASON = "The driver never fetched it."
CHECK = PaidFrom(method="check", reference="1042")


__all__ = ["console_of"]


@pytest.fixture
def clock() -> Iterator[Any]:
    with time_machine.travel("2025-10-01T16:00:00Z", tick=False) as traveler:
        yield traveler


@pytest.fixture
def loan(clock: Any, manager: Actor, debtor: Debtor) -> DriverLoan:
    return lend(manager, debtor, "1200.00", interest_rate=Decimal(10), start_week=date(2025, 10, 5))


def is_clean(actor: Actor) -> bool:
    differences = [f"{each.difference.subject}: {each.difference.message}" for each in verify(actor=actor)]
    assert differences == []
    return True


def balances(actor: Actor) -> dict[str, Decimal]:
    return {line.code: line.balance for line in trial_balance(actor=actor) if line.balance}


def test_hands_a_loan_over_by_check(clock: Any, manager: Actor, loan: DriverLoan) -> None:
    clock.move_to("2025-10-04T16:00:00Z")

    given, warnings = hand_over_loan(
        actor=manager,
        loan_id=loan.number,
        paid_from=PaidFrom(method="check", reference="1042", paid_on=date(2025, 10, 2)),
    )

    row = Disbursement.objects.get()
    assert (row.kind, row.status, row.reference, row.payee, row.paid_on) == (
        "loan",
        "in_transit",
        "1042",
        "John Doe",
        date(2025, 10, 2),
    )
    assert given.handed_over_id == row.id
    # There is nothing in the bank account yet.
    assert "-1,200.00" in warnings[0]
    assert Entry.objects.get(event="loan_handed_over").effective_on == date(2025, 10, 2)
    assert balances(manager) == {
        "loan_principal": Decimal("1200.00"),
        "payments_in_transit:operating": Decimal("-1200.00"),
    }
    assert is_clean(manager)


def test_an_empty_drawer_gives_nothing(manager: Actor, loan: DriverLoan) -> None:
    with assert_nothing_written(), pytest.raises(Conflict) as refused:
        hand_over_loan(actor=manager, loan_id=loan.number, paid_from=PaidFrom(method="cash"))

    assert refused.value.code == "drawer_short"


def test_refuses_to_hand_over_twice_too_early_too_late_or_elsewhere(manager: Actor, loan: DriverLoan) -> None:
    def refusal(paid_from: PaidFrom) -> Any:
        with assert_nothing_written(), pytest.raises((Conflict, InvalidInput, NotFound)) as refused:
            hand_over_loan(actor=manager, loan_id=loan.number, paid_from=paid_from)
        return refused.value.code

    early = refusal(PaidFrom(method="check", paid_on=date(2025, 9, 30)))
    late = refusal(PaidFrom(method="check", paid_on=date(2025, 10, 2)))
    nowhere = refusal(PaidFrom(method="check", bank_account_id=uuid4()))
    wrong = refusal(PaidFrom(method="check", drawer_id=uuid4()))
    hand_over_loan(actor=manager, loan_id=loan.number, paid_from=CHECK)
    twice = refusal(CHECK)

    assert (early, late, nowhere, wrong, twice) == (
        "invalid",
        "date_in_future",
        "bank_account_not_found",
        "wrong_place",
        "handed_over",
    )


def test_a_stopped_check_is_issued_again(clock: Any, manager: Actor, loan: DriverLoan) -> None:
    hand_over_loan(actor=manager, loan_id=loan.number, paid_from=CHECK)
    clock.move_to("2025-10-03T16:00:00Z")

    stop_hand_over(actor=manager, loan_id=loan.number, reason="The check was lost in the mail.")

    assert balances(manager) == {
        "loan_principal": Decimal("1200.00"),
        "disbursements_payable": Decimal("-1200.00"),
    }
    assert is_clean(manager)
    for number in ("1043", "1044"):
        hand_over_loan(
            actor=manager, loan_id=loan.number, paid_from=PaidFrom(method="check", reference=number)
        )
        if number == "1043":
            stop_hand_over(actor=manager, loan_id=loan.number, reason="The check was lost in the mail.")
    assert list(Disbursement.objects.order_by("id").values_list("reference", "status")) == [
        ("1042", "stopped"),
        ("1043", "stopped"),
        ("1044", "in_transit"),
    ]
    assert "disbursements_payable" not in balances(manager)
    assert is_clean(manager)


def test_refuses_to_stop_what_was_not_given_or_twice(manager: Actor, loan: DriverLoan) -> None:
    with assert_nothing_written(), pytest.raises(Conflict) as never:
        stop_hand_over(actor=manager, loan_id=loan.number, reason=REASON)
    hand_over_loan(actor=manager, loan_id=loan.number, paid_from=CHECK)
    stop_hand_over(actor=manager, loan_id=loan.number, reason=REASON)
    with assert_nothing_written(), pytest.raises(Conflict) as twice:
        stop_hand_over(actor=manager, loan_id=loan.number, reason=REASON)

    assert {never.value.code, twice.value.code} == {"not_handed_over"}


def test_what_was_given_is_neither_cancelled_nor_lowered(
    manager: Actor, client_of: Callable[..., Any], loan: DriverLoan
) -> None:
    hand_over_loan(actor=manager, loan_id=loan.number, paid_from=CHECK)

    with assert_nothing_written(), pytest.raises(Conflict) as cancelled:
        cancel_document(actor=manager, kind=LOANS, number=loan.number, reason=REASON)
    with assert_nothing_written(), pytest.raises(Conflict) as lowered:
        adjust_document(
            actor=manager, kind=LOANS, number=loan.number, amount=Decimal("1000.00"), reason=REASON
        )
    with assert_nothing_written(), pytest.raises(Conflict) as not_given:
        close_as_not_given(actor=manager, loan_id=loan.number, reason=REASON)

    calls = [
        client_of("manager").post(f"{LOANS.url}/{loan.number}/{action}", {"reason": REASON, **more})
        for action, more in (("cancel", {}), ("adjust", {"amount": "1000.00"}))
    ]

    assert {each.value.code for each in (cancelled, lowered, not_given)} == {"handed_over"}
    assert [(each.status_code, each.json()["code"]) for each in calls] == [(409, "handed_over")] * 2


@pytest.mark.parametrize("held", [False, True])
def test_closes_a_loan_as_not_given(clock: Any, manager: Actor, loan: DriverLoan, held: bool) -> None:
    hand_over_loan(actor=manager, loan_id=loan.number, paid_from=CHECK)
    clock.move_to("2025-10-12T16:00:00Z")
    post_due(actor=manager, kind=LOANS)
    stop_hand_over(actor=manager, loan_id=loan.number, reason=REASON)
    if held:
        hold_document(actor=manager, kind=LOANS, number=loan.number, reason=REASON)

    closed = close_as_not_given(actor=manager, loan_id=loan.number, reason=REASON)

    assert (closed.status, closed.status_reason) == ("Cancelled", REASON)
    assert balances(manager) == {}
    assert set(Obligation.objects.values_list("status", flat=True)) == {"voided"}
    clock.move_to("2025-12-01T16:00:00Z")
    assert post_due(actor=manager, kind=LOANS).processed == 0
    assert is_clean(manager)


def test_refuses_to_close_as_not_given_what_is_written_off(
    clock: Any, manager: Actor, loan: DriverLoan
) -> None:
    clock.move_to("2025-10-05T16:00:00Z")
    post_due(actor=manager, kind=LOANS)
    owed = Obligation.objects.get()
    write_off(actor=manager, obligation_id=owed.id, amount=Decimal("10.00"), reason=REASON)

    with assert_nothing_written(), pytest.raises(Conflict) as refused:
        close_as_not_given(actor=manager, loan_id=loan.number, reason=REASON)

    assert refused.value.code == "loan_written_off"
    assert f"10.00 USD of {loan.number}" in refused.value.message


def test_needs_the_right(cashier: Actor, manager: Actor, loan: DriverLoan) -> None:
    with assert_nothing_written(), pytest.raises(NotAllowed):
        hand_over_loan(actor=cashier, loan_id=loan.number, paid_from=CHECK)
    hand_over_loan(actor=manager, loan_id=loan.number, paid_from=CHECK)
    with assert_nothing_written(), pytest.raises(NotAllowed):
        stop_hand_over(actor=cashier, loan_id=loan.number, reason=REASON)


def test_lists_what_has_not_been_handed_over_by_its_first_due_date(
    clock: Any, client_of: Callable[..., Any], manager: Actor, debtor: Debtor, loan: DriverLoan
) -> None:
    given = lend(manager, debtor, "300.00", start_week=date(2025, 10, 5))
    hand_over_loan(actor=manager, loan_id=given.number, paid_from=CHECK)
    later = lend(manager, debtor, "400.00", start_week=date(2025, 10, 19))
    gone = lend(manager, debtor, "500.00", start_week=date(2025, 10, 5))
    cancel_document(actor=manager, kind=LOANS, number=gone.number, reason=REASON)
    clock.move_to("2025-10-12T16:00:00Z")

    late = late_to_hand_over(actor=manager, day=date(2025, 10, 12))
    client = client_of("auditor")
    listed = {
        which: {row["loan_id"] for row in client.get(LOANS.url, {"handed_over": which}).json()["items"]}
        for which in ("yes", "no")
    }
    out = StringIO()
    call_command("loans_not_handed_over", company=str(manager.company_id), stdout=out)

    assert [each.number for each in late] == [loan.number]
    assert listed == {"yes": {given.number}, "no": {loan.number, later.number}}
    assert f"{loan.number}  1,200.00 USD  first due 2025-10-05  John Doe" in out.getvalue()
    assert "1 loans not handed over by 2025-10-12, 1,200.00 in all" in out.getvalue()


def test_the_console_hands_over_after_showing_what_is_posted(
    console_of: Callable[[str], Client], manager: Actor, debtor: Debtor
) -> None:
    loan = lend(manager, debtor)
    console, url = console_of("manager"), f"/admin/loans/driverloan/{loan.id}/hand-over/"
    typed = {"method": "check", "reference": "1042", "handed_on": "", "bank_account_id": "", "drawer_id": ""}

    form = console.get(url).content.decode()
    confirmation = console.post(url, typed)
    in_north()
    before = Disbursement.objects.count()
    done = console.post(url, {**typed, **seen_on(confirmation)})
    in_north()

    assert "The default one" in form
    assert "Operating" in form
    assert "Payments in transit, Operating" in confirmation.content.decode()
    assert "Disbursements payable" in confirmation.content.decode()
    assert (before, done.status_code) == (0, 302)
    assert DriverLoan.objects.get().handed_over is not None
    report = console.get("/admin/reports/not-handed-over/")
    assert report.status_code == 200


def test_a_workshop_is_not_billed_what_is_to_be_handed_over(manager: Actor, loan: DriverLoan) -> None:
    put_in(manager, "-300.00", code="disbursements_payable")
    shop = make_vendor(manager, "Queens Auto Body", kind="workshop")

    def bill(amount: str, number: str) -> Any:
        lines = [BillLine(Decimal(amount), account="disbursements_payable")]
        return make_bill(manager, shop, number=number, lines=lines)

    with assert_nothing_written(), pytest.raises(AboveOpen, match=r"300\.01 is more than the 300\.00 USD"):
        bill("300.01", "1")
    hand_over_loan(actor=manager, loan_id=loan.number, paid_from=CHECK)
    bill("300.00", "1")
    with assert_nothing_written(), pytest.raises(AboveOpen, match=r"the 0\.00 USD"):
        bill("0.01", "2")
