"""The journal of a period as files, each entry in one export (docs/domain.md#general-ledger)."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from shutil import rmtree
from typing import IO, Any, Final
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction

from batconnect.core.audit import record_event
from batconnect.core.database.rows import insert_batch
from batconnect.core.database.transactions import reads
from batconnect.core.database.waits import EXPORT, be_patient
from batconnect.core.files.exports.csv import CsvWriter
from batconnect.core.files.storage import open_private, private_folder
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import Conflict, InvalidInput
from batconnect.core.kernel.ids import uuid7
from batconnect.core.kernel.json import instant_text
from batconnect.core.kernel.money import ZERO
from ledger.general.errors import NOTHING_TO_EXPORT, PERIOD_BACKWARD, JournalExportNotFound
from ledger.general.models import JournalExport
from ledger.general.services.numbering import count_unnumbered
from ledger.general.subjects import JOURNAL_EXPORT
from ledger.rules.entry_numbers import entry_number_sql

JOURNAL, TOTALS, NUMBERS = "journal", "totals", "numbers"
FILES: Final = (JOURNAL, TOTALS, NUMBERS)
_FOLDER: Final = "journals"
_CHUNK: Final = 2_000
_ONE_AT_A_TIME: Final = "select pg_advisory_xact_lock(hashtextextended(%s, 11))"
_LAST_NUMBERS: Final = """
select year, max(number) from entry_numbers where company_id = %s::uuid group by year order by year
"""
# What no earlier export has: an export has the entries of its period that had their number when it was made.
_NEW: Final = """
from ledger_entries e
join entry_numbers n on n.company_id = e.company_id and n.entry_id = e.id
where e.company_id = %(company)s::uuid and e.effective_on between %(first)s::date and %(last)s::date
  and n.number <= (%(numbers)s::jsonb ->> n.year::text)::int
  and not exists (
    select 1 from journal_exports x
    where x.company_id = %(company)s::uuid and e.effective_on between x.first and x.last
      and n.number <= coalesce((x.numbers ->> n.year::text)::int, 0))
"""
_COUNT: Final = f"select count(*) {_NEW}"
_TOTALS: Final = f"""
with chosen as materialized (
  select e.id {_NEW}
)
select p.currency, count(*), sum(greatest(p.amount, 0.00)), sum(greatest(-p.amount, 0.00))
from chosen c
join ledger_postings p on p.company_id = %(company)s::uuid and p.entry_id = c.id
group by p.currency order by p.currency
"""  # noqa: S608 - fixed texts
JOURNAL_COLUMNS: Final = (
    *("Entry number", "Line", "Account code", "Own number", "Account", "Debit", "Credit", "Currency"),
    *("Effective on", "Posted at", "Event", "Document type", "Document", "Customer", "Case", "Reference"),
    *("User", "Approved by", "Reason", "Reverses entry", "Reverses number", "Entry", "Posting"),
)
_JOURNAL: Final = f"""
with chosen as materialized (
  select e.id, n.year, n.number {_NEW}
)
select {entry_number_sql("c")}, p.line, a.code, a.own_number, coalesce(nullif(a.own_name, ''), a.name),
  greatest(p.amount, 0.00), greatest(-p.amount, 0.00), e.currency, e.effective_on, e.posted_at, e.event,
  e.source_type, e.source_id, coalesce(k.name, ''), e.case_no,
  coalesce(o.category || ' ' || o.reference_id, p.payment_id::text, p.item_id::text, ''),
  coalesce(asked.username, u.username, e.actor), coalesce(agreed.username, ''), e.reason,
  e.reverses_id, {entry_number_sql("r")}, e.id, p.id
from chosen c
join ledger_entries e on e.company_id = %(company)s::uuid and e.id = c.id
join ledger_postings p on p.company_id = e.company_id and p.entry_id = e.id
join ledger_accounts a on a.company_id = p.company_id and a.id = p.account_id
left join ledger_obligations o on o.company_id = p.company_id and o.id = p.obligation_id
left join customers k on k.company_id = e.company_id and k.id = e.customer_id
left join users u on u.id = e.created_by_id
left join entry_numbers r on r.company_id = e.company_id and r.entry_id = e.reverses_id
left join approvals w on w.company_id = e.company_id and w.id = e.approval_id
left join users asked on asked.id = w.requested_by_id
left join users agreed on agreed.id = w.decided_by_id
order by c.year, c.number, p.line
"""  # noqa: S608 - fixed texts
NUMBER_COLUMNS: Final = ("Entry number", "Period", "Effective on", "Posted at", "Debits", "Currency", "Here")
_NUMBERS: Final = f"""
with chosen as materialized (
  select e.id, n.year, n.number {_NEW}
)
select {entry_number_sql("n")}, to_char(e.effective_on, 'YYYY-MM'), e.effective_on, e.posted_at,
  (select sum(p.amount) from ledger_postings p
   where p.company_id = e.company_id and p.entry_id = e.id and p.amount > 0), e.currency,
  case when exists (select 1 from chosen c where c.id = e.id) then 'yes' else '' end
from entry_numbers n
join ledger_entries e on e.company_id = n.company_id and e.id = n.entry_id
where n.company_id = %(company)s::uuid and n.number <= (%(numbers)s::jsonb ->> n.year::text)::int
  and n.year in (select year from chosen)
order by n.year, n.number
"""  # noqa: S608 - fixed texts
TOTAL_COLUMNS: Final = ("Currency", "Account code", "Own number", "Account", "Postings", "Debit", "Credit")


@dataclass(slots=True)
class _Sums:
    """The control totals, added up while the journal is written."""

    entries: int
    postings: int
    by_account: dict[tuple[str, str], list[Any]]

    def add(self, row: Sequence[Any]) -> None:
        """Count a line of the journal."""
        _, _, code, own_number, name, debit, credit, currency = row[:8]
        held = self.by_account.setdefault((currency, code), [own_number, name, 0, ZERO, ZERO])
        held[2] += 1
        held[3] += debit
        held[4] += credit
        self.postings += 1

    def rows(self) -> Iterator[tuple[Any, ...]]:
        """By currency its accounts, then all of them together."""
        for currency in sorted({currency for currency, _ in self.by_account}):
            of_currency = {
                code: held for (each, code), held in sorted(self.by_account.items()) if each == currency
            }
            for code, (own_number, name, count, debit, credit) in of_currency.items():
                yield currency, code, own_number, name, count, debit, credit
            total = [sum((held[place] for held in of_currency.values()), ZERO) for place in (3, 4)]
            yield currency, "", "", "Total", sum(held[2] for held in of_currency.values()), *total

    def totals(self) -> list[dict[str, str]]:
        """Debits and credits by currency, as text."""
        return [
            {"currency": row[0], "debit": str(row[5]), "credit": str(row[6])}
            for row in self.rows()
            if row[3] == "Total" and not row[1]
        ]


@transaction.atomic
def export_journal(*, actor: Actor, first: date, last: date) -> tuple[JournalExport, bool]:
    """The journal of the period as files: made, or what was made before; and whether it was made now.

    An entry is in one export. The same period again answers with the last export of it, unless entries have come in
    since: those become its next part. Entries without a number yet are left out and counted. Needs `ledger.export`.
    Raises InvalidInput `period_backward`; Conflict 409 `nothing_to_export` where nothing of it has a number.
    """
    row, is_new, values = _planned(actor, first, last)
    if not is_new:
        return row, False
    try:
        _write(actor, row, values)
        insert_batch([row])
        row._state.adding = False
        _note(actor, row, "ledger.export_journal")
        row.refresh_from_db()
    except BaseException:
        rmtree(_folder(actor, row.id), ignore_errors=True)
        raise
    return row, True


@transaction.atomic
def plan_journal_export(*, actor: Actor, first: date, last: date) -> tuple[JournalExport, bool]:
    """What `export_journal` would make, with its figures but no file: nothing is stored. Raises what that raises."""
    row, is_new, values = _planned(actor, first, last)
    if is_new:
        with connection.cursor() as cursor:
            cursor.execute(_TOTALS, values)
            sums = cursor.fetchall()
        row.postings = sum(count for _, count, _, _ in sums)
        row.totals = [
            {"currency": currency, "debit": str(debit), "credit": str(credit)}
            for currency, _, debit, credit in sums
        ]
    return row, is_new


def _planned(actor: Actor, first: date, last: date) -> tuple[JournalExport, bool, dict[str, Any]]:
    """The export that is there, or the next one, unsaved; whether it is new, and the values of its statements."""
    actor.require("ledger.export")
    if last < first:
        raise InvalidInput(f"{last} is before {first}.", code=PERIOD_BACKWARD, field="last")
    with connection.cursor() as cursor:
        cursor.execute(_ONE_AT_A_TIME, [f"journal exports {actor.company_id}"])
        cursor.execute(_LAST_NUMBERS, [actor.company_id])
        numbers = {str(year): number for year, number in cursor.fetchall()}
    values: dict[str, Any] = {
        "company": actor.company_id,
        "first": first,
        "last": last,
        "numbers": _json(numbers),
    }
    earlier = JournalExport.objects.filter(company_id=actor.company_id, first=first, last=last)
    latest = earlier.order_by("-part").first()
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, values)
        (entries,) = cursor.fetchone()
    if not entries:
        if latest is not None:
            return latest, False, values
        raise Conflict(
            f"Nothing from {first} to {last} has a number and is in no export yet.", code=NOTHING_TO_EXPORT
        )
    row = JournalExport(
        id=uuid7(),
        company_id=actor.company_id,
        first=first,
        last=last,
        part=latest.part + 1 if latest else 1,
        numbers=numbers,
        entries=entries,
        left_out=count_unnumbered(actor=actor, first=first, last=last),
        made_by=actor.name,
    )
    return row, True, values


@reads
def file_of(*, actor: Actor, export_id: UUID, name: str) -> Path:
    """The path of one of FILES; views that check permissions serve it. Raises JournalExportNotFound (404)."""
    assert name in FILES
    if not JournalExport.objects.filter(company_id=actor.company_id, id=export_id).exists():
        raise JournalExportNotFound(f"There is no export {export_id}.")
    return _folder(actor, export_id) / f"{name}.csv"


@transaction.atomic
def note_download(*, actor: Actor, row: JournalExport, name: str) -> None:
    """Add to the trail that somebody took a file away."""
    _note(actor, row, "ledger.download_journal", file=name)


def _write(actor: Actor, row: JournalExport, values: dict[str, Any]) -> None:
    """The three files, and what they come to."""
    if not actor.is_job:
        be_patient(EXPORT)
    private_folder(_FOLDER, str(actor.company_id), str(row.id))
    sums = _Sums(row.entries, 0, {})

    def counted() -> Iterator[Sequence[Any]]:
        for line in _read(_JOURNAL, values):
            sums.add(line)
            yield line

    digests = {JOURNAL: _file(actor, row, JOURNAL, JOURNAL_COLUMNS, counted())}
    digests[TOTALS] = _file(actor, row, TOTALS, TOTAL_COLUMNS, sums.rows())
    digests[NUMBERS] = _file(actor, row, NUMBERS, NUMBER_COLUMNS, _read(_NUMBERS, values))
    row.postings, row.totals, row.digests = sums.postings, sums.totals(), digests


def _file(
    actor: Actor, row: JournalExport, name: str, columns: Iterable[str], lines: Iterable[Sequence[Any]]
) -> str:
    """Write a CSV file; its SHA-256."""
    path = _folder(actor, row.id) / f"{name}.csv"
    with open_private(path) as file:
        text = io.TextIOWrapper(file, encoding="utf-8", newline="")
        writer = CsvWriter(text)
        writer.write_row(columns)
        for line in lines:
            writer.write_row(instant_text(each) if hasattr(each, "tzinfo") else each for each in line)
        text.flush()
        digest = _digest(file)
        text.detach()
    return digest


def _digest(file: IO[bytes]) -> str:
    file.seek(0)
    return hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]  # a file of bytes


def _read(text: str, values: dict[str, Any]) -> Iterator[Sequence[Any]]:
    with connection.chunked_cursor() as cursor:
        cursor.execute(text, values)
        while rows := cursor.fetchmany(_CHUNK):
            yield from rows


def _folder(actor: Actor, export_id: UUID) -> Path:
    return Path(settings.MEDIA_ROOT) / _FOLDER / str(actor.company_id) / str(export_id)


def _json(numbers: dict[str, int]) -> str:
    return "{" + ", ".join(f'"{year}": {number}' for year, number in numbers.items()) + "}"


def _note(actor: Actor, row: JournalExport, action: str, **more: str) -> None:
    record_event(
        actor=actor,
        action=action,
        subject_type=JOURNAL_EXPORT,
        subject_id=row.id,
        details={"first": str(row.first), "last": str(row.last), "part": row.part, **more},
    )
