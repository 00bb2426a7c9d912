"""The panels below the tiles: outstanding by age, cash received, unallocated cash, the week's DTRs, the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Final
from zoneinfo import ZoneInfo

from django.utils.dateformat import format as format_date

from batconnect.core.kernel import clock
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import week_start
from batconnect.core.kernel.money import ZERO, format_amount
from batconnect.core.kernel.words import format_count, format_day
from console.addresses import list_of, page_of
from console.dashboard import charts
from console.dashboard.figures import (
    Received,
    RunOfWeek,
    WeekTotals,
    cash_received,
    runs_of_week,
    unallocated_cash,
    week_totals,
)
from console.dashboard.tiles import Figure
from ledger import weekly
from ledger.aging import AgeTotal, outstanding_by_age
from ledger.models import Dtr, LedgerVerification, Obligation, WeeklyRun
from ledger.rules.aging import BUCKETS, OVERDUE
from ledger.rules.settlement import DAYS
from ledger.services.verifications import last_verification
from ledger.settlement.services.runs import latest_week
from payments.models import Payment
from payments.rules.methods import method_label

CASH_DAYS: Final = 7
VERIFIED_FOR: Final = timedelta(hours=36)
"""A nightly verification that is older than this has been missed."""
_LOOKS: Final = {
    WeeklyRun.Status.COMPLETED.value: ("check_circle", "good"),
    WeeklyRun.Status.RUNNING.value: ("sync", "busy"),
    WeeklyRun.Status.FAILED.value: ("error", "bad"),
    WeeklyRun.Status.PENDING.value: ("schedule", "quiet"),
}


@dataclass(frozen=True, slots=True)
class AgeRow:
    """A bucket: how many items, what is outstanding on them, and its share of the whole in percent."""

    label: str
    color: str
    items: Figure
    amount: Figure
    share: int


@dataclass(frozen=True, slots=True)
class AgePanel:
    """What is outstanding in one currency, by age: the table, its total, and the chart of the same."""

    currency: str
    rows: tuple[AgeRow, ...]
    items: Figure
    total: Figure
    overdue: Figure
    chart: str


@dataclass(frozen=True, slots=True)
class CashRow:
    """A day: the cash of each method, and all of it."""

    day: str
    cells: tuple[Figure, ...]
    total: Figure


@dataclass(frozen=True, slots=True)
class CashPanel:
    """The cash received in one currency, by day and method, with the chart of the same."""

    currency: str
    methods: tuple[str, ...]
    rows: tuple[CashRow, ...]
    totals: tuple[Figure, ...]
    total: Figure
    chart: str


@dataclass(frozen=True, slots=True)
class Job:
    """A job of the weekly run, with its state."""

    title: str
    status: str
    icon: str
    look: str
    error: str


@dataclass(frozen=True, slots=True)
class WeekFigures:
    """The DTRs of the week in one currency."""

    currency: str
    dtrs: Figure
    rows: tuple[tuple[str, Figure], ...]
    waiting: Figure
    waiting_amount: Figure


@dataclass(frozen=True, slots=True)
class WeekPanel:
    """The week whose turn was last: its run and its DTRs. `begins` is when settlement begins, "" when it has."""

    title: str
    url: str
    jobs: tuple[Job, ...]
    totals: tuple[WeekFigures, ...]
    begins: str


@dataclass(frozen=True, slots=True)
class LedgerPanel:
    """What the last verification said: "balanced" or how much differs, and when that was."""

    state: str
    look: str
    icon: str
    explained: str
    when: str
    url: str


def age_panels(*, actor: Actor, day: date) -> list[AgePanel]:
    """One panel a currency, the company's own first; one for it even when nothing is owed."""
    totals = outstanding_by_age(actor=actor, day=day)
    return [
        _age_panel(currency, [each for each in totals if each.currency == currency])
        for currency in _in_order(actor, [each.currency for each in totals])
    ]


def _age_panel(currency: str, totals: list[AgeTotal]) -> AgePanel:
    by_key = {each.bucket.key: each for each in totals}
    amounts = [by_key[each.key].amount if each.key in by_key else ZERO for each in BUCKETS]
    items = [by_key[each.key].items if each.key in by_key else 0 for each in BUCKETS]
    whole = sum(amounts, ZERO)
    rows = []
    for place, bucket in enumerate(BUCKETS):
        url = list_of(Obligation, age=bucket.key, currency=currency) if items[place] else ""
        rows.append(
            AgeRow(
                bucket.label,
                charts.AGE_COLORS[place],
                Figure(f"{items[place]:,}", url),
                Figure(format_amount(amounts[place]), url),
                _percent(amounts[place], whole),
            )
        )
    every = list_of(Obligation, status__exact=Obligation.Status.OPEN.value, currency=currency)
    return AgePanel(
        currency=currency,
        rows=tuple(rows),
        items=Figure(f"{sum(items):,}", every),
        total=Figure(format_amount(whole), every),
        overdue=Figure(
            format_amount(whole - amounts[0]), list_of(Obligation, age=OVERDUE.key, currency=currency)
        ),
        chart=charts.bar_chart([bucket.label for bucket in BUCKETS], amounts),
    )


def cash_panels(*, actor: Actor, day: date) -> list[CashPanel]:
    """The last seven days up to the day, one panel a currency."""
    first = day - timedelta(days=CASH_DAYS - 1)
    received = cash_received(actor=actor, first=first, last=day)
    days = [first + timedelta(days=place) for place in range(CASH_DAYS)]
    return [
        _cash_panel(currency, days, [each for each in received if each.currency == currency])
        for currency in _in_order(actor, [each.currency for each in received])
    ]


def _cash_panel(currency: str, days: Sequence[date], received: list[Received]) -> CashPanel:
    methods = sorted({each.method for each in received}, key=method_label)
    by_cell = {(each.day, each.method): each.amount for each in received}

    def figure(amount: Decimal, **narrowed: object) -> Figure:
        if not amount:
            return Figure("–")
        posted = Payment.Status.POSTED.value
        return Figure(
            format_amount(amount), list_of(Payment, status__exact=posted, currency=currency, **narrowed)
        )

    def of(on: Sequence[date], by: Sequence[str]) -> Decimal:
        return sum((by_cell.get((day, method), ZERO) for day in on for method in by), ZERO)

    span = {"payment_date_from": days[0], "payment_date_to": days[-1]}
    rows = [
        CashRow(
            f"{day:%a} {format_date(day, 'N j')}",
            tuple(
                figure(of([day], [each]), payment_date_from=day, payment_date_to=day, method=each)
                for each in methods
            ),
            figure(of([day], methods), payment_date_from=day, payment_date_to=day),
        )
        for day in days
    ]
    parts = {method_label(each): [of([day], [each]) for day in days] for each in methods}
    return CashPanel(
        currency=currency,
        methods=tuple(method_label(each) for each in methods),
        rows=tuple(rows),
        totals=tuple(figure(of(days, [each]), **span, method=each) for each in methods),
        total=figure(of(days, methods), **span),
        chart=charts.stacked_chart([row.day for row in rows], parts),
    )


def unallocated_figures(*, actor: Actor) -> list[tuple[Figure, Figure]]:
    """Per currency the cash that is not applied, and how many payments hold it."""
    figures = []
    for each in unallocated_cash(actor=actor):
        url = list_of(Payment, cash="left", currency=each.currency)
        noun = "payment" if each.payments == 1 else "payments"
        figures.append(
            (
                Figure(f"{format_amount(each.amount)} {each.currency}", url),
                Figure(f"{each.payments:,} {noun}", url),
            )
        )
    return figures


def week_panel(*, actor: Actor) -> WeekPanel | None:
    """The run and the DTRs of the last week that is due in the company's time zone; None for a company that
    settles no weeks."""
    week = latest_week(actor=actor)
    begins = actor.company.settles_from
    if begins is None:
        return None
    last = week + timedelta(days=DAYS - 1)
    title = f"{format_date(week, 'N j')} – {format_day(last)}"
    if week < week_start(begins) - timedelta(days=DAYS):
        return WeekPanel(title, "", (), (), f"on {format_day(begins)}")
    runs = {each.job: each for each in runs_of_week(actor=actor, week=week)}
    return WeekPanel(
        title=title,
        url=list_of(WeeklyRun, week_from=week, week_to=week),
        jobs=tuple(_job(name, runs.get(name)) for name in weekly.labels()),
        totals=tuple(_week_figures(week, each) for each in week_totals(actor=actor, week=week)),
        begins="",
    )


def _job(name: str, run: RunOfWeek | None) -> Job:
    status = run.status if run else WeeklyRun.Status.PENDING.value
    icon, look = _LOOKS[status]
    return Job(weekly.labels()[name], WeeklyRun.Status(status).label, icon, look, run.error if run else "")


def _week_figures(week: date, totals: WeekTotals) -> WeekFigures:
    every = list_of(Dtr, week_from=week, week_to=week, currency=totals.currency)
    waiting = list_of(Dtr, week_from=week, week_to=week, currency=totals.currency, payout="waiting")
    return WeekFigures(
        currency=totals.currency,
        dtrs=Figure(f"{totals.dtrs:,}", every),
        rows=(
            ("Gross earnings", Figure(format_amount(totals.gross), every)),
            ("Recovered from earnings", Figure(format_amount(totals.recovered), every)),
            ("Due to drivers", Figure(format_amount(totals.due_to_drivers), every)),
            ("Carried forward", Figure(format_amount(totals.carried_forward), every)),
        ),
        waiting=Figure(f"{totals.waiting:,}", waiting),
        waiting_amount=Figure(f"{format_amount(totals.waiting_amount)} {totals.currency}", waiting),
    )


def ledger_panel(*, actor: Actor) -> LedgerPanel:
    """Whether the ledger is balanced, as the last verification found, and how long ago that was."""
    last = last_verification(actor=actor)
    if last is None:
        return LedgerPanel(
            "Not verified yet",
            "quiet",
            "hourglass_empty",
            "Every entry sums to zero, which the database enforces; the nightly verification recomputes the rest.",
            "",
            list_of(LedgerVerification),
        )
    when = _instant(actor, last.finished_at)
    if not last.is_clean:
        noun = "difference" if last.differences == 1 else "differences"
        return LedgerPanel(
            f"Not balanced: {last.differences:,} {noun}",
            "bad",
            "error",
            f"{format_count(last.checks, 'check')} held every figure against its postings.",
            when,
            page_of(LedgerVerification, last.pk),
        )
    fresh = clock.now() - last.finished_at <= VERIFIED_FOR
    return LedgerPanel(
        "Balanced" if fresh else "Balanced when last verified",
        "good" if fresh else "late",
        "verified" if fresh else "history",
        f"{format_count(last.checks, 'check')}, no difference: entries sum to zero, and every figure is what "
        f"its postings say.",
        when,
        page_of(LedgerVerification, last.pk),
    )


def _instant(actor: Actor, at: datetime) -> str:
    local = at.astimezone(ZoneInfo(actor.company.time_zone))
    day = "today" if local.date() == clock.today(actor.company) else f"on {format_day(local)}"
    return f"{day} at {local:%H:%M}"


def _in_order(actor: Actor, currencies: Sequence[str]) -> list[str]:
    base = actor.company.base_currency
    return [base, *sorted(set(currencies) - {base})]


def _percent(part: Decimal, whole: Decimal) -> int:
    return int((part * 100 / whole).quantize(Decimal(1), rounding=ROUND_HALF_UP)) if whole else 0
