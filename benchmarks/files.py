"""Excel of 100,000 rows beside bare xlsxwriter, and a list of 2,000 rows as PDF."""

from __future__ import annotations

import io
import multiprocessing
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from benchmarks.results import Section, median

ROWS, PDF_ROWS, ROUNDS = 100_000, 2_000, 3
TITLE = "Files of lists"
DAY = date(2025, 10, 1)
NAMES = ("number", "customer", "day", "amount", "left", "method", "reference", "status")
KINDS = ("text", "text", "date", "money", "money", "text", "text", "text")


def measure() -> Section:
    """Seconds of both sides in turns, each in a process of its own, and the peak memory of ours."""
    ratios, ours, peaks = [], [], []
    for number in range(ROUNDS):
        taken: dict[str, tuple[float, float]] = {}
        sides: tuple[tuple[str, Callable[[], None]], ...] = (("ours", _ours), ("bare", _bare))
        for name, work in sides if number % 2 else sides[::-1]:
            taken[name] = _apart(work)
        ratios.append(taken["ours"][0] / taken["bare"][0])
        ours.append(taken["ours"][0])
        peaks.append(taken["ours"][1])
    section = Section(
        TITLE,
        f"{ROWS:,} rows of {len(NAMES)} columns, texts, dates and amounts; the bare side writes the same cells by "
        f"xlsxwriter in constant memory with formats. {ROUNDS} rounds with the sides taking turns, each in a process "
        "of its own.",
    )
    section.add("Excel of 100,000 rows, s", f"{median(ours):.1f}")
    section.at_most("Excel of 100,000 rows ÷ bare xlsxwriter", median(ratios), 1.2)
    section.at_most("Excel of 100,000 rows, peak MB", max(peaks), 150)
    section.at_most("list PDF of 2,000 rows, s", _apart(_pdf)[0], 8)
    return section


def _apart(work: Callable[[], None]) -> tuple[float, float]:
    """Seconds and peak megabytes of the work in a process of its own."""
    reading, writing = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.get_context("fork").Process(target=_timed, args=(work, writing))
    process.start()
    taken: tuple[float, float] = reading.recv()
    process.join()
    return taken


def _timed(work: Callable[[], None], writing: Any) -> None:
    began = time.perf_counter()
    work()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    writing.send((time.perf_counter() - began, peak))


def _rows(count: int) -> Iterator[dict[str, Any]]:
    for number in range(count):
        yield {
            "number": f"PAY-2025-{number:06}",
            "customer": f"Driver {number % 977} of the garage",
            "day": DAY + timedelta(days=number % 365),
            "amount": Decimal(number % 50_000) / 100,
            "left": Decimal(number % 700) / 100,
            "method": "Cash",
            "reference": f"CHQ-{number % 4_999}",
            "status": "Posted",
        }


def _sheet(count: int) -> Any:
    from types import SimpleNamespace

    from batconnect.core.files.exports.columns import Column, Sheet

    columns = [Column(name, name.capitalize(), kind) for name, kind in zip(NAMES, KINDS, strict=True)]
    company = SimpleNamespace(name="Bench", time_zone="America/New_York")
    actor: Any = SimpleNamespace(company=company, name="Bench")
    return Sheet("Payments", columns, _rows(count), actor, filters=[])


def _ours() -> None:
    from batconnect.core.files.exports.excel import write_excel

    with tempfile.TemporaryFile() as file:
        write_excel(file, _sheet(ROWS))


def _bare() -> None:
    import xlsxwriter

    with tempfile.TemporaryFile() as file:
        workbook = xlsxwriter.Workbook(file, {"constant_memory": True})
        sheet = workbook.add_worksheet()
        money = workbook.add_format({"num_format": "#,##0.00"})
        day = workbook.add_format({"num_format": "yyyy-mm-dd"})
        for line, row in enumerate(_rows(ROWS)):
            for place, (name, kind) in enumerate(zip(NAMES, KINDS, strict=True)):
                if kind == "money":
                    sheet.write_number(line, place, row[name], money)
                elif kind == "date":
                    sheet.write_datetime(line, place, row[name], day)
                else:
                    sheet.write_string(line, place, row[name])
        workbook.close()


def _pdf() -> None:
    from batconnect.core.files.exports.list_pdf import write_pdf

    write_pdf(io.BytesIO(), _sheet(PDF_ROWS))
