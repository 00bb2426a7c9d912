"""Deposit slips: made up, changed, closed, taken back, voided (docs/domain.md#deposit-slips)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final
from uuid import UUID

from django.db import transaction

from bank import postings
from bank.errors import (
    CHECK_CAME_BACK,
    SLIP_EMPTY,
    SLIP_NOT_CLOSED,
    SLIP_NOT_DRAFT,
    SlipChanged,
    SlipNotFound,
)
from bank.models import DepositSlip, DepositSlipItem
from bank.postings import DEPOSIT_SLIP
from bank.services.slip_contents import Content, lock_checks, make_items, require_here, take_cash
from bank.subjects import SLIP_NUMBERS
from batconnect.core.audit import audit_event
from batconnect.core.database.numbers import take
from batconnect.core.database.rows import Change, execute_batch, insert_batch
from batconnect.core.database.transactions import joins_transaction
from batconnect.core.kernel import clock
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import Conflict, InvalidInput
from batconnect.core.kernel.ids import uuid7
from batconnect.core.models import AuditEvent
from ledger.models import Posting
from ledger.postings import Leg, reversal
from ledger.rules.reasons import checked_reason
from ledger.services import post_entries
from ledger.services.dates import open_day
from ledger.treasury.services.paying import find_bank_account, find_drawer
from payments.models import Payment
from payments.services.allocation import lock_payments

RIGHT: Final = "bank.deposit"
Check = Callable[[DepositSlip], None]
_Status = DepositSlip.Status
_CLOSE: Final = """
update bank_deposit_slips set status = 'closed', closings = closings + 1, entry_id = %s::uuid, closed_on = %s::date,
  closed_by = %s, version = version + 1
where company_id = %s::uuid and id = %s::uuid
"""
_REOPEN: Final = """
update bank_deposit_slips set status = 'draft', entry_id = null, closed_on = null, closed_by = '', version = version + 1
where company_id = %s::uuid and id = %s::uuid
"""
_LIE_ON: Final = """
update payments set at_bank_id = %s::uuid, version = version + 1 where company_id = %s::uuid and id = any(%s::uuid[])
"""


@transaction.atomic
def make_slip(
    *,
    actor: Actor,
    content: Content,
    currency: str = "",
    bank_account_id: UUID | None = None,
    notes: str = "",
) -> DepositSlip:
    """Make up a slip for the bank account (the currency's default one), with number `SLIP-YYYY-NNN`; posts nothing.

    Needs `bank.deposit`. Raises InvalidInput `not_depositable` naming the payment, an amount that is not above zero,
    what `counted_cash`, `find_bank_account` and `find_drawer` refuse; Conflict 409 `check_on_slip`.
    """
    actor.require(RIGHT)
    money = currency or actor.company.base_currency
    checks = lock_checks(actor, money, content.payment_ids, None)
    account = find_bank_account(actor=actor, currency=money, bank_account_id=bank_account_id)
    slip = DepositSlip(
        id=uuid7(),
        company_id=actor.company_id,
        bank_account=account,
        currency=money,
        notes=notes.strip()[:500],
    )
    slip.created_by = actor.name
    items = make_items(actor, slip, content, checks)
    (number,) = take(SLIP_NUMBERS, company_id=actor.company_id, day=clock.today(actor.company))
    slip.number, slip.number_order = number.text, number.order
    insert_batch([slip], [_event(actor, slip, "bank.slip_made")])
    # By statements of their own: the items' trigger looks the slip up.
    insert_batch(items)
    slip.refresh_from_db()
    return slip


@transaction.atomic
def change_slip(
    *, actor: Actor, slip_id: UUID, content: Content | None = None, check: Check | None = None, **values: Any
) -> DepositSlip:
    """Change a draft: all that lies on it, its `bank_account_id`, its `notes`; `check` is called with the locked slip.

    Needs `bank.deposit`. Raises SlipNotFound (404), Conflict 409 `slip_not_draft`, and what `make_slip` refuses.
    """
    actor.require(RIGHT)
    assert values.keys() <= {"bank_account_id", "notes"}, "number and currency never change"
    known = _find(actor, slip_id)
    wanted = content.payment_ids if content is not None else ()
    checks = lock_checks(actor, known.currency, wanted, known.id)
    slip = _locked(actor, slip_id, check)
    _require_draft(slip)
    if "bank_account_id" in values:
        slip.bank_account = find_bank_account(
            actor=actor, currency=slip.currency, bank_account_id=values["bank_account_id"]
        )
    slip.notes = values.get("notes", slip.notes).strip()[:500]
    items: list[DepositSlipItem] = []
    if content is not None:
        items = make_items(actor, slip, content, checks)
        DepositSlipItem.objects.filter(company_id=actor.company_id, slip=slip.id).delete()
    slip.version += 1
    slip.save(
        update_fields=[
            *("bank_account", "notes", "cash", "checks", "check_count", "amount", "denominations", "version")
        ]
    )
    insert_batch(items, [_event(actor, slip, "bank.slip_changed")])
    return slip


@transaction.atomic
def close_slip(*, actor: Actor, slip_id: UUID, check: Check | None = None) -> DepositSlip:
    """Close a draft: it is on its way to the bank, effective today. Dr deposits in transit / Cr drawers and checks.

    Its payments lie at the bank from now on and are not voided. Needs `bank.deposit`. Raises SlipNotFound (404),
    InvalidInput `slip_empty`, Conflict 409 `slip_not_draft`, `check_gone` naming the payment, SlipChanged, DrawerShort
    (409) naming what is there, and what `find_bank_account` and `find_drawer` refuse.
    """
    actor.require(RIGHT)
    slip, items, payments = _with_items(actor, slip_id, check)
    _require_draft(slip)
    if slip.amount <= 0:
        raise InvalidInput("Nothing lies on the slip.", code=SLIP_EMPTY, field="cash")
    require_here(actor, slip, payments)
    account = find_bank_account(actor=actor, currency=slip.currency, bank_account_id=slip.bank_account_id)
    draft = postings.slip_closed(
        slip_id=slip.id,
        entry_id=uuid7(),
        closing=slip.closings + 1,
        account_code=account.code,
        cash=take_cash(actor, slip, items),
        checks=slip.checks,
        currency=slip.currency,
        on=open_day(actor=actor, day=clock.today(actor.company)),
    )
    close = Change(_CLOSE, [draft.id, draft.effective_on, actor.name, actor.company_id, slip.id])
    changes = [close, *_lie_on(actor, slip.id, payments)]
    post_entries(
        actor=actor, drafts=[draft], rows=[[_event(actor, slip, "bank.slip_closed")]], changes=changes
    )
    slip.refresh_from_db()
    return slip


@transaction.atomic
def reopen_slip(*, actor: Actor, slip_id: UUID, reason: str, check: Check | None = None) -> DepositSlip:
    """Take a closed slip back: its entry is reversed today, and it is a draft again.

    Needs `bank.deposit` and a reason of 10 to 500 characters. Raises SlipNotFound (404), Conflict 409
    `slip_not_closed`, also while a line of a statement is explained by it, `check_came_back`, SlipChanged, and
    InvalidInput `wrong_place` for a drawer that was closed since.
    """
    actor.require(RIGHT)
    reason = checked_reason(reason)
    slip, items, payments = _with_items(actor, slip_id, check)
    if slip.status != _Status.CLOSED:
        raise Conflict(f"{slip.number} is {slip.get_status_display().lower()}.", code=SLIP_NOT_CLOSED)
    for payment in payments.values():
        if payment.returned or payment.status != Payment.Status.POSTED:
            raise Conflict(f"{payment.number} came back: the bank has had the slip.", code=CHECK_CAME_BACK)
    for item in items:
        if item.drawer_id is not None:
            find_drawer(actor=actor, currency=slip.currency, drawer_id=item.drawer_id)
    assert slip.entry_id is not None
    lines = Posting.objects.filter(company_id=actor.company_id, entry=slip.entry_id).order_by("line")
    draft = reversal(
        entry_id=slip.entry_id,
        event=postings.SLIP_REOPENED,
        source_type=DEPOSIT_SLIP,
        source_id=f"{slip.id}/{slip.closings}",
        currency=slip.currency,
        on=open_day(actor=actor, day=clock.today(actor.company)),
        legs=[
            Leg(*line)
            for line in lines.values_list("account__code", "amount", "obligation_id", "payment_id", "item_id")
        ],
        customer_id=None,
        lease_id=None,
        reason=reason,
    )
    changes = [Change(_REOPEN, [actor.company_id, slip.id]), *_lie_on(actor, None, payments)]
    event = _event(actor, slip, "bank.slip_reopened", reason)
    post_entries(actor=actor, drafts=[draft], rows=[[event]], changes=changes)
    slip.refresh_from_db()
    return slip


@transaction.atomic
def void_slip(*, actor: Actor, slip_id: UUID, reason: str, check: Check | None = None) -> DepositSlip:
    """Void a draft; its checks may lie on another slip. A closed one is reopened first.

    Needs `bank.deposit` and a reason of 10 to 500 characters. Raises SlipNotFound (404), Conflict 409 `slip_not_draft`.
    """
    actor.require(RIGHT)
    reason = checked_reason(reason)
    slip = _locked(actor, slip_id, check)
    _require_draft(slip)
    DepositSlipItem.objects.filter(company_id=actor.company_id, slip=slip.id).update(is_live=False)
    slip.status, slip.void_reason = _Status.VOIDED, reason
    slip.version += 1
    slip.save(update_fields=["status", "void_reason", "version"])
    execute_batch([_event(actor, slip, "bank.slip_voided", reason)])
    return slip


@joins_transaction
def lock_slip(*, actor: Actor, slip_id: UUID) -> DepositSlip:
    """The slip, locked until the transaction ends; after payments. Raises SlipNotFound (404)."""
    return _locked(actor, slip_id, None)


def _find(actor: Actor, slip_id: UUID) -> DepositSlip:
    slip = DepositSlip.objects.filter(company_id=actor.company_id, id=slip_id).first()
    if slip is None:
        raise SlipNotFound(f"There is no deposit slip {slip_id}.")
    return slip


def _locked(actor: Actor, slip_id: UUID, check: Check | None) -> DepositSlip:
    rows = DepositSlip.objects.select_for_update(no_key=True, of=("self",)).select_related("bank_account")
    slip = rows.filter(company_id=actor.company_id, id=slip_id).first()
    if slip is None:
        raise SlipNotFound(f"There is no deposit slip {slip_id}.")
    if check:
        check(slip)
    return slip


def _require_draft(slip: DepositSlip) -> None:
    if slip.status != _Status.DRAFT:
        raise Conflict(f"{slip.number} is {slip.get_status_display().lower()}.", code=SLIP_NOT_DRAFT)


def _with_items(
    actor: Actor, slip_id: UUID, check: Check | None
) -> tuple[DepositSlip, list[DepositSlipItem], dict[UUID, Payment]]:
    """The slip with what lies on it: its payments are locked before it is."""
    _find(actor, slip_id)
    rows = DepositSlipItem.objects.filter(company_id=actor.company_id, slip=slip_id, is_live=True)
    before = set(rows.filter(payment__isnull=False).values_list("payment_id", flat=True))
    payments = lock_payments(actor=actor, ids=before)
    slip = _locked(actor, slip_id, check)
    items = list(rows.select_related("drawer").order_by("id"))
    if {item.payment_id for item in items if item.payment_id} != before:
        raise SlipChanged(f"Somebody else changed {slip.number} meanwhile.")
    return slip, items, payments


def _lie_on(actor: Actor, slip_id: UUID | None, payments: Mapping[UUID, Payment]) -> list[Change]:
    return [Change(_LIE_ON, [slip_id, actor.company_id, sorted(payments)])] if payments else []


def _event(actor: Actor, slip: DepositSlip, action: str, reason: str = "") -> AuditEvent:
    return audit_event(
        actor=actor,
        action=action,
        subject_type=DEPOSIT_SLIP,
        subject_id=slip.id,
        reason=reason,
        details={
            "number": slip.number,
            "amount": str(slip.amount),
            "currency": slip.currency,
            "checks": slip.check_count,
        },
    )
