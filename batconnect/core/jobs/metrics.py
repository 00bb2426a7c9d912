"""Counters of jobs for Prometheus: begun, ended and how, how long, and rows of batches.

Off unless WORKER_METRICS_PORT is set, and then nothing is counted and nothing of it is loaded. A worker's processes
write into files of their own (PROMETHEUS_MULTIPROC_DIR); its main process adds them up and answers on the port.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any, Final

from batconnect.core.serving import exposition

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

PORT: Final = "WORKER_METRICS_PORT"
ADDRESS: Final = "WORKER_METRICS_ADDRESS"
_SECONDS: Final = (0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 900, 3600)


class JobMetrics:
    """The figures; labels are task names and outcomes, never a company."""

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        from prometheus_client import REGISTRY, Counter, Histogram

        where = registry or REGISTRY
        self.started = Counter("batconnect_jobs_started", "Tasks begun.", ("job",), registry=where)
        self.ended = Counter(
            "batconnect_jobs_ended",
            "Tasks ended: succeeded, failed or retried.",
            ("job", "outcome"),
            registry=where,
        )
        self.seconds = Histogram(
            "batconnect_job_seconds",
            "How long tasks took, retried and failed ones too.",
            ("job",),
            registry=where,
            buckets=_SECONDS,
        )
        self.rows = Counter(
            "batconnect_batch_rows",
            "Rows of payment batches, by what became of them.",
            ("outcome",),
            registry=where,
        )


_metrics: JobMetrics | None = None


def job_metrics() -> JobMetrics | None:
    """The figures, where they are wanted."""
    return _metrics


def count_batch_rows(**outcomes: int) -> None:
    """Count rows that a chunk of a batch is done with; nothing where no figures are wanted."""
    if _metrics is not None:
        for outcome, rows in outcomes.items():
            if rows:
                _metrics.rows.labels(outcome).inc(rows)


def prepare_worker() -> None:
    """Before anything loads Prometheus' client, which looks for its folder once: in a worker that shall be measured."""
    if _is_wanted():
        exposition.prepare()


def begin_worker(**_: Any) -> None:
    """Count from now on, and answer on the port: the receiver of Celery's `worker_init`, in the main process."""
    global _metrics
    if not _is_wanted() or _metrics is not None:
        return
    _metrics = JobMetrics()
    exposition.answer(port=PORT, address=ADDRESS)


def end_process(pid: int | None = None, **_: Any) -> None:
    """Forget a process's gauges: the receiver of `worker_process_shutdown`. Counters stay."""
    if _metrics is not None:
        exposition.forget_process(pid or os.getpid())


def end_worker(**_: Any) -> None:
    """Remove the files: the receiver of `worker_shutdown`."""
    if _metrics is not None:
        exposition.remove()


def _is_wanted() -> bool:
    return exposition.is_wanted(PORT) and "worker" in sys.argv
