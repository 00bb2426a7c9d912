"""Files that are made to harm: each is refused or read in bounded time and memory, and never in part by mistake."""

from __future__ import annotations

import io
import time
import tracemalloc
import zipfile
from datetime import date
from decimal import Decimal
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from bank.readers.interface import MAX_LINES, ParsedStatement, UnreadableStatement
from bank.readers.refusals import CODES
from bank.tests.readers.files import PLAIN, bai2, camt, detail, entry, mt940, ofx, read, read_one, transaction

_BOMB: Final = (
    '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x "ha"><!ENTITY y "&x;&x;&x;&x;&x;&x;&x;&x;">]>'
    "<Document><BkToCstmrStmt><Stmt><Id>&y;</Id></Stmt></BkToCstmrStmt></Document>"
)
_SECONDS: Final = 20


def _refused(content: bytes | str) -> str:
    began = time.monotonic()
    with pytest.raises(UnreadableStatement) as refusal:
        read(content, form=PLAIN)
    assert time.monotonic() - began < _SECONDS
    return refusal.value.code


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (_BOMB, "xml_forbidden"),
        ('<!DOCTYPE a SYSTEM "file:///etc/passwd"><Document/>', "xml_forbidden"),
        (
            ofx().replace("<OFX>", '<!DOCTYPE OFX [<!ENTITY x SYSTEM "file:///etc/passwd">]><OFX>'),
            "xml_forbidden",
        ),
        ("<a>" * 100_000, "file_too_heavy"),
        (camt(entry(inside="<x>" * 30 + "</x>" * 30 + "<y/>" * 25_000)), "file_too_heavy"),
        (camt("<Bal/>" * 5_000), "file_too_heavy"),
        (camt(entry(details=detail() * (MAX_LINES + 1))), "too_many_lines"),
        (camt(entry(details=f"<TxDtls>{'<a/>' * 19_000}</TxDtls>" * 20)), "file_too_heavy"),
        ("<Document " + " ".join(f'a{number}="1"' for number in range(400_001)) + "/>", "file_too_heavy"),
        ("<Document x='" + "a" * 1_000_000, "file_too_heavy"),
        ("<OFX>" * 50 + "</OFX>", "file_too_heavy"),
        (ofx("<A>1" * 500_001), "file_too_heavy"),
        ("OFXHEADER\n" + "<OFX" * 200_000 + "</OFX>", "not_a_statement"),
        ("OFXHEADER\n" + "<![CDATA[" * 200_000 + "</OFX>", "not_a_statement"),
        ('Date,Amount,Description\n11/20/2026,5.00,"' + "a" * 2_000_000, "file_too_heavy"),
        ('Date,Amount,Description\n11/20/2026,5.00,"unclosed\n', "statement_unreadable"),
        ("Date,Amount,Description\n" + "a," * 1_000_000, "file_too_heavy"),
        (b"Date,Amount,Description\n11/20/2026,5.00,\x00\n", "encoding_unreadable"),
        (mt940(":61:261120C5,NMSCX").replace("X", "\x00"), "encoding_unreadable"),
        (camt(entry()).replace("S1", "\x00"), "encoding_unreadable"),
        (b"Date,Amount,Description\n11/20/2026,5.00,\x81\x8d\n", "encoding_unreadable"),
        (b"\xff\xfeD\x00a", "encoding_unreadable"),
        ("a" * 2_000_000, "file_too_heavy"),
        (
            bai2(total=100000, rows=0).replace("03,", "03," + "1" * 4_000 + "\n88," * 600),
            "statement_unreadable",
        ),
        (bai2(total=100000, rows=0).replace("100000", "9" * 5_000), "statement_unreadable"),
    ],
)
def test_refused(content: bytes | str, code: str) -> None:
    assert _refused(content) == code


def test_a_hundred_megabytes_of_blanks() -> None:
    assert _refused(b" " * 100_000_000) == "file_too_large"
    assert _refused(b" " * 10_000_000) in ("empty_file", "mapping_differs")


def test_a_zip_bomb_of_a_workbook() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/worksheets/sheet1.xml", b" " * 60_000_000)

    assert _refused(packed.getvalue()) == "file_too_heavy"


def test_not_a_workbook_inside() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")

    assert _refused(packed.getvalue()) == "not_a_statement"


def test_utf_7_is_read_as_what_it_is() -> None:
    (line,) = read_one(b"Date,Amount,Description\n11/20/2026,5.00,+ADw-script+AD4-\n", form=PLAIN).lines

    assert line.text == "+ADw-script+AD4-"


@pytest.mark.parametrize("encoding", ["utf-7", "idna", "zlib", "rot13", "unicode_escape", "../x"])
def test_encodings_are_those_of_a_list(encoding: str) -> None:
    from dataclasses import replace

    with pytest.raises(UnreadableStatement) as refusal:
        read("Date,Amount,Description\n", form=replace(PLAIN, encoding=encoding))

    assert refusal.value.code == "encoding_unreadable"


def test_line_ends_of_every_kind() -> None:
    for end in ("\n", "\r\n", "\r"):
        text = end.join(("Date,Amount,Description", "11/20/2026,5.00,A", "11/20/2026,6.00,B", ""))
        assert [str(each.amount) for each in read_one(text, form=PLAIN).lines] == ["5.00", "6.00"]
        assert len(read_one(mt940(":61:261120C5,NMSCX").replace("\r\n", end)).lines) == 1
        assert len(read_one(bai2("16,175,5,0,,,/", total=100005, rows=1).replace("\n", end)).lines) == 1


def test_characters_that_cannot_be_stored_are_left_out() -> None:
    statement = read_one("Date,Amount,Description\n11/20/2026,5.00,a\x01\x1b[31mb\u2028c\n", form=PLAIN)

    assert statement.lines[0].text == "a [31mb c"


@pytest.mark.parametrize("text", ["=1+1", "@SUM(A1)", "+1", "-1"])
def test_formulas_are_texts(text: str) -> None:
    (line,) = read_one(f"Date,Amount,Description\n11/20/2026,5.00,{text}\n", form=PLAIN).lines

    assert line.text == text


def test_a_workbook_is_read_with_its_numbers_and_dates() -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Statement of", "XXXX1234"])
    sheet.append(["Date", "Amount", "Description"])
    sheet.append([date(2026, 11, 20), Decimal("1234.56"), "TST-A-1001"])
    sheet.append(["11/21/2026", "(50.00)", "fee"])
    packed = io.BytesIO()
    book.save(packed)

    statement = read_one(packed.getvalue(), form=PLAIN)

    assert [(each.booked_on, str(each.signed)) for each in statement.lines] == [
        (date(2026, 11, 20), "1234.56"),
        (date(2026, 11, 21), "-50.00"),
    ]


def _many(lines: int = MAX_LINES) -> dict[str, str]:
    inside = (
        "<Refs><AcctSvcrRef>D{0}</AcctSvcrRef><EndToEndId>E{0}</EndToEndId></Refs><RltdPties><Dbtr><Nm>Payer {0}</Nm>"
        "</Dbtr><DbtrAcct><Id><IBAN>DE{0}</IBAN></Id></DbtrAcct></RltdPties><RmtInf><Ustrd>TST-A</Ustrd>"
        "<Ustrd>-{0} thanks</Ustrd></RmtInf>"
    )
    return {
        "camt": camt(
            *(
                entry("1.01", details=detail(inside=inside.format(number)), reference="")
                for number in range(lines)
            )
        ),
        "mt940": mt940(
            *(
                f":61:2611201120C1,01NTRFREF{number}//B{number}\r\n:86:TST-A-{number}"
                for number in range(lines)
            )
        ),
        "bai2": bai2(
            *(f"16,175,101,0,B{number},C{number},TST-A-{number}/" for number in range(lines)),
            total=100000 + 101 * lines,
            rows=lines,
        ),
        "ofx": ofx(*(transaction("1.01", extra=f"<FITID>F{number}<NAME>Payer") for number in range(lines))),
        "table": "Date,Amount,Description\n"
        + "".join(f"11/20/2026,1.01,TST-A-{number} of a payer\n" for number in range(lines)),
    }


@pytest.mark.parametrize("kind", ["camt", "mt940", "bai2", "ofx", "table"])
def test_ten_thousand_lines_in_seconds_and_bounded_memory(kind: str) -> None:
    content = _many()[kind].encode()
    began = time.process_time()

    (statement,) = read(content, form=PLAIN)

    assert time.process_time() - began < 5
    assert len(statement.lines) == MAX_LINES
    assert not statement.problems


@pytest.mark.parametrize("kind", ["camt", "mt940", "bai2", "ofx", "table"])
def test_memory_is_that_of_the_lines(kind: str) -> None:
    content = _many(2_000)[kind].encode()
    read(content, form=PLAIN)

    tracemalloc.start()
    try:
        (statement,) = read(content, form=PLAIN)
        kept, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert len(statement.lines) == 2_000
    assert peak - kept < 10_000_000


_SAMPLES: Final = (
    camt(entry(details=detail("6.00") + detail("4.00"))),
    mt940(":61:2611201120C5,00NTRFREF//B1", ":86:166?00X?20TST-A?21-1001?32Quill?31123"),
    bai2("16,175,500,V,261120,,B1,C1,TEXT, MORE/", "88,AND MORE/", total=100500, rows=2),
    ofx(transaction("-5.00", "DEBIT", "20261120120000[-5:EST]", "<FITID>F1<NAME>Quill<MEMO>TST-A-1001")),
    'Date,Amount,Description\n11/20/2026,"($1,234.56)",A\n11/21/2026,5.00,"B ""C"""\nTotal,1.00,\n',
)
_JUNK: Final = st.sampled_from(
    [
        b"",
        b"\x00",
        b"\xff",
        b",",
        b"\n",
        b"-",
        b'"',
        b"<",
        b">",
        b"/",
        b"9" * 30,
        b"1e5",
        b"[",
        b":61:",
        b"88,",
        b"=",
    ]
)


@given(
    st.sampled_from(_SAMPLES),
    st.lists(st.tuples(st.integers(0, 2_000), st.integers(0, 8), _JUNK | st.binary(max_size=3)), max_size=5),
)
@settings(deadline=None, max_examples=300)
def test_damaged_files_are_read_within_bounds_or_refused(
    sample: str, damages: list[tuple[int, int, bytes]]
) -> None:
    content = bytearray(sample.encode())
    for place, length, junk in damages:
        content[place : place + length] = junk

    statements: list[ParsedStatement] = []
    refused = ""
    try:
        statements = read(bytes(content), form=PLAIN)
    except UnreadableStatement as refusal:
        refused = refusal.code

    assert bool(statements) != (refused in CODES)
    for statement in statements:
        assert len(statement.currency) == 3
        for line in statement.lines:
            assert line.currency == statement.currency
            assert line.amount >= 0
            assert line.amount == line.amount.quantize(Decimal("0.01"))
            assert max(map(len, (line.bank_reference, line.end_to_end_id, line.payer_account))) <= 60
            assert (len(line.text) <= 1000, len(line.payer_name) <= 200, len(line.note) <= 500) == (True,) * 3
            if line.parts:
                assert (
                    sum(each.amount if each.direction == "in" else -each.amount for each in line.parts)
                    == line.signed
                )
