"""Weekly earnings as they come in: each is credited to the driver once; the DTR applies them.

Rule: docs/domain.md#settlement.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Final
from uuid import UUID

from django.db import transaction

from batconnect.core.audit import audit_event
from batconnect.core.database.rows import Change
from batconnect.core.database.transactions import reads
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today, week_start
from batconnect.core.kernel.errors import Conflict, FieldError, InvalidInput, NotFound
from batconnect.core.kernel.ids import uuid7
from batconnect.core.kernel.money import ZERO, format_amount
from batconnect.directory.models import Lease
from ledger.models import Entry
from ledger.postings import EARNING, earnings_credited
from ledger.rules.settlement import last_day
from ledger.services.corrections import reverse_entry
from ledger.services.dates import require_book_date
from ledger.services.journal import post_entries
from ledger.settlement.errors import EARNINGS_TAKEN, NOT_PRIMARY, NOT_SUNDAY, WEEK_IN_FUTURE, WeekClosed
from ledger.settlement.models import LeaseEarning
from ledger.settlement.querysets import Primaries, find_primaries

MAX_ROWS: Final = 10_000
_SHOWN: Final = 20
_VOID: Final = "update lease_earnings set status = 'voided' where company_id = %s::uuid and id = %s::uuid"


@dataclass(frozen=True, slots=True)
class EarningRow:
    """One row as received: driver by key, number or license, lease by key or number; gross in the base currency."""

    driver: int | str
    lease: int | str
    week: date
    gross: Decimal


@dataclass(slots=True)
class EarningsReport:
    """The outcome of the rows; `total` is what was credited."""

    created: list[LeaseEarning] = field(default_factory=list)
    existing: int = 0
    total: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class _Checked:
    driver_id: int
    customer_id: UUID
    lease_id: int
    week: date
    gross: Decimal
    position: int

    @property
    def key(self) -> tuple[int, date, int]:
        return self.lease_id, self.week, self.driver_id


@transaction.atomic
def import_earnings(*, actor: Actor, rows: Sequence[EarningRow]) -> EarningsReport:
    """Credit the drivers with what they earned, all rows or none; a row that already exists is left alone.

    Importing only credits. Each row's driver is the lease's primary driver on the last day of its week. Needs
    `ledger.import_earnings`. Raises InvalidInput naming each row's field (`rows.3.week`), NotFound when the only
    errors are drivers or leases that do not exist, Conflict 409 `earnings_taken` for another amount.
    """
    actor.require("ledger.import_earnings")
    require_book_date(actor=actor, day=today(actor.company), field="rows")
    checked, wrong = check_earnings(actor=actor, rows=rows)
    if wrong:
        if all(each.code == "not_found" for each in wrong):
            raise NotFound(wrong[0].message, errors=wrong[:_SHOWN])
        raise InvalidInput(wrong[0].message, code=wrong[0].code, errors=wrong[:_SHOWN])
    return _credit(actor, checked)


@reads
def check_earnings(*, actor: Actor, rows: Sequence[EarningRow]) -> tuple[list[_Checked], list[FieldError]]:
    """The rows with what they name, and everything that is wrong with the others; two statements, nothing written."""
    if not 1 <= len(rows) <= MAX_ROWS:
        raise InvalidInput(f"Send 1 to {MAX_ROWS:,} rows; there are {len(rows):,}.", field="rows")
    known = find_primaries(
        actor=actor,
        drivers={row.driver for row in rows},
        leases={row.lease for row in rows},
    )
    current = today(actor.company)
    checked: list[_Checked] = []
    wrong: list[FieldError] = []
    seen: dict[tuple[int, date, int], _Checked] = {}
    for position, row in enumerate(rows):
        outcome = _check(row, position, known, current)
        if isinstance(outcome, FieldError):
            wrong.append(outcome)
            continue
        duplicate = seen.setdefault(outcome.key, outcome)
        if duplicate is outcome:
            checked.append(outcome)
        elif duplicate.gross != outcome.gross:
            wrong.append(
                FieldError(
                    f"rows.{position}.gross",
                    f"Row {duplicate.position} has {format_amount(duplicate.gross)} for the same driver, lease and "
                    f"week.",
                    EARNINGS_TAKEN,
                )
            )
    return checked, wrong


def _check(row: EarningRow, position: int, known: Primaries, current: date) -> _Checked | FieldError:
    where = f"rows.{position}"
    driver = known.drivers.get(row.driver)
    if driver is None:
        return FieldError(f"{where}.driver_id", f"There is no driver {str(row.driver)[:40]}.", "not_found")
    lease_id = known.leases.get(row.lease)
    if lease_id is None:
        return FieldError(f"{where}.lease_id", f"There is no lease {str(row.lease)[:40]}.", "not_found")
    sunday = week_start(row.week)
    if row.week != sunday:
        return FieldError(
            f"{where}.week", f"{row.week} is not a Sunday; its week begins on {sunday}.", NOT_SUNDAY
        )
    if row.week > current:
        return FieldError(f"{where}.week", f"The week of {row.week} has not begun.", WEEK_IN_FUTURE)
    primary = known.primary_on(lease_id, last_day(row.week))
    if primary is None or primary.driver_id != driver[0]:
        who = "nobody" if primary is None else primary.name
        return FieldError(
            f"{where}.driver_id",
            f"The primary driver of {row.lease} in the week of {row.week} is {who}.",
            NOT_PRIMARY,
        )
    if row.gross <= 0:
        return FieldError(f"{where}.gross", "Enter an amount above zero.", "not_positive")
    return _Checked(driver[0], driver[1], lease_id, row.week, row.gross, position)


def _credit(actor: Actor, checked: Sequence[_Checked]) -> EarningsReport:
    """Credit the rows that are not there already."""
    report = EarningsReport()
    # A concurrent import for the same lease waits here, and then sees what exists.
    leases = Lease.objects.filter(company_id=actor.company_id, id__in={row.lease_id for row in checked})
    list(leases.order_by("id").select_for_update(no_key=True).values_list("id"))
    existing = existing_amounts(actor=actor, checked=checked)
    taken = [
        FieldError(
            f"rows.{row.position}.gross",
            f"{format_amount(existing[row.key])} already exists for this driver, lease and week, not "
            f"{format_amount(row.gross)}.",
            EARNINGS_TAKEN,
        )
        for row in checked
        if row.key in existing and existing[row.key] != row.gross
    ]
    if taken:
        raise Conflict(taken[0].message, code=EARNINGS_TAKEN, errors=taken[:_SHOWN])
    fresh = [row for row in checked if row.key not in existing]
    report.existing = len(checked) - len(fresh)
    day, currency = today(actor.company), actor.company.base_currency
    drafts = []
    for row in sorted(fresh, key=lambda earning: earning.key):
        earning = LeaseEarning(
            id=uuid7(),
            company_id=actor.company_id,
            driver_id=row.driver_id,
            customer_id=row.customer_id,
            lease_id=row.lease_id,
            week=row.week,
            currency=currency,
            gross=row.gross,
            imported_by=actor.name,
        )
        draft = earnings_credited(
            earning_id=earning.id,
            amount=row.gross,
            currency=currency,
            on=day,
            customer_id=row.customer_id,
            lease_id=row.lease_id,
        )
        earning.entry_id = draft.id
        drafts.append(draft)
        report.created.append(earning)
        report.total += row.gross
    if drafts:
        post_entries(actor=actor, drafts=drafts, rows=[report.created])
    return report


@reads
def existing_amounts(*, actor: Actor, checked: Sequence[_Checked]) -> dict[tuple[int, date, int], Decimal]:
    """What is credited already, by lease, week and driver."""
    rows = LeaseEarning.objects.filter(
        company_id=actor.company_id,
        status=LeaseEarning.Status.CREDITED,
        week__in={row.week for row in checked},
        lease__in={row.lease_id for row in checked},
    )
    return {
        (lease, week, driver): gross
        for lease, week, driver, gross in rows.values_list("lease_id", "week", "driver_id", "gross")
    }


@transaction.atomic
def void_earning(*, actor: Actor, source_id: str, event: str, reason: str) -> None:
    """Undo earnings that no DTR has covered by reversing their entry; they can be imported again.

    The caller has checked permission and reason. Raises Conflict 409 `week_closed`, `already_voided`.
    """
    earning = LeaseEarning.objects.select_for_update(no_key=True).get(
        company_id=actor.company_id, id=UUID(source_id)
    )
    if earning.dtr_id is not None:
        raise WeekClosed("These earnings are in a DTR: the week is closed.")
    reverse_entry(
        actor=actor,
        entry=Entry.objects.get(company_id=actor.company_id, id=earning.entry_id),
        event="earnings_voided",
        reason=reason,
        rows=[
            [
                audit_event(
                    actor=actor,
                    action="ledger.void",
                    subject_type=EARNING,
                    subject_id=earning.id,
                    reason=reason,
                    details={"week": str(earning.week), "gross": str(earning.gross)},
                )
            ]
        ],
        changes=[Change(_VOID, [actor.company_id, earning.id])],
    )
