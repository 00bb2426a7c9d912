"""Voiding: the business event of the posting's entry is undone, once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import Conflict, InvalidInput, NotAllowed, NotFound
from batconnect.core.models import AuditEvent
from ledger import sources
from ledger.chart import Category
from ledger.models import Entry, Obligation, Posting
from ledger.postings import EntryDraft, Leg
from ledger.services import post_entries, void_posting, write_off
from ledger.services.obligations import ObligationDraft, raise_obligations
from ledger.tests.builders import Debtor, charge, day, raising_posting
from tests.cast import StaffClient, acting
from tests.digest import assert_nothing_written

REASON = "Another car's toll"


@pytest.fixture
def registered() -> Iterator[Callable[..., None]]:
    """Register source types for one test."""
    names: list[str] = []

    def register(name: str, **options: Any) -> None:
        sources.register(name, **options)
        names.append(name)

    yield register
    for name in names:
        del sources._sources[name]


def test_voids_a_charge_by_either_of_its_lines(manager: Actor, john: Debtor) -> None:
    toll = charge(manager, john)
    income_line = Posting.objects.get(account__code="recovered:EZPASS")

    voided = void_posting(actor=manager, posting_id=income_line.id, reason=f"  {REASON}  ")

    reversal = Entry.objects.get(reverses__isnull=False)
    assert voided.reversal_ids == (reversal.id,)
    assert (reversal.event, reversal.is_full_reversal, reversal.reason) == ("obligation_voided", True, REASON)
    assert reversal.effective_on == day(manager)
    toll.refresh_from_db()
    assert (toll.status, toll.outstanding) == ("voided", Decimal("0.00"))
    trail = AuditEvent.objects.get()
    assert (trail.action, trail.subject_id, trail.reason) == ("ledger.void", str(toll.id), REASON)


def test_refuses_a_second_void(manager: Actor, john: Debtor) -> None:
    posting = raising_posting(charge(manager, john))
    void_posting(actor=manager, posting_id=posting.id, reason=REASON)
    correction = Posting.objects.get(entry__reverses__isnull=False, line=1)

    with assert_nothing_written(), pytest.raises(Conflict) as again:
        void_posting(actor=manager, posting_id=posting.id, reason=REASON)
    with assert_nothing_written(), pytest.raises(Conflict) as of_the_void:
        void_posting(actor=manager, posting_id=correction.id, reason=REASON)

    assert (again.value.code, of_the_void.value.code) == ("already_voided", "not_voidable")


def test_refuses_while_something_is_applied(manager: Actor, john: Debtor) -> None:
    ticket = charge(manager, john, amount="300.00")
    write_off(actor=manager, obligation_id=ticket.id, amount=Decimal("0.01"), reason="A cent for peace")

    with assert_nothing_written(), pytest.raises(Conflict) as refusal:
        void_posting(actor=manager, posting_id=raising_posting(ticket).id, reason=REASON)

    assert refusal.value.code == "obligation_in_use"
    assert "0.01 of 300.00" in refusal.value.message


def test_refuses_what_a_document_owns(manager: Actor, john: Debtor, registered: Callable[..., None]) -> None:
    registered("test.installment", owner="loan")
    (raised,) = raise_obligations(
        actor=manager,
        drafts=[
            ObligationDraft(
                category=Category.LOANS,
                reference_id="DLN-1-01",
                amount=Decimal("250.00"),
                issue_date=day(manager),
                due_date=day(manager),
                customer_id=john.customer.id,
                lease_id=john.lease.id,
                credits=(("loan_principal", Decimal("250.00")),),
                source_type="test.installment",
                source_id="1",
            )
        ],
    )

    with assert_nothing_written(), pytest.raises(Conflict) as refusal:
        void_posting(actor=manager, posting_id=raising_posting(raised.obligation).id, reason=REASON)

    assert refusal.value.code == "owned_by_document"
    assert "cancel the loan" in refusal.value.message


def test_hands_other_events_to_their_own_action(
    manager: Actor, john: Debtor, registered: Callable[..., None]
) -> None:
    heard: list[dict[str, Any]] = []
    registered("test.document", void=lambda **given: heard.append(given))
    draft = EntryDraft(
        event="something_happened",
        source_type="test.document",
        source_id="77",
        currency="USD",
        effective_on=day(manager),
        legs=(Leg("earnings_clearing", Decimal(5)), Leg("driver_earnings_payable", Decimal(-5))),
    )
    post_entries(actor=manager, drafts=[draft])

    void_posting(actor=manager, posting_id=Posting.objects.get(line=2).id, reason=REASON)

    assert heard == [{"actor": manager, "source_id": "77", "event": "something_happened", "reason": REASON}]


def test_refuses_events_that_nobody_can_undo(manager: Actor, john: Debtor) -> None:
    draft = EntryDraft(
        event="something_happened",
        source_type="test.unknown",
        source_id="77",
        currency="USD",
        effective_on=day(manager),
        legs=(Leg("earnings_clearing", Decimal(5)), Leg("driver_earnings_payable", Decimal(-5))),
    )
    post_entries(actor=manager, drafts=[draft])

    with assert_nothing_written(), pytest.raises(Conflict) as refusal:
        void_posting(actor=manager, posting_id=Posting.objects.get(line=2).id, reason=REASON)

    assert refusal.value.code == "not_voidable"


@pytest.mark.parametrize("reason", ["", "too short", "         short      ", "x" * 501])
def test_refuses_a_reason_too_short_or_too_long(manager: Actor, john: Debtor, reason: str) -> None:
    posting = raising_posting(charge(manager, john))

    with assert_nothing_written(), pytest.raises(InvalidInput) as refusal:
        void_posting(actor=manager, posting_id=posting.id, reason=reason)

    assert refusal.value.code == "reason_length"


def test_refuses_those_without_the_right(manager: Actor, cashier: Actor, john: Debtor) -> None:
    posting = raising_posting(charge(manager, john))

    with assert_nothing_written(), pytest.raises(NotAllowed):
        void_posting(actor=cashier, posting_id=posting.id, reason=REASON)


def test_does_not_find_what_is_not_there(manager: Actor) -> None:
    with assert_nothing_written(), pytest.raises(NotFound):
        void_posting(actor=manager, posting_id=uuid4(), reason=REASON)


def test_settled_and_reopened_reach_the_source_but_voided_does_not(
    manager: Actor, john: Debtor, registered: Callable[..., None]
) -> None:
    heard: list[tuple[str, tuple[str, ...]]] = []
    registered(
        "ledger.charge",
        on_settled=lambda actor, ids: heard.append(("settled", tuple(ids))),
        on_reopened=lambda actor, ids: heard.append(("reopened", tuple(ids))),
    )
    ticket = charge(manager, john, amount="40.00")
    other = charge(manager, john, reference_id="EZ-2")

    done = write_off(
        actor=manager, obligation_id=ticket.id, amount=Decimal(40), reason="Not worth the letter"
    )
    line = ticket.postings.get(entry=done.entry_id)
    void_posting(actor=manager, posting_id=line.id, reason="It was worth it after all")
    void_posting(actor=manager, posting_id=raising_posting(other).id, reason=REASON)

    assert heard == [("settled", (str(ticket.id),)), ("reopened", (str(ticket.id),))]


def test_api_voids_once(manager: Actor, john: Debtor, client_of: Callable[..., StaffClient]) -> None:
    toll = charge(manager, john)
    path = f"/ledger/postings/{raising_posting(toll).id}/void"

    first = client_of("manager").post(path, {"reason": REASON})
    with assert_nothing_written():
        again = client_of("manager").post(f"{path}/", {"reason": REASON})

    assert (first.status_code, first.json()["status"]) == (200, "voided")
    assert first.json()["event"] == "obligation_raised"
    assert (again.status_code, again.json()["code"]) == (409, "already_voided")


def test_api_repeats_the_answer_of_a_key(
    manager: Actor, john: Debtor, client_of: Callable[..., StaffClient]
) -> None:
    path = f"/ledger/postings/{raising_posting(charge(manager, john)).id}/void"
    key = str(uuid4())

    first = client_of("manager").post(path, {"reason": REASON}, headers={"Idempotency-Key": key})
    again = client_of("manager").post(path, {"reason": REASON}, headers={"Idempotency-Key": key})

    assert (first.status_code, again.status_code) == (200, 200)
    assert first.content == again.content
    assert again["Idempotent-Replayed"] == "true"


@pytest.mark.parametrize(
    ("username", "sent", "status"),
    [
        ("cashier", {"reason": REASON}, 403),
        ("auditor", {"reason": REASON}, 403),
        ("administrator", {"reason": REASON}, 403),
        ("manager", {}, 400),
        ("manager", {"reason": "short"}, 400),
        ("manager", {"reason": None}, 400),
        ("manager", {"reason": REASON, "amount": 1}, 400),
        ("manager", [], 400),
    ],
)
def test_api_refuses(
    manager: Actor, john: Debtor, client_of: Callable[..., StaffClient], username: str, sent: Any, status: int
) -> None:
    path = f"/ledger/postings/{raising_posting(charge(manager, john)).id}/void"

    with assert_nothing_written():
        answer = client_of(username).post(path, sent)

    assert answer.status_code == status, answer.content


@pytest.mark.django_db(transaction=True)
def test_api_finds_nothing_of_another_company(client_of: Callable[..., StaffClient]) -> None:
    with acting("manager") as actor:
        from ledger.tests.builders import make_debtor

        posting = raising_posting(charge(actor, make_debtor(actor)))

    with assert_nothing_written():
        foreign = client_of("outsider").post(f"/ledger/postings/{posting.id}/void", {"reason": REASON})
        malformed = client_of("outsider").post("/ledger/postings/nonsense/void", {"reason": REASON})

    assert (foreign.status_code, malformed.status_code) == (404, 404)
    assert UUID(str(posting.id))
    with acting("manager"):
        assert Obligation.objects.get().status == "open"
