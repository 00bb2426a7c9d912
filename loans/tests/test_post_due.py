"""Installments that fall due become obligations, exactly once.

Rule: docs/domain.md#bookings, docs/domain.md#schedules.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.errors import InvalidInput, NotAllowed
from ledger.chart import Category
from ledger.models import Entry, Obligation, Posting
from ledger.repayment.services import posting
from ledger.repayment.services.posting import post_due, preview_due
from ledger.repayment.services.states import hold_document, release_document
from ledger.tests.builders import Debtor, charge, make_debtor
from ledger.verification import verify
from loans.kind import LOANS
from loans.models import LoanInstallment
from loans.tests.builders import lend
from tests.digest import assert_nothing_written

# Wednesday 2025-10-01, 12:00 in New York.
LENT_AT = "2025-10-01T16:00:00Z"
FIRST_SUNDAY = date(2025, 10, 5)


@pytest.fixture
def clock() -> Iterator[Any]:
    with time_machine.travel(LENT_AT, tick=False) as traveler:
        yield traveler


def differences(actor: Actor) -> list[str]:
    return [f"{each.difference.subject}: {each.difference.message}" for each in verify(actor=actor)]


def test_posts_what_fell_due_with_its_own_due_date(clock: Any, manager: Actor, debtor: Debtor) -> None:
    loan = lend(
        manager, debtor, "1200.00", interest_rate=Decimal(10), start_week=FIRST_SUNDAY, case_no="DRLNS000009"
    )
    clock.move_to("2025-10-13T16:00:00Z")

    report = post_due(actor=manager, kind=LOANS)

    assert (report.processed, report.posted, report.skipped, report.failed) == (2, 2, 0, 0)
    assert report.amount == Decimal("503.14")
    first, second = Obligation.objects.order_by("due_date")
    assert (first.reference_id, first.original, first.outstanding) == (
        f"{loan.number}-01",
        Decimal("251.32"),
        Decimal("251.32"),
    )
    assert (first.category, first.source_type, first.description) == (
        "LOANS",
        "loans.installment",
        "Loans obligation from 2025-10-05",
    )
    assert (first.issue_date, first.due_date) == (FIRST_SUNDAY, FIRST_SUNDAY)
    assert (second.due_date, second.original) == (date(2025, 10, 12), Decimal("251.82"))
    assert (first.customer_id, first.lease_id) == (debtor.customer.id, debtor.lease.id)
    entry = Entry.objects.get(event="obligation_raised", source_id=str(first.id))
    assert entry.case_no == "DRLNS000009"
    assert list(
        entry.postings.order_by("line").values_list("line", "account__code", "amount", "obligation")
    ) == [
        (1, "receivable:LOANS", Decimal("251.32"), first.id),
        (2, "loan_principal", Decimal("-250.00"), None),
        (3, "income:interest", Decimal("-1.32"), None),
    ]
    rows = list(LoanInstallment.objects.order_by("number").values_list("status", "posted_on"))
    assert rows == [("Posted", date(2025, 10, 13))] * 2 + [("Scheduled", None)] * 3
    assert differences(manager) == []


def test_posts_two_lines_when_there_is_no_interest(clock: Any, manager: Actor, debtor: Debtor) -> None:
    lend(manager, debtor, "150.00", start_week=FIRST_SUNDAY)
    clock.move_to("2025-10-05T16:00:00Z")

    post_due(actor=manager, kind=LOANS)

    assert list(Posting.objects.filter(entry__event="obligation_raised").values_list("line", flat=True)) == [
        1,
        2,
    ]


def test_a_second_run_posts_nothing(clock: Any, manager: Actor, debtor: Debtor) -> None:
    lend(manager, debtor, start_week=FIRST_SUNDAY)
    clock.move_to("2025-10-05T16:00:00Z")
    post_due(actor=manager, kind=LOANS)

    with assert_nothing_written():
        again = [post_due(actor=manager, kind=LOANS) for _ in range(2)]

    assert [report.processed for report in again] == [0, 0]


def test_posts_in_chunks_what_one_run_would(clock: Any, manager: Actor, debtor: Debtor) -> None:
    lend(manager, debtor, "3000.00", start_week=FIRST_SUNDAY)
    other = make_debtor(manager, number=2)
    lend(manager, other, "2000.00", start_week=date(2025, 10, 12))
    clock.move_to("2025-12-28T17:00:00Z")
    heard: list[int] = []

    report = post_due(actor=manager, kind=LOANS, rows=3, progress=heard.append)

    assert (report.posted, report.chunks, sum(heard)) == (20, 7, 20)
    assert Obligation.objects.count() == 20
    assert differences(manager) == []


def test_goes_on_where_a_killed_run_stopped(
    clock: Any, manager: Actor, debtor: Debtor, monkeypatch: pytest.MonkeyPatch
) -> None:
    lend(manager, debtor, "3000.00", start_week=FIRST_SUNDAY)
    clock.move_to("2025-12-28T17:00:00Z")
    whole = posting._post_chunk

    for killed_after in (2, 1, 0):
        done = 0

        def die(*args: Any, last: int = killed_after) -> Any:
            nonlocal done
            if done == last:
                raise KeyboardInterrupt
            done += 1
            return whole(*args)

        monkeypatch.setattr(posting, "_post_chunk", die)
        with pytest.raises(KeyboardInterrupt):
            post_due(actor=manager, kind=LOANS, rows=2)
    monkeypatch.setattr(posting, "_post_chunk", whole)
    report = post_due(actor=manager, kind=LOANS, rows=2)

    assert report.posted == 6
    assert Obligation.objects.count() == 12
    assert differences(manager) == []


def test_posts_late_across_the_clock_change_and_new_year(clock: Any, manager: Actor, debtor: Debtor) -> None:
    lend(manager, debtor, "3000.00", start_week=date(2025, 10, 26))
    clock.move_to("2026-01-05T03:30:00Z")  # Sunday 4 January, 22:30 in New York

    report = post_due(actor=manager, kind=LOANS)

    days = list(Obligation.objects.order_by("due_date").values_list("due_date", flat=True))
    assert report.posted == 11
    assert days[0] == date(2025, 10, 26)
    assert days[-1] == date(2026, 1, 4)
    assert {later - earlier for earlier, later in pairwise(days)} == {timedelta(days=7)}


@pytest.mark.parametrize(
    ("instant", "posted"),
    [
        ("2025-11-02T03:59:59Z", 4),  # Saturday 23:59:59 in New York
        ("2025-11-02T04:00:00Z", 5),  # Sunday 00:00, summer time still
        ("2025-11-09T04:59:59Z", 5),  # Saturday 23:59:59, winter time now
        ("2025-11-09T05:00:00Z", 6),
    ],
)
def test_falls_due_when_the_companys_sunday_begins(
    clock: Any, manager: Actor, debtor: Debtor, instant: str, posted: int
) -> None:
    lend(manager, debtor, "3000.00", start_week=FIRST_SUNDAY)
    clock.move_to(instant)

    assert post_due(actor=manager, kind=LOANS).posted == posted


def test_the_sunday_on_which_clocks_go_forward_is_one_sunday(
    clock: Any, manager: Actor, debtor: Debtor
) -> None:
    lend(manager, debtor, "450.00", start_week=date(2026, 3, 1))

    posted = []
    for instant in (
        "2026-03-01T12:00:00Z",
        "2026-03-08T04:59:59Z",
        "2026-03-08T05:00:00Z",
        "2026-03-08T07:30:00Z",
    ):
        clock.move_to(instant)
        posted.append(post_due(actor=manager, kind=LOANS).posted)

    assert posted == [1, 0, 1, 0]


def test_skips_loans_on_hold_and_posts_them_after_release(clock: Any, manager: Actor, debtor: Debtor) -> None:
    loan = lend(manager, debtor, "450.00", start_week=FIRST_SUNDAY, interest_rate=Decimal(10))
    interest = list(LoanInstallment.objects.order_by("number").values_list("interest", flat=True))
    hold_document(actor=manager, kind=LOANS, number=loan.number, reason="He is abroad.")
    clock.move_to("2025-10-20T16:00:00Z")

    held = post_due(actor=manager, kind=LOANS)
    release_document(actor=manager, kind=LOANS, number=loan.number)
    released = post_due(actor=manager, kind=LOANS)

    assert (held.processed, held.posted, held.skipped) == (3, 0, 3)
    assert (released.processed, released.posted) == (3, 3)
    assert list(Obligation.objects.order_by("due_date").values_list("due_date", flat=True)) == [
        date(2025, 10, 5),
        date(2025, 10, 12),
        date(2025, 10, 19),
    ]
    assert list(LoanInstallment.objects.order_by("number").values_list("interest", flat=True)) == interest


def test_posts_only_from_and_up_to_the_days_given(clock: Any, manager: Actor, debtor: Debtor) -> None:
    lend(manager, debtor, "3000.00", start_week=FIRST_SUNDAY)
    clock.move_to("2025-12-28T17:00:00Z")

    report = post_due(actor=manager, kind=LOANS, since=date(2025, 10, 12), up_to=date(2025, 10, 26))

    assert (report.posted, report.processed) == (3, 3)
    assert Obligation.objects.order_by("due_date").first().due_date == date(2025, 10, 12)  # type: ignore[union-attr]


def test_previews_what_it_would_post(clock: Any, manager: Actor, debtor: Debtor) -> None:
    lend(manager, debtor, "450.00", start_week=FIRST_SUNDAY)
    held = lend(manager, debtor, "300.00", start_week=FIRST_SUNDAY)
    hold_document(actor=manager, kind=LOANS, number=held.number, reason="He is abroad.")
    clock.move_to("2025-10-12T16:00:00Z")

    with assert_nothing_written():
        preview = preview_due(actor=manager, kind=LOANS)

    assert (preview.installments, preview.amount, preview.on_hold) == (2, Decimal("200.00"), 2)
    assert (preview.first_due, preview.last_due) == (FIRST_SUNDAY, date(2025, 10, 12))


def test_names_the_installment_whose_reference_is_taken(clock: Any, manager: Actor, debtor: Debtor) -> None:
    loan = lend(manager, debtor, "450.00", start_week=FIRST_SUNDAY)
    charge(
        manager,
        debtor,
        category=Category.LOANS,
        reference_id=f"{loan.number}-02",
        opening=True,
        amount="10.00",
        due_date=date(2025, 10, 1),
    )
    clock.move_to("2025-10-20T16:00:00Z")

    report = post_due(actor=manager, kind=LOANS)

    assert (report.processed, report.posted, report.failed) == (3, 2, 1)
    assert report.failures == [f"{loan.number}-02"]
    assert LoanInstallment.objects.get(number=2).status == "Scheduled"


def test_any_other_fault_is_not_swallowed(
    clock: Any, manager: Actor, debtor: Debtor, monkeypatch: pytest.MonkeyPatch
) -> None:
    lend(manager, debtor, "450.00", start_week=FIRST_SUNDAY)
    clock.move_to("2025-10-20T16:00:00Z")
    values = posting._values
    monkeypatch.setattr(
        posting, "_values", lambda *args: {**values(*args), "charged_account_2": values(*args)["company"]}
    )

    with assert_nothing_written(), pytest.raises(IntegrityError):
        post_due(actor=manager, kind=LOANS)


def test_refuses_days_after_today(clock: Any, manager: Actor, debtor: Debtor) -> None:
    lend(manager, debtor, start_week=FIRST_SUNDAY)

    with assert_nothing_written(), pytest.raises(InvalidInput) as refused:
        post_due(actor=manager, kind=LOANS, up_to=today(manager.company) + timedelta(days=1))

    assert refused.value.code == "date_in_future"


def test_needs_the_right(clock: Any, debtor: Debtor, cashier: Actor) -> None:
    with assert_nothing_written(), pytest.raises(NotAllowed):
        post_due(actor=cashier, kind=LOANS)


def test_takes_the_statements_that_its_chunks_need(
    clock: Any, manager: Actor, debtor: Debtor, django_assert_num_queries: Any
) -> None:
    lend(manager, debtor, "3000.00", start_week=FIRST_SUNDAY)
    clock.move_to("2025-12-28T17:00:00Z")

    # One chunk in a savepoint (3), and the count of what is left (3).
    with django_assert_num_queries(6):
        post_due(actor=manager, kind=LOANS)
