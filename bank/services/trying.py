"""What a file of statements would become, without keeping any of it (docs/domain.md#statements)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db import transaction

from bank.models import LinePart, Statement, StatementLine
from bank.rules.knowing import LIKELY
from bank.services.beginning import begin_next
from bank.services.feeds import RIGHT, find_account
from bank.services.intake import receive_statements
from bank.services.notifying import Notified
from bank.services.storing import parts_of
from bank.services.suggesting import suggest
from batconnect.core.kernel.actors import Actor

SHOWN: Final = 200
NO_CODE: Final = ""
_LOOKED_AT: Final = 1_000
_LIKELY: Final = LIKELY.partition("{")[0]


@dataclass(frozen=True, slots=True)
class StatementDryRun:
    """What a statement would become. `status` is what it would be: `booked`, `held` or `waiting`, with the reason in
    `code` and `message`; `same` when it is there already."""

    account_id: UUID
    account_name: str
    sequence_no: str
    period_from: Any
    period_to: Any
    currency: str
    status: str
    code: str
    message: str
    opening: Decimal | None
    closing: Decimal | None
    money_in: Decimal
    money_out: Decimal
    total_lines: int
    new_lines: int = 0
    known_lines: int = 0
    likely_known_lines: int = 0
    held_lines: int = 0
    shown_lines: int = 0
    waiting_lines: int = 0
    differences: dict[str, Any] = field(default_factory=dict)
    problems: Sequence[dict[str, Any]] = ()
    warnings: Sequence[str] = ()
    held: Sequence[dict[str, Any]] = ()
    likely_duplicates: Sequence[dict[str, Any]] = ()


@dataclass(frozen=True, slots=True)
class DryRun:
    """What a file would become: statements, or notifications where it is a CAMT.054."""

    statements: Sequence[StatementDryRun] = ()
    notified: Notified | None = None


class _TakenBack(Exception):
    """Ends the savepoint: what was tried is not kept."""


@transaction.atomic
def dry_run(
    *,
    actor: Actor,
    content: bytes,
    file_name: str = "",
    bank_account_id: UUID | None = None,
    mapping_id: UUID | None = None,
) -> DryRun:
    """What a file would become, as far as the system decides; nothing is kept.

    Needs `bank.import_statements`; raises what `receive_statements` raises, but takes a file again.
    """
    actor.require(RIGHT)
    tried = DryRun()
    try:
        with transaction.atomic():
            received = receive_statements(
                actor=actor,
                content=content,
                file_name=file_name,
                bank_account_id=bank_account_id,
                mapping_id=mapping_id,
                force=True,
            )
            for account_id in sorted(received.accounts):
                account = find_account(actor=actor, bank_account_id=account_id)
                while begin_next(actor=actor, account=account) is not None:
                    pass
            outcomes = [_there(each) for each in received.repeated]
            outcomes += [_outcome(actor, each.id) for each in received.statements]
            tried = DryRun(outcomes, received.notified)
            raise _TakenBack
    except _TakenBack:
        return tried


def _there(statement: Statement) -> StatementDryRun:
    return StatementDryRun(
        **_common(statement),
        status="same",
        code=NO_CODE,
        message="It is there already, with the same content.",
        known_lines=statement.total_lines - statement.shown_lines,
        shown_lines=statement.shown_lines,
    )


def _common(statement: Statement) -> dict[str, Any]:
    return {
        "account_id": statement.bank_account_id,
        "account_name": statement.bank_account.name,
        **{
            name: getattr(statement, name)
            for name in (
                *("sequence_no", "period_from", "period_to", "currency", "opening", "closing"),
                *("money_in", "money_out", "total_lines", "problems", "warnings"),
            )
        },
    }


def _outcome(actor: Actor, statement_id: UUID) -> StatementDryRun:
    statement = Statement.objects.select_related("bank_account").get(
        company_id=actor.company_id, id=statement_id
    )
    lines = StatementLine.objects.filter(company_id=actor.company_id, statement=statement_id)
    held = list(lines.filter(state="held").order_by("line_no"))
    likely = sum(each.note.startswith(_LIKELY) for each in held)
    is_booked = statement.status == Statement.Status.BOOKING
    return StatementDryRun(
        **_common(statement),
        status="booked" if is_booked else statement.status,
        code=statement.hold_code,
        message=statement.hold_message,
        new_lines=statement.new_lines,
        known_lines=statement.known_lines,
        likely_known_lines=likely,
        held_lines=len(held) - likely,
        shown_lines=statement.shown_lines,
        waiting_lines=lines.filter(state="waiting").count(),
        differences=statement.hold_details,
        held=[
            {"line_no": each.line_no, "note": each.note, "same_as": each.same_as_id} for each in held[:SHOWN]
        ],
        likely_duplicates=_likely_duplicates(actor, list(lines.filter(state="new").order_by("line_no"))),
    )


def _likely_duplicates(actor: Actor, lines: Sequence[StatementLine]) -> list[dict[str, Any]]:
    """New lines that are, by what is known, a payment that is recorded already."""
    parts: list[LinePart] = []
    line_by_part: dict[UUID, StatementLine] = {}
    for line in lines[:_LOOKED_AT]:
        for part in parts_of(line):
            parts.append(part)
            line_by_part[part.id] = line
    found = []
    for part_id, suggestions in suggest(actor=actor, parts=parts).items():
        known = next((each for each in suggestions if each.pieces[0].kind == "known_payment"), None)
        if known is not None:
            found.append(
                {
                    "line_no": line_by_part[part_id].line_no,
                    "payment_id": known.pieces[0].payment_id,
                    "title": known.title,
                    "because": list(known.because),
                }
            )
    return found[:SHOWN]
