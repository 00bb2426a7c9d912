"""Bills from files: a vendor's own, and an agency's with its charges (docs/domain.md#vendors)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from batconnect.core.kernel.actors import Actor
from ledger.models import Obligation, Vendor, VendorBill
from ledger.tests.builders import Debtor
from ledger.tests.vendors.builders import balance, make_bill, make_vendor
from ledger.vendors.imports import AGENCY_CHARGES, BILLS
from ledger.verification import verify
from tests.digest import assert_nothing_written

HEAD = "category,reference_id,amount,due_date,tlc_license,lease_id,vendor,bill_number,bill_date"


@pytest.fixture
def agency(manager: Actor) -> Actor:
    """The manager of a company that enters its agencies' bills, of which there is one."""
    make_vendor(manager)
    return replace(manager, company=replace(manager.company, posts_agency_bills=True))


def charges(john: Debtor, *rows: str) -> bytes:
    mine = f"{john.driver.tlc_license},{john.lease.lease_id}"
    return "\n".join([HEAD, *(row.replace("JOHN", mine) for row in rows)]).encode()


def test_the_agencys_bill_is_entered_once_for_all_rows(agency: Actor, john: Debtor) -> None:
    content = charges(
        john,
        "EZPASS,EZ-1,10.00,2026-01-15,JOHN,VEN0001,2026-01,2026-01-31",
        "EZPASS,EZ-2,5.50,2026-01-15,00999999,LS-2054,VEN0001,2026-01,2026-01-31",
        "PVB,P-1,115.00,2026-01-15,JOHN,E-ZPass New York,2026-01,2026-01-31",
    )

    with assert_nothing_written():
        refused = AGENCY_CHARGES.run(actor=agency, content=content)
    done = AGENCY_CHARGES.run(actor=agency, content=content, keep_good=True)
    again = AGENCY_CHARGES.run(actor=agency, content=content, keep_good=True)

    bill = VendorBill.objects.get()
    assert [(each.row, each.field) for each in refused.errors] == [(3, "driver_id")]
    assert (bill.number, bill.amount, str(bill.issue_date)) == ("2026-01", Decimal("130.50"), "2026-01-31")
    assert {line.category: line.amount for line in bill.lines.all()} == {
        "EZPASS": Decimal("15.50"),
        "PVB": Decimal("115.00"),
    }
    assert Obligation.objects.count() == 2
    assert (done.created, again.created, again.existing) == (2, 0, 2)
    assert balance(agency, "recovered:EZPASS") == Decimal("5.50")
    assert list(verify(actor=agency)) == []


def test_nothing_is_billed_unless_the_company_has_it_so(manager: Actor, john: Debtor) -> None:
    make_vendor(manager)

    AGENCY_CHARGES.run(
        actor=manager, content=charges(john, "EZPASS,EZ-1,10.00,2026-01-15,JOHN,VEN0001,2026-01,")
    )

    assert (Obligation.objects.count(), VendorBill.objects.count()) == (1, 0)


@pytest.mark.parametrize(
    ("row", "field", "code"),
    [
        ("EZPASS,EZ-1,10.00,2026-01-15,JOHN,Nobody,2026-01,", "vendor", "vendor_not_found"),
        ("EZPASS,EZ-1,10.00,2026-01-15,JOHN,VEN0001,,", "bill_number", "vendor_not_found"),
        ("TAXES,T-1,10.00,2026-01-15,JOHN,VEN0001,2026-01,", "bill_number", "invalid"),
        ("EZPASS,EZ-1,10.00,2026-01-15,JOHN,VEN0001,TAKEN,", "bill_number", "vendor_bill_taken"),
        ("EZPASS,EZ-1,10.00,2026-01-15,JOHN,VEN0001,2026-01,2999-01-01", "bill_date", "date_in_future"),
    ],
)
def test_refuses_a_bill_that_cannot_be_entered(
    agency: Actor, john: Debtor, row: str, field: str, code: str
) -> None:
    make_bill(agency, Vendor.objects.get(number="VEN0001"), number="TAKEN")

    with assert_nothing_written():
        report = AGENCY_CHARGES.run(actor=agency, content=charges(john, row))

    assert [(each.field, each.code) for each in report.errors] == [(field, code)]


def test_no_bill_of_a_file_with_a_cell_that_cannot_be_read(agency: Actor, john: Debtor) -> None:
    content = charges(
        john,
        "EZPASS,EZ-1,10.00,2026-01-15,JOHN,VEN0001,2026-01,",
        "EZPASS,EZ-2,ten,2026-01-15,JOHN,VEN0001,2026-01,",
    )

    report = AGENCY_CHARGES.run(actor=agency, content=content, keep_good=True)

    assert [(each.row, each.field) for each in report.errors] == [(2, "bill_number"), (3, "amount")]
    assert (Obligation.objects.count(), VendorBill.objects.count()) == (1, 0)


def test_a_bill_in_another_currency_than_the_charges_is_refused(agency: Actor, john: Debtor) -> None:
    make_vendor(agency, "Ontario 407", currency="CAD")

    with assert_nothing_written():
        report = AGENCY_CHARGES.run(
            actor=agency, content=charges(john, "EZPASS,EZ-1,10.00,2026-01-15,JOHN,VEN0002,2026-01,")
        )

    assert [(each.row, each.field) for each in report.errors] == [(2, "vendor")]
    assert "are in USD" in report.errors[0].message
    assert "bills in CAD" in report.errors[0].message


def test_a_bill_above_the_largest_amount_is_refused(manager: Actor) -> None:
    make_vendor(manager)
    content = b"""vendor,number,issue_date,due_date,purpose,amount,description
VEN0001,2026-01,2026-01-31,,EZPASS,999999999.99,
VEN0001,2026-01,2026-01-31,,PVB,0.01,
"""

    with assert_nothing_written():
        report = BILLS.run(actor=manager, content=content)

    assert [(each.row, each.field) for each in report.errors] == [(2, "amount")]
    assert "1,000,000,000.00" in report.errors[0].message
    assert "999,999,999.99" in report.errors[0].message


def test_bills_of_a_file(manager: Actor) -> None:
    make_vendor(manager)
    content = b"""vendor,number,issue_date,due_date,purpose,amount,description
VEN0001,2026-01,2026-01-31,2026-02-15,EZPASS,420.00,
E-ZPass New York,2026-01,2026-01-31,2026-02-15,expenses:other,12.50,Replaced tags
VEN0001,2026-02,2026-02-28,,PVB,10.00,
"""

    report = BILLS.run(actor=manager, content=content)
    again = BILLS.run(actor=manager, content=content)
    with assert_nothing_written():
        other = BILLS.run(actor=manager, content=content.replace(b"420.00", b"421.00"))
        nobody = BILLS.run(
            actor=manager, content=content.replace(b"VEN0001", b"VEN0009").replace(b"E-ZPass", b"X")
        )

    assert (report.created, report.total) == (2, Decimal("442.50"))
    assert (again.created, again.existing) == (0, 2)
    assert [(each.row, each.code) for each in other.errors] == [(2, "vendor_bill_taken")]
    assert {each.code for each in nobody.errors} == {"vendor_not_found"}
    assert list(verify(actor=manager)) == []
