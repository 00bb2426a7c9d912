"""Building a batch: its numbers are given and its file is fixed (docs/domain.md#ach-files)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from hashlib import sha256
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction

from batconnect.core.audit import record_event
from batconnect.core.database.numbers import take_numbers
from batconnect.core.database.rows import Change, execute_batch
from batconnect.core.database.transactions import joins_transaction
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import now, today
from batconnect.core.kernel.errors import Conflict
from ledger.paying.errors import NO_CHECKS, NO_PAYING_ACCOUNT, TOO_MANY_FILES, PayeesChanged
from ledger.paying.models import PayingAccount, Payout, PayoutBatch, PayoutFile, PayoutItem
from ledger.paying.postings import BATCH
from ledger.paying.rules.banking_days import next_banking_day
from ledger.paying.rules.nacha import (
    MODIFIERS,
    Account,
    Credit,
    Originator,
    nacha_file,
    offsets_of,
    trace_number,
)
from ledger.paying.rules.positive_pay import Issued, positive_pay
from ledger.paying.services.batches import PAY, lock_batch
from ledger.paying.services.planning import Payee, read_payees
from ledger.paying.services.setup import lock_paying_account

_TRACES: Final = "ACH"
_LAST_SEQUENCE: Final = 9_999_999
_SHOWN: Final = 20
_NUMBER: Final = """
update payouts p set reference = n.reference from unnest(%s::uuid[], %s::text[]) as n(id, reference)
where p.company_id = %s::uuid and p.id = n.id
"""


@transaction.atomic
def build_batch(*, actor: Actor, batch_id: UUID) -> PayoutBatch:
    """Give an approved batch its trace numbers or checks and fix its file, all in one transaction; nothing is posted.

    An ACH file is effective on the day that the batch names, else on the next banking day; checks are dated today
    unless the batch names a day. Needs `ledger.pay_out`. Raises PayoutBatchNotFound (404), BatchState (409),
    PayeesChanged (409) where somebody is on hold or has another account since, Conflict 409 `no_paying_account`,
    `checks_used_up`, `too_many_ach_files`.
    """
    actor.require(PAY)
    batch = lock_batch(actor=actor, batch_id=batch_id, status=PayoutBatch.Status.APPROVED)
    payouts = _entries(actor, batch)
    payees = _require_unchanged(actor, batch, payouts)
    setup = lock_paying_account(actor=actor, bank_account_id=batch.bank_account_id)
    batch.effective_on = _effective_on(actor, batch)
    if batch.way == PayoutBatch.Way.ACH:
        kept = _ach(actor, batch, setup, payouts, payees)
    else:
        kept = _checks(actor, batch, setup, payouts)
    numbered = [[each.id for each in payouts], [each.reference for each in payouts], actor.company_id]
    execute_batch(changes=[Change(_NUMBER, numbered)])
    kept.save(force_insert=True)
    batch.status, batch.built_by, batch.built_at = PayoutBatch.Status.BUILT, actor.name, now()
    batch.save(update_fields=["status", "effective_on", "built_by", "built_at"])
    record_event(
        actor=actor,
        action="ledger.build_payouts",
        subject_type=BATCH,
        subject_id=batch.id,
        details={"number": batch.number, "file": kept.name, "sha256": kept.sha256},
    )
    return batch


@dataclass(slots=True)
class _Entry:
    """A payout that gets its number."""

    id: UUID
    customer_id: UUID
    account_id: UUID | None
    payee: str
    amount: Decimal
    reference: str = ""


def _entries(actor: Actor, batch: PayoutBatch) -> list[_Entry]:
    rows = Payout.objects.filter(company_id=actor.company_id, batch=batch.id).order_by("place")
    return [_Entry(*each) for each in rows.values_list("id", "customer_id", "account_id", "payee", "amount")]


def _effective_on(actor: Actor, batch: PayoutBatch) -> date:
    day = today(actor.company)
    if batch.way == PayoutBatch.Way.CHECK:
        return max(batch.effective_on or day, day)
    if batch.effective_on is None or batch.effective_on <= day:
        return next_banking_day(day)
    return batch.effective_on


def _require_unchanged(actor: Actor, batch: PayoutBatch, payouts: Sequence[_Entry]) -> Mapping[UUID, Payee]:
    """The payees, their accounts with numbers. Refuses what would pay somebody who is on hold since, or to an account
    that is not the driver's any more."""
    payees = read_payees(
        actor=actor,
        customer_ids={each.customer_id for each in payouts},
        with_numbers=batch.way == PayoutBatch.Way.ACH,
    )
    changed = []
    for payout in payouts:
        payee = payees[payout.customer_id]
        if fault := payee.fault(batch.way, today(actor.company)):
            changed.append(f"{payout.payee}: {fault[1]}")
        elif payout.account_id is not None and getattr(payee.account, "id", None) != payout.account_id:
            changed.append(f"{payout.payee}: paid to {payee.account} by now.")
    if changed:
        raise PayeesChanged(f"{batch.number} cannot be built. {' '.join(changed[:_SHOWN])}")
    return payees


@joins_transaction
def _ach(
    actor: Actor,
    batch: PayoutBatch,
    setup: PayingAccount,
    payouts: Sequence[_Entry],
    payees: Mapping[UUID, Payee],
) -> PayoutFile:
    """Number the entries, and write the file."""
    if not setup.has_ach:
        raise Conflict(
            f"{batch.bank_account} has no destination, origin, company identification or ODFI for ACH files.",
            code=NO_PAYING_ACCOUNT,
        )
    day = today(actor.company)
    of_day = PayoutFile.objects.filter(
        company_id=actor.company_id, made_on=day, batch__bank_account=batch.bank_account_id
    ).exclude(modifier="")
    taken = set(of_day.values_list("modifier", flat=True))
    modifier = next((each for each in MODIFIERS if each not in taken), None)
    if modifier is None:
        raise Conflict(f"{batch.bank_account} has {len(taken)} files of today already.", code=TOO_MANY_FILES)
    debits = len(offsets_of(batch.total)) if setup.offset_number else 0
    values = take_numbers(company_id=actor.company_id, series=_TRACES, count=len(payouts) + debits)
    sequences = [(value - 1) % _LAST_SEQUENCE + 1 for value in values]
    own_ids = _own_ids(actor, batch)
    credits = []
    for payout, sequence in zip(payouts, sequences, strict=False):
        payout.reference = trace_number(setup.odfi, sequence)
        account = payees[payout.customer_id].account
        assert account is not None, "an ACH payout names the account that it goes to"
        to = Account(account.routing_number, account.account_number, account.kind)
        credits.append(Credit(to, payout.amount, own_ids[payout.id], account.holder_name, sequence))
    assert batch.effective_on is not None
    text = nacha_file(
        originator=_originator(setup),
        credits=credits,
        effective_on=batch.effective_on,
        made_at=now().astimezone(ZoneInfo(actor.company.time_zone)),
        modifier=modifier,
        offset_sequence=sequences[-debits] if debits else 0,
    )
    return _file(batch, f"{batch.number}.ach", text, day, modifier)


@joins_transaction
def _checks(actor: Actor, batch: PayoutBatch, setup: PayingAccount, payouts: Sequence[_Entry]) -> PayoutFile:
    """Number the checks, and write what the bank is told of them."""
    first, last = setup.next_check, setup.last_check
    left = 0 if first is None or last is None else last - first + 1
    if first is None or left < len(payouts):
        raise Conflict(
            f"{batch.bank_account} has {left} numbers of checks left, the batch needs {len(payouts)}.",
            code=NO_CHECKS,
        )
    for place, payout in enumerate(payouts):
        payout.reference = str(first + place)
    setup.next_check = first + len(payouts)
    setup.save(update_fields=["next_check"])
    assert batch.effective_on is not None
    issued = [Issued(each.reference, batch.effective_on, each.amount, each.payee) for each in payouts]
    text = positive_pay(account=batch.bank_account.last_digits or batch.bank_account.code, issued=issued)
    return _file(batch, f"{batch.number}-positive-pay.csv", text, today(actor.company), "")


def _file(batch: PayoutBatch, name: str, text: str, day: date, modifier: str) -> PayoutFile:
    content = text.encode()
    return PayoutFile(
        company_id=batch.company_id,
        batch_id=batch.id,
        name=name,
        content=text,
        sha256=sha256(content).hexdigest(),
        size=len(content),
        modifier=modifier,
        made_on=day,
    )


def _own_ids(actor: Actor, batch: PayoutBatch) -> dict[UUID, str]:
    """The driver's number of each payout, which the driver's bank shows."""
    rows = PayoutItem.objects.filter(company_id=actor.company_id, payout__batch=batch.id)
    return dict(rows.order_by("payout", "id").values_list("payout_id", "dtr__driver__driver_id"))


def _originator(setup: PayingAccount) -> Originator:
    offset = None
    if setup.offset_number:
        offset = Account(setup.offset_routing, setup.offset_number, setup.offset_kind)
    return Originator(
        destination=setup.destination,
        destination_name=setup.destination_name,
        origin=setup.origin,
        origin_name=setup.origin_name,
        company_name=setup.company_name,
        company_id=setup.company_identification,
        odfi=setup.odfi,
        sec_code=setup.sec_code,
        description=setup.entry_description,
        offset=offset,
    )
