"""A week's DTRs as one ZIP of PDFs, made in the background (docs/api.md#ledger)."""

from __future__ import annotations

import zipfile
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction

from batconnect.core.audit import record_event
from batconnect.core.database.tenancy import actor_transaction
from batconnect.core.database.transactions import commits_by_chunks, reads
from batconnect.core.files.storage import open_private, private_folder
from batconnect.core.jobs.holds import STILL_HELD, WorkHeld, hold
from batconnect.core.jobs.running import wake
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import week_start
from batconnect.core.kernel.errors import Conflict, InvalidInput, NotFound
from ledger.settlement.errors import EXPORT_NOT_FAILED, NO_DTRS, NOT_SUNDAY
from ledger.settlement.models import Dtr, DtrExport
from ledger.settlement.services.documents import dtr_pdfs
from ledger.settlement.subjects import EXPORT

EXPORT_DTRS: Final = "ledger.export_dtrs"
HELD_AS: Final = "ledger.dtr_export"
MAX_ATTEMPTS: Final = 5
_AT_ONCE: Final = 25
_CLAIM: Final = """
update dtr_exports set status = 'running', attempts = attempts + 1, done = 0, error = ''
where company_id = %(company)s::uuid and id = %(export)s::uuid and status in ('pending', 'running', 'failed')
  and attempts < %(limit)s
returning week
"""
_PROGRESS: Final = f"""
update dtr_exports set done = %(done)s
where company_id = %(company)s::uuid and id = %(export)s::uuid and {STILL_HELD}
"""  # noqa: S608 - fixed text
_END: Final = f"""
update dtr_exports set status = %(status)s::text, done = %(done)s, size = %(size)s, error = %(error)s,
  completed_at = now()
where company_id = %(company)s::uuid and id = %(export)s::uuid and {STILL_HELD}
"""  # noqa: S608 - fixed text
_WAITING: Final = """
select id from dtr_exports
where company_id = %s::uuid and status in ('pending', 'running', 'failed') and attempts < %s
  and requested_at < clock_timestamp() - interval '1 minute'
  and (status <> 'failed' or completed_at < clock_timestamp() - interval '10 minutes')
order by id
"""


@transaction.atomic
def request_export(*, actor: Actor, week: date) -> DtrExport:
    """Request the week's DTRs as a file; a worker is woken when the request is committed.

    Needs `ledger.export`. Raises InvalidInput for a day that is not a Sunday, NotFound 404 `no_dtrs`.
    """
    actor.require("ledger.export")
    if week != week_start(week):
        raise InvalidInput(
            f"{week} is not a Sunday; its week begins on {week_start(week)}.", code=NOT_SUNDAY, field="week"
        )
    total = Dtr.objects.filter(company_id=actor.company_id, week=week).count()
    if not total:
        raise NotFound(f"There are no DTRs for the week of {week}.", code=NO_DTRS)
    export = DtrExport.objects.create(
        company_id=actor.company_id, week=week, total=total, requested_by_id=actor.user_id
    )
    wake(EXPORT_DTRS, export.company_id, export.id)
    return export


@transaction.atomic
def retry_export(*, actor: Actor, export_id: UUID) -> DtrExport:
    """Retry a failed file from the beginning, however often it was tried before.

    A worker is woken when that is committed. Needs `ledger.export`. Raises NotFound; Conflict 409
    `export_not_failed`.
    """
    actor.require("ledger.export")
    rows = DtrExport.objects.select_for_update(no_key=True)
    export = rows.filter(company_id=actor.company_id, id=export_id).first()
    if export is None:
        raise NotFound("There is no such export.")
    if export.status != DtrExport.Status.FAILED:
        raise Conflict(f"The file is {export.get_status_display().lower()}.", code=EXPORT_NOT_FAILED)
    export.status = DtrExport.Status.PENDING
    export.attempts = export.done = 0
    export.error = ""
    export.completed_at = None
    export.save(update_fields=["status", "attempts", "done", "error", "completed_at"])
    record_event(
        actor=actor,
        action="ledger.dtr_export_retried",
        subject_type=EXPORT,
        subject_id=export.id,
        details={"week": str(export.week)},
    )
    wake(EXPORT_DTRS, export.company_id, export.id)
    return export


@commits_by_chunks
def make_export(*, actor: Actor, export_id: UUID) -> bool:
    """Write the file and record its progress; False when it is already made or another worker is making it."""
    try:
        with hold(company_id=actor.company_id, kind=HELD_AS, subject=str(export_id), by=actor.name) as key:
            return _make(actor, export_id, key)
    except WorkHeld:
        return False


def _make(actor: Actor, export_id: UUID, key: UUID) -> bool:
    with _Work(actor, export_id, key) as work:
        if work.week is None:
            return False
        path = file_of(actor=actor, export_id=export_id)
        private_folder("dtrs", str(actor.company_id))
        making = path.with_suffix(f".{key.hex}.part")
        try:
            with open_private(making) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
                for number, content in dtr_pdfs(actor=actor, week=work.week):
                    archive.writestr(f"{number}.pdf", content)
                    work.count()
            making.replace(path)
        finally:
            making.unlink(missing_ok=True)
        work.size = path.stat().st_size
    return True


@reads
def unfinished_exports(actor: Actor) -> list[UUID]:
    """The exports that are to be made, or made again, whether somebody is working on them or not."""
    with connection.cursor() as cursor:
        cursor.execute(_WAITING, [actor.company_id, MAX_ATTEMPTS])
        return [key for (key,) in cursor.fetchall()]


@reads
def file_of(*, actor: Actor, export_id: UUID) -> Path:
    """The file's path; views that check permissions serve it."""
    return Path(settings.MEDIA_ROOT) / "dtrs" / str(actor.company_id) / f"{export_id}.zip"


class _Work:
    """An export that is being made by the holder `key`; `week` is None when there is nothing to make."""

    def __init__(self, actor: Actor, export_id: UUID, key: UUID) -> None:
        self.actor = actor
        self.place = {"company": actor.company_id, "export": export_id, "hold": key}
        self.week: date | None = None
        self.done = 0
        self.size = 0

    def __enter__(self) -> _Work:
        claimed = self._execute(_CLAIM, limit=MAX_ATTEMPTS)
        self.week = claimed[0] if claimed else None
        return self

    def count(self) -> None:
        """Record that one more is written."""
        self.done += 1
        if self.done % _AT_ONCE == 0:
            self._execute(_PROGRESS, done=self.done)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.week is None:
            return
        status = DtrExport.Status.COMPLETED if error is None else DtrExport.Status.FAILED
        why = "" if error is None else f"{type(error).__name__}: {error}"[:500]
        self._execute(_END, status=status.value, done=self.done, size=self.size, error=why)

    def _execute(self, text: str, **values: Any) -> Any:
        with actor_transaction(self.actor), connection.cursor() as cursor:
            cursor.execute(text, {**self.place, **values})
            return cursor.fetchone() if cursor.description else None
