"""Accounts of payees: two people, a waiting period, a driver who is told (docs/domain.md#payee-accounts)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from batconnect.core.approvals.services import approve, reject
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import Conflict, InvalidInput, NotAllowed, NotFound
from batconnect.directory.models import Customer
from ledger.models import PayeeAccount, PayeeHold, PayeeNotice
from ledger.paying.services.holds import hold_payee, release_payee
from ledger.paying.services.payees import close_account
from ledger.paying.tests.builders import WHY, confirm, propose
from ledger.tests.builders import Debtor
from ledger.tests.settlement.builders import make_driver
from tests.digest import assert_nothing_written


@pytest.fixture
def john(manager: Actor) -> Debtor:
    """A driver with an address."""
    debtor = make_driver(manager)
    Customer.objects.filter(id=debtor.customer.id).update(email="john@example.com")
    return debtor


def statuses() -> list[str]:
    return list(PayeeAccount.objects.order_by("id").values_list("status", flat=True))


def test_proposed_by_one_confirmed_by_another(manager: Actor, second_manager: Actor, john: Debtor) -> None:
    request = propose(manager, john.customer.id, "0001-2345 6789", note="He showed a check.")
    account = PayeeAccount.objects.get()
    assert (account.status, account.account_number, account.last_digits, account.usable_on) == (
        "proposed",
        "000123456789",
        "6789",
        None,
    )
    with assert_nothing_written(), pytest.raises(NotAllowed):
        approve(actor=manager, approval_id=request.id)

    account = confirm(second_manager, request)

    assert (account.status, account.decided_by) == ("confirmed", second_manager.name)
    assert account.usable_on is not None
    notice = PayeeNotice.objects.get()
    assert (notice.email, notice.mailed_at) == ("john@example.com", None)
    assert "Checking ••••6789" in notice.text
    assert "12345" not in notice.text
    replaced = confirm(second_manager, propose(manager, john.customer.id, "42"))
    assert statuses() == ["replaced", "confirmed"]
    assert (replaced.last_digits, str(replaced)) == ("", "Checking ••••")


def test_a_person_proposes_by_one_right_and_the_banks_word_by_another(manager: Actor, john: Debtor) -> None:
    people = replace(manager, permissions=frozenset({"ledger.propose_payee"}))
    bank = replace(manager, permissions=frozenset({"ledger.return_payout"}))

    with assert_nothing_written():
        for actor, code in ((people, "C01"), (bank, "")):
            with pytest.raises(NotAllowed):
                propose(actor, john.customer.id, change_code=code)
    propose(people, john.customer.id)
    account = PayeeAccount.objects.get()
    assert (account.origin, account.change_code) == ("person", "")


def test_a_driver_without_address_is_told_by_the_office(
    manager: Actor, second_manager: Actor, john: Debtor
) -> None:
    Customer.objects.filter(id=john.customer.id).update(email="")
    confirm(second_manager, propose(manager, john.customer.id))
    notice = PayeeNotice.objects.get()
    assert notice.mailed_at is not None
    assert not notice.is_sent


@pytest.mark.parametrize(
    ("values", "fields"),
    [
        ({"routing_number": "021000022"}, ["routing_number"]),
        ({"number": ""}, ["account_number"]),
        ({"number": "0000"}, ["account_number"]),
        ({"number": "1" * 18}, ["account_number"]),
        ({"number": "12\n34"}, ["account_number"]),
        ({"number": "١٢٣"}, ["account_number"]),
        ({"number": "", "routing_number": "1"}, ["routing_number", "account_number"]),
        ({"holder_name": "李"}, ["holder_name"]),
    ],
)
def test_refuses_what_is_no_account(
    manager: Actor, john: Debtor, values: dict[str, Any], fields: list[str]
) -> None:
    with assert_nothing_written(), pytest.raises(InvalidInput) as refused:
        propose(manager, john.customer.id, **values)
    assert [each.field for each in refused.value.errors] == fields
    assert "1" * 18 not in refused.value.message


def test_one_proposal_at_a_time_and_not_the_same_again(
    manager: Actor, second_manager: Actor, john: Debtor
) -> None:
    request = propose(manager, john.customer.id)
    with assert_nothing_written(), pytest.raises(Conflict, match="already waiting"):
        propose(second_manager, john.customer.id, "555")
    confirm(second_manager, request)
    with assert_nothing_written(), pytest.raises(Conflict) as refused:
        propose(manager, john.customer.id)
    assert refused.value.code == "same_payee_account"


def test_turned_down_and_closed(manager: Actor, second_manager: Actor, john: Debtor) -> None:
    reject(actor=second_manager, approval_id=propose(manager, john.customer.id).id, reason=WHY)
    assert statuses() == ["rejected"]
    account = confirm(second_manager, propose(manager, john.customer.id))
    close_account(actor=manager, account_id=account.id, reason=WHY)
    assert statuses() == ["rejected", "closed"]
    with assert_nothing_written(), pytest.raises(Conflict):
        close_account(actor=manager, account_id=account.id, reason=WHY)


def test_who_may_not(manager: Actor, cashier: Actor, john: Debtor, in_north: Any) -> None:
    with assert_nothing_written(), pytest.raises(NotAllowed):
        propose(cashier, john.customer.id)
    nobody = Customer.objects.create(company_id=manager.company_id, name="No driver")
    with assert_nothing_written(), pytest.raises(NotFound):
        propose(manager, nobody.id)


def test_held_and_released_once(manager: Actor, john: Debtor) -> None:
    hold_payee(actor=manager, customer_id=john.customer.id, reason=WHY)
    with assert_nothing_written(), pytest.raises(Conflict, match="is on hold since"):
        hold_payee(actor=manager, customer_id=john.customer.id, reason=WHY)
    release_payee(actor=manager, customer_id=john.customer.id, reason=WHY)
    with assert_nothing_written(), pytest.raises(Conflict, match="is not on hold"):
        release_payee(actor=manager, customer_id=john.customer.id, reason=WHY)
    assert PayeeHold.objects.get().released_by == manager.name


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("update payee_accounts set routing_number = '011401533'", "never changes"),
        ("update payee_accounts set status = 'proposed', decided_at = null", "decided already"),
        ("delete from payee_accounts", "is kept"),
        (
            "update payee_accounts set status = 'confirmed', decided_at = now(), usable_on = now(),"
            " decider_id = proposer_id where status = 'proposed'",
            "confirmed_by_another",
        ),
    ],
)
def test_the_database_holds_it(
    manager: Actor, second_manager: Actor, john: Debtor, statement: str, words: str
) -> None:
    if "proposer_id" not in statement:
        confirm(second_manager, propose(manager, john.customer.id))
    else:
        propose(manager, john.customer.id)
    refused = pytest.raises(DatabaseError, match=f"{words}|permission denied")
    with refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
