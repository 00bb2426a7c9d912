"""Repairs that were being repaid when the books were opened (docs/domain.md#opening-batch)."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
import time_machine

from batconnect.core.approvals.services import approve
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import Conflict, InvalidInput
from ledger.models import Obligation
from ledger.opening.services.batch import LineGiven, ask_to_lock, prepare_opening
from ledger.repayment.services.adjusting import adjust_document
from ledger.repayment.services.posting import post_due
from ledger.repayment.services.states import cancel_document
from ledger.tests.builders import Debtor
from ledger.tests.vendors.builders import balance
from ledger.verification import verify
from repairs.kind import REPAIRS
from repairs.models import RepairInvoice
from tests.digest import assert_nothing_written

CUT_OVER = date(2025, 10, 5)
REASON = "It was entered wrongly."


def repair_line(debtor: Debtor, place: int = 1, **values: str) -> LineGiven:
    given = {
        "customer": debtor.driver.tlc_license,
        "lease": debtor.lease.lease_id,
        "start_week": "2025-10-05",
        "dated": "2025-08-20",
        "reference": "INV-88",
        **values,
    }
    return LineGiven(place, "repair", Decimal("450.00"), given)


@pytest.fixture
def repair(manager: Actor, second_manager: Actor, debtor: Debtor) -> RepairInvoice:
    """450.00 not yet due, at the matrix's 100.00 a week."""
    equity = LineGiven(2, "account", Decimal("-450.00"), {"account": "retained_earnings"})
    with time_machine.travel("2025-10-06T16:00:00Z", tick=False):
        prepare_opening(actor=manager, lines=[repair_line(debtor), equity], cut_over_on=CUT_OVER)
        approve(actor=second_manager, approval_id=ask_to_lock(actor=manager).id)
        return RepairInvoice.objects.get()


def test_opens_with_the_rest_and_its_schedule(manager: Actor, debtor: Debtor, repair: RepairInvoice) -> None:
    with time_machine.travel("2025-10-06T16:00:00Z", tick=False):
        post_due(actor=manager, kind=REPAIRS, up_to=CUT_OVER)

    assert (repair.invoice_number, repair.invoice_date) == ("INV-88", date(2025, 8, 20))
    assert (repair.workshop_type, repair.vehicle_id) == ("External Workshop", debtor.lease.vehicle_id)
    assert [str(row.principal) for row in repair.installments.order_by("number")] == [
        *(["100.00"] * 4),
        "50.00",
    ]
    assert Obligation.objects.get().outstanding == 100
    assert (balance(manager, "repair_advances"), balance(manager, "disbursements_payable")) == (350, 0)
    assert list(verify(actor=manager)) == []


def test_is_lowered_against_what_the_opening_became(manager: Actor, repair: RepairInvoice) -> None:
    with time_machine.travel("2025-10-06T16:00:00Z", tick=False):
        adjust_document(actor=manager, kind=REPAIRS, number=repair.number, amount=Decimal(400), reason=REASON)
        with assert_nothing_written(), pytest.raises(Conflict) as refused:
            cancel_document(actor=manager, kind=REPAIRS, number=repair.number, reason=REASON)

    assert refused.value.code == "opening_locked"
    assert (balance(manager, "prior_year_corrections"), balance(manager, "opening_balances")) == (50, 0)
    assert list(verify(actor=manager)) == []


@pytest.mark.parametrize(
    ("values", "column"),
    [
        ({"reference": ""}, "reference"),
        ({"workshop": "Nobody's"}, "workshop"),
        ({"dated": "2025-10-05"}, "dated"),
        ({"start_week": "2025-09-28"}, "start_week"),
    ],
)
def test_refuses_what_cannot_run(manager: Actor, debtor: Debtor, values: dict[str, str], column: str) -> None:
    with (
        time_machine.travel("2025-10-06T16:00:00Z", tick=False),
        assert_nothing_written(),
        pytest.raises(InvalidInput) as refused,
    ):
        prepare_opening(actor=manager, lines=[repair_line(debtor, **values)], cut_over_on=CUT_OVER)

    assert [each.field for each in refused.value.errors] == [f"lines.1.{column}"]


def test_the_next_installment_falls_due_after_the_day_of_the_opening(manager: Actor, debtor: Debtor) -> None:
    with (
        time_machine.travel("2025-10-07T16:00:00Z", tick=False),
        assert_nothing_written(),
        pytest.raises(InvalidInput) as refused,
    ):
        prepare_opening(actor=manager, lines=[repair_line(debtor)], cut_over_on=CUT_OVER + timedelta(days=1))

    (error,) = refused.value.errors
    assert (error.field, "after 2025-10-05" in error.message) == ("lines.1.start_week", True)


def test_an_invoice_is_opened_once(manager: Actor, debtor: Debtor) -> None:
    twice = [repair_line(debtor), repair_line(debtor, 2, reference="inv-88")]
    with (
        time_machine.travel("2025-10-06T16:00:00Z", tick=False),
        assert_nothing_written(),
        pytest.raises(InvalidInput) as refused,
    ):
        prepare_opening(actor=manager, lines=twice, cut_over_on=CUT_OVER)

    assert [each.field for each in refused.value.errors] == ["lines.2.reference"]
