"""An installation as the first migrations left it."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection

from tests.databases import make_empty, remove, superuser_connection
from tests.migrations.kept import ARCHIVE, migrate_to, migrations_of, restore


@pytest.fixture
def kept(django_db_setup: None, django_db_blocker: Any) -> Iterator[dict[str, int]]:
    """A database as such an installation left it; how many rows each table has."""
    before, name = str(connection.settings_dict["NAME"]), f"kept_demo_{os.getpid()}"
    with django_db_blocker.unblock():
        make_empty(name=name)
        try:
            with zipfile.ZipFile(ARCHIVE) as archive:
                migrate_to(migrations_of(archive))
            with superuser_connection() as server:
                counts = restore(server)
            yield counts
        finally:
            remove(name=name)
            connection.settings_dict["NAME"] = before
