"""Loading the demo: once, the same for the same day, and exact."""

from __future__ import annotations

import stat
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.db.models import Count, Sum

from agencies.models import AgencyImport, AgencyRow
from batconnect.core.database.tenancy import company_context
from batconnect.core.models import CompanySettings, Membership, TenantModel, User
from batconnect.directory.models import Driver, LeaseDriver
from cases.models import Case
from demo.companies import BIG_APPLE, EMPIRE, HUDSON
from demo.loading import is_loaded, load_demo
from ledger.models import (
    Dtr,
    Entry,
    LeaseEarning,
    Obligation,
    PayeeAccount,
    PayoutBatch,
    PayoutDeduction,
    PayoutItem,
    WeeklyRun,
)
from ledger.tests.general.test_statements import assert_statements_tie
from loans.models import DriverLoan
from payments.models import Allocation, Invoice, LeaseCorrection, Payment
from repairs.models import RepairInvoice
from tests.databases import clone, ensure_template

Load = Callable[..., bool]
WEDNESDAY = date(2026, 11, 18)


def everything() -> dict[str, tuple[int, str]]:
    """Number and checksum of the rows of the companies, and of the users."""
    tables = sorted({model._meta.db_table for model in apps.get_models() if issubclass(model, TenantModel)})
    tables += ["ledger_postings"]
    digests = {}
    for company_id in (BIG_APPLE, HUDSON, EMPIRE):
        with company_context(company_id, job="test"), connection.cursor() as cursor:
            for table in [*tables, "users"]:
                cursor.execute(
                    f"select count(*), coalesce(sum(hashtextextended(t::text, 0)::numeric), 0)::text from {table} t"
                )
                digests[f"{company_id} {table}"] = cursor.fetchone()
    return digests


def business() -> list[Any]:
    """What people see of the demo: everything but ids and instants."""
    with company_context(BIG_APPLE, job="test"):
        return [
            *Driver.objects.order_by("pk").values_list(
                "pk", "driver_id", "tlc_license", "customer__name", "status"
            ),
            *LeaseDriver.objects.order_by("lease_id", "driver_id").values_list(
                "lease__lease_id",
                "driver_id",
                "role",
                "from_on",
                "until_on",
                "lease__medallion__medallion_no",
            ),
            *Obligation.objects.order_by("category", "reference_id").values_list(
                "category",
                "reference_id",
                "original",
                "outstanding",
                "due_date",
                "issue_date",
                "status",
                "lease_id",
            ),
            *Payment.objects.order_by("number").values_list(
                "number", "amount", "unallocated", "method", "payment_date", "status", "case_no", "driver_id"
            ),
            *Allocation.objects.order_by("payment__number", "line").values_list(
                "payment__number", "line", "obligation__reference_id", "amount", "strategy", "status"
            ),
            *Case.objects.order_by("pk").values_list("pk", "case_no", "state", "created_by_name"),
        ]


def test_loads_once(load_on: Load) -> None:
    assert load_on(WEDNESDAY) is True
    before = everything()

    again = load_demo()

    assert again is False
    assert is_loaded()
    assert everything() == before


def test_is_the_same_for_the_same_day(load_on: Load) -> None:
    load_on(WEDNESDAY)
    first = business()

    clone(template=ensure_template(), name=str(connection.settings_dict["NAME"]))
    load_on(WEDNESDAY, really=True)

    assert business() == first


@pytest.mark.parametrize(
    ("day", "sunday"),
    [
        (WEDNESDAY, date(2026, 11, 15)),
        (date(2026, 3, 8), date(2026, 3, 8)),
        (date(2027, 1, 1), date(2026, 12, 27)),
    ],
    ids=["a Wednesday", "the Sunday of daylight saving", "New Year's Day"],
)
def test_balances_on_any_day(load_on: Load, day: date, sunday: date) -> None:
    load_on(day)

    call_command("verify_ledger", verbosity=0)

    with company_context(BIG_APPLE, job="test"):
        assert CompanySettings.objects.get().settles_from == sunday
        assert Payment.objects.filter(number__startswith=f"INTPAY-{day.year}-").count() == 92
        assert not Payment.objects.filter(payment_date__gte=day).exists()


def test_john_doe_owes_what_the_seed_says(load_on: Load) -> None:
    load_on(WEDNESDAY)

    with company_context(BIG_APPLE, job="test"):
        driver = Driver.objects.select_related("customer").get(pk=101)
        time = LeaseDriver.objects.select_related("lease__vehicle", "lease__medallion").get(driver=driver)
        debts = Obligation.objects.filter(customer=driver.customer)
        owed = debts.aggregate(total=Sum("outstanding"), number=Count("pk"))
        named = {
            row.reference_id: (row.category, row.outstanding, row.due_date, row.description)
            for row in debts.filter(reference_id__in=["MED-102-LS-08", "INV-2457"])
        }
        events = set(Entry.objects.filter(customer=driver.customer).values_list("event", flat=True))

    assert (driver.driver_id, driver.tlc_license, driver.customer.name) == ("DRV-101", "00504124", "John Doe")
    assert (time.lease.pk, time.lease.lease_id, time.lease.medallion.medallion_no) == (
        2054,
        "LS-2054",
        "1P43",
    )
    assert (time.lease.vehicle.plate_no, time.lease.vehicle.vin) == ("8SAM401", "4TALWRZV6YW122447")
    assert owed == {"total": Decimal("2156.50"), "number": 9}
    assert named == {
        "MED-102-LS-08": ("LEASE", Decimal("265.00"), date(2024, 10, 20), "Lease obligation from 2024-10-20"),
        "INV-2457": ("REPAIRS", Decimal("450.00"), date(2024, 10, 15), "Repairs obligation from 2024-10-15"),
    }
    # The ninth is the fee of the week that the demo settles.
    assert events == {"opening_balance", "obligation_raised"}


def test_the_last_week_is_settled_by_the_real_jobs(load_on: Load) -> None:
    load_on(WEDNESDAY)

    with company_context(BIG_APPLE, job="test"):
        runs = dict(WeeklyRun.objects.values_list("job", "status"))
        weeks = set(Dtr.objects.values_list("week", "settled_on"))
        johns = Dtr.objects.get(driver=101)
        paid_out = Dtr.objects.filter(status="Paid").count()

    assert runs == {
        "lease_fees": "completed",
        "repairs": "completed",
        "loans": "completed",
        "dtr": "completed",
    }
    assert weeks == {(date(2026, 11, 8), date(2026, 11, 15))}
    assert (johns.charges, johns.gross, johns.carried_forward) == (
        Decimal("2156.50"),
        Decimal("0.00"),
        Decimal("2156.50"),
    )
    # Five by hand, four by ACH, of which one came back.
    assert paid_out == 8


def test_earlier_cases_leave_the_low_ids_and_the_next_number_free(load_on: Load) -> None:
    load_on(WEDNESDAY)

    with company_context(BIG_APPLE, job="test"):
        first = Case.objects.order_by("pk").values_list("pk", "case_no").first()
        cases = list(
            Case.objects.filter(case_type__code="INTPAY").order_by("pk").values_list("pk", "case_no")
        )
        others = Case.objects.filter(case_type__code__in=["DRLNS", "RPRINV"]).values_list("pk", flat=True)
        lowest = min(others)
        states = set(Case.objects.values_list("state", flat=True))
        voided = Payment.objects.filter(status="voided").count()
        excess = Allocation.objects.filter(strategy="excess_to_lease").count()
        written_off = Entry.objects.filter(event="written_off").count()

    assert first == (1, "RENEWAL000001")
    assert cases == [(1000 + number, f"INTPAY{number:06d}") for number in range(1, 123)]
    assert lowest > 1122
    assert states == {"Open", "In Progress", "On Hold", "Closed", "Cancelled"}
    assert voided == 1
    assert excess > 0
    assert written_off == 2


def test_has_loans_and_repairs_in_every_state_and_invoices(load_on: Load) -> None:
    load_on(WEDNESDAY)

    with company_context(BIG_APPLE, job="test"):
        loans = [
            (row.driver_id, row.status, _states(row)) for row in DriverLoan.objects.order_by("driver_id")
        ]
        repairs = [
            (row.driver_id, row.status, _states(row)) for row in RepairInvoice.objects.order_by("driver_id")
        ]
        invoices = list(
            Invoice.objects.order_by("number").values_list(
                "total", "obligation__outstanding", "early_payment_discount_percent"
            )
        )
        discounts = Allocation.objects.aggregate(total=Sum("discount_amount"))["total"]
        cash = Payment.objects.filter(kind="other").aggregate(total=Sum("unallocated"))["total"]

    assert loans == [
        (11, "Open", "Paid Paid Posted Posted Posted Scheduled Scheduled Scheduled"),
        (33, "Closed", "Paid Paid Paid Paid"),
        (44, "Hold", "Posted Posted Scheduled Scheduled Scheduled"),
        (55, "Cancelled", "Scheduled Scheduled Scheduled Scheduled"),
        (77, "Open", " ".join(["Scheduled"] * 10)),
    ]
    assert repairs == [
        (2, "Open", " ".join(["Scheduled"] * 11)),
        (66, "Open", "Paid Posted Posted Posted Scheduled Scheduled"),
        (88, "Closed", "Paid"),
        (99, "Hold", "Posted Scheduled Scheduled Scheduled Scheduled"),
        (110, "Cancelled", "Scheduled Scheduled Scheduled Scheduled"),
    ]
    assert invoices == [
        (Decimal("1800.00"), Decimal("0.00"), Decimal("2.00")),
        (Decimal("300.00"), Decimal("300.00"), None),
        (Decimal("1000.00"), Decimal("1000.00"), Decimal("2.00")),
        (Decimal("640.00"), Decimal("400.00"), None),
        (Decimal("2177.50"), Decimal("2177.50"), None),
    ]
    assert (discounts, cash) == (Decimal("36.00"), Decimal("1836.00"))


def _states(document: DriverLoan | RepairInvoice) -> str:
    return " ".join(document.installments.order_by("number").values_list("status", flat=True))


def test_three_weeks_of_a_fleet_came_from_files(load_on: Load) -> None:
    load_on(WEDNESDAY)

    with company_context(EMPIRE, job="test"):
        weeks = list(Dtr.objects.order_by("week").values_list("week", flat=True).distinct())
        assert weeks == [date(2026, 10, 25), date(2026, 11, 1), date(2026, 11, 8)]
        assert AgencyImport.objects.filter(status="completed").count() == 10
        waiting = AgencyRow.objects.filter(state="waiting").order_by("why").values_list("why", flat=True)
        assert list(waiting) == ["two_drivers"] * 3 + ["unknown_vehicle"] * 3
        late = LeaseEarning.objects.get(kind="adjustment")
        assert (late.week, late.dtr_id) == (date(2026, 11, 1), None)
        assert AgencyRow.objects.get(is_late=True).trip_week.earning_id == late.id
        assert Obligation.objects.filter(category="PVB", reference_id__contains="/P1").count() == 2
        batch = PayoutBatch.objects.get()
        assert (batch.status, batch.payout_count, batch.created_by) == ("sent", 6, "Dana")
        states = PayoutItem.objects.order_by("state").values_list("state", "dtr__week").distinct()
        assert {(state, week) for state, week in states} == {
            ("returned", weeks[0]),
            ("returned", weeks[1]),
            ("sent", weeks[0]),
            ("sent", weeks[1]),
        }
        assert PayoutDeduction.objects.get().order.reference == "F-01234"
        corrected = LeaseCorrection.objects.get()
        assert (corrected.kind, corrected.day, corrected.charged) == ("rate", weeks[1], Decimal("40.00"))
    with company_context(BIG_APPLE, job="test"):
        due = Dtr.objects.filter(status="Finalized", due_to_driver__gt=0)
        payable = PayeeAccount.objects.filter(status="confirmed", customer__in=due.values("customer"))
        assert payable.count() == due.values("customer").distinct().count() > 30


def test_keeps_the_logins_to_the_owner(load_on: Load, installation: Path) -> None:
    load_on(WEDNESDAY, really=True)

    file = installation / "demo-logins.txt"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "correct-horse-battery" in file.read_text()
    assert User.objects.get(username="cashier").check_password("correct-horse-battery")
    with company_context(HUDSON, job="test"):
        assert list(Membership.objects.values_list("user__username", flat=True)) == ["outsider"]


def test_profit_and_loss_and_balance_sheet_tie_to_the_trial_balance_on_both_axes(load_on: Load) -> None:
    load_on(WEDNESDAY)

    for company_id in (BIG_APPLE, HUDSON, EMPIRE):
        with company_context(company_id, job="test") as actor:
            posted = list(Entry.objects.order_by("posted_at").values_list("posted_at", flat=True))
            days = [*Entry.objects.order_by("effective_on").values_list("effective_on", flat=True).distinct()]
            # The database's clock does not travel: what was known when half, and when nine tenths were posted.
            instants = [None, posted[len(posted) // 2], posted[len(posted) * 9 // 10]]
            for day in (days[0], days[len(days) // 3], date(2025, 12, 31), days[-8 % len(days)], WEDNESDAY):
                for known_at in instants:
                    assert_statements_tie(actor, as_of=day, known_at=known_at)
