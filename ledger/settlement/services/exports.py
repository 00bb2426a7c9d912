"""A week's DTRs as one ZIP of PDFs, made in the background (API.md)."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction

from batconnect.core.actors import Actor
from batconnect.core.audit import audit_event
from batconnect.core.clock import week_start
from batconnect.core.errors import Conflict, InvalidInput, NotFound
from batconnect.core.files import open_private, private_folder
from batconnect.core.ids import uuid7
from batconnect.core.rows import insert_together
from ledger.settlement.documents import dtr_pdfs
from ledger.settlement.errors import EXPORT_NOT_FAILED, NO_DTRS, NOT_SUNDAY
from ledger.settlement.models import Dtr, DtrExport
from ledger.settlement.services.chunks import chunk

HELD_MINUTES: Final = 10
MOST_ATTEMPTS: Final = 5
_AT_ONCE: Final = 25
_CLAIM: Final = """
update dtr_exports set status = 'running', holder = %s::uuid, attempts = attempts + 1, done = 0, error = '',
  lease_until = clock_timestamp() + %s::int * interval '1 minute'
where company_id = %s::uuid and id = %s::uuid and status in ('pending', 'running', 'failed') and attempts < %s
  and (lease_until is null or lease_until < clock_timestamp())
returning week
"""
_PROGRESS: Final = """
update dtr_exports set done = %s, lease_until = clock_timestamp() + %s::int * interval '1 minute'
where company_id = %s::uuid and id = %s::uuid and holder = %s::uuid
"""
_END: Final = """
update dtr_exports set status = %s::text, done = %s, size = %s, error = %s, holder = null, lease_until = null,
  completed_at = now()
where company_id = %s::uuid and id = %s::uuid and holder = %s::uuid
"""
_WAITING: Final = """
select id from dtr_exports
where company_id = %s::uuid and status in ('pending', 'running', 'failed') and attempts < %s
  and (lease_until is null or lease_until < clock_timestamp())
  and requested_at < clock_timestamp() - interval '1 minute'
order by id
"""


@transaction.atomic
def request_export(*, actor: Actor, week: date, wake: Callable[[DtrExport], Any]) -> DtrExport:
    """Ask for the week's DTRs as a file; `wake` is called when the request is committed.

    Needs `ledger.export`. Raises InvalidInput for a day that is no Sunday, NotFound 404 `no_dtrs`.
    """
    actor.require("ledger.export")
    if week != week_start(week):
        raise InvalidInput(
            f"{week} is no Sunday; its week is {week_start(week)}.", code=NOT_SUNDAY, field="week"
        )
    total = Dtr.objects.filter(company_id=actor.company_id, week=week).count()
    if not total:
        raise NotFound(f"There are no DTRs of the week of {week}.", code=NO_DTRS)
    export = DtrExport.objects.create(
        company_id=actor.company_id, week=week, total=total, requested_by_id=actor.user_id
    )
    transaction.on_commit(lambda: wake(export))
    return export


@transaction.atomic
def retry_export(*, actor: Actor, export_id: UUID, wake: Callable[[DtrExport], Any]) -> DtrExport:
    """Let a file that could not be made be tried again from the beginning, however often it was tried before.

    `wake` is called when that is committed. Needs `ledger.export`. Raises NotFound; Conflict 409
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
    export.completed_at = export.lease_until = export.holder = None
    export.save(
        update_fields=["status", "attempts", "done", "error", "completed_at", "lease_until", "holder"]
    )
    insert_together(
        [
            audit_event(
                actor=actor,
                action="ledger.dtr_export_retried",
                subject_type="ledger.dtr_export",
                subject_id=export.id,
                details={"week": str(export.week)},
            )
        ]
    )
    transaction.on_commit(lambda: wake(export))
    return export


def make_export(*, actor: Actor, export_id: UUID) -> bool:
    """Write the file and say how far it is; False when it is made already or another worker is at it."""
    with _Work(actor, export_id) as work:
        if work.week is None:
            return False
        path = file_of(actor=actor, export_id=export_id)
        private_folder("dtrs", str(actor.company_id))
        making = path.with_suffix(f".{work.holder.hex}.part")
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


def take_up_exports(*, actor: Actor) -> list[UUID]:
    """The exports that nobody works on although they are not made."""
    with chunk(actor), connection.cursor() as cursor:
        cursor.execute(_WAITING, [actor.company_id, MOST_ATTEMPTS])
        return [key for (key,) in cursor.fetchall()]


def file_of(*, actor: Actor, export_id: UUID) -> Path:
    """Where the file lies; only views that check who asks serve it."""
    return Path(settings.MEDIA_ROOT) / "dtrs" / str(actor.company_id) / f"{export_id}.zip"


class _Work:
    """Holds an export while it is made; `week` is None when it cannot be had."""

    def __init__(self, actor: Actor, export_id: UUID) -> None:
        self.actor = actor
        self.export_id = export_id
        self.holder = uuid7()
        self.week: date | None = None
        self.done = 0
        self.size = 0

    def __enter__(self) -> _Work:
        found = self._execute(
            _CLAIM, [self.holder, HELD_MINUTES, self.actor.company_id, self.export_id, MOST_ATTEMPTS]
        )
        self.week = found[0] if found else None
        return self

    def count(self) -> None:
        """One more is written."""
        self.done += 1
        if self.done % _AT_ONCE == 0:
            self._execute(
                _PROGRESS, [self.done, HELD_MINUTES, self.actor.company_id, self.export_id, self.holder]
            )

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
        self._execute(
            _END,
            [status.value, self.done, self.size, why, self.actor.company_id, self.export_id, self.holder],
        )

    def _execute(self, text: str, values: list[Any]) -> Any:
        with chunk(self.actor), connection.cursor() as cursor:
            cursor.execute(text, values)
            return cursor.fetchone() if cursor.description else None
