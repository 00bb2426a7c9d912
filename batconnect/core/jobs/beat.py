"""beat's scheduler: the rows of django-celery-beat, and patience with a database that is away."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

import structlog
from django.db import DatabaseError, InterfaceError, close_old_connections
from django_celery_beat.schedulers import DatabaseScheduler

_log = structlog.stdlib.get_logger("batconnect.beat")
RETRY_SECONDS: Final = 2.0


class PatientScheduler(DatabaseScheduler):
    """Waits for a lost database, where django-celery-beat's own scheduler ends with it."""

    def tick(self, *args: Any, **kwargs: Any) -> float:
        """Send what is due and return the seconds until the next look; while the database is away, a few."""
        try:
            return float(super().tick(*args, **kwargs))
        except (DatabaseError, InterfaceError) as error:
            _log.warning("beat_waits_for_the_database", error=type(error).__name__)
            close_old_connections()
            # What changed meanwhile may have been noted and not read: the next look reads every row again.
            self._last_full_sync = datetime.min  # noqa: DTZ901 - as naive as what the library compares it with
            return RETRY_SECONDS
