"""A bank corrects a statement: what vanished is withdrawn, what is new is booked (docs/domain.md#statements)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db import transaction

from bank import postings
from bank.errors import CorrectionNeedsApproval, PartChanged, StatementNotHeld
from bank.models import Explanation, LinePart, Statement, StatementLine
from bank.services.explaining import undo_explanation
from bank.services.intake import CORRECTION
from bank.services.judging import judge_lines, lines_of, mark_lines
from batconnect.core.database.rows import Change, execute_batch
from batconnect.core.database.transactions import joins_transaction, reads
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.ids import uuid7
from batconnect.core.kernel.money import sum_of
from batconnect.core.models import Approval
from ledger.services import post_entries
from ledger.treasury.models import BankAccount

_WITHDRAW: Final = """
update bank_statement_lines set state = 'withdrawn', withdrawn_entry_id = %s::uuid
where company_id = %s::uuid and id = %s::uuid and state = 'booked'
"""
_VOID_PARTS: Final = """
update bank_line_parts set status = 'voided', version = version + 1
where company_id = %s::uuid and line_id = %s::uuid and status = 'open' and explained = 0
"""
State = StatementLine.State
_ATTEMPTS: Final = 5


@dataclass(frozen=True, slots=True)
class Correction:
    """What a correction changes: lines of the old statement that it does not have, with what they became, and lines
    that the old one did not have."""

    old: Statement
    new: Statement
    vanished: Sequence[StatementLine]
    added: Sequence[StatementLine]
    explained: Sequence[Explanation]

    @property
    def net(self) -> Decimal:
        """By how much it moves the account."""
        return sum_of(_signed(each) for each in self.added) - sum_of(_signed(each) for each in self.vanished)


@reads
def preview_correction(*, actor: Actor, statement: Statement) -> Correction:
    """What accepting the held correction would do. Raises StatementNotHeld (409) for one that corrects nothing."""
    if statement.hold_code != CORRECTION or statement.replaces_id is None:
        raise StatementNotHeld("The statement corrects no other.")
    old = Statement.objects.select_related("bank_account").get(
        company_id=actor.company_id, id=statement.replaces_id
    )
    vanished, added = _differing(_lines(actor, old), _lines(actor, statement), old.format == statement.format)
    roots = [each.same_as_id or each.id for each in vanished]
    explained = Explanation.objects.filter(
        company_id=actor.company_id, part__in=_parts(actor, roots), status=Explanation.Status.LIVE
    )
    return Correction(old, statement, vanished, added, list(explained.order_by("id")))


@joins_transaction
def take_correction(*, actor: Actor, statement: Statement, reason: str) -> None:
    """Put the correction, which the caller holds and stores, in the place of the statement that it corrects.

    Lines that vanished are taken off what they became, today, and get one reversing entry, bank against suspense; what
    is new waits for the worker. The old statement stays readable. Raises StatementNotHeld (409) unless the old one is
    booked, CorrectionNeedsApproval (409) where undoing an explanation needs a second person.
    """
    correction = preview_correction(actor=actor, statement=statement)
    old = Statement.objects.select_for_update(no_key=True).get(
        company_id=actor.company_id, id=correction.old.id
    )
    if old.status != Statement.Status.BOOKED:
        raise StatementNotHeld(
            f"The statement that it corrects is {old.get_status_display().lower()}: read it again."
        )
    for each in correction.vanished:
        _withdraw(actor, old, each, reason)
    old.status = Statement.Status.REPLACED
    old.is_proven = False
    old.save(update_fields=["status", "is_proven"])
    verdicts = judge_lines(
        actor=actor,
        bank_account_id=statement.bank_account_id,
        format=statement.format,
        lines=lines_of(actor=actor, statement=statement),
        statement_id=statement.id,
        both_counted=statement.opening is not None and statement.closing is not None,
    )
    mark_lines(actor=actor, statement=statement, verdicts=verdicts)
    statement.status = Statement.Status.BOOKING
    statement.chain_no, statement.has_gap = old.chain_no, old.has_gap
    if statement.opening is None and old.opening is not None:
        statement.opening, statement.opening_source = old.opening, old.opening_source
    statement.save(
        update_fields=[
            *("status", "chain_no", "has_gap", "opening", "opening_source"),
            *("new_lines", "known_lines", "held_lines", "shown_lines"),
        ]
    )


def _withdraw(actor: Actor, old: Statement, line: StatementLine, reason: str) -> None:
    """Take a line off what it became, and reverse its entry; what was not booked is shown alone."""
    root = line
    if line.state == State.KNOWN:
        root = StatementLine.objects.get(company_id=actor.company_id, id=line.same_as_id or line.id)
    if root.state != State.BOOKED:
        if line.state in (State.HELD, State.WAITING):
            line.state = State.SHOWN
            line.save(update_fields=["state"])
        return
    parts = _hold_unexplained(actor, root, reason)
    changes = [Change(_VOID_PARTS, [actor.company_id, root.id])]
    if root.entry_id is None:
        execute_batch(changes=[Change(_WITHDRAW, [None, actor.company_id, root.id])])
        return
    account = BankAccount.objects.get(company_id=actor.company_id, id=root.bank_account_id)
    draft = postings.line_withdrawn(
        line_id=root.id,
        entry_id=root.entry_id,
        account_code=account.code,
        money_in=sum_of(each.amount for each in parts if each.direction == "in"),
        money_out=sum_of(each.amount for each in parts if each.direction == "out"),
        currency=root.currency,
        on=today(actor.company),
        operation_id=uuid7(),
        reason=reason,
    )
    changes.append(Change(_WITHDRAW, [draft.id, actor.company_id, root.id]))
    post_entries(actor=actor, drafts=[draft], changes=changes)


def _hold_unexplained(actor: Actor, line: StatementLine, reason: str) -> list[LinePart]:
    """The line's parts, locked, when nothing explains them any more; without one that a notification took the place of.

    Explanations are undone before the parts are locked, as payments are locked before parts. Who explains a part
    between the two makes it begin anew. Raises PartChanged (409) when that goes on.
    """
    parts = _parts(actor, [line.id]).exclude(status=LinePart.Status.VOIDED)
    live = Explanation.objects.filter(
        company_id=actor.company_id, part__line=line.id, status=Explanation.Status.LIVE
    )
    for _ in range(_ATTEMPTS):
        while (explanation := live.order_by("id").first()) is not None:
            undone = undo_explanation(actor=actor, explanation_id=explanation.id, reason=reason)
            if isinstance(undone, Approval):
                raise CorrectionNeedsApproval(
                    f"What the line of {line.booked_on} over {line.amount:,.2f} became is undone by a second person"
                    " first."
                )
        with transaction.atomic():
            held = list(parts.select_for_update(no_key=True, of=("self",)))
            if not live.exists():
                return held
            # Lets the parts go.
            transaction.set_rollback(True)
    raise PartChanged(f"The line of {line.booked_on} over {line.amount:,.2f} is being explained.")


def _lines(actor: Actor, statement: Statement) -> list[StatementLine]:
    rows = StatementLine.objects.filter(
        company_id=actor.company_id, statement=statement, kind=StatementLine.Kind.BOOKED
    )
    return list(rows.exclude(state=State.WITHDRAWN).order_by("line_no"))


def _parts(actor: Actor, lines: Sequence[UUID]) -> Any:
    return LinePart.objects.filter(company_id=actor.company_id, line__in=lines).order_by("id")


def _differing(
    before: Sequence[StatementLine], after: Sequence[StatementLine], is_alike: bool
) -> tuple[list[StatementLine], list[StatementLine]]:
    """Lines that only one of the two has; of another format, compared by day, amount and direction."""

    def key(line: StatementLine) -> Hashable:
        return line.identity if is_alike else (line.booked_on, line.amount, line.direction)

    def only(lines: Sequence[StatementLine], others: Sequence[StatementLine]) -> list[StatementLine]:
        left = Counter(key(each) for each in others)
        found = []
        for each in lines:
            if left[key(each)]:
                left[key(each)] -= 1
            else:
                found.append(each)
        return found

    return only(before, after), only(after, before)


def _signed(line: StatementLine) -> Decimal:
    return line.amount if line.direction == "in" else -line.amount
