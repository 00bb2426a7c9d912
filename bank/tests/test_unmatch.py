"""Taking a wrong match back: the money is unidentified again, and can be matched again.

Rule: docs/domain.md#bookings.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from bank.models import LinePart, MatchRule
from bank.tests.builders import book, unidentified
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import Conflict
from batconnect.core.models import AuditEvent
from batconnect.directory.models import Customer
from ledger.models import Entry, Posting
from ledger.services import void_posting
from payments.batches.tests.builders import RECEIPTS, add_customer, assert_books_hold, bill, post
from payments.errors import PaymentAtBank
from payments.models import Payment
from payments.services.refunds import refund_unallocated
from payments.services.voids import void_payment
from payments.tests.billing import allocate, owed
from tests.cast import StaffClient
from tests.console import browser, seen_on
from tests.digest import assert_nothing_written

WHY = {"reason": "It was the other Acme's money"}


@pytest.fixture
def receipt(api: StaffClient, manager: Actor, acme: Customer) -> LinePart:
    """A bank line of 120.00 that was matched to Acme."""
    (matched,) = book(manager, "120.00", payer_name="ACME", payer_account="DE893704")
    assert post(api, f"{RECEIPTS}/{matched.id}/match", {"customer_id": str(acme.id)}).status_code == 200
    matched.refresh_from_db()
    return matched


def unmatch(client: StaffClient, receipt: LinePart) -> Any:
    return post(client, f"{RECEIPTS}/{receipt.id}/unmatch", WHY)


def test_the_money_is_nobodys_again_and_what_it_paid_is_owed(
    api: StaffClient, manager: Actor, acme: Customer, receipt: LinePart
) -> None:
    (invoice,) = bill(manager, acme, "100.00")
    allocate(manager, Payment.objects.get(), (invoice, "100.00"))

    answer = unmatch(api, receipt)

    payment = Payment.objects.get()
    assert (answer.status_code, answer.json()["status"], answer.json()["payment_id"]) == (200, "open", None)
    assert (payment.status, payment.unallocated, payment.void_reason) == ("voided", 0, WHY["reason"])
    assert owed(invoice) == Decimal("100.00")
    assert unidentified(manager) == Decimal("120.00")
    assert not MatchRule.objects.get().is_active
    assert AuditEvent.objects.filter(action="bank.line_unexplained", reason=WHY["reason"]).exists()
    assert_books_hold(manager)


def test_voiding_the_matchs_posting_takes_it_back_too(manager: Actor, receipt: LinePart) -> None:
    posting = Posting.objects.filter(entry__event="unidentified_matched").first()
    assert posting is not None

    void_posting(actor=manager, posting_id=posting.id, reason=WHY["reason"])

    assert (Payment.objects.get().status, LinePart.objects.get(id=receipt.id).status) == ("voided", "open")
    assert unidentified(manager) == Decimal("120.00")
    with pytest.raises(Conflict) as again, assert_nothing_written():
        void_posting(actor=manager, posting_id=posting.id, reason=WHY["reason"])
    assert again.value.code == "already_voided"
    assert_books_hold(manager)


def test_it_is_matched_anew_and_taken_back_again(api: StaffClient, manager: Actor, receipt: LinePart) -> None:
    other = add_customer(manager, "Acme Cabs", "ACME-002")

    unmatch(api, receipt)
    again = post(api, f"{RECEIPTS}/{receipt.id}/match", {"customer_id": str(other.id)})
    back = unmatch(api, receipt)
    twice = unmatch(api, receipt)

    assert (again.status_code, back.status_code) == (200, 200)
    assert (twice.status_code, twice.json()["code"]) == (409, "receipt_not_matched")
    assert Entry.objects.filter(event="unidentified_unmatched").count() == 2
    assert unidentified(manager) == Decimal("120.00")
    assert_books_hold(manager)


def test_refuses_a_payment_that_was_voided_or_refunded(
    api: StaffClient, manager: Actor, receipt: LinePart
) -> None:
    payment = Payment.objects.get()
    refund_unallocated(actor=manager, payment_id=payment.id, amount=Decimal("20.00"), **WHY)

    with assert_nothing_written():
        refunded = unmatch(api, receipt)

    assert (refunded.status_code, refunded.json()["code"]) == (409, "payment_refunded")


def test_the_payment_of_a_line_is_not_voided_by_itself(
    api: StaffClient, manager: Actor, receipt: LinePart
) -> None:
    with assert_nothing_written(), pytest.raises(PaymentAtBank) as refused:
        void_payment(actor=manager, payment_id=Payment.objects.get().id, **WHY)

    assert refused.value.code == "at_the_bank"


def test_needs_the_right_and_the_company(client_of: Any, manager: Actor, receipt: LinePart) -> None:
    path = reverse("admin:bank_linepart_unmatch", args=[receipt.id])

    with assert_nothing_written():
        answers = [unmatch(client_of(each), receipt).status_code for each in ("cashier", "outsider")]
        pages = [browser(each).post(path, WHY).status_code for each in ("cashier", "auditor")]

    assert answers == [403, 404]
    assert pages == [403, 403]


def test_the_page_shows_what_is_posted_before_it_is(manager: Actor, receipt: LinePart) -> None:
    console = browser("manager")
    path = reverse("admin:bank_linepart_unmatch", args=[receipt.id])

    preview = console.post(path, WHY)
    untouched = LinePart.objects.get().status
    done = console.post(path, {**WHY, **seen_on(preview)})
    again = console.post(path, {**WHY, **seen_on(preview)})

    assert "Unidentified unmatched" in preview.content.decode()
    assert untouched == "explained"
    assert (done.status_code, again.status_code) == (302, 302)
    assert LinePart.objects.get().status == "open"
    assert Entry.objects.filter(event="unidentified_unmatched").count() == 1
    assert unidentified(manager) == Decimal("120.00")
