"""Carry out a bank's file of returns, by the service behind POST /ledger/payout-returns."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from batconnect.core.database.tenancy import company_context
from batconnect.core.files.imports import Progress
from batconnect.core.kernel.money import format_amount
from batconnect.core.management.imports import FileCommand
from batconnect.core.models import Company
from ledger.paying.models import PayoutReturn
from ledger.paying.services.returns import record_returns

_JOB = "import_payout_returns"
_LEFT = (PayoutReturn.Outcome.UNKNOWN, PayoutReturn.Outcome.DIFFERS, PayoutReturn.Outcome.WAITING)


class Command(FileCommand):
    help = (
        "Carry out a bank's NACHA file of returns: what came back is due again. Corrected accounts have to be proposed "
        "by a person, in the console or by the API."
    )
    bad = ("entry changed nothing", "entries changed nothing")

    def take(self, company: Company, content: bytes, options: dict[str, Any], progress: Progress) -> int:
        """Carry it out, or only say what would come of it; how many entries changed nothing."""
        with company_context(company.id, job=_JOB) as actor:
            done = record_returns(actor=actor, content=content, file_name=options["file"].name)
            for each in done:
                payee = each.payout.payee if each.payout else "not ours"
                self.stdout.write(
                    f"line {each.line}: {each.code} {each.trace}, {format_amount(each.amount)} to {payee}: "
                    f"{each.get_outcome_display()}. {each.note}".rstrip()
                )
            progress(len(done))
            if options["dry_run"]:
                transaction.set_rollback(True)
        return sum(each.outcome in _LEFT for each in done)
