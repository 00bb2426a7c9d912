"""Opening bank accounts and drawers, with their accounts of the chart (docs/domain.md#bank-accounts)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction

from batconnect.core.audit import record_event
from batconnect.core.database.rows import insert_missing
from batconnect.core.database.tenancy import company_ids, set_company
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import Conflict, FieldError, InvalidInput
from batconnect.core.models import Company, Currency, Membership
from ledger.chart import AccountLine, account_id, bank_lines, drawer_line
from ledger.models import Account
from ledger.treasury.errors import CODE_TAKEN, HOLDER_UNKNOWN, NO_BANK_ACCOUNT, BankAccountNotFound
from ledger.treasury.models import BankAccount, Drawer
from ledger.treasury.subjects import BANK_ACCOUNT, DRAWER

MANAGE: Final = "ledger.manage_bank_accounts"
FIRST_CODE: Final = "operating"
FIRST_NAME: Final = "Operating"


@transaction.atomic
def open_bank_account(
    *,
    actor: Actor,
    code: str,
    name: str,
    currency: str,
    bank_name: str = "",
    last_digits: str = "",
    is_default: bool = False,
) -> BankAccount:
    """Open a bank account and its accounts of the chart; the first of a currency is its default.

    `is_default` takes that from the one that was. Needs `ledger.manage_bank_accounts`. Raises InvalidInput naming the
    fields that are not valid, Conflict 409 `code_taken`.
    """
    actor.require(MANAGE)
    account = BankAccount(
        company_id=actor.company_id,
        code=code,
        name=name,
        currency=currency,
        bank_name=bank_name,
        last_digits=last_digits,
        created_by=actor.name,
    )
    require_valid(account)
    _require_free(BankAccount, actor, code, currency)
    current = BankAccount.objects.select_for_update().filter(
        company_id=actor.company_id, currency=currency, is_default=True
    )
    replaced = list(current)
    if is_default:
        BankAccount.objects.filter(company_id=actor.company_id, id__in=[each.id for each in replaced]).update(
            is_default=False
        )
    account.is_default = is_default or not replaced
    _insert(account, lambda: _require_free(BankAccount, actor, code, currency))
    _open_accounts(actor.company_id, currency, bank_lines(code, account.name))
    record_event(
        actor=actor,
        action="ledger.open_bank_account",
        subject_type=BANK_ACCOUNT,
        subject_id=account.id,
        details={"code": code, "currency": currency},
    )
    return account


@transaction.atomic
def make_default(*, actor: Actor, bank_account_id: UUID) -> BankAccount:
    """Make the bank account the default of its currency. Needs `ledger.manage_bank_accounts`.

    Raises BankAccountNotFound (404), and InvalidInput for one that is closed.
    """
    actor.require(MANAGE)
    accounts = BankAccount.objects.select_for_update().filter(company_id=actor.company_id).order_by("id")
    account = next((each for each in accounts if each.id == bank_account_id), None)
    if account is None:
        raise BankAccountNotFound(f"There is no bank account {bank_account_id}.")
    if not account.is_active:
        raise InvalidInput(f"{account.name} is closed.", field="bank_account_id")
    BankAccount.objects.filter(
        company_id=actor.company_id, currency=account.currency, is_default=True
    ).update(is_default=False)
    account.is_default = True
    account.save(update_fields=["is_default"])
    record_event(
        actor=actor,
        action="ledger.make_default_bank_account",
        subject_type=BANK_ACCOUNT,
        subject_id=account.id,
        details={"code": account.code, "currency": account.currency},
    )
    return account


@transaction.atomic
def open_drawer(*, actor: Actor, code: str, name: str, currency: str, holder_id: int | None = None) -> Drawer:
    """Open a cash drawer beside the office's, with its account; `holder_id` is the user who takes cash into it.

    Needs `ledger.manage_bank_accounts`. Raises InvalidInput naming the fields that are not valid, Conflict 409
    `code_taken`, also where the holder has a drawer of that currency.
    """
    actor.require(MANAGE)
    drawer = Drawer(
        company_id=actor.company_id,
        code=code,
        name=name,
        currency=currency,
        holder_id=holder_id,
        created_by=actor.name,
    )
    require_valid(drawer)
    _require_free(Drawer, actor, code, currency)
    if holder_id is not None and not _works_here(actor, holder_id):
        raise InvalidInput(
            f"Nobody with the id {holder_id} works in this company.", code=HOLDER_UNKNOWN, field="holder_id"
        )
    _require_only_drawer(actor, holder_id, currency)

    def refuse_taken() -> None:
        _require_free(Drawer, actor, code, currency)
        _require_only_drawer(actor, holder_id, currency)

    _insert(drawer, refuse_taken)
    _open_accounts(actor.company_id, currency, [drawer_line(code, drawer.name)])
    record_event(
        actor=actor,
        action="ledger.open_drawer",
        subject_type=DRAWER,
        subject_id=drawer.id,
        details={"code": code, "currency": currency},
    )
    return drawer


def require_valid(place: BankAccount | Drawer) -> None:
    """Trim the name, and raise InvalidInput naming each field that the model refuses."""
    place.name = place.name.strip()
    try:
        place.clean_fields(exclude=["company", "holder"])
    except ValidationError as refused:
        errors = [FieldError(field, " ".join(messages)) for field, messages in refused.message_dict.items()]
        raise InvalidInput(" ".join(each.message for each in errors), errors=errors) from refused


def open_first_bank_account(company: Company) -> None:
    """Open the account that everything is paid from until another one is opened (`on_company_added`)."""
    _open_first(company.pk, company.base_currency)


def complete_bank_accounts(**_: Any) -> None:
    """The receiver of `post_migrate`: every company has a bank account in each currency that it has books in.

    Runs as the owner; does nothing while the tables are not there (a partial migrate).
    """
    if not {BankAccount._meta.db_table, Account._meta.db_table} <= set(
        connection.introspection.table_names()
    ):
        return
    for company_id in company_ids():
        with transaction.atomic():
            set_company(company_id, metadata={"job": "complete_bank_accounts"})
            for currency in _currencies_with_books(company_id):
                _open_first(company_id, currency)


_WITH_BOOKS: Final = """
select base_currency from companies where id = %(company)s::uuid
union
select a.currency from ledger_accounts a where a.company_id = %(company)s::uuid and exists (
  select 1 from ledger_postings p where p.company_id = a.company_id and p.account_id = a.id)
order by 1
"""


def _currencies_with_books(company_id: UUID) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(_WITH_BOOKS, {"company": company_id})
        return [currency for (currency,) in cursor.fetchall()]


def _open_first(company_id: UUID, currency: str) -> None:
    if BankAccount.objects.filter(company_id=company_id, currency=currency).exists():
        return
    is_taken = BankAccount.objects.filter(company_id=company_id, code=FIRST_CODE).exists()
    account = BankAccount(
        company_id=company_id,
        code=f"{FIRST_CODE}-{currency.lower()}" if is_taken else FIRST_CODE,
        name=f"{FIRST_NAME} {currency}" if is_taken else FIRST_NAME,
        currency=currency,
        is_default=True,
        created_by="migration",
    )
    account.save(force_insert=True)
    _open_accounts(company_id, currency, bank_lines(account.code, account.name))


def _open_accounts(company_id: UUID, currency: str, lines: Sequence[AccountLine]) -> None:
    accounts = [
        Account(
            id=account_id(company_id, currency, line.code),
            company_id=company_id,
            currency=currency,
            code=line.code,
            name=line.name,
            kind=line.kind.value,
        )
        for line in sorted(lines)
    ]
    insert_missing(accounts, unique=("company_id", "currency", "code"))


def _insert(place: BankAccount | Drawer, refuse_taken: Callable[[], None]) -> None:
    try:
        with transaction.atomic():
            place.save(force_insert=True)
    except IntegrityError:
        # Somebody else opened it between our look and our insert.
        refuse_taken()
        raise


def _require_free(model: type[BankAccount] | type[Drawer], actor: Actor, code: str, currency: str) -> None:
    if not Currency.objects.filter(code=currency).exists():
        raise InvalidInput(
            f"{currency[:10]} is not a currency on offer.", code=NO_BANK_ACCOUNT, field="currency"
        )
    if model.objects.filter(company_id=actor.company_id, code=code).exists():
        raise Conflict(f"The code {code[:20]} is taken.", code=CODE_TAKEN)


def _require_only_drawer(actor: Actor, holder_id: int | None, currency: str) -> None:
    if holder_id is None:
        return
    held = Drawer.objects.filter(
        company_id=actor.company_id, holder=holder_id, currency=currency, is_active=True
    )
    if there := held.first():
        raise Conflict(f"{there.name} is this person's drawer in {currency}.", code=CODE_TAKEN)


def _works_here(actor: Actor, user_id: int) -> bool:
    return Membership.objects.filter(company_id=actor.company_id, user=user_id).exists()
