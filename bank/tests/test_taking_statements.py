"""Which account a file goes to, by which columns it is read, and what a report of the account sums."""

from __future__ import annotations

from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from bank.models import StatementFeed, StatementMapping
from bank.services import feeds, intake, reconciling
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import InvalidInput
from ledger.models import BankAccount
from ledger.treasury.services.places import open_bank_account
from tests.databases import owners_hand

D = Decimal


def test_a_report_of_an_account_shows_the_cash_that_it_has() -> None:
    plain = ("bank", "books", "difference", "later", "deposits_in_transit", "payments_in_transit")
    for cash, shown in ((D("12.50"), D("12.50")), (None, D(0))):
        compared: Any = SimpleNamespace(
            cash=cash, unidentified=D(1), unexplained=D(2), **dict.fromkeys(plain, D(3))
        )
        assert reconciling.sums(compared)["cash"] == shown


def test_a_statement_goes_to_the_only_account_of_its_currency_or_to_the_default(manager: Actor) -> None:
    statement: Any = SimpleNamespace(currency="USD", account="")
    default = BankAccount.objects.get(currency="USD")
    with owners_hand():
        BankAccount.objects.filter(id=default.id).update(is_default=False)
    assert feeds._default_account(manager, statement) == default

    open_bank_account(actor=manager, code="second", name="Second", currency="USD")
    with owners_hand():
        BankAccount.objects.update(is_default=False)
    with pytest.raises(InvalidInput, match="name one"):
        feeds._default_account(manager, statement)


def test_a_file_is_read_by_the_mapping_of_the_account_that_is_named(
    manager: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = BankAccount.objects.get(currency="USD")
    columns = {"amount_column": "Amount", "date_column": "Date"}
    mapping = StatementMapping.objects.create(company_id=manager.company_id, name="Bank", **columns)
    StatementFeed.objects.update_or_create(
        company_id=manager.company_id, bank_account=account, defaults={"mapping": mapping}
    )
    used: list[Any] = []
    monkeypatch.setattr(intake, "read_file", lambda **given: used.append(given["mapping"]) or [])

    for named in (account.id, None):
        intake._read(manager, b"", "a.csv", named, None)

    assert [each.id if each else None for each in used] == [mapping.id, None]
