"""`manage.py sync_flows`: copies the declared flows into the flow tables, as migrate does."""

from typing import Any

from django.core.management.base import BaseCommand

from batconnect.core.database.roles import as_owner
from cases.sync import synchronize_flows


class Command(BaseCommand):
    help = "Copy the workflows declared in code into the flow tables (repeatable; migrate does it too)."

    def handle(self, *args: Any, **options: Any) -> None:
        with as_owner():
            done = synchronize_flows()
        self.stdout.write(f"{done.types} case types, {done.steps} steps, {done.transitions} transitions.")
