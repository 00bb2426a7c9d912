"""One search: every kind in each written form, within one's own company, for those who may see it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

from django.db import connection
from django.urls import reverse

from batconnect.core.database.tenancy import company_context, set_company
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.models import Membership
from batconnect.directory.models import Customer, Driver, Lease, Medallion, SearchKey, Vehicle
from batconnect.directory.services import add_customer, change_customer
from batconnect.directory.tests.builders import make_driver, make_fleet
from cases.models import Case
from console.search.queries import find_rows
from console.search.rules import read
from console.tests.conftest import ConsoleClient
from ledger.models import Dtr, Obligation
from loans.models import DriverLoan
from payments.batches.models import PaymentBatch
from payments.models import Invoice, Payment
from payments.tests.billing import make_customer, receive
from repairs.models import RepairInvoice
from tests.cast import NORTH, SOUTH
from tests.databases import owners_hand

Console = Callable[[str], ConsoleClient]
FIND = "/admin/find/"


def led_to(client: ConsoleClient, text: str) -> str:
    """Where the search leads, or the page's text."""
    answer = client.get(FIND, {"q": text})
    return answer["Location"] if answer.status_code == 302 else answer.content.decode()


def page_of(row: object) -> str:
    meta = row._meta  # type: ignore[attr-defined]
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[row.pk])  # type: ignore[attr-defined]


def test_finds_every_number_in_each_written_form(world: Actor, console_of: Console) -> None:
    client = console_of("cashier")
    year = today(world.company).year
    payment = Payment.objects.get(number=f"INTPAY-{year}-00001")
    driver = Driver.objects.get(driver_id="DRV-101")
    vehicle, medallion, lease = Vehicle.objects.get(), Medallion.objects.get(), Lease.objects.get()
    account = reverse("admin:customer", args=[driver.customer_id])
    loan, repair, dtr = DriverLoan.objects.get(), RepairInvoice.objects.get(), Dtr.objects.get()
    invoice, batch, case = (
        Invoice.objects.get(),
        PaymentBatch.objects.get(),
        Case.objects.get(case_no="INTPAY000001"),
    )
    reference = Obligation.objects.get(reference_id="LEASE-1")

    forms = {
        page_of(payment): [
            f"INTPAY-{year}-00001",
            f"intpay {year} 1",
            f"INTPAY{year}00001",
            f"R-INTPAY-{year}-00001",
            f"r-intpay-{year}-1",
        ],
        page_of(case): ["INTPAY000001", "intpay-1", " intpay 000001 "],
        page_of(loan): [loan.number, loan.number.lower().replace("-", " "), f"DLN{year}1"],
        page_of(repair): [repair.number, f"rpr-{year}-1", repair.invoice_number.lower()],
        page_of(dtr): [dtr.number, f"dtr {dtr.number[4:8]} 1"],
        page_of(invoice): [invoice.number, f"inv{year}1"],
        page_of(batch): [batch.number, batch.number.replace("-", "").lower()],
        page_of(reference): ["LEASE-1", "lease-1"],
        # What somebody drives leads to whoever drives it.
        account: [
            *("DRV-101", "drv101", driver.tlc_license, driver.customer.name.upper()),
            *(lease.lease_id, lease.lease_id.replace("-", "").lower()),
            medallion.medallion_no.lower(),
            vehicle.plate_no.lower(),
            f"{vehicle.plate_no[:2]}-{vehicle.plate_no[2:]}",
            vehicle.vin.lower(),
        ],
    }

    addresses = {text: led_to(client, text) for texts in forms.values() for text in texts}

    assert addresses == {text: address for address, texts in forms.items() for text in texts}


def test_finds_names_by_any_words_that_begin_so(manager: Actor, console_of: Console) -> None:
    names = ("María de la Cruz", "Mario Rossi", "Cruz Taxi, Inc.")
    maria, mario, _ = (add_customer(actor=manager, name=name) for name in names)
    client = console_of("cashier")

    addresses = {
        text: [name for name in names if name in led_to(client, text)]
        for text in ("mari", "CRUZ", "cruz mar", "de la c", "inc", "xyz")
    }
    exact = led_to(client, "maria de la cruz")
    change_customer(actor=manager, customer_id=mario.pk, name="Luigi Rossi")

    assert addresses == {
        "mari": [names[0], names[1]],
        "CRUZ": [names[0], names[2]],
        "cruz mar": [names[0]],
        "de la c": [names[0]],
        "inc": [names[2]],
        "xyz": [],
    }
    assert exact == reverse("admin:customer", args=[maria.pk])
    assert "Luigi Rossi" not in led_to(client, "mario")
    assert "Luigi Rossi" in led_to(client, "luig")


def test_lists_the_newest_that_begin_so_and_never_more_than_a_handful(
    world: Actor, console_of: Console
) -> None:
    payment = Payment.objects.get(kind=Payment.Kind.INTERIM)
    duplicates = [
        Payment(
            company_id=NORTH,
            kind=payment.kind,
            number=f"{payment.number[:-2]}{number}",
            number_order=payment.number_order + number,
            customer_id=payment.customer_id,
            driver_id=payment.driver_id,
            lease_id=payment.lease_id,
            currency="USD",
            amount=Decimal("1.00"),
            unallocated=Decimal("1.00"),
            method="cash",
            payment_date=payment.payment_date,
            cashier="Merly",
        )
        for number in range(10, 30)
    ]
    Payment.objects.bulk_create(duplicates)

    page = led_to(console_of("cashier"), payment.number[:-2])

    shown = re.findall(r">(INTPAY-[0-9-]+)<", page)
    assert shown == [duplicate.number for duplicate in reversed(duplicates[-6:])]


def test_finds_nothing_of_another_company_not_even_after_a_switch(
    manager: Actor, console_of: Console
) -> None:
    """The theme's own palette would show north's rows for five minutes more."""
    make_fleet(manager)
    with company_context(SOUTH, job="test"):
        Membership.objects.create(company_id=SOUTH, user_id=manager.user_id, groups=["Finance manager"])
    set_company(NORTH, metadata={"job": "test"})
    client, outsider = console_of("manager"), console_of("outsider")
    searched = ("DRV-101", "John", "1P43", "8SAM401", "LS-2054")
    client.post("/admin/company/", {"company_id": str(NORTH)})

    before = [
        client.get("/admin/search/", {"s": text, "extended": "1"}).content.decode() for text in searched
    ]
    client.post("/admin/company/", {"company_id": str(SOUTH)})
    after = [client.get("/admin/search/", {"s": text, "extended": "1"}).content.decode() for text in searched]
    pages = [led_to(outsider, text) for text in searched]

    assert all("<li" in page for page in before)
    assert [page for page in after if "data-title" in page] == []
    assert [page for page in pages if "Nothing that you may see" not in page] == []


def test_shows_only_what_the_group_may_see(world: Actor, console_of: Console) -> None:
    client = console_of("administrator")
    driver = Driver.objects.get(driver_id="DRV-101")

    payment = led_to(client, Payment.objects.values_list("number", flat=True)[0])
    palette = client.get("/admin/search/", {"s": "INTPAY", "extended": "1"}).content.decode()

    assert "Nothing that you may see" in payment
    assert "data-title" not in palette
    assert led_to(client, "DRV-101") == page_of(driver)


def test_the_palette_offers_pages_too(manager: Actor, console_of: Console) -> None:
    page = console_of("cashier").get("/admin/search/", {"s": "parts of", "extended": "1"}).content.decode()

    assert reverse("admin:bank_linepart_changelist") in page


def test_a_bare_number_finds_the_driver_too(manager: Actor, console_of: Console) -> None:
    make_driver(manager)

    page = led_to(console_of("cashier"), "101")

    assert ">DRV-101<" in page


def test_searches_in_one_statement(
    manager: Actor, console_of: Console, django_assert_max_num_queries: Callable[..., object]
) -> None:
    make_fleet(manager)
    client = console_of("manager")

    with django_assert_max_num_queries(10):  # type: ignore[attr-defined]
        client.get(FIND, {"q": "john"})


def test_survives_any_text(manager: Actor, console_of: Console) -> None:
    texts = ["", " ", "-", "%", "'", "\\", "_", "' or 1=1 --", "\x00", "é" * 300, "😀", "0", "{0}"]
    client = console_of("cashier")

    answers = {text: client.get(FIND, {"q": text}).status_code for text in texts}

    assert answers == dict.fromkeys(texts, 200)


def test_keys_follow_their_rows(manager: Actor) -> None:
    customer = add_customer(actor=manager, name="Ann O'Neil", external_reference="A-1")
    mine = SearchKey.objects.filter(kind="customer", target=str(customer.pk))
    before = set(mine.values_list("what", "key"))

    change_customer(actor=manager, customer_id=customer.pk, external_reference="B 2")
    after = set(mine.values_list("what", "key"))
    with owners_hand():
        Customer.objects.filter(pk=customer.pk).delete()

    assert before == {
        ("name", "ANNONEIL"),
        ("name", "ANN"),
        ("name", "ONEIL"),
        ("external reference", "A1"),
    }
    assert after == before - {("external reference", "A1")} | {("external reference", "B2")}
    assert not mine.exists()


def test_reads_numbers() -> None:
    expected = {
        "intpay-2026-12": ("payment", ("INTPAY-2026-00012",), ("INTPAY-2026-12",)),
        "R-PAY-2025-001": ("payment", ("PAY-2025-001",), ("PAY-2025-001",)),
        "INTPAY000123": ("case", ("INTPAY000123",), ("INTPAY000123",)),
        "drlns 7": ("case", ("DRLNS000007",), ("DRLNS7",)),
        "2026-12": ("dtr", ("DTR-2026-000012",), ()),
        "batch 20260131 1": ("batch", ("BATCH-20260131-001",), ("BATCH-20260131-1",)),
        "PAY-20": ("payment", (), ("PAY-20",)),
    }

    numbers = {
        text: read(text, year=2026, case_prefixes=["INTPAY", "DRLNS"]).numbers[kind]
        for text, (kind, *_) in expected.items()
    }

    assert {text: (each.exact, each.beginnings) for text, each in numbers.items()} == {
        text: (exact, beginnings) for text, (_, exact, beginnings) in expected.items()
    }


def test_a_bare_number_may_be_short_for_one_of_this_year() -> None:
    query = read("12", year=2026, case_prefixes=["INTPAY"])

    assert query.numbers["payment"].near == ("INTPAY-2026-00012", "PAY-2026-012")
    assert query.numbers["case"].near == ("INTPAY000012",)
    assert query.numbers["payment"].exact == ()
    assert query.numbers["driver"].near == ("DRV-12",)


def test_finds_by_any_part(manager: Actor, console_of: Console) -> None:
    """What the review tried in vain, and what people say at the counter."""
    maria, mario = (
        add_customer(actor=manager, name=name, email=email, phone=phone)
        for name, email, phone in (
            ("María de la Cruz", "maria.cruz@example.com", "+1 (646) 555-1043"),
            ("Hassan Parker", "", "718-555-2200"),
        )
    )
    driven = make_fleet(manager)
    vehicle, medallion, lease = driven.lease.vehicle, driven.lease.medallion, driven.lease
    client = console_of("cashier")

    def found(text: str) -> set[str]:
        answer = client.get(FIND, {"q": text})
        said = answer["Location"] if answer.status_code == 302 else answer.content.decode()
        accounts = {each.name: reverse("admin:customer", args=[each.pk]) for each in (maria, mario)}
        accounts["John"] = reverse("admin:customer", args=[driven.driver.customer_id])
        return {name for name, address in accounts.items() if address in said}

    assert {text: found(text) for text in ("arke", "sAn ark", "ruz mar", "RÍA")} == {
        "arke": {"Hassan Parker"},
        "sAn ark": {"Hassan Parker"},
        "ruz mar": {"María de la Cruz"},
        "RÍA": {"María de la Cruz"},
    }
    for text in (
        "(646) 555-1043",
        "6465551043",
        "+1 646 555 1043",
        "5551043",
        "55510",
        "ria.cruz@ex",
        "cruz@example.com",
    ):
        assert found(text) == {"María de la Cruz"}, text
    for text in (vehicle.plate_no[1:], vehicle.vin[-6:], medallion.medallion_no[1:], lease.lease_id[-3:]):
        assert "John" in found(text), text
    assert found("zzz") == set()
    change_customer(actor=manager, customer_id=mario.pk, phone="")
    assert found("718-555-2200") == set()
    page = client.get(FIND, {"q": "arke"}).content.decode()
    assert "part of name" in page


@contextmanager
def capture_explained(plans: list[str]) -> Iterator[None]:
    """The plans of the statements meanwhile, which a small table would be read whole for."""

    def explain(execute: Any, statement: str, values: Any, many: bool, context: Any) -> Any:
        with connection.cursor() as cursor:
            cursor.cursor.execute("set local enable_seqscan = off")
            cursor.cursor.execute(f"explain {statement}", values)
            plans.append("\n".join(line for (line,) in cursor.fetchall()))
        return execute(statement, values, many, context)

    with connection.execute_wrapper(explain):
        yield


def test_parts_are_read_by_their_index(manager: Actor) -> None:
    """As the runtime role, under row security: LIKE and ILIKE would be filters, and read every key of the company."""
    kinds = ["customer", "driver", "vehicle", "medallion", "lease"]
    SearchKey.objects.bulk_create(
        SearchKey(
            company_id=manager.company_id, kind=f"part of {kind}", target="1", what="x", key=f"X{number:04}"
        )
        for kind in kinds
        for number in range(400)
    )
    plans: list[str] = []

    with capture_explained(plans):
        find_rows(company_id=manager.company_id, query=read("6401", year=2026, case_prefixes=[]), kinds=kinds)

    (plan,) = plans
    by_range = (
        r"using search_key_once on search_keys \w+ .*\n.*Index Cond: .*kind = 'part of (\w+)'.*~>=~.*~<~"
    )
    assert set(re.findall(by_range, plan)) == set(kinds)
    assert "Seq Scan on search_keys" not in plan


def test_finds_payments_by_amount_and_reference(manager: Actor, console_of: Console) -> None:
    customer = make_customer(manager)
    payment = receive(manager, customer, "1150.00")
    with owners_hand():
        Payment.objects.filter(pk=payment.pk).update(reference_number="CHK-77012")
    other = receive(manager, customer, "26.50")
    client = console_of("cashier")

    for text in ("1,150.00", "1150", "$1,150", "1150.00"):
        page = led_to(client, text)
        assert page_of(payment) in page, text
        assert page_of(other) not in page, text
    assert page_of(other) in led_to(client, "26.5")
    assert led_to(client, "chk-77012") == page_of(payment)
    assert page_of(payment) not in led_to(client, "1,150.01")


def test_amounts_and_references_are_read_by_their_indexes(manager: Actor) -> None:
    first = receive(manager, make_customer(manager), "1150.00")
    Payment.objects.bulk_create(
        Payment(
            company_id=NORTH,
            kind=first.kind,
            number=f"{first.number}{number}",
            number_order=first.number_order + number,
            customer_id=first.customer_id,
            currency="USD",
            amount=Decimal(number),
            unallocated=Decimal(number),
            method="check",
            reference_number=f"CHK{number}",
            payment_date=first.payment_date,
            cashier="Merly",
        )
        for number in range(1, 800)
    )
    plans: list[str] = []

    with owners_hand(), connection.cursor() as cursor:
        cursor.execute("analyze payments")
    with capture_explained(plans):
        query = read("700.00", year=2026, case_prefixes=[])
        found = find_rows(company_id=manager.company_id, query=query, kinds=["payment"])

    (plan,) = plans
    assert [row.what for row in found] == ["amount"]
    assert re.search(r"using payment_amount on payments.*\n.*Index Cond: .*amount_cents = w", plan)
    assert re.search(
        r"using payment_reference on payments.*\n.*Index Cond: .*reference_number\)::text = w", plan
    )


def test_pickers_find_the_same(manager: Actor, console_of: Console) -> None:
    fleet = make_fleet(manager)
    customer = Customer.objects.get(pk=fleet.driver.customer_id)
    change_customer(actor=manager, customer_id=customer.pk, phone="(646) 555-1043")
    client = console_of("manager")
    of_obligations = {"app_label": "ledger", "model_name": "obligation", "field_name": "customer"}

    for text in ("5551043", fleet.driver.driver_id, fleet.driver.tlc_license[2:], customer.name[1:]):
        answer = client.get(reverse("admin:autocomplete"), {**of_obligations, "term": text})
        assert [each["id"] for each in answer.json()["results"]] == [str(customer.pk)], text


def test_pages_and_reports_are_found(manager: Actor, console_of: Console) -> None:
    page = led_to(console_of("manager"), "trial bal")
    palette = console_of("manager").get(reverse("admin:search"), {"s": "aging"}).content.decode()

    assert reverse("admin:report", args=["trial-balance"]) in page
    assert "/admin/reports/" in palette
    assert reverse("admin:report", args=["trial-balance"]) not in led_to(
        console_of("administrator"), "trial bal"
    )
