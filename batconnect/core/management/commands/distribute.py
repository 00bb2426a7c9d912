"""Distribute a migrated database by company with Citus."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from batconnect.core.database.distribution.distributing import CannotDistribute, Report, distribute
from batconnect.core.database.distribution.moving import move_company
from batconnect.core.database.distribution.plan import Place
from batconnect.core.database.granting import grant_rights
from batconnect.core.database.roles import as_owner


class Command(BaseCommand):
    help = (
        "Turn a migrated database into one that Citus distributes by company, or move one company to a node of its own "
        "(docs/scale-distributed.md). Repeatable; nothing else may use the database meanwhile."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="say what would be done")
        parser.add_argument("--move-company", metavar="ID", type=UUID, help="move this company's rows")
        parser.add_argument("--node", metavar="HOST:PORT", help="where to")

    def handle(self, *args: Any, **options: Any) -> None:
        if (options["move_company"] is None) != (options["node"] is None):
            raise CommandError("--move-company ID and --node HOST:PORT belong together.")
        try:
            with as_owner():
                if options["move_company"]:
                    self._move(options)
                else:
                    self._distribute(options)
        except CannotDistribute as error:
            raise CommandError(str(error)) from error

    def _distribute(self, options: dict[str, Any]) -> None:
        say = self.stdout.write if options["verbosity"] > 1 else lambda _: None
        report = distribute(dry_run=options["dry_run"], say=say)
        if options["verbosity"] == 0:
            return
        word = "would go" if options["dry_run"] else "went"
        for place in (Place.BY_COMPANY, Place.EVERYWHERE):
            tables = report.tables[place]
            self.stdout.write(
                f"{len(tables)} tables {word} {place}{': ' if tables else ''}{', '.join(tables)}."
            )
        self.stdout.write(f"{report.there} tables lie where they belong.")
        if not options["dry_run"]:
            self._rules(report)

    def _rules(self, report: Report) -> None:
        self.stdout.write(
            f"{report.policies} policies, {report.triggers} triggers and {report.keys} keys were made anew. "
            "Run `manage.py setup_roles`, and the application with DATABASE_DISTRIBUTED=true."
        )

    def _move(self, options: dict[str, Any]) -> None:
        if not settings.DATABASE_DISTRIBUTED:
            raise CommandError(
                "Set DATABASE_DISTRIBUTED=true: rights are given to new shards as to distributed ones."
            )
        for line in move_company(options["move_company"], node=options["node"], dry_run=options["dry_run"]):
            self.stdout.write(line)
        if not options["dry_run"]:
            # New shards have the coordinator's own rights, which name columns.
            grant_rights(role=settings.RUNTIME_ROLE)
