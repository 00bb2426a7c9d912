"""A bank account of a running company is cut over to the bank's word (docs/domain.md#bank-cut-over)."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, transaction

from bank.models import CutOver, CutOverItem, Statement
from bank.services.cut_over_plans import Other, Wanted, plan_cut_over
from bank.services.cutting_over import ask_to_cut_over
from bank.services.explaining import explain_part
from bank.services.kinds.interface import Piece
from bank.services.kinds.opened import opened_items
from bank.services.reconciling import compare, reconcile
from bank.services.undoing_cut_over import undo_cut_over
from bank.tests.builders import book, default_account, line, open_books, parsed
from bank.tests.builders import receive as receive_file
from batconnect.core.approvals.services import approve, reject
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.errors import Conflict, InvalidInput, NotAllowed, Refusal
from batconnect.core.models import Approval, AuditEvent, CompanySettings
from ledger.models import Entry, Posting
from ledger.services import void_posting
from ledger.tests.vendors.builders import balance, put_in
from ledger.treasury.models import BankAccount
from ledger.treasury.services.places import open_bank_account
from ledger.verification import verify
from payments.models import Payment
from payments.services.returns import return_payment
from payments.services.voids import void_payment
from payments.tests.billing import make_customer, receive
from tests.cast import _actor, acting
from tests.digest import assert_nothing_written

D = Decimal
REASON = "The bank's word from here on"
BANK = "bank:operating"
CHECKS = "cash:check"


def assert_clean(actor: Actor) -> None:
    assert [f"{each.check}: {each.difference}" for each in verify(actor=actor)] == []


def before(actor: Actor, days: int = 10) -> date:
    return today(actor.company) - timedelta(days=days)


def taken(actor: Actor, *amounts: str, method: str = "check", days: int = 20) -> list[Payment]:
    """Payments of that many days ago."""
    customer = make_customer(actor, f"Acme {uuid4().hex[:6]}")
    day = before(actor, days)
    return [receive(actor, customer, each, method=method, on=day) for each in amounts]


def wanted(actor: Actor, given: str | None, **values: Any) -> Wanted:
    account: BankAccount = values.pop("account", None) or default_account(actor)
    options: dict[str, Any] = {"day": before(actor), "reason": REASON, **values}
    return Wanted(account.id, balance=None if given is None else D(given), **options)


def cut_over(actor: Actor, given: str | None, **values: Any) -> CutOver:
    """Asked for and agreed to."""
    asked = ask_to_cut_over(actor=actor, wanted=wanted(actor, given, **values))
    approve(actor=_actor("second_manager"), approval_id=asked.id)
    return CutOver.objects.get(status="live")


def test_what_was_at_the_bank_moves_item_by_item(manager: Actor) -> None:
    first, second, there = taken(manager, "500.00", "100.00", "70.00")
    (late,) = taken(manager, "30.00", days=2)

    done = cut_over(
        manager, "588.00", leave_out=frozenset({there.id}), others=(Other("bank_charges", D("-12.00")),)
    )

    assert (balance(manager, BANK), balance(manager, CHECKS)) == (D("588.00"), D("100.00"))
    assert balance(manager, "bank_charges") == D("12.00")
    assert (done.moved, done.others, done.opened, done.item_count) == (D("600.00"), D("-12.00"), D("0.00"), 3)
    assert (done.made_by, done.approval_id is not None) == (manager.name, True)
    items = CutOverItem.objects.exclude(payment=None)
    assert {each.payment_id: each.id for each in items} == {
        each.id: each.at_bank_id for each in Payment.objects.exclude(at_bank_id=None)
    }
    assert set(Payment.objects.filter(at_bank_id=None)) == {there, late}
    entries = Entry.objects.filter(source_type="bank.cut_over")
    assert {(each.effective_on, each.operation_id) for each in entries} == {(before(manager), done.id)}
    assert entries.count() == 3
    assert AuditEvent.objects.filter(action="bank.cut_over", subject_id=str(done.id)).count() == 1
    assert {first, second} == {each.payment for each in items}
    assert_clean(manager)


def test_the_first_statement_is_proven_and_reconciled(manager: Actor) -> None:
    """The chain begins with what the cut-over brought; without it the statement stays unproven."""
    taken(manager, "500.00")
    (there,) = taken(manager, "70.00")
    day = before(manager, 5)
    file = parsed(
        line("70.00", day=day, reference="R-1"),
        *[line("-20.00", day=day, reference="R-2")],
        opening="500.00",
        closing="550.00",
        period_from=day.isoformat(),
        period_to=day.isoformat(),
        sequence_no="1",
    )
    (statement,) = receive_file(manager, file)
    assert not statement.is_proven

    cut_over(manager, None, leave_out=frozenset({there.id}))

    statement = Statement.objects.get(id=statement.id)
    assert statement.is_proven
    assert balance(manager, BANK) == D("550.00")
    compared = compare(actor=manager, statement_id=statement.id)
    assert compared.difference == 0
    part = statement.lines.get(bank_reference="R-1").parts.get()
    explain_part(
        actor=manager, part_id=part.id, pieces=[Piece("known_payment", D("70.00"), payment_id=there.id)]
    )
    assert balance(manager, CHECKS) == 0
    assert_clean(manager)

    undo_cut_over(actor=manager, bank_account_id=default_account(manager).id, reason=REASON)

    assert not Statement.objects.get(id=statement.id).is_proven
    assert (balance(manager, BANK), balance(manager, CHECKS)) == (D("50.00"), D("500.00"))
    assert_clean(manager)
    again = cut_over(manager, None, leave_out=frozenset())
    assert again.moved == D("500.00")
    assert compare(actor=manager, statement_id=statement.id).difference == 0
    reconcile(actor=manager, statement_id=statement.id)

    with pytest.raises(Refusal) as final, assert_nothing_written():
        undo_cut_over(actor=manager, bank_account_id=default_account(manager).id, reason=REASON)
    assert final.value.code == "cut_over_final"
    assert_clean(manager)


def test_it_takes_two_people_and_the_rights(manager: Actor, second_manager: Actor, cashier: Actor) -> None:
    taken(manager, "500.00")
    asked = ask_to_cut_over(actor=manager, wanted=wanted(manager, "500.00"))

    assert balance(manager, BANK) == 0
    with pytest.raises(NotAllowed), assert_nothing_written():
        approve(actor=manager, approval_id=asked.id)
    with pytest.raises(NotAllowed), assert_nothing_written():
        ask_to_cut_over(actor=cashier, wanted=wanted(manager, "500.00"))
    with pytest.raises(NotAllowed), assert_nothing_written():
        undo_cut_over(actor=cashier, bank_account_id=default_account(manager).id, reason=REASON)
    with pytest.raises(Conflict) as twice, assert_nothing_written():
        ask_to_cut_over(actor=manager, wanted=wanted(manager, "500.00"))
    assert twice.value.code == "approval_pending"

    reject(actor=second_manager, approval_id=asked.id)
    assert (balance(manager, BANK), CutOver.objects.count()) == (0, 0)


def test_it_is_done_once_until_it_is_taken_back(manager: Actor) -> None:
    taken(manager, "500.00")
    cut_over(manager, "500.00")
    taken(manager, "40.00")

    with pytest.raises(Conflict) as again, assert_nothing_written():
        ask_to_cut_over(actor=manager, wanted=wanted(manager, "540.00"))
    assert again.value.code == "cut_over_done"

    undo_cut_over(actor=manager, bank_account_id=default_account(manager).id, reason=REASON)
    with pytest.raises(Refusal) as undone, assert_nothing_written():
        undo_cut_over(actor=manager, bank_account_id=default_account(manager).id, reason=REASON)
    assert undone.value.code == "cut_over_not_found"
    assert not Payment.objects.exclude(at_bank_id=None).exists()
    assert cut_over(manager, "540.00").item_count == 2
    assert_clean(manager)


def test_what_changed_since_it_was_asked_for_is_asked_for_again(manager: Actor) -> None:
    payment, _ = taken(manager, "500.00", "40.00")
    asked = ask_to_cut_over(actor=manager, wanted=wanted(manager, "540.00"))
    void_payment(actor=manager, payment_id=payment.id, reason=REASON)

    with pytest.raises(Conflict) as changed, assert_nothing_written():
        approve(actor=_actor("second_manager"), approval_id=asked.id)

    assert changed.value.code == "cut_over_changed"
    assert Approval.objects.get(id=asked.id).status == Approval.Status.PENDING


def test_a_later_payment_changes_nothing(manager: Actor) -> None:
    taken(manager, "500.00")
    asked = ask_to_cut_over(actor=manager, wanted=wanted(manager, "500.00"))
    taken(manager, "40.00", days=1)

    approve(actor=_actor("second_manager"), approval_id=asked.id)

    assert balance(manager, BANK) == D("500.00")
    assert_clean(manager)


def test_it_comes_to_the_banks_balance_or_is_refused_with_the_figures(manager: Actor) -> None:
    taken(manager, "500.00", "100.00")

    plan = plan_cut_over(actor=manager, wanted=wanted(manager, "588.00"))
    with pytest.raises(InvalidInput) as refused, assert_nothing_written():
        ask_to_cut_over(actor=manager, wanted=wanted(manager, "588.00"))

    assert (plan.comes_to, plan.difference) == (D("600.00"), D("-12.00"))
    assert refused.value.code == "cut_over_differs"
    for figure in ("600.00", "588.00", "-12.00"):
        assert figure in refused.value.message


def test_refuses_what_does_not_fit(manager: Actor) -> None:
    payment, _ = taken(manager, "500.00", "40.00")
    euro = open_bank_account(actor=manager, code="euro", name="Euro", currency="EUR")
    day = before(manager)
    refusals: list[tuple[Wanted, str]] = [
        (wanted(manager, "540.00", day=today(manager.company) + timedelta(days=1)), "date_in_future"),
        (wanted(manager, None), "cut_over_differs"),
        (wanted(manager, "540.00", methods=("gold",)), "unknown_item"),
        (wanted(manager, "540.00", leave_out=frozenset({uuid4()})), "unknown_item"),
        (wanted(manager, "540.00", others=(Other("receivable:LEASE", D("1.00")),)), "account_has_items"),
        (wanted(manager, "540.00", others=(Other("gold", D("1.00")),)), "unknown_explanation"),
        (wanted(manager, "540.00", account=euro), "cut_over_differs"),
        (wanted(manager, "0.00", account=euro), "cut_over_empty"),
        (wanted(manager, "540.00", reason="short"), "reason_length"),
        (Wanted(uuid4(), day, D("540.00"), reason=REASON), "bank_account_not_found"),
    ]

    for asked, code in refusals:
        with pytest.raises(Refusal) as refused, assert_nothing_written():
            ask_to_cut_over(actor=manager, wanted=asked)
        codes = {refused.value.code, *(each.code for each in refused.value.errors)}
        assert code in codes, (asked, refused.value.message)
    assert Payment.objects.get(id=payment.id).at_bank_id is None


def test_of_another_company_nothing_moves(manager: Actor) -> None:
    (theirs,) = taken(manager, "500.00")
    account, day = default_account(manager), before(manager)

    with acting("outsider") as outsider:
        for asked in (
            Wanted(account.id, day, D("0.00"), reason=REASON),
            Wanted(default_account(outsider).id, day, D("0.00"), (), frozenset({theirs.id}), reason=REASON),
        ):
            with pytest.raises(Refusal) as unknown:
                plan_cut_over(actor=outsider, wanted=asked)
            assert unknown.value.code in ("bank_account_not_found", "unknown_item")


def test_what_lies_elsewhere_already_is_not_moved(manager: Actor) -> None:
    """A payment that a line or a slip has, or that was voided; one that came back had come."""
    on_line, voided, returned = taken(manager, "100.00", "60.00", "30.00")
    (part,) = book(manager, "100.00")
    explain_part(
        actor=manager, part_id=part.id, pieces=[Piece("known_payment", D("100.00"), payment_id=on_line.id)]
    )
    void_payment(actor=manager, payment_id=voided.id, reason=REASON)
    return_payment(actor=manager, payment_id=returned.id, reason_code="NSF")

    plan = plan_cut_over(actor=manager, wanted=wanted(manager, "30.00"))

    assert [each.id for each in plan.items] == [returned.id]


def test_a_payment_that_was_moved_is_at_the_bank(manager: Actor) -> None:
    (payment,) = taken(manager, "500.00")
    cut_over(manager, "500.00")
    (part,) = book(manager, "500.00")

    for act in (
        lambda: void_payment(actor=manager, payment_id=payment.id, reason=REASON),
        lambda: explain_part(
            actor=manager,
            part_id=part.id,
            pieces=[Piece("known_payment", D("500.00"), payment_id=payment.id)],
        ),
    ):
        with pytest.raises(Refusal) as refused, assert_nothing_written():
            act()
        assert refused.value.code == "at_the_bank"
    return_payment(actor=manager, payment_id=payment.id, reason_code="NSF")
    assert_clean(manager)


def test_a_closed_day_counts_on_the_first_open_one(manager: Actor) -> None:
    taken(manager, "500.00")
    CompanySettings.objects.update(closed_until=before(manager, 3))
    later = _actor("manager")
    asked = ask_to_cut_over(actor=later, wanted=wanted(later, "500.00"))
    approve(actor=_actor("second_manager"), approval_id=asked.id)

    done = CutOver.objects.get()
    assert done.day == before(later)
    assert {each.effective_on for each in Entry.objects.filter(operation_id=done.id)} == {before(later, 2)}
    assert_clean(later)


def test_cash_moves_when_it_is_named_and_as_far_as_the_drawer_goes(manager: Actor) -> None:
    put_in(manager, "1.00")
    (first, second) = taken(manager, "300.00", "200.00", method="cash")
    plan = plan_cut_over(actor=manager, wanted=wanted(manager, "0.00"))
    assert plan.items == ()

    cut_over(manager, "300.00", methods=("cash",), leave_out=frozenset({second.id}))

    assert balance(manager, "cash:cash") == D("201.00")
    assert Payment.objects.get(id=first.id).at_bank_id is not None
    assert_clean(manager)


def test_a_drawer_has_what_leaves_it(manager: Actor) -> None:
    taken(manager, "300.00", method="cash")
    asked = ask_to_cut_over(actor=manager, wanted=wanted(manager, "300.00", methods=("cash",)))
    put_in(manager, "-250.00")

    with pytest.raises(Refusal) as short, assert_nothing_written():
        approve(actor=_actor("second_manager"), approval_id=asked.id)

    assert short.value.code == "drawer_short"
    assert "50.00" in short.value.message


def test_what_else_lies_in_cash_moves_by_its_entry(manager: Actor) -> None:
    """What the opening put there, and what was posted before there were bank accounts."""
    (opened, _) = open_books(
        manager, ("account", "100.00", {"account": CHECKS}), ("account", "40.00", {"account": "cash:cash"})
    )
    day = today(manager.company)

    done = cut_over(manager, "100.00", day=day)

    (item,) = CutOverItem.objects.all()
    assert (item.kind, item.amount, item.account_code) == ("entry", D("100.00"), CHECKS)
    assert item.source_entry is not None
    assert item.source_entry.source_id == str(opened.id)
    assert [each.left for each in opened_items(actor=manager)] == [0]
    assert done.opened == 0
    assert_clean(manager)


def test_what_the_books_have_there_already_counts(manager: Actor) -> None:
    open_books(manager, ("account", "1000.00", {"account": BANK}))
    taken(manager, "500.00", days=1)

    done = cut_over(manager, "1500.00", day=today(manager.company))

    assert (done.opened, done.moved) == (D("1000.00"), D("500.00"))
    assert balance(manager, BANK) == D("1500.00")
    assert_clean(manager)


def test_its_entries_are_not_voided_one_by_one(manager: Actor) -> None:
    taken(manager, "500.00")
    cut_over(manager, "500.00")
    posting = Posting.objects.get(account__code=BANK)

    with pytest.raises(Conflict) as refused, assert_nothing_written():
        void_posting(actor=manager, posting_id=posting.id, reason=REASON)

    assert refused.value.code == "not_voidable"


def test_the_database_keeps_what_was_cut_over(manager: Actor) -> None:
    taken(manager, "500.00")
    cut_over(manager, "500.00")

    for change in (
        lambda: CutOver.objects.update(balance=D("1.00")),
        lambda: CutOverItem.objects.update(amount=D("1.00")),
        lambda: CutOver.objects.all().delete(),
        lambda: CutOverItem.objects.all().delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
