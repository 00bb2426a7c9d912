"""A file of an agency is received: its layout found, its lines stored as they came, a worker woken.

Rule: docs/domain.md#agency-imports.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from decimal import Decimal
from itertools import islice
from typing import IO, Any, Final, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection

from agencies.errors import (
    BILL_NAMED_IN_PART,
    LAYOUT_DIFFERS,
    LAYOUT_NEEDED,
    NO_ROWS,
    TRIP_NOT_BILLED,
    ImportNotFound,
    SameAgencyFile,
)
from agencies.models import AgencyImport
from agencies.readers.refusals import TOO_LARGE as FILE_TOO_LARGE
from agencies.readers.refusals import Problem, UnreadableFile
from agencies.readers.table import MAX_FILE_ROWS, Table, open_table, records
from agencies.rules.fields import TRIPS
from agencies.rules.layouts import Form, propose, wanted_headings
from agencies.rules.reading import AgencyRecord, RecordReader, Skipped
from agencies.services.layouts import named_forms
from agencies.subjects import IMPORT
from batconnect.core.audit import record_event
from batconnect.core.database.rows import as_document
from batconnect.core.database.transactions import joins_transaction, reads
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.errors import InvalidInput, TooLarge
from batconnect.core.kernel.money import ZERO
from ledger.vendors.errors import VendorNotFound
from ledger.vendors.models import Vendor

RIGHT: Final = "agencies.import"
ENTER_BILLS: Final = "ledger.enter_bills"
_STORED_AT_ONCE: Final = 5_000
_SHOWN_ROWS: Final = 10
_SHOWN_PROBLEMS: Final = 100
_ONE_AT_A_TIME: Final = "select pg_advisory_xact_lock(hashtextextended(%s, 17))"
_STORE: Final = """
insert into agency_import_lines (company_id, import_id, line_no, cells, status, digest, error_field, error_code,
  error_message)
select %s::uuid, %s::uuid, r.line_no, r.cells, 'pending', '', '', '', ''
from json_to_recordset(%s::json) as r(line_no int, cells jsonb)
"""
_COUNTED: Final = (
    "update agency_imports set total_lines = %s::int where company_id = %s::uuid and id = %s::uuid"
)
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Bill:
    """The agency's bill that the file is, as the uploader names it: the vendor by number or name."""

    vendor: str = ""
    number: str = ""
    day: date | None = None


@dataclass(slots=True)
class Tried:
    """What a file would bring; nothing of it was written. `rows` are the first below the headings."""

    layout_name: str
    form: Form
    is_proposed: bool
    headings: tuple[str, ...]
    rows: list[tuple[str, ...]] = field(default_factory=list)
    questions: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    total_lines: int = 0
    good_lines: int = 0
    failed_lines: int = 0
    skipped_lines: int = 0
    amount: Decimal = ZERO
    first_day: date | None = None
    last_day: date | None = None
    problems: list[tuple[int, Problem]] = field(default_factory=list)


@joins_transaction
def receive_file(
    *,
    actor: Actor,
    file: IO[bytes],
    file_name: str = "",
    layout: str = "",
    bill: Bill | None = None,
    force: bool = False,
) -> AgencyImport:
    """Store the file's lines as they came, in one transaction; the caller wakes a worker after the commit.

    `layout` is the id of one of the company's or the code of a ready one; without it the one that fits the headings
    best is taken. Needs `agencies.import`, with a bill `ledger.enter_bills` too. Raises SameAgencyFile (409) unless
    `force`, TooLarge (413) above the bounds, LayoutNotFound, InvalidInput `layout_needed` with what is proposed,
    `layout_differs`, `no_rows`, or why the file cannot be read.
    """
    actor.require(RIGHT)
    table, name, form = _identified(actor, file, layout)
    vendor = _vendor(actor, form, bill or Bill())
    is_forced = _check_file(actor, table.checksum, force)
    received = _row(actor, table, name, form, file_name)
    received.is_forced = is_forced
    if bill is not None and vendor is not None:
        received.vendor, received.bill_number, received.bill_date = vendor, bill.number.strip(), bill.day
    received.save(force_insert=True)
    received.total_lines = _store(actor, received, file, table)
    record_event(
        actor=actor,
        action="agencies.file_received",
        subject_type=IMPORT,
        subject_id=received.id,
        details={
            "file": received.file_name,
            "kind": form.kind,
            "lines": received.total_lines,
            "layout": name,
        },
    )
    return received


def _row(actor: Actor, table: Table, name: str, form: Form, file_name: str) -> AgencyImport:
    """The import, unsaved; its lines are counted once they are stored."""
    return AgencyImport(
        company_id=actor.company_id,
        kind=form.kind,
        agency=form.agency,
        layout_name=name,
        layout={**asdict(form), "headings": list(table.headings)},
        file_name=file_name[:200],
        checksum=table.checksum,
        total_lines=1,
        warnings=list(table.warnings),
        created_by_id=actor.user_id,
        created_by_name=actor.name,
        request_id=actor.request_id,
    )


@reads
def try_file(*, actor: Actor, file: IO[bytes], layout: str = "") -> Tried:
    """What a file would bring: its layout, or one that is proposed for it, and everything that is wrong with its lines
    (the first hundred). Raises what `receive_file` raises for the file itself."""
    table, name, form, questions = _found_or_proposed(actor, file, layout)
    tried = Tried(name, form, not name, table.headings, questions=questions, warnings=list(table.warnings))
    reader = reader_of(actor, form, table.headings)
    for line_no, cells in _records(file, table):
        tried.total_lines += 1
        if len(tried.rows) < _SHOWN_ROWS:
            tried.rows.append(cells)
        _count(tried, line_no, reader.read(cells))
    return tried


@reads
def reader_of(actor: Actor, form: Form, headings: Sequence[str]) -> RecordReader:
    """Reads records of a form on the company's wall clock."""
    return RecordReader(
        form=form,
        headings=headings,
        zone=ZoneInfo(actor.company.time_zone),
        today=today(actor.company),
        currency=actor.company.base_currency,
    )


@reads
def form_of_import(received: AgencyImport) -> tuple[Form, list[str]]:
    """How an import's lines are read, and their headings, as they were when it was received."""
    values = dict(received.layout)
    return Form(**{name: value for name, value in values.items() if name != "headings"}), values["headings"]


def _count(tried: Tried, line_no: int, said: AgencyRecord | Skipped | list[Problem]) -> None:
    if isinstance(said, Skipped):
        tried.skipped_lines += 1
    elif isinstance(said, AgencyRecord):
        tried.good_lines += 1
        tried.amount += said.amount
        tried.first_day = min(said.day, tried.first_day or said.day)
        tried.last_day = max(said.day, tried.last_day or said.day)
    else:
        tried.failed_lines += 1
        left = _SHOWN_PROBLEMS - len(tried.problems)
        tried.problems += [(line_no, each) for each in said[: max(left, 0)]]


def _identified(actor: Actor, file: IO[bytes], layout: str) -> tuple[Table, str, Form]:
    table, name, form, questions = _found_or_proposed(actor, file, layout)
    if not name:
        extra = {"proposed": asdict(form), "headings": list(table.headings), "questions": questions}
        raise InvalidInput(
            "No layout fits the headings of this file; what is proposed stands in `proposed`: save it as a layout.",
            code=LAYOUT_NEEDED,
            field="layout",
            extra=extra,
        )
    return table, name, form


def _found_or_proposed(actor: Actor, file: IO[bytes], layout: str) -> tuple[Table, str, Form, list[str]]:
    """The file's table with its layout's name and form; without a name where the form is a proposal."""
    forms = named_forms(actor=actor, layout=layout)
    try:
        table = open_table(file, wanted=wanted_headings([form for _, form in forms]))
    except UnreadableFile as error:
        raise _refusal(error) from error
    fitting = [(form.fits(table.headings), -place, name, form) for place, (name, form) in enumerate(forms)]
    best = max(fitting, key=lambda each: each[:2])
    if best[0]:
        return table, best[2], best[3], []
    if layout:
        raise InvalidInput(
            f"The file has no column {', '.join(best[3].lacks(table.headings))}. It has: "
            f"{', '.join(table.headings)[:300]}.",
            code=LAYOUT_DIFFERS,
            field="layout",
        )
    first = [cells for _, cells in islice(_records(file, table), 50)]
    form, questions = propose(table.headings, first)
    if form is None:
        raise InvalidInput(
            f"The headings of this file say too little: {', '.join(table.headings)[:300]}. Make a layout for it.",
            code=LAYOUT_NEEDED,
            field="layout",
            extra={"proposed": None, "headings": list(table.headings), "questions": []},
        )
    return table, "", form, questions


def _records(file: IO[bytes], table: Table) -> Iterator[tuple[int, tuple[str, ...]]]:
    try:
        yield from records(file, table)
    except UnreadableFile as error:
        raise _refusal(error) from error


def _refusal(error: UnreadableFile) -> InvalidInput | TooLarge:
    if error.code == FILE_TOO_LARGE:
        return TooLarge(error.message, field="file")
    return InvalidInput(error.message, code=error.code, field="file")


def _vendor(actor: Actor, form: Form, bill: Bill) -> Vendor | None:
    """The vendor whose bill the file is; None where nobody names one."""
    if not bill.vendor.strip() and not bill.number.strip():
        return None
    if not bill.vendor.strip() or not bill.number.strip():
        lacking = "vendor" if bill.number.strip() else "bill_number"
        raise InvalidInput(
            "Name both the vendor and the number of its bill.", code=BILL_NAMED_IN_PART, field=lacking
        )
    if form.kind == TRIPS:
        raise InvalidInput("A file of trips is not a bill.", code=TRIP_NOT_BILLED, field="vendor")
    actor.require(ENTER_BILLS)
    text = bill.vendor.strip().casefold()
    vendors = [
        each
        for each in Vendor.objects.filter(company_id=actor.company_id)
        if text in (each.number.casefold(), each.name.casefold())
    ]
    if len(vendors) != 1:
        raise VendorNotFound(f"There is no vendor {bill.vendor[:60]}.", field="vendor")
    return vendors[0]


def _check_file(actor: Actor, checksum: str, force: bool) -> bool:
    """Whether the file was taken before; the same file at once waits. Raises SameAgencyFile (409) unless `force`."""
    with connection.cursor() as cursor:
        # Two uploads of one file at once: the second sees the first.
        cursor.execute(_ONE_AT_A_TIME, [f"{actor.company_id}{checksum}"])
    earlier = (
        AgencyImport.objects.filter(company_id=actor.company_id, checksum=checksum).order_by("id").first()
    )
    if earlier is not None and not force:
        raise SameAgencyFile(
            f"The same file was taken on {earlier.created_at:%Y-%m-%d} as {earlier}; send force=true to take it again.",
            field="file",
            extra={"import_id": str(earlier.id)},
        )
    return earlier is not None


def _store(actor: Actor, received: AgencyImport, file: IO[bytes], table: Table) -> int:
    """Store the lines, some thousand at a time; how many there are. Raises InvalidInput for none."""
    total = 0
    with connection.cursor() as cursor:
        for chunk in grouped(_records(file, table), _STORED_AT_ONCE):
            document: list[dict[str, Any]] = [
                {"line_no": line_no, "cells": cells} for line_no, cells in chunk
            ]
            cursor.execute(_STORE, [actor.company_id, received.id, as_document(document)])
            total += len(chunk)
            if total > MAX_FILE_ROWS:
                raise TooLarge(
                    f"The file has more than {MAX_FILE_ROWS:,} rows: ask for shorter periods.", field="file"
                )
        if not total:
            raise InvalidInput("The file has no rows below its headings.", code=NO_ROWS, field="file")
        cursor.execute(_COUNTED, [total, actor.company_id, received.id])
    return total


def grouped(rows: Iterable[_T], size: int) -> Iterator[list[_T]]:
    """The rows in lists of at most so many."""
    iterator = iter(rows)
    while group := list(islice(iterator, size)):
        yield group


@reads
def find_import(*, actor: Actor, import_id: UUID) -> AgencyImport:
    """The import. Raises ImportNotFound (404)."""
    found = (
        AgencyImport.objects.select_related("vendor", "bill")
        .filter(company_id=actor.company_id, id=import_id)
        .first()
    )
    if found is None:
        raise ImportNotFound(f"There is no import {import_id}.")
    return found
