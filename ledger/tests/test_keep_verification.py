"""Verifying the ledger leaves a row with the result."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from batconnect.core.kernel.actors import Actor
from ledger import verification
from ledger.models import LedgerVerification
from ledger.services.verifications import KEPT_FINDINGS, last_verification, verify_ledger
from ledger.verification import Difference


def test_keeps_that_nothing_differed(manager: Actor) -> None:
    kept = verify_ledger(actor=manager)

    assert (kept.differences, kept.findings, kept.checks) == (0, [], len(verification.checks()))
    assert kept.is_clean
    assert last_verification(actor=manager) == kept


def test_counts_every_difference_and_keeps_the_first(manager: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(actor: Actor) -> Iterator[Difference]:
        for number in range(KEPT_FINDINGS + 20):
            yield Difference(f"obligation {number}", "is off by 0.01")

    monkeypatch.setitem(verification._checks, "what is wrong", wrong)
    heard: list[str] = []

    kept = verify_ledger(
        actor=manager, on_difference=lambda finding: heard.append(finding.difference.subject)
    )

    assert (kept.differences, len(heard), len(kept.findings)) == (120, 120, 100)
    assert kept.findings[0] == {
        "check": "what is wrong",
        "subject": "obligation 0",
        "message": "is off by 0.01",
    }
    assert not kept.is_clean


def test_another_company_has_its_own(manager: Actor, outsider: Actor) -> None:
    verify_ledger(actor=outsider)

    assert last_verification(actor=outsider) is not None
    assert LedgerVerification.objects.exclude(company_id=outsider.company_id).count() == 0
