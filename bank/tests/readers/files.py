"""Small files of banks, for the tests of the readers."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any, Final
from zoneinfo import ZoneInfo

from bank.readers.interface import ParsedStatement, TableForm
from bank.readers.reading import read_statements

NEW_YORK: Final = ZoneInfo("America/New_York")
PLAIN: Final = TableForm(date_column="Date", amount_column="Amount", text_column="Description")
TWO_COLUMNS: Final = TableForm(
    date_column="Date",
    debit_column="Debit",
    credit_column="Credit",
    text_column="Description",
    balance_column="Balance",
)
CHASE: Final = TableForm(
    date_column="Posting Date",
    amount_column="Amount",
    text_column="Description",
    balance_column="Balance",
)
GERMAN: Final = TableForm(
    date_column="Buchungstag",
    amount_column="Betrag",
    text_column="Verwendungszweck",
    payer_name_column="Beguenstigter/Zahlungspflichtiger",
    payer_account_column="Kontonummer/IBAN",
    currency_column="Waehrung",
    decimal_sign=",",
    date_form="dmy",
)


def read(
    content: bytes | str, *, form: TableForm | None = None, currency: str = "USD", zone: ZoneInfo = NEW_YORK
) -> list[ParsedStatement]:
    """The statements of a file with this content."""
    data = content.encode() if isinstance(content, str) else content
    return read_statements(io.BytesIO(data), form=form, currency=currency, zone=zone)


def read_one(content: bytes | str, **options: Any) -> ParsedStatement:
    """The only statement of a file with this content."""
    (statement,) = read(content, **options)
    return statement


def camt(*inner: str, body: str = "BkToCstmrStmt", part: str = "Stmt", version: str = "053.001.08") -> str:
    """A CAMT message of one statement with this inside of it."""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.{version}">'
        f"<{body}><GrpHdr><MsgId>M1</MsgId></GrpHdr><{part}><Id>S1</Id>{''.join(inner)}</{part}></{body}></Document>"
    )


def entry(
    amount: str = "10.00",
    way: str = "CRDT",
    *,
    inside: str = "",
    details: str = "",
    currency: str = "USD",
    day: str = "<Dt>2026-11-20</Dt>",
    reference: str = "R1",
) -> str:
    """An entry of a CAMT message."""
    named = f"<AcctSvcrRef>{reference}</AcctSvcrRef>" if reference else ""
    wrapped = f"<NtryDtls>{details}</NtryDtls>" if details else ""
    return (
        f'<Ntry><Amt Ccy="{currency}">{amount}</Amt><CdtDbtInd>{way}</CdtDbtInd>{inside}<BookgDt>{day}</BookgDt>'
        f"{named}{wrapped}</Ntry>"
    )


def detail(amount: str = "", way: str = "", inside: str = "", currency: str = "USD") -> str:
    """A detail of an entry."""
    money = f'<Amt Ccy="{currency}">{amount}</Amt>' if amount else ""
    direction = f"<CdtDbtInd>{way}</CdtDbtInd>" if way else ""
    return f"<TxDtls>{money}{direction}{inside}</TxDtls>"


def balance(kind: str, amount: str, way: str = "CRDT", day: str = "2026-11-20") -> str:
    """A balance of a CAMT message."""
    return (
        f'<Bal><Tp><CdOrPrtry><Cd>{kind}</Cd></CdOrPrtry></Tp><Amt Ccy="USD">{amount}</Amt>'
        f"<CdtDbtInd>{way}</CdtDbtInd><Dt><Dt>{day}</Dt></Dt></Bal>"
    )


def mt940(*lines: str, opening: str = ":60F:C261119USD1000,", closing: str = ":62F:C261120USD1500,") -> str:
    """An MT940 message with these lines between its balances."""
    return "\r\n".join(
        (":20:STARTUMS", ":25:12345678/1234567", ":28C:7/1", opening, *lines, closing, "-", "")
    )


def bai2(*records: str, total: int, rows: int, group: str = ",,2/", account: str = "010,100000,,/") -> str:
    """A BAI2 file of one account, with sums and counts that fit."""
    return "\n".join(
        (
            "01,122099999,123456789,261120,0200,1,80,1,2/",
            f"02,031001234,122099999,1,261119,2359{group}",
            f"03,0123456789,USD,{account}",
            *records,
            f"49,{total},{rows + 2}/",
            f"98,{total},1,{rows + 4}/",
            f"99,{total},1,{rows + 6}/",
        )
    )


def ofx(
    *transactions: str, extra: str = "", head: str = "OFXHEADER:100\r\nDATA:OFXSGML\r\nCHARSET:1252\r\n\r\n"
) -> str:
    """An OFX 1 file of one bank account, without closing tags of values."""
    return (
        f"{head}<OFX><SIGNONMSGSRSV1><SONRS><STATUS><CODE>0<SEVERITY>INFO</STATUS></SONRS></SIGNONMSGSRSV1>"
        "<BANKMSGSRSV1><STMTTRNRS><STMTRS><CURDEF>USD<BANKACCTFROM><BANKID>1<ACCTID>77<ACCTTYPE>CHECKING"
        f"</BANKACCTFROM><BANKTRANLIST><DTSTART>20261101<DTEND>20261120{''.join(transactions)}</BANKTRANLIST>{extra}"
        "</STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>"
    )


def transaction(
    amount: str = "10.00", kind: str = "CREDIT", day: str = "20261120", extra: str = "<FITID>F1"
) -> str:
    """A line of an OFX 1 file."""
    return f"<STMTTRN><TRNTYPE>{kind}<DTPOSTED>{day}<TRNAMT>{amount}{extra}</STMTTRN>"


def with_comma(form: TableForm) -> TableForm:
    """The form with a decimal comma."""
    return replace(form, decimal_sign=",")
