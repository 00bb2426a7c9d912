"""Accounts carry the company's own number and name (docs/domain.md#general-ledger)."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import Conflict, NotAllowed
from ledger.general.services.accounts import name_account
from ledger.models import Account, Entry
from ledger.tests.builders import Debtor, charge
from ledger.tests.general.builders import enter
from tests.cast import SOUTH, StaffClient, acting

Client = Callable[..., StaffClient]


def account(code: str, currency: str = "USD") -> Account:
    return Account.objects.get(code=code, currency=currency)


def change(client: StaffClient, row: Account, **values: str) -> Any:
    return client.patch(f"/ledger/accounts/{row.id}", values, format="json")


def test_a_number_is_one_accounts_of_the_company_and_currency(manager: Actor, client_of: Client) -> None:
    client = client_of("manager")

    named = change(client, account("income:lease"), own_number="4100", own_name="Medallion leases")
    taken = change(client, account("income:invoices"), own_number="4100")
    other_currency = change(client, account("income:lease", "EUR"), own_number="4100")
    freed = change(client, account("income:lease"), own_number="")
    given = change(client, account("income:invoices"), own_number="4100")

    assert (named.status_code, named.json()["own_name"]) == (200, "Medallion leases")
    assert (taken.status_code, taken.json()["code"]) == (409, "own_number_taken")
    assert "income:lease" in taken.json()["detail"]
    assert [each.status_code for each in (other_currency, freed, given)] == [200, 200, 200]
    assert account("income:lease").own_name == "Medallion leases"


def test_the_database_keeps_numbers_apart(manager: Actor) -> None:
    for code in ("income:lease", "income:invoices"):
        Account.objects.filter(id=account(code).id).update(own_number="")
    Account.objects.filter(id=account("income:lease").id).update(own_number="1")

    with pytest.raises(IntegrityError), transaction.atomic():
        Account.objects.filter(id=account("income:invoices").id).update(own_number="1")


def test_who_does_not_enter_in_the_journal_names_no_account(manager: Actor, cashier: Actor) -> None:
    row = account("income:lease")

    with pytest.raises(NotAllowed):
        name_account(actor=cashier, account_id=row.id, own_number="1")
    name_account(actor=manager, account_id=row.id, own_number="7")
    with pytest.raises(Conflict):
        name_account(actor=manager, account_id=account("bad_debt").id, own_number="7")

    row.refresh_from_db()
    assert row.own_number == "7"


def test_lists_and_reports_show_them(manager: Actor, client_of: Client) -> None:
    name_account(
        actor=manager, account_id=account("expenses:other").id, own_number="6900", own_name="Sundries"
    )
    enter(manager, "12.00")
    client = client_of("auditor")

    (listed,) = client.get("/ledger/accounts?own_number=6900").json()["items"]
    (statement,) = client.get("/ledger/profit-and-loss").json()["currencies"]
    (trial,) = client.get("/ledger/trial-balance").json()["currencies"]

    assert (listed["code"], listed["manual"], listed["instead"]) == ("expenses:other", True, "")
    assert [(row["own_number"], row["name"]) for row in statement["expenses"]] == [("6900", "Sundries")]
    named = {row["own_number"]: row["own_name"] for row in trial["accounts"]}
    assert named["6900"] == "Sundries"
    (receivable,) = client.get("/ledger/accounts?code=receivable:LEASE&currency=USD").json()["items"]
    assert (receivable["manual"], receivable["instead"]) == (
        False,
        "Raise, credit or write off an obligation.",
    )


def test_another_companys_account_is_not_found(manager: Actor, client_of: Client) -> None:
    row = account("income:lease")
    client = client_of("outsider")

    answers = [
        client.get(f"/ledger/accounts/{row.id}"),
        change(client, row, own_number="1"),
        client.get(f"/ledger/accounts/{row.id}/detail"),
    ]

    assert [answer.status_code for answer in answers] == [404] * 3
    with acting("manager"):
        assert account("income:lease").own_number == ""
    with acting("outsider") as otto:
        assert otto.company_id == SOUTH


def test_the_export_of_postings_puts_each_entry_together_again(
    manager: Actor, john: Debtor, client_of: Client
) -> None:
    name_account(actor=manager, account_id=account("recovered:EZPASS").id, own_number="5210")
    charge(manager, john, amount="26.50")
    entry = Entry.objects.latest("id")

    answer = client_of("auditor").get("/ledger/export?export_type=postings&format=csv")

    text = b"".join(answer.streaming_content).decode()
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [(row["Entry"], row["Line"], row["Account code"], row["Own number"]) for row in rows[::-1]] == [
        (str(entry.id), "1", "receivable:EZPASS", ""),
        (str(entry.id), "2", "recovered:EZPASS", "5210"),
    ]
    assert {row["User"] for row in rows} == {"manager"}
    assert all(row["Posting"] and row["Reverses entry"] == "" for row in rows)
    assert {"Entry number", "Payment", "Item"} <= rows[0].keys()
