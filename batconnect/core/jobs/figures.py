"""Figures of the books that somebody must hear of: each app declares its own, one process measures them.

They are counts, and seconds of waiting; over all companies, so that no label names one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

import structlog
from django.utils.module_loading import autodiscover_modules
from django_celery_beat.models import PeriodicTask

from batconnect.core.database.tenancy import company_context
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import now
from batconnect.core.models import Company

JOB: Final = "serve_metrics"
BEAT_LAG: Final = "beat_lag_seconds"
_log = structlog.stdlib.get_logger("batconnect.job")
Measure = Callable[[Actor], int]


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure `batconnect_{name}`; `over` makes one of the companies': their sum, or the greatest."""

    name: str
    help: str
    measure: Measure
    over: Callable[[Iterable[int]], int]


_declared: dict[str, Figure] = {}


def declare_figure(
    *, name: str, help: str, measure: Measure, over: Callable[[Iterable[int]], int] = sum
) -> None:
    """Declare, in an app's `figures.py`, what is measured in each company.

    Raises ValueError for a name that is taken.
    """
    if name in _declared or name == BEAT_LAG:
        raise ValueError(f"The figure {name} is declared twice.")
    _declared[name] = Figure(name, help, measure, over)


def declared_figures() -> list[Figure]:
    """Every figure of the apps' `figures.py`, by name."""
    autodiscover_modules("figures")
    return [_declared[name] for name in sorted(_declared)]


def measure_figures() -> dict[str, int]:
    """Every figure by name, measured now, a short transaction for each company; and how late beat is, in seconds."""
    figures = declared_figures()
    measured: dict[str, list[int]] = {figure.name: [] for figure in figures}
    for company_id in Company.objects.order_by("id").values_list("id", flat=True):
        with company_context(company_id, job=JOB) as actor:
            for figure in figures:
                measured[figure.name].append(figure.measure(actor))
    return {figure.name: figure.over([0, *measured[figure.name]]) for figure in figures} | {
        BEAT_LAG: _beat_lag()
    }


def _beat_lag() -> int:
    """Seconds since beat last sent anything. It sends something every minute."""
    last = (
        PeriodicTask.objects.filter(enabled=True, last_run_at__isnull=False)
        .order_by("-last_run_at")
        .values_list("last_run_at", flat=True)
        .first()
    )
    return max(0, int((now() - last).total_seconds())) if last else 0
