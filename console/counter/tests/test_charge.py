"""Adding a charge in the console: what the API's call raises, once, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.models import Approval, CompanySettings
from batconnect.directory.models import Customer, LeaseDriver
from console.counter.tests.conftest import Counter, words
from ledger.clearing.services.taxes import open_authority
from ledger.models import Obligation
from payments.models import CreditMemo
from payments.tests.builders import Debtor
from tests.console import browser, seen_on
from tests.digest import assert_nothing_written

Wizard = Callable[..., Counter]


@pytest.fixture
def charging(manager: Actor) -> Callable[..., Counter]:
    """`charging()` of John Doe, by the manager."""
    return lambda payer="driver=101": Counter(browser("manager"), "new_charge", payer)


def address_of(name: str) -> str:
    """The address of a page of the counter."""
    return reverse(f"admin:{name}")


def ticket(actor: Actor, **changes: str) -> dict[str, str]:
    """A ticket of 115.00 on LS-2054, as it is typed."""
    return {
        "lease": "2054",
        "category": "PVB",
        "reference_id": "SUM-77",
        "amount": "115.00",
        "due_date": (today(actor.company) + timedelta(days=30)).isoformat(),
        "issue_date": today(actor.company).isoformat(),
        "description": "Double parking",
        **changes,
    }


def test_adds_what_was_shown(john: Debtor, charging: Any, manager: Actor) -> None:
    counter = charging()

    page = counter.check(**ticket(manager, amount="1,115.00"))
    done = counter.confirm(page)
    made = counter.client.get(done["Location"])

    debt = Obligation.objects.get(reference_id="SUM-77")
    assert (debt.category, debt.original, debt.outstanding) == ("PVB", Decimal("1115.00"), Decimal("1115.00"))
    assert (debt.lease_id, debt.customer_id, debt.description) == (2054, john.customer.pk, "Double parking")
    assert "1,115.00 USD to pay for LS-2054" in words(page)
    assert "Receivable, PVB 1,115.00" in words(page)
    assert done["Location"] == reverse("admin:charge_made", args=[debt.pk])
    assert "SUM-77" in words(made)
    assert "Another one for John Doe" in words(made)


def test_adds_one_whatever_is_pressed(john: Debtor, charging: Any, manager: Actor) -> None:
    counter = charging()
    page = counter.check(**ticket(manager))

    first, second = counter.confirm(page), counter.confirm(page)
    back = counter.client.get(f"{counter.path}&draft={seen_on(page)['draft']}&check=1")

    assert first["Location"] == second["Location"] == back["Location"]
    assert Obligation.objects.filter(reference_id="SUM-77").count() == 1


def test_charges_a_customer_who_does_not_drive(charging: Any, manager: Actor) -> None:
    garage = Customer.objects.create(company_id=manager.company_id, name="Lexington Garage")
    counter = charging(f"customer={garage.pk}")

    page = counter.check(**ticket(manager, lease="", category="MISC", reference_id="KEY-1"))
    counter.confirm(page)

    debt = Obligation.objects.get(reference_id="KEY-1")
    assert (debt.customer_id, debt.lease_id) == (garage.pk, None)


def test_finds_customers_who_do_not_drive(john: Debtor, charging: Any, manager: Actor) -> None:
    garage = Customer.objects.create(
        company_id=manager.company_id, name="John's Garage", external_reference="G-7"
    )
    client, path = charging().client, address_of("new_charge")

    both = client.get(path, {"q": "john", "part": "found"})
    one = client.get(path, {"q": "g-7"})
    loan = client.get(address_of("new_loan"), {"q": "garage", "part": "found"})

    assert "Garage" in words(both)
    assert "John Doe" in words(both)
    assert one["Location"] == f"{path}?customer={garage.pk}"
    assert "Nobody was found" in words(loan)


def test_offers_leases_that_have_ended(john: Debtor, charging: Any, manager: Actor) -> None:
    day = today(manager.company)
    LeaseDriver.objects.filter(lease=2054).update(until_on=day - timedelta(days=1))
    counter = charging()

    form = counter.open()
    counter.confirm(counter.check(**ticket(manager)))

    assert 'value="2054"' in form.content.decode()
    assert Obligation.objects.get(reference_id="SUM-77").lease_id == 2054


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"amount": "0"}, "the amount must be above zero"),
        ({"amount": "1e2"}, "Enter an amount"),
        ({"amount": "12,5"}, "12.5"),
        ({"amount": "99999999999"}, "above the largest amount, 999,999,999.99"),
        ({"category": ""}, "Choose what the charge is for."),
        ({"category": "LEASE"}, "Lease is not entered by hand"),
        ({"reference_id": ""}, "may not be blank"),
        ({"reference_id": "R" * 61}, "60 characters"),
        ({"description": "N" * 201}, "200 characters"),
        ({"due_date": "soon"}, "YYYY-MM-DD"),
        ({"issue_date": "2999-01-01"}, "2999-01-01"),
        ({"lease": ""}, "Choose the lease"),
        ({"lease": "2055"}, "Choose the lease"),
        ({"lease": "²"}, "Choose the lease"),
    ],
)
def test_says_beside_the_field_what_is_wrong(
    john: Debtor, charging: Any, manager: Actor, changes: dict[str, str], said: str
) -> None:
    with assert_nothing_written():
        page = charging().check(**ticket(manager, **changes))

    assert "counter-error" in page.content.decode()
    assert said in words(page)


def test_says_that_a_charge_is_there_already(john: Debtor, charging: Any, manager: Actor) -> None:
    counter = charging()
    counter.confirm(counter.check(**ticket(manager)))

    with assert_nothing_written():
        same = charging().check(**ticket(manager))
        other = charging().check(**ticket(manager, amount="50.00"))

    assert "was charged already" in words(same)
    assert "SUM-77" in words(other)
    assert Obligation.objects.filter(reference_id="SUM-77").count() == 1


def test_says_so_when_somebody_else_was_faster(john: Debtor, charging: Any, manager: Actor) -> None:
    slow, fast = charging(), charging()
    page = slow.check(**ticket(manager))
    fast.confirm(fast.check(**ticket(manager)))

    done = slow.confirm(page)
    shown = slow.client.get(done["Location"])

    assert "was charged already" in words(shown)
    assert 'value="SUM-77"' in shown.content.decode()


def test_holds_a_tax_for_the_authority_that_is_chosen(john: Debtor, charging: Any, manager: Actor) -> None:
    open_authority(actor=manager, code="nys", name="New York State")
    counter = charging()

    form = counter.open()
    page = counter.check(**ticket(manager, category="TAXES", reference_id="TAX-9", authority="nys"))
    wrong = counter.check(**ticket(manager, authority="nys"))

    assert "New York State" in form.content.decode()
    assert "New York State" in words(page)
    assert "Only taxes are held for an authority" in words(wrong)


def test_knows_nobody_of_another_company(john: Debtor, outsider: Actor, manager: Actor) -> None:
    client = browser("outsider")

    answer = client.get(f"{reverse('admin:new_charge')}?driver=101")

    assert answer.status_code in (403, 404)
    assert "John Doe" not in answer.content.decode()


def test_is_for_those_who_may_raise_charges(john: Debtor, wizard: Wizard) -> None:
    counter = wizard("new_charge")

    assert counter.open().status_code == 403
    with assert_nothing_written():
        assert counter.client.post(counter.path, {"draft": "1"}).status_code == 403


def test_shows_names_as_they_are(charging: Any, manager: Actor) -> None:
    long = Customer.objects.create(company_id=manager.company_id, name="W" * 200)
    hebrew = Customer.objects.create(company_id=manager.company_id, name="<b>שלום כהן</b>")

    pages = [charging(f"customer={each.pk}").open().content.decode() for each in (long, hebrew)]

    assert "W" * 200 in pages[0]
    assert "&lt;b&gt;שלום כהן&lt;/b&gt;" in pages[1]


def test_gives_a_credit_that_belongs_to_no_item(john: Debtor, manager: Actor) -> None:
    counter = Counter(browser("manager"), "new_credit")

    page = counter.check(lease="2054", category="LEASE", amount="40.00", reason="Two days without a car.")
    first, second = counter.confirm(page), counter.confirm(page)
    made = counter.client.get(first["Location"])

    memo = CreditMemo.objects.get()
    assert (memo.amount, memo.left, memo.lease_id) == (Decimal("40.00"), Decimal("40.00"), 2054)
    assert "40.00 USD to the customer's credit for LS-2054" in words(page).replace("&#x27;", "'")
    assert first["Location"] == second["Location"]
    assert memo.number in words(made)


def test_asks_a_second_person_for_a_credit_above_the_limit(john: Debtor, manager: Actor) -> None:
    CompanySettings.objects.filter(company_id=manager.company_id).update(credit_memo_approval_limit=10)
    counter = Counter(browser("manager"), "new_credit")

    page = counter.check(lease="2054", category="LEASE", amount="40.00", reason="Two days without a car.")
    done = counter.confirm(page)

    assert "Confirm: ask a second person" in words(page)
    assert Approval.objects.get().pk
    assert "/approval/" in done["Location"]
    assert not CreditMemo.objects.exists()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"category": ""}, "Choose what the credit is for."),
        ({"reason": "short"}, "10 to 500 characters"),
        ({"amount": "0"}, "above zero"),
        ({"lease": ""}, "Choose the lease that is credited."),
    ],
)
def test_says_beside_the_field_what_is_wrong_with_a_credit(
    john: Debtor, manager: Actor, changes: dict[str, str], said: str
) -> None:
    typed = {"lease": "2054", "category": "LEASE", "amount": "40.00", "reason": "Two days without a car."}

    with assert_nothing_written():
        page = Counter(browser("manager"), "new_credit").check(**{**typed, **changes})

    assert said in words(page)
