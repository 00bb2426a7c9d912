"""Notifications are received, and kept until their lines are there (docs/domain.md#notifications)."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

from bank.models import BankNotification
from bank.readers.camt import Notification, Notifications
from bank.readers.interface import ParsedLine, ParsedStatement, Problem
from bank.rules.identity import plain_reference
from bank.services.chain import lock_account
from bank.services.feeds import account_of
from bank.services.storing import details_of
from bank.subjects import NOTIFICATION
from batconnect.core.audit import audit_event
from batconnect.core.database.rows import RowBatch, execute_batch
from batconnect.core.database.transactions import joins_transaction
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.ids import uuid7
from batconnect.core.kernel.money import ZERO
from ledger.treasury.models import BankAccount

SUM_DIFFERS: Final = "sum_differs"
_NO_SUM: Final = "Its details do not sum to it."
Status = BankNotification.Status


@dataclass(frozen=True, slots=True)
class Notified:
    """What a file of notifications became: how many are new, how many of these nothing can be joined by, how many are
    there already, what of the file cannot be read, and whose accounts they are."""

    new: int = 0
    known: int = 0
    told: int = 0
    problems: Sequence[Problem] = ()
    accounts: frozenset[UUID] = frozenset()


@joins_transaction
def receive_notifications(
    *,
    actor: Actor,
    notified: Notifications,
    checksum: str,
    file_name: str,
    bank_account_id: UUID | None,
) -> Notified:
    """Keep what the entries of a file consist of, each once, however often the bank says it; a worker joins them to
    their lines. Nothing of them is booked.

    Raises what `account_of` raises for an entry of another account or currency.
    """
    accounts = _accounts(actor, notified.entries, bank_account_id)
    for account_id in sorted({each.id for each in accounts.values()}):
        lock_account(actor=actor, bank_account_id=account_id)
    seen: Counter[str] = Counter()
    rows = []
    for each in notified.entries:
        account = accounts[each.account, each.currency]
        if each.amount != ZERO:
            row = _row(actor, account, each, seen)
            rows.append(row | {"checksum": checksum, "file_name": file_name[:200]})
    there = set(
        BankNotification.objects.filter(
            company_id=actor.company_id, identity__in=[each["identity"] for each in rows]
        ).values_list("bank_account_id", "identity")
    )
    new = [each for each in rows if (each["bank_account_id"], each["identity"]) not in there]
    if new:
        event = audit_event(
            actor=actor,
            action="bank.notifications_received",
            subject_type=NOTIFICATION,
            subject_id=new[0]["id"],
            details={"file": file_name[:200], "new": len(new), "known": len(rows) - len(new)},
        )
        execute_batch([event], RowBatch(BankNotification, new))
    return Notified(
        new=len(new),
        known=len(rows) - len(new),
        told=sum(each["status"] == Status.TOLD for each in new),
        problems=notified.problems,
        accounts=frozenset(each["bank_account_id"] for each in new),
    )


def _accounts(
    actor: Actor, entries: Sequence[Notification], bank_account_id: UUID | None
) -> dict[tuple[str, str], BankAccount]:
    """Whose account each number and currency of the file is."""
    return {
        said: account_of(
            actor=actor,
            statement=ParsedStatement(format="camt", account=said[0], currency=said[1], lines=()),
            bank_account_id=bank_account_id,
        )
        for said in sorted({(each.account, each.currency) for each in entries})
    }


def _row(actor: Actor, account: BankAccount, entry: Notification, seen: Counter[str]) -> dict[str, Any]:
    line = ParsedLine(
        place=entry.place,
        booked_on=entry.booked_on,
        direction=entry.direction,
        amount=entry.amount,
        currency=entry.currency,
        bank_reference=entry.entry_reference,
        parts=entry.parts,
    )
    details, note = details_of(line)
    differs = entry.note or note
    said = json.dumps(
        [
            entry.entry_reference,
            entry.entry_number,
            str(entry.booked_on),
            entry.direction,
            str(entry.amount),
            details,
        ],
        sort_keys=True,
    )
    seen[said] += 1
    return {
        "id": uuid7(),
        "company_id": actor.company_id,
        "bank_account_id": account.id,
        "place": entry.place,
        "identity": sha256(f"{said}{seen[said]}".encode()).hexdigest(),
        "bank_reference": plain_reference(entry.entry_reference)[:60],
        "booked_on": entry.booked_on,
        "direction": entry.direction,
        "amount": entry.amount,
        "currency": account.currency,
        "details": [] if differs else details,
        "status": (Status.TOLD if differs else Status.RECEIVED).value,
        "code": SUM_DIFFERS if differs else "",
        "message": (f"{_NO_SUM} {differs}" if differs else "")[:500],
        "is_decided": True,
        "created_by_name": actor.name,
    }
