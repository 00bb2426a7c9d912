"""Payments by file, watched until they are done; money from unknown payers; the week's jobs."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from demo.companies import BIG_APPLE
from tests.cast import NORTH
from tests.system.browser.serving import Served, wait_until
from tests.system.browser.visitor import Visitor

pytestmark = pytest.mark.system
JOBS = (
    "Post due lease fees",
    "Repairs post due installments",
    "Loans post due installments",
    "Generate weekly DTRs",
)
UNDER_WAY = "select count(*) from job_runs where company_id = %s and finished_at is null"
HEADINGS = "customer_reference,payment_method,amount,currency,payment_date"


def as_file(name: str, text: str) -> dict[str, object]:
    """A file for the browser to choose."""
    return {"name": name, "mimeType": "text/csv", "buffer": text.encode()}


def test_uploads_a_batch_and_watches_it_finish(visitor_of: Callable[..., Visitor], served: Served) -> None:
    rows = [f"ADV-01,ach,{number}.00,USD,2026-01-15" for number in range(1, 301)]
    content = "\n".join([HEADINGS, *rows, "NOBODY,ach,5.00,USD,2026-01-15"]) + "\n"
    visitor = visitor_of("manager")
    visitor.go("/admin/uploads/payments/")

    visitor.page.locator("input[type=file]").set_input_files(as_file("january.csv", content))
    visitor.press("Check only")
    expect(visitor.page.get_by_text("Checked: nothing is taken yet")).to_be_visible()
    visitor.shoot("upload-checked")
    visitor.page.locator("input[type=file]").set_input_files(as_file("january.csv", content))
    visitor.press("Take it")
    visitor.page.wait_for_url(re.compile("/payments/paymentbatch/"))
    # Nobody reloads the page: it does so itself when all is done; a picture taken in that moment never ends.
    status = visitor.page.locator("[data-figure=status]")
    expect(status).to_have_text(re.compile("Completed"), timeout=60_000)

    expect(visitor.page.locator("[data-figure=succeeded_rows]")).to_have_text("300")
    expect(visitor.page.locator("[data-figure=failed_rows]")).to_have_text("1")
    expect(visitor.page.get_by_text("NOBODY").first).to_be_visible()
    expect(visitor.page.locator("a.face-button", has_text="Retry failed rows")).to_be_visible()
    expect(visitor.page.get_by_text("Please correct")).to_have_count(0)
    visitor.shoot("batch-finished")


def test_a_file_is_taken_once(visitor_of: Callable[..., Visitor], served: Served) -> None:
    content = f"{HEADINGS}\nADV-02,cash,12.00,USD,2026-02-01\n"
    visitor = visitor_of("manager")

    for _ in range(2):
        visitor.go("/admin/uploads/payments/")
        visitor.page.locator("input[type=file]").set_input_files(as_file("february.csv", content))
        visitor.press("Take it")
        visitor.page.wait_for_load_state()

    expect(visitor.page.get_by_text("This file was taken before")).to_be_visible()
    assert served.value("select count(*) from payment_batches where file_name = 'february.csv'") == 1


def test_matches_a_line_of_the_bank(visitor_of: Callable[..., Visitor], served: Served) -> None:
    visitor = visitor_of("manager")
    visitor.go("/admin/bank/statementmapping/add/")
    for name, column in (("name", "House bank"), ("amount_column", "Amount"), ("date_column", "Date")):
        visitor.page.locator(f"#id_{name}").fill(column)
    visitor.page.locator("#id_payer_name_column").fill("Payer")
    visitor.press("Save")
    visitor.go("/admin/uploads/payments/")
    visitor.page.get_by_label("A bank's statement").check()
    visitor.page.locator("input[type=file]").set_input_files(
        as_file("bank.csv", "Date,Amount,Payer\n2026-03-02,87.50,Broadway B.\n")
    )
    visitor.press("Take it")
    expect(visitor.page.locator("[data-figure=status]")).to_have_text(re.compile("Completed"), timeout=60_000)

    visitor.go("/admin/bank/linepart/?status__exact=open")
    visitor.shoot("unidentified")
    visitor.page.locator("#result_list tbody th a").first.click()
    visitor.press("Match")
    visitor.page.get_by_label(re.compile("Broadway Billboards")).check()
    visitor.shoot("match")
    visitor.press("Show what would happen")
    visitor.press(re.compile("^Confirm"))
    visitor.page.wait_for_url(re.compile("/change/"))

    assert served.value("select status from bank_line_parts where amount = 87.50") == "explained"
    assert served.value("select count(*) from payments where amount = 87.50") == 1


def test_posts_the_installments_that_fell_due(visitor_of: Callable[..., Visitor], served: Served) -> None:
    visitor = visitor_of("north-manager")
    waiting = "select count(*) from loan_installments where status = 'Scheduled' and company_id = %s"
    before = served.value(waiting, NORTH)

    visitor.go("/admin/loans/driverloan/")
    visitor.press(re.compile("Post due installments"))
    visitor.press("Show what would happen")
    expect(visitor.page.get_by_text("Nothing has happened yet.")).to_be_visible()
    visitor.shoot("post-due")
    visitor.press(re.compile("^Confirm"))
    visitor.page.wait_for_url(re.compile("/loans/driverloan/$"))

    assert served.value(waiting, NORTH) == before - 1


def test_runs_the_week_from_the_board(visitor_of: Callable[..., Visitor], served: Served) -> None:
    visitor = visitor_of("north-manager")
    visitor.go("/admin/ledger/dtr/")
    expect(visitor.page.locator("#result_list tbody th a")).to_have_count(0)

    for job in JOBS:
        visitor.go("/admin/schedules/")
        visitor.page.get_by_role("link", name=f"Run {job} now", exact=True).click()
        visitor.press(re.compile("^Confirm"))
        visitor.page.wait_for_url(re.compile("/schedules/$"))
        wait_until(f"the run of {job}", lambda: not served.value(UNDER_WAY, NORTH))
    visitor.go("/admin/schedules/")
    visitor.shoot("schedules")
    visitor.go("/admin/ledger/dtr/")

    expect(visitor.page.locator("#result_list tbody th a")).to_have_count(3)
    assert served.value("select count(*) from dtrs where company_id = %s", NORTH) == 3


def test_prints_dtr_and_statement(visitor_of: Callable[..., Visitor], served: Served) -> None:
    visitor = visitor_of("auditor")
    pk = served.value("select id from dtrs where company_id = %s order by number_order limit 1", BIG_APPLE)
    visitor.go(f"/admin/ledger/dtr/{pk}/change/")
    dtr = visitor.named("Statement").get_attribute("href")
    customer = served.value("select customer_id from drivers where id = 101")
    visitor.go(f"/admin/customers/{customer}/")
    statement = visitor.named(re.compile("Statement of account")).get_attribute("href")

    for href in (dtr, statement):
        answer = visitor.page.request.get(f"{visitor.url}{href}")
        assert (answer.status, answer.headers["content-type"], answer.body()[:5]) == (
            200,
            "application/pdf",
            b"%PDF-",
        )
