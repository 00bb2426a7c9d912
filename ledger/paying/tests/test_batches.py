"""A batch from its draft to the bank, and what stands against it (docs/domain.md#payout-batches)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from hashlib import sha256
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from batconnect.core.approvals.services import approve, reject
from batconnect.core.database.tenancy import job_actor
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import Conflict, InvalidInput, NotAllowed
from batconnect.core.models import Approval, AuditEvent
from ledger.models import Dtr, Entry, PayoutBatch, PayoutDownload, PayoutFile, PayoutItem
from ledger.paying.errors import BatchState, FileTaken, NobodyToPay, PayeesChanged, PayoutReserved
from ledger.paying.models import Payout
from ledger.paying.services.batches import ask_to_approve, draft_batch, preview_batch, undo_batch
from ledger.paying.services.building import build_batch
from ledger.paying.services.holds import hold_payee
from ledger.paying.services.sending import send_batch, take_file
from ledger.paying.services.setup import change_settings
from ledger.paying.tests.builders import (
    WEEK_ONE,
    WHY,
    approved,
    confirm,
    confirmed,
    due_drivers,
    propose,
    sent,
    set_up,
)
from ledger.settlement.errors import DtrNotFound
from ledger.settlement.services.payouts import pay_dtrs
from ledger.tests.builders import Debtor
from ledger.tests.settlement.builders import WEEK, assert_books_agree, at, earn, settle
from ledger.treasury.models import Disbursement
from tests.digest import assert_nothing_written

Drivers = list[tuple[Debtor, Dtr]]


@pytest.fixture
def drivers(manager: Actor) -> Drivers:
    """Three drivers with 200.00 due each; the bank account is set up."""
    set_up(manager)
    return due_drivers(manager)


@pytest.fixture
def payees(manager: Actor, second_manager: Actor, drivers: Drivers) -> Drivers:
    """They all have accounts."""
    with at("2026-01-11"):
        for place, (debtor, _) in enumerate(drivers):
            confirmed(manager, second_manager, debtor, f"0001234567{place:02d}")
    return drivers


def states() -> list[str]:
    return list(PayoutItem.objects.order_by("id").values_list("state", flat=True))


def test_from_draft_to_sent(manager: Actor, second_manager: Actor, payees: Drivers) -> None:
    with at("2026-01-12"):
        batch = draft_batch(actor=manager, way="ach")
        assert (batch.status, batch.number, batch.payout_count, batch.total) == (
            "draft",
            "PB-2026-001",
            3,
            Decimal("600.00"),
        )
        assert states() == ["reserved"] * 3
        request = ask_to_approve(actor=manager, batch_id=batch.id)
        with assert_nothing_written(), pytest.raises(NotAllowed):
            approve(actor=manager, approval_id=request.id)
        approve(actor=second_manager, approval_id=request.id)
        batch = build_batch(actor=manager, batch_id=batch.id)
        assert (batch.status, batch.effective_on) == ("built", date(2026, 1, 13))
        assert not Entry.objects.filter(event="dtr_paid_out").exists()
        taken = take_file(actor=manager, batch_id=batch.id)
        batch = send_batch(actor=manager, batch_id=batch.id)

    assert (batch.status, batch.sent_on) == ("sent", date(2026, 1, 12))
    assert states() == ["sent"] * 3
    assert sha256(taken.content).hexdigest() == taken.sha256 == PayoutFile.objects.get().sha256
    entries = [each for each in taken.content.decode().split("\r\n") if each.startswith("6")]
    payouts = list(Payout.objects.order_by("place"))
    assert [each[79:94] for each in entries] == [each.reference for each in payouts]
    assert [each[12:29].strip() for each in entries] == ["000123456700", "000123456701", "000123456702"]
    assert [each[39:54].strip() for each in entries] == ["DRV-101", "DRV-102", "DRV-103"]
    assert sum(int(each[29:39]) for each in entries) == 60000
    rows = Disbursement.objects.order_by("id")
    assert [(row.status, row.amount, row.method, row.reference) for row in rows] == [
        ("in_transit", Decimal("200.00"), "ach", each.reference) for each in payouts
    ]
    dtr = Dtr.objects.order_by("number_order")[0]
    assert (dtr.status, dtr.payment_method, dtr.paid_on) == ("Paid", "ach", date(2026, 1, 12))
    assert_books_agree(manager)


def test_numbers_of_accounts_stand_nowhere_in_the_clear(
    manager: Actor, second_manager: Actor, payees: Drivers
) -> None:
    with at("2026-01-12"):
        sent(manager, second_manager)

    found = []
    with connection.cursor() as cursor:
        cursor.execute(
            "select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace"
            " where c.relkind = 'r' and n.nspname = 'public' order by 1"
        )
        for (table,) in cursor.fetchall():
            cursor.execute(f'select 1 from "{table}" t where t::text like %s limit 1', ["%0001234567%"])
            found += [table] if cursor.fetchone() else []
    assert found == []


def test_a_drivers_dtrs_are_one_payout(manager: Actor, second_manager: Actor, payees: Drivers) -> None:
    """Two weeks of one driver: one entry, two DTRs."""
    with at("2026-01-18"):
        earn(manager, payees[0][0], WEEK_ONE + WEEK, "650.00")
        settle(job_actor(company_id=manager.company_id, job="settle_week", request_id="r"), WEEK_ONE + WEEK)
    with at("2026-01-20"):
        batch = sent(manager, second_manager)

    first = Payout.objects.get(batch=batch, customer=payees[0][0].customer.id)
    assert first.amount == Decimal("350.00")
    assert sorted(first.items.values_list("amount", flat=True)) == [Decimal("150.00"), Decimal("200.00")]
    assert Disbursement.objects.filter(reference=first.reference).count() == 2
    assert_books_agree(manager)


def test_who_is_left_out_and_why(manager: Actor, second_manager: Actor, drivers: Drivers) -> None:
    (first, one), (second, _), _ = drivers
    confirmed(manager, second_manager, first)
    confirmed(manager, second_manager, second, "111")
    hold_payee(actor=manager, customer_id=second.customer.id, reason="Disputes his last toll.")

    plan = preview_batch(actor=manager, way="ach")

    assert [(each.payee, each.amount) for each in plan.payouts] == [("Driver 1", Decimal("200.00"))]
    assert [(each.driver, each.code) for each in plan.left_out] == [
        ("Driver 2", "on_hold"),
        ("Driver 3", "no_account"),
    ]
    propose(manager, first.customer.id, "222")
    change_settings(actor=manager, minimum=Decimal("200.01"))
    plan = preview_batch(actor=manager, way="ach")
    assert [(each.driver, each.code) for each in plan.left_out] == [
        ("Driver 1", "change_waits"),
        ("Driver 2", "on_hold"),
        ("Driver 3", "no_account"),
    ]
    with assert_nothing_written(), pytest.raises(NobodyToPay) as refused:
        draft_batch(actor=manager, way="ach", numbers=[one.number])
    assert [each.code for each in refused.value.errors] == ["change_waits"]
    plan = preview_batch(actor=manager, way="check")
    assert {each.code for each in plan.left_out} == {"below_minimum", "on_hold"}


def test_a_new_account_waits(manager: Actor, second_manager: Actor, drivers: Drivers) -> None:
    change_settings(actor=manager, waiting_days=3)
    with at("2026-01-12"):
        account = confirmed(manager, second_manager, drivers[0][0])
        assert account.usable_on == date(2026, 1, 15)
        plan = preview_batch(actor=manager, way="ach")
    assert [each.code for each in plan.left_out] == ["account_waits", "no_account", "no_account"]
    with at("2026-01-15"):
        assert len(preview_batch(actor=manager, way="ach").payouts) == 1


def test_what_is_reserved_is_not_paid_by_hand(manager: Actor, second_manager: Actor, payees: Drivers) -> None:
    number = payees[0][1].number
    with at("2026-01-12"):
        batch = draft_batch(actor=manager, way="ach", numbers=[number])
        with assert_nothing_written(), pytest.raises(PayoutReserved, match=batch.number):
            pay_dtrs(actor=manager, numbers=[number], method="check")
        with assert_nothing_written(), pytest.raises(NobodyToPay) as refused:
            draft_batch(actor=manager, way="check", numbers=[number])
        assert refused.value.errors[0].code == "reserved"
        undo_batch(actor=manager, batch_id=batch.id, reason=WHY)
        assert states() == ["undone"]
        pay_dtrs(actor=manager, numbers=[number], method="check", reference_number="77")

    by_hand = PayoutBatch.objects.get(way="by_hand")
    payout = by_hand.payouts.get()
    assert (by_hand.status, by_hand.payout_count, payout.method, payout.reference) == (
        "sent",
        1,
        "check",
        "77",
    )
    assert_books_agree(manager)


@pytest.mark.parametrize("stage", ["draft", "approved", "built"])
def test_undone_as_a_unit_before_it_is_sent(
    manager: Actor, second_manager: Actor, payees: Drivers, stage: str
) -> None:
    with at("2026-01-12"):
        batch = (
            draft_batch(actor=manager, way="ach") if stage == "draft" else approved(manager, second_manager)
        )
        if stage == "built":
            build_batch(actor=manager, batch_id=batch.id)
        undone = undo_batch(actor=manager, batch_id=batch.id, reason=WHY)
        assert (undone.status, undone.undo_reason) == ("undone", WHY)
        with assert_nothing_written(), pytest.raises(BatchState):
            undo_batch(actor=manager, batch_id=batch.id, reason=WHY)
        with assert_nothing_written(), pytest.raises(BatchState):
            take_file(actor=manager, batch_id=batch.id)
        again = sent(manager, second_manager)
    assert (again.number, again.payout_count) == ("PB-2026-002", 3)
    assert_books_agree(manager)


def test_what_was_sent_is_not_undone_nor_sent_twice(
    manager: Actor, second_manager: Actor, payees: Drivers
) -> None:
    with at("2026-01-12"):
        batch = sent(manager, second_manager)
        for again in (send_batch, build_batch):
            with assert_nothing_written(), pytest.raises(BatchState, match="is sent"):
                again(actor=manager, batch_id=batch.id)
        with assert_nothing_written(), pytest.raises(BatchState, match="cannot be undone"):
            undo_batch(actor=manager, batch_id=batch.id, reason=WHY)


def test_nobody_undoes_what_a_second_person_is_asked_about(
    manager: Actor, second_manager: Actor, payees: Drivers
) -> None:
    batch = draft_batch(actor=manager, way="ach")
    request = ask_to_approve(actor=manager, batch_id=batch.id)
    with assert_nothing_written(), pytest.raises(Conflict, match="waits for approval"):
        undo_batch(actor=manager, batch_id=batch.id, reason=WHY)
    with assert_nothing_written(), pytest.raises(Conflict, match="already waiting"):
        ask_to_approve(actor=manager, batch_id=batch.id)
    reject(actor=second_manager, approval_id=request.id, reason=WHY)
    assert undo_batch(actor=manager, batch_id=batch.id, reason=WHY).status == "undone"


def test_whoever_made_a_batch_does_not_approve_it(
    manager: Actor, second_manager: Actor, payees: Drivers
) -> None:
    batch = draft_batch(actor=manager, way="ach")
    request = ask_to_approve(actor=second_manager, batch_id=batch.id)
    with assert_nothing_written(), pytest.raises(NotAllowed, match="who made the batch"):
        approve(actor=manager, approval_id=request.id)


def test_a_payee_who_changed_since_is_not_built(
    manager: Actor, second_manager: Actor, payees: Drivers
) -> None:
    with at("2026-01-12"):
        batch = approved(manager, second_manager)
        confirm(second_manager, propose(manager, payees[1][0].customer.id, "999"))
        hold_payee(actor=manager, customer_id=payees[2][0].customer.id, reason=WHY)
        with assert_nothing_written(), pytest.raises(PayeesChanged) as refused:
            build_batch(actor=manager, batch_id=batch.id)
    assert "Driver 2: paid to" in refused.value.message
    assert "Driver 3: On hold" in refused.value.message
    assert "999" not in refused.value.message


def test_a_file_is_taken_once_and_again_only_with_a_reason(
    manager: Actor, second_manager: Actor, payees: Drivers
) -> None:
    batch = approved(manager, second_manager)
    build_batch(actor=manager, batch_id=batch.id)
    with assert_nothing_written(), pytest.raises(Conflict, match="Nobody has taken"):
        send_batch(actor=manager, batch_id=batch.id)
    first = take_file(actor=manager, batch_id=batch.id)
    with assert_nothing_written(), pytest.raises(FileTaken, match=r"took PB-2026-001.ach on"):
        take_file(actor=second_manager, batch_id=batch.id)
    with assert_nothing_written(), pytest.raises(InvalidInput, match="10 to 500"):
        take_file(actor=manager, batch_id=batch.id, reason="lost")
    again = take_file(actor=manager, batch_id=batch.id, reason="The bank lost the first one.")
    assert first.content == again.content
    assert list(PayoutDownload.objects.values_list("reason", flat=True)) == [
        "",
        "The bank lost the first one.",
    ]
    assert AuditEvent.objects.filter(action="ledger.take_payout_file").count() == 2


def test_checks_have_numbers_of_the_range(manager: Actor, second_manager: Actor, drivers: Drivers) -> None:
    set_up(manager, next_check=1001, last_check=1004)
    with at("2026-01-12"):
        batch = sent(manager, second_manager, "check")
        text = take_file(actor=manager, batch_id=batch.id, reason=WHY).content.decode()
    assert list(Payout.objects.order_by("place").values_list("reference", flat=True)) == [
        "1001",
        "1002",
        "1003",
    ]
    assert text.splitlines()[1] == "operating,1001,2026-01-12,200.00,DRIVER 1,"
    assert_books_agree(manager)


def test_checks_run_out(manager: Actor, second_manager: Actor, drivers: Drivers) -> None:
    set_up(manager, next_check=1001, last_check=1002)
    batch = approved(manager, second_manager, "check")
    with (
        assert_nothing_written(),
        pytest.raises(Conflict, match="has 2 numbers of checks left, the batch needs 3"),
    ):
        build_batch(actor=manager, batch_id=batch.id)


def test_checks_are_sent_on_their_date(manager: Actor, second_manager: Actor, drivers: Drivers) -> None:
    with at("2026-01-12"):
        batch = approved(manager, second_manager, "check", effective_on=date(2026, 1, 14))
        build_batch(actor=manager, batch_id=batch.id)
        with assert_nothing_written(), pytest.raises(InvalidInput, match="2026-01-14"):
            send_batch(actor=manager, batch_id=batch.id)
    with at("2026-01-16"):
        assert send_batch(actor=manager, batch_id=batch.id).sent_on == date(2026, 1, 14)
    assert set(Disbursement.objects.values_list("paid_on", flat=True)) == {date(2026, 1, 14)}


@pytest.mark.parametrize("day", ["2026-01-12", "2026-01-19", "2026-01-17", "2026-02-20"])
def test_refuses_days_on_which_no_bank_settles(manager: Actor, payees: Drivers, day: str) -> None:
    with at("2026-01-12"), assert_nothing_written(), pytest.raises(InvalidInput) as refused:
        draft_batch(actor=manager, way="ach", effective_on=date.fromisoformat(day))
    assert refused.value.errors[0].code == "not_a_banking_day"


def test_refuses_who_may_not_and_what_is_not_there(
    manager: Actor, cashier: Actor, payees: Drivers, in_north: Any
) -> None:
    with assert_nothing_written(), pytest.raises(NotAllowed):
        draft_batch(actor=cashier, way="ach")
    with assert_nothing_written(), pytest.raises(DtrNotFound, match="DTR-2026-999999"):
        draft_batch(actor=manager, way="ach", numbers=["DTR-2026-999999"])


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        (
            "update payout_batches set status = 'sent', sent_at = now(), sent_on = now()",
            "cannot become sent|second",
        ),
        ("update payout_batches set total = 1", "never changes"),
        ("update payouts set amount = 1", "never changes"),
        ("update payout_items set state = 'returned'", "goes on, not back"),
        ("delete from payout_items", "is kept"),
        (
            "update payout_batches set status = 'approved', approved_at = now(), approver_id = maker_id",
            "second_person",
        ),
    ],
)
def test_the_database_holds_it(manager: Actor, payees: Drivers, statement: str, words: str) -> None:
    draft_batch(actor=manager, way="ach")
    # What the app's role has no right to is refused before a trigger sees it.
    refused = pytest.raises(DatabaseError, match=f"{words}|permission denied")
    with refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_two_live_payouts_of_a_dtr_are_impossible(manager: Actor, payees: Drivers) -> None:
    draft_batch(actor=manager, way="ach")
    item = PayoutItem.objects.order_by("id")[0]
    with pytest.raises(DatabaseError, match="payout_item_live_once"), transaction.atomic():
        PayoutItem.objects.create(
            company_id=item.company_id,
            payout_id=item.payout_id,
            dtr_id=item.dtr_id,
            amount=item.amount,
            attempt=2,
        )


def test_no_ach_without_what_the_bank_has_set_up(
    manager: Actor, second_manager: Actor, payees: Drivers
) -> None:
    set_up(manager, odfi="")
    batch = approved(manager, second_manager)
    with assert_nothing_written(), pytest.raises(Conflict) as refused:
        build_batch(actor=manager, batch_id=batch.id)
    assert refused.value.code == "no_paying_account"


def test_thirty_six_files_a_day(manager: Actor, second_manager: Actor, payees: Drivers) -> None:
    with at("2026-01-12"):
        for _ in range(36):
            batch = approved(manager, second_manager)
            build_batch(actor=manager, batch_id=batch.id)
            undo_batch(actor=manager, batch_id=batch.id, reason=WHY)
        batch = approved(manager, second_manager)
        with assert_nothing_written(), pytest.raises(Conflict) as refused:
            build_batch(actor=manager, batch_id=batch.id)
    assert refused.value.code == "too_many_ach_files"
    assert "".join(PayoutFile.objects.order_by("id").values_list("modifier", flat=True)) == (
        "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
    )
    assert Approval.objects.count() == 3 + 37
    with at("2026-01-13"):
        build_batch(actor=manager, batch_id=batch.id)
    assert PayoutFile.objects.latest("id").modifier == "A"
