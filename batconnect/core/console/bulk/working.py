"""What a worker does of an operation: it plans the rows by chunks, and carries out each in a transaction of its own.

Each transaction begins with the person's rights as they are then: who lost the right, or the place, does nothing more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final
from uuid import UUID

from batconnect.core.console.bulk import services
from batconnect.core.console.bulk.actions import Declared, find_bulk_action
from batconnect.core.console.bulk.printing import bind, tidy
from batconnect.core.database.tenancy import actor_transaction, open_request, set_company
from batconnect.core.database.transactions import commits_by_chunks
from batconnect.core.jobs.holds import WorkHeld, hold
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import Refusal
from batconnect.core.models import BulkOperation, BulkRow, Notice
from batconnect.core.notices import notify

HELD_AS: Final = "core.bulk_operation"
CHUNK_ROWS: Final = 25
NOT_HERE: Final = "The person who asked may no longer do this, so nothing was done to it."
_State = BulkOperation.State


@commits_by_chunks
def work_on(
    *, actor: Actor, operation_id: UUID, progress: Callable[[int], object] = lambda done: None
) -> None:
    """Do what is left of the operation; run again, by whomever, it goes on where it was left. `progress` hears how many
    rows each transaction finished."""
    try:
        with hold(company_id=actor.company_id, kind=HELD_AS, subject=str(operation_id), by=actor.name):
            _work(actor, operation_id, progress)
    except WorkHeld:
        return


def _work(job: Actor, operation_id: UUID, progress: Callable[[int], object]) -> None:
    with actor_transaction(job):
        operation = BulkOperation.objects.filter(company_id=job.company_id, id=operation_id).first()
    declared = find_bulk_action(operation.action) if operation else None
    if operation is None or declared is None:
        return
    if operation.state == _State.PLANNING:
        while done := _plan_chunk(job, operation, declared):
            progress(done)
    elif operation.state == _State.RUNNING:
        for key in _left(job, operation, BulkRow.State.PLANNED):
            _carry_out(job, operation, declared, key)
            progress(1)
        _end(job, operation, declared)


def _plan_chunk(job: Actor, operation: BulkOperation, declared: Declared) -> int:
    """Plan the next rows; 0 when all are planned, or when the person has asked for another plan meanwhile."""
    with _as_person(job, operation) as actor:
        mine = BulkOperation.objects.select_for_update(no_key=True).filter(
            company_id=job.company_id, id=operation.id, state=_State.PLANNING
        )
        now = mine.first()
        if now is None:
            return 0
        rows = list(
            BulkRow.objects.filter(
                company_id=job.company_id, operation=operation, state=BulkRow.State.CHOSEN
            ).order_by("place")[:CHUNK_ROWS]
        )
        if not rows:
            services.end_planning(now)
        elif actor is None:
            for row in rows:
                row.state, row.said = BulkRow.State.LEFT, NOT_HERE
            BulkRow.objects.bulk_update(rows, ["state", "said"])
        else:
            services.plan_rows(actor=actor, operation=now, declared=declared, rows=rows)
        return len(rows)


def _carry_out(job: Actor, operation: BulkOperation, declared: Declared, key: UUID) -> None:
    with _as_person(job, operation) as actor:
        rows = BulkRow.objects.select_for_update(no_key=True)
        row = rows.get(company_id=job.company_id, id=key)
        if row.state != BulkRow.State.PLANNED:
            # Whoever took over from this worker, when it stood still, has done it.
            return
        if actor is None or not declared.action.has_permission(actor):
            services.refuse_row(row=row, why=NOT_HERE)
            return
        try:
            services.carry_out_row(actor=actor, operation=operation, declared=declared, row=row)
        except Refusal as refusal:
            services.refuse_row(row=row, why=refusal.message[:500])


def _end(job: Actor, operation: BulkOperation, declared: Declared) -> None:
    with actor_transaction(job):
        if declared.action.prints:
            bind(operation)
        services.end_operation(operation)
        _notify_of_refused(operation)
    if declared.action.prints:
        tidy(operation)


def _notify_of_refused(operation: BulkOperation) -> None:
    """Tell who asked for it, and may be elsewhere by now, that not all of it was done."""
    rows = BulkRow.objects.filter(company_id=operation.company_id, operation=operation)
    refused = rows.filter(state=BulkRow.State.REFUSED).count()
    if refused:
        notify(
            company_id=operation.company_id,
            user_ids=[operation.asked_by_id],
            text=f"{operation.title}: {refused:,} of {operation.total:,} rows were not done. The page says why.",
            kind=Notice.Kind.FAILURE,
            subject_model=BulkOperation._meta.label,
            subject_key=operation.id,
        )


def _left(job: Actor, operation: BulkOperation, state: BulkRow.State) -> list[UUID]:
    with actor_transaction(job):
        rows = BulkRow.objects.filter(company_id=job.company_id, operation=operation, state=state)
        return list(rows.order_by("place").values_list("id", flat=True))


@contextmanager
def _as_person(job: Actor, operation: BulkOperation) -> Iterator[Actor | None]:
    """A transaction of the person who asked, with the rights of this moment; None for one who has no place here."""
    with actor_transaction(job):
        opened = open_request(
            user_id=operation.asked_by_id,
            company_id=job.company_id,
            request_id=operation.request_id or job.request_id,
        )
        actor = opened[1] if opened else None
        if actor is None:
            set_company(job.company_id, metadata={"job": job.name, "request_id": job.request_id})
        yield actor
