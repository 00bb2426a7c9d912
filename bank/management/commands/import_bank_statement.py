"""Import a file of bank statements, by the service behind POST /api/accounting/bank-statements."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.core.management.base import CommandError

from bank.models import Statement, StatementMapping
from bank.services.intake import receive_statements
from bank.services.notifying import Notified
from bank.services.processing import process_account
from bank.services.trying import StatementDryRun, dry_run
from batconnect.core.database.tenancy import company_context, job_actor
from batconnect.core.files.imports import Progress
from batconnect.core.jobs.holds import WorkHeld
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.money import format_amount
from batconnect.core.management.imports import FileCommand
from batconnect.core.models import Company
from ledger.treasury.models import BankAccount

_JOB = "import_bank_statement"
_NOT_BOOKED = (Statement.Status.HELD, Statement.Status.WAITING, Statement.Status.REFUSED)


class Command(FileCommand):
    help = "Import bank statements: CAMT.053, MT940, BAI2, OFX, or CSV and XLSX by a mapping."
    bad = ("statement was not booked", "statements were not booked")

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--account", help="the bank account's code (default: by the number in the file)")
        parser.add_argument("--mapping", help="the name of a mapping, for CSV and XLSX")
        parser.add_argument("--force", action="store_true", help="take the same file again")

    def take(self, company: Company, content: bytes, options: dict[str, Any], progress: Progress) -> int:
        """Check, or store and book; how many statements are held or wait."""
        with company_context(company.id, job=_JOB) as actor:
            given: dict[str, Any] = {
                "content": content,
                "file_name": options["file"].name,
                "bank_account_id": _account(actor, options["account"]),
                "mapping_id": _mapping(actor, options["mapping"]),
            }
            if options["dry_run"]:
                tried = dry_run(actor=actor, **given)
                for each in tried.statements:
                    self._report_tried(each)
                self._report_notified(tried.notified)
                return sum(each.status not in ("booked", "same") for each in tried.statements)
            received = receive_statements(actor=actor, force=options["force"], **given)
        worker = job_actor(company_id=company.id, job=_JOB)
        for account_id in sorted(received.accounts):
            try:
                process_account(actor=worker, bank_account_id=account_id, progress=progress)
            except WorkHeld as held:
                self.stdout.write(f"The lines are left to {held.holder.describe(company.time_zone)}.")
        self._report_notified(received.notified)
        with company_context(company.id, job=_JOB):
            ids = [each.id for each in (*received.statements, *received.repeated)]
            statements = list(Statement.objects.filter(company_id=company.id, id__in=ids).order_by("id"))
            return self._report(statements)

    def _report(self, statements: Sequence[Statement]) -> int:
        for each in statements:
            for problem in each.problems:
                self.stdout.write(f"place {problem['place']}: {problem['field']}: {problem['message']}")
            self.stdout.write(
                f"{each}: {each.new_lines} new, {each.known_lines} known, {each.held_lines} held, "
                f"{each.booked_lines} booked: {each.status}. {each.hold_message}".rstrip()
            )
        return sum(each.status in _NOT_BOOKED for each in statements)

    def _report_notified(self, notified: Notified | None) -> None:
        if notified is None:
            return
        for each in notified.problems:
            self.stdout.write(f"place {each.place}: {each.field}: {each.message}")
        self.stdout.write(
            f"Notifications: {notified.new} new, {notified.known} known, {notified.told} to be looked at."
        )

    def _report_tried(self, tried: StatementDryRun) -> None:
        for problem in tried.problems:
            self.stdout.write(f"place {problem['place']}: {problem['field']}: {problem['message']}")
        for held in tried.held:
            self.stdout.write(f"line {held['line_no']}: would be held: {held['note']}")
        for likely in tried.likely_duplicates:
            self.stdout.write(f"line {likely['line_no']}: likely {likely['title']}")
        amounts = f"in {format_amount(tried.money_in)}, out {format_amount(tried.money_out)} {tried.currency}"
        self.stdout.write(
            f"{tried.account_name}: {tried.new_lines} new, {tried.known_lines} known, "
            f"{tried.likely_known_lines} likely known, {tried.held_lines} held ({amounts}): would be "
            f"{tried.status}. {tried.message}".rstrip()
        )


def _account(actor: Actor, code: str | None) -> UUID | None:
    if not code:
        return None
    account = BankAccount.objects.filter(company_id=actor.company_id, code=code).first()
    if account is None:
        raise CommandError(f"There is no bank account {code!r}.")
    return account.id


def _mapping(actor: Actor, name: str | None) -> UUID | None:
    if not name:
        return None
    mapping = StatementMapping.objects.filter(company_id=actor.company_id, name=name).first()
    if mapping is None:
        raise CommandError(f"There is no mapping of statements {name!r}.")
    return mapping.id
