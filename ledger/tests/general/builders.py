"""Entries by hand, and waiting until nothing that runs elsewhere can come before them."""

from __future__ import annotations

import time
from datetime import date
from decimal import Decimal
from typing import Any

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from ledger.general.models import ManualEntry
from ledger.general.services.lines import Line
from ledger.general.services.manual import enter_journal
from ledger.general.services.numbering import number_entries
from ledger.models import Entry
from tests.cast import acting

WHY = "The month's water was not billed yet."


def lines_of(*lines: tuple[str, str]) -> list[Line]:
    """(account, amount) pairs, a credit below zero, as lines."""
    return [
        Line(account, debit=max(Decimal(amount), Decimal(0)), credit=max(-Decimal(amount), Decimal(0)))
        for account, amount in lines
    ]


def enter(
    actor: Actor,
    amount: str = "100.00",
    *,
    debit: str = "expenses:other",
    credit: str = "accrued_expenses",
    on: date | None = None,
    **options: Any,
) -> ManualEntry:
    """Post an entry of two lines, within the limit."""
    done = enter_journal(
        actor=actor,
        on=on or today(actor.company),
        lines=lines_of((debit, amount), (credit, f"-{amount}")),
        reason=WHY,
        **options,
    )
    assert isinstance(done, ManualEntry)
    return done


def number_all(expected: int, *, seconds: float = 60) -> int:
    """Number until so many entries of north have one: transactions of other databases on the server hold back what
    may be numbered, and end by themselves."""
    until = time.monotonic() + seconds
    while True:
        with acting("manager") as actor:
            number_entries(actor=actor, everything=True)
            numbered = Entry.objects.filter(numbered__isnull=False).count()
        if numbered >= expected or time.monotonic() > until:
            return numbered
        time.sleep(1)
