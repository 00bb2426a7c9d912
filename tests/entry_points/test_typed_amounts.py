"""One table of typed amounts, tried wherever amounts are typed or uploaded: read alike, or refused and nothing done."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pytest
from django import forms
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.http import QueryDict
from django.urls import reverse

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today, week_start
from batconnect.core.kernel.money import NotMoney, TypedMoneyField, parse_money
from batconnect.core.models import CompanySettings
from batconnect.directory.tests.builders import make_fleet
from console.counter.tests.conftest import Counter
from ledger.models import Obligation
from ledger.repayment.models import RepaymentBand
from ledger.services.imports import CHARGES
from ledger.settlement.models import LeaseEarning
from ledger.settlement.services.earnings_file import EARNINGS
from ledger.tests.builders import next_sunday
from loans.models import DriverLoan
from outstanding.models import CustomerInstallment
from outstanding.services.imports import RENEWALS
from payments.batches.tests.builders import add_customer, row, table, upload, work
from payments.filters import InterimPaymentFilters
from payments.models import Allocation, Payment
from payments.tests.billing import bill, make_customer, receive
from payments.tests.builders import make_john_doe
from repairs.models import RepairInvoice
from tests.cast import StaffClient
from tests.console import browser, seen_on

READ: Final = {
    "1234": "1234.00",
    "1234.5": "1234.50",
    "1,234.50": "1234.50",
    "1,234": "1234.00",
    "$1,234.50": "1234.50",
    "$ 12": "12.00",
    " 12.30 ": "12.30",
    "007.10": "7.10",
}
REFUSED: Final = (
    "1,20", "500,00", "1,2,3", "12,50", "1,2345", "12,34,567.00", "1234,567.00", ",50", "1,", "1,234,5",
    "0,500", "1.234,56", "1 234,56", "1.2.3", "1.005", "1e3", "1E5", "NaN", "Infinity", "0x10", "1_000", "٣", "１２",
    "€5", "5 USD", "$$5", "-", "$", "twelve", "1" * 60,
)  # fmt: skip
# Of those one of each kind, at every entry point: all of them go through `parse_money`.
TRIED: Final = ("1,20", "500,00", "1,2,3", "1234,567.00", "1.234,56", "1.005", "1e3", "٣", "€5", "1" * 60)


@pytest.mark.parametrize(("typed", "amount"), [*READ.items(), ("12,345,678.90", "12345678.90")])
def test_reads_an_amount_as_people_write_it(typed: str, amount: str) -> None:
    assert str(parse_money(typed, currency="USD")) == amount
    assert str(parse_money(f"-{typed.strip()}", currency="USD")) == f"-{amount}"


@pytest.mark.parametrize("typed", REFUSED)
def test_refuses_what_has_no_single_reading(typed: str) -> None:
    with pytest.raises(NotMoney):
        parse_money(typed, currency="USD")


def test_names_both_readings_of_a_lone_comma() -> None:
    with pytest.raises(NotMoney, match=r"'1,20' can mean 1\.20 or 120\.00\."):
        parse_money("1,20")
    with pytest.raises(NotMoney, match=r"-500\.00 or -50000\.00"):
        parse_money("-500,00")


def test_takes_the_sign_of_the_amounts_own_currency_alone() -> None:
    assert parse_money("€ 1,000.00", currency="EUR") == Decimal("1000.00")
    assert parse_money("-₹5", currency="INR") == parse_money("₹-5", currency="INR") == Decimal("-5.00")
    with pytest.raises(NotMoney, match=r"\$ is not the sign of EUR"):
        parse_money("$5", currency="EUR")


# An entry point takes what was typed, and answers the amount that was stored, or None for a refusal.
EntryPoint = Callable[[str], Decimal | None]
ENTRY_POINTS: dict[str, Callable[[Actor, Path], EntryPoint]] = {}


def entry_point(make: Callable[[Actor, Path], EntryPoint]) -> Callable[[Actor, Path], EntryPoint]:
    ENTRY_POINTS[make.__name__] = make
    return make


def csv(*rows: tuple[str, ...]) -> bytes:
    return "".join(";".join(cells) + "\r\n" for cells in rows).encode()


@entry_point
def refund_in_the_console(actor: Actor, folder: Path) -> EntryPoint:
    payment = receive(actor, make_customer(actor), "900000.00")
    page = reverse("admin:payments_payment_refund", args=[payment.pk])

    def enter(typed: str) -> Decimal | None:
        shown = browser("manager").post(page, {"amount": typed, "reason": "customer asked for it"})
        return shown.context["form"].cleaned_data["amount"] if shown.context["preview"] else None

    return enter


def _at_the_counter(
    actor: Actor, wizard: str, values: Callable[[str], dict[str, str]], stored: Any
) -> EntryPoint:
    counter = Counter(browser("cashier"), wizard)

    def enter(typed: str) -> Decimal | None:
        page = counter.check(**values(typed))
        if "seen" not in seen_on(page):
            return None
        counter.confirm(page)
        amount: Decimal = stored()
        return amount

    return enter


def _head(actor: Actor) -> dict[str, str]:
    return {"method": "cash", "payment_date": today(actor.company).isoformat()}


@entry_point
def counter_payment_on_account(actor: Actor, folder: Path) -> EntryPoint:
    make_john_doe(actor)
    return _at_the_counter(
        actor,
        "take_payment",
        lambda typed: {**_head(actor), "lease": "none", "amount": typed},
        lambda: Payment.objects.latest("created_at").amount,
    )


@entry_point
def counter_interim_payment(actor: Actor, folder: Path) -> EntryPoint:
    make_john_doe(actor)
    return _at_the_counter(
        actor,
        "take_payment",
        lambda typed: {**_head(actor), "lease": "2054", "amount": typed, _line("MED-102-LS-08"): "1.00"},
        lambda: Payment.objects.latest("created_at").amount,
    )


def _line(reference_id: str) -> str:
    return f"pay-{Obligation.objects.get(reference_id=reference_id).id}"


def _charged(actor: Actor) -> str:
    content = csv(
        ("category", "reference_id", "amount", "due_date", "driver_id", "lease_id"),
        ("PVB", "PVB-TYPED", "5000.00", "2026-01-01", "101", "2054"),
    )
    assert CHARGES.run(actor=actor, content=content).written
    return _line("PVB-TYPED")


def _applied() -> Decimal:
    amount: Decimal = Allocation.objects.get(obligation__reference_id="PVB-TYPED").amount
    return amount


@entry_point
def counter_line_of_an_interim_payment(actor: Actor, folder: Path) -> EntryPoint:
    make_john_doe(actor)
    charged = _charged(actor)
    return _at_the_counter(
        actor,
        "take_payment",
        lambda typed: {**_head(actor), "lease": "2054", "amount": "5000.00", charged: typed},
        _applied,
    )


@entry_point
def counter_line_on_account(actor: Actor, folder: Path) -> EntryPoint:
    make_john_doe(actor)
    charged = _charged(actor)
    return _at_the_counter(
        actor,
        "take_payment",
        lambda typed: {**_head(actor), "lease": "none", "amount": "5000.00", charged: typed},
        _applied,
    )


@entry_point
def counter_loan(actor: Actor, folder: Path) -> EntryPoint:
    make_john_doe(actor)
    return _at_the_counter(
        actor,
        "new_loan",
        lambda typed: {
            "lease": "2054",
            "loan_amount": typed,
            "interest_rate": "0",
            "start_week": next_sunday(actor).isoformat(),
            "notes": "",
        },
        lambda: DriverLoan.objects.get().amount,
    )


@entry_point
def counter_repair(actor: Actor, folder: Path) -> EntryPoint:
    make_john_doe(actor)
    return _at_the_counter(
        actor,
        "new_repair",
        lambda typed: {
            "lease": "2054",
            "workshop_type": "Big Apple Workshop",
            "invoice_number": "EXT-77",
            "invoice_date": today(actor.company).isoformat(),
            "total_amount": typed,
            "start_week": next_sunday(actor).isoformat(),
            "notes": "",
        },
        lambda: RepairInvoice.objects.get().amount,
    )


@entry_point
def workbench(actor: Actor, folder: Path) -> EntryPoint:
    customer = make_customer(actor)
    invoice = bill(actor, customer, "5000.00")
    payment = receive(actor, customer, "5000.00")
    page = reverse("admin:workbench", args=[payment.pk])

    def enter(typed: str) -> Decimal | None:
        console = browser("cashier")
        shown = console.post(page, {"do": "typed", f"amount-{invoice.obligation_id}": typed})
        if "seen" not in seen_on(shown):
            return None
        console.post(page, {**seen_on(shown), "do": "apply_typed"})
        return Allocation.objects.get().amount

    return enter


@entry_point
def filter_of_a_list(actor: Actor, folder: Path) -> EntryPoint:
    page = reverse("admin:payments_payment_changelist")

    def enter(typed: str) -> Decimal | None:
        shown = browser("auditor").get(page, {"amount_from": typed})
        (one,) = [
            each for each in shown.context["cl"].filter_specs if "amount_from" in each.expected_parameters()
        ]
        return one.form.cleaned_data["amount_from"] if one.form.is_valid() else None

    return enter


@entry_point
def filter_of_the_api(actor: Actor, folder: Path) -> EntryPoint:
    def enter(typed: str) -> Decimal | None:
        answer = StaffClient(username="auditor").get("/payments/interim-payments", {"amount_from": typed})
        if answer.status_code == 400:
            return None
        query = QueryDict(mutable=True)
        query["amount_from"] = typed
        form = InterimPaymentFilters(query).form
        assert form.is_valid()
        amount: Decimal = form.cleaned_data["amount_from"]
        return amount

    return enter


@entry_point
def charges_from_a_file(actor: Actor, folder: Path) -> EntryPoint:
    make_john_doe(actor)

    def enter(typed: str) -> Decimal | None:
        head = ("category", "reference_id", "amount", "due_date", "driver_id", "lease_id")
        line = ("PVB", "PVB-1", typed, "2026-01-01", "101", "2054")
        report = CHARGES.run(actor=actor, content=csv(head, line))
        return Obligation.objects.get(reference_id="PVB-1").original if report.written else None

    return enter


@entry_point
def earnings_from_a_file(actor: Actor, folder: Path) -> EntryPoint:
    fleet = make_fleet(actor)
    week = week_start(today(actor.company)) - timedelta(days=7)

    def enter(typed: str) -> Decimal | None:
        head = ("driver_id", "lease_id", "week", "gross")
        line = (str(fleet.driver.pk), str(fleet.lease.pk), week.isoformat(), typed)
        report = EARNINGS.run(actor=actor, content=csv(head, line))
        return LeaseEarning.objects.get().gross if report.written else None

    return enter


@entry_point
def earnings_in_the_console(actor: Actor, folder: Path) -> EntryPoint:
    fleet = make_fleet(actor)
    week = week_start(today(actor.company)) - timedelta(days=7)

    def enter(typed: str) -> Decimal | None:
        line = f'{fleet.driver.pk},{fleet.lease.pk},{week},"{typed}"'
        content = f"driver_id,lease_id,week,gross\r\n{line}\r\n".encode()
        file = SimpleUploadedFile("earnings.csv", content)
        console = browser("manager")
        shown = console.post(reverse("admin:ledger_leaseearning_import"), {"file": file})
        console.post(reverse("admin:ledger_leaseearning_import"), seen_on(shown))
        earned = LeaseEarning.objects.first()
        return earned.gross if earned else None

    return enter


@entry_point
def renewals_from_a_file(actor: Actor, folder: Path) -> EntryPoint:
    def enter(typed: str) -> Decimal | None:
        head = ("policy_number", "policy_type", "premium", "customer_name", "period", "amount", "due_date")
        line = ("P-1", "Health", typed, "Ann Lee", "Q1", typed, "2026-03-31")
        report = RENEWALS.run(actor=actor, content=csv(head, line))
        return CustomerInstallment.objects.get().amount if report.written else None

    return enter


def _by_command(
    command: str, folder: Path, head: tuple[str, ...], stored: Any
) -> Callable[..., Decimal | None]:
    def enter(*cells: str) -> Decimal | None:
        file = folder / "rows.csv"
        file.write_bytes(csv(head, cells))
        try:
            call_command(command, "--company", "North Taxi", "--file", str(file))
        except CommandError:
            return None
        amount: Decimal = stored()
        return amount

    return enter


@entry_point
def loans_from_a_file(actor: Actor, folder: Path) -> EntryPoint:
    make_john_doe(actor)
    enter = _by_command(
        "import_loans",
        folder,
        ("driver_id", "lease_id", "loan_amount", "start_week"),
        lambda: DriverLoan.objects.get().amount,
    )
    return lambda typed: enter("101", "2054", typed, next_sunday(actor).isoformat())


@entry_point
def repairs_from_a_file(actor: Actor, folder: Path) -> EntryPoint:
    make_john_doe(actor)
    enter = _by_command(
        "import_repairs",
        folder,
        (
            "driver_id",
            "lease_id",
            "invoice_number",
            "invoice_date",
            "workshop_type",
            "total_amount",
            "start_week",
        ),
        lambda: RepairInvoice.objects.get().amount,
    )
    day = today(actor.company).isoformat()
    return lambda typed: enter(
        "101", "2054", "EXT-1", day, "Big Apple Workshop", typed, next_sunday(actor).isoformat()
    )


@entry_point
def lease_from_a_file(actor: Actor, folder: Path) -> EntryPoint:
    fleet = make_fleet(actor)

    def enter(typed: str) -> Decimal | None:
        content = csv(
            ("lease_id", "lease_type", "medallion", "vin", "weekly_amount", "started_on"),
            (
                fleet.lease.lease_id,
                "Long term",
                fleet.lease.medallion.medallion_no,
                fleet.lease.vehicle.vin,
                typed,
                fleet.lease.started_on.isoformat(),
            ),
        )
        console = browser("manager")
        shown = console.post(
            reverse("admin:directory_lease_import"),
            {"file": SimpleUploadedFile("leases.csv", content)},
        )
        if "file_name" not in seen_on(shown):
            return None
        console.post(reverse("admin:directory_lease_import"), seen_on(shown))
        fleet.lease.refresh_from_db()
        return fleet.lease.weekly_amount

    return enter


@entry_point
def batch_from_a_file(actor: Actor, folder: Path) -> EntryPoint:
    add_customer(actor)

    def enter(typed: str) -> Decimal | None:
        answer = upload(StaffClient(username="manager"), table(row(amount=typed)))
        assert answer.status_code == 202, answer.content
        work(answer.json()["batch_id"])
        payment = Payment.objects.first()
        return payment.amount if payment else None

    return enter


@entry_point
def line_of_a_command(actor: Actor, folder: Path) -> EntryPoint:
    customer = make_customer(actor)
    invoice = bill(actor, customer, "5000.00")
    payment = receive(actor, customer, "5000.00")

    def enter(typed: str) -> Decimal | None:
        try:
            call_command(
                "allocate_payment", "--company", "North Taxi", payment.number, f"{invoice.number}={typed}"
            )
        except CommandError:
            return None
        return Allocation.objects.get().amount

    return enter


@entry_point
def repayment_matrix(actor: Actor, folder: Path) -> EntryPoint:
    def enter(typed: str) -> Decimal | None:
        page = reverse("admin:ledger_repaymentmatrix_add")
        done = browser("manager").post(
            page,
            {
                "effective_from": today(actor.company).isoformat(),
                "up_to_1": "90000",
                "weekly_1": typed,
                "weekly_2": "9000",
            },
        )
        return (
            RepaymentBand.objects.get(matrix__version=2, position=1).weekly_principal
            if done.status_code == 302
            else None
        )

    return enter


@entry_point
def limit_of_the_company(actor: Actor, folder: Path) -> EntryPoint:
    def enter(typed: str) -> Decimal | None:
        form = _settings_form(actor)
        field = form.base_fields["refund_approval_limit"]
        assert isinstance(field, TypedMoneyField)
        try:
            amount: Decimal = field.clean(typed)
        except forms.ValidationError:
            return None
        return amount

    return enter


def _settings_form(actor: Actor) -> Any:
    key = CompanySettings.objects.get(company_id=actor.company_id).pk
    shown = browser("administrator").get(reverse("admin:core_companysettings_change", args=[key]))
    return type(shown.context["adminform"].form)


@pytest.fixture(autouse=True)
def _own_media(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.mark.parametrize("name", ENTRY_POINTS)
def test_every_entry_point_reads_and_refuses_alike(name: str, manager: Actor, tmp_path: Path) -> None:
    enter = ENTRY_POINTS[name](manager, tmp_path)
    # Every second one, begun at another place by each entry point: the one reading behind them is tried above.
    shift = [*ENTRY_POINTS].index(name) % 2

    for typed, amount in [*READ.items()][shift::2]:
        with _taken_back():
            assert (typed, str(enter(typed))) == (typed, amount)
    for typed in TRIED[shift::2]:
        with _taken_back(), _no_money_written():
            assert (typed, enter(typed)) == (typed, None)


def test_no_form_reads_an_amount_by_itself() -> None:
    """Of every form there is: a number with decimals is typed into our field, or is not money."""
    ours = [each for each in _all_forms(forms.BaseForm) if not each.__module__.startswith(_OTHERS)]
    assert len(ours) > 20
    wrong = [
        f"{form.__module__}.{form.__name__}.{name}"
        for form in ours
        for name, field in getattr(form, "base_fields", {}).items()
        if isinstance(field, forms.DecimalField | forms.FloatField)
    ]
    assert wrong == []


_OTHERS: Final = (
    "django.",
    "unfold.",
    "rest_framework.",
    "django_filters.",
    "django_celery_beat.",
)
# What a refused amount must not touch; a batch and its row with the error are kept.
_MONEY: Final = (
    "payments", "payment_allocations", "ledger_entries", "ledger_postings", "ledger_obligations", "driver_loans",
    "repair_invoices", "lease_earnings", "repayment_matrices", "leases", "company_settings", "renewal_cases",
)  # fmt: skip


def _all_forms(kind: type[Any]) -> Iterator[type[Any]]:
    for each in kind.__subclasses__():
        yield each
        yield from _all_forms(each)


@contextmanager
def _taken_back() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@contextmanager
def _no_money_written() -> Iterator[None]:
    before = _money()
    yield
    assert _money() == before


def _money() -> list[Any]:
    """How many rows there are of what an amount would change, with a checksum over their content."""
    statement = " union all ".join(
        f"select '{table}', count(*), sum(hashtextextended(t::text, 0)::numeric) from {table} t"
        for table in _MONEY
    )
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall()
