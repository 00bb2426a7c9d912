"""Back up everything that must be kept, encrypted."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from batconnect.core.recovery.backups import make_backup
from batconnect.core.recovery.errors import RecoveryError
from batconnect.core.recovery.keys import make_key, read_recipients


class Command(BaseCommand):
    help = (
        "Write the database and the attached files, encrypted with age, into a new folder below --to; "
        "--new-key FILE makes a pair of keys instead (docs/operations.md#backup)."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--to", type=Path, help="the folder of backups")
        parser.add_argument(
            "--recipient",
            action="append",
            default=[],
            help="a public key; repeatable (default: BACKUP_RECIPIENTS)",
        )
        parser.add_argument(
            "--new-key", type=Path, help="write a new private key to this file and print its public key"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["new_key"]:
                self.stdout.write(make_key(options["new_key"]))
            elif options["to"]:
                self._back_up(to=options["to"], recipients=options["recipient"])
            else:
                raise CommandError("Say where to write the backup: --to FOLDER.")
        except RecoveryError as error:
            raise CommandError(str(error)) from error

    def _back_up(self, *, to: Path, recipients: list[str]) -> None:
        began = time.monotonic()
        keys = read_recipients(recipients or settings.BACKUP_RECIPIENTS)
        url = settings.DATABASE_BACKUP_URL or settings.DATABASE_SUPERUSER_URL
        if not url:
            raise CommandError(
                "Set DATABASE_BACKUP_URL to a role that may read every row (docs/operations.md#backup)."
            )
        folder = make_backup(url=url, media=Path(settings.MEDIA_ROOT), to=to, recipients=keys)
        size = sum(path.stat().st_size for path in folder.iterdir())
        self.stdout.write(f"{folder}: {size:,} bytes in {time.monotonic() - began:.0f} s.")
