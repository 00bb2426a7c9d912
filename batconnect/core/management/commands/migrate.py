"""`migrate` as the role that owns the tables: the runtime role cannot, and must not."""

from __future__ import annotations

from typing import Any

from django.core.management.commands.migrate import Command as MigrateCommand

from batconnect.core.roles import as_owner


class Command(MigrateCommand):
    def execute(self, *args: Any, **options: Any) -> Any:
        with as_owner():
            return super().execute(*args, **options)
