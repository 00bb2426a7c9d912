"""The opening batch: it must balance, two people lock it, nothing is opened after (docs/domain.md#opening-batch)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from batconnect.core.approvals.services import approve, reject
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.errors import Conflict, InvalidInput, NotAllowed, Refusal
from batconnect.core.models import Approval
from ledger.chart import Category
from ledger.models import (
    Disbursement,
    Entry,
    LeaseEarning,
    Obligation,
    OpeningBatch,
    OpeningLine,
    Posting,
    SecurityDeposit,
    VendorBill,
    VendorCredit,
)
from ledger.opening.errors import OpeningChanged, OpeningUnbalanced
from ledger.opening.imports import OPENINGS
from ledger.opening.services.batch import LineGiven, ask_to_lock, find_opening, prepare_opening
from ledger.services import opening_is_locked, void_obligation, void_posting
from ledger.services.imports import CHARGES
from ledger.services.opening import refuse_locked_opening
from ledger.tests.builders import Debtor, charge
from ledger.tests.vendors.builders import AT, balance, make_vendor, post
from ledger.verification import verify
from tests.cast import StaffClient
from tests.digest import assert_nothing_written


def line(place: int, kind: str, amount: str, **values: str) -> LineGiven:
    return LineGiven(place, kind, Decimal(amount), values)


def lines(john: Debtor) -> list[LineGiven]:
    """Everything that the ledger and payments open: 11,590.00 on both sides."""
    of_john = {"customer": john.driver.tlc_license, "lease": john.lease.lease_id}
    return [
        line(1, "account", "10000.00", account="bank:operating"),
        line(2, "account", "800.00", account="cash:cash"),
        line(
            3, "receivable", "350.00", category="LEASE", reference="OLD-1", due_date="2025-01-05", **of_john
        ),
        line(4, "receivable", "150.00", category="Invoice", reference="INV-OLD", customer="John Doe"),
        line(5, "vendor", "200.00", vendor="E-ZPass New York", reference="TOP"),
        line(6, "vendor", "-420.00", vendor="VEN0001", reference="2025-12", due_date="2026-01-15"),
        line(7, "deposit", "-500.00", **of_john),
        line(8, "payment", "-75.00", customer="John Doe", method="check", reference="77"),
        line(
            9, "in_transit", "-300.00", account="operating", method="check", reference="1001", name="Landlord"
        ),
        line(10, "account", "-120.00", account="taxes_held:other"),
        line(11, "account", "-10060.00", account="retained_earnings", name="Equity"),
        line(12, "credit", "-25.00", **of_john),
        line(13, "earnings", "-90.00", reference="EARNED-2025", **of_john),
        line(14, "deposit_in_transit", "90.00", account="operating", reference="SLIP-9"),
    ]


@pytest.fixture
def cut_over(manager: Actor) -> date:
    return today(manager.company) - timedelta(days=7)


@pytest.fixture
def prepared(manager: Actor, john: Debtor, cut_over: date) -> OpeningBatch:
    make_vendor(manager)
    return prepare_opening(actor=manager, lines=lines(john), cut_over_on=cut_over)


def lock(manager: Actor, second_manager: Actor) -> None:
    request = ask_to_lock(actor=manager, reason="Agreed with the accountant")
    approve(actor=second_manager, approval_id=request.id)


def test_nothing_is_posted_before_a_second_person_locks_it(
    manager: Actor, second_manager: Actor, prepared: OpeningBatch
) -> None:
    request = ask_to_lock(actor=manager)

    assert (Entry.objects.count(), opening_is_locked(actor=manager)) == (0, False)
    with assert_nothing_written(), pytest.raises(NotAllowed):
        approve(actor=manager, approval_id=request.id)
    with assert_nothing_written(), pytest.raises(Conflict):
        ask_to_lock(actor=manager)
    reject(actor=second_manager, approval_id=request.id)
    assert (Entry.objects.count(), opening_is_locked(actor=manager)) == (0, False)


def test_every_line_is_opened_by_its_kind(
    manager: Actor, second_manager: Actor, john: Debtor, prepared: OpeningBatch, cut_over: date
) -> None:
    lock(manager, second_manager)

    batch = OpeningBatch.objects.get()
    assert (batch.status, batch.prepared_by, batch.locked_by) == ("locked", "Mara", "Sam")
    assert VendorBill.objects.get(number="2025-12").due_date == date(2026, 1, 15)
    assert set(Entry.objects.values_list("effective_on", flat=True)) == {cut_over - timedelta(days=1)}
    assert {row.reference_id: row.outstanding for row in Obligation.objects.all()} == {
        "OLD-1": Decimal("350.00"),
        "INV-OLD": Decimal("150.00"),
    }
    assert (VendorBill.objects.get().open, VendorCredit.objects.get().left) == (Decimal(420), Decimal(200))
    assert SecurityDeposit.objects.get().held == Decimal("500.00")
    transit = Disbursement.objects.get()
    assert (transit.status, transit.amount, transit.payee) == ("in_transit", Decimal("300.00"), "Landlord")
    assert balance(manager, "bank:operating") == Decimal("10000.00")
    assert balance(manager, "unallocated_cash") == Decimal("-75.00")
    assert balance(manager, "payments_in_transit:operating") == Decimal("-300.00")
    assert balance(manager, "customer_credits") == Decimal("-25.00")
    earned = LeaseEarning.objects.get()
    assert (earned.kind, earned.reference, earned.gross) == ("adjustment", "EARNED-2025", Decimal(90))
    assert (balance(manager, "driver_earnings_payable"), balance(manager, "earnings_clearing")) == (-90, 0)
    deposit = Posting.objects.get(account__code="deposits_in_transit:operating")
    assert (deposit.amount, deposit.item_id) == (Decimal(90), OpeningLine.objects.get(place=14).id)
    assert balance(manager, "opening_balances") == 0
    assert balance(manager, "retained_earnings") == Decimal("-10060.00")
    assert list(verify(actor=manager)) == []


def test_an_opening_that_does_not_balance_is_not_locked(manager: Actor, cut_over: date) -> None:
    prepare_opening(
        actor=manager,
        cut_over_on=cut_over,
        lines=[
            line(1, "account", "100.00", account="bank:operating"),
            line(2, "account", "-99.99", account="retained_earnings"),
        ],
    )

    with assert_nothing_written(), pytest.raises(OpeningUnbalanced, match=r"differ by 0\.01"):
        ask_to_lock(actor=manager)


def test_an_opening_above_the_largest_amount_is_not_locked(manager: Actor, cut_over: date) -> None:
    prepare_opening(
        actor=manager,
        cut_over_on=cut_over,
        lines=[
            line(1, "account", "999999999.99", account="bank:operating"),
            line(2, "account", "0.01", account="bank:operating"),
            line(3, "account", "-999999999.99", account="retained_earnings"),
            line(4, "account", "-0.01", account="retained_earnings"),
        ],
    )

    with assert_nothing_written(), pytest.raises(InvalidInput, match=r"1,000,000,000\.00.*999,999,999\.99"):
        ask_to_lock(actor=manager)


def test_what_stood_on_opening_balances_goes_to_retained_earnings(
    manager: Actor, second_manager: Actor, john: Debtor, cut_over: date
) -> None:
    charge(
        manager,
        john,
        category=Category.LEASE,
        reference_id="PLUG",
        amount="265.00",
        opening=True,
        issue_date=cut_over,
    )
    prepare_opening(
        actor=manager,
        cut_over_on=cut_over,
        lines=[
            line(1, "account", "100.00", account="bank:operating"),
            line(2, "account", "-100.00", account="retained_earnings"),
        ],
    )

    lock(manager, second_manager)

    assert balance(manager, "opening_balances") == 0
    assert balance(manager, "retained_earnings") == Decimal("-365.00")
    assert list(verify(actor=manager)) == []


def test_while_it_is_not_locked_nothing_is_refused_for_it(manager: Actor) -> None:
    with transaction.atomic(), assert_nothing_written():
        refuse_locked_opening(actor=manager, what="The balance is not voided")


def test_once_locked_nothing_is_opened_nor_taken_back(
    manager: Actor, second_manager: Actor, john: Debtor, prepared: OpeningBatch
) -> None:
    lock(manager, second_manager)
    content = (
        b"category,reference_id,amount,due_date,tlc_license,lease_id,opening\n"
        b"LEASE,OLD-2,10.00,2026-01-11,%s,LS-2054,yes\n" % john.driver.tlc_license.encode()
    )
    old = Obligation.objects.get(reference_id="OLD-1")

    with assert_nothing_written(), pytest.raises(Conflict) as opened:
        charge(manager, john, category=Category.LEASE, reference_id="OLD-2", opening=True)
    report = CHARGES.run(actor=manager, content=content)
    with assert_nothing_written(), pytest.raises(Conflict) as voided:
        void_obligation(actor=manager, obligation_id=old.id, reason="It was never owed")
    with assert_nothing_written(), pytest.raises(Conflict) as prepared_again:
        prepare_opening(actor=manager, lines=[line(1, "account", "1.00", account="bank:operating")])
    with assert_nothing_written(), pytest.raises(Conflict) as locked_again:
        ask_to_lock(actor=manager)
    for posting in Posting.objects.exclude(entry__event="opening_locked").filter(line=1):
        with assert_nothing_written(), pytest.raises(Refusal):
            void_posting(actor=manager, posting_id=posting.id, reason="It was never owed")

    refusals = (opened, voided, prepared_again, locked_again)
    assert {each.value.code for each in refusals} == {"opening_locked"}
    assert [(each.field, each.code) for each in report.errors] == [("opening", "opening_locked")]
    assert opening_is_locked(actor=manager)


def test_the_database_keeps_a_locked_opening(
    manager: Actor, second_manager: Actor, prepared: OpeningBatch
) -> None:
    lock(manager, second_manager)

    for change in (
        lambda: OpeningBatch.objects.update(cut_over_on=date(2026, 1, 1)),
        lambda: OpeningLine.objects.all().delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


def test_lines_that_changed_are_asked_for_again(
    manager: Actor, second_manager: Actor, john: Debtor, prepared: OpeningBatch
) -> None:
    request = ask_to_lock(actor=manager)
    prepare_opening(actor=manager, lines=lines(john))

    with assert_nothing_written(), pytest.raises(OpeningChanged):
        approve(actor=second_manager, approval_id=request.id)

    assert Approval.objects.get().status == "pending_approval"


def test_who_prepared_the_lines_does_not_lock_them(
    manager: Actor, second_manager: Actor, prepared: OpeningBatch
) -> None:
    request = ask_to_lock(actor=second_manager)

    with assert_nothing_written(), pytest.raises(NotAllowed) as refused:
        approve(actor=manager, approval_id=request.id)

    assert refused.value.code == "second_person_required"


@pytest.mark.parametrize(
    ("kind", "amount", "values", "column"),
    [
        ("medallion", "1.00", {}, "kind"),
        ("credit", "-1.00", {"customer": "John Doe"}, "lease"),
        ("credit", "-1.00", {"customer": "Nobody"}, "customer"),
        ("earnings", "1.00", {}, "debit"),
        ("earnings", "-1.00", {"customer": "00504124", "lease": "LS-2054"}, "reference"),
        ("earnings", "-1.00", {"reference": "1", "customer": "00000000", "lease": "LS-2054"}, "customer"),
        ("deposit_in_transit", "1.00", {"account": "nowhere"}, "account"),
        ("account", "1.00", {"account": "deposits_in_transit:operating"}, "account"),
        ("account", "1.00", {"account": "bank:nowhere"}, "account"),
        ("account", "1.00", {"account": "receivable:LEASE"}, "account"),
        ("account", "-1.00", {"account": "vendors_payable"}, "account"),
        ("account", "-1.00", {"account": "driver_earnings_payable"}, "account"),
        ("account", "-1.00", {"account": "cash:cash"}, "credit"),
        ("receivable", "-1.00", {"category": "LEASE"}, "credit"),
        ("receivable", "1.00", {"category": "LEASE", "reference": "1", "customer": "Nobody"}, "customer"),
        ("receivable", "1.00", {"category": "X", "reference": "1", "customer": "John Doe"}, "category"),
        ("payment", "-1.00", {"customer": "Nobody", "method": "check"}, "customer"),
        ("payment", "-1.00", {"customer": "John Doe", "method": "gold"}, "method"),
        ("payment", "1.00", {"customer": "John Doe", "method": "check"}, "debit"),
        ("vendor", "-1.00", {"vendor": "Nobody", "reference": "1"}, "vendor"),
        ("deposit", "-1.00", {"customer": "00000000", "lease": "LS-2054"}, "customer"),
        ("in_transit", "-1.00", {"account": "operating", "method": "cash"}, "method"),
        *(
            (
                kind,
                amount,
                {"category": "LEASE", "reference": "1", "customer": "John Doe", "lease": lease},
                at,
            )
            for lease in ("²", "9" * 5_000)
            for kind, amount, at in (
                ("receivable", "1.00", "customer"),
                ("deposit", "-1.00", "customer"),
                ("earnings", "-1.00", "customer"),
                ("credit", "-1.00", "lease"),
            )
        ),
    ],
)
def test_refuses_lines_that_cannot_be_opened(
    manager: Actor, john: Debtor, cut_over: date, kind: str, amount: str, values: dict[str, str], column: str
) -> None:
    with assert_nothing_written(), pytest.raises(InvalidInput) as refused:
        prepare_opening(actor=manager, cut_over_on=cut_over, lines=[line(1, kind, amount, **values)])

    assert refused.value.code == "opening_wrong"
    assert [each.field for each in refused.value.errors] == [f"lines.1.{column}"]


def test_from_a_file_once_the_first_week_is_set(
    manager: Actor, second_manager: Actor, john: Debtor, prepared: OpeningBatch
) -> None:
    content = "\n".join(
        [
            "kind,debit,credit,account,name,category,reference,customer,lease,due_date",
            'account,"1,000.00",,bank:operating,,,,,,',
            f"receivable,350.00,,,,LEASE,OLD-1,{john.driver.tlc_license},LS-2054,01/05/2025",
            'account,,"1,350.00",retained_earnings,Equity,,,,,',
        ]
    ).encode()

    report = OPENINGS.run(actor=manager, content=content)
    both = OPENINGS.run(actor=manager, content=b"kind,debit,credit\naccount,1.00,1.00\n")
    lock(manager, second_manager)

    assert (report.created, report.total, report.errors) == (3, Decimal("1350.00"), [])
    assert [(each.row, each.field) for each in both.errors] == [(2, "debit")]
    assert OpeningLine.objects.count() == 3
    assert balance(manager, "receivable:LEASE") == Decimal("350.00")
    assert list(verify(actor=manager)) == []


def test_the_api(
    manager: Actor, john: Debtor, cut_over: date, client_of: Callable[[str], StaffClient]
) -> None:
    client, second = client_of("manager"), client_of("second_manager")
    body: dict[str, Any] = {
        "cut_over_on": cut_over.isoformat(),
        "lines": [
            {"kind": "account", "account": "bank:operating", "debit": 100},
            {"kind": "account", "account": "retained_earnings", "credit": 90},
        ],
    }
    none = client.get(f"{AT}/opening")
    made = post(client, f"{AT}/opening", body)
    unbalanced = post(client, f"{AT}/opening/lock", {})
    body["lines"][1]["credit"] = 100
    post(client, f"{AT}/opening", body)
    asked = post(client, f"{AT}/opening/lock", {"reason": "Agreed"})
    request = Approval.objects.get()
    decided = post(second, f"/api/approvals/{request.id}/approve", {})
    locked = post(client, f"{AT}/opening", body)

    assert (none.status_code, none.json()["code"]) == (404, "opening_not_found")
    assert (made.status_code, made.json()["difference"]) == (200, 10)
    assert (unbalanced.status_code, unbalanced.json()["code"]) == (409, "opening_unbalanced")
    assert (asked.status_code, decided.status_code) == (202, 200)
    assert (locked.status_code, locked.json()["code"]) == (409, "opening_locked")
    assert client.get(f"{AT}/opening").json()["status"] == "locked"
    assert client.get(f"{AT}/opening/lines").json()["results"][1]["credit"] == 100
    assert client_of("outsider").get(f"{AT}/opening").status_code == 404
    assert post(client_of("cashier"), f"{AT}/opening", body).status_code == 403
    assert find_opening(actor=manager).locked_by == "Sam"
