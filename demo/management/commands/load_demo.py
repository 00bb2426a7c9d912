"""Load the demo companies, once."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from demo.errors import DemoRefused
from demo.loading import STEPS, load_demo
from demo.logins import logins_file


class Command(BaseCommand):
    help = "Load the demo companies with their drivers, debts and payments; does nothing if they are already there."

    def handle(self, *args: Any, **options: Any) -> None:
        console = Console(highlight=False, quiet=options["verbosity"] == 0)
        bar = Progress(
            TextColumn("    {task.description:<20}"), BarColumn(), TimeElapsedColumn(), console=console
        )
        try:
            with bar:
                task = bar.add_task("Loading the demo", total=STEPS)
                loaded = load_demo(progress=lambda step: bar.update(task, description=step, advance=1))
                bar.update(task, description="done" if loaded else "was there", completed=STEPS)
        except DemoRefused as refused:
            raise CommandError(str(refused)) from refused
        if loaded:
            console.print(f"    The logins are in {logins_file()}.", soft_wrap=True)
