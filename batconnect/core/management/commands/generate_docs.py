"""Write the pages of docs/ that come from the code, or check that they are up to date."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.module_loading import import_string

# Page → the function that writes it; `--check` compares.
PAGES: Final[dict[str, str]] = {
    "errors.md": "batconnect.core.kernel.generated_docs.errors_page",
    "permissions.md": "batconnect.core.kernel.generated_docs.permissions_page",
    "database-rights.md": "batconnect.core.database.rights.rights_page",
    "flows.md": "cases.drawing.describe_flows",
}


class Command(BaseCommand):
    """`generate_docs` writes; `generate_docs --check` exits 1 when a page is not what would be written."""

    help = "Write the pages of docs/ that come from the code: errors, permissions, database rights, flows."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="write nothing, exit 1 on a difference")

    def handle(self, *args: Any, **options: Any) -> None:
        stale = []
        for name, source in PAGES.items():
            make: Callable[[], str] = import_string(source)
            page, path = make(), Path(settings.BASE_DIR, "docs", name)
            if path.exists() and path.read_text() == page:
                continue
            stale.append(name)
            if not options["check"]:
                path.parent.mkdir(exist_ok=True)
                path.write_text(page)
                self.stdout.write(f"wrote docs/{name}")
        if stale and options["check"]:
            raise CommandError(f"out of date: {', '.join(stale)}; run manage.py generate_docs")
