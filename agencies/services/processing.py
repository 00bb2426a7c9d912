"""A worker works a file off: lines are read, rows joined, charged and credited, changes carried out, the bill entered.

Rule: docs/domain.md#agency-imports. Each chunk is a transaction; a killed worker leaves whole chunks behind, and
whoever takes the file up goes on where it stopped.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final
from uuid import UUID

import structlog
from django.db import connection

from agencies.models import AgencyImport
from agencies.rules.fields import TRIPS
from agencies.services.billing import enter_agency_bill
from agencies.services.changes import carry_out_chunk
from agencies.services.charging import charge_chunk
from agencies.services.reading import read_chunk
from agencies.services.receiving import form_of_import
from agencies.services.trips import credit_chunk
from batconnect.core.database.tenancy import actor_transaction
from batconnect.core.database.transactions import commits_by_chunks, reads
from batconnect.core.jobs.holds import hold
from batconnect.core.jobs.running import wake
from batconnect.core.kernel.actors import Actor
from batconnect.core.notices import notify_of_failure

HELD_AS: Final = "agencies.import"
PROCESS: Final = "agencies.process_import"
_log = structlog.stdlib.get_logger("batconnect.agencies")
_FINISH: Final = """
update agency_imports
set status = case when failed_lines > 0 then 'completed_with_errors' else 'completed' end,
    started_at = coalesce(started_at, clock_timestamp()), finished_at = clock_timestamp()
where company_id = %s::uuid and id = %s::uuid and finished_at is null
"""


def wake_after_commit(received: AgencyImport) -> None:
    """Wake a worker once the import is there for it to see."""
    wake(PROCESS, received.company_id, received.id)


@commits_by_chunks
def process_import(
    *, actor: Actor, import_id: UUID, progress: Callable[[int], Any] = lambda done: None
) -> None:
    """Do what is left of the import, each chunk in its own transaction.

    May be called at any time and again after a crash: what is done is done once. `progress` hears how many lines each
    chunk has read. Raises WorkHeld while somebody else works on it.
    """
    with hold(company_id=actor.company_id, kind=HELD_AS, subject=str(import_id), by=PROCESS):
        work_off(actor=actor, import_id=import_id, progress=progress)


@commits_by_chunks
def work_off(*, actor: Actor, import_id: UUID, progress: Callable[[int], Any] = lambda done: None) -> None:
    """The work of `process_import`, for whoever holds the import or has it alone: nobody sees it before the commit."""
    with actor_transaction(actor):
        received = AgencyImport.objects.get(company_id=actor.company_id, id=import_id)
    if received.is_finished:
        return
    owner = replace(
        actor, user_id=received.created_by_id, name=received.created_by_name, request_id=received.request_id
    )
    _by_chunks(owner, lambda: read_chunk(actor=owner, received=received), progress)
    _by_chunks(owner, lambda: _effect_chunk(owner, received))
    _carry_out_changes(owner, import_id)
    with actor_transaction(owner):
        received.refresh_from_db()
        enter_agency_bill(actor=owner, received=received)
        with connection.cursor() as cursor:
            cursor.execute(_FINISH, [owner.company_id, import_id])
            is_finished = bool(cursor.rowcount)
        if is_finished and received.failed_lines:
            notify_of_failure(
                company_id=owner.company_id,
                text=f"{received.failed_lines:,} of {received.total_lines:,} lines of {received} ({received.agency}) "
                "could not be read.",
                subject_model=AgencyImport._meta.label,
                subject_key=import_id,
            )
    _log.info("agency_import_finished", company=str(actor.company_id), file=str(import_id))


@reads
def unfinished_imports(actor: Actor) -> list[UUID]:
    """The imports that are not worked off, oldest first."""
    rows = AgencyImport.objects.filter(company_id=actor.company_id, finished_at__isnull=True)
    return list(rows.order_by("id").values_list("id", flat=True))


def _by_chunks(
    actor: Actor, work: Callable[[], int], progress: Callable[[int], Any] = lambda done: None
) -> None:
    while True:
        with actor_transaction(actor):
            done = work()
        if not done:
            return
        progress(done)


def _effect_chunk(actor: Actor, received: AgencyImport) -> int:
    if received.kind != TRIPS:
        return charge_chunk(actor=actor, import_id=received.id, kind=received.kind)
    form, _ = form_of_import(received)
    return credit_chunk(actor=actor, import_id=received.id, authorities=form.authorities)


def _carry_out_changes(actor: Actor, import_id: UUID) -> None:
    after: UUID | None = None
    while True:
        with actor_transaction(actor):
            done, after = carry_out_chunk(actor=actor, import_id=import_id, after=after)
        if not done:
            return
