"""Charges and opening balances from a CSV file: each row is checked like an API call.

Rule: docs/domain.md#charges.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from typing import Any, Final
from uuid import UUID

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import FieldError
from batconnect.core.kernel.money import ZERO
from ledger.chart import Category
from ledger.errors import REFERENCE_TAKEN, REFERENCE_VOIDED, UNKNOWN_CATEGORY
from ledger.models import Obligation
from ledger.rules.categories import UnknownCategory, parse_category
from ledger.rules.tables import (
    BadCell,
    cell_amount,
    cell_date,
    cell_flag,
    cell_key,
    cell_text,
)
from ledger.services.charges import Charge, check_charges
from ledger.services.obligations import (
    ObligationDraft,
    difference,
    find_obligations,
    planned_row,
    raise_obligations,
)
from ledger.services.tables import read_rows

REQUIRED: Final = ("category", "reference_id", "amount", "due_date")
COLUMNS: Final = (
    *REQUIRED,
    "driver_id",
    "tlc_license",
    "lease_id",
    "customer_id",
    "issue_date",
    "description",
    "opening",
)
_CHUNK: Final = 1_000


@dataclass(frozen=True, slots=True)
class RowError:
    """What is wrong with a line of the file."""

    row: int
    field: str
    code: str
    message: str


@dataclass(slots=True)
class ImportReport:
    """The outcome of a file: `created` and `existing` count rows, `total` is the amount raised.

    On a dry run, and when bad rows kept the good ones out, `written` is False and the figures say what would be.
    """

    rows: int = 0
    created: int = 0
    existing: int = 0
    total: Decimal = ZERO
    written: bool = False
    errors: list[RowError] = field(default_factory=list)


def import_charges(
    *,
    actor: Actor,
    content: bytes,
    dry_run: bool = False,
    keep_good: bool = False,
    progress: Callable[[int], Any] = lambda rows: None,
) -> ImportReport:
    """Raise what the CSV file lists, in the caller's transaction; rows that already exist are left alone.

    With any bad row nothing is written, unless `keep_good`; a dry run writes nothing in any case. `progress` is told
    how many rows have been checked or raised. Needs `ledger.raise_obligation`. Raises InvalidInput
    `unreadable_file`, TooLarge above 10,000 rows or 10,485,760 bytes.
    """
    actor.require("ledger.raise_obligation")
    report = ImportReport()
    good: list[_Good] = []
    planned: dict[tuple[str, str], Obligation] = {}
    for chunk in _chunks(_parse(content, report, actor.company.base_currency)):
        good += _not_taken(actor, _checked(actor, chunk, report), planned, report)
        progress(len(chunk))
    report.errors.sort(key=lambda error: error.row)
    report.written = not dry_run and (keep_good or not report.errors)
    if report.written:
        for start in range(0, len(good), _CHUNK):
            raise_obligations(actor=actor, drafts=[draft for _, draft in good[start : start + _CHUNK]])
    return report


_Good = tuple[int, ObligationDraft]


@dataclass(frozen=True, slots=True)
class _Line:
    row: int
    charge: Charge


def _parse(content: bytes, report: ImportReport, currency: str) -> Iterator[_Line]:
    """The charges of the file's well-formed rows; the errors of the others go into the report."""
    for row, cells in read_rows(content=content, required=REQUIRED, known=COLUMNS):
        report.rows += 1
        errors: list[RowError] = []
        charge = _charge(row, cells, errors, currency)
        report.errors += errors
        if charge is not None:
            yield _Line(row, charge)


def _charge(row: int, cells: dict[str, str], errors: list[RowError], currency: str) -> Charge | None:
    def read(name: str, parse: Callable[[str], Any], *, default: Any = None) -> Any:
        text = cells.get(name, "")
        if not text and name not in REQUIRED:
            return default
        try:
            return parse(text)
        except UnknownCategory as error:
            errors.append(RowError(row, name, UNKNOWN_CATEGORY, str(error)))
        except BadCell as error:
            errors.append(RowError(row, name, "invalid", str(error)))
        return default

    lease = cells.get("lease_id", "")
    values: dict[str, Any] = {
        "category": read("category", parse_category, default=Category.MISC),
        "reference_id": read(
            "reference_id", lambda text: cell_text(text, limit=60, required=True), default=""
        ),
        "amount": read("amount", partial(cell_amount, currency=currency), default=ZERO),
        "due_date": read("due_date", cell_date),
        "issue_date": read("issue_date", cell_date),
        "description": read("description", lambda text: cell_text(text, limit=200), default=""),
        "opening": read("opening", cell_flag, default=False),
        "driver_id": read("driver_id", cell_key),
        "tlc_license": cells.get("tlc_license", ""),
        "lease_id": read("lease_id", cell_key) if lease.isdigit() else None,
        "lease_number": "" if lease.isdigit() else lease.upper(),
        "customer_id": read("customer_id", _uuid),
    }
    return None if errors else Charge(**values)


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise BadCell("Write the customer's UUID.") from error


def _chunks(lines: Iterator[_Line]) -> Iterator[list[_Line]]:
    chunk: list[_Line] = []
    for line in lines:
        chunk.append(line)
        if len(chunk) == _CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _checked(actor: Actor, lines: list[_Line], report: ImportReport) -> list[_Good]:
    """The lines that the API would accept; what it would refuse goes into the report."""
    good: list[_Good] = []
    checked = check_charges(actor=actor, charges=[line.charge for line in lines])
    for line, outcome in zip(lines, checked, strict=True):
        if isinstance(outcome, ObligationDraft):
            good.append((line.row, outcome))
        else:
            report.errors += [_row_error(line.row, error) for error in outcome]
    return good


def _not_taken(
    actor: Actor,
    lines: list[_Good],
    planned: dict[tuple[str, str], Obligation],
    report: ImportReport,
) -> list[_Good]:
    """The lines whose reference is free or already means the same; counts them and adds them to `planned`.

    Others go into the report.
    """
    keys = {(draft.category.value, draft.reference_id) for _, draft in lines}
    existing = find_obligations(actor=actor, keys=keys)
    good: list[_Good] = []
    for row, draft in lines:
        key = (draft.category.value, draft.reference_id)
        drafted = planned_row(actor=actor, draft=draft)
        there = existing.get(key) or planned.get(key)
        if there is None:
            planned[key] = drafted
            report.created += 1
            report.total += draft.amount
        elif (message := difference(drafted, there)) is not None:
            report.errors.append(RowError(row, "reference_id", REFERENCE_TAKEN, message))
            continue
        elif there.status == Obligation.Status.VOIDED:
            report.errors.append(
                RowError(
                    row, "reference_id", REFERENCE_VOIDED, f"{there} was voided and is not raised again."
                )
            )
            continue
        else:
            report.existing += 1
        good.append((row, draft))
    return good


def _row_error(row: int, error: FieldError) -> RowError:
    return RowError(row, error.field, error.code, error.message)
