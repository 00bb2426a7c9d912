"""A statement that was read becomes rows: the statement, and its lines as the bank said them."""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from bank.models import LinePart, Statement, StatementFile, StatementLine
from bank.readers.interface import ParsedLine, ParsedPart, ParsedStatement, Problem
from bank.rules.balances import Figures, sums
from bank.rules.identity import Identified, identify
from bank.subjects import STATEMENT
from batconnect.core.audit import audit_event
from batconnect.core.database.rows import RowBatch, execute_batch
from batconnect.core.database.transactions import joins_transaction
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.ids import uuid7
from batconnect.core.kernel.money import ZERO, sum_of
from ledger.treasury.models import BankAccount

MAX_PROBLEMS: Final = 1_000
METHOD: Final = "bank_transfer"
_LENGTHS: Final = {
    each.name: each.max_length
    for each in StatementLine._meta.concrete_fields
    if getattr(each, "max_length", None) is not None
}


@dataclass(frozen=True, slots=True)
class Read:
    """A statement of a file: what was read, whose account it is, and its lines with their identities. `first_row` is
    the row of a payment batch that its first part is."""

    place: int
    parsed: ParsedStatement
    account: BankAccount
    identified: Sequence[Identified]
    first_row: int = 1

    @property
    def rows(self) -> int:
        """How many rows of a batch it is: one for each part of a line, or for one without, and for each problem."""
        parts = sum(max(1, len(details_of(each.line)[0])) for each in self.identified)
        return parts + len(self.parsed.problems)

    @property
    def in_order(self) -> list[int | Problem]:
        """What the file says, in its order: the numbers of lines, from 1, and what of it cannot be read."""
        lines = [(each.line.place, 1, number) for number, each in enumerate(self.identified, start=1)]
        problems = [(each.place, 0, number) for number, each in enumerate(self.parsed.problems)]
        ordered = sorted([*lines, *problems])
        return [number if is_line else self.parsed.problems[number] for _, is_line, number in ordered]

    @property
    def figures(self) -> Figures:
        """What it says of itself."""
        booked = [each.line.signed for each in self.identified if each.line.status == "booked"]
        money_in, money_out = sums(booked)
        parsed = self.parsed
        return Figures(
            parsed.opening, parsed.closing, money_in, money_out, parsed.totals_in, parsed.totals_out
        )


def as_read(place: int, parsed: ParsedStatement, account: BankAccount) -> Read:
    """The statement with the identities of its lines."""
    return Read(place, parsed, account, identify(parsed.lines))


@joins_transaction
def store_file(*, actor: Actor, checksum: str, file_name: str, content: bytes) -> None:
    """Keep the file as it came, once."""
    there = StatementFile.objects.filter(company_id=actor.company_id, checksum=checksum).exists()
    if not there:
        StatementFile.objects.create(
            company_id=actor.company_id,
            checksum=checksum,
            name=file_name[:200],
            content=gzip.compress(content, mtime=0),
        )


@joins_transaction
def store_statement(
    *, actor: Actor, read: Read, rows_of: Sequence[Statement] = (), **values: Any
) -> Statement:
    """Store the statement and its lines, which are shown alone until it is booked.

    `rows_of` are the pages that it was put together from: its parts are the rows of payment batches that theirs are.
    """
    parsed, figures = read.parsed, read.figures
    booked = [each for each in read.identified if each.line.status == "booked"]
    statement = Statement(
        id=uuid7(),
        company_id=actor.company_id,
        bank_account=read.account,
        format=parsed.format,
        place=read.place,
        sequence_no=parsed.sequence_no[:35],
        message_id=parsed.message_id[:60],
        period_from=parsed.period_from,
        period_to=parsed.period_to,
        currency=read.account.currency,
        opening=parsed.opening,
        opening_source="" if parsed.opening is None else Statement.OpeningSource.FILE,
        closing=parsed.closing,
        total_lines=len(read.identified),
        shown_lines=len(read.identified) - len(booked),
        money_in=figures.money_in,
        money_out=figures.money_out,
        problems=[asdict(each) for each in parsed.problems[:MAX_PROBLEMS]],
        created_by_id=actor.user_id,
        created_by_name=actor.name,
        request_id=actor.request_id,
        **values,
    )
    event = audit_event(
        actor=actor,
        action="bank.statement_received",
        subject_type=STATEMENT,
        subject_id=statement.id,
        details={"account": read.account.code, "lines": statement.total_lines, "status": statement.status},
    )
    execute_batch([statement], [event])
    rows = [_row(actor, statement, number, each) for number, each in enumerate(read.identified, start=1)]
    if rows_of:
        _number_as(actor, rows, rows_of)
    elif statement.batch_id is not None:
        _number(rows, statement.batch_id, read)
    execute_batch(RowBatch(StatementLine, rows))
    return statement


def _row(actor: Actor, statement: Statement, number: int, each: Identified) -> dict[str, Any]:
    line = each.line
    details, note = details_of(line)
    texts = {
        "return_code": line.return_code,
        "bank_reference": each.reference,
        "end_to_end_id": line.end_to_end_id,
        "transaction_code": line.transaction_code,
        "payer_name": line.payer_name,
        "payer_account": line.payer_account,
        "text": line.text,
        "foreign_text": line.foreign,
        "note": " ".join(filter(None, (line.note, note))),
    }
    return {
        "id": uuid7(),
        "company_id": actor.company_id,
        "statement_id": statement.id,
        "line_no": number,
        "bank_account_id": statement.bank_account_id,
        "kind": line.status,
        "booked_on": line.booked_on,
        "value_on": line.value_on,
        "direction": line.direction,
        "amount": line.amount,
        "currency": statement.currency,
        "mark": line.mark,
        "occurrence": each.occurrence,
        "identity": each.identity,
        "state": StatementLine.State.SHOWN.value,
        "details": details,
        "decided_by": "",
        **{name: text[: _LENGTHS[name]] for name, text in texts.items()},
    }


def _number(rows: Sequence[dict[str, Any]], batch_id: UUID, read: Read) -> None:
    """Each part is a row of the batch; a line without parts is one as well, and so is what cannot be read."""
    row_no = read.first_row
    for each in read.in_order:
        details = rows[each - 1]["details"] if isinstance(each, int) else []
        for detail in details:
            detail |= {"batch_id": str(batch_id), "row_no": row_no}
            row_no += 1
        row_no += not details


def _number_as(actor: Actor, rows: Sequence[dict[str, Any]], pages: Sequence[Statement]) -> None:
    """Each part is the row of a batch that it was on its page; pages in order have the lines in order."""
    lines = [
        details
        for page in pages
        for details in StatementLine.objects.filter(company_id=actor.company_id, statement=page)
        .order_by("line_no")
        .values_list("details", flat=True)
    ]
    for row, kept in zip(rows, lines, strict=True):
        for detail, before in zip(row["details"], kept, strict=True):
            detail |= {name: before[name] for name in ("batch_id", "row_no") if name in before}


def parts_of(line: StatementLine, *, first: int = 1) -> list[LinePart]:
    """The parts of a line by its details, as they are made when it is booked; numbered from `first`."""
    return [
        LinePart(
            id=uuid7(),
            company_id=line.company_id,
            line_id=line.id,
            part_no=number,
            bank_account_id=line.bank_account_id,
            currency=line.currency,
            method=METHOD,
            payment_date=line.booked_on,
            **{**detail, "amount": Decimal(detail["amount"])},
        )
        for number, detail in enumerate(line.details, start=first)
    ]


def details_of(line: ParsedLine) -> tuple[list[dict[str, Any]], str]:
    """The parts of the line as they are kept, and what does not add up; one part where there are no details."""
    if line.amount == ZERO:
        return [], ""
    parts = [each for each in line.parts if each.amount != ZERO]
    if not parts:
        return [_detail(line, line)], ""
    net = sum_of(each.amount if each.direction == "in" else -each.amount for each in parts)
    if net == line.signed and all(each.currency in ("", line.currency) for each in parts):
        return [_detail(each, line) for each in parts], ""
    return [_detail(line, line)], f"Its details sum to {net:,.2f}, the line is {line.signed:,.2f}."


def _detail(part: ParsedPart | ParsedLine, line: ParsedLine) -> dict[str, Any]:
    is_line = isinstance(part, ParsedLine)
    reference = part.bank_reference if isinstance(part, ParsedLine) else part.reference
    whole = is_line or len(line.parts) == 1
    return {
        "amount": str(part.amount),
        "direction": part.direction,
        "reference_number": (reference or (line.bank_reference if whole else ""))[:60],
        "end_to_end_id": (part.end_to_end_id or (line.end_to_end_id if whole else ""))[:60],
        "payer_name": (part.payer_name or (line.payer_name if whole else ""))[:200],
        "payer_account": (part.payer_account or (line.payer_account if whole else ""))[:60],
        "text": (part.text or (line.text if whole else ""))[:1000],
        "named": list(part.named or (line.named if whole else ())),
        "mark": part.mark or line.mark,
        "return_code": (part.return_code or line.return_code)[:20],
    }
