"""Receipts that are not a customer's payment: a processor's deposit, a vendor's refund."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from bank.errors import ReceiptNotOpen
from bank.models import Explanation, LinePart
from bank.services.receipts import (
    explain_as_processor,
    explain_as_vendor_refund,
    match_receipt,
    unexplain_receipt,
)
from bank.tests.builders import book
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.errors import InvalidInput, Refusal
from ledger.clearing.querysets import undeposited
from ledger.models import Posting, VendorCredit
from ledger.services import void_posting
from ledger.tests.vendors.builders import BY_CHECK, balance, make_vendor, put_in
from ledger.vendors.errors import AboveOpen
from ledger.vendors.services.paying import top_up
from ledger.verification import verify
from payments.batches.tests.builders import RECEIPTS, post
from payments.tests.billing import make_customer
from tests.cast import StaffClient
from tests.digest import assert_nothing_written

WHY = "It was another processor's deposit"


@pytest.fixture
def receipt(manager: Actor) -> LinePart:
    """617.50 on the bank account."""
    (part,) = book(manager, "617.50", payer_name="CURB")
    return part


def test_a_deposit_clears_the_gross_with_the_fee_of_the_report(manager: Actor, receipt: LinePart) -> None:
    put_in(manager, "400.00", code="earnings_clearing")
    put_in(manager, "250.00", code="earnings_clearing")

    explained, deposit = explain_as_processor(
        actor=manager,
        receipt_id=receipt.id,
        processor="Curb",
        fee=Decimal("32.50"),
        report="CURB-2026-03",
        gross=Decimal("650.00"),
    )

    assert (explained.status, Explanation.objects.get().source_id) == ("explained", str(deposit.id))
    assert (deposit.gross, deposit.net) == (Decimal("650.00"), Decimal("617.50"))
    assert balance(manager, "earnings_clearing") == 0
    assert balance(manager, "card_fees") == Decimal("32.50")
    assert balance(manager, "unidentified_receipts") == 0
    assert undeposited(actor=manager, as_of=today(manager.company), currency="") == []
    assert list(verify(actor=manager)) == []


def test_refuses_a_fee_that_does_not_add_up_and_what_is_not_open(manager: Actor, receipt: LinePart) -> None:
    customer = make_customer(manager)
    with assert_nothing_written(), pytest.raises(InvalidInput, match=r"1,000,000,617\.49.*999,999,999\.99"):
        explain_as_processor(
            actor=manager, receipt_id=receipt.id, processor="Curb", fee=Decimal("999999999.99")
        )

    def explain(fee: str, gross: str) -> object:
        return explain_as_processor(
            actor=manager,
            receipt_id=receipt.id,
            processor="Curb",
            fee=Decimal(fee),
            gross=Decimal(gross),
        )

    with assert_nothing_written(), pytest.raises(InvalidInput) as wrong:
        explain("30.00", "650.00")
    explain("0.00", "617.50")
    with assert_nothing_written(), pytest.raises(ReceiptNotOpen):
        explain("32.50", "650.00")
    with assert_nothing_written(), pytest.raises(ReceiptNotOpen):
        match_receipt(actor=manager, receipt_id=receipt.id, customer_id=customer.pk)

    assert wrong.value.code == "fee_too_large"
    assert "647.50" in wrong.value.message


def test_what_stays_is_listed_by_age(manager: Actor, receipt: LinePart) -> None:
    put_in(manager, "800.00", code="earnings_clearing")
    explain_as_processor(actor=manager, receipt_id=receipt.id, processor="Curb", fee=Decimal("32.50"))

    (row,) = undeposited(actor=manager, as_of=today(manager.company), currency="USD")

    assert (row.earned, row.remains, row.age) == (Decimal("800.00"), Decimal("150.00"), 0)


def test_the_explanation_is_taken_back_once(manager: Actor, receipt: LinePart) -> None:
    explain_as_processor(actor=manager, receipt_id=receipt.id, processor="Curb", fee=Decimal("32.50"))
    posting = Posting.objects.get(entry__event="processor_deposited", account__code="card_fees")

    open_again = unexplain_receipt(actor=manager, receipt_id=receipt.id, reason=WHY)
    with assert_nothing_written(), pytest.raises(Refusal):
        unexplain_receipt(actor=manager, receipt_id=receipt.id, reason=WHY)
    with assert_nothing_written(), pytest.raises(Refusal):
        void_posting(actor=manager, posting_id=posting.id, reason=WHY)
    explain_as_processor(actor=manager, receipt_id=receipt.id, processor="CMT", fee=Decimal("1.00"))
    again = Posting.objects.filter(entry__event="processor_deposited", account__code="card_fees").last()
    assert again is not None
    void_posting(actor=manager, posting_id=again.id, reason=WHY)

    assert open_again.status == "open"
    assert balance(manager, "card_fees") == 0
    assert list(verify(actor=manager)) == []


def test_a_vendors_refund(manager: Actor, receipt: LinePart) -> None:
    vendor = make_vendor(manager)
    small = top_up(actor=manager, vendor_id=vendor.id, amount=Decimal("600.00"), paid_from=BY_CHECK).credit
    large = top_up(actor=manager, vendor_id=vendor.id, amount=Decimal("700.00"), paid_from=BY_CHECK).credit
    assert small is not None
    assert large is not None

    with assert_nothing_written(), pytest.raises(AboveOpen):
        explain_as_vendor_refund(actor=manager, receipt_id=receipt.id, credit_id=small.id)
    explain_as_vendor_refund(actor=manager, receipt_id=receipt.id, credit_id=large.id)

    assert VendorCredit.objects.get(id=large.id).left == Decimal("82.50")
    assert list(verify(actor=manager)) == []
    unexplain_receipt(actor=manager, receipt_id=receipt.id, reason=WHY)
    assert VendorCredit.objects.get(id=large.id).left == Decimal("700.00")
    assert list(verify(actor=manager)) == []


def test_the_api(manager: Actor, receipt: LinePart, client_of: Callable[[str], StaffClient]) -> None:
    client = client_of("manager")
    put_in(manager, "800.00", code="earnings_clearing")
    path = f"{RECEIPTS}/{receipt.id}"

    done = post(client, f"{path}/processor-deposit", {"processor": "Curb", "fee": "32.50", "gross": 650})
    again = post(client, f"{path}/processor-deposit", {"processor": "Curb", "fee": "32.50"})

    assert (done.status_code, done.json()["explained_as"]) == (200, "ledger.processor_deposit")
    assert (again.status_code, again.json()["code"]) == (409, "receipt_not_open")
    assert b'"fee":32.50' in client.get("/api/accounting/processor-deposits").content
    assert client.get("/api/accounting/earnings-clearing").json()["total"] == 150
    assert client.get(f"{RECEIPTS}?status=explained").json()["total"] == 1
    assert post(client, f"{path}/unexplain", {"reason": WHY}).json()["status"] == "open"
    vendor = make_vendor(manager)
    credit = top_up(actor=manager, vendor_id=vendor.id, amount=Decimal("700.00"), paid_from=BY_CHECK).credit
    assert credit is not None
    refunded = post(client, f"{path}/vendor-refund", {"credit_id": str(credit.id)})
    assert (refunded.status_code, refunded.json()["explained_as"]) == (200, "ledger.vendor_refund")
    outsider = client_of("outsider")
    assert post(outsider, f"{path}/unexplain", {"reason": WHY}).status_code == 404
