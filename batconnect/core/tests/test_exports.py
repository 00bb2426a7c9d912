from __future__ import annotations

import csv
import io
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from django.http import QueryDict

from batconnect.core.files.exports import Column, export_response, read_format, warming
from batconnect.core.files.exports.list_pdf import ROWS_PER_PAGE
from batconnect.core.files.exports.pdf import PdfUnavailable, lay_out, render_pdf
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.errors import InvalidInput
from batconnect.core.models import AuditEvent, Counter

pytestmark = pytest.mark.django_db
COLUMNS = [
    Column("number", "Payment"),
    Column("driver", "Driver"),
    Column("amount", "Amount", "money"),
    Column("paid_on", "Paid on", "date"),
    Column("posted_at", "Posted at", "instant"),
]
ROW = {
    "number": "INTPAY-2025-00001",
    "driver": "=cmd|' /C calc'!A0",
    "amount": Decimal("-1265.10"),
    "paid_on": date(2025, 10, 20),
    "posted_at": datetime(2025, 10, 20, 2, 30, tzinfo=UTC),
}


def exported(actor: Actor, rows: Any, *, format: str, **options: Any) -> Any:
    return export_response(
        rows,
        COLUMNS,
        format=format,
        name="interim-payments",
        title="Interim payments",
        actor=actor,
        **options,
    )


def content(response: Any) -> bytes:
    return b"".join(response.streaming_content)


def test_excel_has_real_numbers_and_dates_and_no_formulas(cashier: Actor) -> None:
    response = exported(cashier, [ROW], format="excel")

    sheet = openpyxl.load_workbook(io.BytesIO(content(response))).active
    assert sheet is not None
    headings, row = list(sheet.iter_rows())
    assert [cell.value for cell in headings] == ["Payment", "Driver", "Amount", "Paid on", "Posted at"]
    assert [cell.value for cell in row] == [
        "INTPAY-2025-00001",
        "=cmd|' /C calc'!A0",
        -1265.1,
        datetime(2025, 10, 20),  # noqa: DTZ001 - a cell has no zone
        datetime(2025, 10, 19, 22, 30),  # noqa: DTZ001 - New York
    ]
    assert [cell.data_type for cell in row] == ["s", "s", "n", "d", "d"]
    assert row[2].number_format == "#,##0.00"


def test_names_the_file_after_the_day(cashier: Actor) -> None:
    response = exported(cashier, [], format="excel")

    assert (
        response["Content-Disposition"]
        == f'attachment; filename="interim-payments-{today(cashier.company)}.xlsx"'
    )


def test_csv_escapes_formulas_in_texts_alone(cashier: Actor) -> None:
    text = content(exported(cashier, [ROW, {"driver": '@x\n,"y"'}], format="csv")).decode()

    assert list(csv.reader(io.StringIO(text))) == [
        ["Payment", "Driver", "Amount", "Paid on", "Posted at"],
        ["INTPAY-2025-00001", "'=cmd|' /C calc'!A0", "-1265.10", "2025-10-20", "2025-10-20T02:30:00Z"],
        ["", '\'@x\n,"y"', "", "", ""],
    ]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_csv_escapes_every_start_of_a_formula(cashier: Actor, start: str) -> None:
    text = content(exported(cashier, [{"driver": f"{start}1"}], format="csv")).decode()

    assert list(csv.reader(io.StringIO(text, newline="")))[1][1] == f"'{start}1"


def test_an_empty_list_is_a_file_with_headings(cashier: Actor) -> None:
    text = content(exported(cashier, [], format="csv")).decode()
    workbook = openpyxl.load_workbook(io.BytesIO(content(exported(cashier, [], format="excel"))))

    assert text == "Payment,Driver,Amount,Paid on,Posted at\r\n"
    assert [[cell.value for cell in row] for row in workbook.active.iter_rows()] == [  # type: ignore[union-attr]
        ["Payment", "Driver", "Amount", "Paid on", "Posted at"]
    ]


def test_reads_querysets_in_chunks_of_the_running_company(cashier: Actor) -> None:
    Counter.objects.bulk_create(
        Counter(company_id=cashier.company_id, series="EXPORT", period=str(number)) for number in range(4_500)
    )
    rows = Counter.objects.filter(series="EXPORT").order_by("pk").values("period")

    response = export_response(
        rows, [Column("period", "Period")], format="csv", name="counters", title="Counters", actor=cashier
    )

    assert content(response).count(b"\r\n") == 4_501


@pytest.mark.parametrize("format", ["excel", "csv"])
def test_the_trail_keeps_who_took_which_list(cashier: Actor, format: str) -> None:
    exported(cashier, [ROW, ROW], format=format, filters=[("Driver", "John Doe")])

    event = AuditEvent.objects.get()
    assert (event.action, event.subject_id, event.actor) == (
        "core.export_list",
        "interim-payments",
        cashier.name,
    )
    assert event.details == {"format": format, "rows": 2, "filters": [["Driver", "John Doe"]]}


def test_refuses_more_rows_than_a_format_takes(cashier: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    def endless() -> Iterator[dict[str, Any]]:
        while True:
            yield ROW

    monkeypatch.setattr(
        "batconnect.core.files.exports.FORMATS",
        {"pdf": ("pdf", "application/pdf", lambda f, s: list(s.rows), 3)},
    )

    with pytest.raises(InvalidInput, match="more than the 3 rows") as refused:
        exported(cashier, endless(), format="pdf")

    assert refused.value.code == "export_too_large"


def test_refuses_unknown_formats_listing_the_known() -> None:
    with pytest.raises(InvalidInput, match="excel, pdf, csv") as refused:
        read_format(QueryDict("format=docx"))

    assert refused.value.code == "unknown_format"
    assert read_format(QueryDict("format=PDF")) == "pdf"


def test_says_which_library_is_missing(cashier: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    class Missing:
        def find_spec(self, name: str, *_: Any) -> None:
            if name.startswith("weasyprint"):
                raise OSError("cannot load library 'libpango-1.0-0'")

    for name in [name for name in sys.modules if name.split(".")[0] == "weasyprint"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "meta_path", [Missing(), *sys.meta_path])

    with pytest.raises(PdfUnavailable, match=r"apt-get install .*libpango") as refused:
        render_pdf("pdf/base.html", {}, actor=cashier)

    assert (refused.value.status, refused.value.code) == (501, "pdf_unavailable")


def test_warms_the_renderer_without_delaying_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warming, "WARM_AFTER_S", 0)
    made = []
    monkeypatch.setattr(warming, "lay_out", lambda html: made.append(html) or lay_out(html))

    timer = warming.warm_soon()
    was_alive = timer.daemon
    timer.join()

    assert was_alive
    assert len(made) == 1
    assert warming.render_sample().startswith(b"%PDF")


def test_a_start_without_the_renderer_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(html: str) -> None:
        raise PdfUnavailable("A system library for PDFs is missing.")

    monkeypatch.setattr(warming, "lay_out", missing)

    warming.warm_renderer()


@pytest.mark.system
def test_pdf_has_pages_company_filters_and_every_row(cashier: Actor) -> None:
    pypdf = pytest.importorskip("pypdf")
    rows = [{**ROW, "number": f"N{number:04}"} for number in range(ROWS_PER_PAGE * 2 + 1)]

    response = exported(cashier, rows, format="pdf", filters=[("status", "Posted")])

    pages = [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content(response))).pages]
    assert len(pages) == 3
    assert all(f"Page {number} of 3" in text for number, text in enumerate(pages, start=1))
    assert "North Taxi" in pages[0]
    assert "status: Posted" in pages[0]
    assert "-1,265.10" in pages[0]
    assert "2025-10-19 22:30" in pages[0]
    assert all(f"N{number:04}" in "".join(pages) for number in range(len(rows)))


@pytest.mark.system
def test_pdf_fetches_neither_files_nor_network(cashier: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr(
        "urllib.request.OpenerDirector.open", lambda self, request, *a, **k: opened.append(request)
    )
    monkeypatch.setattr(
        "batconnect.core.files.exports.pdf.render_to_string",
        lambda *_: (
            '<img src="file:///etc/passwd"><img src="http://127.0.0.1:1/x.png"><link rel=stylesheet href="https://x.test/a.css">'
        ),
    )

    made = render_pdf("any", {}, actor=cashier)

    assert made.startswith(b"%PDF")
    assert opened == []
