"""Background work: one company per message, repeatable, retried only when the database gave way.

A message is a wake-up: what is to be done is in the tables, so a lost or doubled message costs nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Final
from uuid import UUID

import structlog
from celery import Task, shared_task
from django.db import OperationalError

from batconnect.core.actors import Actor
from batconnect.core.errors import Refusal
from batconnect.core.job_metrics import job_metrics
from batconnect.core.runs import recorded, tell_counts, tell_refusal
from batconnect.core.tenancy import company_context, company_ids

_log = structlog.stdlib.get_logger("batconnect.job")
OF_COMPANY: Final = ".of_company"
Work = Callable[[Actor], Mapping[str, Any] | int | None]


class Job(Task):  # type: ignore[type-arg]  # celery's class takes no arguments at runtime
    """The base of every task: acknowledged when done, limited in time, retried on OperationalError alone.

    Any other fault is ours or the input's and would only fail again: it is logged, and the next run of the
    schedule finds the work where it was left.
    """

    abstract = True
    acks_late = True
    reject_on_worker_lost = True
    ignore_result = True
    autoretry_for: ClassVar[tuple[type[Exception], ...]] = (OperationalError,)
    max_retries = 5
    retry_backoff = 2  # seconds, doubled each time
    retry_backoff_max = 300
    retry_jitter = True
    soft_time_limit = 900
    time_limit = 960

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Do the work; a company's part of a scheduled job is written down as a run (`core.runs`)."""
        # A worker has pushed the request already, which Celery's own method would hide.
        work = super().__call__ if self.request.called_directly else self.run
        if not self.name.endswith(OF_COMPANY) or not args:
            return work(*args, **kwargs)
        with recorded(company_id=UUID(str(args[0])), task=self.name.removesuffix(OF_COMPANY)):
            return work(*args, **kwargs)

    def before_start(self, task_id: str, args: Any, kwargs: Any) -> None:
        structlog.contextvars.bind_contextvars(job=self.name, request_id=task_id)
        if metrics := job_metrics():
            metrics.started.labels(self.name).inc()
            self.request.began = time.perf_counter()  # type: ignore[attr-defined]  # the request is ours to add to

    def on_success(self, retval: Any, task_id: str, args: Any, kwargs: Any) -> None:
        self._count("succeeded")

    def on_retry(self, exc: Exception, task_id: str, args: Any, kwargs: Any, einfo: Any) -> None:
        self._count("retried")

    def _count(self, outcome: str) -> None:
        if metrics := job_metrics():
            metrics.ended.labels(self.name, outcome).inc()
            began = getattr(self.request, "began", None)
            if began is not None:
                metrics.seconds.labels(self.name).observe(time.perf_counter() - began)

    def on_failure(self, exc: Exception, task_id: str, args: Any, kwargs: Any, einfo: Any) -> None:
        self._count("failed")
        _log.error("job_failed", job=self.name, args=list(args), error=type(exc).__name__)


def each_company(name: str, *, in_transaction: bool = True, **options: Any) -> Callable[[Work], Any]:
    """Make a task of work on one company: the decorated function gets the job's actor, inside a transaction;
    with `in_transaction=False` outside of any, for work that commits by chunks of its own.

    Two tasks come of it: `name` sends one message per company, and `{name}.of_company` takes a company's id
    and does the work in that company's context. What the function returns is logged.
    """

    def decorate(work: Work) -> Any:
        @shared_task(bind=True, base=Job, name=f"{name}{OF_COMPANY}", **options)
        def of_company(self: Any, company_id: str) -> None:
            run_for_company(
                company_id=UUID(company_id),
                name=name,
                request_id=str(self.request.id or ""),
                work=work,
                in_transaction=in_transaction,
            )

        @shared_task(base=Job, name=name, **options)
        def of_all() -> None:
            for company_id in company_ids():
                of_company.delay(str(company_id))

        return of_all

    return decorate


def run_for_company(
    *, company_id: UUID, name: str, request_id: str, work: Work, in_transaction: bool = True
) -> None:
    """Do a job's work in one company, and log what came of it: in one transaction, or in those it makes itself.

    A Refusal ends the job for this company with a warning: nothing was stored and repeating would not help.
    """
    started = time.perf_counter()
    log = _log.bind(job=name, company=str(company_id))
    try:
        with company_context(company_id, job=name, request_id=request_id) as actor:
            outcome = work(actor) if in_transaction else None
        if not in_transaction:
            outcome = work(actor)
    except Refusal as refusal:
        log.warning("job_refused", code=refusal.code, detail=refusal.message)
        tell_refusal(refusal)
        return
    counts = dict(outcome) if isinstance(outcome, Mapping) else {"done": outcome}
    tell_counts(counts)
    log.info("job_finished", duration_ms=round((time.perf_counter() - started) * 1000), **counts)
