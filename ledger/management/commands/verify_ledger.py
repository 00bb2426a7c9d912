"""Recompute every figure of the ledger from its postings and name each difference."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Sequence
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from batconnect.core.database.tenancy import company_context
from batconnect.core.management.companies import add_company_argument, chosen_companies
from batconnect.core.models import Company, Seal
from batconnect.core.sealing.checking import seal_differences
from ledger.models import LedgerVerification
from ledger.services.verifications import verify_ledger
from ledger.verification import Found, checks, incremental_checks


class Command(BaseCommand):
    help = (
        "Recompute the ledger from its postings; print each difference and keep the result for the console; "
        "exit 1 when there is a difference."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_company_argument(parser)
        parser.add_argument(
            "--seals", action="store_true", help="hold the books against their seals instead (docs/seals.md)"
        )

        parser.add_argument(
            "--new",
            action="store_true",
            help="only what was sealed since the last verification, and what it touches (docs/domain.md#verification)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        companies = chosen_companies(options["company"])
        if options["seals"]:
            self._check_seals(companies)
            return
        differences = narrow = 0
        with Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=Console(stderr=True),
        ) as progress:
            each_has = len(incremental_checks()) + 1 if options["new"] else len(checks())
            bar = progress.add_task("verifying", total=len(companies) * each_has)
            for company in companies:
                with company_context(company.id, job="verify_ledger") as actor:

                    def advance(name: str, company_name: str = company.name) -> None:
                        progress.update(bar, advance=1, description=f"{company_name}: {name}")

                    def report_difference(finding: Found, company_name: str = company.name) -> None:
                        difference = finding.difference
                        self.stdout.write(
                            f"{company_name}: {finding.check}: {difference.subject}: {difference.message}"
                        )

                    done = verify_ledger(
                        actor=actor,
                        only_new=options["new"],
                        progress=advance,
                        on_difference=report_difference,
                    )
                    differences += done.differences
                    narrow += done.scope == LedgerVerification.Scope.NEW
        _refuse(differences)
        if options["new"]:
            self.stdout.write(f"{narrow} of {len(companies)} companies by what is new: no differences.")
        else:
            self.stdout.write(f"{len(companies)} companies, {len(checks())} checks each: no differences.")

    def _check_seals(self, companies: Sequence[Company]) -> None:
        differences = seals = 0
        for company in companies:
            with company_context(company.id, job="verify_ledger") as actor:
                seals += Seal.objects.filter(company_id=company.id).count()
                for each in seal_differences(actor=actor):
                    differences += 1
                    self.stdout.write(f"{company.name}: {each.subject}: {each.message}")
        _refuse(differences)
        self.stdout.write(f"{len(companies)} companies, {seals} seals: no differences.")


def _refuse(differences: int) -> None:
    if differences:
        raise CommandError(f"{differences} difference{'s' if differences > 1 else ''} found.", returncode=1)
