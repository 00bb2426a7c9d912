"""Every main page: its title, its policy, nothing to complain about, and no serious finding of axe-core."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib import admin
from django.db import models
from django.urls import reverse

from console.pages import registered_pages
from console.tests.test_matrix import EXPECTED as TABLES
from console.tests.test_pages import EXPECTED as PAGES
from tests.system.browser.accessibility import grave_findings
from tests.system.browser.conftest import WIDE
from tests.system.browser.serving import Served
from tests.system.browser.visitor import PRODUCT, Visitor

pytestmark = pytest.mark.system

MODELS = sorted(admin.site._registry, key=lambda model: model._meta.label)
STANDING_PAGES = sorted(name for name, page in registered_pages().items() if "<" not in page.route)
# Tables of which a row's page is looked at too; the others' rows are plain columns of the same frame.
IMPORTANT = {
    *("payments.Payment", "payments.Allocation", "payments.Invoice", "payments.PaymentBatch"),
    *("ledger.Obligation", "ledger.Entry", "ledger.Dtr", "loans.DriverLoan", "repairs.RepairInvoice"),
    *("outstanding.RenewalCase", "cases.Case", "cases.CaseType", "core.User", "core.CompanySettings"),
    *("directory.Customer", "directory.Driver", "directory.Lease"),
}
# Pages of one thing: their parts, as the database knows them.
# The demo does nothing to many rows: cases that were put on hold, and one that could not be.
OPERATION = """
with o as (
  insert into bulk_operations (id, company_id, action, title, state, answers, said, version, total, done_rows,
    asked_by_id, asked_by_name, request_id, confirmed_at, finished_at)
  select gen_random_uuid(), m.company_id, 'cases.case.hold', 'Put cases on hold', 'done', '{}',
    '[["Reason", "The office is closed."]]', 1, 2, 1, m.user_id, 'Frank', '', now(), now()
  from memberships m join users u on u.id = m.user_id where u.username = 'manager' limit 1
  returning id, company_id
), r as (
  insert into bulk_rows (id, company_id, operation_id, place, subject_id, title, state, planned, digest, currency, said)
  select gen_random_uuid(), o.company_id, o.id, n.place, c.id::text, c.case_no,
    case n.place when 1 then 'done' else 'refused' end, c.case_no || ': on hold.', '', '', c.case_no || ': on hold.'
  from o cross join generate_series(1, 2) n(place)
  cross join lateral (select * from cases where company_id = o.company_id order by id offset n.place limit 1) c
)
select id from o
"""
PARTS = {
    "bulk_operation": OPERATION,
    "customer": "select customer_id from drivers where id = 101",
    "payment_taken": "select number from payments where driver_id is not null order by number_order limit 1",
    "charge_made": "select id from ledger_obligations where category = 'MISC' order by id limit 1",
    "credit_made": "select id from credit_memos order by id limit 1",
    "invoice_made": "select id from invoices order by id limit 1",
    "loan_made": "select number from driver_loans order by number_order limit 1",
    "repair_made": "select number from repair_invoices order by number_order limit 1",
    "workbench": "select id from payments where unallocated > 0 and status = 'posted' order by id limit 1",
    "report": "select 'ageing'",
    "run_schedule": "select 'verify-ledger'",
    "record_notes": "select array['driver', driver_id] from drivers where id = 101",
    "change_schedule": "select 'weekly_run'",
}
# Not a page, but a file; and pages of what the demo has none of, which the journeys of the bank and of notes look at.
FILES = {
    "report_file",
    "payout_file",
    "note_file",
    "withdraw_note",
    "bank_line",
    "bank_operation",
    "bank_reconciliation",
}
# Pages on which somebody types, beside those that journeys fill in.
FORMS = {
    "/admin/directory/customer/add/": "manager",
    "/admin/directory/driver/import/": "manager",
    "/admin/directory/lease/add/": "manager",
    "/admin/directory/lease/export/": "manager",
    "/admin/ledger/repaymentmatrix/add/": "manager",
    "/admin/ledger/obligation/upload/": "manager",
    "/admin/outstanding/renewalcase/import/": "manager",
    "/admin/loans/driverloan/post-due/": "manager",
    "/admin/core/user/add/": "admin",
    "/admin/core/invitation/add/": "admin",
    "/admin/company/": "manager",
}
NARROW = {"width": 390, "height": 844}
# What stands out on the right of a narrow page, and scrolls with nothing of its own.
TOO_WIDE = """
() => document.documentElement.scrollWidth <= innerWidth ? [] :
  [...document.querySelectorAll('body *')].filter(each => {
  if (each.getBoundingClientRect().right <= innerWidth + 1) return false;
  for (let above = each.parentElement; above; above = above.parentElement)
    if (['auto', 'scroll', 'hidden'].includes(getComputedStyle(above).overflowX)) return false;
  return true;
}).slice(0, 5).map(each => each.outerHTML.slice(0, 120))
"""
# Cells and choices that a narrow page shows only to whoever scrolls a part of it, or cuts off.
OUT_OF_SIGHT = """
() => [...document.querySelectorAll('#content-main td, #content td, label > span')].filter(each =>
  each.checkVisibility() && each.innerText.trim() &&
  (each.getBoundingClientRect().right > innerWidth || each.scrollWidth > each.clientWidth + 2 &&
   getComputedStyle(each).overflowX === 'hidden')
).slice(0, 5).map(each => each.innerText.slice(0, 60))
"""
DARK = ("/admin/", "/admin/payments/payment/", "/admin/cases/case/", "/admin/directory/customer/")


def person_for(groups: frozenset[str]) -> str:
    """A person of the demo whom the page lets in."""
    return "manager" if "manager" in groups else "admin" if "administrator" in groups else min(groups)


def look_at(visitor: Visitor, path: str, name: str, *, menu: bool = False) -> str:
    """Open the page, keep its picture, and return its title; fails on serious findings, also of the menu if asked, and
    on a page that a telephone must scroll sideways."""
    answer = visitor.page.goto(f"{visitor.url}{path}")
    assert answer is not None
    assert answer.status == 200, path
    visitor.shoot(name)
    findings = grave_findings(visitor.page, menu=menu)
    assert findings == [], path
    assert too_wide(visitor) == [], path
    return visitor.page.title().removesuffix(f"| {PRODUCT}").strip()


def too_wide(visitor: Visitor) -> list[str]:
    """What makes the page wider than 390 pixels."""
    visitor.page.set_viewport_size(NARROW)
    found: list[str] = visitor.page.evaluate(TOO_WIDE)
    visitor.page.set_viewport_size(WIDE)
    return found


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label_lower)
def test_list_and_row_are_accessible(reader_of: Callable[..., Visitor], model: type[models.Model]) -> None:
    visitor = reader_of(person_for(TABLES[model._meta.label][0]))
    name = model._meta.label_lower.replace(".", "-")
    list_path = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")

    title = look_at(visitor, list_path, f"list-{name}")
    first = visitor.page.locator("#result_list tbody th a").first
    row = str(first.get_attribute("href")) if first.count() else ""
    if row and model._meta.label in IMPORTANT:
        row_title = look_at(visitor, row, f"row-{name}")
        assert row_title not in ("", title)
    elif row:
        visitor.go(row)
        assert too_wide(visitor) == [], row

    assert title


@pytest.mark.parametrize("name", ["index", *STANDING_PAGES])
def test_page_is_accessible(reader_of: Callable[..., Visitor], name: str) -> None:
    visitor = reader_of("manager" if name == "index" else person_for(PAGES[name]))

    assert look_at(visitor, reverse(f"admin:{name}"), f"page-{name}", menu=name == "index")


@pytest.mark.parametrize("name", sorted(set(registered_pages()) - set(STANDING_PAGES) - FILES))
def test_page_of_one_thing_is_accessible(
    reader_of: Callable[..., Visitor], served: Served, name: str
) -> None:
    part = served.value(PARTS[name])
    path = reverse(f"admin:{name}", args=part if isinstance(part, list) else [part])

    assert look_at(reader_of(person_for(PAGES[name])), path, f"page-{name}")


def test_forms_are_accessible(visitor_of: Callable[..., Visitor]) -> None:
    visitors = {username: visitor_of(username) for username in set(FORMS.values())}

    titles = [
        look_at(visitors[username], path, f"form{path.replace('/', '-').rstrip('-')}")
        for path, username in FORMS.items()
    ]

    assert len(set(titles)) == len(titles)


def test_dark_pages_are_accessible(visitor_of: Callable[..., Visitor]) -> None:
    visitor = visitor_of("manager", color_scheme="dark")

    for path in DARK:
        look_at(visitor, path, f"dark{path.replace('/', '-').rstrip('-')}", menu=path == "/admin/")

    background = visitor.page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert background != "rgb(255, 255, 255)"


def test_sign_in_is_accessible(visitor_of: Callable[..., Visitor]) -> None:
    assert look_at(visitor_of(None), "/admin/login/", "sign-in")


@pytest.mark.parametrize(
    "name", ["W" * 200, "محمد بن راشد 17", "Söhne " * 33], ids=["one word of 200", "right to left", "words"]
)
def test_names_of_any_length_and_direction_stay_in_their_place(
    visitor_of: Callable[..., Visitor], name: str
) -> None:
    visitor = visitor_of("manager")
    shown = name.strip()
    visitor.go("/admin/directory/customer/add/")
    visitor.page.locator("[name=name]").fill(name)
    visitor.press("Save and continue editing")
    key = visitor.page.url.rstrip("/").split("/")[-2]

    wide = {}
    for path in (
        f"/admin/directory/customer/{key}/change/",
        f"/admin/customers/{key}/",
        f"/admin/directory/customer/?q={shown.split()[0][:60]}",
        f"/admin/find/?q={shown.split()[0][:60]}",
        f"/admin/counter/charge/?customer={key}",
    ):
        visitor.go(path)
        visitor.shoot(f"name-{len(shown)}-{path.split('/')[2]}")
        if found := too_wide(visitor):
            wide[path] = found
    assert wide == {}
    visitor.go(f"/admin/customers/{key}/")
    visitor.sees(shown)
    link = visitor.page.locator("#main-part a").first
    assert link.evaluate("each => getComputedStyle(each).unicodeBidi") == "isolate"


def test_a_phone_shows_tables_of_choices_and_changes_whole(
    visitor_of: Callable[..., Visitor], served: Served
) -> None:
    visitor = visitor_of("manager")
    visitor.page.set_viewport_size(NARROW)

    hidden = {}
    for path in (
        "/admin/directory/driver/101/history/",
        "/admin/schedules/",
        "/admin/outstanding/renewalcase/1/plan/",
        "/admin/outstanding/renewalcase/1/pay/",
        f"/admin/customers/{served.value(PARTS['customer'])}/",
    ):
        visitor.go(path)
        if found := visitor.page.evaluate(OUT_OF_SIGHT):
            hidden[path] = found

    assert hidden == {}
