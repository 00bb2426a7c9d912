"""DTRs that are ticked in their list, or all that its filter finds, become a batch that waits for a second person."""

from __future__ import annotations

import pytest
from django.urls import reverse

from batconnect.core.kernel.actors import Actor
from batconnect.core.models import Approval
from ledger.models import PayoutBatch
from ledger.paying.models import Payout
from ledger.paying.services.holds import hold_payee
from ledger.paying.tests.builders import WHY, confirmed, due_drivers, set_up
from ledger.tests.settlement.builders import at
from tests.console import browser, seen_on

pytestmark = pytest.mark.django_db


def test_ticked_rows_and_all_that_the_filter_finds_are_paid(manager: Actor, second_manager: Actor) -> None:
    set_up(manager)
    drivers = due_drivers(manager)
    with at("2026-01-11"):
        for place, (debtor, _) in enumerate(drivers):
            confirmed(manager, second_manager, debtor, f"0001234567{place:02d}")
        hold_payee(actor=manager, customer_id=drivers[2][0].customer.id, reason=WHY)
    console, page = browser("manager"), reverse("admin:ledger_dtr_changelist")
    dtrs = [dtr for _, dtr in drivers]
    assert "Pay these drivers" in console.get(page).content.decode()
    assert "Pay these drivers" not in browser("auditor").get(page).content.decode()

    with at("2026-01-12"):
        sent = {"action": "draft_chosen", "index": "0", "select_across": "0"}
        one = console.post(page, {**sent, "_selected_action": [str(dtrs[0].id)]})
        every = console.post(
            f"{page}?status__exact=Finalized",
            {**sent, "select_across": "1", "_selected_action": [str(dtrs[0].id)]},
        )
        address = reverse("admin:ledger_dtr_draft")
        assert f'action="{address}"' in one.content.decode()
        assert one.context["form"]["only"].value() == dtrs[0].number
        named = every.context["form"]["only"].value()
        assert named.split() == [dtr.number for dtr in dtrs]
        asked = {"way": "ach", "week": "", "only": named, "bank_account": "", "effective_on": ""}
        preview = console.post(address, asked)
        shown = preview.content.decode()
        assert "400.00 USD to 2 drivers" in shown
        assert "Left out: On hold since" in shown
        assert not PayoutBatch.objects.exists()
        console.post(address, {**asked, "seen": seen_on(preview)["seen"]})

    batch = PayoutBatch.objects.get()
    assert Payout.objects.filter(batch=batch).count() == batch.payout_count == 2
    assert Approval.objects.get(holds=str(batch.id)).status == "pending_approval"
    assert [each["dtr_number"] for each in batch.left_out] == [dtrs[2].number]
