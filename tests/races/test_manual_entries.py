"""Two who enter in the journal at the same moment do not both slip under the limit (docs/domain.md#journal-entries)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.models import Approval, CompanySettings
from ledger.general.models import ManualEntry
from ledger.general.services.manual import enter_journal, void_manual_entry
from ledger.tests.general.builders import WHY, enter, lines_of
from ledger.verification import verify
from tests.cast import acting
from tests.races.test_raising import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def test_of_two_entries_at_once_the_second_counts_the_first() -> None:
    with acting("administrator"):
        CompanySettings.objects.update(manual_entry_approval_limit=Decimal("100.00"))

    def post(actor: Actor) -> str:
        lines = lines_of(("expenses:other", "60.00"), ("accrued_expenses", "-60.00"))
        return type(enter_journal(actor=actor, on=today(actor.company), lines=lines, reason=WHY)).__name__

    outcomes = at_once(post, post)

    assert sorted(outcomes) == ["Approval", "ManualEntry"]
    with acting("manager") as actor:
        assert (ManualEntry.objects.count(), Approval.objects.count()) == (1, 1)
        assert list(verify(actor=actor)) == []


def test_two_voids_at_once_reverse_it_once() -> None:
    with acting("manager") as actor:
        row = enter(actor)

    def void(actor: Actor) -> str:
        done = void_manual_entry(actor=actor, manual_entry_id=row.id, reason=WHY)
        return type(done).__name__

    outcomes = at_once(void, void)

    assert sorted(outcomes) == ["ManualEntry", "already_voided"]
    with acting("manager") as actor:
        assert list(verify(actor=actor)) == []
