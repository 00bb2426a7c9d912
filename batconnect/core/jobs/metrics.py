"""Counters of jobs for Prometheus: begun, ended and how, how long, and rows of batches.

Off unless WORKER_METRICS_PORT is set, and then nothing is counted and nothing of it is loaded. A worker's processes
write into files of their own (PROMETHEUS_MULTIPROC_DIR); its main process adds them up and answers on the port.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

PORT: Final = "WORKER_METRICS_PORT"
ADDRESS: Final = "WORKER_METRICS_ADDRESS"
_FOLDER: Final = "PROMETHEUS_MULTIPROC_DIR"
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
    if _is_wanted() and _FOLDER not in os.environ:
        os.environ[_FOLDER] = tempfile.mkdtemp(prefix="batconnect-metrics-")


def begin_worker(**_: Any) -> None:
    """Count from now on, and answer on the port: the receiver of Celery's `worker_init`, in the main process."""
    global _metrics
    if not _is_wanted() or _metrics is not None:
        return
    from prometheus_client import CollectorRegistry, multiprocess, start_http_server

    _metrics = JobMetrics()
    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry)
    start_http_server(int(os.environ[PORT]), addr=os.environ.get(ADDRESS, "127.0.0.1"), registry=registry)


def end_process(pid: int | None = None, **_: Any) -> None:
    """Forget a process's gauges: the receiver of `worker_process_shutdown`. Counters stay."""
    if _metrics is not None:
        from prometheus_client import multiprocess

        multiprocess.mark_process_dead(pid or os.getpid())


def end_worker(**_: Any) -> None:
    """Remove the files: the receiver of `worker_shutdown`."""
    folder = os.environ.get(_FOLDER, "")
    if _metrics is not None and os.path.basename(folder).startswith("batconnect-metrics-"):
        shutil.rmtree(folder, ignore_errors=True)


def _is_wanted() -> bool:
    return os.environ.get(PORT, "0") not in ("", "0") and "worker" in sys.argv
