"""The states of a loan or a repair: held, released, cancelled; paid, closed and reopened.

Rule: docs/domain.md#loans-and-repairs.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import Conflict, InvalidInput, NotAllowed, NotFound
from batconnect.core.models import AuditEvent
from ledger.models import Entry, Obligation
from ledger.querysets import trial_balance
from ledger.repayment.kinds import RepaidKind
from ledger.repayment.querysets import find_document
from ledger.repayment.services.posting import post_due
from ledger.repayment.services.states import cancel_document, hold_document, release_document
from ledger.services import void_obligation, void_posting, write_off
from ledger.verification import verify
from tests.digest import assert_nothing_written

REASON = "The driver asked for it."


def settle(actor: Actor, obligation: Obligation) -> None:
    # Together the rows of a loan are more than one person may write off in a day.
    company = replace(actor.company, write_off_approval_limit=Decimal("10000.00"))
    generous = replace(actor, company=company)
    write_off(actor=generous, obligation_id=obligation.id, amount=obligation.outstanding, reason=REASON)


def status(kind: RepaidKind, document: Any) -> str:
    return str(kind.document.objects.get(id=document.id).status)


def statuses(kind: RepaidKind) -> list[str]:
    return list(kind.installment.objects.order_by("number").values_list("status", flat=True))


def is_clean(actor: Actor) -> bool:
    differences = [f"{each.difference.subject}: {each.difference.message}" for each in verify(actor=actor)]
    assert differences == []
    return True


def test_cancels_while_nothing_is_posted(manager: Actor, kind: RepaidKind, document: Any) -> None:
    cancel_document(actor=manager, kind=kind, number=document.number, reason=REASON)

    assert status(kind, document) == "Cancelled"
    entry = Entry.objects.get(event=kind.cancelled_event)
    assert entry.is_full_reversal
    assert {line.code for line in trial_balance(actor=manager) if line.balance} == set()
    row, _ = find_document(actor=manager, kind=kind, number=document.number)
    assert (row["remaining_balance"], row["total_paid"]) == (Decimal("0.00"), Decimal("0.00"))
    assert is_clean(manager)


def test_a_cancelled_document_is_never_posted(
    clock: Any, manager: Actor, kind: RepaidKind, document: Any
) -> None:
    cancel_document(actor=manager, kind=kind, number=document.number, reason=REASON)
    clock.move_to("2025-11-01T16:00:00Z")

    report = post_due(actor=manager, kind=kind)

    assert report.processed == 0
    assert not Obligation.objects.exists()


def test_cancels_from_hold(manager: Actor, kind: RepaidKind, document: Any) -> None:
    hold_document(actor=manager, kind=kind, number=document.number, reason=REASON)
    cancel_document(actor=manager, kind=kind, number=document.number, reason=REASON)

    assert status(kind, document) == "Cancelled"


def test_refuses_to_cancel_once_posted(clock: Any, manager: Actor, kind: RepaidKind, document: Any) -> None:
    clock.move_to("2025-10-05T16:00:00Z")
    post_due(actor=manager, kind=kind)

    with assert_nothing_written(), pytest.raises(Conflict) as refused:
        cancel_document(actor=manager, kind=kind, number=document.number, reason=REASON)

    assert refused.value.code == "installments_posted"


@pytest.mark.parametrize("action", [hold_document, release_document, cancel_document])
def test_a_cancelled_document_stays_cancelled(
    manager: Actor, kind: RepaidKind, document: Any, action: Any
) -> None:
    cancel_document(actor=manager, kind=kind, number=document.number, reason=REASON)

    with assert_nothing_written(), pytest.raises(Conflict) as refused:
        action(actor=manager, kind=kind, number=document.number, reason=REASON)

    assert refused.value.code == "document_state"


@pytest.mark.parametrize(
    ("action", "reason"), [(hold_document, " a "), (cancel_document, "too short"), (hold_document, "x" * 501)]
)
def test_refuses_reasons_of_the_wrong_length(
    manager: Actor, kind: RepaidKind, document: Any, action: Any, reason: str
) -> None:
    with assert_nothing_written(), pytest.raises(InvalidInput) as refused:
        action(actor=manager, kind=kind, number=document.number, reason=reason)

    assert refused.value.code == "reason_length"


@pytest.mark.parametrize("action", [hold_document, release_document, cancel_document])
def test_needs_the_right(kind: RepaidKind, document: Any, cashier: Actor, action: Any) -> None:
    with assert_nothing_written(), pytest.raises(NotAllowed):
        action(actor=cashier, kind=kind, number=document.number, reason=REASON)


def test_refuses_to_hold_what_is_wholly_posted(
    clock: Any, manager: Actor, kind: RepaidKind, document: Any
) -> None:
    clock.move_to("2025-12-01T16:00:00Z")
    post_due(actor=manager, kind=kind)

    with assert_nothing_written(), pytest.raises(Conflict) as refused:
        hold_document(actor=manager, kind=kind, number=document.number, reason=REASON)

    assert refused.value.code == "nothing_scheduled"


def test_tells_the_trail_who_did_it_and_why(manager: Actor, kind: RepaidKind, document: Any) -> None:
    hold_document(actor=manager, kind=kind, number=document.number, reason=REASON)

    event = AuditEvent.objects.get(action=f"{kind.app}.held")
    assert (event.actor, event.reason, event.details) == ("Mara", REASON, {"number": document.number})


def test_closes_when_everything_is_settled_and_reopens_by_a_void(
    clock: Any, manager: Actor, kind: RepaidKind, document: Any
) -> None:
    clock.move_to("2025-12-01T16:00:00Z")
    post_due(actor=manager, kind=kind)
    obligations = list(Obligation.objects.order_by("due_date"))

    for obligation in obligations[:-1]:
        settle(manager, obligation)
    assert (status(kind, document), statuses(kind)) == ("Open", ["Paid"] * 4 + ["Posted"])
    settle(manager, obligations[-1])
    assert (status(kind, document), statuses(kind)) == ("Closed", ["Paid"] * 5)
    assert is_clean(manager)

    line = obligations[2].postings.get(amount__lt=0)
    void_posting(actor=manager, posting_id=line.id, reason=REASON)

    assert (status(kind, document), statuses(kind)) == ("Open", ["Paid", "Paid", "Posted", "Paid", "Paid"])
    assert kind.document.objects.get(id=document.id).closed_at is None
    assert is_clean(manager)
    actions = (
        AuditEvent.objects.filter(action__startswith=f"{kind.app}.")
        .order_by("id")
        .values_list("action", flat=True)
    )
    assert list(actions) == [f"{kind.app}.closed", f"{kind.app}.reopened"]


def test_stays_open_while_something_is_scheduled(
    clock: Any, manager: Actor, kind: RepaidKind, document: Any
) -> None:
    clock.move_to("2025-10-05T16:00:00Z")
    post_due(actor=manager, kind=kind)

    settle(manager, Obligation.objects.get())

    assert (status(kind, document), statuses(kind)) == ("Open", ["Paid"] + ["Scheduled"] * 4)


def test_a_posted_installment_is_not_voided(
    clock: Any, manager: Actor, kind: RepaidKind, document: Any
) -> None:
    clock.move_to("2025-10-05T16:00:00Z")
    post_due(actor=manager, kind=kind)

    with assert_nothing_written(), pytest.raises(Conflict) as refused:
        void_obligation(actor=manager, obligation_id=Obligation.objects.get().id, reason=REASON)

    assert refused.value.code == "owned_by_document"


def test_nor_is_the_opening_of_a_document(manager: Actor, kind: RepaidKind, document: Any) -> None:
    line = Entry.objects.get(event=kind.opened_event).postings.first()
    assert line is not None

    with assert_nothing_written(), pytest.raises(Conflict):
        void_posting(actor=manager, posting_id=line.id, reason=REASON)


def test_finds_no_document_of_another_company(kind: RepaidKind, document: Any, outsider: Actor) -> None:
    with pytest.raises(NotFound):
        hold_document(actor=outsider, kind=kind, number=document.number, reason=REASON)
