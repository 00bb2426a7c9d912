"""By which number files name a bank account, which columns they have, and which account a statement is of.

Rule: docs/domain.md#statements.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.crypto import salted_hmac

from bank.errors import ACCOUNT_MISMATCH, NUMBER_TAKEN, STATEMENT_CURRENCY, UNKNOWN_ACCOUNT
from bank.models import StatementFeed, StatementMapping
from bank.readers.interface import ParsedStatement
from bank.services.chain import lock_account
from batconnect.core.audit import record_event
from batconnect.core.database.transactions import reads
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import InvalidInput
from batconnect.core.kernel.field_codes import INVALID
from ledger.treasury.errors import BankAccountNotFound
from ledger.treasury.models import BankAccount
from ledger.treasury.subjects import BANK_ACCOUNT
from payments.batches.errors import UNKNOWN_MAPPING

RIGHT: Final = "bank.import_statements"
_SALT: Final = "batconnect.bank.number"
_UNSET: Final[Any] = object()
_CHANGED: Final = ("number", "number_digest", "mapping", "opening_balance", "opened_on")


def plain_number(text: str) -> str:
    """The account's number as it is compared: capitals and digits, without the zeros in front."""
    return "".join(each for each in text.upper() if each.isalnum()).lstrip("0")


def number_digest(text: str) -> str:
    """By what an account's number is found: a keyed digest; "" for no number."""
    plain = plain_number(text)
    return salted_hmac(_SALT, plain, algorithm="sha256").hexdigest() if plain else ""


def masked(number: str | None) -> str:
    """The last four characters of a number, all that is shown of it."""
    plain = plain_number(number or "")
    return f"…{plain[-4:]}" if plain else ""


@reads
def find_account(*, actor: Actor, bank_account_id: UUID) -> BankAccount:
    """The bank account. Raises BankAccountNotFound (404)."""
    account = BankAccount.objects.filter(company_id=actor.company_id, id=bank_account_id).first()
    if account is None:
        raise BankAccountNotFound(f"There is no bank account {bank_account_id}.")
    return account


@reads
def account_of(
    *, actor: Actor, statement: ParsedStatement, bank_account_id: UUID | None = None
) -> BankAccount:
    """The account that a statement is of: the one that its number names, else the given one, else the currency's
    default.

    Raises BankAccountNotFound (404) for the given one, InvalidInput where the number is another account's, where the
    currency is another, or where no account is left.
    """
    feeds = {each.bank_account_id: each for each in StatementFeed.objects.filter(company_id=actor.company_id)}
    digest = number_digest(statement.account)
    named = next((each for each in feeds.values() if digest and each.number_digest == digest), None)
    given = find_account(actor=actor, bank_account_id=bank_account_id) if bank_account_id else None
    if named is not None:
        account = find_account(actor=actor, bank_account_id=named.bank_account_id)
        if given is not None and given.id != account.id:
            raise _mismatch(statement, given, f"that number is the one of {account.name}")
    else:
        account = given or _default_account(actor, statement)
        feed = feeds.get(account.id)
        if digest and feed is not None and feed.number_digest:
            raise _mismatch(statement, account, f"its number is {masked(feed.number)}")
        if (
            digest
            and account.last_digits
            and not plain_number(statement.account).endswith(account.last_digits)
        ):
            raise _mismatch(statement, account, f"its number ends with {account.last_digits}")
    if statement.currency and statement.currency != account.currency:
        raise InvalidInput(
            f"The statement is in {statement.currency}, {account.name} is in {account.currency}.",
            code=STATEMENT_CURRENCY,
            field="file",
        )
    return account


def _default_account(actor: Actor, statement: ParsedStatement) -> BankAccount:
    currency = statement.currency or actor.company.base_currency
    accounts = list(
        BankAccount.objects.filter(company_id=actor.company_id, currency=currency, is_active=True).order_by(
            "-is_default", "code"
        )
    )
    plain = plain_number(statement.account)
    ending = [each for each in accounts if each.last_digits and plain.endswith(each.last_digits)]
    if len(ending) == 1:
        return ending[0]
    if len(accounts) == 1 or (accounts and accounts[0].is_default):
        return accounts[0]
    raise InvalidInput(
        f"No bank account in {currency} takes this statement: name one.",
        code=UNKNOWN_ACCOUNT,
        field="bank_account_id",
    )


def _mismatch(statement: ParsedStatement, account: BankAccount, why: str) -> InvalidInput:
    return InvalidInput(
        f"The file is of the account {masked(statement.account)}, not of {account.name}: {why}.",
        code=ACCOUNT_MISMATCH,
        field="bank_account_id",
    )


@transaction.atomic
def set_feed(
    *,
    actor: Actor,
    bank_account_id: UUID,
    number: str = _UNSET,
    mapping_id: UUID | None = _UNSET,
    opening_balance: Decimal | None = _UNSET,
    opened_on: date | None = _UNSET,
    check: Callable[[StatementFeed], None] = lambda feed: None,
) -> StatementFeed:
    """Say how an account's statements come; what is not given stays. Needs `bank.import_statements`.

    `opening_balance` is what the chain of statements begins with, at the end of the day before `opened_on`. `check`
    sees the feed under its lock, before anything changes. Raises BankAccountNotFound (404), InvalidInput for an unknown
    mapping, a number without a letter or digit, or one that another account has.
    """
    actor.require(RIGHT)
    account = find_account(actor=actor, bank_account_id=bank_account_id)
    # Also the first two to say something of an account come one after the other.
    lock_account(actor=actor, bank_account_id=account.id)
    feed = StatementFeed.objects.select_for_update().filter(
        company_id=actor.company_id, bank_account=account
    ).first() or StatementFeed(company_id=actor.company_id, bank_account=account)
    check(feed)
    if number is not _UNSET:
        _set_number(feed, number)
    if mapping_id is not _UNSET:
        feed.mapping = (
            find_mapping(actor=actor, mapping_id=mapping_id, field="mapping_id") if mapping_id else None
        )
    if opening_balance is not _UNSET:
        feed.opening_balance = opening_balance
    if opened_on is not _UNSET:
        feed.opened_on = opened_on
    if feed.opening_balance is not None and feed.opened_on is None:
        raise InvalidInput("Say from which day on the balance holds.", field="opened_on")
    try:
        with transaction.atomic():
            feed.save(update_fields=None if feed._state.adding else _CHANGED)
    except IntegrityError as error:
        raise InvalidInput("Another account has this number.", code=NUMBER_TAKEN, field="number") from error
    record_event(
        actor=actor,
        action="bank.feed_changed",
        subject_type=BANK_ACCOUNT,
        subject_id=account.id,
        details={"account": account.code, "number": masked(feed.number)},
    )
    return feed


def _set_number(feed: StatementFeed, number: str) -> None:
    if number and not plain_number(number):
        raise InvalidInput("A number has letters or digits.", code=INVALID, field="number")
    feed.number = number or None
    feed.number_digest = number_digest(number)


@reads
def find_mapping(*, actor: Actor, mapping_id: UUID, field: str = "mapping") -> StatementMapping:
    """The columns of a bank's tables. Raises InvalidInput (400) at the field for another company's."""
    mapping = StatementMapping.objects.filter(company_id=actor.company_id, id=mapping_id).first()
    if mapping is None:
        raise InvalidInput(
            f"There is no mapping of statements {mapping_id}.", code=UNKNOWN_MAPPING, field=field
        )
    return mapping
