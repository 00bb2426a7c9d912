"""Recording an interim payment: what is applied, where the excess goes, what is posted."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.errors import InvalidInput, NotAllowed
from ledger.models import Entry, Obligation, Posting
from payments.models import Allocation, Payment
from payments.services.interim import ChosenAllocation, record_interim_payment
from payments.tests.builders import Debtor, make_jane_roe, new_key, outstanding, owe, pay
from payments.tests.conftest import SEED_DATA
from tests.cast import StaffClient
from tests.digest import assert_nothing_written


def test_applies_the_chosen_lines(john: Debtor, cashier: Actor) -> None:
    applied = pay(cashier, "600.00", ("Lease", "MED-102-LS-08", "265.00"), ("REPAIRS", "INV-2457", "335.00"))

    payment = Payment.objects.get(id=applied.payment.id)
    assert payment.number == f"INTPAY-{today(cashier.company).year}-00001"
    assert (payment.amount, payment.unallocated, payment.method) == (
        Decimal("600.00"),
        Decimal("0.00"),
        "ach",
    )
    assert (payment.driver_id, payment.lease_id, payment.cashier) == (101, 2054, "Merly")
    lines = list(Allocation.objects.order_by("line"))
    assert [(line.line, line.amount, line.outstanding_after, line.strategy) for line in lines] == [
        (1, Decimal("265.00"), Decimal("0.00"), "chosen"),
        (2, Decimal("335.00"), Decimal("115.00"), "chosen"),
    ]
    assert len({line.operation_id for line in lines}) == 1
    assert (outstanding("MED-102-LS-08"), outstanding("INV-2457")) == (Decimal("0.00"), Decimal("115.00"))


def test_takes_obligations_by_id(john: Debtor, cashier: Actor) -> None:
    repair, lease = (Obligation.objects.get(reference_id=name) for name in ("INV-2457", "MED-102-LS-08"))
    chosen = [
        ChosenAllocation("REPAIRS", "INV-2457", Decimal("335.00"), obligation_id=repair.id),
        ChosenAllocation("Lease", "MED-102-LS-08", Decimal("265.00"), obligation_id=lease.id),
    ]

    applied = record_interim_payment(
        actor=cashier,
        driver_id=john.driver.pk,
        lease=john.lease.pk,
        amount=Decimal("600.00"),
        method="Cash",
        payment_date=today(cashier.company),
        allocations=chosen,
    )

    assert [(line.obligation_id, line.amount) for line in applied.allocations] == [
        (repair.id, Decimal("335.00")),
        (lease.id, Decimal("265.00")),
    ]
    assert (outstanding("MED-102-LS-08"), outstanding("INV-2457")) == (Decimal("0.00"), Decimal("115.00"))


def test_refuses_an_id_that_is_another_leases(john: Debtor, cashier: Actor, manager: Actor) -> None:
    jane = make_jane_roe(manager)
    owe(manager, jane, ("EZPass", "EZ-JANE", "20.00", "2024-10-20"))
    hers = Obligation.objects.get(reference_id="EZ-JANE")

    with assert_nothing_written(), pytest.raises(InvalidInput) as refused:
        record_interim_payment(
            actor=cashier,
            driver_id=john.driver.pk,
            lease=john.lease.pk,
            amount=Decimal("20.00"),
            method="Cash",
            payment_date=today(cashier.company),
            allocations=[ChosenAllocation("EZPASS", "EZ-JANE", Decimal("20.00"), obligation_id=hers.id)],
        )

    (error,) = refused.value.errors
    assert (error.field, error.code) == ("allocations.0.reference_id", "obligation_not_payable")


def test_posts_one_entry_for_the_cash_and_one_for_each_line(john: Debtor, cashier: Actor) -> None:
    applied = pay(cashier, "100.00", ("PVB", "PVB-4471", "60.00"), ("Repairs", "INV-2457", "40.00"))

    entries = Entry.objects.filter(source_type__startswith="payments.").order_by("id")
    assert [entry.event for entry in entries] == [
        *("payment_received", "allocation_applied", "allocation_applied")
    ]
    assert entries[0].effective_on == date(2025, 10, 20)
    assert [each.effective_on for each in entries[1:]] == [
        max(date(2025, 10, 20), line.obligation.issue_date) for line in Allocation.objects.order_by("line")
    ]
    postings = Posting.objects.filter(entry__in=entries).order_by("entry_id", "line")
    assert [(posting.account.code, posting.amount) for posting in postings] == [
        ("cash:ach", Decimal("100.00")),
        ("unallocated_cash", Decimal("-100.00")),
        ("unallocated_cash", Decimal("60.00")),
        ("receivable:PVB", Decimal("-60.00")),
        ("unallocated_cash", Decimal("40.00")),
        ("receivable:REPAIRS", Decimal("-40.00")),
    ]
    assert {posting.payment_id for posting in postings if posting.account.code == "unallocated_cash"} == {
        applied.payment.id
    }


def test_excess_goes_to_the_oldest_lease_fees_as_lines_of_their_own(john: Debtor, cashier: Actor) -> None:
    applied = pay(cashier, "700.00", ("Lease", "MED-102-LS-08", "100.00"), ("Repairs", "INV-2457", "335.00"))

    assert [
        (line.strategy, line.obligation.reference_id, line.amount, line.outstanding_after)
        for line in Allocation.objects.order_by("line")
    ] == [
        ("chosen", "MED-102-LS-08", Decimal("100.00"), Decimal("165.00")),
        ("chosen", "INV-2457", Decimal("335.00"), Decimal("115.00")),
        ("excess_to_lease", "MED-102-LS-08", Decimal("165.00"), Decimal("0.00")),
        ("excess_to_lease", "MED-102-LS-09", Decimal("100.00"), Decimal("165.00")),
    ]
    assert applied.payment.unallocated == 0
    assert Allocation.objects.get(line=3).decision == {
        "rank": 1,
        "due_date": "2024-10-20",
        "outstanding_before": "165.00",
        "excess": "265.00",
    }


def test_what_exceeds_the_lease_fees_stays_on_the_payment(john: Debtor, cashier: Actor) -> None:
    applied = pay(cashier, "1000.00", ("PVB", "PVB-4471", "115.00"))

    payment = Payment.objects.get(id=applied.payment.id)
    assert payment.unallocated == Decimal("355.00")
    assert payment.lease_id == john.lease.pk
    assert outstanding("MED-102-LS-09") == 0


def test_excess_never_reaches_another_lease_or_driver(john: Debtor, manager: Actor) -> None:
    jane = make_jane_roe(manager)
    owe(manager, jane, ("Lease", "MED-103-LS-01", "265.00", "2024-01-07"))

    pay(manager, "2000.00", ("PVB", "PVB-4471", "115.00"))

    assert outstanding("MED-103-LS-01") == Decimal("265.00")


@pytest.mark.parametrize(
    ("category", "reference_id"),
    [
        ("repair", "INV-2457"),
        ("LEASES", "MED-102-LS-08"),
        ("ez-pass", "EZ-88213"),
        ("Loan", "DLN-2024-007-03"),
    ],
)
def test_takes_categories_as_people_write_them(
    john: Debtor, cashier: Actor, category: str, reference_id: str
) -> None:
    applied = pay(cashier, "10.00", (category, reference_id, "10.00"))

    assert applied.allocations[0].amount == Decimal("10.00")


@pytest.mark.parametrize(("method", "code"), [("cash", "cash"), ("CHECK", "check"), ("Cheque", "check")])
def test_takes_methods_in_any_case(john: Debtor, cashier: Actor, method: str, code: str) -> None:
    applied = pay(cashier, "10.00", ("PVB", "PVB-4471", "10.00"), method=method)

    assert applied.payment.method == code


def test_takes_the_lease_by_number(john: Debtor, cashier: Actor) -> None:
    applied = pay(cashier, "10.00", ("PVB", "PVB-4471", "10.00"), lease="ls-2054")

    assert applied.payment.lease_id == 2054


def test_auditor_may_not_record(john: Debtor, auditor: Actor) -> None:
    with pytest.raises(NotAllowed):
        pay(auditor, "10.00", ("PVB", "PVB-4471", "10.00"))

    assert Payment.objects.count() == 0


def test_numbers_count_on_without_gaps(john: Debtor, cashier: Actor) -> None:
    numbers = [pay(cashier, "1.00", ("PVB", "PVB-4471", "1.00")).payment.number for _ in range(3)]

    assert [number[-5:] for number in numbers] == ["00001", "00002", "00003"]


@pytest.mark.django_db(transaction=True)
def test_takes_at_most_sixteen_round_trips(client_of: Any) -> None:
    """Two allocations and excess, over HTTP, with key, case and context; BEGIN and COMMIT count."""
    from payments.tests.builders import make_john_doe
    from tests.cast import acting

    with acting("manager") as manager:
        make_john_doe(manager)
    api: StaffClient = client_of("cashier")
    case_no = api.post("/bpm/case", {"case_type": "INTPAY"}).json()["case_no"]
    body = {"step_id": "INTPAY-002", "data": {**SEED_DATA, "total_amount": "700.00"}}

    with CaptureQueriesContext(connection) as captured:
        answer = api.post(f"/bpm/case/{case_no}", body, headers={"Idempotency-Key": new_key()})

    assert answer.status_code == 200, answer.content
    assert answer.json()["excess_to_lease"] == Decimal("100.00")
    statements = [query["sql"] for query in captured.captured_queries]
    assert statements[0] == "BEGIN"
    assert statements[-1] == "COMMIT"
    # One of them looks for a likely duplicate.
    assert len(statements) == 12, "\n".join(statements)
