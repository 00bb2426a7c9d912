"""Repayment schedules of loans and repairs: pure arithmetic on cents and Sundays (docs/domain.md#schedules).

Amounts are Decimals with two places, rates percents a year, dates the company's calendar dates.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from batconnect.core.kernel.errors import FieldError, InvalidInput
from batconnect.core.kernel.money import LARGEST, ZERO, format_amount, round_half_up
from ledger.repayment.errors import BANDS_WRONG, SCHEDULE_TOO_LONG, START_NOT_SUNDAY, START_TOO_EARLY

SUNDAY: Final = 7
WEEK: Final = timedelta(days=7)
DAYS_A_YEAR: Final = 365
MAX_BANDS: Final = 20


@dataclass(frozen=True, slots=True)
class Band:
    """A line of the matrix: amounts `above < a <= up_to` repay `weekly_principal` a week.

    `up_to` is None for the last band, `weekly_principal` None for "all at once".
    """

    above: Decimal
    up_to: Decimal | None
    weekly_principal: Decimal | None


DEFAULT_BANDS: Final = (
    Band(Decimal("0.00"), Decimal("200.00"), None),
    Band(Decimal("200.00"), Decimal("500.00"), Decimal("100.00")),
    Band(Decimal("500.00"), Decimal("1000.00"), Decimal("200.00")),
    Band(Decimal("1000.00"), Decimal("3000.00"), Decimal("250.00")),
    Band(Decimal("3000.00"), None, Decimal("300.00")),
)
"""The matrix that a new company begins with."""


@dataclass(frozen=True, slots=True)
class PlannedInstallment:
    """One row of a schedule. `prior_balance` is the principal not yet due before it, `balance` after it."""

    number: int
    due_date: date
    principal: Decimal
    interest: Decimal
    prior_balance: Decimal

    @property
    def total_due(self) -> Decimal:
        """Principal and interest."""
        return self.principal + self.interest

    @property
    def balance(self) -> Decimal:
        """The principal left after this row."""
        return self.prior_balance - self.principal


def check_bands(bands: Sequence[Band]) -> None:
    """Raise InvalidInput `bands_wrong` unless the bands cover every amount above zero exactly once."""
    wrong = ""
    if not 1 <= len(bands) <= MAX_BANDS:
        wrong = f"A matrix must have 1 to {MAX_BANDS} bands; this one has {len(bands)}."
    lower: Decimal | None = ZERO
    for place, band in enumerate(bands, start=1):
        if wrong:
            break
        if lower is None or band.above != lower:
            wrong = f"Band {place} begins above {band.above}, but the one before ends at {lower}."
        elif band.up_to is not None and band.up_to <= band.above:
            wrong = f"Band {place} ends at {band.up_to}, which is not above {band.above}."
        elif band.weekly_principal is not None and band.weekly_principal <= 0:
            wrong = f"Band {place} repays {band.weekly_principal} a week; it must be above zero."
        lower = band.up_to
    if not wrong and lower is not None:
        wrong = f"The last band ends at {lower}; it has no upper end."
    if wrong:
        raise InvalidInput(wrong, code=BANDS_WRONG, field="bands")


def weekly_principal(*, amount: Decimal, bands: Sequence[Band]) -> Decimal:
    """What the matrix says is repaid a week of this amount; the whole amount where it says "all at once"."""
    assert amount > 0, "a schedule is made of an amount"
    for band in bands:
        if amount > band.above and (band.up_to is None or amount <= band.up_to):
            return amount if band.weekly_principal is None else band.weekly_principal
    raise AssertionError("the bands cover every amount")


def split_principal(*, amount: Decimal, weekly: Decimal) -> list[Decimal]:
    """Rows of `weekly` and a last one with the rest; they sum to the amount to the cent."""
    assert amount > 0
    assert weekly > 0
    full, rest = divmod(amount, weekly)
    return [weekly] * int(full) + ([rest] if rest else [])


def row_count(*, amount: Decimal, weekly: Decimal) -> int:
    """How many rows `split_principal` would make."""
    full, rest = divmod(amount, weekly)
    return int(full) + (1 if rest else 0)


def largest_amount(*, bands: Sequence[Band], max_rows: int) -> Decimal:
    """The largest amount that the matrix repays in at most so many rows; 0.00 when there is none."""
    best = ZERO
    for band in bands:
        if band.weekly_principal is None:
            reach = band.up_to
        else:
            reach = band.weekly_principal * max_rows
            reach = reach if band.up_to is None else min(reach, band.up_to)
        if reach is not None and reach > band.above:
            best = max(best, reach)
    return best


def simple_interest(*, principal: Decimal, rate: Decimal, days: int) -> Decimal:
    """Simple interest on the principal at `rate` percent a year for so many days, half-up to the cent."""
    assert days >= 0
    return round_half_up(principal * rate * days / (100 * DAYS_A_YEAR))


def start_week_errors(*, start_week: date, document_date: date) -> list[FieldError]:
    """What is wrong with a start week: not a Sunday, or before the document's date."""
    if start_week.isoweekday() != SUNDAY:
        before = start_week - timedelta(days=start_week.isoweekday() % 7)
        message = (
            f"{start_week} is a {start_week:%A}; a start week begins on a Sunday: "
            f"{before} or {before + WEEK}."
        )
        return [FieldError("start_week", message, START_NOT_SUNDAY)]
    if start_week < document_date:
        message = f"The start week {start_week} is before the document's date, {document_date}."
        return [FieldError("start_week", message, START_TOO_EARLY)]
    return []


def length_errors(
    *, amount: Decimal, bands: Sequence[Band], max_rows: int, field: str = "amount"
) -> list[FieldError]:
    """What is wrong with an amount whose schedule has more than `max_rows` rows; names the largest one."""
    weekly = weekly_principal(amount=amount, bands=bands)
    rows = row_count(amount=amount, weekly=weekly)
    if rows <= max_rows:
        return []
    largest = largest_amount(bands=bands, max_rows=max_rows)
    message = (
        f"{format_amount(amount)} at {format_amount(weekly)} a week takes {rows} installments; at most {max_rows} are "
        f"allowed, so the largest amount is {format_amount(largest)}."
    )
    return [FieldError(field, message, SCHEDULE_TOO_LONG)]


def plan_schedule(
    *,
    amount: Decimal,
    bands: Sequence[Band],
    document_date: date,
    start_week: date,
    max_rows: int,
    rate: Decimal = ZERO,
    amount_field: str = "amount",
) -> list[PlannedInstallment]:
    """The whole schedule: rows by the matrix, due on consecutive Sundays, with interest on what is left.

    The first row bears interest from the document's date to its due date, every later one for 7 days.
    Raises InvalidInput: `start_week_not_sunday`, `start_week_too_early`, `schedule_too_long`.
    """
    wrong = start_week_errors(start_week=start_week, document_date=document_date)
    wrong += length_errors(amount=amount, bands=bands, max_rows=max_rows, field=amount_field)
    if wrong:
        raise InvalidInput(" ".join(each.message for each in wrong), code=wrong[0].code, errors=wrong)
    left = amount
    rows: list[PlannedInstallment] = []
    shares = split_principal(amount=amount, weekly=weekly_principal(amount=amount, bands=bands))
    for number, principal in enumerate(shares, start=1):
        due = start_week + WEEK * (number - 1)
        days = (due - document_date).days if number == 1 else WEEK.days
        interest = simple_interest(principal=left, rate=rate, days=days)
        if principal + interest > LARGEST:
            message = f"Installment {number} would be above {format_amount(LARGEST)}, the largest amount."
            raise InvalidInput(message, field=amount_field)
        rows.append(PlannedInstallment(number, due, principal, interest, left))
        left -= principal
    assert left == 0, "the rows sum to the amount"
    return rows


@dataclass(frozen=True, slots=True)
class Prepaid:
    """Principal that fell due on a day of its own."""

    on: date
    amount: Decimal


@dataclass(frozen=True, slots=True)
class TakenOff:
    """What is left of a schedule's principals when an amount is taken off its end: the first `kept` of them, and of
    the next one `rest` (0.00 when it is gone as a whole)."""

    kept: int
    rest: Decimal


def take_off(*, principals: Sequence[Decimal], amount: Decimal) -> TakenOff:
    """Take the amount off the last rows, the last one first; it is less than all of them, or equal."""
    assert 0 < amount <= sum(principals, ZERO)
    kept, left = len(principals), amount
    while left > 0:
        kept -= 1
        left -= principals[kept]
    return TakenOff(kept, -left)


def interest_anew(
    *,
    rows: Sequence[tuple[date, Decimal]],
    rate: Decimal,
    since: date,
    prepaid: Sequence[Prepaid] = (),
) -> list[Decimal]:
    """The interest of rows (due date, principal) in their order, none of which is posted.

    Rule: docs/domain.md#prepayment.

    The first bears interest from `since`, the due date before it, on all principal that was outstanding: what was
    prepaid since then up to its own day. Each later one counts from the one before it.
    """
    left = sum((principal for _, principal in rows), ZERO)
    counted, interests = since, []
    steps = sorted((each for each in prepaid if each.on > since), key=lambda each: each.on)
    for due, principal in rows:
        product = ZERO
        for place, step in enumerate(steps):
            held = left + sum((each.amount for each in steps[place:]), ZERO)
            product += held * max((step.on - counted).days, 0)
            counted = max(counted, step.on)
        steps = []
        product += left * max((due - counted).days, 0)
        interests.append(simple_interest(principal=product, rate=rate, days=1))
        counted, left = due, left - principal
    return interests
