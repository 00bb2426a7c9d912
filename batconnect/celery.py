"""The Celery app: its settings are Django's `CELERY_…`, its tasks each app's `tasks.py`."""

from __future__ import annotations

import gc
import os
import sys
from typing import Any, Final

import django
from celery import Celery, signals
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import SystemCheckError
from django_structlog.celery.steps import DjangoStructLogInitStep

from batconnect.core.jobs.metrics import begin_worker, end_process, end_worker, prepare_worker
from batconnect.embedded.environment import forget_owner, prepare_environment

prepare_worker()
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "batconnect.settings")
prepare_environment()
forget_owner()

app = Celery("batconnect")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.result_expires = None  # no results are kept, so beat needs no clean-up task
app.autodiscover_tasks()
app.steps["worker"].add(DjangoStructLogInitStep)

signals.worker_init.connect(begin_worker)

# A chunk of thousands of rows is made of hundreds of thousands of objects, none of them garbage until it is written:
# with Python's own thresholds (700, 10, 10) the collector looks through all of them again and again, and two fifths of
# the time of a large file went there.
_COLLECT_AFTER: Final = (50_000, 20, 20)


@signals.worker_process_init.connect
def collect_seldom(**_: Any) -> None:
    """Keep the collector from what was loaded before the first job, and let it look at the rest less often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_COLLECT_AFTER)


@signals.setup_logging.connect
def refuse_unsafe(**_: Any) -> None:
    """Keep a worker or beat from starting with what the web server would refuse to serve with.

    This signal is sent before a worker forks and before beat reads its schedules; beat's own comes afterwards. The
    database is not asked: both wait for one that is away.
    """
    django.setup()
    from batconnect.core.serving.production import refuse_unfit_settings
    from batconnect.core.serving.traces import begin_tracing

    try:
        refuse_unfit_settings()
        begin_tracing("batconnect-jobs")
    except (SystemCheckError, ImproperlyConfigured) as error:
        # Celery logs what a receiver raises and goes on; this it does not catch.
        sys.exit(str(error))


signals.worker_process_shutdown.connect(end_process)
signals.worker_shutdown.connect(end_worker)


@signals.setup_logging.connect
def use_our_logging(**_: Any) -> None:
    """Logs are configured by Django's settings; Celery would replace them."""


@signals.worker_ready.connect
def look_for_work_left_behind(**_: Any) -> None:
    """Take up at once what an earlier worker was doing when it died, not at the end of the minute."""
    from batconnect.core.jobs.running import send_sweeps  # the apps are loaded by now

    send_sweeps()
