"""What the screen reads of a report without end: the latest by an index, as far as it shows them, and no totals."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.http import QueryDict

from batconnect.core.api.cursors import Place, after_place
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import local_date, today
from batconnect.core.kernel.ids import uuid7
from console.reports.books import AuditTrail
from console.reports.reading import read_page, read_rows, read_totals
from console.reports.report import Answer
from console.reports.tests.books import Books
from ledger.models import Entry
from ledger.tests.settlement.builders import at
from payments.models import Payment

LIMIT = 3


def posted(manager: Actor) -> date:
    """The day on which the books were entered: the database's clock does not travel."""
    return local_date(manager.company, Entry.objects.latest("posted_at").posted_at)


def trail(actor: Actor, source: str = "journal") -> Answer:
    report = AuditTrail()
    form = report.form(actor=actor, query=QueryDict(f"source={source}"))
    assert form.is_valid()
    return Answer(report, actor, form.cleaned_data)


def test_the_screen_stops_where_files_go_on(
    manager: Actor, books: Books, console_of: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with at(posted(manager)):
        answer = trail(manager)
        everything = list(read_rows(answer=answer))
        monkeypatch.setattr(AuditTrail, "max_rows", LIMIT)
        page = read_page(answer=answer)
        beyond = read_page(answer=answer, number=7)
        html = console_of("auditor").get("/admin/reports/audit-trail/?source=journal").content.decode()

    assert len(everything) > LIMIT
    assert page.rows == everything[:LIMIT]
    assert (page.count, page.totals.rows, page.totals.by_currency, page.totals.parts) == (1, LIMIT, [], [])
    assert beyond.rows == page.rows
    # A file's limit and totals are of every row.
    assert read_totals(answer=answer).rows == len(everything)
    assert len(list(read_rows(answer=answer))) == len(everything)
    assert f"Rows 1–{LIMIT} of the first {LIMIT}; there are more." in html


def test_few_rows_have_their_totals(manager: Actor, books: Books) -> None:
    with at(posted(manager)):
        page = read_page(answer=trail(manager))

    assert page.totals.first_of_more == 0
    assert page.totals.rows == len(page.rows)
    assert [each for each in page.totals.by_currency if each.amounts["amount"]]


@contextmanager
def by_order_alone() -> Iterator[None]:
    """As over a million rows: nothing is read whole, and nothing is sorted but what an index has at one place.

    Were that sorting off too, every way would hold something that is off, and the costs of empty tables would choose.
    """
    with connection.cursor() as cursor:
        for name in ("enable_seqscan", "enable_sort", "enable_bitmapscan"):
            cursor.execute(f"set local {name} = off")
        yield


def test_the_latest_of_the_trail_come_by_the_instant_of_posting(manager: Actor) -> None:
    answer = trail(manager, source="")
    query = answer.report.query(actor=manager, values=answer.values)
    with by_order_alone(), connection.cursor() as cursor:
        cursor.execute(f"explain {query.sql}", {**query.values, "limit": LIMIT})
        plan = "\n".join(row[0] for row in cursor.fetchall())

    assert connection.settings_dict["USER"].startswith("batconnect_app")
    for index in ("ledger_entry_posted_at", "audit_event_at", "case_event_at"):
        assert f"using {index} on" in plan, plan


@pytest.mark.parametrize(
    ("columns", "values", "index", "begins"),
    [
        (
            ["payment_date", "number_order", "pk"],
            ["day", 7, "id"],
            "payment_date_order",
            "ROW(payment_date, number_order)",
        ),
        (["amount_cents", "number_order", "pk"], [700, 7, "id"], "payment_amount", "amount_cents <= "),
        (["number_order", "pk"], [7, "id"], "payment_number_order", "number_order"),
    ],
    ids=["date", "amount", "number"],
)
def test_a_page_behind_a_payment_begins_at_its_place_in_the_index(
    manager: Actor, columns: list[str], values: list[Any], index: str, begins: str
) -> None:
    known = {"day": today(manager.company), "id": uuid7()}
    rows = Payment.objects.filter(company_id=manager.company_id)
    place = Place("payments.payment", columns, descending=True)

    with by_order_alone():
        behind = after_place(rows, place, [known.get(str(each), each) for each in values])
        plan = behind.order_by(*(f"-{each}" for each in columns[:-1]))[:50].explain()

    assert f"Backward using {index} on payments" in plan, plan
    condition = next(line for line in plan.splitlines() if "Index Cond" in line)
    assert begins in condition, plan
