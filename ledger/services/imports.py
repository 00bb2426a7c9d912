"""Charges and opening balances from a file: each row is checked like an API call.

Rule: docs/domain.md#charges.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from decimal import Decimal
from typing import Any, ClassVar, Final

from batconnect.core.files import cells
from batconnect.core.files.cells import BadCell
from batconnect.core.files.imports import Column, Import, ImportReport, Progress, Row
from batconnect.core.kernel.actors import Actor
from ledger.chart import Category
from ledger.errors import REFERENCE_TAKEN, REFERENCE_VOIDED, UNKNOWN_CATEGORY
from ledger.models import Obligation
from ledger.rules.categories import UnknownCategory, parse_category
from ledger.services.charges import Charge, check_charges
from ledger.services.dates import reported_month_warnings
from ledger.services.moved import moved_on
from ledger.services.obligations import (
    ObligationDraft,
    difference,
    find_obligations,
    planned_row,
    raise_obligations,
)

_CHUNK: Final = 1_000
# What a charge takes of a row; an import that is built on this one has further columns.
_FIELDS: Final = frozenset(each.name for each in fields(Charge))
_Good = tuple[int, ObligationDraft]


def _category(cell: str, actor: Actor) -> Category:
    try:
        return parse_category(cell)
    except UnknownCategory as error:
        raise BadCell(str(error), code=UNKNOWN_CATEGORY) from error


def _amount(cell: str, actor: Actor) -> Decimal:
    try:
        return cells.amount(cell, actor)
    except BadCell as error:
        if cell.startswith(("-", "(", "\N{MINUS SIGN}")):
            raise BadCell(
                "A credit is not a charge: open the obligation that it is for and credit that part of it, or void "
                "it when it should not have been charged at all."
            ) from error
        raise


def _lease(cell: str, actor: Actor) -> int | str:
    """A lease's key, or its number."""
    return cells.cell_key(cell) if cell.isdecimal() else cell.upper()


class ChargeImport(Import):
    """A row is an obligation; rows that already exist are left alone."""

    name = "charges"
    told = "Raise charges and opening balances. Who owes one: driver_id or tlc_license with lease_id, or customer_id."
    permission = "ledger.raise_obligation"
    done, planned = "raised", "to raise"
    columns: ClassVar[Sequence[Column]] = (
        Column("category", _category, required=True, help="EZPass, PVB, …", examples=("EZPASS", "LEASE")),
        Column(
            "reference_id",
            cells.text(60, required=True),
            required=True,
            help="what is unique in its category",
            examples=("EZ-8841", "OLD-1"),
        ),
        Column("amount", _amount, required=True, examples=("26.50", "1,265.00")),
        Column("due_date", cells.day, required=True, examples=("2026-01-15", "2026-01-11")),
        Column("driver_id", cells.key, help="the driver's key"),
        Column("tlc_license", lambda cell, actor: cell, default="", examples=("00504124", "00504124")),
        Column("lease_id", _lease, help="its number or key", examples=("LS-2054", "LS-2054")),
        Column("customer_id", cells.uuid_of("the customer")),
        Column("issue_date", cells.day, help="today if empty", examples=("2026-01-10", "")),
        Column("description", cells.text(200), default="", examples=("", "Old balance")),
        Column(
            "opening", cells.flag, default=False, help="yes for an opening balance", examples=("no", "yes")
        ),
        Column(
            "authority",
            lambda cell, actor: cell.casefold(),
            default="",
            help="of taxes: the code of whom they are held for, other if empty",
        ),
    )

    def check(
        self, *, actor: Actor, rows: Sequence[Row], report: ImportReport, progress: Progress
    ) -> list[_Good]:
        good: list[_Good] = []
        planned: dict[tuple[str, str], Obligation] = {}
        for start in range(0, len(rows), _CHUNK):
            chunk = rows[start : start + _CHUNK]
            good += _not_taken(actor, _checked(actor, chunk, report), planned, report)
            progress(len(chunk))
        days = [draft.issue_date for _, draft in good]
        report.warnings += reported_month_warnings(actor=actor, days=days)
        return good

    def carry_out(self, *, actor: Actor, good: Sequence[Any], report: ImportReport) -> None:
        for start in range(0, len(good), _CHUNK):
            raise_obligations(actor=actor, drafts=[draft for _, draft in good[start : start + _CHUNK]])


CHARGES: Final = ChargeImport()


def _charge(row: Row) -> Charge:
    values = {name: value for name, value in row.values.items() if name in _FIELDS}
    lease = values.pop("lease_id")
    number = lease if isinstance(lease, str) else ""
    return Charge(**values, lease_id=None if number else lease, lease_number=number)


def _checked(actor: Actor, rows: Sequence[Row], report: ImportReport) -> list[_Good]:
    """The rows that the API would accept; what it would refuse goes into the report."""
    good: list[_Good] = []
    checked = check_charges(actor=actor, charges=[_charge(row) for row in rows])
    for row, outcome in zip(rows, checked, strict=True):
        if isinstance(outcome, ObligationDraft):
            good.append((row.line, outcome))
        else:
            for error in outcome:
                report.refuse(row.line, error.field, error.message, code=error.code)
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
    moved = moved_on(actor=actor, existing=existing)
    good: list[_Good] = []
    for line, draft in lines:
        key = (draft.category.value, draft.reference_id)
        drafted = planned_row(actor=actor, draft=draft)
        there = existing.get(key) or planned.get(key)
        if there is None:
            planned[key] = drafted
            report.created += 1
            report.total += draft.amount
        elif (message := difference(drafted, there)) is not None:
            report.refuse(line, "reference_id", message, code=REFERENCE_TAKEN)
            continue
        elif there.id in moved:
            report.existing += 1
            continue
        elif there.status == Obligation.Status.VOIDED:
            message = f"{there} was voided and is not raised again."
            report.refuse(line, "reference_id", message, code=REFERENCE_VOIDED)
            continue
        else:
            report.existing += 1
        good.append((line, draft))
    return good
