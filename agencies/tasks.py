"""A message wakes a worker for a file; the sweeping schedule finds what a lost message left behind."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from agencies.services.processing import HELD_AS, PROCESS, process_import, unfinished_imports
from batconnect.core.jobs.holds import WorkHeld
from batconnect.core.jobs.running import each_subject
from batconnect.core.jobs.schedules import declare_schedule
from batconnect.core.kernel.actors import Actor

RESUME: Final = "agencies.resume_imports"

declare_schedule(
    name="Resume imports from agencies",
    task=RESUME,
    run_permission="agencies.import",
    minute="*",
    description="Wakes a worker for files of agencies whose message was lost or whose worker died.",
)


@each_subject(
    PROCESS, held_as=HELD_AS, waiting=unfinished_imports, swept_by=RESUME, of="agencies.AgencyImport"
)
def process_agency_import(actor: Actor, import_id: UUID) -> None:
    """Do what is left of the file; who works on it already does it."""
    try:
        process_import(actor=actor, import_id=import_id)
    except WorkHeld:
        return
