"""Vendors' bills: entered once, paid, stopped, voided (docs/domain.md#vendors)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from threading import Barrier, Thread

import pytest
from django.db import connection

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import InvalidInput, NotAllowed, Refusal
from ledger.chart import Category
from ledger.models import Disbursement, Posting, Vendor, VendorBill, VendorCredit
from ledger.services import void_posting
from ledger.tests.vendors.builders import (
    AT,
    BY_CHECK,
    IN_CASH,
    balance,
    lines_of,
    make_bill,
    make_vendor,
    post,
    put_in,
)
from ledger.treasury.errors import DrawerShort, NotInTransit
from ledger.vendors import postings
from ledger.vendors.errors import AboveOpen, BillNotFound, BillNotOpen, BillPaid, BillTaken, VendorNotFound
from ledger.vendors.services.bills import BillLine, enter_credit_note, void_bill, void_credit_note
from ledger.vendors.services.paying import pay_bills, top_up, use_credit
from ledger.vendors.services.vendors import change_vendor
from ledger.verification import verify
from tests.cast import StaffClient, acting
from tests.digest import assert_nothing_written

WHY = "It is another company's bill"


@pytest.fixture
def agency(manager: Actor) -> Vendor:
    return make_vendor(manager)


def test_a_bill_debits_what_it_is_for_and_credits_vendors_payable(manager: Actor, agency: Vendor) -> None:
    lines = [
        BillLine(Decimal("420.00"), Category.EZPASS),
        BillLine(Decimal("12.50"), account="expenses:other", description="Replaced tags"),
    ]

    bill = make_bill(manager, agency, lines=lines)

    assert (bill.amount, bill.open, bill.status) == (Decimal("432.50"), Decimal("432.50"), "open")
    assert lines_of(manager, source_type=postings.BILL, event="vendor_bill_entered") == {
        "recovered:EZPASS": Decimal("420.00"),
        "expenses:other": Decimal("12.50"),
        "vendors_payable": Decimal("-432.50"),
    }
    assert Posting.objects.get(subledger="bills").item_id == bill.id
    assert list(verify(actor=manager)) == []


def test_a_bill_above_the_largest_amount_is_refused(manager: Actor, agency: Vendor) -> None:
    lines = [BillLine(Decimal("999999999.99"), Category.EZPASS), BillLine(Decimal("0.01"), Category.PVB)]

    with assert_nothing_written(), pytest.raises(InvalidInput, match=r"1,000,000,000\.00.*999,999,999\.99"):
        make_bill(manager, agency, lines=lines)


def test_a_workshops_bill_clears_what_stands_on_disbursements_payable(manager: Actor, agency: Vendor) -> None:
    put_in(manager, "-300.00", code="disbursements_payable")
    lines = [BillLine(Decimal("300.00"), account="disbursements_payable", description="RPR-2026-001")]

    bill = make_bill(manager, agency, lines=lines)
    with assert_nothing_written(), pytest.raises(AboveOpen, match=r"more than the 0\.00 USD"):
        make_bill(manager, agency, number="2", lines=lines)

    assert bill.open == Decimal("300.00")
    assert balance(manager, "disbursements_payable") == 0


def test_the_same_number_of_a_vendor_is_refused_until_the_bill_is_voided(
    manager: Actor, agency: Vendor
) -> None:
    bill = make_bill(manager, agency)
    other = make_vendor(manager, "City of New York")

    with assert_nothing_written(), pytest.raises(BillTaken) as refused:
        make_bill(manager, agency, "99.00")
    make_bill(manager, other)
    void_bill(actor=manager, bill_id=bill.id, reason=WHY)
    again = make_bill(manager, agency, "99.00")

    assert "420.00" in refused.value.message
    assert again.open == Decimal("99.00")
    assert balance(manager, "vendors_payable") == Decimal("-519.00")
    assert list(verify(actor=manager)) == []


@pytest.mark.parametrize(
    ("line", "field"),
    [
        (BillLine(Decimal(1), Category.TAXES), "lines.0.category"),
        (BillLine(Decimal(1), Category.LEASE), "lines.0.category"),
        (BillLine(Decimal(1), account="cash:ach"), "lines.0.account"),
        (BillLine(Decimal(1)), "lines.0.category"),
        (BillLine(Decimal(1), Category.PVB, account="expenses:other"), "lines.0.category"),
    ],
)
def test_refuses_what_is_no_expense(manager: Actor, agency: Vendor, line: BillLine, field: str) -> None:
    with assert_nothing_written(), pytest.raises(InvalidInput) as refused:
        make_bill(manager, agency, lines=[line])

    assert [(each.field, each.code) for each in refused.value.errors] == [(field, "not_an_expense")]


def test_pays_in_parts_by_check(manager: Actor, agency: Vendor) -> None:
    bill = make_bill(manager, agency)

    first = pay_bills(actor=manager, amounts={bill.id: Decimal("400.00")}, paid_from=BY_CHECK)
    rest = pay_bills(actor=manager, amounts={bill.id: None}, paid_from=BY_CHECK)

    assert (first.payment.kind, first.payment.status) == ("vendor_payment", "in_transit")
    assert (first.payment.payee, first.payment.amount) == ("E-ZPass New York", Decimal("400.00"))
    assert rest.payment.amount == Decimal("20.00")
    bill.refresh_from_db()
    assert (bill.open, bill.status) == (Decimal("0.00"), "paid")
    assert balance(manager, "vendors_payable") == 0
    assert balance(manager, "payments_in_transit:operating") == Decimal("-420.00")
    assert first.warnings == ("Operating will stand at -400.00 USD once this is paid.",)
    assert list(verify(actor=manager)) == []


def test_refuses_more_than_is_open_and_what_is_paid(manager: Actor, agency: Vendor) -> None:
    bill = make_bill(manager, agency)

    with assert_nothing_written(), pytest.raises(AboveOpen) as above:
        pay_bills(actor=manager, amounts={bill.id: Decimal("420.01")}, paid_from=BY_CHECK)
    pay_bills(actor=manager, amounts={bill.id: None}, paid_from=BY_CHECK)
    with assert_nothing_written(), pytest.raises(BillNotOpen):
        pay_bills(actor=manager, amounts={bill.id: Decimal("0.01")}, paid_from=BY_CHECK)
    with assert_nothing_written(), pytest.raises(BillPaid):
        void_bill(actor=manager, bill_id=bill.id, reason=WHY)

    assert "420.00 open" in above.value.message


def test_pays_several_bills_of_one_vendor_by_one_check(manager: Actor, agency: Vendor) -> None:
    bills = [make_bill(manager, agency, number=number) for number in ("1", "2")]
    other = make_bill(manager, make_vendor(manager, "City"))

    with assert_nothing_written(), pytest.raises(InvalidInput, match="different vendors"):
        pay_bills(actor=manager, amounts={bills[0].id: None, other.id: None}, paid_from=BY_CHECK)
    done = pay_bills(
        actor=manager,
        amounts={bills[0].id: None, bills[1].id: Decimal("20.00")},
        paid_from=BY_CHECK,
    )

    assert done.payment.amount == Decimal("440.00")
    assert [bill.open for bill in done.bills] == [Decimal("0.00"), Decimal("400.00")]
    assert list(verify(actor=manager)) == []


def test_cash_comes_from_the_drawer_as_far_as_it_goes(manager: Actor, agency: Vendor) -> None:
    bill = make_bill(manager, agency)
    put_in(manager, "100.00")

    with assert_nothing_written(), pytest.raises(DrawerShort, match=r"holds 100\.00"):
        pay_bills(actor=manager, amounts={bill.id: None}, paid_from=IN_CASH)
    done = pay_bills(actor=manager, amounts={bill.id: Decimal("100.00")}, paid_from=IN_CASH)

    assert done.payment.status == "paid"
    assert balance(manager, "cash:cash") == 0
    assert list(verify(actor=manager)) == []


def test_a_payment_that_has_not_reached_the_bank_is_taken_back(manager: Actor, agency: Vendor) -> None:
    bill = make_bill(manager, agency)
    put_in(manager, "50.00")
    pay_bills(actor=manager, amounts={bill.id: Decimal("50.00")}, paid_from=IN_CASH)
    in_cash = _paying_posting("50.00")
    pay_bills(actor=manager, amounts={bill.id: None}, paid_from=BY_CHECK)
    by_check = _paying_posting("370.00")

    void_posting(actor=manager, posting_id=by_check.id, reason="The check got lost in the mail")
    with assert_nothing_written(), pytest.raises(NotInTransit):
        void_posting(actor=manager, posting_id=in_cash.id, reason="The check got lost in the mail")
    with assert_nothing_written(), pytest.raises(Refusal, match="voided already"):
        void_posting(actor=manager, posting_id=by_check.id, reason="The check got lost in the mail")

    bill.refresh_from_db()
    assert (bill.open, bill.status) == (Decimal("370.00"), "open")
    assert Disbursement.objects.get(amount=Decimal("370.00")).status == "stopped"
    assert balance(manager, "payments_in_transit:operating") == 0
    assert list(verify(actor=manager)) == []


def _paying_posting(amount: str) -> Posting:
    return Posting.objects.get(
        entry__event="vendor_paid", amount=Decimal(amount), subledger="bills", entry__reverses__isnull=True
    )


def test_a_prepaid_account_is_used_by_bills(manager: Actor, agency: Vendor) -> None:
    topped = top_up(actor=manager, vendor_id=agency.id, amount=Decimal("500.00"), paid_from=BY_CHECK)
    bill = make_bill(manager, agency)
    assert topped.credit is not None

    used = use_credit(actor=manager, bill_id=bill.id, credit_id=topped.credit.id)

    credit = VendorCredit.objects.get()
    assert (used.open, used.status, credit.left) == (Decimal("0.00"), "paid", Decimal("80.00"))
    assert balance(manager, "vendors_payable") == Decimal("80.00")
    assert list(verify(actor=manager)) == []
    # What is used cannot be stopped; the use can be undone.
    paying = Posting.objects.get(entry__source_type=postings.PAYMENT, subledger="bills")
    with assert_nothing_written(), pytest.raises(BillPaid):
        void_posting(actor=manager, posting_id=paying.id, reason="The transfer was never sent")
    use = Posting.objects.filter(entry__source_type=postings.OFFSET).first()
    assert use is not None
    void_posting(actor=manager, posting_id=use.id, reason="It was for another bill")
    void_posting(actor=manager, posting_id=paying.id, reason="The transfer was never sent")

    bill.refresh_from_db()
    credit.refresh_from_db()
    assert (bill.open, credit.left, credit.status) == (Decimal("420.00"), Decimal("0.00"), "voided")
    assert list(verify(actor=manager)) == []


def test_a_credit_note_is_taken_back_while_nothing_of_it_is_used(manager: Actor, agency: Vendor) -> None:
    note = enter_credit_note(
        actor=manager,
        vendor_id=agency.id,
        number="CN-2",
        amount=Decimal("20.00"),
        day=make_bill(manager, agency).issue_date,
        category=Category.EZPASS,
    )

    voided = void_credit_note(actor=manager, credit_id=note.id, reason=WHY)

    assert voided.status == "voided"
    assert balance(manager, "vendors_payable") == Decimal("-420.00")
    with assert_nothing_written(), pytest.raises(BillNotOpen):
        void_credit_note(actor=manager, credit_id=note.id, reason=WHY)


def test_a_credit_note_lessens_what_was_billed(manager: Actor, agency: Vendor) -> None:
    bill = make_bill(manager, agency)
    note = enter_credit_note(
        actor=manager,
        vendor_id=agency.id,
        number="CN-7",
        amount=Decimal("20.00"),
        day=bill.issue_date,
        category=Category.EZPASS,
    )

    with assert_nothing_written(), pytest.raises(BillTaken):
        enter_credit_note(
            actor=manager,
            vendor_id=agency.id,
            number="CN-7",
            amount=Decimal("20.00"),
            day=bill.issue_date,
            category=Category.EZPASS,
        )
    used = use_credit(actor=manager, bill_id=bill.id, credit_id=note.id)

    assert used.open == Decimal("400.00")
    assert balance(manager, "recovered:EZPASS") == Decimal("400.00")
    with assert_nothing_written(), pytest.raises(AboveOpen):
        use_credit(actor=manager, bill_id=bill.id, credit_id=note.id)
    assert list(verify(actor=manager)) == []


def test_a_closed_vendor_is_paid_and_sends_no_more_bills(manager: Actor, agency: Vendor) -> None:
    bill = make_bill(manager, agency)
    change_vendor(actor=manager, vendor_id=agency.id, is_active=False)

    with assert_nothing_written(), pytest.raises(InvalidInput) as refused:
        make_bill(manager, agency, number="2026-02")
    pay_bills(actor=manager, amounts={bill.id: None}, paid_from=BY_CHECK)

    assert refused.value.code == "vendor_closed"


def test_each_right_by_itself(cashier: Actor, manager: Actor, agency: Vendor) -> None:
    bill = make_bill(manager, agency)

    with assert_nothing_written(), pytest.raises(NotAllowed):
        make_bill(cashier, agency, number="2")
    with assert_nothing_written(), pytest.raises(NotAllowed):
        pay_bills(actor=cashier, amounts={bill.id: None}, paid_from=BY_CHECK)


def test_another_companys_ids_are_not_found(manager: Actor, agency: Vendor, outsider: Actor) -> None:
    with pytest.raises(VendorNotFound):
        make_bill(outsider, agency)
    with pytest.raises(BillNotFound):
        pay_bills(actor=outsider, amounts={agency.id: None}, paid_from=BY_CHECK)


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_one_bill_is_entered_and_paid_once() -> None:
    with acting("manager") as manager:
        vendor = make_vendor(manager)
    outcomes: list[str] = []
    both = Barrier(2)

    def enter_and_pay() -> None:
        try:
            both.wait(10)
            with acting("manager") as actor:
                make_bill(actor, vendor)
            outcomes.append("entered")
        except BillTaken:
            outcomes.append("taken")
        finally:
            connection.close()

    _together(enter_and_pay)

    def pay() -> None:
        try:
            both.wait(10)
            with acting("manager") as actor:
                bill = VendorBill.objects.get()
                pay_bills(actor=actor, amounts={bill.id: Decimal("420.00")}, paid_from=BY_CHECK)
            outcomes.append("paid")
        except (BillNotOpen, AboveOpen):
            outcomes.append("refused")
        finally:
            connection.close()

    _together(pay)

    assert sorted(outcomes) == ["entered", "paid", "refused", "taken"]
    with acting("manager") as manager:
        assert balance(manager, "payments_in_transit:operating") == Decimal("-420.00")
        assert list(verify(actor=manager)) == []


def _together(work: object) -> None:
    threads = [Thread(target=work) for _ in range(2)]  # type: ignore[arg-type]  # its answer is not asked for
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)


def test_the_api_from_vendor_to_payment(manager: Actor, client_of: Callable[[str], StaffClient]) -> None:
    manager_client, outsider_client = client_of("manager"), client_of("outsider")
    vendor = post(manager_client, f"{AT}/vendors", {"name": "E-ZPass New York", "kind": "Agency"}).json()
    body = {
        "vendor_id": vendor["id"],
        "number": "2026-01",
        "issue_date": "2026-01-31",
        "lines": [{"category": "EZPass", "amount": 420}],
    }

    made = post(manager_client, f"{AT}/vendor-bills", body)
    again = post(manager_client, f"{AT}/vendor-bills", body)
    bill = f"{AT}/vendor-bills/{made.json()['id']}"
    above = post(manager_client, f"{bill}/pay", {"method": "Check", "amount": 421})
    paid = post(manager_client, f"{bill}/pay", {"method": "Check", "amount": 20, "reference_number": "1042"})
    topped = post(manager_client, f"{AT}/vendors/{vendor['id']}/top-up", {"method": "ACH", "amount": 500})
    used = post(manager_client, f"{bill}/use-credit", {"credit_id": topped.json()["id"]})
    void = post(manager_client, f"{bill}/void", {"reason": WHY})
    noted = post(
        manager_client,
        f"{AT}/vendor-credits",
        {"vendor_id": vendor["id"], "number": "CN-7", "amount": 5, "day": "2026-02-01", "category": "EZPass"},
    )

    assert (vendor["number"], made.status_code, made.json()["open"]) == ("VEN0001", 201, 420)
    assert (again.status_code, again.json()["code"]) == (409, "vendor_bill_taken")
    assert (above.status_code, above.json()["code"]) == (409, "above_open")
    assert (paid.status_code, paid.json()["open"], len(paid.json()["payments"])) == (200, 400, 1)
    assert (topped.status_code, topped.json()["left"]) == (201, 500)
    assert (used.status_code, used.json()["status"]) == (200, "paid")
    assert (void.status_code, void.json()["code"]) == (409, "vendor_bill_paid")
    assert noted.status_code == 201
    assert manager_client.get(f"{AT}/vendors").json()["results"][0]["open_credits"] == 105
    assert manager_client.get(f"{AT}/vendor-bills?status=paid").json()["total"] == 1
    assert manager_client.get(f"{AT}/vendor-credits?kind=prepaid").json()["total"] == 1
    assert manager_client.get(bill).json()["lines"][0]["category"] == "EZPass"
    closed = manager_client.patch(f"{AT}/vendors/{vendor['id']}", {"is_active": False})
    assert (closed.status_code, closed.json()["is_active"]) == (200, False)
    assert outsider_client.get(bill).status_code == 404
    assert post(outsider_client, f"{bill}/pay", {"method": "Check"}).status_code == 404
    report = manager_client.get(f"{AT}/recovery?to=2026-12-31").json()["categories"]
    assert [(row["category_code"], row["charged"], row["billed"], row["difference"]) for row in report] == [
        ("EZPASS", 0, 415, -415)
    ]
