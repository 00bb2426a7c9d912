"""The page of what waits, and deciding from it: never by who asked."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.urls import reverse

from batconnect.core.kernel.actors import Actor
from batconnect.core.models import Approval
from batconnect.directory.models import Customer
from ledger.services import write_off
from payments.tests.billing import assert_identities, bill, make_customer, owed, receive
from tests.console import browser, seen_on
from tests.digest import assert_nothing_written

WHY = "They paid the bill twice."


@pytest.fixture
def acme(manager: Actor) -> Customer:
    """A customer of north."""
    return make_customer(manager)


def test_a_second_person_decides_on_refunds_and_the_requester_never(manager: Actor, acme: Customer) -> None:
    payment = receive(manager, acme, "3000.00")
    refund_path = reverse("admin:payments_payment_refund", args=[payment.pk])
    first, second = browser("manager"), browser("second_manager")
    approvals = reverse("admin:approvals")

    preview = first.post(refund_path, {"amount": "2,500.00", "reason": WHY})
    first.post(refund_path, {"amount": "2,500.00", "reason": WHY, **seen_on(preview)})
    request = Approval.objects.get()
    approve = reverse("admin:core_approval_approve", args=[request.pk])
    with assert_nothing_written():
        requester = [first.get(approve).status_code, first.post(approve, {"reason": ""}).status_code]
        cashier = browser("cashier").post(approve, {"reason": ""}).status_code
    mine, theirs = first.get(approvals).content.decode(), second.get(approvals).content.decode()
    seen = second.post(f"{approve}?next={approvals}", {"reason": ""})
    done = second.post(f"{approve}?next={approvals}", {"reason": "", **seen_on(seen)})
    with assert_nothing_written():
        again = second.post(approve, {"reason": "", **seen_on(seen)})

    payment.refresh_from_db()
    assert "waits for a second person" in preview.content.decode()
    assert (requester, cashier) == ([403, 403], 403)
    assert approve not in mine
    assert "You asked: another person decides" in mine
    assert approve in theirs
    assert (done.status_code, done["Location"]) == (302, approvals)
    assert (payment.refunded, payment.unallocated, payment.reserved) == (2500, 500, 0)
    assert again.status_code in (200, 302)
    assert_identities()


def test_a_second_person_decides_on_write_offs(manager: Actor, acme: Customer) -> None:
    invoice = bill(manager, acme, "5000.00")
    write_off(
        actor=manager,
        obligation_id=invoice.obligation_id,
        amount=Decimal("4000.00"),
        reason="Bankrupt since May.",
    )
    request = Approval.objects.get()
    approvals = reverse("admin:approvals")
    approve = reverse("admin:core_approval_approve", args=[request.pk])
    reject = reverse("admin:core_approval_reject", args=[request.pk])
    first, second = browser("manager"), browser("second_manager")

    with assert_nothing_written():
        requester = [first.post(each, {"reason": ""}).status_code for each in (approve, reject)]
    pages = [approve in each.get(approvals).content.decode() for each in (first, second, browser("auditor"))]
    seen = second.post(reject, {"reason": "Ask again in June."})
    second.post(reject, {"reason": "Ask again in June.", **seen_on(seen)})

    request.refresh_from_db()
    assert requester == [403, 403]
    assert pages == [False, True, False]
    assert (request.status, owed(invoice)) == ("rejected", Decimal("5000.00"))
