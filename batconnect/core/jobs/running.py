"""Background work: one company per message, repeatable, retried only when the database gave way.

A message is a wake-up: what is to be done is in the tables, so a lost or doubled message costs nothing. All of them are
sent by `wake`; each names the schedule that finds later what a lost one left behind.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final
from uuid import UUID

import structlog
from celery import Task, current_app, shared_task
from django.apps import apps
from django.db import DatabaseError, OperationalError, connection, transaction
from django.utils.module_loading import autodiscover_modules
from kombu.exceptions import OperationalError as BrokerUnreachable

from batconnect.core.database.tenancy import company_context, job_actor
from batconnect.core.jobs.holds import LEASE_SECONDS, WorkHeld, held_subjects
from batconnect.core.jobs.metrics import job_metrics
from batconnect.core.jobs.own_times import companies_for
from batconnect.core.jobs.runs import recorded, report_counts, report_refusal
from batconnect.core.jobs.schedules import enabled_among
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import Refusal
from batconnect.core.notices import notify_of_failure

_log = structlog.stdlib.get_logger("batconnect.job")
OF_COMPANY: Final = ".of_company"
RESUME_RUNS: Final = "core.resume_runs"
"""The scheduled task that sends again what was asked for and that no worker took up."""
Work = Callable[[Actor], Mapping[str, Any] | int | None]
SubjectWork = Callable[[Actor, UUID], object]


@dataclass(frozen=True, slots=True)
class WakeUp:
    """A task that others wake, and the scheduled task that finds what a lost message left behind."""

    task: str
    sweep: str


@dataclass(frozen=True, slots=True)
class _Subjects:
    """As what a subject is held while it is worked on, which ones are not finished, of which table they are, and the
    work on one."""

    held_as: str
    waiting: Callable[[Actor], Iterable[UUID]]
    of: str
    work: SubjectWork


_wake_ups: dict[str, WakeUp] = {}
_subjects: dict[str, _Subjects] = {}


def declare_wake_up(task: str, *, sweep: str) -> str:
    """Declare, in an app's `tasks.py`, that the task may be woken; returns its name.

    `sweep` is a task with a schedule (`core.jobs.schedules`). Raises ValueError when it was declared with another one.
    """
    if _wake_ups.setdefault(task, WakeUp(task, sweep)).sweep != sweep:
        raise ValueError(f"The wake-up {task} is declared twice.")
    return task


def declared_wake_ups() -> list[WakeUp]:
    """Every wake-up of the apps' `tasks.py`, by name."""
    autodiscover_modules("tasks")
    return [_wake_ups[task] for task in sorted(_wake_ups)]


def wake(task: str, *subjects: UUID) -> None:
    """Send the task to a worker once the running transaction is committed; outside of one at once.

    Does not fail without a broker: what was stored stays, is answered, and is swept up later; the log says so. Raises
    LookupError for a task that was not declared.
    """
    if task not in _wake_ups:
        # A web process may not have read the apps' `tasks.py` yet.
        autodiscover_modules("tasks")
    if task not in _wake_ups:
        raise LookupError(
            f"{task} is not a declared wake-up: nothing would find what a lost message leaves behind."
        )
    transaction.on_commit(lambda: _send(task, *subjects), robust=True)


def _send(task: str, *subjects: UUID, delay: float = 0) -> None:
    """Send it now, or give up at once: somebody waits for the answer."""
    try:
        current_app.tasks[task].apply_async(
            args=tuple(str(each) for each in subjects), countdown=delay, retry=False
        )
    except _broker_faults() as error:
        _log.warning("broker_unreachable", job=task, error=type(error).__name__)


def _broker_faults() -> tuple[type[BaseException], ...]:
    """What is raised where the broker is away, or answers with a refusal: it is loading, or its disk is full."""
    broker = current_app.connection_for_write()
    return (BrokerUnreachable, OSError, *broker.connection_errors, *broker.channel_errors)


def send_sweeps() -> None:
    """Wake what waits when a worker has just started: at once, and again when the leases of those that died before
    it have run out.

    A schedule that operators switched off stays off; without a database or a broker the schedules send the same a
    minute later.
    """
    sweeps = frozenset(each.sweep for each in declared_wake_ups())
    try:
        tasks = enabled_among(sweeps)
    except DatabaseError as error:
        _log.warning("sweeps_not_sent", error=type(error).__name__)
        return
    finally:
        connection.close()
    for task in tasks:
        _send(task)
        _send(task, delay=LEASE_SECONDS + 1)


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
        """Do the work; a company's part of a scheduled job is written down as a run (`core.jobs.runs`)."""
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


def each_company(
    name: str, *, in_transaction: bool = True, swept_by: str = RESUME_RUNS, **options: Any
) -> Callable[[Work], Any]:
    """Make a task of work on one company: the decorated function gets the job's actor, inside a transaction;
    with `in_transaction=False` outside of any, for work that commits by chunks of its own.

    Two tasks come of it: `name` sends one message per company, but for those that have a time of their own for it
    (`core.jobs.own_times`), and `{name}.of_company` takes a company's id and does the work in that company's context.
    What the function returns is logged. Who wakes the second is swept up by `swept_by`.
    """

    declare_wake_up(f"{name}{OF_COMPANY}", sweep=swept_by)

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
            for company_id in companies_for(name):
                _send(of_company.name, company_id)

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
        report_refusal(refusal)
        return
    counts = dict(outcome) if isinstance(outcome, Mapping) else {"done": outcome}
    report_counts(counts)
    log.info("job_finished", duration_ms=round((time.perf_counter() - started) * 1000), **counts)


def each_subject(
    name: str,
    *,
    held_as: str,
    waiting: Callable[[Actor], Iterable[UUID]],
    swept_by: str,
    of: str,
    **options: Any,
) -> Callable[[SubjectWork], Any]:
    """Make a task of work on one subject of a company (a batch, a file), and the sweep that finds what waits.

    The decorated function gets the job's actor and the subject's id, outside of any transaction, and does the work
    under a hold of the kind `held_as` (`core.jobs.holds`). `wake(name, company, subject)` sends it. The sweep, a
    scheduled task named `swept_by`, wakes it for each subject that is `waiting` and that nobody holds. `of` is the
    table of the subjects (`payments.PaymentBatch`): managers and administrators are told of one whose work stopped.
    """
    declare_wake_up(name, sweep=swept_by)

    def decorate(work: SubjectWork) -> Any:
        _subjects[name] = _Subjects(held_as, waiting, of, work)

        @shared_task(bind=True, base=Job, name=name, **options)
        def of_subject(self: Any, company_id: str, subject_id: str) -> None:
            actor = job_actor(company_id=UUID(company_id), job=name, request_id=str(self.request.id or ""))
            try:
                _subjects[name].work(actor, UUID(subject_id))
            except WorkHeld:
                raise
            except Exception as error:
                # A database that gives way is tried again first, by Celery.
                if not isinstance(error, OperationalError) or self.request.retries >= self.max_retries:
                    _notify_that_it_stopped(actor, of, UUID(subject_id), error)
                raise

        @each_company(swept_by)
        def sweep(actor: Actor) -> dict[str, int]:
            left = left_behind(actor=actor, task=name)
            for subject in left:
                wake(name, actor.company_id, subject)
            return {"woken": len(left)}

        return of_subject

    return decorate


def _notify_that_it_stopped(actor: Actor, label: str, subject_id: UUID, error: Exception) -> None:
    """Tell who manages the company, once until they have read it. What stopped the work may stop this too."""
    model = apps.get_model(label)
    try:
        with company_context(actor.company_id, job=actor.name):
            row = model._default_manager.filter(company_id=actor.company_id, pk=subject_id).first()
            called = f"{model._meta.verbose_name} {row}" if row is not None else str(model._meta.verbose_name)
            notify_of_failure(
                company_id=actor.company_id,
                # The class alone: a message may hold what belongs in no table. The log has the rest.
                text=f"The work on the {called} stopped ({type(error).__name__}). It is taken up again by itself; if "
                "it stops once more, call whoever runs the system.",
                subject_model=label,
                subject_key=subject_id,
            )
    except DatabaseError as fault:
        _log.warning("failure_not_told", job=actor.name, error=type(fault).__name__)


def declared_subjects() -> dict[str, str]:
    """The task of each kind of work on one subject, with the table of its subjects."""
    autodiscover_modules("tasks")
    return {name: each.of for name, each in sorted(_subjects.items())}


def left_behind(*, actor: Actor, task: str) -> list[UUID]:
    """The subjects of a task (`each_subject`) that wait while nobody works on them: not begun, or their worker is gone.

    In the company's context. Raises KeyError for a task that was not declared.
    """
    subjects = _subjects[task]
    held = held_subjects(company_id=actor.company_id, kind=subjects.held_as)
    return [subject for subject in subjects.waiting(actor) if str(subject) not in held]
