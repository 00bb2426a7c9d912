"""A `bank_feed` of payment batches: a second entry point to the intake of statements (docs/domain.md#batches).

A row of the batch is a part of a line, in the order of the file; behind a statement's lines come the rows of it that
cannot be read.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from hashlib import sha256
from io import BytesIO
from typing import Any, Final
from uuid import UUID

from bank.models import StatementFeed, StatementMapping
from bank.readers.interface import Problem, UnreadableStatement
from bank.readers.originals import Originals, read_originals
from bank.readers.reading import check_size
from bank.readers.table_rows import fold
from bank.services import batch_outcomes, batch_trying, batch_undoing
from bank.services.feeds import account_of, find_account
from bank.services.intake import own_fault, receive_statements
from bank.services.processing import process_account
from bank.services.reading import read_file, table_form
from bank.services.storing import Read, as_read, details_of
from batconnect.core.database.tenancy import job_actor
from batconnect.core.database.transactions import joins_transaction, reads
from batconnect.core.files.uploads import MAX_ROWS
from batconnect.core.jobs.holds import WorkHeld
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import InvalidInput
from batconnect.core.models import Approval
from payments.batches import errors
from payments.batches.feeds import FeedCheck, FeedFile, FeedRow, FeedUpload, TakenBack
from payments.batches.models import PaymentBatch
from payments.batches.rules.columns import ERROR_COLUMNS
from payments.batches.rules.files import refuse
from payments.models import Payment

JOB: Final = "payments.process_batch"
# The codes that a bank feed answered before there were other formats.
_CODES: Final = {
    "empty_file": errors.FILE_EMPTY,
    "too_many_lines": errors.TOO_MANY_ROWS,
    "file_too_heavy": errors.TOO_MUCH_XML,
    "not_a_statement": errors.BAD_XML,
    "xml_unreadable": errors.BAD_XML,
    "statement_unreadable": errors.BAD_XML,
    "encoding_unreadable": errors.FILE_ENCODING,
    "mapping_missing": errors.UNKNOWN_MAPPING,
    "mapping_differs": errors.MISSING_COLUMN,
}
# What a row shows of its line, beside amount, day and currency.
_CELLS: Final = ("reference_number", "payer_name", "payer_account", "text")
_EMPTY: Final[dict[str, str]] = {"amount": "0.00", "direction": "in"}


@dataclass(frozen=True, slots=True)
class Kept:
    """What is read again when the batch is received: the file, and how it is read."""

    content: bytes
    mapping_id: UUID | None
    bank_account_id: UUID | None


class Feed:
    """What `payments.batches` asks of the app of the bank's word (`payments.batches.feeds: BankFeed`)."""

    @reads
    def read(self, *, actor: Actor, upload: FeedUpload) -> FeedFile:
        """The statements of the file as rows. Raises UnreadableFile, InvalidInput, BankAccountNotFound (404)."""
        content = _content(upload)
        given = (
            find_account(actor=actor, bank_account_id=upload.bank_account_id)
            if upload.bank_account_id
            else None
        )
        mapping = _mapping(actor, upload.mapping, upload.bank_account_id)
        currency = given.currency if given else actor.company.base_currency
        try:
            parsed = read_file(
                actor=actor, content=content, file_name=upload.file_name, currency=currency, mapping=mapping
            )
        except InvalidInput as error:
            raise _unreadable(actor, error) from error
        statements = [
            as_read(
                place, each, account_of(actor=actor, statement=each, bank_account_id=upload.bank_account_id)
            )
            for place, each in enumerate(parsed, start=1)
        ]
        originals = read_originals(BytesIO(content), form=table_form(mapping))
        rows = [row for each in statements for row in rows_of(each, originals.rows if originals else {})]
        if not rows:
            raise refuse(errors.FILE_EMPTY, "The statement has no lines.")
        if len(rows) > MAX_ROWS:
            raise refuse(
                errors.TOO_MANY_ROWS,
                f"The statement has {len(rows):,} lines and details; at most {MAX_ROWS:,}.",
            )
        return FeedFile(
            checksum=sha256(content).hexdigest(),
            rows=rows,
            kept=Kept(content, mapping.id if mapping else None, upload.bank_account_id),
            file_name=upload.file_name,
            currency=statements[0].account.currency,
            strategy=upload.strategy,
            warnings=[*_unused(mapping, originals), *_warnings(actor, statements)],
            headings=originals.headings if originals else (),
            delimiter=originals.separator if originals else ",",
        )

    def check(self, *, actor: Actor, feed: FeedFile) -> FeedCheck:
        """What would become of the rows; nothing is kept."""
        kept: Kept = feed.kept
        return batch_trying.try_feed(
            actor=actor,
            rows=feed.rows,
            content=kept.content,
            file_name=feed.file_name,
            mapping_id=kept.mapping_id,
            bank_account_id=kept.bank_account_id,
        )

    @joins_transaction
    def receive(self, *, actor: Actor, batch: PaymentBatch, feed: FeedFile, force: bool) -> None:
        """Store the statements with the batch. Raises SameFile (409) unless `force`."""
        kept: Kept = feed.kept
        receive_statements(
            actor=actor,
            content=kept.content,
            file_name=feed.file_name,
            bank_account_id=kept.bank_account_id,
            mapping_id=kept.mapping_id,
            force=force,
            strategy=feed.strategy,
            batch=batch,
        )

    def process(self, *, company_id: UUID, batch_id: UUID, progress: Callable[[int], Any]) -> None:
        """Book what waits of the batch's accounts, and say what became of its rows; while another worker is at one of
        the accounts, that one does."""
        actor = job_actor(company_id=company_id, job=JOB)
        for account_id in batch_outcomes.accounts_of(actor=actor, batch_id=batch_id):
            try:
                process_account(actor=actor, bank_account_id=account_id, progress=progress)
            except WorkHeld:
                return
        batch_outcomes.report_outcomes(actor=actor, batch_id=batch_id)

    @joins_transaction
    def cancel(self, *, actor: Actor, batch: PaymentBatch) -> None:
        """Statements of the batch that nobody began to book are refused; what is begun is booked."""
        batch_outcomes.refuse_unbooked(actor=actor, batch=batch)

    def places_of(
        self, *, company_id: UUID, payments: Sequence[UUID]
    ) -> Mapping[UUID, tuple[UUID, str, int]]:
        return batch_undoing.places_of(company_id=company_id, payments=payments)

    def payments_of(self, *, actor: Actor, batch: PaymentBatch) -> Sequence[UUID]:
        return batch_undoing.payments_of(actor=actor, batch=batch)

    def refuse_undo(self, *, actor: Actor, batch: PaymentBatch) -> None:
        batch_undoing.refuse_undo(actor=actor, batch=batch)

    def undo_parts(
        self, *, actor: Actor, batch: PaymentBatch, reason: str, approval: Approval | None
    ) -> None:
        batch_undoing.undo_parts(actor=actor, batch=batch, reason=reason, approval=approval)

    def take_back(
        self, *, actor: Actor, payments: Sequence[Payment], reason: str, operation_id: UUID
    ) -> TakenBack:
        return batch_undoing.take_back(
            actor=actor, payments=payments, reason=reason, operation_id=operation_id
        )

    def void_receipts(self, *, actor: Actor, batch: PaymentBatch, reason: str, operation_id: UUID) -> int:
        return batch_undoing.void_receipts(actor=actor, batch=batch, reason=reason, operation_id=operation_id)


def rows_of(read: Read, originals: Mapping[int, Sequence[str]]) -> Iterator[FeedRow]:
    """The rows of a statement in the order of the file: each part of a line, and with its cells what cannot be read."""
    for each in read.in_order:
        yield from [_faulty(read, each, originals)] if isinstance(each, Problem) else _parts(read, each)


def _parts(read: Read, number: int) -> Iterator[FeedRow]:
    line = read.identified[number - 1].line
    common = {
        "statement": str(read.place),
        "line": str(number),
        "payment_date": line.booked_on.isoformat(),
        "currency": line.currency or read.account.currency,
        "booked": "BOOK" if line.status == "booked" else line.status,
    }
    details, _ = details_of(line)
    for part, detail in enumerate(details or [_EMPTY], start=1):
        amount = Decimal(detail["amount"])
        signed = amount if detail["direction"] == "in" else -amount
        cells = {name: str(detail.get(name, "")) for name in _CELLS}
        raw = _raw({**common, **cells, "part": str(part), "amount": str(signed)})
        yield FeedRow(raw, signed, common["currency"])


def _faulty(read: Read, problem: Problem, originals: Mapping[int, Sequence[str]]) -> FeedRow:
    fault = json.dumps([problem.code, problem.field, problem.message[:500]], ensure_ascii=False)
    cells = {"statement": str(read.place), "line": "0", "part": "1", "fault": fault}
    if problem.place in originals:
        cells["cells"] = json.dumps(originals[problem.place], ensure_ascii=False)
    return FeedRow(_raw(cells), None, "")


def _content(upload: FeedUpload) -> bytes:
    """The file, which is not read when it is larger than one may be."""
    try:
        check_size(upload.file)
    except UnreadableStatement as error:
        raise refuse(error.code, error.message) from error
    return upload.file.read()


def _raw(cells: Mapping[str, str]) -> str:
    return json.dumps(cells, ensure_ascii=False, sort_keys=True)


def _mapping(actor: Actor, name: str, bank_account_id: UUID | None) -> StatementMapping | None:
    """The columns of a table: those that are named, those of the account, else the only ones that there are."""
    there = list(StatementMapping.objects.filter(company_id=actor.company_id).order_by("name"))
    if name:
        named = [each for each in there if each.name.casefold() == name.casefold()]
        if not named:
            listed = ", ".join(each.name for each in there) or "none yet"
            raise refuse(
                errors.UNKNOWN_MAPPING,
                f"There is no mapping {name[:60]!r}; there are: {listed}.",
                field="mapping",
            )
        return named[0]
    feeds = StatementFeed.objects.filter(company_id=actor.company_id, mapping__isnull=False)
    own = feeds.filter(bank_account=bank_account_id).select_related("mapping").first()
    if own is not None:
        return own.mapping
    return there[0] if len(there) == 1 else None


def _unreadable(actor: Actor, error: InvalidInput) -> InvalidInput:
    """The reader's refusal by the code that a bank feed always had for it."""
    code = str(error.code)
    if code == "mapping_missing":
        there = StatementMapping.objects.filter(company_id=actor.company_id).order_by("name")
        listed = ", ".join(there.values_list("name", flat=True)) or "none yet"
        return refuse(
            errors.UNKNOWN_MAPPING,
            f"Name the mapping of the bank's columns; there are: {listed}.",
            field="mapping",
        )
    return refuse(_CODES.get(code, code), error.message)


def _unused(mapping: StatementMapping | None, originals: Originals | None) -> list[str]:
    """The columns of a table that the mapping does not name."""
    if mapping is None or originals is None:
        return []
    columns = [each.name for each in StatementMapping._meta.concrete_fields if each.name.endswith("_column")]
    names = {fold(str(getattr(mapping, each))) for each in columns} | {*ERROR_COLUMNS, ""}
    unused = [each for each in originals.headings if fold(each) not in names]
    return [f"The column {each[:60]!r} is not mapped and was ignored." for each in unused]


def _warnings(actor: Actor, statements: Sequence[Read]) -> list[str]:
    """What is said at once: what the readers noticed, and figures of a statement that disagree."""
    warnings = [warning for each in statements for warning in each.parsed.warnings]
    for each in statements:
        if (fault := own_fault(actor, each)) is not None:
            warnings.append(f"Held, nothing of it is booked: {fault.message}")
    return warnings
