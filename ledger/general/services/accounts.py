"""The company's own numbers and names of accounts (docs/domain.md#general-ledger)."""

from __future__ import annotations

from uuid import UUID

from django.db import IntegrityError, transaction

from batconnect.core.audit import record_event
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import Conflict
from ledger.general.errors import OWN_NUMBER_TAKEN, AccountNotFound
from ledger.general.subjects import ACCOUNT
from ledger.models import Account


@transaction.atomic
def name_account(
    *, actor: Actor, account_id: UUID, own_number: str | None = None, own_name: str | None = None
) -> Account:
    """Give an account the company's own number and name; "" takes one away, None leaves it.

    Needs `ledger.enter_journal`. Raises AccountNotFound (404), Conflict 409 `own_number_taken` naming the other account
    of the currency.
    """
    actor.require("ledger.enter_journal")
    rows = Account.objects.filter(company_id=actor.company_id)
    account = rows.select_for_update(no_key=True).filter(id=account_id).first()
    if account is None:
        raise AccountNotFound(f"There is no account {account_id}.")
    before = {"own_number": account.own_number, "own_name": account.own_name}
    wanted = {
        "own_number": account.own_number if own_number is None else own_number.strip(),
        "own_name": account.own_name if own_name is None else own_name.strip(),
    }
    if wanted == before:
        return account
    _refuse_taken(account, wanted["own_number"])
    account.own_number, account.own_name = wanted["own_number"], wanted["own_name"]
    try:
        with transaction.atomic():
            account.save(update_fields=["own_number", "own_name"])
    except IntegrityError:
        # Somebody else gave it between our look and our change.
        _refuse_taken(account, wanted["own_number"])
        raise
    record_event(
        actor=actor,
        action="ledger.name_account",
        subject_type=ACCOUNT,
        subject_id=account.id,
        details={"code": account.code, "currency": account.currency, **wanted, "before": before},
    )
    return account


def _refuse_taken(account: Account, own_number: str) -> None:
    rows = Account.objects.filter(company_id=account.company_id, currency=account.currency)
    if own_number and (other := rows.filter(own_number=own_number).exclude(id=account.id).first()):
        raise Conflict(
            f"{own_number} is the number of {other.code} in {other.currency}.", code=OWN_NUMBER_TAKEN
        )
