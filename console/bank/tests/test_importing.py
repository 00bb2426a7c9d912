"""The page that imports a statement: checked without keeping anything, its columns named, then taken once."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from bank.models import Statement, StatementLine, StatementMapping
from bank.tests.builders import work
from batconnect.core.kernel.actors import Actor
from payments.batches.tests.builders import add_customer, bill
from payments.models import Payment
from tests.console import browser, seen_on
from tests.digest import assert_nothing_written

PATH = "/admin/bank/import/"
TABLE = (
    "Date,Payer,Text,Amount,Balance\n"
    "2026-11-20,Acme,first,100.00,100.00\n"
    "2026-11-23,,fee,-12.00,88.00\n"
    "2026-11-24,Acme,second,50.00,138.00\n"
)


def a_file(text: str = TABLE, name: str = "november.csv") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, text.encode(), content_type="text/csv")


def hidden(page: Any) -> dict[str, str]:
    return {name: value for name, value in seen_on(page).items() if name != "csrfmiddlewaretoken"}


@pytest.fixture
def columns(manager: Actor) -> StatementMapping:
    return StatementMapping.objects.create(
        company_id=manager.company_id,
        name="House bank",
        date_column="Date",
        amount_column="Amount",
        payer_name_column="Payer",
        text_column="Text",
        balance_column="Balance",
        date_form="ymd",
    )


def test_a_table_is_checked_and_taken(manager: Actor, columns: StatementMapping) -> None:
    console = browser("manager")
    said = {"mapping": str(columns.id), "bank_account": ""}

    with assert_nothing_written():
        checked = console.post(PATH, {"do": "check", "file": a_file(), **said})
    html = checked.content.decode()
    assert "Would be booked." in html
    assert "= 138.00 USD" in html
    assert "<dt>New</dt><dd>3</dd>" in html
    assert "Nothing is taken yet" in html
    # The file need not be chosen again.
    taken = console.post(PATH, {"do": "take", **said, **hidden(checked)})
    work(manager)

    statement = Statement.objects.get()
    assert taken.url == f"/admin/bank/statement/{statement.id}/change/"
    assert (statement.status, statement.new_lines) == ("booked", 3)
    with assert_nothing_written():
        again = console.post(PATH, {"do": "take", "file": a_file(), **said})
    assert "Take it anyway" in again.content.decode()
    console.post(PATH, {"do": "take", **said, **hidden(again), "again": "on"})
    work(manager)
    assert StatementLine.objects.filter(state="booked").count() == 3


def test_payments_are_applied_as_the_page_says(manager: Actor, columns: StatementMapping) -> None:
    acme = add_customer(manager, "Acme", "A-1")
    bill(manager, acme, "100.00")
    console = browser("manager")
    said = {"mapping": str(columns.id), "bank_account": "", "strategy": "fifo"}

    checked = console.post(PATH, {"do": "check", "file": a_file(), **said})
    assert '<option value="fifo" selected>' in checked.content.decode()
    console.post(PATH, {"do": "take", **said, **hidden(checked)})
    work(manager)

    assert Statement.objects.get().strategy == "fifo"
    paid = dict(Payment.objects.values_list("amount", "unallocated"))
    assert paid == {Decimal("100.00"): Decimal("0.00"), Decimal("50.00"): Decimal("50.00")}


def test_a_table_without_columns_is_shown_to_be_named(manager: Actor) -> None:
    console = browser("manager")

    with assert_nothing_written():
        shown = console.post(PATH, {"do": "take", "file": a_file()})
    html = shown.content.decode()
    assert "What are the columns of november.csv?" in html
    assert '<option value="Payer" selected>' in html
    named = {
        "name": "House bank",
        "date_column": "Date",
        "amount_column": "Amount",
        "text_column": "Text",
        "balance_column": "Balance",
        "date_form": "ymd",
        "decimal_sign": ".",
    }
    wrong = console.post(PATH, {"do": "columns", **hidden(shown), **named, "debit_column": "Balance"})
    assert "Name one amount column" in wrong.content.decode()
    assert not StatementMapping.objects.exists()
    checked = console.post(PATH, {"do": "columns", **hidden(wrong), **named})

    mapping = StatementMapping.objects.get()
    assert (mapping.name, mapping.date_column, mapping.date_form) == ("House bank", "Date", "ymd")
    assert "Would be booked." in checked.content.decode()
    assert f'<option value="{mapping.id}" selected>' in checked.content.decode()
    assert not Statement.objects.exists()


def test_says_which_rows_cannot_be_read(manager: Actor, columns: StatementMapping) -> None:
    text = TABLE.replace("2026-11-24", "some day")

    page = browser("manager").post(PATH, {"do": "check", "file": a_file(text), "mapping": str(columns.id)})

    html = page.content.decode()
    assert "Cannot be read" in html


@pytest.mark.parametrize(
    ("text", "said"),
    [("nothing at all", "is not"), ("", "empty")],
)
def test_refuses_what_is_not_a_statement(manager: Actor, text: str, said: str) -> None:
    with assert_nothing_written():
        page = browser("manager").post(PATH, {"do": "check", "file": a_file(text)})

    assert page.status_code == 200
    assert said in page.content.decode()


def test_only_those_who_may_import(manager: Actor) -> None:
    for username in ("cashier", "auditor"):
        assert browser(username).get(PATH).status_code == 403
