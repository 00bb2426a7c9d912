"""Checks are printed with their stubs, once they have numbers (docs/domain.md#checks)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from io import BytesIO

import pytest
from pypdf import PdfReader

from batconnect.core.kernel.actors import Actor
from ledger.paying.errors import BatchState
from ledger.paying.printed import printed_check, printed_checks
from ledger.paying.services.building import build_batch
from ledger.paying.tests.builders import approved, due_drivers, ordered, set_up
from ledger.tests.settlement.builders import at
from tests.cast import StaffClient


def test_a_page_for_each_check_with_its_stub(
    manager: Actor, second_manager: Actor, client_of: Callable[..., StaffClient]
) -> None:
    set_up(manager)
    _, (second, _) = due_drivers(manager, 2)
    with at("2026-01-12"):
        ordered(manager, second_manager, second, amount=Decimal("50.00"))
        batch = approved(manager, second_manager, "check")
        with pytest.raises(BatchState, match="no checks"):
            printed_checks(actor=manager, batch_id=batch.id)
        build_batch(actor=manager, batch_id=batch.id)

    printed = printed_checks(actor=manager, batch_id=batch.id)
    called = client_of("manager").get(f"/ledger/payout-batches/{batch.id}/checks")

    pages = [page.extract_text() for page in PdfReader(BytesIO(printed.content)).pages]
    assert (printed.name, len(pages)) == (f"{batch.number}.pdf", 2)
    assert "Two hundred and 00/100 dollars" in pages[0]
    assert "1001" in pages[0]
    assert "Driver 1" in pages[0]
    assert "January 12, 2026" in pages[0]
    assert "700.00" in pages[0], "the gross of the stub"
    assert "1002" in pages[1]
    assert "One hundred fifty and 00/100 dollars" in pages[1]
    assert "Kept for Queens Family Court, F-1" in pages[1]
    assert (called.status_code, called.content[:5]) == (200, b"%PDF-")
    one = printed_check(actor=manager, payout_id=batch.payouts.get(place=2).id)
    assert one.name == f"{batch.number}-1002.pdf"
