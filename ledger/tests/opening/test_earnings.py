"""Earnings that were opened are taken by the first DTR (docs/domain.md#opening-batch)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from batconnect.core.approvals.services import approve
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import Conflict, InvalidInput
from ledger.models import DtrLine, LeaseEarning
from ledger.opening.services.batch import LineGiven, ask_to_lock, prepare_opening
from ledger.postings import earnings_credited
from ledger.settlement.services.earnings import EarningRow, import_earnings, post_earnings, void_earning
from ledger.tests.builders import Debtor
from ledger.tests.settlement.builders import assert_books_agree, at, dtr_of, make_driver, settle, settle_from
from ledger.tests.vendors.builders import balance
from ledger.verification import verify
from tests.digest import assert_nothing_written

FIRST = date(2026, 1, 4)
EARLIER = date(2025, 12, 28)


def lines(john: Debtor, *references: str) -> list[LineGiven]:
    of_john = {"customer": john.driver.tlc_license, "lease": john.lease.lease_id}
    opened = [
        LineGiven(place, "earnings", Decimal("-650.00"), {"reference": reference, **of_john})
        for place, reference in enumerate(references, start=1)
    ]
    total = sum((-line.amount for line in opened), Decimal(0))
    return [*opened, LineGiven(9, "account", total, {"account": "bank:operating"})]


@pytest.fixture
def john(manager: Actor) -> Debtor:
    settle_from(FIRST)
    return make_driver(manager, weekly="500.00")


@pytest.fixture
def opened(manager: Actor, second_manager: Actor, john: Debtor) -> LeaseEarning:
    """650.00 earned in the week before settlement begins; a fee of 500.00 falls due on its first Sunday."""
    with at("2026-01-06"):
        prepare_opening(actor=manager, cut_over_on=FIRST, lines=lines(john, "E-1"))
        approve(actor=second_manager, approval_id=ask_to_lock(actor=manager).id)
    return LeaseEarning.objects.get()


def test_the_first_dtr_takes_what_was_opened(manager: Actor, john: Debtor, opened: LeaseEarning) -> None:
    assert (opened.week, opened.entry.effective_on) == (EARLIER, date(2026, 1, 3))
    with at("2026-01-06", "13:00"):
        settle(settle_from(FIRST), EARLIER)

    dtr = dtr_of(john, EARLIER)
    line = DtrLine.objects.get(dtr=dtr.pk, kind="earnings")
    assert (dtr.gross, dtr.recovered, dtr.due_to_driver) == (650, 500, 150)
    assert (line.is_delayed, line.entry_id) == (False, opened.entry_id)
    assert balance(manager, "earnings_clearing") == 0
    assert_books_agree(manager)


def test_what_was_opened_is_not_voided(manager: Actor, opened: LeaseEarning) -> None:
    with assert_nothing_written(), pytest.raises(Conflict) as refused:
        void_earning(actor=manager, source_id=str(opened.id), event="", reason="It was never owed")

    assert refused.value.code == "opening_locked"


def test_a_reference_is_one_rows_alone(manager: Actor, john: Debtor) -> None:
    with at("2026-01-06"), assert_nothing_written(), pytest.raises(InvalidInput) as twice:
        prepare_opening(actor=manager, cut_over_on=FIRST, lines=lines(john, "E-1", "E-1"))
    with at("2026-01-06"):
        row = EarningRow(john.driver.pk, john.lease.pk, EARLIER, Decimal(1), "adjustment", "E-1")
        import_earnings(actor=manager, rows=[row])
    with at("2026-01-06"), assert_nothing_written(), pytest.raises(InvalidInput) as taken:
        prepare_opening(actor=manager, cut_over_on=FIRST, lines=lines(john, "E-1"))

    assert [each.field for each in twice.value.errors] == ["lines.1.reference", "lines.2.reference"]
    assert [each.field for each in taken.value.errors] == ["lines.1.reference"]


def test_earnings_on_a_wrong_account_are_found(manager: Actor, john: Debtor) -> None:
    fee = LeaseEarning(
        company_id=manager.company_id,
        driver_id=john.driver.pk,
        customer_id=john.customer.pk,
        lease_id=john.lease.pk,
        week=EARLIER,
        currency="USD",
        kind="card_fee",
        reference="F-1",
        gross=Decimal("-3.00"),
        imported_by="Mara",
    )
    draft = earnings_credited(
        earning_id=fee.id,
        amount=fee.gross,
        currency="USD",
        on=date(2026, 1, 3),
        customer_id=john.customer.pk,
        lease_id=john.lease.pk,
    )
    fee.entry_id = draft.id
    with at("2026-01-06"):
        post_earnings(actor=manager, drafts=[draft], earnings=[fee])

    found = {each.difference.message for each in verify(actor=manager)}

    assert found == {
        "imported rows put -3.00 on it, they are 0.00",
        "-3.00 of them stand on card_fees_recovered, their entry says 0.00",
    }
