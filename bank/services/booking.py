"""Lines of a statement are booked: each becomes one entry, bank against suspense (docs/domain.md#statement-lines)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bank import postings
from bank.models import LinePart, Statement, StatementLine
from batconnect.core.database.rows import Change, execute_batch
from batconnect.core.database.transactions import joins_transaction
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.ids import uuid7
from batconnect.core.kernel.money import ZERO, sum_of
from ledger.services import post_entries
from ledger.services.dates import open_day
from ledger.treasury.models import BankAccount

_BOOKED: Final = """
update bank_statement_lines l set state = 'booked', entry_id = d.entry
from unnest(%s::uuid[], %s::uuid[]) as d(id, entry)
where l.company_id = %s::uuid and l.id = d.id and l.state in ('new', 'waiting')
"""


@dataclass(frozen=True, slots=True)
class LineToBook:
    """A line that is new, and what it consists of; the parts are not stored yet."""

    line: StatementLine
    parts: Sequence[LinePart]


@joins_transaction
def book_lines(
    *, actor: Actor, account: BankAccount, statement: Statement, lines: Sequence[LineToBook]
) -> None:
    """Book lines that are stored and new, with their parts, in the order given.

    Each entry is effective on the bank's day, or on the first open day. A line of 0.00 has no entry and no part. The
    caller holds the statement. Raises IntegrityError where a line is booked already.
    """
    drafts = []
    booked: list[tuple[StatementLine, bool]] = []
    for each in lines:
        money_in = sum_of(part.amount for part in each.parts if part.direction == "in")
        money_out = sum_of(part.amount for part in each.parts if part.direction == "out")
        signed = each.line.amount if each.line.direction == "in" else -each.line.amount
        assert money_in - money_out == signed, "the parts are the line"
        if money_in == money_out == ZERO:
            booked.append((each.line, False))
            continue
        each.line.entry_id = uuid7()
        booked.append((each.line, True))
        drafts.append(
            postings.line_booked(
                line_id=each.line.id,
                entry_id=each.line.entry_id,
                account_code=account.code,
                money_in=money_in,
                money_out=money_out,
                currency=each.line.currency,
                on=open_day(actor=actor, day=each.line.booked_on),
                operation_id=statement.operation_id,
            )
        )
    mark = Change(
        _BOOKED,
        [
            [line.id for line, _ in booked],
            [line.entry_id if posts else None for line, posts in booked],
            actor.company_id,
        ],
    )
    parts = [part for each in lines for part in each.parts]
    if drafts:
        post_entries(actor=actor, drafts=drafts, rows=[parts], changes=[mark])
    elif booked:
        execute_batch(parts, changes=[mark])
