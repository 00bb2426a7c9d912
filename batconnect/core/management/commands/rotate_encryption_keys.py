"""Write every encrypted value anew under the first of ENCRYPTION_KEYS."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from batconnect.core.database.key_rotation import rotate_keys
from batconnect.core.database.roles import as_owner


class Command(BaseCommand):
    help = (
        "Write every encrypted value anew under the first of ENCRYPTION_KEYS (docs/operations.md). Repeatable, also "
        "while the app runs."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--check",
            action="store_true",
            help="write nothing; exit 1 while a value still needs an older key",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        with as_owner():
            rotations = rotate_keys(dry=options["check"])
        done = "still need an older key" if options["check"] else "written anew"
        for each in rotations:
            self.stdout.write(f"{each.column}: {each.values:,} values, {each.older:,} {done}.")
        unreadable = [f"{each.column} of row {key}" for each in rotations for key in each.unreadable]
        if unreadable:
            raise CommandError(
                f"No key opens {', '.join(unreadable[:20])}{' …' if len(unreadable) > 20 else ''}: put the key that "
                "they were written with back at the end of ENCRYPTION_KEYS and run this again."
            )
        if options["check"] and any(each.older for each in rotations):
            raise CommandError("Older keys are still needed: run `manage.py rotate_encryption_keys`.")
