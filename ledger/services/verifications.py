"""Verifying the ledger as a job: the checks, over everything or over what is new, and a row with the result."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any, Final

from batconnect.core.database.transactions import joins_transaction, reads
from batconnect.core.kernel import clock
from batconnect.core.kernel.actors import Actor
from batconnect.core.models import Seal
from batconnect.core.sealing.checking import new_seal_differences
from ledger.models import LedgerVerification
from ledger.verification import Difference, Found, Span, checks, incremental_checks, verify, verify_new

KEPT_FINDINGS: Final = 100
WHOLE_EVERY: Final = timedelta(days=7)
SEALS_HOLD: Final = "new seals hold"
_SUNDAY: Final = 7
_Scope = LedgerVerification.Scope


@joins_transaction
def verify_ledger(
    *,
    actor: Actor,
    only_new: bool = False,
    progress: Callable[[str], Any] = lambda name: None,
    on_difference: Callable[[Found], Any] = lambda difference: None,
) -> LedgerVerification:
    """Run every check in the actor's company, and keep the result; `on_difference` is called with each difference.

    With `only_new` the checks that have an incremental form run over the entries that were sealed since the last
    verification, and over what they touch; everything where there is nothing to begin from: no verification that knows
    a seal, or a last one that found something. Rule: docs/domain.md#verification.

    The whole reads the whole ledger: for a job or a command, not for a page. Keeps the first KEPT_FINDINGS differences.
    """
    started = clock.now()
    head = _head(actor) if only_new else None
    # Before anything is read: what is sealed meanwhile is new to the next one.
    seal = Seal.objects.filter(company_id=actor.company_id).order_by("-number").first()
    total = 0
    findings: list[dict[str, str]] = []
    for each in _found(actor, head, seal, progress):
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
        checks=len(incremental_checks()) + 1 if head else len(checks()),
        differences=total,
        findings=findings,
        actor=actor.name,
        scope=_Scope.NEW if head else _Scope.WHOLE,
        sealed_upto=seal.number if seal else 0,
        seal_digest=bytes(seal.digest) if seal else b"",
    )


def _found(
    actor: Actor,
    head: LedgerVerification | None,
    seal: Seal | None,
    progress: Callable[[str], Any],
) -> Iterator[Found]:
    if head is None:
        yield from verify(actor=actor, progress=progress)
        return
    span = Span(after=head.sealed_upto, upto=seal.number if seal else 0)
    progress(SEALS_HOLD)
    for each in new_seal_differences(
        actor=actor, after=span.after, digest=bytes(head.seal_digest), upto=span.upto
    ):
        yield Found(SEALS_HOLD, Difference(each.subject, each.message))
    yield from verify_new(actor=actor, span=span, progress=progress)


def _head(actor: Actor) -> LedgerVerification | None:
    """The verification that one over what is new begins from; None when there is none, or the last found something."""
    last = last_verification(actor=actor)
    return last if last and last.is_clean and last.sealed_upto else None


@reads
def is_whole_due(*, actor: Actor) -> bool:
    """Whether the night's verification is to read everything: on Sundays, a week after the last one that did, after one
    that found something, and where none is there to begin from."""
    if _head(actor) is None or clock.today(actor.company).isoweekday() == _SUNDAY:
        return True
    whole = (
        LedgerVerification.objects.filter(company_id=actor.company_id, scope=_Scope.WHOLE)
        .order_by("-id")
        .first()
    )
    return whole is None or clock.now() - whole.finished_at > WHOLE_EVERY


@reads
def last_verification(*, actor: Actor) -> LedgerVerification | None:
    """The company's latest finished verification; None if there is none."""
    return LedgerVerification.objects.filter(company_id=actor.company_id).order_by("-id").first()
