"""What came back, what banks correct, and what is not ours (docs/domain.md#payout-returns)."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from decimal import Decimal

import pytest

from batconnect.core.approvals.services import approve
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import Conflict, InvalidInput, NotAllowed
from batconnect.core.models import Approval
from ledger.models import Dtr, Entry, PayeeAccount, PayeeHold, PayoutBatch, PayoutReturn
from ledger.paying.models import Payout
from ledger.paying.rules.nacha_returns import UnreadableReturns, corrected_by, read_returns
from ledger.paying.services.batches import preview_batch
from ledger.paying.services.returns import record_return, record_returns, stale_checks
from ledger.paying.tests.builders import WHY, confirmed, due_drivers, propose, return_file, sent, set_up
from ledger.settlement.services.payouts import return_payout
from ledger.tests.builders import Debtor
from ledger.tests.settlement.builders import assert_books_agree, at
from ledger.treasury.errors import NotInTransit
from ledger.treasury.models import Disbursement
from tests.digest import assert_nothing_written

Drivers = list[tuple[Debtor, Dtr]]
DUE = Decimal("200.00")


@pytest.fixture
def paid(manager: Actor, second_manager: Actor) -> PayoutBatch:
    """Three drivers, paid 200.00 each by ACH on January 12, 2026."""
    set_up(manager)
    drivers = due_drivers(manager)
    with at("2026-01-11"):
        for place, (debtor, _) in enumerate(drivers):
            number = f"0001234567{place:02d}"
            confirmed(manager, second_manager, debtor, number, holder_name=f"HOLDER {place}")
    with at("2026-01-12"):
        return sent(manager, second_manager)


def payout(place: int) -> Payout:
    return Payout.objects.get(place=place, batch__way="ach")


def outcomes(rows: list[PayoutReturn]) -> list[str]:
    return [str(row.outcome) for row in rows]


def record(actor: Actor, *entries: tuple[str, str, Decimal, str]) -> list[PayoutReturn]:
    return record_returns(actor=actor, content=return_file(*entries).encode(), file_name="returns.ach")


def test_a_return_makes_it_due_again(manager: Actor, paid: PayoutBatch) -> None:
    with at("2026-01-14"):
        rows = record(manager, (payout(2).reference, "R03", DUE, "NO ACCOUNT"))

    assert outcomes(rows) == ["returned"]
    assert list(payout(2).items.values_list("state", "attempt")) == [("returned", 1)]
    dtr = payout(2).items.get().dtr
    assert (dtr.status, dtr.returned_payouts) == ("Finalized", 1)
    entry = Entry.objects.get(event="payout_returned")
    assert entry.effective_on == date(2026, 1, 14)
    assert "R03, no account, or it cannot be located. NO ACCOUNT" in entry.reason
    held = PayeeHold.objects.get()
    assert (held.origin, held.customer_id, held.released_at) == ("return", payout(2).customer_id, None)
    assert [each.code for each in preview_batch(actor=manager, way="ach").left_out] == ["on_hold"]
    assert_books_agree(manager)


def test_it_is_paid_again_once_another_account_is_confirmed(
    manager: Actor, second_manager: Actor, paid: PayoutBatch
) -> None:
    with at("2026-01-14"):
        record(manager, (payout(1).reference, "R02", DUE, ""))
        approve(actor=second_manager, approval_id=propose(manager, payout(1).customer_id, "555666").id)
        assert PayeeHold.objects.get().release_reason == "Paid to Checking ••••5666 from now on."
        again = sent(manager, second_manager)

    item = again.payouts.get().items.get()
    assert (item.attempt, item.state, again.total) == (2, "sent", DUE)
    assert_books_agree(manager)


def test_the_same_file_again_changes_nothing(manager: Actor, paid: PayoutBatch) -> None:
    entries = ((payout(1).reference, "R01", DUE, ""), ("021000029999999", "R03", DUE, ""))
    first = record(manager, *entries)
    assert outcomes(first) == ["returned", "unknown"]

    with assert_nothing_written():
        again = record(manager, *entries)

    assert outcomes(again) == ["again", "unknown"]
    assert PayoutReturn.objects.count() == 2


def test_what_is_not_ours_is_listed_and_changes_nothing(manager: Actor, paid: PayoutBatch) -> None:
    rows = record(
        manager, ("021000029999999", "R03", DUE, ""), (payout(1).reference, "R03", Decimal("199.99"), "")
    )

    assert outcomes(rows) == ["unknown", "differs"]
    assert rows[1].note == "Ours is 200.00."
    assert not Entry.objects.filter(event="payout_returned").exists()
    assert set(Dtr.objects.values_list("status", flat=True)) == {"Paid"}


def test_a_return_after_the_end_of_the_year(manager: Actor, paid: PayoutBatch) -> None:
    with at("2027-01-05"):
        record(manager, (payout(1).reference, "R03", DUE, ""))

    assert Entry.objects.get(event="payout_returned").effective_on == date(2027, 1, 5)
    assert Entry.objects.filter(event="dtr_paid_out", effective_on=date(2026, 1, 12)).count() == 3
    assert_books_agree(manager)


def test_a_notification_of_change_proposes_and_holds(
    manager: Actor, second_manager: Actor, paid: PayoutBatch
) -> None:
    first = payout(1)
    with at("2026-01-14"):
        rows = record(manager, (first.reference, "C01", Decimal(0), f"{'777888999':17}"))
        assert outcomes(rows) == ["proposed"]
        assert set(Dtr.objects.values_list("status", flat=True)) == {"Paid"}
        proposed = PayeeAccount.objects.get(status="proposed")
        assert (proposed.account_number, proposed.change_code, proposed.origin) == (
            "777888999",
            "C01",
            "bank",
        )
        kept = PayeeAccount.objects.get(customer=proposed.customer_id, status="confirmed")
        assert (proposed.holder_name, proposed.routing_number, proposed.kind) == (
            *(kept.holder_name, kept.routing_number, kept.kind),
        )
        request = Approval.objects.get(status=Approval.Status.PENDING)
        assert "777888999" not in f"{request.title}{request.parameters}{request.reason}"
        with pytest.raises(NotAllowed):
            approve(actor=manager, approval_id=request.id)
        # Due again, but not by ACH before somebody has decided.
        number = first.items.get().dtr.number
        return_payout(actor=manager, number=number, reason=WHY)
        assert [each.code for each in preview_batch(actor=manager, way="ach").left_out] == ["change_waits"]
        approve(actor=second_manager, approval_id=request.id)
        account = PayeeAccount.objects.get(status="confirmed", customer=first.customer_id)
        assert (account.last_digits, account.usable_on) == ("8999", date(2026, 1, 14))
        assert len(preview_batch(actor=manager, way="ach").payouts) == 1
        with assert_nothing_written():
            again = record(manager, (first.reference, "C01", Decimal(0), f"{'777888999':17}"))
    assert outcomes(again) == ["again"]


def test_a_correction_that_is_no_account_holds(manager: Actor, paid: PayoutBatch) -> None:
    rows = record(manager, (payout(1).reference, "C02", Decimal(0), "021000022"))

    assert outcomes(rows) == ["noted"]
    assert "do not fit its last one" in rows[0].note
    assert PayeeHold.objects.get().reason.startswith("C02: the bank's correction cannot be used.")
    assert not PayeeAccount.objects.filter(status="proposed").exists()


def test_a_change_while_another_waits_is_listed(manager: Actor, paid: PayoutBatch) -> None:
    propose(manager, payout(1).customer_id, "333")

    rows = record(manager, (payout(1).reference, "C01", Decimal(0), "777888999"))

    assert outcomes(rows) == ["waiting"]
    assert PayeeAccount.objects.filter(status="proposed").count() == 1


def test_by_hand(manager: Actor, paid: PayoutBatch) -> None:
    done = record_return(actor=manager, payout_id=payout(1).id, code="r01", note="Told by phone.")
    assert (done.code, done.outcome, done.trace) == ("R01", "returned", payout(1).reference)
    assert not PayeeHold.objects.exists()
    with assert_nothing_written(), pytest.raises(Conflict) as refused:
        record_return(actor=manager, payout_id=payout(1).id, code="R01")
    assert refused.value.code == "payout_cannot_return"
    for code in ("R00", "R86", "C01", "VOID", "R1"):
        with assert_nothing_written(), pytest.raises(InvalidInput) as wrong:
            record_return(actor=manager, payout_id=payout(2).id, code=code)
        assert wrong.value.code == "bad_return_code"


def test_checks_are_voided_stopped_and_stale(manager: Actor, second_manager: Actor) -> None:
    set_up(manager)
    due_drivers(manager)
    with at("2026-01-12"):
        batch = sent(manager, second_manager, "check")
    first, second, third = batch.payouts.order_by("place")
    with at("2026-01-13"):
        record_return(actor=manager, payout_id=first.id, code="VOID")
        with assert_nothing_written(), pytest.raises(Conflict, match="is stale after 180 days"):
            record_return(actor=manager, payout_id=second.id, code="STALE")
        assert stale_checks(actor=manager) == []
        Disbursement.objects.filter(reference=third.reference).update(
            status="cleared", cleared_on="2026-01-13"
        )
        with assert_nothing_written(), pytest.raises(NotInTransit, match="was cashed on 2026-01-13"):
            record_return(actor=manager, payout_id=third.id, code="VOID")
    with at("2026-07-11"):
        assert stale_checks(actor=manager) == [(second.reference, "Driver 2", DUE)]
        record_return(actor=manager, payout_id=second.id, code="STALE")
        again = sent(manager, second_manager, "check")
    assert sorted(again.payouts.values_list("reference", flat=True)) == ["1004", "1005"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda text: "", "begins with a record"),
        (lambda text: text.replace("101 ", "999 ", 1), "begins with a record"),
        (lambda text: text[: text.rindex("9000001")], "it was cut"),
        (lambda text: text.replace("9000001", "9000001", 1).replace("799R03", "799R99"), "not a reason code"),
        (lambda text: text.replace("799R03", "799R03XX"), "has 94 characters"),
        (lambda text: text + "6" + "2" * 93, "counts"),
        (lambda text: text.replace("621021000021", "621011401533"), "hash"),
    ],
)
def test_files_that_are_none(change: object, words: str) -> None:
    text = return_file(("021000020000001", "R03", DUE, ""))
    with pytest.raises(UnreadableReturns, match=words):
        read_returns(change(text))  # type: ignore[operator]  # a function of the table


def test_a_file_is_refused_as_a_whole(manager: Actor, paid: PayoutBatch) -> None:
    text = return_file((payout(1).reference, "R03", DUE, ""))
    for content in (b"\xff\xfe1\x000\x001\x00", text[: text.rindex("9000001")].encode(), b"x" * 6_000_001):
        with assert_nothing_written(), pytest.raises(InvalidInput) as refused:
            record_returns(actor=manager, content=content)
        assert refused.value.code == "unreadable_returns"


@pytest.mark.parametrize(
    ("code", "data", "expected"),
    [
        ("C01", "12345", ("", "12345", "", "")),
        ("C02", "021000021", ("021000021", "", "", "")),
        ("C03", "021000021   12345", ("021000021", "12345", "", "")),
        ("C04", "John Doe", ("", "", "", "John Doe")),
        ("C05", "32", ("", "", "savings", "")),
        ("C06", f"{'12345':17}   22", ("", "12345", "checking", "")),
        ("C07", f"021000021{'12345':17}37", ("021000021", "12345", "savings", "")),
        ("C13", "anything", ("", "", "", "")),
    ],
)
def test_corrected_data_by_code(code: str, data: str, expected: tuple[str, ...]) -> None:
    found = corrected_by(code, data)
    assert (found.routing, found.account, found.kind, found.name) == expected


@pytest.mark.parametrize("odd", ["²", "٣", "\x1f", "\x85", "-"], ids=ascii)
def test_an_odd_character_at_any_place_is_refused_or_read(odd: str) -> None:
    good = return_file(("021000020000001", "R03", DUE, ""), ("021000020000002", "C02", DUE, "021000021"))

    for place in range(len(good)):
        with suppress(UnreadableReturns):
            read_returns(good[:place] + odd + good[place + 1 :])

    assert len(read_returns(good)) == 2
