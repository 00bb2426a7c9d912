"""The reports as people meet them: pages, links, files, refusals."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

import openpyxl
import pypdf
import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.html import escape

from batconnect.core.files.exports.columns import printed
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import local_date
from batconnect.core.kernel.json import instant_text
from batconnect.core.kernel.words import say_days
from console.reports import reading
from console.reports.catalog import REPORTS
from console.reports.reading import read_rows, read_totals
from console.reports.tests.books import END, WEEKS, Books, ask
from console.tests.conftest import ConsoleClient
from ledger.models import Entry
from ledger.tests.builders import charge, make_debtor
from ledger.tests.settlement.builders import at
from outstanding.models import RenewalCase
from outstanding.services import pay_installments
from tests.cast import SOUTH, acting

Browser = Callable[[str], ConsoleClient]
JANUARY = {"first": "2026-01-01", "last": "2026-01-30"}
# What each report is asked for, and how many statements its page takes of its own beside the console's frame.
ASKED: dict[str, tuple[dict[str, str], int]] = {
    "ageing": ({"by": "item", "customer": "Doe"}, 3),
    "cash-receipts": ({**JANUARY, "payouts": "on"}, 1),
    "received-deposited": (JANUARY, 1),
    "driver-balances": ({"week": str(WEEKS[1])}, 1),
    "dtr-register": (JANUARY, 1),
    "loans-repairs": ({}, 1),
    "not-handed-over": ({}, 1),
    "recovery": (JANUARY, 1),
    "premiums": ({}, 1),
    "earnings-clearing": ({}, 1),
    "trial-balance": ({"as_of": "2026-01-19"}, 1),
    "profit-and-loss": (JANUARY, 1),
    "balance-sheet": ({"as_of": "2026-01-19"}, 1),
    "account-ledger": ({**JANUARY, "account": "receivable:INVOICE"}, 2),
    "audit-trail": ({}, 2),
}


def page_of(slug: str) -> str:
    return reverse("admin:report", args=[slug])


def file_of(slug: str) -> str:
    return reverse("admin:report_file", args=[slug])


def content(response: Any) -> bytes:
    assert response.status_code == 200, response.get("Location")
    return b"".join(response.streaming_content)


def texts(html: str, part: str) -> list[list[str]]:
    """The cells of the first table's `tbody` or `tfoot`, row by row."""
    match = re.search(rf"<{part}>(.*?)</{part}>", html, re.DOTALL)
    rows = re.findall(r"<tr>(.*?)</tr>", match[1], re.DOTALL) if match else []
    return [
        [re.sub(r"<[^>]+>", "", cell).strip() for cell in re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL)]
        for row in rows
    ]


def statements_of(call: Callable[[], Any]) -> int:
    """How many statements the request takes; the next request forgets them."""
    with CaptureQueriesContext(connection) as captured:
        call()
        return len(captured)


@pytest.mark.parametrize("slug", sorted(REPORTS))
def test_screen_and_files_have_the_same_figures(
    manager: Actor, books: Books, console_of: Browser, slug: str
) -> None:
    # The database's clock does not travel: the trail of all this is today's.
    posted = local_date(manager.company, Entry.objects.order_by("posted_at")[0].posted_at)
    with at(posted if slug == "audit-trail" else END):
        if slug == "premiums":
            pay_installments(actor=manager, case=RenewalCase.objects.get().pk, mode="cash")
        _assert_the_same_everywhere(manager, console_of("auditor"), slug)


def _file(browser: ConsoleClient, slug: str, format: str) -> bytes:
    """The report's file. That it was taken is undone: the audit trail's next file would tell of it."""
    with transaction.atomic():
        body = content(browser.get(file_of(slug), {**ASKED[slug][0], "format": format}))
        transaction.set_rollback(True)
    return body


def _assert_the_same_everywhere(manager: Actor, browser: ConsoleClient, slug: str) -> None:
    parameters, statements = ASKED[slug]
    browser.get(reverse("admin:reports"))

    frame = statements_of(lambda: browser.get(reverse("admin:reports")))
    of_the_page = statements_of(lambda: browser.get(page_of(slug), parameters)) - frame
    html = browser.get(page_of(slug), parameters).content.decode()
    excel = openpyxl.load_workbook(io.BytesIO(_file(browser, slug, "excel")))
    pdf = _file(browser, slug, "pdf")
    plain = _file(browser, slug, "csv").decode()

    assert of_the_page == statements
    answer = ask(manager, slug, **parameters)
    rows, totals = list(read_rows(answer=answer)), read_totals(answer=answer)
    columns = answer.columns
    written = [
        [escape(printed(row[column.key], column.kind, answer.zone)) for column in columns] for row in rows
    ]
    assert rows
    assert texts(html, "tbody") == [[say_days(cell) for cell in row] for row in written]
    shown = [row[0] for row in texts(html, "tfoot")]
    assert [f"Total {each.currency}" for each in totals.by_currency if each.currency] == [
        text for text in shown if text.startswith("Total")
    ]
    sums = [f"{amount:,.2f}" for each in totals.by_currency for amount in each.amounts.values() if amount]
    for amount in sums:
        assert amount in html
    _assert_excel(excel, rows, totals, columns)
    pages = "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages)
    for amount in [*sums, answer.report.title, "North Taxi", f"{len(rows)} row"]:
        assert amount in pages
    assert [line[0] for line in csv.reader(io.StringIO(plain))] == [
        columns[0].title,
        *(_plain(row[columns[0].key]) for row in rows),
    ]


def _assert_excel(workbook: Any, rows: list[dict[str, Any]], totals: reading.Totals, columns: Any) -> None:
    sheet = list(workbook.worksheets[0].iter_rows(values_only=True))
    assert list(sheet[0]) == [column.title for column in columns]
    for place, column in enumerate(columns):
        if column.kind != "money":
            continue
        expected = [None if row[column.key] is None else float(row[column.key]) for row in rows]
        assert [row[place] for row in sheet[1 : len(rows) + 1]] == expected
        closing = {row[0]: row[place] for row in sheet[len(rows) + 1 :] if row[0]}
        for each in totals.by_currency:
            if each.currency and column.total:
                assert closing[f"Total {each.currency}"] == float(each.amounts[column.key])
    filters = dict(workbook["Filters"].iter_rows(values_only=True))
    assert filters["Company"] == "North Taxi"
    assert {"As of the end of", "From", "Settled from", "Week"} & set(filters)


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return str(instant_text(value))
    return value if isinstance(value, str) else str(value)


def test_menu_lists_every_report_and_rows_lead_to_what_they_are(books: Books, console_of: Browser) -> None:
    browser = console_of("manager")

    menu = browser.get(reverse("admin:reports")).content.decode()
    aging = browser.get(page_of("ageing")).content.decode()
    journal = browser.get(page_of("cash-receipts"), JANUARY).content.decode()
    register = browser.get(page_of("dtr-register"), JANUARY).content.decode()

    assert all(page_of(slug) in menu and escape(report.sentence) in menu for slug, report in REPORTS.items())
    of_cashier = console_of("cashier").get(reverse("admin:reports")).content.decode()
    assert [slug for slug in REPORTS if page_of(slug) not in of_cashier] == ["audit-trail"]
    addresses = {*re.findall(r'<td class="[\w ]+"><a href="([^"]+)"', aging + journal + register)}
    assert reverse("admin:directory_customer_change", args=[books.john.customer.pk]) in addresses
    assert reverse("admin:payments_payment_change", args=[books.bounced.pk]) in addresses
    for address in sorted(addresses)[:: max(len(addresses) // 8, 1)]:
        assert browser.get(address).status_code == 200, address


def test_refuses_whom_it_is_not_for(in_north: object, console_of: Browser) -> None:
    browser = console_of("administrator")

    answers = {browser.get(address(slug)).status_code for slug in REPORTS for address in (page_of, file_of)}

    assert answers == {403}


def test_another_company_sees_nothing_of_it(books: Books, console_of: Browser) -> None:
    with acting("outsider") as otto:
        charge(otto, make_debtor(otto, number=9, name="Only South"), reference_id="S-1", amount="1.11")
    browser = console_of("outsider")

    pages = {slug: browser.get(page_of(slug), asked).content.decode() for slug, (asked, _) in ASKED.items()}

    assert "No customer or driver has that name." in pages["ageing"]
    for slug in ("cash-receipts", "driver-balances", "dtr-register", "loans-repairs"):
        assert escape(REPORTS[slug].nothing) in pages[slug], slug
    with acting("outsider") as otto:
        assert otto.company_id == SOUTH
        sums = {slug: read_totals(answer=ask(otto, slug)).by_currency for slug in ("ageing", "trial-balance")}
    assert [(each.currency, str(each.amounts["outstanding"])) for each in sums["ageing"]] == [("USD", "1.11")]
    assert [str(each.amounts["debit"]) for each in sums["trial-balance"]] == ["1.11"]


WRONG: list[tuple[str, dict[str, str], str]] = [
    ("ageing", {"as_of": "2026-02-30"}, "Enter a day as YYYY-MM-DD."),
    ("ageing", {"as_of": "2026-01-31"}, "2026-01-31 is after today, 2026-01-30."),
    ("ageing", {"currency": "XXX"}, "Select a valid choice."),
    ("ageing", {"by": "color"}, "Select a valid choice."),
    ("ageing", {"customer": "Nobody at all"}, "No customer or driver has that name."),
    ("cash-receipts", {"first": "2026-01-09", "last": "2026-01-08"}, "It is before the first day"),
    ("cash-receipts", {"first": "2024-01-09", "last": "2026-01-08"}, "The report covers a year at most."),
    ("audit-trail", {"first": "2025-06-01", "last": "2026-01-08"}, "The report covers three months at most."),
    ("driver-balances", {"week": "soon"}, "Enter a day as YYYY-MM-DD."),
    ("audit-trail", {"source": "gossip"}, "Select a valid choice."),
]


def test_wrong_parameters_are_told_on_the_form(in_north: object, console_of: Browser) -> None:
    with at(END):
        browser = console_of("auditor")
        for slug, asked, told in WRONG:
            html = browser.get(page_of(slug), asked).content.decode()

            assert escape(told) in html, asked
            assert "<table" not in html

        file = browser.get(file_of("ageing"), {**WRONG[0][1], "format": "pdf"})
        assert (file.status_code, file["Location"]) == (302, f"{page_of('ageing')}?as_of=2026-02-30")


def test_pages_through_a_long_report_with_the_whole_ones_totals(
    manager: Actor, books: Books, console_of: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("console.reports.pages.ROWS_PER_SCREEN", 10)
    monkeypatch.setattr(reading, "ROWS_PER_SCREEN", 10)
    browser = console_of("auditor")
    rows = read_totals(answer=ask(manager, "trial-balance")).rows

    first, second, behind = (
        browser.get(page_of("trial-balance"), {"page": number}).content.decode()
        for number in ("1", "2", "999")
    )

    assert len(texts(first, "tbody")) == 10
    assert texts(first, "tfoot") == texts(second, "tfoot") == texts(behind, "tfoot") != []
    assert texts(first, "tbody")[-1] != texts(second, "tbody")[0]
    assert f"Rows 1–10 of {rows}, 10 a page; the totals are those of the whole report." in first
    assert texts(behind, "tbody")
    assert "page=2" in first
    assert "Previous" not in first


def test_refuses_a_file_of_too_many_rows_with_the_limit(
    books: Books, console_of: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("console.reports.pages.FORMATS", {"pdf": ("pdf", "application/pdf", None, 3)})

    answer = console_of("auditor").get(
        file_of("trial-balance"), {"as_of": "2026-01-19", "format": "pdf"}, follow=True
    )

    html = answer.content.decode()
    assert re.search(r"The report has \d+ rows, and PDF takes 3 at most.", html)
    assert 'value="2026-01-19"' in html


def test_no_text_becomes_a_formula(manager: Actor, books: Books, console_of: Browser) -> None:
    books.acme.name = "=HYPERLINK(1)"
    books.acme.save(update_fields=["name"])
    browser = console_of("auditor")

    plain = content(browser.get(file_of("ageing"), {"format": "csv"})).decode()
    excel = openpyxl.load_workbook(io.BytesIO(content(browser.get(file_of("ageing"), {"format": "excel"}))))

    assert "'=HYPERLINK(1)" in plain
    cells = [row[0] for row in excel.worksheets[0].iter_rows() if row[0].value == "=HYPERLINK(1)"]
    assert cells
    assert {cell.data_type for cell in cells} == {"s"}
