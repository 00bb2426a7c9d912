"""Finding one's way: the front page's numbers, the search, a customer's page, lists, reports, files in and out."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import expect

from demo.companies import BIG_APPLE
from tests.system.browser.serving import Served
from tests.system.browser.visitor import Visitor

pytestmark = pytest.mark.system

# Somebody who drives today, has a telephone, and has paid.
DRIVEN = """
select c.name, c.phone, v.plate_no, max(p.amount) from customers c
join drivers d on d.company_id = c.company_id and d.customer_id = c.id
join lease_drivers t on t.company_id = d.company_id and t.driver_id = d.id and t.role = 'Primary' and t.until_on is null
join leases l on l.company_id = t.company_id and l.id = t.lease_id and l.status = 'Active'
join vehicles v on v.company_id = l.company_id and v.id = l.vehicle_id
join payments p on p.company_id = c.company_id and p.customer_id = c.id
where c.company_id = %s and length(c.phone) >= 10 group by c.id, v.plate_no, c.name, c.phone order by c.id limit 1
"""


def fetched(visitor: Visitor, link: str | None) -> bytes:
    """The file behind a link, in the person's session."""
    answer = visitor.page.request.get(f"{visitor.url}{link}")
    assert answer.status == 200
    return answer.body()


def test_a_number_of_the_front_page_leads_to_the_list_that_adds_up_to_it(
    visitor_of: Callable[..., Visitor],
) -> None:
    visitor = visitor_of("manager")
    visitor.go("/admin/")
    visitor.shoot("today")
    row = visitor.page.get_by_role("row", name=re.compile("^1–30 days"))
    items, amount = row.get_by_role("link").all_inner_texts()[:2]

    row.get_by_role("link").nth(1).click()
    visitor.page.wait_for_load_state()
    visitor.shoot("list-filtered")

    expect(visitor.page.locator("#list-totals")).to_contain_text(amount)
    expect(visitor.page.locator("#list-totals")).to_contain_text(f"{items} rows")


def test_finds_by_whatever_number_is_at_hand(visitor_of: Callable[..., Visitor], served: Served) -> None:
    payment = served.value("select number from payments order by number_order limit 1 offset 5")
    visitor = visitor_of("cashier")

    for text, place in (
        (payment, "/payments/payment/"),
        ("00504124", "/directory/driver/|/customers/"),
        ("8SAM401", "/directory/vehicle/|/customers/"),
        ("INTPAY000003", "/cases/case/"),
    ):
        visitor.go("/admin/")
        visitor.page.keyboard.press("Control+k")
        box = visitor.page.locator("#nav-filter, [data-find-box], dialog input[type=search]").first
        box.fill(text)
        box.press("Enter")
        expect(visitor.page).to_have_url(re.compile(place))


def test_finds_whoever_is_at_the_counter_on_one_page(
    visitor_of: Callable[..., Visitor], served: Served
) -> None:
    """By a telephone, a part of a plate, an amount; and the palette opens while the cursor is in a field."""
    ((name, phone, plate, amount),) = served.rows(DRIVEN, BIG_APPLE)
    visitor = visitor_of("cashier")
    page = visitor.page

    for text, shown in ((phone[-8:], name), (plate[2:], name), (f"{amount:,.2f}", f"{amount:,.2f}")):
        visitor.go("/admin/counter/payment/")
        page.keyboard.press("Control+k")
        box = page.locator("#search-input-command")
        expect(box).to_be_focused()
        box.fill(text)
        box.press("Enter")
        page.wait_for_url(re.compile(r"/find/|/customers/"))
        visitor.sees(re.compile(re.escape(shown)))
    visitor.shoot("found-by-amount")


def test_a_customers_page_shows_what_is_owed(visitor_of: Callable[..., Visitor], served: Served) -> None:
    customer, owed = served.rows(
        "select c.id, sum(o.outstanding) from customers c join ledger_obligations o on o.customer_id = c.id"
        " where c.name = 'Five Boroughs Radio' group by c.id"
    )[0]
    visitor = visitor_of("auditor")

    visitor.go(f"/admin/customers/{customer}/")

    visitor.sees(f"{owed:,.2f}")
    visitor.shoot("customer")


def test_keeps_a_filter_and_downloads_what_it_shows(
    visitor_of: Callable[..., Visitor], served: Served
) -> None:
    visitor = visitor_of("manager")
    visitor.go("/admin/ledger/obligation/?category__exact=PVB")
    visitor.page.get_by_text("Saved views").click()
    visitor.press("Save this view, or manage…")
    visitor.page.get_by_label("Name", exact=True).fill("Parking tickets")
    visitor.press("Save")
    visitor.go("/admin/ledger/obligation/")
    visitor.page.get_by_text(re.compile("^Saved views")).click()
    visitor.press("Parking tickets")
    expect(visitor.page).to_have_url(re.compile("category__exact=PVB"))
    visitor.page.get_by_text("Download", exact=True).click()

    excel = fetched(visitor, visitor.named(re.compile("^Excel")).get_attribute("href"))
    pdf = fetched(visitor, visitor.named(re.compile("^PDF")).get_attribute("href"))

    rows = list(openpyxl.load_workbook(io.BytesIO(excel), read_only=True).worksheets[0].values)
    there = served.rows(
        "select o.reference_id from ledger_obligations o join companies c on c.id = o.company_id"
        " where category = 'PVB' and c.name = 'Big Apple Taxi'"
    )
    shown = [str(cell) for row in rows for cell in row]
    assert [reference for (reference,) in there if shown.count(reference) != 1] == []
    assert len(there) > 1
    assert not [cell for cell in shown if cell.startswith("EZPASS")]
    assert pdf[:5] == b"%PDF-"


def test_a_report_is_the_same_on_screen_and_in_its_files(visitor_of: Callable[..., Visitor]) -> None:
    visitor = visitor_of("auditor")
    visitor.go("/admin/reports/")
    visitor.page.get_by_role("link", name=re.compile("Trial balance")).click()
    visitor.press("Show")
    visitor.shoot("report")
    shown = visitor.page.locator(".report-table tfoot td.money").all_inner_texts()

    excel = fetched(visitor, visitor.named(re.compile("Excel")).get_attribute("href"))
    pdf = fetched(visitor, visitor.named(re.compile("PDF")).get_attribute("href"))

    sheet = openpyxl.load_workbook(io.BytesIO(excel), read_only=True).worksheets[0]
    amounts = {
        f"{Decimal(str(cell)):,.2f}" for row in sheet.values for cell in row if isinstance(cell, (int, float))
    }
    assert shown
    assert {text for text in shown if text} <= amounts
    assert pdf[:5] == b"%PDF-"


def test_imports_drivers_after_a_preview(
    visitor_of: Callable[..., Visitor], served: Served, tmp_path: Path
) -> None:
    file = tmp_path / "drivers.csv"
    file.write_text("driver_id,customer,tlc_license,status\nDRV-900,ADV-01,09009009,Active\n")
    there = "select count(*) from drivers where tlc_license = '09009009'"
    visitor = visitor_of("manager")

    visitor.go("/admin/directory/driver/import/")
    visitor.page.locator("input[type=file]").set_input_files(file)
    visitor.press("Check the file")
    expect(visitor.page.get_by_text("DRV-900").first).to_be_visible()
    visitor.shoot("import-preview")
    before = served.value(there)
    visitor.press(re.compile("^(Confirm import|Import)$"))
    visitor.page.wait_for_url(re.compile("/directory/driver/(\\?.*)?$"))

    assert (before, served.value(there)) == (0, 1)


def test_the_theme_is_dark_when_wanted(visitor_of: Callable[..., Visitor]) -> None:
    visitor = visitor_of("manager", color_scheme="dark")

    for path, name in (
        ("/admin/", "dark-today"),
        ("/admin/counter/payment/?driver=101", "dark-counter"),
        ("/admin/payments/payment/", "dark-payments"),
    ):
        visitor.go(path)
        visitor.shoot(name)
        # The sum of red, green and blue of what stands behind the page.
        background = visitor.page.evaluate("getComputedStyle(document.body).backgroundColor")
        light = visitor.page.evaluate(
            "color => { const c = document.createElement('canvas').getContext('2d'); c.fillStyle = color;"
            " c.fillRect(0, 0, 1, 1); return [...c.getImageData(0, 0, 1, 1).data].slice(0, 3)"
            ".reduce((sum, part) => sum + part) }",
            background,
        )
        assert light < 200, path


def test_an_administrator_adds_a_person_who_signs_in(
    visitor_of: Callable[..., Visitor], served: Served
) -> None:
    visitor = visitor_of("admin")
    visitor.go("/admin/core/user/add/")
    visitor.page.locator("#id_username").fill("newcomer")
    visitor.page.locator("#id_first_name").fill("Nadia")
    password = visitor.page.locator("#id_password")
    if password.count():
        password.fill("a-first-password-9")
    visitor.page.get_by_label("Cashier").check()
    visitor.shoot("user-add")
    visitor.press("Save")

    expect(visitor.page.get_by_text("newcomer").first).to_be_visible()
    assert served.value(
        "select groups from memberships m join users u on u.id = m.user_id where username = 'newcomer'"
    ) == ["Cashier"]
