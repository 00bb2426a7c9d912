"""Raising obligations, by service and by POST /ledger/obligations."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import Conflict
from batconnect.core.models import CompanySettings
from ledger.chart import Category
from ledger.models import Entry, Obligation, Posting
from ledger.postings import charge_credits
from ledger.services import ObligationDraft, enter_charges, raise_obligations, void_obligation
from ledger.tests.builders import Debtor, a_charge, charge, day, make_debtor
from tests.cast import StaffClient, acting
from tests.digest import assert_nothing_written

PATH = "/ledger/obligations"


def draft(debtor: Debtor, number: int, *, on: date, amount: str = "285.71") -> ObligationDraft:
    """A lease fee, as the weekly run raises it."""
    return ObligationDraft(
        category=Category.LEASE,
        reference_id=f"LS-{number}",
        amount=Decimal(amount),
        issue_date=on,
        due_date=on,
        customer_id=debtor.customer.id,
        lease_id=debtor.lease.id,
        credits=(("income:lease", Decimal(amount)),),
        source_type="ledger.lease_fee",
        source_id=f"{debtor.lease.id}-{number}",
    )


def body(debtor: Debtor, **values: Any) -> dict[str, Any]:
    return {
        "category": "EZPass",
        "driver_id": debtor.driver.id,
        "lease_id": debtor.lease.id,
        "reference_id": "EZ-1",
        "amount": Decimal("26.50"),
        "due_date": "2026-01-15",
        **values,
    }


def test_raises_with_entry_and_default_description(manager: Actor, john: Debtor) -> None:
    toll = charge(manager, john, category=Category.EZPASS, amount="26.50", due_date=date(2026, 1, 15))

    entry = Entry.objects.get()
    assert toll.description == "EZPass obligation from 2026-01-15"
    assert (toll.original, toll.outstanding, toll.status) == (Decimal("26.50"), Decimal("26.50"), "open")
    assert (entry.event, entry.effective_on, entry.actor) == ("obligation_raised", day(manager), "Mara")
    assert (entry.source_type, entry.source_id) == ("ledger.obligation", str(toll.id))
    assert list(Posting.objects.order_by("line").values_list("account__code", "amount", "obligation")) == [
        ("receivable:EZPASS", Decimal("26.50"), toll.id),
        ("recovered:EZPASS", Decimal("-26.50"), None),
    ]


def test_the_same_again_is_left_alone(manager: Actor, john: Debtor) -> None:
    first = charge(manager, john)

    with assert_nothing_written():
        (again,) = enter_charges(actor=manager, charges=[a_charge(john)])

    assert (again.created, again.obligation.id) == (False, first.id)


def test_refuses_the_reference_with_another_amount_naming_both(manager: Actor, john: Debtor) -> None:
    charge(manager, john, amount="26.50")

    with assert_nothing_written(), pytest.raises(Conflict) as refusal:
        charge(manager, john, amount="27.00")

    assert refusal.value.code == "reference_taken"
    assert "26.50" in refusal.value.message
    assert "27.00" in refusal.value.message


def test_refuses_the_reference_for_another_debtor(manager: Actor, john: Debtor) -> None:
    other = make_debtor(manager, number=2, name="Jane Roe")
    charge(manager, john)

    with assert_nothing_written(), pytest.raises(Conflict) as refusal:
        charge(manager, other)

    assert refusal.value.code == "reference_taken"


def test_one_conflict_among_many_raises_none(manager: Actor, john: Debtor) -> None:
    on = day(manager)
    raise_obligations(actor=manager, drafts=[draft(john, 2, on=on)])

    with assert_nothing_written(), pytest.raises(Conflict) as refusal:
        raise_obligations(
            actor=manager,
            drafts=[draft(john, 1, on=on), draft(john, 2, on=on, amount="1.00"), draft(john, 3, on=on)],
        )

    assert [error.field for error in refusal.value.errors] == ["1.reference_id"]


def test_a_voided_obligation_keeps_its_reference(manager: Actor, john: Debtor) -> None:
    toll = charge(manager, john)
    void_obligation(actor=manager, obligation_id=toll.id, reason="Another car's toll")

    with assert_nothing_written(), pytest.raises(Conflict) as refusal:
        charge(manager, john)
    with assert_nothing_written():
        job = raise_obligations(
            actor=manager,
            drafts=[
                ObligationDraft(
                    category=Category.EZPASS,
                    reference_id="EZ-1",
                    amount=Decimal("26.50"),
                    issue_date=day(manager),
                    due_date=date(2026, 1, 15),
                    customer_id=john.customer.id,
                    lease_id=john.lease.id,
                    credits=charge_credits(category=Category.EZPASS, amount=Decimal("26.50")),
                )
            ],
        )

    assert refusal.value.code == "reference_voided"
    assert (job[0].created, job[0].obligation.status) == (False, "voided")


@pytest.mark.parametrize("count", [1, 5_000])
def test_needs_as_many_statements_for_one_as_for_thousands(manager: Actor, john: Debtor, count: int) -> None:
    drafts = [draft(john, number, on=day(manager)) for number in range(count)]

    with CaptureQueriesContext(
        connection,
    ) as queries:
        raised = raise_obligations(actor=manager, drafts=drafts)

    assert all(each.created for each in raised)
    assert [query["sql"].split()[0].upper() for query in queries] == [
        "SAVEPOINT",
        "INSERT",
        "WITH",
        "RELEASE",
    ]
    assert Obligation.objects.count() == count
    assert Posting.objects.count() == 2 * count


def test_twice_in_one_call_is_raised_once(manager: Actor, john: Debtor) -> None:
    on = day(manager)

    raised = raise_obligations(actor=manager, drafts=[draft(john, 1, on=on), draft(john, 1, on=on)])

    assert [each.created for each in raised] == [True, False]
    assert Entry.objects.count() == 1


def test_loan_installment_credits_principal_and_interest(manager: Actor, john: Debtor) -> None:
    raise_obligations(
        actor=manager,
        drafts=[
            ObligationDraft(
                category=Category.LOANS,
                reference_id="DLN-2026-001-01",
                amount=Decimal("251.32"),
                issue_date=day(manager),
                due_date=day(manager),
                customer_id=john.customer.id,
                lease_id=john.lease.id,
                credits=(("loan_principal", Decimal("250.00")), ("income:interest", Decimal("1.32"))),
            )
        ],
    )

    assert list(Posting.objects.order_by("line").values_list("account__code", "amount")) == [
        ("receivable:LOANS", Decimal("251.32")),
        ("loan_principal", Decimal("-250.00")),
        ("income:interest", Decimal("-1.32")),
    ]


def test_api_raises_then_answers_what_is_there(
    manager: Actor, john: Debtor, client_of: Callable[..., StaffClient]
) -> None:
    client = client_of("manager")

    first = client.post(PATH, body(john))
    again = client.post(f"{PATH}/", body(john, category="ezpasses", amount="26.50", lease_id="LS-2054"))

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    row = first.json()
    assert row["category"] == "EZPass"
    assert (row["driver_id"], row["driver_no"], row["driver_name"]) == (john.driver.id, "DRV-101", "John Doe")
    assert (row["lease_id"], row["lease_id_pk"], row["medallion_no"]) == ("LS-2054", john.lease.id, "1P43")
    assert b'"outstanding":26.50' in first.content
    assert row["issue_date"] == day(manager).isoformat()


def test_api_raises_an_opening_balance_of_any_category(
    manager: Actor, john: Debtor, client_of: Callable[..., StaffClient]
) -> None:
    answer = client_of("manager").post(
        PATH, body(john, category="Repairs", reference_id="INV-2457", amount="450.00", opening=True)
    )

    assert answer.status_code == 201
    assert answer.json()["opening"] is True
    assert Entry.objects.get().event == "opening_balance"


def test_api_raises_for_a_customer_who_is_no_driver(
    manager: Actor, john: Debtor, client_of: Callable[..., StaffClient]
) -> None:
    from batconnect.directory.models import Customer

    acme = Customer.objects.create(company_id=manager.company_id, name="Acme")
    sent = body(john, customer_id=str(acme.id), category="MISC")
    del sent["driver_id"], sent["lease_id"]

    answer = client_of("manager").post(PATH, sent)

    assert answer.status_code == 201
    assert (answer.json()["driver_id"], answer.json()["customer_name"]) == (None, "Acme")


@pytest.mark.parametrize(
    ("values", "status", "field", "code"),
    [
        ({"amount": 0}, 400, "amount", "not_positive"),
        ({"amount": -1}, 400, "amount", "not_positive"),
        ({"amount": "26.505"}, 400, "amount", "not_money"),
        ({"amount": "1E5"}, 400, "amount", "not_money"),
        ({"amount": "NaN"}, 400, "amount", "not_money"),
        ({"amount": True}, 400, "amount", "not_money"),
        ({"amount": "1000000000.00"}, 400, "amount", "too_large"),
        ({"amount": None}, 400, "amount", "null"),
        ({"category": "Parking"}, 400, "category", "unknown_category"),
        ({"category": 7}, 400, "category", "unknown_category"),
        ({"category": "Lease"}, 400, "category", "category_not_raised"),
        ({"category": "INVOICE"}, 400, "category", "category_not_raised"),
        ({"reference_id": ""}, 400, "reference_id", "blank"),
        ({"reference_id": "x" * 61}, 400, "reference_id", "max_length"),
        ({"description": "x" * 201}, 400, "description", "max_length"),
        ({"due_date": "15.01.2026"}, 400, "due_date", "not_a_date"),
        ({"due_date": "2026-02-30"}, 400, "due_date", "not_a_date"),
        ({"issue_date": "2999-01-01"}, 400, "issue_date", "date_in_future"),
        ({"lease_id": None}, 400, "lease_id", "null"),
        ({"driver_id": 999_999}, 404, "driver_id", "not_found"),
        ({"lease_id": 999_999}, 404, "lease_id", "not_found"),
        ({"lease_id": "LS-9"}, 404, "lease_id", "not_found"),
        ({"lease_id": "9" * 20}, 404, "lease_id", "not_found"),
        ({"lease_id": "9" * 5_000}, 400, "lease_id", "invalid"),
        ({"customer_id": "01900000-0000-7000-8000-00000000dead"}, 400, "driver_id", "debtor_unknown"),
        ({"customer_id": "nonsense"}, 400, "customer_id", "invalid"),
        ({"color": "red"}, 400, "color", "unknown_field"),
    ],
)
def test_api_refuses(
    manager: Actor,
    john: Debtor,
    client_of: Callable[..., StaffClient],
    values: dict[str, Any],
    status: int,
    field: str,
    code: str,
) -> None:
    with assert_nothing_written():
        answer = client_of("manager").post(PATH, body(john, **values))

    assert answer.status_code == status, answer.content
    assert (field, code) in [(error["field"], error["code"]) for error in answer.json()["errors"]]


@pytest.mark.parametrize(
    "missing", ["category", "reference_id", "amount", "due_date", "driver_id", "lease_id"]
)
def test_api_refuses_a_missing_field(
    manager: Actor, john: Debtor, client_of: Callable[..., StaffClient], missing: str
) -> None:
    sent = body(john)
    del sent[missing]

    with assert_nothing_written():
        answer = client_of("manager").post(PATH, sent)

    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [missing]


def test_api_refuses_a_lease_of_somebody_else(
    manager: Actor, john: Debtor, client_of: Callable[..., StaffClient]
) -> None:
    other = make_debtor(manager, number=2, name="Jane Roe")

    with assert_nothing_written():
        answer = client_of("manager").post(PATH, body(john, lease_id=other.lease.id))

    assert (answer.status_code, answer.json()["code"]) == (400, "driver_not_on_lease")


def test_api_refuses_a_driver_without_a_lease_by_another_way(
    manager: Actor, john: Debtor, client_of: Callable[..., StaffClient]
) -> None:
    sent = body(john, customer_id=str(john.customer.id))
    del sent["driver_id"], sent["lease_id"]

    with assert_nothing_written():
        answer = client_of("manager").post(PATH, sent)

    assert (answer.status_code, answer.json()["code"]) == (400, "lease_required")


def test_api_refuses_a_closed_day(
    manager: Actor, john: Debtor, client_of: Callable[..., StaffClient]
) -> None:
    closed = day(manager) - timedelta(days=3)
    CompanySettings.objects.update(closed_until=closed)

    with assert_nothing_written():
        answer = client_of("manager").post(PATH, body(john, issue_date=closed.isoformat()))
    after = client_of("manager").post(PATH, body(john, issue_date=f"{closed + timedelta(days=1)}T00:00:00Z"))

    assert (answer.status_code, answer.json()["code"]) == (400, "date_closed")
    assert (after.status_code, after.json()["issue_date"]) == (201, str(closed + timedelta(days=1)))


@pytest.mark.parametrize("username", ["cashier", "auditor", "administrator"])
def test_api_refuses_those_without_the_right(
    manager: Actor, john: Debtor, client_of: Callable[..., StaffClient], username: str
) -> None:
    with assert_nothing_written():
        answer = client_of(username).post(PATH, body(john))

    assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")


@pytest.mark.django_db(transaction=True)
def test_api_finds_nothing_of_another_company(client_of: Callable[..., StaffClient]) -> None:
    with acting("manager") as actor:
        john = make_debtor(actor)

    with assert_nothing_written():
        answer = client_of("outsider").post(PATH, body(john))

    assert answer.status_code == 404
