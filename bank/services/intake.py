"""Statements are received: read, kept, and left to a worker to be booked (docs/domain.md#statements)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.db.models import Q

from bank.models import BankNotification, Statement, StatementFeed, StatementLine, StatementMapping
from bank.readers.camt import Notifications
from bank.rules.balances import Fault, contradiction
from bank.services.chain import lock_account
from bank.services.feeds import RIGHT, account_of, find_account, find_mapping
from bank.services.notifying import Notified, receive_notifications
from bank.services.pages import (
    JOINED,
    PAGES,
    HeldPage,
    Page,
    held_pages,
    join_held,
    missing_pages,
    page_fault,
    page_of,
    put_together,
    whole_of,
)
from bank.services.reading import read_file, read_notified_file
from bank.services.storing import Read, as_read, store_file, store_statement
from bank.subjects import STATEMENT
from batconnect.core.audit import record_event
from batconnect.core.database.transactions import joins_transaction, reads
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import InvalidInput
from payments.batches.errors import SameFile
from payments.errors import UNKNOWN_STRATEGY
from payments.models import PaymentBatch
from payments.rules.strategies import NEEDS_INPUTS, STRATEGIES, strategy_code

CORRECTION: Final = "correction"
SUPERSEDED: Final = "superseded"
_ONE_AT_A_TIME: Final = "select pg_advisory_xact_lock(hashtextextended(%s, 16))"
_UNBOOKED: Final = ("received", "waiting", "held")
_BOOKED: Final = ("booking", "booked")


@dataclass(frozen=True, slots=True)
class Received:
    """What a file became: statements that are to be booked, and those that were there already, to the same content."""

    statements: tuple[Statement, ...]
    repeated: tuple[Statement, ...] = ()
    notified: Notified | None = None
    """What a CAMT.054 became."""

    @property
    def accounts(self) -> set[UUID]:
        """The bank accounts whose worker is to be woken."""
        notified = self.notified.accounts if self.notified else ()
        return {*(each.bank_account_id for each in self.statements), *notified}


@joins_transaction
def receive_statements(
    *,
    actor: Actor,
    content: bytes,
    file_name: str = "",
    bank_account_id: UUID | None = None,
    mapping_id: UUID | None = None,
    force: bool = False,
    strategy: str = "",
    batch: PaymentBatch | None = None,
) -> Received:
    """Read a file and store its statements; the caller wakes the accounts' workers after the commit.

    The account is the one whose number the file has, else the given one, else the currency's default. A page of a
    statement is held until all of its pages are here, which then are one statement. A statement whose own figures
    disagree is held at once; one that differs from a booked one of its account, number and period is
    held as the bank's correction; one that is there with the same content is not stored again. `strategy` says how
    payments from the lines are applied. A CAMT.054 says what lines consist of, and is kept for them
    (docs/domain.md#notifications). Needs `bank.import_statements`.
    Raises SameFile (409) unless `force`, InvalidInput with the reader's code, for an unknown strategy, or where the
    account does not fit.
    """
    actor.require(RIGHT)
    strategy = _known_strategy(strategy)
    checksum = sha256(content).hexdigest()
    is_forced = _check_file(actor, checksum, force)
    notified = _read_notified(actor, content, bank_account_id) if batch is None else None
    statements = _read(actor, content, file_name, bank_account_id, mapping_id) if notified is None else []
    store_file(actor=actor, checksum=checksum, file_name=file_name, content=content)
    if notified is not None:
        told = receive_notifications(
            actor=actor,
            notified=notified,
            checksum=checksum,
            file_name=file_name,
            bank_account_id=bank_account_id,
        )
        return Received((), notified=told)
    common: dict[str, Any] = {"batch": batch, "file_name": file_name[:200], "checksum": checksum}
    common |= {"is_forced": is_forced, "strategy": strategy}
    # In one order, so that two uploads never wait for each other.
    for account_id in sorted({each.account.id for each in statements}):
        lock_account(actor=actor, bank_account_id=account_id)
    stored: list[Statement] = []
    there: list[Statement] = []
    for each in statements:
        page = page_of(each.parsed)
        taken, is_new = _take(actor, each, common) if page is None else _take_page(actor, each, page, common)
        (stored if is_new else there).append(taken)
    return Received(tuple(stored), tuple(there))


def _known_strategy(text: str) -> str:
    """The code of a strategy that needs nothing typed; "" for none. Raises InvalidInput for another."""
    code = strategy_code(text) if text else ""
    ready = [each for each in STRATEGIES if each not in NEEDS_INPUTS]
    if code and code not in ready:
        raise InvalidInput(
            f"{text[:20]!r} cannot be used for a statement; choose one of {', '.join(ready)}.",
            code=UNKNOWN_STRATEGY,
            field="strategy",
        )
    return code


@reads
def same_statement(actor: Actor, read: Read) -> Statement | None:
    """The statement of the same account, number and period, of which there is one that is not refused; the booked one
    first."""
    parsed = read.parsed
    if not parsed.sequence_no:
        return None
    rows = Statement.objects.filter(
        company_id=actor.company_id,
        bank_account=read.account,
        sequence_no=parsed.sequence_no[:35],
        period_from=parsed.period_from,
        period_to=parsed.period_to,
        status__in=[*_BOOKED, *_UNBOOKED],
    ).exclude(status=Statement.Status.HELD, hold_code__in=[CORRECTION, PAGES])
    return max(rows, key=lambda each: each.status in _BOOKED, default=None)


@reads
def differences(actor: Actor, statement: Statement, read: Read) -> dict[str, Any]:
    """What differs between a statement that is stored and one that was read: lines that vanished, new ones, balances.

    Of another format, lines are compared by day, amount and direction alone.
    """
    parsed = read.parsed
    is_alike = statement.format == parsed.format
    stored = StatementLine.objects.filter(
        company_id=actor.company_id, statement=statement, kind=StatementLine.Kind.BOOKED
    ).exclude(state=StatementLine.State.WITHDRAWN)
    before = Counter(
        each.identity if is_alike else (each.booked_on, each.amount, each.direction) for each in stored
    )
    after = Counter(
        each.identity if is_alike else each.alike for each in read.identified if each.line.status == "booked"
    )
    found: dict[str, Any] = {}
    if vanished := sum((before - after).values()):
        found["vanished_lines"] = vanished
    if added := sum((after - before).values()):
        found["added_lines"] = added
    figures = (("opening", statement.opening, parsed.opening), ("closing", statement.closing, parsed.closing))
    for name, old, new in figures:
        of_file = name != "opening" or statement.opening_source == Statement.OpeningSource.FILE
        if old is not None and new is not None and old != new and of_file:
            found[name] = {"before": str(old), "now": str(new)}
    return found


def _read(
    actor: Actor, content: bytes, file_name: str, bank_account_id: UUID | None, mapping_id: UUID | None
) -> list[Read]:
    given = find_account(actor=actor, bank_account_id=bank_account_id) if bank_account_id else None
    mapping: StatementMapping | None = None
    if mapping_id is not None:
        mapping = find_mapping(actor=actor, mapping_id=mapping_id)
    elif given is not None:
        feed = StatementFeed.objects.filter(company_id=actor.company_id, bank_account=given).first()
        mapping = feed.mapping if feed else None
    currency = given.currency if given else actor.company.base_currency
    parsed = read_file(actor=actor, content=content, file_name=file_name, currency=currency, mapping=mapping)
    statements: list[Read] = []
    row_no = 1
    for place, each in enumerate(parsed, start=1):
        account = account_of(actor=actor, statement=each, bank_account_id=bank_account_id)
        statements.append(replace(as_read(place, each, account), first_row=row_no))
        row_no += statements[-1].rows
    return statements


def _read_notified(actor: Actor, content: bytes, bank_account_id: UUID | None) -> Notifications | None:
    given = find_account(actor=actor, bank_account_id=bank_account_id) if bank_account_id else None
    currency = given.currency if given else actor.company.base_currency
    return read_notified_file(actor=actor, content=content, currency=currency)


def _check_file(actor: Actor, checksum: str, force: bool) -> bool:
    """Whether the file was taken before; the same file at once waits. Raises SameFile (409) unless `force`."""
    with connection.cursor() as cursor:
        # Two uploads of one file at once: the second sees the first.
        cursor.execute(_ONE_AT_A_TIME, [f"{actor.company_id}{checksum}"])
    rows = Statement.objects.filter(company_id=actor.company_id, checksum=checksum)
    # What became a part of the whole statement was taken.
    left_out = Q(status=Statement.Status.REFUSED) & ~Q(hold_code=JOINED)
    earlier = list(rows.exclude(left_out).order_by("id"))
    notified = BankNotification.objects.filter(company_id=actor.company_id, checksum=checksum).first()
    first = earlier[0] if earlier else notified
    if first is not None and not force:
        raise SameFile(
            f"The same file was taken on {first.created_at:%Y-%m-%d}; send force=true to take it again.",
            field="file",
            extra={"statement_ids": [str(each.id) for each in earlier]},
        )
    return bool(earlier)


def _take(actor: Actor, read: Read, common: dict[str, Any]) -> tuple[Statement, bool]:
    """The statement as it is stored, or the one that is there to the same content; and whether it is new."""
    same = same_statement(actor, read)
    if same is not None and not differences(actor, same, read):
        return same, False
    stored = _store(actor, read, same, common)
    if stored.sequence_no and stored.hold_code != CORRECTION:
        for page in held_pages(actor, read):
            _supersede(actor, page.statement)
    return stored, True


def _take_page(actor: Actor, read: Read, page: Page, common: dict[str, Any]) -> tuple[Statement, bool]:
    """A page is held; with the last one that was missing the whole statement is stored, and is answered instead."""
    booked = whole_of(actor, read)
    if booked is not None and not _adds_to(actor, booked, read):
        return booked, False
    before = [each for each in held_pages(actor, read) if each.page.overlaps(page)]
    for each in before:
        if each.page == page and not differences(actor, each.statement, read):
            return each.statement, False
        _supersede(actor, each.statement)
    fault = Fault(PAGES, missing_pages(page, [each.page for each in held_pages(actor, read)]))
    values = {**common, **held(fault), "hold_details": page.kept, "warnings": list(read.parsed.warnings)}
    stored = store_statement(actor=actor, read=read, **values)
    pages = held_pages(actor, read)
    whole = join_held(actor, read, pages)
    if whole is None:
        return stored, True
    same = same_statement(actor, whole)
    if same is not None and not differences(actor, same, whole):
        joined, is_new = same, False
    else:
        joined, is_new = _store(actor, whole, same, common, pages=pages), True
    put_together(actor=actor, pages=pages, whole=joined)
    return joined, is_new


def _adds_to(actor: Actor, booked: Statement, read: Read) -> bool:
    """Whether a page says a line that the booked statement of its number does not have."""
    found = differences(actor, booked, read)
    return "added_lines" in found


def _store(
    actor: Actor,
    read: Read,
    same: Statement | None,
    common: dict[str, Any],
    *,
    pages: Sequence[HeldPage] = (),
) -> Statement:
    values = {**common, "warnings": list(read.parsed.warnings), "status": Statement.Status.RECEIVED}
    fault = contradiction(read.figures)
    if fault is not None:
        values |= held(fault)
    if same is not None and same.status in _BOOKED:
        found = differences(actor, same, read)
        message = "The bank sent this statement before, with other content: it corrects it."
        values |= {**held(Fault(CORRECTION, message)), "hold_details": found, "replaces": same}
        if fault is not None:
            values["hold_message"] = f"{message} {fault.message}"[:500]
            values["hold_details"] = {**found, "fault": fault.code}
    elif same is not None:
        _supersede(actor, same)
    return store_statement(actor=actor, read=read, rows_of=[each.statement for each in pages], **values)


@reads
def own_fault(actor: Actor, read: Read) -> Fault | None:
    """Why the statement is held by its own figures, or because pages of it are missing."""
    if page_of(read.parsed) is None:
        return contradiction(read.figures)
    missing = page_fault(actor, read)
    return Fault(PAGES, missing) if missing else None


def held(fault: Fault) -> dict[str, Any]:
    """The values of a statement that is held."""
    return {
        "status": Statement.Status.HELD,
        "hold_code": fault.code[:40],
        "hold_message": fault.message[:500],
    }


def _supersede(actor: Actor, statement: Statement) -> None:
    """A statement that nobody booked yet gives way to what the bank sent of it later."""
    Statement.objects.filter(company_id=actor.company_id, id=statement.id, status__in=_UNBOOKED).update(
        status=Statement.Status.REFUSED,
        hold_code=SUPERSEDED,
        hold_message="The bank sent it again, with other content, before it was booked.",
    )
    record_event(
        actor=actor,
        action="bank.statement_superseded",
        subject_type=STATEMENT,
        subject_id=statement.id,
    )
