"""A loan or repair that was entered wrongly (docs/domain.md#prepayment)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import Conflict, InvalidInput, NotAllowed
from batconnect.core.models import AuditEvent
from ledger.models import Entry, Obligation
from ledger.querysets import trial_balance
from ledger.repayment.kinds import RepaidKind
from ledger.repayment.querysets import find_document
from ledger.repayment.services.adjusting import adjust_document
from ledger.repayment.services.posting import post_due
from ledger.repayment.services.states import cancel_document, hold_document
from ledger.tests.builders import Debtor
from ledger.verification import verify
from repairs.kind import REPAIRS
from repairs.tests.builders import repair
from tests.digest import assert_nothing_written
from tests.repayment.conftest import FIRST_SUNDAY
from tests.repayment.test_states import settle

REASON = "It was entered for the wrong amount."


def is_clean(actor: Actor) -> bool:
    differences = [f"{each.difference.subject}: {each.difference.message}" for each in verify(actor=actor)]
    assert differences == []
    return True


def adjust(actor: Actor, kind: RepaidKind, document: Any, amount: str, reason: str = REASON) -> Any:
    return adjust_document(
        actor=actor, kind=kind, number=document.number, amount=Decimal(amount), reason=reason
    )


def principals(actor: Actor, kind: RepaidKind, document: Any) -> list[str]:
    _, rows = find_document(actor=actor, kind=kind, number=document.number)
    return [str(row.principal_amount) for row in rows]


def balance(actor: Actor, code: str) -> Decimal:
    return next(line.balance for line in trial_balance(actor=actor) if line.code == code)


def test_lowers_the_amount_by_the_last_rows(manager: Actor, kind: RepaidKind, document: Any) -> None:
    adjust(manager, kind, document, "1000.00")

    document.refresh_from_db()
    assert (document.amount, document.adjusted, document.installment_count) == (
        Decimal("1000.00"),
        Decimal("200.00"),
        4,
    )
    assert principals(manager, kind, document) == ["250.00"] * 4
    entry = Entry.objects.get(event=kind.adjusted_event)
    advances = kind.credits[0][0]
    credited = "disbursements_payable" if kind.bears_interest else "income:workshop"
    assert dict(entry.postings.values_list("account__code", "amount")) == {
        credited: Decimal("200.00"),
        advances: Decimal("-200.00"),
    }
    assert (entry.reason, balance(manager, credited)) == (REASON, Decimal("-1000.00"))
    event = AuditEvent.objects.get(action=f"{kind.app}.adjusted")
    assert (event.details["before"], event.details["amount"]) == ("1200.00", "1000.00")
    assert is_clean(manager)


def test_shortens_a_row_and_makes_interest_anew(manager: Actor, kind: RepaidKind, document: Any) -> None:
    adjust(manager, kind, document, "600.00")

    assert principals(manager, kind, document) == ["250.00", "250.00", "100.00"]
    if kind.bears_interest:
        _, rows = find_document(actor=manager, kind=kind, number=document.number)
        # 600.00 × 4, 350.00 × 7 and 100.00 × 7 days at 10 %
        assert [str(row.interest_amount) for row in rows] == ["0.66", "0.67", "0.19"]
    assert is_clean(manager)


def test_lowers_again_and_can_then_be_cancelled(manager: Actor, kind: RepaidKind, document: Any) -> None:
    adjust(manager, kind, document, "1000.00")
    adjust(manager, kind, document, "900.00")
    assert is_clean(manager)

    cancel_document(actor=manager, kind=kind, number=document.number, reason=REASON)

    assert {line.code for line in trial_balance(actor=manager) if line.balance} == set()
    assert is_clean(manager)


def test_lowers_to_what_is_posted_but_not_below(
    clock: Any, manager: Actor, kind: RepaidKind, document: Any
) -> None:
    clock.move_to("2025-10-12T16:00:00Z")
    post_due(actor=manager, kind=kind)

    with assert_nothing_written(), pytest.raises(InvalidInput) as refused:
        adjust(manager, kind, document, "499.99")
    adjust(manager, kind, document, "500.00")

    assert refused.value.code == "above_scheduled"
    assert "500.00 of" in refused.value.message
    assert principals(manager, kind, document) == ["250.00", "250.00"]
    with assert_nothing_written(), pytest.raises(Conflict) as nothing:
        adjust(manager, kind, document, "400.00")
    assert nothing.value.code == "nothing_scheduled"
    assert is_clean(manager)


def test_closes_when_all_that_is_left_is_paid(
    clock: Any, manager: Actor, kind: RepaidKind, document: Any
) -> None:
    clock.move_to("2025-10-12T16:00:00Z")
    post_due(actor=manager, kind=kind)
    for obligation in Obligation.objects.all():
        settle(manager, obligation)
    hold_document(actor=manager, kind=kind, number=document.number, reason=REASON)

    adjust(manager, kind, document, "500.00")

    document.refresh_from_db()
    assert document.status == "Closed"
    assert is_clean(manager)


def test_what_is_on_hold_stays_on_hold(manager: Actor, kind: RepaidKind, document: Any) -> None:
    hold_document(actor=manager, kind=kind, number=document.number, reason=REASON)

    adjust(manager, kind, document, "600.00")

    document.refresh_from_db()
    assert document.status == "Hold"
    assert is_clean(manager)


@pytest.mark.parametrize("amount", ["0.00", "1200.00", "1300.00"])
def test_refuses_what_is_not_lower(manager: Actor, kind: RepaidKind, document: Any, amount: str) -> None:
    with assert_nothing_written(), pytest.raises(InvalidInput) as refused:
        adjust(manager, kind, document, amount)

    assert refused.value.code == "not_lower"


def test_refuses_without_right_reason_or_when_cancelled(
    manager: Actor, cashier: Actor, kind: RepaidKind, document: Any
) -> None:
    with assert_nothing_written(), pytest.raises(NotAllowed):
        adjust(cashier, kind, document, "1000.00")
    with assert_nothing_written(), pytest.raises(InvalidInput):
        adjust(manager, kind, document, "1000.00", "short")
    cancel_document(actor=manager, kind=kind, number=document.number, reason=REASON)
    with assert_nothing_written(), pytest.raises(Conflict) as refused:
        adjust(manager, kind, document, "1000.00")

    assert refused.value.code == "document_state"


def test_an_external_workshop_is_to_be_paid_less(clock: Any, manager: Actor, debtor: Debtor) -> None:
    made = repair(manager, debtor, "1200.00", start_week=FIRST_SUNDAY, workshop_type="External Workshop")
    assert balance(manager, "disbursements_payable") == Decimal("-1200.00")

    adjust(manager, REPAIRS, made, "1000.00")

    assert balance(manager, "disbursements_payable") == Decimal("-1000.00")
    assert is_clean(manager)


def test_a_broken_adjustment_leaves_nothing(
    monkeypatch: pytest.MonkeyPatch, manager: Actor, kind: RepaidKind, document: Any
) -> None:
    def die(**_: Any) -> None:
        raise ConnectionError("the process was killed")

    monkeypatch.setattr("ledger.repayment.services.adjusting.note", die)

    with assert_nothing_written(), pytest.raises(ConnectionError):
        adjust(manager, kind, document, "600.00")

    monkeypatch.undo()
    adjust(manager, kind, document, "600.00")
    assert is_clean(manager)
