"""Throw everything away and load the demo again."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, connection, transaction

from batconnect.core.database.roles import as_owner
from batconnect.embedded.paths import DataDir
from batconnect.embedded.preparation import forget_prepared, remember_prepared
from batconnect.embedded.run import is_served


class Command(BaseCommand):
    help = "Drop all tables and their contents, migrate, and load the demo again (embedded database only)."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument(
            "--yes-really",
            action="store_true",
            help="also when DATABASE_URL names a database of your own: EVERYTHING in it is lost",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.EMBEDDED and not options["yes_really"]:
            raise CommandError(
                "DATABASE_URL names a database of your own. Everything in it would be lost; add --yes-really."
            )
        data = DataDir(path=settings.DATA_DIR)
        if settings.EMBEDDED:
            if is_served(data=data):
                raise CommandError("The database is being served; stop `make run` and try again.")
            # Whatever happens from here on, the next run prepares what is missing.
            forget_prepared(data=data)
        self.stdout.write("  Dropping all tables …")
        try:
            with as_owner(), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("set local lock_timeout = '5s'")
                cursor.execute("drop schema public cascade")
                cursor.execute("create schema public")
        except OperationalError as error:
            raise CommandError("The database is in use; stop `make run` and try again.") from error
        call_command("prepare", demo=True, verbosity=options["verbosity"])
        if settings.EMBEDDED:
            remember_prepared(data=data)
        self.stdout.write("The demo is loaded again; `make run` serves it.")
