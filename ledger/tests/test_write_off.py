"""Writing off: at once up to the limit of 1,000.00, above it by a second person."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from uuid import uuid4

import pytest

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import Conflict, InvalidInput, NotAllowed, NotFound
from batconnect.core.models import Approval, AuditEvent
from ledger.chart import Category
from ledger.models import Entry, Obligation
from ledger.services import approve_write_off, reject_write_off, void_posting, write_off
from ledger.tests.builders import Debtor, charge, day, raising_posting
from ledger.verification import verify
from tests.cast import StaffClient
from tests.digest import assert_nothing_written

REASON = "He left the country"


@pytest.fixture
def debt(manager: Actor, john: Debtor) -> Obligation:
    """A tax of 2,000.00."""
    return charge(manager, john, category=Category.TAXES, reference_id="TAX-1", amount="2000.00")


def give_up(actor: Actor, debt: Obligation, amount: str, *, reason: str = REASON):  # type: ignore[no-untyped-def]
    return write_off(actor=actor, obligation_id=debt.id, amount=Decimal(amount), reason=reason)


def test_posts_up_to_the_limit(manager: Actor, debt: Obligation) -> None:
    done = give_up(manager, debt, "1000.00")

    entry = Entry.objects.get(id=done.entry_id)
    assert (entry.event, entry.reason, entry.effective_on) == ("written_off", REASON, day(manager))
    assert (done.obligation.outstanding, done.obligation.written_off) == (Decimal(1000), Decimal(1000))
    assert AuditEvent.objects.get().action == "ledger.write_off"


def test_asks_above_the_limit_and_posts_nothing(manager: Actor, debt: Obligation) -> None:
    done = give_up(manager, debt, "1000.01")

    assert done.entry_id is None
    assert done.request is not None
    assert Approval.objects.get().status == "pending_approval"
    assert Entry.objects.count() == 1
    assert Obligation.objects.get().outstanding == Decimal("2000.00")


def test_a_second_person_approves(manager: Actor, second_manager: Actor, debt: Obligation) -> None:
    request = give_up(manager, debt, "1500.00").request

    done = approve_write_off(actor=second_manager, request_id=request.id, reason="Agreed")

    assert (done.obligation.outstanding, done.obligation.written_off) == (Decimal(500), Decimal(1500))
    stored = Approval.objects.get()
    assert (stored.status, stored.decided_by_id, stored.decision_reason) == ("approved", 5, "Agreed")
    assert Entry.objects.get(source_type="ledger.write_off").source_id == str(request.id)
    assert list(verify(actor=manager)) == []


def test_a_second_person_rejects(manager: Actor, second_manager: Actor, debt: Obligation) -> None:
    request = give_up(manager, debt, "1500.00").request

    reject_write_off(actor=second_manager, request_id=request.id, reason="He still drives")

    assert Approval.objects.get().status == "rejected"
    assert Entry.objects.count() == 1
    # And it can be requested again.
    assert give_up(manager, debt, "1500.00").request is not None


@pytest.mark.parametrize("decide", [approve_write_off, reject_write_off])
def test_refuses_the_one_who_asked_and_those_without_the_right(
    manager: Actor,
    cashier: Actor,
    second_manager: Actor,
    debt: Obligation,
    decide: Callable[..., object],
) -> None:
    request = give_up(manager, debt, "1500.00").request

    with assert_nothing_written(), pytest.raises(NotAllowed) as by_requester:
        decide(actor=manager, request_id=request.id)
    with assert_nothing_written(), pytest.raises(NotAllowed):
        decide(actor=cashier, request_id=request.id)
    with assert_nothing_written(), pytest.raises(NotFound):
        decide(actor=second_manager, request_id=uuid4())
    decide(actor=second_manager, request_id=request.id)
    with assert_nothing_written(), pytest.raises(Conflict) as twice:
        decide(actor=second_manager, request_id=request.id)

    assert (by_requester.value.code, twice.value.code) == ("second_person_required", "already_decided")


def test_refuses_a_second_request_while_one_waits(manager: Actor, debt: Obligation) -> None:
    give_up(manager, debt, "1500.00")

    with assert_nothing_written(), pytest.raises(Conflict) as refusal:
        give_up(manager, debt, "1200.00")

    assert refusal.value.code == "write_off_pending"


def test_refuses_to_approve_more_than_is_left(
    manager: Actor, second_manager: Actor, debt: Obligation
) -> None:
    request = give_up(manager, debt, "1500.00").request
    give_up(manager, debt, "600.00")

    with assert_nothing_written(), pytest.raises(InvalidInput) as refusal:
        approve_write_off(actor=second_manager, request_id=request.id)

    assert refusal.value.code == "above_outstanding"
    assert "1,500.00" in refusal.value.message
    assert "1,400.00" in refusal.value.message


def test_refuses_amount_above_outstanding(manager: Actor, debt: Obligation) -> None:
    with assert_nothing_written(), pytest.raises(InvalidInput) as refusal:
        give_up(manager, debt, "2000.01")

    assert "2,000.01" in refusal.value.message
    assert "2,000.00" in refusal.value.message


def test_refuses_what_is_settled_or_voided(manager: Actor, debt: Obligation, john: Debtor) -> None:
    toll = charge(manager, john)
    void_posting(actor=manager, posting_id=raising_posting(toll).id, reason="Another car's toll")
    settled = charge(manager, john, reference_id="EZ-2", amount="5.00")
    give_up(manager, settled, "5.00")

    for obligation in (toll, settled):
        with assert_nothing_written(), pytest.raises(Conflict) as refusal:
            give_up(manager, obligation, "1.00")
        assert refusal.value.code == "obligation_not_open"


def test_refuses_short_reasons_strangers_and_unknown_ids(
    manager: Actor, cashier: Actor, debt: Obligation
) -> None:
    with assert_nothing_written(), pytest.raises(InvalidInput):
        give_up(manager, debt, "1.00", reason="too short")
    with assert_nothing_written(), pytest.raises(NotAllowed):
        give_up(cashier, debt, "1.00")
    with assert_nothing_written(), pytest.raises(NotFound):
        write_off(actor=manager, obligation_id=uuid4(), amount=Decimal(1), reason=REASON)


def test_api_answers_201_then_202_then_decides(
    debt: Obligation, client_of: Callable[..., StaffClient]
) -> None:
    path = f"/ledger/balances/{debt.id}/write-off"

    posted = client_of("manager").post(path, {"amount": 500, "reason": REASON})
    requested = client_of("manager").post(path, {"amount": "1200.00", "reason": REASON})
    waiting = client_of("auditor").get("/ledger/write-off-requests?status=pending_approval")
    request = f"/ledger/write-off-requests/{requested.json()['write_off_request_id']}"
    by_requester = client_of("manager").post(f"{request}/approve", {})
    done = client_of("second_manager").post(f"{request}/approve")
    late = client_of("second_manager").post(f"{request}/reject/", {"reason": "Too late"})

    assert (posted.status_code, posted.json()["balance"]["outstanding"]) == (201, Decimal("1500.00"))
    assert (requested.status_code, requested.json()["status"]) == (202, "pending_approval")
    assert [(row["amount"], row["requested_by"]) for row in waiting.json()["items"]] == [
        (Decimal("1200.00"), "manager")
    ]
    assert (by_requester.status_code, by_requester.json()["code"]) == (403, "second_person_required")
    assert (done.status_code, done.json()["balance"]["outstanding"]) == (200, Decimal("300.00"))
    assert (late.status_code, late.json()["code"]) == (409, "already_decided")


@pytest.mark.parametrize(
    ("username", "sent", "status"),
    [
        ("cashier", {"amount": 1, "reason": REASON}, 403),
        ("auditor", {"amount": 1, "reason": REASON}, 403),
        ("manager", {"amount": 0, "reason": REASON}, 400),
        ("manager", {"amount": "1.005", "reason": REASON}, 400),
        ("manager", {"amount": Decimal("2000.01"), "reason": REASON}, 400),
        ("manager", {"amount": 1, "reason": "short"}, 400),
        ("manager", {"reason": REASON}, 400),
        ("manager", {"amount": 1}, 400),
        ("manager", {"amount": 1, "reason": REASON, "all": True}, 400),
    ],
)
def test_api_refuses(
    debt: Obligation,
    client_of: Callable[..., StaffClient],
    username: str,
    sent: dict[str, object],
    status: int,
) -> None:
    with assert_nothing_written():
        answer = client_of(username).post(f"/ledger/balances/{debt.id}/write-off", sent)

    assert answer.status_code == status, answer.content


def test_api_finds_nothing_of_another_company(
    debt: Obligation, client_of: Callable[..., StaffClient]
) -> None:
    with assert_nothing_written():
        answer = client_of("outsider").post(
            f"/ledger/balances/{debt.id}/write-off", {"amount": 1, "reason": REASON}
        )

    assert answer.status_code == 404
