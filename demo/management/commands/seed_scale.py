"""Fill a company with rows in quantity, for measurements."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from batconnect.core.models import Company
from demo.scale import Scale, seed_scale

PAYMENTS_PER_DRIVER = 100
FEWEST_DRIVERS = 100


class Command(BaseCommand):
    help = "Add obligations and interim payments with real entries and postings to a company, set-based."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--company", required=True, help="the company's name or id")
        parser.add_argument("--payments", type=int, default=10_000, help="each with one allocation")
        parser.add_argument("--obligations", type=int, default=None, help="default: as many as payments")
        parser.add_argument(
            "--drivers", type=int, default=None, help="default: one for 100 payments, at least 100"
        )
        parser.add_argument(
            "--trusted",
            action="store_true",
            help="for scratch databases: write as the embedded superuser, key checks and triggers off",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        payments = options["payments"]
        obligations = payments if options["obligations"] is None else options["obligations"]
        if payments < 0 or obligations < 0 or (payments and not obligations):
            raise CommandError("Payments are allocated to obligations: ask for at least one of them.")
        if options["trusted"] and not settings.DATABASE_SUPERUSER_URL:
            raise CommandError("--trusted is for the embedded database alone.")
        drivers = options["drivers"] or max(FEWEST_DRIVERS, max(payments, obligations) // PAYMENTS_PER_DRIVER)
        scale = Scale(
            company_id=_company_id(options["company"]),
            payments=payments,
            obligations=obligations,
            drivers=drivers,
        )
        console = Console(highlight=False, quiet=options["verbosity"] == 0)
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
        )
        with Progress(*columns, console=console) as bar:
            task = bar.add_task("Filling", total=payments + obligations + drivers)
            seed_scale(
                scale=scale,
                trusted=options["trusted"],
                progress=lambda rows: bar.update(task, advance=rows),
            )


def _company_id(text: str) -> UUID:
    company = Company.objects.filter(name=text).first()
    if company is None:
        try:
            company = Company.objects.filter(pk=UUID(text)).first()
        except ValueError:
            company = None
    if company is None:
        raise CommandError(f"There is no company {text!r}.")
    return company.pk
