"""Verifying the ledger as a job: every check, and a row with the result."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from batconnect.core.database.transactions import joins_transaction, reads
from batconnect.core.kernel import clock
from batconnect.core.kernel.actors import Actor
from ledger.models import LedgerVerification
from ledger.verification import Found, checks, verify

KEPT_FINDINGS: Final = 100


@joins_transaction
def verify_ledger(
    *,
    actor: Actor,
    progress: Callable[[str], Any] = lambda name: None,
    on_difference: Callable[[Found], Any] = lambda difference: None,
) -> LedgerVerification:
    """Run every check in the actor's company, and keep the result; `on_difference` is called with each difference.

    Rule: docs/domain.md#journal.

    Reads the whole ledger: for a job or a command, not for a page. Keeps the first KEPT_FINDINGS differences.
    """
    started = clock.now()
    total = 0
    findings: list[dict[str, str]] = []
    for each in verify(actor=actor, progress=progress):
        total += 1
        on_difference(each)
        if total <= KEPT_FINDINGS:
            findings.append(
                {
                    "check": each.check,
                    "subject": each.difference.subject,
                    "message": each.difference.message,
                }
            )
    return LedgerVerification.objects.create(
        company_id=actor.company_id,
        started_at=started,
        finished_at=clock.now(),
        checks=len(checks()),
        differences=total,
        findings=findings,
        actor=actor.name,
    )


@reads
def last_verification(*, actor: Actor) -> LedgerVerification | None:
    """The company's latest finished verification; None if there is none."""
    return LedgerVerification.objects.filter(company_id=actor.company_id).order_by("-id").first()
