"""Loans that ran when the books were opened (docs/domain.md#opening-batch)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
import time_machine

from batconnect.core.approvals.services import approve
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import Conflict, InvalidInput
from ledger.models import Entry, Obligation
from ledger.opening.imports import OPENINGS
from ledger.opening.services.batch import LineGiven, ask_to_lock, prepare_opening
from ledger.querysets import trial_balance
from ledger.repayment.services.adjusting import adjust_document
from ledger.repayment.services.advanced import read_advanced
from ledger.repayment.services.posting import post_due
from ledger.repayment.services.states import cancel_document
from ledger.tests.builders import Debtor
from ledger.treasury.services.paying import PaidFrom
from ledger.verification import verify
from loans.kind import LOANS
from loans.models import DriverLoan, LoanInstallment
from loans.querysets import handed_over, late_to_hand_over
from loans.services import close_as_not_given, hand_over_loan
from tests.cast import StaffClient
from tests.digest import assert_nothing_written

CUT_OVER = date(2025, 10, 5)
REASON = "It was entered wrongly."


def loan_line(debtor: Debtor, **values: str) -> LineGiven:
    given = {
        "customer": debtor.driver.tlc_license,
        "lease": debtor.lease.lease_id,
        "start_week": "2025-10-05",
        "weekly": "300.00",
        "rate": "10",
        "reference": "OLD-77",
        **values,
    }
    return LineGiven(1, "loan", Decimal("900.00"), given)


def equity(amount: str = "-900.00") -> LineGiven:
    return LineGiven(2, "account", Decimal(amount), {"account": "retained_earnings"})


@pytest.fixture
def loan(manager: Actor, second_manager: Actor, debtor: Debtor) -> DriverLoan:
    """900.00 not yet due, at 300.00 a week and 10 % a year."""
    with time_machine.travel("2025-10-06T16:00:00Z", tick=False):
        prepare_opening(actor=manager, lines=[loan_line(debtor), equity()], cut_over_on=CUT_OVER)
    with time_machine.travel("2025-10-06T16:00:00Z", tick=False):
        approve(actor=second_manager, approval_id=ask_to_lock(actor=manager).id)
        return DriverLoan.objects.get()


def balances(actor: Actor) -> dict[str, Decimal]:
    return {
        row["code"]: row["balance"] for row in trial_balance(actor=actor, currency="USD") if row["balance"]
    }


def test_opens_with_the_rest_and_its_schedule(manager: Actor, loan: DriverLoan) -> None:
    rows = LoanInstallment.objects.order_by("number").values_list("due_date", "principal", "interest")

    assert (loan.amount, loan.is_opening, loan.notes) == (900, True, "Opened with the books: OLD-77")
    assert [(str(day), str(principal), str(interest)) for day, principal, interest in rows] == [
        ("2025-10-05", "300.00", "1.73"),
        ("2025-10-12", "300.00", "1.15"),
        ("2025-10-19", "300.00", "0.58"),
    ]
    assert Entry.objects.get(event="loan_opened").effective_on == date(2025, 10, 4)
    assert list(verify(actor=manager)) == []


def test_its_installments_fall_due(manager: Actor, loan: DriverLoan) -> None:
    with time_machine.travel("2025-10-12T16:00:00Z", tick=False):
        post_due(actor=manager, kind=LOANS, up_to=date(2025, 10, 12))

    assert [str(row.outstanding) for row in Obligation.objects.order_by("due_date")] == ["301.73", "301.15"]
    assert list(verify(actor=manager)) == []


def test_counts_as_handed_over(manager: Actor, loan: DriverLoan) -> None:
    with time_machine.travel("2025-10-12T16:00:00Z", tick=False):
        post_due(actor=manager, kind=LOANS, up_to=date(2025, 10, 12))
        refused = []
        for action in (
            lambda: hand_over_loan(actor=manager, loan_id=loan.number, paid_from=PaidFrom(method="check")),
            lambda: close_as_not_given(actor=manager, loan_id=loan.number, reason=REASON),
            lambda: cancel_document(actor=manager, kind=LOANS, number=loan.number, reason=REASON),
            lambda: adjust_document(
                actor=manager, kind=LOANS, number=loan.number, amount=Decimal(800), reason=REASON
            ),
        ):
            with assert_nothing_written(), pytest.raises(Conflict) as error:
                action()
            refused.append(error.value.code)
        late = late_to_hand_over(actor=manager, day=date(2025, 10, 12)).count()
        posted = Obligation.objects.order_by("due_date")[0]
        advanced = read_advanced(actor=manager, kind=LOANS, installment_id=posted.id)

    assert refused == ["handed_over"] * 4
    assert (late, handed_over(DriverLoan.objects.all()).count()) == (0, 1)
    assert (advanced.account, advanced.limit) == ("prior_year_corrections", 0)


def test_clients_see_where_it_comes_from(loan: DriverLoan, client_of: Callable[[str], StaffClient]) -> None:
    client = client_of("manager")
    seen = client.get(f"/payments/driver-loans/{loan.number}").json()
    listed = [
        len(client.get("/payments/driver-loans", {"handed_over": value}).json()["items"])
        for value in ("yes", "no")
    ]

    assert (seen["opening"], seen["handed_over"], seen["handed_on"]) == (True, True, None)
    assert listed == [1, 0]


@pytest.mark.parametrize(
    ("values", "column"),
    [
        ({"start_week": ""}, "start_week"),
        ({"start_week": "2025-09-28"}, "start_week"),
        ({"start_week": "2025-10-06"}, "start_week"),
        ({"customer": "00000000"}, "customer"),
        ({"lease": "LS-0"}, "lease"),
        ({"dated": "2025-10-05"}, "dated"),
        ({"weekly": "0.00"}, "weekly"),
        ({"weekly": "0.01"}, "debit"),
        ({"rate": "101"}, "rate"),
    ],
)
def test_refuses_what_cannot_run(manager: Actor, debtor: Debtor, values: dict[str, str], column: str) -> None:
    with (
        time_machine.travel("2025-10-06T16:00:00Z", tick=False),
        assert_nothing_written(),
        pytest.raises(InvalidInput) as refused,
    ):
        prepare_opening(actor=manager, lines=[loan_line(debtor, **values)], cut_over_on=CUT_OVER)

    assert [each.field for each in refused.value.errors] == [f"lines.1.{column}"]


def test_from_a_file(manager: Actor, second_manager: Actor, debtor: Debtor) -> None:
    content = "\n".join(
        [
            "kind,debit,credit,account,customer,lease,start_week,weekly,rate,dated",
            f"loan,900.00,,,{debtor.driver.tlc_license},LS-2054,10/12/2025,,40,09/28/2025",
            "account,,900.00,retained_earnings,,,,,,",
        ]
    ).encode()
    with time_machine.travel("2025-10-06T16:00:00Z", tick=False):
        prepare_opening(actor=manager, lines=[loan_line(debtor), equity()], cut_over_on=CUT_OVER)
        report = OPENINGS.run(actor=manager, content=content)
        wrong = OPENINGS.run(actor=manager, content=content.replace(b",40,", b",x,"))
        approve(actor=second_manager, approval_id=ask_to_lock(actor=manager).id)

    made = DriverLoan.objects.get()
    assert (report.errors, [(each.row, each.field) for each in wrong.errors]) == ([], [(2, "rate")])
    assert (made.interest_rate, made.loan_date, made.start_week) == (
        40,
        date(2025, 9, 28),
        date(2025, 10, 12),
    )
    assert made.interest_reason == "It ran when the books were opened."
    assert list(verify(actor=manager)) == []
