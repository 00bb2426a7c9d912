"""Everything between a started database server and serving: repeatable, in one process."""

from __future__ import annotations

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = "Migrate, synchronise flows and schedules, set up the runtime role, collect static files; --demo loads the demo once."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument(
            "--demo", action="store_true", help="load the demo companies unless they are there"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        self._step("Migrating the database (flows and schedules follow)")
        call_command("migrate", verbosity=0, interactive=False)
        self._step("Setting up the runtime role")
        call_command("setup_roles", verbosity=0)
        self._step("Collecting static files")
        call_command("collectstatic", verbosity=0, interactive=False)
        if options["demo"]:
            self._step("Loading the demo (once)")
            call_command("load_demo", verbosity=options["verbosity"])
        call_command("check", databases=["default"], tags=["database"])

    def _step(self, text: str) -> None:
        self.stdout.write(f"  {text} …")
        self.stdout.flush()
