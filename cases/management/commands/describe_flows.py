"""`manage.py describe_flows`: writes docs/flows.md."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from cases.drawing import describe_flows


class Command(BaseCommand):
    help = "Write docs/flows.md: every workflow with its diagram; with --check, only compare."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="fail when the file is not up to date")

    def handle(self, *args: Any, **options: Any) -> None:
        target = Path(settings.BASE_DIR) / "docs" / "flows.md"
        text = describe_flows()
        if options["check"]:
            if not target.is_file() or target.read_text() != text:
                raise CommandError("docs/flows.md is not up to date: run manage.py describe_flows.")
            return
        target.parent.mkdir(exist_ok=True)
        target.write_text(text)
        self.stdout.write(f"Wrote {target.relative_to(settings.BASE_DIR)}.")
