"""A cluster in a temporary folder, with the demo loaded; gone when the run ends. Never the user's `var/`.

With `BENCH_FOLDER` it lies there and stays, with the databases that were filled in it.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from batconnect.embedded.environment import leave, prepare_operators_environment
from batconnect.embedded.paths import locate_data_dir

SETTINGS_OF_A_RUN = (
    "DATABASE_URL",
    "DATABASE_OWNER_URL",
    "DATABASE_SUPERUSER_URL",
    "CELERY_BROKER_URL",
    "SECRET_KEY",
    "ENCRYPTION_KEYS",
    "BATCONNECT_EMBEDDED",
    "MEDIA_ROOT",
)


@contextmanager
def scratch() -> Iterator[Path]:
    """Start the cluster, migrate, load the demo, set up Django; stop and remove everything at the end."""
    kept = kept_folder()
    folder = kept or Path(tempfile.mkdtemp(prefix="batconnect-bench-"))
    folder.mkdir(parents=True, exist_ok=True)
    # The server's user must be able to enter; what is inside is private.
    folder.chmod(0o755)
    for name in SETTINGS_OF_A_RUN:
        os.environ.pop(name, None)
    os.environ.update(
        BATCONNECT_DATA_DIR=str(folder),
        DJANGO_SETTINGS_MODULE="batconnect.settings",
        THROTTLE_LOGIN_PER_MINUTE="0",
        THROTTLE_WRITES_PER_SECOND="0",
        LOG_LEVEL="WARNING",
    )
    prepare_operators_environment()
    data = locate_data_dir(environ=os.environ)
    try:
        import django
        from django.core.management import call_command

        django.setup()
        call_command("prepare", demo=True, verbosity=0)
        yield folder
    finally:
        from django.db import connections

        connections.close_all()
        leave(data=data)
        if kept is None:
            shutil.rmtree(folder, ignore_errors=True)


def kept_folder() -> Path | None:
    """Where the cluster is to stay; None: nowhere."""
    named = os.environ.get("BENCH_FOLDER")
    return Path(named).resolve() if named else None


def url_of(*, role: str, database: str) -> str:
    """The URL of another database of the cluster, for `app`, `owner` or `superuser`."""
    name = {"app": "DATABASE_URL", "owner": "DATABASE_OWNER_URL", "superuser": "DATABASE_SUPERUSER_URL"}[role]
    return urlsplit(os.environ[name])._replace(path=f"/{database}").geturl()
