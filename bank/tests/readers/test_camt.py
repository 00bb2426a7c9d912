"""CAMT.053 statements and CAMT.054 notifications: what entries, details, charges and balances become."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from bank.readers.camt import read_notifications
from bank.readers.interface import UnreadableStatement
from bank.tests.readers.files import NEW_YORK, balance, camt, detail, entry, read, read_one


def _charge(amount: str, way: str = "DBIT") -> str:
    return f'<Chrgs><Rcrd><Amt Ccy="USD">{amount}</Amt><CdtDbtInd>{way}</CdtDbtInd></Rcrd></Chrgs>'


@pytest.mark.parametrize("place", ["detail", "entry"])
def test_charges_that_make_up_the_difference_are_a_part(place: str) -> None:
    charge = _charge("3.00")
    one = detail("100.00", "CRDT", charge if place == "detail" else "")

    (line,) = read_one(camt(entry("97.00", details=one, inside=charge if place == "entry" else ""))).lines

    assert [(each.direction, str(each.amount), each.mark) for each in line.parts] == [
        ("in", "100.00", ""),
        ("out", "3.00", "charge"),
    ]
    assert line.note == ""


def test_charges_of_the_first_version_stand_without_a_record() -> None:
    charge = '<Chrgs><Amt Ccy="USD">3.00</Amt></Chrgs>'

    (line,) = read_one(
        camt(entry("97.00", details=detail("100.00", "CRDT", charge)), version="053.001.02")
    ).lines

    assert [str(each.amount) for each in line.parts] == ["100.00", "3.00"]


def test_charges_that_are_included_already_are_text() -> None:
    (line,) = read_one(camt(entry("97.00", inside=_charge("3.00"), details=detail("97.00")))).lines

    assert (line.parts, line.note) == ((), "")
    assert "Charges 3.00 USD." in line.text


def test_a_single_detail_is_the_line() -> None:
    inside = (
        "<Refs><AcctSvcrRef>D1</AcctSvcrRef><EndToEndId>E1</EndToEndId><ChqNb>1234</ChqNb></Refs>"
        "<RltdPties><UltmtDbtr><Nm>Ana</Nm></UltmtDbtr><Dbtr><Nm>Cab Co</Nm></Dbtr><DbtrAcct><Id><IBAN>DE02 1203</IBAN>"
        "</Id></DbtrAcct></RltdPties><RmtInf><Ustrd>week 47</Ustrd></RmtInf><AddtlTxInf>BY MAIL</AddtlTxInf>"
    )

    (line,) = read_one(camt(entry(reference="", details=detail(inside=inside)))).lines

    assert line.parts == ()
    assert (line.bank_reference, line.end_to_end_id) == ("D1", "E1")
    assert (line.payer_name, line.payer_account) == ("Cab Co", "DE021203")
    assert line.text == "week 47 Check 1234 For Ana BY MAIL"


@pytest.mark.parametrize("written", ["NONREF", "NOTPROVIDED", "0000000", "  ", "n/a", "not provided", "-"])
def test_what_stands_where_there_is_no_reference_is_none(written: str) -> None:
    inside = f"<Refs><EndToEndId>{written}</EndToEndId></Refs>"

    (line,) = read_one(camt(entry(reference=written, details=detail(inside=inside)))).lines

    assert (line.bank_reference, line.end_to_end_id) == ("", "")


@pytest.mark.parametrize(
    ("way", "inside", "name"),
    [
        ("CRDT", "", "Debtor"),
        ("DBIT", "", "Creditor"),
        # What is taken back keeps the roles of its original.
        ("DBIT", "<RvslInd>true</RvslInd>", "Debtor"),
        ("CRDT", "<RvslInd>true</RvslInd>", "Creditor"),
    ],
)
def test_the_payer_is_the_other_side(way: str, inside: str, name: str) -> None:
    parties = "<RltdPties><Dbtr><Nm>Debtor</Nm></Dbtr><Cdtr><Nm>Creditor</Nm></Cdtr></RltdPties>"

    (line,) = read_one(camt(entry(way=way, inside=inside, details=detail(inside=parties)))).lines

    assert line.payer_name == name


def test_the_account_itself_is_never_the_other_side() -> None:
    parties = (
        "<RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf><RltdPties><Dbtr><Nm>Us</Nm></Dbtr><DbtrAcct><Id><IBAN>DE1</IBAN></Id>"
        "</DbtrAcct><Cdtr><Nm>Driver</Nm></Cdtr><CdtrAcct><Id><IBAN>DE2</IBAN></Id></CdtrAcct></RltdPties>"
    )
    account = "<Acct><Id><IBAN>DE1</IBAN></Id><Ccy>USD</Ccy></Acct>"

    statement = read_one(camt(account, entry("5.00", "CRDT", details=detail(inside=parties))))

    (line,) = statement.lines
    assert (statement.account, line.payer_name, line.payer_account) == ("DE1", "Driver", "DE2")
    assert (line.mark, line.return_code) == ("return", "AC04")


def test_of_a_batch_each_detail_has_its_own_mark() -> None:
    back = "<RtrInf><Rsn><Cd>MD07</Cd></Rsn></RtrInf>"

    (line,) = read_one(camt(entry("30.00", details=detail("20.00") + detail("10.00", "", back)))).lines

    assert line.mark == ""
    assert [(each.mark, each.return_code) for each in line.parts] == [("", ""), ("return", "MD07")]


def test_a_family_of_returns_is_a_return() -> None:
    code = (
        "<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>RDDT</Cd><SubFmlyCd>UPDD</SubFmlyCd></Fmly></Domn>"
        "<Prtry><Cd>NRTI+109</Cd></Prtry></BkTxCd>"
    )

    (line,) = read_one(camt(entry(way="DBIT", inside=code))).lines

    assert (line.mark, line.transaction_code) == ("return", "PMNT-RDDT-UPDD/NRTI+109")


def test_a_foreign_amount_is_text() -> None:
    inside = (
        '<AmtDtls><InstdAmt><Amt Ccy="EUR">9.20</Amt><CcyXchg><XchgRate>1.0870</XchgRate></CcyXchg></InstdAmt>'
        '<TxAmt><Amt Ccy="USD">10.00</Amt></TxAmt></AmtDtls>'
    )

    (line,) = read_one(camt(entry(details=detail(inside=inside)))).lines

    assert (str(line.amount), line.currency, line.foreign, line.note) == (
        "10.00",
        "USD",
        "9.20 EUR at 1.0870",
        "",
    )


def test_details_in_another_currency_are_no_parts() -> None:
    details = detail("5.00", currency="EUR") + detail("5.00", currency="EUR")

    (line,) = read_one(camt(entry(details=details))).lines

    assert (str(line.amount), line.parts) == ("10.00", ())
    assert "another currency" in line.note
    assert "5.00 EUR in" in line.text


def test_details_without_amounts_are_no_parts() -> None:
    (line,) = read_one(camt(entry(details=detail("5.00") + detail("5.00.00")))).lines

    assert (line.parts, line.note) == ((), "1 of 2 details have no amount that can be read.")


def test_a_batch_without_details_names_itself() -> None:
    batch = "<NtryDtls><Btch><PmtInfId>PAYOUT-7</PmtInfId><NbOfTxs>12</NbOfTxs></Btch></NtryDtls>"

    (line,) = read_one(camt(entry("900.00", "DBIT", inside=batch))).lines

    assert (line.text, line.named) == ("Batch of 12 PAYOUT-7", ("PAYOUT-7",))


@pytest.mark.parametrize(
    ("sts", "status"),
    [
        ("<Sts>BOOK</Sts>", "booked"),
        ("<Sts><Cd>PDNG</Cd></Sts>", "pending"),
        ("<Sts><Cd>INFO</Cd></Sts>", "information"),
        ("", "booked"),
    ],
)
def test_the_status_is_a_code_or_a_text(sts: str, status: str) -> None:
    (line,) = read_one(camt(entry(inside=sts))).lines

    assert line.status == status


@pytest.mark.parametrize(
    ("wrong", "field", "code"),
    [
        (entry("1.005"), "amount", "more_than_cents"),
        (entry("-5.00"), "amount", "below_zero"),
        (entry("1e400"), "amount", "not_an_amount"),
        (entry("NaN"), "amount", "not_an_amount"),
        (entry("1,00"), "amount", "not_an_amount"),
        (entry("1000000000.00"), "amount", "amount_too_large"),
        (entry(way="BOTH"), "direction", "required"),
        (entry(day="<Dt>2026-02-30</Dt>"), "date", "not_a_date"),
        (entry(day="<Dt>0001-01-01</Dt>"), "date", "not_a_date"),
        (entry(day="<DtTm>9999-12-31T23:59:59Z</DtTm>"), "date", "not_a_date"),
        (entry(day=""), "date", "required"),
        (entry(inside="<Sts><Cd>WHAT</Cd></Sts>"), "status", "unknown_status"),
        (entry(currency="EUR"), "amount", "other_currency"),
    ],
)
def test_an_entry_that_cannot_be_read_is_a_problem_and_the_others_are_read(
    wrong: str, field: str, code: str
) -> None:
    statement = read_one(camt(balance("OPBD", "0.00"), entry("1.00"), wrong, entry("2.00")))

    assert [(each.place, each.field, each.code) for each in statement.problems] == [(2, field, code)]
    assert [(each.place, str(each.amount)) for each in statement.lines] == [(1, "1.00"), (3, "2.00")]


def test_an_entry_of_zero_is_a_line() -> None:
    (line,) = read_one(camt(entry("0.00", details=detail("0") + detail("0.00")))).lines

    assert (str(line.amount), line.parts) == ("0.00", ())


def test_booked_balances_alone_count() -> None:
    statement = read_one(
        camt(
            balance("ITBD", "1.00"),
            balance("PRCD", "100.00", "DBIT", "2026-11-18"),
            balance("OPAV", "2.00"),
            balance("CLAV", "3.00"),
            balance("FWAV", "4.00"),
            balance("CLBD", "5.00", "DBIT"),
        )
    )

    assert (statement.opening, statement.closing) == (Decimal("-100.00"), Decimal("-5.00"))
    assert (statement.opening_on, statement.closing_on) == (date(2026, 11, 18), date(2026, 11, 20))


def test_several_days_open_with_the_first_and_close_with_the_last() -> None:
    statement = read_one(
        camt(
            balance("OPBD", "2.00", day="2026-11-20"),
            balance("OPBD", "1.00", day="2026-11-19"),
            balance("CLBD", "3.00", day="2026-11-20"),
            balance("CLBD", "2.00", day="2026-11-19"),
        )
    )

    assert (statement.opening, statement.closing) == (Decimal("1.00"), Decimal("3.00"))


def test_number_period_and_totals() -> None:
    statement = read_one(
        camt(
            "<ElctrncSeqNb>0042</ElctrncSeqNb><LglSeqNb>7</LglSeqNb><FrToDt><FrDtTm>2026-11-20T05:00:00Z</FrDtTm>"
            "<ToDtTm>2026-11-21T04:59:59Z</ToDtTm></FrToDt><TxsSummry><TtlCdtNtries><Sum>10</Sum></TtlCdtNtries>"
            "<TtlDbtNtries><Sum>4.50</Sum></TtlDbtNtries></TxsSummry>"
        )
    )

    assert (statement.sequence_no, statement.message_id) == ("42", "M1")
    assert (statement.period_from, statement.period_to) == (date(2026, 11, 20), date(2026, 11, 20))
    assert (statement.totals_in, statement.totals_out) == (Decimal("10.00"), Decimal("4.50"))


def test_pages_are_joined() -> None:
    def page(number: int, is_last: str, *inner: str) -> str:
        pages = f"<StmtPgntn><PgNb>{number}</PgNb><LastPgInd>{is_last}</LastPgInd></StmtPgntn>"
        return f"<Stmt><Id>{number}</Id>{pages}<ElctrncSeqNb>5</ElctrncSeqNb>{''.join(inner)}</Stmt>"

    first = page(1, "false", balance("OPBD", "0.00"), balance("CLBD", "1.00"), entry("1.00"))
    second = page(2, "true", balance("OPBD", "1.00"), balance("CLBD", "3.00"), entry("2.00"))
    message = f"<Document><BkToCstmrStmt>{first}{second}</BkToCstmrStmt></Document>"

    statement = read_one(message)

    assert [(each.place, str(each.amount)) for each in statement.lines] == [(1, "1.00"), (2, "2.00")]
    assert (statement.opening, statement.closing, statement.is_last_page) == (
        Decimal("0.00"),
        Decimal("3.00"),
        True,
    )

    alone = read_one(f"<Document><BkToCstmrStmt>{first}</BkToCstmrStmt></Document>")

    assert statement.page is None
    assert (alone.page, alone.is_last_page) == (1, False)

    rest = read_one(f"<Document><BkToCstmrStmt>{second}</BkToCstmrStmt></Document>")

    assert (rest.page, rest.is_last_page) == (2, True)


@pytest.mark.parametrize("version", ["053.001.02", "053.001.04", "053.001.08", "053.001.13"])
def test_any_version_and_namespace(version: str) -> None:
    assert len(read_one(camt(entry(), version=version)).lines) == 1
    prefixed = camt(entry()).replace("<Document xmlns=", "<x:Document xmlns:x=")
    assert len(read_one(prefixed.replace("</Document", "</x:Document")).lines) == 1


def test_an_envelope_and_the_names_of_the_first_version() -> None:
    message = camt(entry(), body="BkToCstmrStmtV01").partition("?>")[2]

    assert len(read_one(f"<Envelope><AppHdr><Fr/></AppHdr>{message}</Envelope>").lines) == 1


def test_lockbox_details_are_parts() -> None:
    details = "".join(
        detail("1.01", inside=f"<Refs><ChqNb>{number}</ChqNb></Refs>") for number in range(1, 501)
    )

    (line,) = read_one(camt(entry("505.00", details=details))).lines

    assert len(line.parts) == 500
    assert line.parts[499].text == "Check 500"


def test_long_texts_are_cut_with_a_warning() -> None:
    inside = (
        f"<RmtInf><Ustrd>{'a' * 1500}</Ustrd><Ustrd>b</Ustrd></RmtInf><AddtlTxInf>{'c' * 100}</AddtlTxInf>"
    )

    statement = read_one(camt(entry(reference="R" * 90, details=detail(inside=inside))))

    (line,) = statement.lines
    assert (len(line.text), len(line.bank_reference)) == (1000, 60)
    assert len(statement.warnings) == 2


def test_notifications_are_parts_for_the_entry_that_they_name() -> None:
    details = detail("60.00") + detail("40.00")
    message = camt(
        "<Acct><Id><IBAN>DE1</IBAN></Id></Acct>",
        entry("100.00", inside="<NtryRef>N1</NtryRef>", details=details, reference="B1"),
        entry("5.00", details=detail("6.00"), reference=""),
        entry("7.00", inside="<Sts>PDNG</Sts>"),
        body="BkToCstmrDbtCdtNtfctn",
        part="Ntfctn",
        version="054.001.08",
    )

    read = read_notifications(io.BytesIO(message.encode()), currency="USD", zone=NEW_YORK)

    first, second, *pending = read.entries
    assert (first.account, first.entry_reference, first.entry_number) == ("DE1", "B1", "N1")
    assert [str(each.amount) for each in first.parts] == ["60.00", "40.00"]
    assert (second.parts, bool(second.note), second.place) == ((), True, 2)
    assert (pending, [(each.place, each.code) for each in read.problems]) == ([], [(3, "not_booked")])


def test_two_statements_of_a_message_keep_their_own() -> None:
    one = camt("<Acct><Id><IBAN>A</IBAN></Id><Ccy>USD</Ccy></Acct>", balance("CLBD", "1.00"), entry("1.00"))
    other = (
        "<Stmt><Acct><Id><IBAN>B</IBAN></Id><Ccy>EUR</Ccy></Acct>" + entry("2.00", currency="EUR") + "</Stmt>"
    )

    first, second = read(one.replace("</BkToCstmrStmt>", f"{other}</BkToCstmrStmt>"))

    assert (first.account, first.currency, first.closing) == ("A", "USD", Decimal("1.00"))
    assert (second.account, second.currency, second.closing) == ("B", "EUR", None)
    assert second.lines == (replace(second.lines[0], place=2),)


@pytest.mark.parametrize(("kind", "page"), [("CLBD", None), ("CLAV", 1)])
def test_a_message_in_pages_may_hold_whole_statements(kind: str, page: int | None) -> None:
    message = camt(balance("OPBD", "0.00"), balance(kind, "1.00"), entry("1.00"))
    pages = "<MsgPgntn><PgNb>1</PgNb><LastPgInd>false</LastPgInd></MsgPgntn></GrpHdr>"

    assert read_one(message.replace("</GrpHdr>", pages)).page == page


def test_a_message_that_breaks_off_gives_nothing() -> None:
    message = camt(entry("1.00"), entry("2.00"))

    with pytest.raises(UnreadableStatement):
        read(message[: message.rindex("<Ntry>")])
