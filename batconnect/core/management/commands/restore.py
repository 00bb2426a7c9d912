"""Bring a backup back into an empty place."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from batconnect.core.recovery.errors import RecoveryError
from batconnect.core.recovery.keys import read_identities
from batconnect.core.recovery.restoring import restore_backup


class Command(BaseCommand):
    help = (
        "Restore a backup into an empty database and an empty folder of files, compare every table with what was "
        "backed up, and prepare the place for serving (docs/operations.md#restore)."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, help="the backup: a folder that `backup` wrote")
        parser.add_argument("--identity", type=Path, required=True, help="the file with the private key")

    def handle(self, *args: Any, **options: Any) -> None:
        began = time.monotonic()
        reader = settings.DATABASE_BACKUP_URL or settings.DATABASE_SUPERUSER_URL
        if not settings.DATABASE_OWNER_URL or not reader:
            raise CommandError(
                "Set DATABASE_OWNER_URL to the role that will own the tables, and DATABASE_BACKUP_URL to one that may "
                "read every row (docs/operations.md#restore)."
            )
        try:
            restored = restore_backup(
                folder=options["folder"],
                identities=read_identities(options["identity"]),
                owner_url=settings.DATABASE_OWNER_URL,
                reader_url=reader,
                media=Path(settings.MEDIA_ROOT),
            )
        except RecoveryError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"The backup of {restored.made_at} is back: {restored.rows:,} rows in {restored.tables} tables, every one "
            f"as it was, and {restored.files:,} files, in {time.monotonic() - began:.0f} s."
        )
        call_command("prepare", stdout=self.stdout)
        self.stdout.write(
            "Encrypted values need the ENCRYPTION_KEYS of the place that was backed up. Now run verify_ledger."
        )
