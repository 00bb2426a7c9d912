"""What the pages of files of agencies, their rows and changes, remembered tags and layouts show first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from agencies.models import (
    AgencyChange,
    AgencyImport,
    AgencyImportLine,
    AgencyLayout,
    AgencyRow,
    KnownVehicle,
)
from agencies.services.following import count_rows
from batconnect.core.console.faces import (
    MAX_ROWS,
    Card,
    Face,
    Kept,
    Money,
    Named,
    Section,
    Stamp,
    Table,
    stamped,
)
from batconnect.core.console.once import once
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.words import describe_code, format_count, format_day

_IMPORT_TONES: Final[dict[str, Any]] = {"completed": "good", "completed_with_errors": "bad"}
_ROW_TONES: Final[dict[str, Any]] = {"waiting": "warn", "done": "good", "set_aside": "bad"}
_CHANGE_TONES: Final[dict[str, Any]] = {"open": "warn", "done": "good", "dismissed": "bad"}


def _counts(row: AgencyImport) -> dict[str, int]:
    return once(row, "counts", lambda: count_rows(row))


def describe_progress(row: AgencyImport) -> str:
    """In a sentence: what is done, what waits for a person, what is still to do."""
    counts = _counts(row)
    if not row.is_finished:
        return (
            f"Read: {row.read_lines:,} of {format_count(row.total_lines, 'line')}; done: "
            f"{format_count(counts['done_rows'], 'row')}."
        )
    waiting, changed = counts["waiting_rows"], counts["open_changes"]
    if not waiting and not changed and not row.failed_lines:
        return f"\N{WHITE SMILING FACE} {format_count(row.total_lines, 'line')}: nothing is left to do."
    left = [
        f"at the desk: {waiting:,}" if waiting else "",
        f"changed amounts: {changed:,}" if changed else "",
        f"lines that cannot be read: {row.failed_lines:,}" if row.failed_lines else "",
    ]
    return f"Rows done: {counts['done_rows']:,}; {', '.join(each for each in left if each)}."


def _import_card(actor: Actor, row: AgencyImport) -> Card:
    waiting = _counts(row)["waiting_rows"]
    next_step, next_action = "", ""
    if waiting:
        next_step, next_action = f"At the desk: {format_count(waiting, 'row')}.", "desk"
    elif row.failed_lines:
        next_step, next_action = "Take the lines that failed as a file, and ask the agency.", "errors"
    return Card(
        kind=f"File of an agency, {row.get_kind_display().lower()}",
        number=str(row),
        person=row.agency,
        person_is="Agency",
        amount=Money(row.amount, actor.company.base_currency),
        amount_is=f"Of {row.total_lines:,} lines",
        status=str(row.get_status_display()),
        tone=_IMPORT_TONES.get(row.status, "warn"),
        since=row.finished_at or row.created_at,
        sentence=describe_progress(row),
        facts=(
            ("New", row.new_lines),
            ("Known already", row.repeated_lines),
            ("Changed", row.changed_lines),
            ("Left out", row.skipped_lines),
            ("Failed", row.failed_lines),
            ("Read by the layout", row.layout_name),
            ("Bill", row.bill),
            ("Why no bill", row.bill_message),
            ("Received from", Kept(row.created_by_name, row.created_by_id)),
        ),
        next_step=next_step,
        next_action=next_action,
    )


def _import_sections(actor: Actor, row: AgencyImport) -> Iterator[Section]:
    wanted: Any = ["failed", "skipped", "changed"]
    lines = AgencyImportLine.objects.filter(company_id=row.company_id, import_file=row, status__in=wanted)
    rows = list(lines.order_by("line_no")[: MAX_ROWS + 1])
    if rows:
        yield Table(
            title="Lines to look at",
            columns=("Line", "What became of it", "Why"),
            rows=[(str(each.line_no), str(each.get_status_display()), each.error_message) for each in rows],
            rest="The file of errors has all that failed.",
        )


def _row_card(actor: Actor, row: AgencyRow) -> Card:
    is_waiting = row.state == AgencyRow.State.WAITING
    currency = actor.company.base_currency
    marks = (row.plate and f"{row.plate} {row.plate_state}".strip(), row.tag, row.medallion, row.license)
    return Card(
        kind=str(row.get_kind_display()),
        number=row.reference,
        person=row.driver,
        person_is="Driver",
        amount=Money(row.amount, currency),
        status=str(row.get_state_display()),
        tone=_ROW_TONES.get(row.state, ""),
        since=row.happened_at,
        since_is="of",
        sentence=row.description,
        facts=(
            ("Why it waits", str(row.get_why_display()) if is_waiting else ""),
            ("Agency", row.agency),
            ("Named in it", ", ".join(each for each in marks if each)),
            ("Lease", row.lease),
            ("Charged", Money(row.charged, currency) if row.charged is not None else None),
            ("Obligation", row.obligation),
            ("File", row.import_file),
            ("Decided by", Kept(row.decided_by)),
            ("Because", row.reason),
        ),
        next_step="Assign it to who drove, or set it aside." if is_waiting else "",
        next_action="assign" if is_waiting else "",
    )


def _row_sections(actor: Actor, row: AgencyRow) -> Iterator[Section]:
    changes = list(row.changes.filter(company_id=row.company_id).order_by("id")[: MAX_ROWS + 1])
    if changes:
        yield Table(
            title="What the agency said later",
            columns=("What", "Before", "After", "What became of it"),
            rows=[
                (
                    Named(each, each.message),
                    each.before,
                    each.after,
                    f"{each.get_status_display()}{f': {each.reason}' if each.reason else ''}",
                )
                for each in changes
            ],
            rest="The list of changed amounts has all of them.",
        )


def _change_card(actor: Actor, row: AgencyChange) -> Card:
    is_open = row.status == AgencyChange.Status.OPEN
    currency = actor.company.base_currency
    return Card(
        kind="Changed amount, in conflict" if row.is_conflict else "Changed amount",
        number=f"of {row.row}",
        person=row.row.driver,
        person_is="Driver",
        amount=Money(row.after, currency),
        amount_is="By the agency now",
        status=str(row.get_status_display()),
        tone=_CHANGE_TONES.get(row.status, ""),
        since=row.decided_at or row.created_at,
        sentence=row.message,
        facts=(
            ("Row", row.row),
            ("Before", Money(row.before, currency)),
            ("Raised by", Money(row.raised, currency) if row.raised else None),
            ("Lowered by", Money(row.lowered, currency) if row.lowered else None),
            ("File", row.import_file),
            ("Obligation", row.obligation),
            ("Credit memo", row.credit_memo),
            ("Decided by", Kept(row.decided_by)),
            ("Because", row.reason),
        ),
        next_step="Take it, or dismiss it." if is_open else "",
        next_action="take" if is_open else "",
    )


def _known_card(actor: Actor, row: KnownVehicle) -> Card:
    is_over = row.until_on is not None
    return Card(
        kind=f"Remembered {row.get_mark_display().lower()}",
        number=row.text,
        person=row.vehicle,
        person_is="In the vehicle",
        status="Ended" if is_over else "Lasts",
        tone="" if is_over else "good",
        since=row.from_on,
        since_is="from",
        facts=(
            ("Last day", row.until_on),
            ("Learned from", row.learned_from),
            ("Entered by", Kept(row.created_by)),
        ),
    )


def _layout_card(actor: Actor, row: AgencyLayout) -> Card:
    return Card(
        kind=f"Layout of files, {row.get_kind_display().lower()}",
        number=row.name,
        person=row.agency,
        person_is="Agency",
        status="In use" if row.is_active else "Off the list",
        tone="good" if row.is_active else "",
        since=row.created_at,
        facts=(
            ("Days are written", str(row.get_date_form_display())),
            ("Amounts are written", str(row.get_decimal_sign_display())),
            ("Charges stand below zero", row.is_negative),
            ("Times are those of", row.zone),
            ("Made by", Kept(row.created_by)),
        ),
    )


def _layout_sections(actor: Actor, row: AgencyLayout) -> Iterator[Section]:
    yield Table(
        title="Which heading holds what",
        columns=("What", "Heading"),
        rows=[(describe_code(name), str(heading)) for name, heading in row.columns.items()][: MAX_ROWS + 1],
        empty="It names no heading.",
    )


IMPORT_FACE: Final = Face(card=_import_card, sections=_import_sections)
ROW_FACE: Final = Face(card=_row_card, sections=_row_sections)
CHANGE_FACE: Final = Face(card=_change_card)
KNOWN_FACE: Final = Face(card=_known_card)
LAYOUT_FACE: Final = Face(card=_layout_card, sections=_layout_sections)


def _decided(row: AgencyRow | AgencyChange) -> str:
    """What somebody decided: what it is since."""
    status = row.get_state_display() if isinstance(row, AgencyRow) else row.get_status_display()
    return str(status)


stamped(
    AgencyImport,
    Stamp("created_at", "Received", who="created_by_name", person="created_by"),
    Stamp("finished_at", lambda row: str(row.get_status_display())),
)
stamped(
    AgencyRow,
    Stamp("created_at", lambda row: f"Read from {row.import_file}, line {row.line_no}"),
    Stamp("decided_at", _decided, who="decided_by", reason="reason"),
)
stamped(
    AgencyChange,
    Stamp("created_at", lambda row: f"Read from {row.import_file}, line {row.line_no}"),
    Stamp("decided_at", _decided, who="decided_by", reason="reason"),
)
stamped(
    KnownVehicle, Stamp("created_at", lambda row: f"Entered from {format_day(row.from_on)}", who="created_by")
)
stamped(AgencyLayout, Stamp("created_at", "Made", who="created_by"))
