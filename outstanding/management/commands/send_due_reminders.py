"""Remind customers of premiums that are due or overdue."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from batconnect.core.database.tenancy import company_context
from batconnect.core.management.companies import add_company_argument, chosen_companies
from outstanding.services import prepare_reminders, send_reminders


class Command(BaseCommand):
    help = "Put a reminder in the outbox for every row that has reached a stage, then send what is in it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_company_argument(parser)
        parser.add_argument("--prepare-only", action="store_true", help="fill the outbox, send nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        for company in chosen_companies(options["company"]):
            with company_context(company.id, job="send_due_reminders") as actor:
                made = prepare_reminders(actor=actor)
            sent = ""
            if not options["prepare_only"]:
                report = send_reminders(company_id=company.id)
                sent = f", {report.sent} sent, {report.failed} failed"
            self.stdout.write(f"{company.name}: {made} new{sent}.")
