"""Weekly earnings as they come in: each is credited to the driver once; the DTR applies them.

Rule: docs/domain.md#earnings.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Final
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q

from batconnect.core.audit import audit_event
from batconnect.core.database.faults import broken_constraint
from batconnect.core.database.rows import Change
from batconnect.core.database.transactions import joins_transaction, reads
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today, week_start
from batconnect.core.kernel.errors import Conflict, FieldError, InvalidInput, NotFound
from batconnect.core.kernel.ids import uuid7
from batconnect.core.kernel.money import ZERO, format_amount
from batconnect.directory.models import Lease
from ledger import chart
from ledger.models import Entry
from ledger.postings import EARNING, EntryDraft, earnings_credited
from ledger.rules.settlement import last_day
from ledger.services.corrections import reverse_entry
from ledger.services.dates import open_day, require_book_date
from ledger.services.journal import post_entries
from ledger.settlement.errors import (
    EARNINGS_TAKEN,
    FEE_NOT_NEGATIVE,
    NOT_ON_LEASE,
    NOT_SUNDAY,
    REFERENCE_OF_GROSS,
    WEEK_IN_FUTURE,
    WeekClosed,
)
from ledger.settlement.models import LeaseEarning
from ledger.settlement.querysets import Driving, find_driving

MAX_ROWS: Final = 10_000
_SHOWN: Final = 20
_AGAINST: Final[dict[str, str]] = {LeaseEarning.Kind.CARD_FEE.value: chart.CARD_FEES_RECOVERED}
_VOID: Final = "update lease_earnings set status = 'voided' where company_id = %s::uuid and id = %s::uuid"


@dataclass(frozen=True, slots=True)
class EarningRow:
    """One row as received: driver by key, number or license, lease by key or number; `gross` in the base currency.

    Of kind gross it is above zero; an adjustment has either sign, a card fee that the driver bears is below zero, and
    both have a reference that is unique in the company.
    """

    driver: int | str
    lease: int | str
    week: date
    gross: Decimal
    kind: str = LeaseEarning.Kind.GROSS.value
    reference: str = ""


@dataclass(slots=True)
class EarningsReport:
    """The outcome of the rows; `total` is what was credited, adjustments and card fees with their sign."""

    created: list[LeaseEarning] = field(default_factory=list)
    existing: int = 0
    total: Decimal = ZERO


Key = tuple[int, date, int] | str
"""What makes a row unique: lease, week and driver of the gross, the reference of any other."""
Content = tuple[int, date, int, Decimal, str]


@dataclass(frozen=True, slots=True)
class _Checked:
    driver_id: int
    customer_id: UUID
    lease_id: int
    week: date
    gross: Decimal
    kind: str
    reference: str
    position: int

    @property
    def key(self) -> Key:
        return self.reference or (self.lease_id, self.week, self.driver_id)

    @property
    def content(self) -> Content:
        return self.lease_id, self.week, self.driver_id, self.gross, self.kind


@transaction.atomic
def import_earnings(*, actor: Actor, rows: Sequence[EarningRow]) -> EarningsReport:
    """Credit the drivers with what they earned, all rows or none; a row that already exists is left alone.

    Rule: docs/domain.md#earnings.

    Importing only credits, effective on the week's Saturday (today, when that is ahead; the first open day, when it is
    closed). Each row's driver has a day on the lease in its week, primary or additional. Needs
    `ledger.import_earnings`. Raises InvalidInput naming each row's field (`rows.3.week`), NotFound when the only errors
    are drivers or leases that do not exist, Conflict 409 `earnings_taken` for another amount, or for the reference of
    another row.
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
    """The rows with what they name, and everything that is wrong with the others; three statements, nothing written."""
    if not 1 <= len(rows) <= MAX_ROWS:
        raise InvalidInput(f"Send 1 to {MAX_ROWS:,} rows; there are {len(rows):,}.", field="rows")
    known = find_driving(
        actor=actor,
        drivers={row.driver for row in rows},
        leases={row.lease for row in rows},
    )
    current = today(actor.company)
    checked: list[_Checked] = []
    wrong: list[FieldError] = []
    seen: dict[Key, _Checked] = {}
    for position, row in enumerate(rows):
        outcome = _check(row, position, known, current)
        if isinstance(outcome, FieldError):
            wrong.append(outcome)
            continue
        duplicate = seen.setdefault(outcome.key, outcome)
        if duplicate is outcome:
            checked.append(outcome)
        elif duplicate.content != outcome.content:
            same = f"reference {outcome.reference}" if outcome.reference else "driver, lease and week"
            wrong.append(
                FieldError(
                    f"rows.{position}.gross",
                    f"Row {duplicate.position} has {format_amount(duplicate.gross)} for the same {same}.",
                    EARNINGS_TAKEN,
                )
            )
    return checked, wrong


def _check(row: EarningRow, position: int, known: Driving, current: date) -> _Checked | FieldError:
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
    if not known.drove(driver[0], lease_id, first=row.week, last=last_day(row.week)):
        return FieldError(
            f"{where}.driver_id",
            f"{str(row.driver)[:40]} has no day on {row.lease} in the week of {row.week}.",
            NOT_ON_LEASE,
        )
    reference = row.reference.strip()
    if wrong := _wrong_amount(row, reference, where):
        return wrong
    return _Checked(driver[0], driver[1], lease_id, row.week, row.gross, row.kind, reference, position)


def _wrong_amount(row: EarningRow, reference: str, where: str) -> FieldError | None:
    """What is wrong with the row's amount or reference, by its kind."""
    if row.kind == LeaseEarning.Kind.GROSS:
        if reference:
            message = "Gross earnings have no reference; what comes later or is taken back is an adjustment."
            return FieldError(f"{where}.reference", message, REFERENCE_OF_GROSS)
        if row.gross <= 0:
            return FieldError(f"{where}.gross", "Enter an amount above zero.", "not_positive")
    elif not reference:
        what = "A card fee" if row.kind == LeaseEarning.Kind.CARD_FEE else "An adjustment"
        return FieldError(f"{where}.reference", f"{what} needs a reference of its own.", "required")
    elif row.kind == LeaseEarning.Kind.CARD_FEE and row.gross >= 0:
        return FieldError(f"{where}.gross", "A card fee is taken off: enter it below zero.", FEE_NOT_NEGATIVE)
    elif row.gross == 0:
        return FieldError(f"{where}.gross", "Enter an amount other than zero.", "not_positive")
    return None


def _credit(actor: Actor, checked: Sequence[_Checked]) -> EarningsReport:
    """Credit the rows that are not there already."""
    report = EarningsReport()
    # A concurrent import for the same lease waits here, and then sees what exists.
    leases = Lease.objects.filter(company_id=actor.company_id, id__in={row.lease_id for row in checked})
    list(leases.order_by("id").select_for_update(no_key=True).values_list("id"))
    existing = existing_earnings(actor=actor, checked=checked)
    taken = [
        FieldError(f"rows.{row.position}.gross", why_taken(row, existing[row.key]), EARNINGS_TAKEN)
        for row in checked
        if row.key in existing and existing[row.key] != row.content
    ]
    if taken:
        raise Conflict(taken[0].message, code=EARNINGS_TAKEN, errors=taken[:_SHOWN])
    fresh = [row for row in checked if row.key not in existing]
    report.existing = len(checked) - len(fresh)
    drafts = []
    for row in sorted(fresh, key=lambda earning: (earning.content[:3], earning.reference)):
        earning, draft = _earning(actor, row)
        drafts.append(draft)
        report.created.append(earning)
        report.total += row.gross
    if drafts:
        post_earnings(actor=actor, drafts=drafts, earnings=report.created)
    return report


def _earning(actor: Actor, row: _Checked) -> tuple[LeaseEarning, EntryDraft]:
    """The row's earnings, unsaved, and their entry."""
    earning = LeaseEarning(
        id=uuid7(),
        company_id=actor.company_id,
        driver_id=row.driver_id,
        customer_id=row.customer_id,
        lease_id=row.lease_id,
        week=row.week,
        currency=actor.company.base_currency,
        kind=row.kind,
        reference=row.reference,
        gross=row.gross,
        imported_by=actor.name,
    )
    draft = earnings_credited(
        earning_id=earning.id,
        amount=row.gross,
        currency=earning.currency,
        on=open_day(actor=actor, day=min(last_day(row.week), today(actor.company))),
        customer_id=row.customer_id,
        lease_id=row.lease_id,
        against=_AGAINST.get(row.kind, chart.EARNINGS_CLEARING),
    )
    earning.entry_id = draft.id
    return earning, draft


@joins_transaction
def post_earnings(*, actor: Actor, drafts: Sequence[EntryDraft], earnings: Sequence[LeaseEarning]) -> None:
    """Post earnings, checked by the caller.

    Raises Conflict 409 `earnings_taken` when somebody used one of the references at the same moment, for another lease.
    """
    try:
        with transaction.atomic():
            post_entries(actor=actor, drafts=drafts, rows=[earnings])
    except IntegrityError as error:
        if broken_constraint(error) != "lease_earning_reference":
            raise
        raise Conflict("Another import has just used one of the references.", code=EARNINGS_TAKEN) from error


@reads
def existing_earnings(*, actor: Actor, checked: Sequence[_Checked]) -> dict[Key, Content]:
    """What is credited already, by what makes it unique."""
    gross = Q(
        kind=LeaseEarning.Kind.GROSS,
        week__in={row.week for row in checked if not row.reference},
        lease__in={row.lease_id for row in checked if not row.reference},
    )
    named = ~Q(kind=LeaseEarning.Kind.GROSS) & Q(
        reference__in={row.reference for row in checked if row.reference}
    )
    rows = LeaseEarning.objects.filter(
        gross | named, company_id=actor.company_id, status=LeaseEarning.Status.CREDITED
    )
    return {
        (reference or (lease, week, driver)): (lease, week, driver, amount, kind)
        for reference, lease, week, driver, amount, kind in rows.values_list(
            "reference", "lease_id", "week", "driver_id", "gross", "kind"
        )
    }


@reads
def why_taken(row: _Checked, existing: Content) -> str:
    """What exists in the place of the row."""
    if not row.reference:
        return (
            f"{format_amount(existing[3])} already exists for this driver, lease and week, not "
            f"{format_amount(row.gross)}."
        )
    return f"The reference {row.reference} belongs to another row, of {format_amount(existing[3])}."


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
