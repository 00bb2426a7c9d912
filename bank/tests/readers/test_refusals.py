"""What a file is is found by its content, and anything else is refused by its right name."""

from __future__ import annotations

import io
import zipfile
from typing import Final

import pytest

from bank.errors import FILE_CODES
from bank.readers.interface import MAX_LINES, UnreadableStatement
from bank.readers.reading import check_size
from bank.readers.refusals import CODES
from bank.tests.readers.files import CHASE, PLAIN, bai2, camt, entry, mt940, ofx, read, read_one, transaction
from batconnect.core.files.uploads import MAX_BYTES

_OLD_EXCEL: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)


def _zip(**parts: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/").replace("_xml", ".xml"), content)
    return packed.getvalue()


def _pain(body: str) -> str:
    return f'<?xml version="1.0"?><Document xmlns="urn:iso:std:pain"><{body}><A/></{body}></Document>'


@pytest.mark.parametrize(
    ("content", "code", "word"),
    [
        (b"", "empty_file", "empty"),
        (b" \r\n\t ", "empty_file", "empty"),
        (b"\xef\xbb\xbf", "empty_file", "empty"),
        (b"%PDF-1.7\n1 0 obj", "not_a_statement", "PDF"),
        (b"\x89PNG\r\n\x1a\n", "not_a_statement", "image"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", "not_a_statement", "image"),
        (_OLD_EXCEL, "not_a_statement", "xls"),
        (_zip(a=b"statement"), "not_a_statement", "ZIP"),
        (b"\x1f\x8b\x08\x00", "not_a_statement", "compressed"),
        (b"<!DOCTYPE html><html></html>", "not_a_statement", "HTML"),
        (b'{"lines": []}', "not_a_statement", "JSON"),
        (b"!Type:Bank\nD11/20'26\nT5.00\n^\n", "not_a_statement", "QIF"),
        (b"101 031300012 0313000122611201200A094101Bank", "not_a_statement", "ACH"),
        (_pain("CstmrCdtTrfInitn").encode(), "not_a_statement", "pain.001"),
        (_pain("CstmrPmtStsRpt").encode(), "not_a_statement", "pain.002"),
        (_pain("CstmrDrctDbtInitn").encode(), "not_a_statement", "pain.008"),
        (camt(entry(), body="BkToCstmrAcctRpt", part="Rpt").encode(), "not_final", "CAMT.052"),
        (camt(entry(), body="BkToCstmrAcctRptV01", part="Rpt").encode(), "not_final", "CAMT.052"),
        (
            camt(entry(), body="BkToCstmrDbtCdtNtfctn", part="Ntfctn").encode(),
            "details_of_a_statement",
            "import the statement",
        ),
        (b"<html5/>", "not_a_statement", "html5"),
        (b"<a><b></a>", "xml_unreadable", "cannot be read"),
        (b"<Document>", "xml_unreadable", "cannot be read"),
        (b'<?xml version="1.0" encoding="klingon"?><a/>', "xml_unreadable", "cannot be read"),
        (b"<Document><BkToCstmrStmt/></Document>", "not_a_statement", "no statement"),
        (b"{1:F01BANKUS33XXXX0000000000}{2:I950BANKUS33XXXXN}{4:\r\n:20:X\r\n-}", "not_a_statement", "MT950"),
        (b"OFXHEADER:100\r\n\r\n<OFX></OFX>", "not_a_statement", "no statement of a bank"),
        (b"OFXHEADER:100\r\n\r\n<OFX><INVSTMTRS></INVSTMTRS></OFX>", "not_a_bank_account", "investment"),
        (b"Date,Amount\n11/20/2026,5.00\n", "mapping_missing", "mapping"),
        (b"just some words", "mapping_missing", "mapping"),
    ],
)
def test_refused_by_name(content: bytes, code: str, word: str) -> None:
    with pytest.raises(UnreadableStatement) as refusal:
        read(content)

    assert (refusal.value.code, refusal.value.field) == (code, "file")
    assert word in refusal.value.message
    assert code in CODES


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (camt(entry()), "camt"),
        ("\ufeff \n" + camt(entry()).partition("?>")[2], "camt"),
        (mt940(":61:261120C5,NMSCX"), "mt940"),
        ("\r\n" + mt940(":61:261120C5,NMSCX"), "mt940"),
        (bai2("16,175,500,0,,,/", total=100500, rows=1), "bai2"),
        (ofx(transaction()), "ofx"),
        ("Date,Amount,Description\n11/20/2026,5.00,A\n", "table"),
    ],
)
def test_found_by_content(content: str, kind: str) -> None:
    statement = read_one(content, form=PLAIN)

    assert (statement.format, len(statement.lines)) == (kind, 1)


def test_a_table_without_the_columns_of_the_mapping_names_both() -> None:
    with pytest.raises(UnreadableStatement, match="Posting Date, Amount") as refusal:
        read("Day,Sum\n11/20/2026,5.00\n", form=CHASE)

    assert refusal.value.code == "mapping_differs"
    assert "Day, Sum" in refusal.value.message


def test_too_large_is_refused_unread() -> None:
    class Large(io.BytesIO):
        def read(self, *_: object) -> bytes:
            raise AssertionError("not read")

        def seek(self, *_: int) -> int:
            return MAX_BYTES + 1

    with pytest.raises(UnreadableStatement) as refusal:
        check_size(Large())

    assert refusal.value.code == "file_too_large"


def test_the_codes_are_those_of_the_api() -> None:
    assert set(CODES) == set(FILE_CODES)


@pytest.mark.parametrize(
    "content",
    [
        camt(*(entry("1.00") for _ in range(MAX_LINES + 1))),
        mt940(*(":61:261120C1,NMSCX" for _ in range(MAX_LINES + 1))),
        ofx(*(transaction("1.00") for _ in range(MAX_LINES + 1))),
        bai2(
            *("16,175,1,0,,,/" for _ in range(MAX_LINES + 1)),
            total=100000 + MAX_LINES + 1,
            rows=MAX_LINES + 1,
        ),
        "Date,Amount,Description\n" + "11/20/2026,1.00,A\n" * (MAX_LINES + 1),
        "Date,Amount,Description\n" + "11/20/2026,x,A\n" * (MAX_LINES + 1),
    ],
    ids=["camt", "mt940", "ofx", "bai2", "table", "table of problems"],
)
def test_more_lines_than_are_read_at_once(content: str) -> None:
    with pytest.raises(UnreadableStatement) as refusal:
        read(content, form=PLAIN)

    assert refusal.value.code == "too_many_lines"
