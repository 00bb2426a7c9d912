"""Everything between a started database server and serving: repeatable, in one process."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import BaseCommand

from batconnect.core.database.distribution.plan import where_tables_lie
from batconnect.core.database.roles import as_owner
from batconnect.core.files.storage import close_media_root
from batconnect.core.serving.production import refuse_unfit_settings, refuse_unsafe_start


class Command(BaseCommand):
    help = (
        "Migrate, synchronize flows and schedules, set up the runtime role, collect static files; "
        "--demo loads the demo once."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument(
            "--demo", action="store_true", help="load the demo companies unless they are there"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        refuse_unfit_settings()
        self._step("Migrating the database (flows and schedules follow)")
        call_command("migrate", verbosity=0, interactive=False)
        with as_owner():
            is_distributed = bool(where_tables_lie())
        if is_distributed:
            self._step("Giving new tables their place on the nodes")
            call_command("distribute", verbosity=0)
        self._step("Setting up the runtime role")
        call_command("setup_roles", verbosity=0)
        close_media_root()
        self._step("Collecting static files")
        collect_static_files()
        if options["demo"]:
            self._step("Loading the demo (once)")
            call_command("load_demo", verbosity=options["verbosity"])
        refuse_unsafe_start()

    def _step(self, text: str) -> None:
        self.stdout.write(f"  {text} …")
        self.stdout.flush()


def collect_static_files() -> None:
    """Collect the static files unless the same were collected before: to compress them takes half a minute."""
    made_of = Path(settings.STATIC_ROOT) / ".made-of"
    current = _digest_of_sources()
    if made_of.exists() and made_of.read_text(encoding="utf-8") == current:
        return
    call_command("collectstatic", verbosity=0, interactive=False)
    made_of.write_text(current, encoding="utf-8")


def _digest_of_sources() -> str:
    digest = hashlib.sha256(repr(settings.STORAGES["staticfiles"]).encode())
    for finder in get_finders():
        for name, storage in finder.list([]):
            status = Path(storage.path(name)).stat()
            digest.update(f"{name} {status.st_size} {status.st_mtime_ns}\n".encode())
    return digest.hexdigest()
