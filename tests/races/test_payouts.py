"""Two people, two clicks and a kill around a batch of payouts: each DTR is paid once, each file is one."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from batconnect.core.approvals.services import approve
from batconnect.core.database.tenancy import company_context
from batconnect.core.kernel.errors import Refusal
from ledger.models import Dtr, Entry, PayoutBatch, PayoutDownload, PayoutFile, PayoutItem, PayoutReturn
from ledger.paying.services.batches import ask_to_approve, draft_batch, undo_batch
from ledger.paying.services.building import build_batch
from ledger.paying.services.returns import record_returns
from ledger.paying.services.sending import send_batch, take_file
from ledger.paying.tests.builders import WHY, confirm, due_drivers, propose, return_file, set_up
from ledger.settlement.services.payouts import pay_dtrs, return_payout
from ledger.verification import verify
from tests.cast import NORTH, acting
from tests.databases import superuser_connection

pytestmark = pytest.mark.django_db(transaction=True)
AT_ONCE = 4


@pytest.fixture
def numbers() -> list[str]:
    """The DTRs of three drivers, each with 200.00 due and an account."""
    with acting("manager") as actor:
        set_up(actor)
        drivers = due_drivers(actor)
        requests = [
            propose(actor, debtor.customer.id, f"0001234567{place}")
            for place, (debtor, _) in enumerate(drivers)
        ]
    for request in requests:
        with acting("second_manager") as actor:
            confirm(actor, request)
    return [dtr.number for _, dtr in drivers]


def at_once(*doing: Callable[[], Any]) -> list[str]:
    """Carry them out in threads of their own; what each came to, sorted: `done`, or the code of its refusal."""

    def run(one: Callable[[], Any]) -> str:
        try:
            one()
        except Refusal as refusal:
            return refusal.code
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor(len(doing)) as pool:
        return sorted(pool.map(run, doing))


def by(username: str, do: Callable[..., Any], **values: Any) -> Callable[[], Any]:
    def run() -> Any:
        with acting(username) as actor:
            return do(actor=actor, **values)

    return run


def built(numbers: list[str]) -> PayoutBatch:
    with acting("manager") as actor:
        batch = draft_batch(actor=actor, way="ach", numbers=numbers)
        request = ask_to_approve(actor=actor, batch_id=batch.id)
    with acting("second_manager") as actor:
        approve(actor=actor, approval_id=request.id)
    with acting("manager") as actor:
        build_batch(actor=actor, batch_id=batch.id)
        take_file(actor=actor, batch_id=batch.id)
    return batch


def assert_paid_once() -> None:
    with company_context(NORTH, job="test") as actor:
        live = PayoutItem.objects.filter(state__in=["reserved", "sent"])
        assert live.count() == live.values("dtr").distinct().count()
        returned = PayoutItem.objects.filter(state="returned").count()
        paid = Dtr.objects.filter(status="Paid").count() + returned
        assert Entry.objects.filter(event="dtr_paid_out").count() == paid
        assert [(each.check, each.difference) for each in verify(actor=actor)] == []


def test_two_people_draft_the_same(numbers: list[str]) -> None:
    people = ("manager", "second_manager") * (AT_ONCE // 2)
    outcomes = at_once(*(by(each, draft_batch, way="ach") for each in people))

    assert outcomes == ["done", *["nobody_to_pay"] * (AT_ONCE - 1)]
    assert_paid_once()


def test_a_batch_and_a_payout_by_hand(numbers: list[str]) -> None:
    outcomes = at_once(
        by("manager", draft_batch, way="ach", numbers=numbers[:1]),
        by("second_manager", pay_dtrs, numbers=numbers[:1], method="check"),
    )

    assert outcomes in (["done", "nobody_to_pay"], ["done", "payout_reserved"])
    assert_paid_once()


def test_sent_by_two_clicks_and_undone_meanwhile(numbers: list[str]) -> None:
    batch = built(numbers)

    outcomes = at_once(
        by("manager", send_batch, batch_id=batch.id),
        by("second_manager", send_batch, batch_id=batch.id),
        by("manager", undo_batch, batch_id=batch.id, reason=WHY),
    )

    assert outcomes == ["done", "payout_batch_state", "payout_batch_state"]
    assert_paid_once()


def test_the_file_is_taken_by_two_people(numbers: list[str]) -> None:
    with acting("manager") as actor:
        batch = draft_batch(actor=actor, way="ach", numbers=numbers)
        request = ask_to_approve(actor=actor, batch_id=batch.id)
    with acting("second_manager") as actor:
        approve(actor=actor, approval_id=request.id)
    outcomes = at_once(*(by("manager", build_batch, batch_id=batch.id) for _ in range(AT_ONCE)))
    assert outcomes == ["done", *["payout_batch_state"] * (AT_ONCE - 1)]

    taken = at_once(*(by(each, take_file, batch_id=batch.id) for each in ("manager", "second_manager")))

    assert taken == ["done", "payout_file_taken"]
    with company_context(NORTH, job="test"):
        assert (PayoutFile.objects.count(), PayoutDownload.objects.count()) == (1, 1)
    assert_paid_once()


def test_a_file_of_returns_by_two_people_and_a_return_by_hand(numbers: list[str]) -> None:
    batch = built(numbers)
    with acting("manager") as actor:
        send_batch(actor=actor, batch_id=batch.id)
        references = list(batch.payouts.order_by("place").values_list("reference", flat=True))
    content = return_file(*((each, "R01", Decimal("200.00"), "") for each in references)).encode()

    outcomes = at_once(
        by("manager", record_returns, content=content),
        by("second_manager", record_returns, content=content),
        by("manager", return_payout, number=numbers[0], reason=WHY),
    )

    assert set(outcomes) <= {"done", "payout_not_returnable"}
    with company_context(NORTH, job="test"):
        assert Entry.objects.filter(event="payout_returned").count() == len(numbers)
        assert PayoutReturn.objects.filter(outcome="returned").count() in (2, 3)
        assert set(PayoutItem.objects.values_list("state", flat=True)) == {"returned"}
    assert_paid_once()


def test_killed_between_file_and_state(numbers: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The server ends the connection when the file is kept and the batch is not yet built: neither is there."""
    with acting("manager") as actor:
        batch = draft_batch(actor=actor, way="ach", numbers=numbers)
        request = ask_to_approve(actor=actor, batch_id=batch.id)
    with acting("second_manager") as actor:
        approve(actor=actor, approval_id=request.id)
    kept = PayoutFile.save

    def save_and_die(self: PayoutFile, *args: Any, **options: Any) -> None:
        kept(self, *args, **options)
        with connection.cursor() as cursor:
            cursor.execute("select pg_backend_pid()")
            (pid,) = cursor.fetchone()
        with superuser_connection() as server:
            server.execute("select pg_terminate_backend(%s)", [pid])

    monkeypatch.setattr(PayoutFile, "save", save_and_die)
    with pytest.raises(Exception, match=r"terminat|closed|lost"), acting("manager") as actor:
        build_batch(actor=actor, batch_id=batch.id)
    connection.close()
    monkeypatch.undo()

    with company_context(NORTH, job="test"):
        assert PayoutFile.objects.count() == 0
        assert PayoutBatch.objects.get().status == "approved"
    with acting("manager") as actor:
        assert build_batch(actor=actor, batch_id=batch.id).status == "built"
    assert_paid_once()


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (
            "update payout_batches set total = total + 1",
            "is of 601.00 to 3 payees, its payouts are 600.00 to 3",
        ),
        ("update payout_items set amount = 1", "covers 1.00, due are 200.00"),
        ("update payout_items set state = 'reserved'", "is sent, but what it covers is reserved"),
        (
            "update dtrs set status = 'Finalized', paid_on = null, paid_at = null, payment_method = ''",
            "but it is Fin",
        ),
        (
            "update disbursements set amount = 7",
            "covers 200.00 less 0.00 that orders take, paid out are 7.00",
        ),
    ],
)
def test_verification_names_every_damage(numbers: list[str], damage: str, words: str) -> None:
    batch = built(numbers)
    with acting("manager") as actor:
        send_batch(actor=actor, batch_id=batch.id)
    with superuser_connection() as server:
        server.execute("set session_replication_role = replica")
        server.execute(damage)

    with company_context(NORTH, job="test") as actor:
        found = [str(each.difference) for each in verify(actor=actor)]

    assert any(words in each for each in found), found
