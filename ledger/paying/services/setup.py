"""How the company pays: its settings, and what each bank account's ACH files and checks say.

Rule: docs/domain.md#payout-batches.
"""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from django.db import transaction

from batconnect.core.audit import record_event
from batconnect.core.database.transactions import joins_transaction, reads
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import Conflict, FieldError, InvalidInput
from ledger.paying.errors import BAD_ACCOUNT, BAD_ROUTING, NO_PAYING_ACCOUNT
from ledger.paying.models import PayingAccount, PayoutSettings
from ledger.paying.postings import PAYING_ACCOUNT
from ledger.paying.rules.nacha import ACCOUNT_DIGITS
from ledger.paying.rules.routing import digits_of, routing_fault
from ledger.treasury.errors import BankAccountNotFound
from ledger.treasury.models import BankAccount

MANAGE: Final = "ledger.manage_bank_accounts"
_MAX_CHECK: Final = 10**12
_FIELDS: Final = frozenset(
    {
        *(
            "destination",
            "destination_name",
            "origin",
            "origin_name",
            "company_name",
            "company_identification",
        ),
        *("odfi", "sec_code", "entry_description", "offset_routing", "offset_number", "offset_kind"),
        *("next_check", "last_check"),
    }
)
_UNTOLD: Final = "offset_number"


@reads
def settings_of(*, actor: Actor) -> PayoutSettings:
    """What the company has decided about paying; the defaults, unsaved, where it has not."""
    return PayoutSettings.objects.filter(company_id=actor.company_id).first() or PayoutSettings(
        company_id=actor.company_id, changed_by=actor.name
    )


@transaction.atomic
def change_settings(*, actor: Actor, **values: Any) -> PayoutSettings:
    """Change `waiting_days`, `minimum` or `stale_days`. Needs `ledger.manage_bank_accounts`."""
    actor.require(MANAGE)
    assert values.keys() <= {"waiting_days", "minimum", "stale_days"}
    row = PayoutSettings.objects.select_for_update(no_key=True).filter(company_id=actor.company_id).first()
    is_new = row is None
    row = row or PayoutSettings(company_id=actor.company_id)
    for name, value in values.items():
        setattr(row, name, value)
    row.changed_by = actor.name
    if is_new:
        row.save(force_insert=True)
    else:
        row.save(update_fields=[*values, "changed_by"])
    record_event(
        actor=actor,
        action="ledger.change_payout_settings",
        subject_type="ledger.payout_settings",
        subject_id=row.id,
        details={name: str(value) for name, value in values.items()},
    )
    return row


@transaction.atomic
def set_up_paying(*, actor: Actor, bank_account_id: UUID, **values: Any) -> PayingAccount:
    """Say what the ACH files of a bank account say, and which checks it has; what is not given stays.

    Needs `ledger.manage_bank_accounts`. Raises BankAccountNotFound (404), InvalidInput naming every field that is
    wrong.
    """
    actor.require(MANAGE)
    assert values.keys() <= _FIELDS
    account = BankAccount.objects.filter(company_id=actor.company_id, id=bank_account_id).first()
    if account is None:
        raise BankAccountNotFound(f"There is no bank account {bank_account_id}.")
    rows = PayingAccount.objects.select_for_update(no_key=True, of=("self",)).select_related("bank_account")
    row = rows.filter(company_id=actor.company_id, bank_account=bank_account_id).first()
    is_new = row is None
    row = row or PayingAccount(company_id=actor.company_id, bank_account=account)
    for name, value in values.items():
        setattr(row, name, value.strip() if isinstance(value, str) else value)
    _clean(row)
    row.changed_by = actor.name
    if is_new:
        row.save(force_insert=True)
    else:
        row.save(update_fields=[*values, "offset_last_digits", "changed_by"])
    record_event(
        actor=actor,
        action="ledger.set_up_paying",
        subject_type=PAYING_ACCOUNT,
        subject_id=row.id,
        details={name: str(value) for name, value in values.items() if name != _UNTOLD},
    )
    return row


@joins_transaction
def lock_paying_account(*, actor: Actor, bank_account_id: UUID) -> PayingAccount:
    """How the bank account pays, locked until the transaction ends. Raises Conflict 409 `no_paying_account`."""
    rows = PayingAccount.objects.select_for_update(no_key=True, of=("self",)).select_related("bank_account")
    row = rows.filter(company_id=actor.company_id, bank_account=bank_account_id).first()
    if row is None:
        raise Conflict("The bank account is not set up to pay by file or check.", code=NO_PAYING_ACCOUNT)
    return row


def _clean(row: PayingAccount) -> None:
    """Fit numbers into their form. Raises InvalidInput naming every field that is wrong."""
    errors = []
    for name in ("destination", "offset_routing"):
        value = digits_of(getattr(row, name))
        setattr(row, name, value)
        if value and (fault := routing_fault(value)):
            errors.append(FieldError(name, fault, BAD_ROUTING))
    if row.odfi and not (row.odfi.isascii() and row.odfi.isdecimal() and len(row.odfi) == 8):
        errors.append(FieldError("odfi", "The ODFI has eight digits: a routing number without its last one."))
    number = digits_of(row.offset_number or "")
    if number and not (number.isascii() and number.isalnum() and len(number) <= ACCOUNT_DIGITS):
        message = (
            f"An account number has 1 to {ACCOUNT_DIGITS} digits and letters; this one has {len(number)}."
        )
        errors.append(FieldError("offset_number", message, BAD_ACCOUNT))
    if bool(number) != bool(row.offset_routing):
        errors.append(
            FieldError("offset_number", "A balanced file needs routing and account number of the account.")
        )
    row.offset_number = number or None
    row.offset_last_digits = number[-4:] if len(number) > 4 else ""
    if (row.next_check is None) != (row.last_check is None):
        errors.append(FieldError("last_check", "Give the first and the last number of the checks."))
    elif row.next_check is not None and not _are_checks(row.next_check, row.last_check or 0):
        message = f"Checks {row.next_check} to {row.last_check}: the last is not before the first."
        errors.append(FieldError("last_check", message))
    if errors:
        raise InvalidInput(errors[0].message, code=errors[0].code, errors=errors)


def _are_checks(first: int, last: int) -> bool:
    """Whether the numbers can be those of checks; the first is one above the last when all are used."""
    return 1 <= first <= last + 1 <= _MAX_CHECK
