"""No CSV file of ours holds a cell that a spreadsheet runs."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from batconnect.core.files.exports.csv import CsvWriter
from batconnect.core.files.formulas import escape_formula, escape_reversibly, is_formula, unescape_formula

RUN = [
    *("=1+1", "+1", "-1", "@SUM(1)", "\t=1", "\r=1", "\n=1", "\tx", "\rx"),
    *("＝1+1", "＋1", "－1", "＠SUM(1)", "﹢1", "﹣1", "﹦1", "﹫x", "⁺1", "₌1", "−1"),
    *(
        "\u200b=1",
        "\u200c\u200d=1",
        "\ufeff=1",
        "\u2060+1",
        "\u00ad-1",
        "\u202e=1",
        "\u3164=1",
        "\ufe0f=1",
        "\u180e=1",
    ),
    *(" =1", "\u00a0=1", "\u3000＝1", "\x00=1", "\x0b=1", "\x1f@x", "\u2028=1", "\u115f=1"),
]
HARMLESS = ["", "x", "1", "a=1", "1-2", "'=1", "O'Neill", "No. 5", "a @ b", "é", "…"]


def written(*cells: Any) -> str:
    file = io.StringIO(newline="")
    CsvWriter(file).write_row(cells)
    return file.getvalue()


@pytest.mark.parametrize("text", RUN)
def test_escapes_what_a_spreadsheet_would_run(text: str) -> None:
    assert is_formula(text)
    assert escape_formula(text) == f"'{text}"
    assert next(csv.reader(io.StringIO(written(text, "y"), newline="")))[0] == f"'{text}"


@pytest.mark.parametrize("text", HARMLESS)
def test_leaves_the_rest_alone(text: str) -> None:
    assert escape_formula(text) == text


def test_knows_every_sign_that_unicode_folds_to_one_of_them() -> None:
    signs = [
        chr(code)
        for code in range(0x110000)
        if unicodedata.normalize("NFKC", chr(code)) in ("=", "+", "-", "@")
    ]

    assert len(signs) == 17
    assert [sign for sign in signs if not is_formula(f"{sign}1")] == []


def test_knows_every_character_of_no_width() -> None:
    """Of the format characters of Unicode those of the basic plane: fonts show none of them."""
    unseen = [chr(code) for code in range(0x10000) if unicodedata.category(chr(code)) == "Cf"]

    shown_by_arabic_and_syriac_fonts = {
        "\u0600",
        "\u0601",
        "\u0602",
        "\u0603",
        "\u0604",
        "\u0605",
        "\u06dd",
        "\u070f",
    }
    shown_by_arabic_and_syriac_fonts |= {"\u0890", "\u0891", "\u08e2"}
    missed = {each for each in unseen if not is_formula(f"{each}=1")}
    assert missed <= shown_by_arabic_and_syriac_fonts


@pytest.mark.parametrize("text", ["a;=1+1", "a\t=1+1", "a,=1+1", "a\n=1+1", "a|=1+1", " a", "a ", 'say "x"'])
def test_quotes_what_other_programs_separate_by(text: str) -> None:
    line = written("x", text, "y")

    assert line == 'x,"' + text.replace('"', '""') + '",y\r\n'
    assert next(csv.reader(io.StringIO(line, newline=""))) == ["x", text, "y"]


def test_writes_numbers_as_they_are() -> None:
    assert written(Decimal("-1.50"), Decimal("1E+2"), -3, None, True, "") == "-1.50,100,-3,,True,\r\n"


@pytest.mark.parametrize("text", [*RUN, *HARMLESS, "''=1", "'", "'''", "a;=1"])
def test_what_the_directory_exports_comes_back(text: str) -> None:
    assert unescape_formula(escape_reversibly(text)) == text

    file = written("x", escape_reversibly(text))

    (row,) = list(csv.reader(io.StringIO(file, newline="")))
    assert not is_formula(row[1])
    assert unescape_formula(row[1]) == text


def test_every_csv_file_goes_through_the_writer() -> None:
    """The kind: nobody else writes CSV."""
    others = [
        str(path.relative_to(settings.BASE_DIR))
        for top in ("batconnect", "ledger", "payments", "repairs", "loans", "cases", "outstanding")
        for path in Path(settings.BASE_DIR, top).rglob("*.py")
        if "tests" not in path.parts
        and re.search(r"csv\.(writer|DictWriter)\(", path.read_text(encoding="utf-8"))
    ]

    assert others == []
