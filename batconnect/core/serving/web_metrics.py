"""Figures of the web server for Prometheus: requests (django-prometheus), statements, and answers that were replayed.

Off unless WEB_METRICS_PORT is set, and then nothing of it is counted or loaded.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Final

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

from batconnect.core.serving import exposition

PORT: Final = "WEB_METRICS_PORT"
ADDRESS: Final = "WEB_METRICS_ADDRESS"
_SECONDS: Final = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 30)


class StatementMetrics:
    """How many statements there were and how long they took; labels never name a company."""

    def __init__(self) -> None:
        from prometheus_client import Counter, Histogram

        self.seconds = Histogram(
            "batconnect_statement_seconds", "Statements sent to the database.", buckets=_SECONDS
        )
        self.failed = Counter("batconnect_statements_failed", "Statements that ended with an error.")
        self.replayed = Counter(
            "batconnect_answers_replayed", "Repeated requests that got the answer of the first one."
        )
        self.reads = Counter(
            "batconnect_reads", "Reads, by the server that answered or that was asked again.", ["server"]
        )

    def __call__(self, execute: Callable[..., Any], sql: Any, params: Any, many: Any, context: Any) -> Any:
        """Run and count a statement: a wrapper of Django's `execute_wrappers`."""
        began = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        except BaseException:
            self.failed.inc()
            raise
        finally:
            self.seconds.observe(time.perf_counter() - began)

    def count_statements_of(self, connection: BaseDatabaseWrapper, **_: Any) -> None:
        """Count what a new connection sends: the receiver of `connection_created`."""
        if self not in connection.execute_wrappers:
            connection.execute_wrappers.append(self)


_metrics: StatementMetrics | None = None


def prepare_web() -> None:
    """Before anything loads Prometheus' client: in a web server that shall be measured."""
    if exposition.is_wanted(PORT):
        exposition.prepare()


def begin_web() -> None:
    """Count from now on, in the process that forks the others; nothing where it is not wanted."""
    global _metrics
    if exposition.is_wanted(PORT) and _metrics is None:
        _metrics = StatementMetrics()
        connection_created.connect(_metrics.count_statements_of)


def count_replay() -> None:
    """Count an answer that was given again for its idempotency key."""
    if _metrics is not None:
        _metrics.replayed.inc()


def count_read(server: str) -> None:
    """Count a read that the `replica` or the `primary` answered, or that is asked `again` of the primary."""
    if _metrics is not None:
        _metrics.reads.labels(server).inc()
