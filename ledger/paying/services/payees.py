"""Accounts of payees: proposed by one person, confirmed by another, usable after some days.

Rule: docs/domain.md#payee-accounts.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction

from batconnect.core.approvals.kinds import ApprovalKind, Carried
from batconnect.core.approvals.services import About, request_approval
from batconnect.core.audit import record_event
from batconnect.core.database.transactions import joins_transaction, reads
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import now, today
from batconnect.core.kernel.errors import Conflict, FieldError, InvalidInput, NotFound
from batconnect.core.models import Approval
from batconnect.directory.models import Customer
from ledger.paying.errors import (
    BAD_ACCOUNT,
    BAD_ROUTING,
    NOTHING_PROPOSED,
    SAME_ACCOUNT,
    PayeeAccountNotFound,
)
from ledger.paying.models import PayeeAccount
from ledger.paying.models.payees import AccountKind
from ledger.paying.postings import PAYEE_ACCOUNT
from ledger.paying.rules.nacha import ACCOUNT_DIGITS, plain
from ledger.paying.rules.routing import digits_of, routing_fault
from ledger.paying.services.holds import release_returned
from ledger.paying.services.notices import notify_payee
from ledger.paying.services.setup import settings_of
from ledger.rules.reasons import checked_reason

PROPOSE: Final = "ledger.propose_payee"
CONFIRM: Final = "ledger.confirm_payee"
SHOWN_DIGITS: Final = 4
_Status = PayeeAccount.Status


@transaction.atomic
def propose_account(
    *,
    actor: Actor,
    customer_id: UUID,
    holder_name: str,
    routing_number: str,
    account_number: str,
    kind: str,
    note: str = "",
    change_code: str = "",
) -> Approval:
    """Propose the account that a driver is paid to from now on; nothing changes before another person confirms it.

    `kind` is checking or savings, `change_code` the bank's when it comes from a notification of change. Needs
    `ledger.propose_payee`, or `ledger.return_payout` for such a notification. Raises NotFound for the driver,
    InvalidInput `bad_routing_number`, `bad_account_number` (all faults at once), Conflict 409 `same_payee_account`,
    `approval_pending`.
    """
    actor.require("ledger.return_payout" if change_code else PROPOSE)
    customer = lock_payee(actor=actor, customer_id=customer_id)
    routing, number = digits_of(routing_number), digits_of(account_number)
    name = " ".join(holder_name.split()) or customer.name
    _require_good(routing, number, name)
    _refuse_current(actor, customer, (name, routing, number, kind))
    account = PayeeAccount(
        company_id=actor.company_id,
        customer=customer,
        holder_name=name,
        routing_number=routing,
        account_number=number,
        last_digits=number[-SHOWN_DIGITS:] if len(number) > SHOWN_DIGITS else "",
        kind=AccountKind(kind),
        origin=PayeeAccount.Origin.BANK if change_code else PayeeAccount.Origin.PERSON,
        change_code=change_code,
        note=note.strip(),
        proposer_id=actor.user_id,
        proposed_by=actor.name,
    )
    request = _ask(actor, account)
    account.save(force_insert=True)
    return request


def _ask(actor: Actor, account: PayeeAccount) -> Approval:
    """Ask a second person; what is kept with the request names the account by its row, never by its number."""
    about = About(
        subject_type=PAYEE_ACCOUNT,
        subject_id=str(account.id),
        title=f"Pay {account.customer.name} to {account}",
        parameters={"account_id": str(account.id)},
        reason=account.note or account.change_code,
        customer_id=account.customer_id,
        holds=str(account.customer_id),
    )
    return request_approval(actor=actor, kind=KIND, about=about)


@reads
def _refuse_current(actor: Actor, customer: Customer, wanted: tuple[str, str, str, str]) -> None:
    """Refuse the account that the driver is paid to already: name, routing number, number, type."""
    current = current_account(actor=actor, customer_id=customer.id)
    if current is None:
        return
    if (current.holder_name, current.routing_number, current.account_number, current.kind) == wanted:
        raise Conflict(f"{customer.name} is paid to {current} already.", code=SAME_ACCOUNT)


def _carry_out(actor: Actor, approval: Approval) -> Carried:
    """Confirm the account as it was proposed; the one before it is replaced, and the driver is told."""
    account = _lock_proposed(actor, UUID(approval.parameters["account_id"]))
    current = current_account(actor=actor, customer_id=account.customer_id)
    if current is not None:
        current.status = _Status.REPLACED
        current.save(update_fields=["status"])
    account.status = _Status.CONFIRMED
    account.decider_id, account.decided_by, account.decided_at = actor.user_id, actor.name, now()
    account.usable_on = _usable_on(actor, account)
    account.save(update_fields=["status", "decider", "decided_by", "decided_at", "usable_on"])
    release_returned(actor=actor, customer_id=account.customer_id, reason=f"Paid to {account} from now on.")
    notify_payee(
        actor=actor,
        customer=account.customer,
        subject="The account that you are paid to has changed",
        text=f"From {account.usable_on} on you are paid to the {account}. "
        "If you did not ask for this, call us before that day.",
    )
    return Carried(
        f"{account.customer.name} is paid to {account} from {account.usable_on} on.",
        {"usable_on": account.usable_on.isoformat()},
        account,
    )


def _turn_down(actor: Actor, approval: Approval) -> Carried:
    """The account is not used; the one before it stays."""
    account = _lock_proposed(actor, UUID(approval.parameters["account_id"]))
    account.status = _Status.REJECTED
    account.decider_id, account.decided_by, account.decided_at = actor.user_id, actor.name, now()
    account.save(update_fields=["status", "decider", "decided_by", "decided_at"])
    return Carried(f"{account.customer.name} is not paid to {account}.", result=account)


KIND: Final = ApprovalKind(
    code="payee_account",
    label="Account of a payee",
    permission=CONFIRM,
    view_permission="ledger.view",
    trail="ledger.payee_account",
    carry_out=_carry_out,
    turn_down=_turn_down,
)


@transaction.atomic
def close_account(*, actor: Actor, account_id: UUID, reason: str) -> PayeeAccount:
    """Stop paying a driver to the confirmed account at once, which one person may do: without it no ACH goes out.

    Needs `ledger.propose_payee` and a reason of 10 to 500 characters. Raises PayeeAccountNotFound (404), Conflict 409
    `nothing_proposed` for one that is not the confirmed one.
    """
    actor.require(PROPOSE)
    reason = checked_reason(reason)
    account = find_account(actor=actor, account_id=account_id)
    lock_payee(actor=actor, customer_id=account.customer_id)
    account.refresh_from_db()
    if account.status != _Status.CONFIRMED:
        raise Conflict(f"{account} is {account.get_status_display().lower()}.", code=NOTHING_PROPOSED)
    account.status = _Status.CLOSED
    account.save(update_fields=["status"])
    record_event(
        actor=actor,
        action="ledger.close_payee_account",
        subject_type=PAYEE_ACCOUNT,
        subject_id=account.id,
        reason=reason,
        details={"account": str(account)},
    )
    return account


@reads
def find_account(*, actor: Actor, account_id: UUID) -> PayeeAccount:
    """The account. Raises PayeeAccountNotFound (404)."""
    rows = PayeeAccount.objects.select_related("customer").filter(company_id=actor.company_id, id=account_id)
    account = rows.first()
    if account is None:
        raise PayeeAccountNotFound(f"There is no account of a payee {account_id}.")
    return account


@reads
def current_account(*, actor: Actor, customer_id: UUID) -> PayeeAccount | None:
    """The confirmed account of a driver."""
    rows = PayeeAccount.objects.filter(
        company_id=actor.company_id, customer=customer_id, status=_Status.CONFIRMED
    )
    return rows.first()


@reads
def waiting_request(*, actor: Actor, account: PayeeAccount) -> Approval:
    """The request by which the account waits. Raises Conflict 409 `nothing_proposed`."""
    request = Approval.objects.filter(
        company_id=actor.company_id,
        kind=KIND.code,
        subject_id=str(account.id),
        status=Approval.Status.PENDING,
    ).first()
    if request is None:
        raise Conflict(f"{account} is {account.get_status_display().lower()}.", code=NOTHING_PROPOSED)
    return request


@joins_transaction
def lock_payee(*, actor: Actor, customer_id: UUID) -> Customer:
    """The driver as a customer, locked until the transaction ends. Raises NotFound where no driver has the id."""
    rows = Customer.objects.select_for_update(no_key=True, of=("self",))
    customer = rows.filter(company_id=actor.company_id, id=customer_id, drivers__isnull=False).first()
    if customer is None:
        raise NotFound(f"There is no driver {customer_id}.")
    return customer


@joins_transaction
def _lock_proposed(actor: Actor, account_id: UUID) -> PayeeAccount:
    account = find_account(actor=actor, account_id=account_id)
    lock_payee(actor=actor, customer_id=account.customer_id)
    account.refresh_from_db()
    if account.status != _Status.PROPOSED:
        raise Conflict(f"{account} is {account.get_status_display().lower()}.", code=NOTHING_PROPOSED)
    return account


def _usable_on(actor: Actor, account: PayeeAccount) -> date:
    """Today for what the bank itself corrected, else after the company's waiting period."""
    if account.origin == PayeeAccount.Origin.BANK:
        return today(actor.company)
    return today(actor.company) + timedelta(days=settings_of(actor=actor).waiting_days)


def _require_good(routing: str, number: str, name: str) -> None:
    errors = []
    if fault := routing_fault(routing):
        errors.append(FieldError("routing_number", fault, BAD_ROUTING))
    if not (number.isascii() and number.isalnum() and len(number) <= ACCOUNT_DIGITS and number.strip("0")):
        message = (
            f"An account number has 1 to {ACCOUNT_DIGITS} digits and letters; this one has {len(number)}."
        )
        errors.append(FieldError("account_number", message, BAD_ACCOUNT))
    if not plain(name):
        errors.append(FieldError("holder_name", "The name has no letter that a bank's file can hold."))
    if errors:
        raise InvalidInput(errors[0].message, code=errors[0].code, errors=errors)
