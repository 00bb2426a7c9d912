"""Lines become rows, a chunk at a time: new ones, what is there already, and what an agency says otherwise now.

Rule: docs/domain.md#agency-rows, docs/domain.md#agency-changes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

import orjson
from django.db import connection

from agencies.models import AgencyChange, AgencyImport, AgencyRow
from agencies.readers.refusals import Problem
from agencies.rules.fields import SURCHARGES, TRIPS
from agencies.rules.reading import COLUMNS, AgencyRecord, RecordReader, Skipped
from agencies.rules.words import Word, as_kept, is_known, meaning
from agencies.services.keeping import keep_rows, taken_references
from agencies.services.receiving import form_of_import, reader_of
from batconnect.core.database.rows import as_document, insert_many
from batconnect.core.database.transactions import joins_transaction, reads
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import now
from batconnect.core.kernel.ids import uuid7
from batconnect.core.kernel.money import ZERO, sum_of

CHUNK_LINES: Final = 5_000
_OF_RECORD: Final = tuple(name for name in COLUMNS if name not in ("reference", "digest"))
_PENDING: Final = """
select line_no, cells::text from agency_import_lines
where company_id = %s::uuid and import_id = %s::uuid and status = 'pending'
order by line_no limit %s::int for no key update
"""
_SAME_BEFORE: Final = """
select digest, count(*) from agency_import_lines
where company_id = %s::uuid and import_id = %s::uuid and digest = any(%s::text[]) and digest <> ''
group by digest
"""
_MARK: Final = """
update agency_import_lines l
set status = r.status, digest = r.digest, row_id = r.row_id, amount = r.amount, error_field = r.field,
    error_code = r.code, error_message = r.message
from json_to_recordset(%s::json) as r(line_no int, status text, digest text, row_id uuid, amount numeric, field text,
  code text, message text)
where l.company_id = %s::uuid and l.import_id = %s::uuid and l.line_no = r.line_no
"""
_COUNT: Final = """
update agency_imports
set read_lines = read_lines + %(read)s::int, new_lines = new_lines + %(new)s::int,
    repeated_lines = repeated_lines + %(repeated)s::int, changed_lines = changed_lines + %(changed)s::int,
    failed_lines = failed_lines + %(failed)s::int, skipped_lines = skipped_lines + %(skipped)s::int,
    amount = amount + %(amount)s::numeric, status = 'processing', started_at = coalesce(started_at, clock_timestamp())
where company_id = %(company)s::uuid and id = %(import)s::uuid
"""


@dataclass(slots=True)
class _Line:
    """A line with what it says, the row that it brings or repeats, and what became of it."""

    line_no: int
    said: AgencyRecord | Skipped | list[Problem]
    digest: str = ""
    row_id: UUID | None = None
    status: str = "failed"
    message: str = ""

    @property
    def amount(self) -> Decimal | None:
        return self.said.amount if isinstance(self.said, AgencyRecord) else None

    def as_marked(self) -> dict[str, Any]:
        problem = Problem("", "", self.message)
        if isinstance(self.said, Skipped):
            problem = Problem("", "", self.said.why)
        elif isinstance(self.said, list):
            first, *more = self.said
            also = " ".join(each.message for each in more)
            problem = Problem(first.field, first.code, f"{first.message} {also}".strip())
        return {
            "line_no": self.line_no,
            "status": self.status,
            "digest": self.digest,
            "row_id": self.row_id,
            "amount": self.amount,
            "field": problem.field,
            "code": problem.code,
            "message": problem.message[:500],
        }


@joins_transaction
def read_chunk(*, actor: Actor, received: AgencyImport) -> int:
    """Read the next lines of the file; how many, 0 when all are read. The caller holds the import."""
    form, headings = form_of_import(received)
    reader = reader_of(actor, form, headings)
    with connection.cursor() as cursor:
        cursor.execute(_PENDING, [actor.company_id, received.id, CHUNK_LINES])
        pending = cursor.fetchall()
    if not pending:
        return 0
    lines = [_read(reader, line_no, cells) for line_no, cells in pending]
    named = _named(actor, received, lines)
    _compare(actor, received, _keep(actor, received, named))
    _write(actor, received, lines)
    return len(lines)


def _read(reader: RecordReader, line_no: int, cells: str) -> _Line:
    said = reader.read(orjson.loads(cells))
    if isinstance(said, Skipped):
        return _Line(line_no, said, status="skipped")
    if isinstance(said, AgencyRecord):
        return _Line(line_no, said, digest=said.digest, status="new")
    return _Line(line_no, said)


def _named(
    actor: Actor, received: AgencyImport, lines: Sequence[_Line]
) -> list[tuple[_Line, AgencyRecord, str]]:
    """The lines that could be read, with the number of each: the agency's, or one that is made of what it says and of
    how often the file has said the same before."""
    good = [(line, line.said) for line in lines if isinstance(line.said, AgencyRecord)]
    digests = sorted({said.digest for _, said in good if said.digest})
    seen: Counter[str] = Counter()
    if digests:
        with connection.cursor() as cursor:
            cursor.execute(_SAME_BEFORE, [actor.company_id, received.id, digests])
            seen.update(dict(cursor.fetchall()))
    named = []
    for line, said in good:
        reference = said.reference
        if said.digest:
            seen[said.digest] += 1
            reference = f"~{said.digest}-{seen[said.digest]}"
        named.append((line, said, reference))
    return named


def _keep(
    actor: Actor, received: AgencyImport, named: Sequence[tuple[_Line, AgencyRecord, str]]
) -> list[tuple[_Line, AgencyRecord, str]]:
    """Keep the rows whose numbers are new; the lines of the others."""
    taken = taken_references(
        actor=actor, received=received, references=[reference for _, _, reference in named]
    )
    rows, there = [], []
    for line, said, reference in named:
        if reference in taken:
            there.append((line, said, reference))
            continue
        taken.add(reference)
        line.row_id = uuid7()
        values = {name: getattr(said, name) for name in _OF_RECORD}
        rows.append({"id": line.row_id, "reference": reference, "line_no": line.line_no, **values})
    keep_rows(actor=actor, received=received, said=rows)
    return there


def _compare(actor: Actor, received: AgencyImport, there: Sequence[tuple[_Line, AgencyRecord, str]]) -> None:
    """Mark the lines whose rows are there: repeated, or with another amount, which becomes a change."""
    if not there:
        return
    wanted = AgencyRow.objects.filter(
        company_id=actor.company_id,
        kind=received.kind,
        agency=received.agency,
        reference__in={reference for _, _, reference in there},
    )
    rows = {row.reference: row for row in wanted.order_by("id").select_for_update(no_key=True)}
    waiting = set(
        AgencyChange.objects.filter(
            company_id=actor.company_id, row__in=[row.id for row in rows.values()], status="open"
        ).values_list("row_id", flat=True)
    )
    changes: list[AgencyChange] = []
    for line, said, reference in there:
        row = rows[reference]
        line.row_id = row.id
        word = word_of_record(received.kind, said)
        if is_known(word, word_of_row(row), row.words):
            line.status = "repeated"
            continue
        if row.id in waiting:
            line.status = "repeated"
            line.message = (
                "Another amount of it waits already: decide on that one first, and send the file again."
            )
            continue
        change = _change(actor, received, line, row, word)
        line.status, line.message = "changed", change.message
        changes.append(change)
        if change.is_conflict:
            waiting.add(row.id)
    insert_many(changes)
    changed = {each.row_id for each in changes}
    AgencyRow.objects.bulk_update(
        [row for row in rows.values() if row.id in changed], ["words", "penalty", "reduction", "amount"]
    )


@reads
def word_of_record(kind: str, said: AgencyRecord) -> Word:
    """What a record says of its amount."""
    if kind == TRIPS:
        return said.amount, said.fee, sum_of(getattr(said, name) for name in SURCHARGES)
    return said.fine, said.penalty, said.reduction


@reads
def word_of_row(row: AgencyRow) -> Word:
    """What the agency says of the row's amount now."""
    if row.kind == TRIPS:
        return row.amount, row.fee, sum_of(getattr(row, name) for name in SURCHARGES)
    return row.fine, row.penalty, row.reduction


def _change(actor: Actor, received: AgencyImport, line: _Line, row: AgencyRow, word: Word) -> AgencyChange:
    """What the line changes of the row; noted on the row, so that the same file again changes nothing."""
    meant = meaning(row.kind, word, word_of_row(row))
    after = line.amount or ZERO
    change = AgencyChange(
        id=uuid7(),
        company_id=actor.company_id,
        row_id=row.id,
        import_file_id=received.id,
        line_no=line.line_no,
        before=row.amount,
        after=after,
        raised=meant.raised,
        lowered=meant.lowered,
        word=as_kept(word),
        is_conflict=meant.is_conflict,
        message=meant.message[:300],
        was_charged=row.state == AgencyRow.State.DONE,
    )
    if meant.is_conflict:
        row.words = [*row.words, as_kept(word)]
    else:
        row.words = [*row.words, as_kept(word_of_row(row))]
        row.penalty, row.reduction, row.amount = word[1], word[2], after
        if not change.was_charged:
            # It will be charged with what it costs now.
            change.status, change.decided_by, change.decided_at = "done", actor.name, now()
    return change


def _write(actor: Actor, received: AgencyImport, lines: Sequence[_Line]) -> None:
    counts = Counter(each.status for each in lines)
    with connection.cursor() as cursor:
        cursor.execute(
            _MARK, [as_document([each.as_marked() for each in lines]), actor.company_id, received.id]
        )
        cursor.execute(
            _COUNT,
            {
                **{name: counts[name] for name in ("new", "repeated", "changed", "failed", "skipped")},
                "read": len(lines),
                "amount": sum_of(each.amount for each in lines if each.amount is not None),
                "company": actor.company_id,
                "import": received.id,
            },
        )
