"""Add a company: as the owner, because the runtime role cannot make one."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import IntegrityError

from batconnect.core.companies.currencies import OFFERED
from batconnect.core.companies.opening import add_company
from batconnect.core.database.roles import as_owner


class Command(BaseCommand):
    help = "Add a company with its settings and chart of accounts."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--name", required=True)
        parser.add_argument("--time-zone", required=True, help="an IANA name, for example America/New_York")
        parser.add_argument("--currency", default="USD", choices=sorted(OFFERED), help="the base currency")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with as_owner():
                company = add_company(
                    name=options["name"], time_zone=options["time_zone"], base_currency=options["currency"]
                )
        except (ValidationError, IntegrityError) as error:
            raise CommandError(f"The company was not added: {error}") from error
        self.stdout.write(f"{company.name}: {company.id}")
