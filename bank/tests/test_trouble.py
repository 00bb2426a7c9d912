"""What goes wrong between a bank and its books: corrections of explained lines, closed periods, other currencies."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any, Final

import pytest

from bank.models import Explanation, LinePart, Statement, StatementLine
from bank.services.explaining import explain_part, undo_explanation
from bank.services.kinds.interface import Piece
from bank.tests.builders import book, default_account, line, parsed, receive, work
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.errors import InvalidInput
from batconnect.core.models import CompanySettings
from batconnect.directory.models import Customer
from ledger import chart
from ledger.models import Entry
from ledger.tests.vendors.builders import balance, post
from ledger.treasury.services.places import open_bank_account
from payments.batches.tests.builders import assert_books_hold
from payments.models import Payment
from payments.tests.billing import receive as take_payment
from tests.cast import StaffClient, _actor
from tests.digest import assert_nothing_written

PATH: Final = "/api/accounting/bank-statements"
LINES: Final = "/api/accounting/statement-lines"
REASON: Final = "The bank says so by letter"
D = Decimal


def corrected(actor: Actor) -> tuple[Statement, StatementLine]:
    """A correction that waits, and the line that it withdraws."""
    common: dict[str, Any] = {"sequence_no": "7"}
    receive(actor, parsed(line("10.00", reference="A"), line("400.00", reference="B"), **common))
    (new,) = receive(
        actor,
        parsed(line("10.00", reference="A"), line("500.00", reference="B"), **common),
    )
    return new, StatementLine.objects.get(amount=D("400.00"))


def test_a_correction_takes_a_line_off_the_payment_that_it_became(
    api: StaffClient, manager: Actor, acme: Customer
) -> None:
    new, gone = corrected(manager)
    part = LinePart.objects.get(line=gone)
    explain_part(actor=manager, part_id=part.id, pieces=[Piece("payment", D("400.00"), customer_id=acme.id)])

    shown = api.get(f"{PATH}/{new.id}").json()["correction"]
    answer = post(api, f"{PATH}/{new.id}/accept", {"reason": REASON})
    work(manager)

    assert [each["became"] for each in shown["vanished"]] == [["New payment: 400.00 USD"]]
    assert answer.status_code == 202, answer.content
    assert Payment.objects.get().status == "voided"
    part.refresh_from_db()
    gone.refresh_from_db()
    assert (part.status, gone.state) == ("voided", "withdrawn")
    assert balance(manager, chart.bank(default_account(manager).code)) == D("510.00")
    assert_books_hold(manager)


def test_what_two_people_undo_is_undone_on_its_line_before_the_correction(
    api: StaffClient, client_of: Any, manager: Actor, acme: Customer
) -> None:
    new, gone = corrected(manager)
    part = LinePart.objects.get(line=gone)
    explain_part(actor=manager, part_id=part.id, pieces=[Piece("payment", D("400.00"), customer_id=acme.id)])
    CompanySettings.objects.update(void_approval_limit=D("50.00"))

    with assert_nothing_written():
        refused = post(api, f"{PATH}/{new.id}/accept", {"reason": REASON})
    asked = post(api, f"{LINES}/{gone.id}/undo", {"reason": REASON})
    own = post(api, f"/api/approvals/{asked.json()['approval_request_id']}/approve", {})
    still = post(api, f"{PATH}/{new.id}/accept", {"reason": REASON})
    agreed = post(
        client_of("second_manager"), f"/api/approvals/{asked.json()['approval_request_id']}/approve", {}
    )
    accepted = post(api, f"{PATH}/{new.id}/accept", {"reason": REASON})
    work(manager)

    assert (refused.status_code, refused.json()["code"]) == (409, "correction_needs_approval")
    assert (asked.status_code, still.status_code) == (202, 409)
    assert own.status_code in (403, 409)
    assert (agreed.status_code, accepted.status_code) == (200, 202), accepted.content
    assert balance(manager, chart.bank(default_account(manager).code)) == D("510.00")
    assert_books_hold(manager)


@pytest.mark.parametrize("kind", ["payment", "known_payment", "interest"])
def test_an_explanation_of_a_closed_period_is_undone_today(manager: Actor, acme: Customer, kind: str) -> None:
    day = today(manager.company)
    (part,) = book(manager, "100.00", day=day - timedelta(days=9))
    payment = (
        take_payment(manager, acme, "100.00", on=day - timedelta(days=10))
        if kind == "known_payment"
        else None
    )
    piece = Piece(
        kind,
        D("100.00"),
        customer_id=acme.id if kind == "payment" else None,
        payment_id=payment.id if payment else None,
    )
    (made,) = explain_part(actor=manager, part_id=part.id, pieces=[piece]).explanations
    CompanySettings.objects.update(closed_until=day - timedelta(days=2))
    later = _actor("manager")

    undo_explanation(actor=later, explanation_id=made.id, reason=REASON)

    part.refresh_from_db()
    made.refresh_from_db()
    assert (part.status, part.explained, made.status) == ("open", 0, "undone")
    assert Entry.objects.get(id=made.undone_entry_id).effective_on == day
    assert Entry.objects.get(id=made.entry_id).effective_on == day - timedelta(days=9)
    assert_books_hold(later)


def test_a_line_in_a_closed_period_is_effective_on_the_first_open_day(manager: Actor, acme: Customer) -> None:
    day = today(manager.company)
    CompanySettings.objects.update(closed_until=day - timedelta(days=2))
    later = _actor("manager")

    receive(later, parsed(line("75.00", day=day - timedelta(days=9), reference="C-1")))
    part = LinePart.objects.get()
    explain_part(actor=later, part_id=part.id, pieces=[Piece("payment", D("75.00"), customer_id=acme.id)])

    first_open = day - timedelta(days=1)
    entries = Entry.objects.filter(id__in=[part.line.entry_id, Explanation.objects.get().entry_id])
    assert {each.effective_on for each in entries} == {first_open}
    payment = Payment.objects.get()
    assert payment.payment_date == day - timedelta(days=9)
    assert_books_hold(later)


def test_a_payment_in_another_currency_is_not_what_a_line_is(manager: Actor, acme: Customer) -> None:
    open_bank_account(actor=manager, code="euro", name="Euro", currency="EUR", is_default=True)
    payment = take_payment(manager, acme, "100.00", currency="EUR")
    (part,) = book(manager, "100.00")

    with pytest.raises(InvalidInput) as refused, assert_nothing_written():
        explain_part(
            actor=manager,
            part_id=part.id,
            pieces=[Piece("known_payment", D("100.00"), payment_id=payment.id)],
        )

    assert refused.value.errors[0].field == "pieces.0.payment_id"


def test_a_statement_in_another_currency_opens_nothing(api: StaffClient, manager: Actor) -> None:
    with pytest.raises(InvalidInput) as refused, assert_nothing_written():
        receive(manager, parsed(line("1.00"), currency="JPY"), book=False)

    assert refused.value.code in ("statement_account_unknown", "statement_currency")
    assert "JPY" in refused.value.message
