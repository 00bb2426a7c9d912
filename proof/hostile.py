"""Files mutated from good ones, and texts that nobody types: no answer may be a fault of ours."""

from __future__ import annotations

import io
import random
import time
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

import xlsxwriter

from proof.camt import camt
from proof.client import Answer, Client, Unanswered, Upload
from proof.worker import World

TEXTS: Final = (
    "\x00",
    "\u202e\u2066evil\u2069",
    "<script>alert(1)</script>",
    '=HYPERLINK("http://x")',
    "'; drop table payments; --",
    "\ud7ff\U0010ffff",
    "A" * 100_000,
    "ﷺ" * 500,
    "\r\nSet-Cookie: a=b",
    "{{7*7}}{% debug %}",
    "\u0000\u0001\u0002",
    "",
    "   ",
)
_MT940: Final = (
    ":20:STARTUMS\r\n:25:12345678/1234567\r\n:28C:7/1\r\n:60F:C261119USD1000,\r\n"
    ":61:2611201120C500,NTRFNONREF//R1\r\n:86:INVOICE 77\r\n:62F:C261120USD1500,\r\n-\r\n"
)
_BAI2: Final = (
    "01,122099999,123456789,261120,0200,1,80,1,2/\n02,031001234,122099999,1,261119,2359,,2/\n"
    "03,0123456789,USD,010,100000,,/\n16,175,50000,,R1,,TEXT/\n49,150000,3/\n98,150000,1,5/\n99,150000,1,7/\n"
)
_OFX: Final = (
    "OFXHEADER:100\r\nDATA:OFXSGML\r\nCHARSET:1252\r\n\r\n<OFX><SIGNONMSGSRSV1><SONRS><STATUS><CODE>0<SEVERITY>INFO"
    "</STATUS></SONRS></SIGNONMSGSRSV1><BANKMSGSRSV1><STMTTRNRS><STMTRS><CURDEF>USD<BANKACCTFROM><BANKID>1<ACCTID>77"
    "<ACCTTYPE>CHECKING</BANKACCTFROM><BANKTRANLIST><DTSTART>20261101<DTEND>20261120<STMTTRN><TRNTYPE>CREDIT<DTPOSTED>"
    "20261120<TRNAMT>10.00<FITID>F1</STMTTRN></BANKTRANLIST></STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>"
)
_AGENCY: Final = (
    "TAG/PLATE NUMBER,AGENCY,ENTRY PLAZA,EXIT PLAZA,POSTING DATE,TRANSACTION DATE,TRANSACTION TIME,AMOUNT\n"
    "T604070X,MTAB&T,,RFK,11/21/2026,11/20/2026,10:00:00,$6.94\n"
)
_NACHA: Final = (
    "101 021000021 0210000212611300000A094101EXAMPLE BANK           BIG APPLE TAXI                 \n"
    "5200BIG APPLE TAXI                      1234567890PPDPAYOUT    261130261130   1021000020000001\n"
    "626021000021123456789        0000010000               SOMEBODY                1021000020000001\n"
    "799R01021000020000001      02100002                                            021000020000001\n"
)


def _xlsx() -> bytes:
    held = io.BytesIO()
    book = xlsxwriter.Workbook(held, {"in_memory": True})
    sheet = book.add_worksheet()
    for place, row in enumerate((("Date", "Amount", "Description"), ("2026-11-20", "5.00", "x"))):
        sheet.write_row(place, 0, row)
    book.close()
    return held.getvalue()


class Hostile:
    """Sends good files with something wrong in them to each reader, and odd texts into each field."""

    def __init__(self, world: World) -> None:
        self._world, self._tally = world, world.tally
        self._rng = random.Random(f"{world.seed}:hostile")
        self._client: Client = world.client("manager", name="hostile")
        self._mapping = ""
        row = f"entity_id,payment_method,amount,currency,payment_date\nx,check,5.00,USD,{world.today}\n"
        lines = [("R1", Decimal("10.00")), ("R2", Decimal("-3.00"))]
        self._readers: list[tuple[str, str, str, bytes]] = [
            (f"reader: {name}", "/api/accounting/bank-statements", name, content)
            for name, content in (
                ("CAMT", camt(1, opening=Decimal(0), lines=lines, day=world.today)),
                ("MT940", _MT940.encode()),
                ("BAI2", _BAI2.encode()),
                ("OFX", _OFX.encode()),
                ("XLSX", _xlsx()),
                ("CSV", b"Date,Amount,Description\n2026-11-20,5.00,x\n"),
            )
        ]
        self._readers += [
            ("reader: payments", "/api/accounting/payment-batches", "payments.csv", row.encode()),
            ("reader: agencies", "/ledger/imports", "tolls.csv", _AGENCY.encode()),
        ]

    def run(self, until: float) -> None:
        """Every reader and every text at least once, then on until the time is over."""
        self._begin()
        first = True
        while first or time.monotonic() < until:
            for name, path, file_name, good in self._readers:
                for mutate in self._rng.sample(_MUTATIONS, k=len(_MUTATIONS) if not first else 4):
                    self._upload(name, path, file_name, mutate(self._rng, good))
                    if not first and time.monotonic() > until:
                        return
            returned = self._rng.choice(_MUTATIONS)(self._rng, _NACHA.encode()).decode("latin-1")
            self._send("reader: NACHA returns", "/ledger/payout-returns", {"content": returned})
            self._texts()
            first = False

    def _upload(self, row: str, path: str, file_name: str, content: bytes) -> Answer | None:
        if "batches" in path:
            return self._send(
                row, f"{path}?dry_run=true", Upload(file_name, content, {"source_type": "csv_import"})
            )
        table = file_name in ("CSV", "XLSX")
        fields = {"dry_run": "true", **({"mapping": self._mapping} if table else {})}
        return self._send(row, path, Upload(file_name, content, fields))

    def _begin(self) -> None:
        """The columns of the bank's tables; then every good file, which has to be read."""
        columns = {"date_column": "Date", "amount_column": "Amount", "text_column": "Description"}
        made = self._client.post(
            "/api/accounting/statement-mappings",
            {"name": f"Proof {self._rng.getrandbits(32):x}", **columns},
            row="odd texts",
        )
        self._mapping = str(made.body["id"])
        for name, path, file_name, good in self._readers:
            answer = self._upload(name, path, file_name, good)
            if answer is None or not answer.is_success:
                self._tally.find(name, "wrong", f"the good file is refused: {answer}")

    def _texts(self) -> None:
        today = self._world.today
        customer = {
            "name": "x",
            "email": "x@example.com",
            "external_reference": "x",
            "phone": "1",
            "address": "x",
        }
        payment = {
            "customer_id": "x",
            "amount": "1",
            "currency": "USD",
            "payment_method": "cash",
            "payment_date": today,
        }
        charge = {
            "category": "MISC",
            "reference_id": "x",
            "amount": "1.00",
            "issue_date": today,
            "description": "x",
        }
        for path, body in (
            ("/api/customers", customer),
            ("/api/payments", payment),
            ("/ledger/obligations", charge),
        ):
            name = self._rng.choice(list(body))
            self._send("odd texts", path, {**body, name: self._rng.choice(TEXTS)})
        odd = self._rng.choice(
            (b"[" * 3000, b'{"a":' * 500, b"\xff\xfe", b"{}" * 9, b'{"amount":1e999999}', b"nul", b"")
        )
        self._send("odd texts", "/api/payments", odd)
        query = self._rng.choice(
            ("limit=-1", "offset=1e9", "limit=999999999999", "sort_by=x", "customer_id=%00", "search=%F0")
        )
        answer = self._client.get(f"/api/payments?{query}", row="odd texts")
        if answer.status >= 500:
            self._tally.find("odd texts", "server_errors", f"GET /api/payments?{query}: {answer}")

    def _send(self, row: str, path: str, body: Any) -> Answer | None:
        try:
            answer = self._client.post(path, body, row=row)
        except Unanswered as error:
            self._tally.find(row, "lost", str(error))
            return None
        if answer.status >= 500:
            self._tally.find(row, "server_errors", f"{path}: {answer}")
        return answer


Mutation = Callable[[random.Random, bytes], bytes]


def _place(rng: random.Random, content: bytes) -> int:
    return rng.randrange(len(content) + 1)


def _cut(rng: random.Random, content: bytes) -> bytes:
    return content[: _place(rng, content)]


def _flip(rng: random.Random, content: bytes) -> bytes:
    changed = bytearray(content)
    for _ in range(rng.randint(1, 8)):
        changed[rng.randrange(len(changed))] = rng.randrange(256)
    return bytes(changed)


def _insert(rng: random.Random, content: bytes) -> bytes:
    place = _place(rng, content)
    return content[:place] + rng.choice(TEXTS[:-2]).encode("utf-8", "replace") + content[place:]


def _double(rng: random.Random, content: bytes) -> bytes:
    first, second = sorted((_place(rng, content), _place(rng, content)))
    return content[:second] + content[first:second] * rng.randint(1, 50) + content[second:]


def _drop(rng: random.Random, content: bytes) -> bytes:
    first, second = sorted((_place(rng, content), _place(rng, content)))
    return content[:first] + content[second:]


def _figures(rng: random.Random, content: bytes) -> bytes:
    odd = rng.choice((b"-", b"9" * 40, b"1e9", b"NaN", b"0.001", "٣".encode()))
    return content.replace(rng.choice((b"10", b"5", b"00", b"2026")), odd, rng.randint(1, 3))


def _odd(rng: random.Random, content: bytes) -> bytes:
    """What one function takes for space or a digit, and another does not."""
    place = _place(rng, content)
    odd = rng.choice("\x1c\x1f\x85\xa0\u2007\u200b\ufeff²٣−").encode()
    return content[:place] + odd + content[place + rng.randint(0, 1) :]


def _widen(rng: random.Random, content: bytes) -> bytes:
    return content.decode("latin-1").encode(rng.choice(("utf-16", "utf-32", "utf-8-sig", "cp037")))


def _entities(rng: random.Random, content: bytes) -> bytes:
    declared = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c SYSTEM "file:///etc/passwd">]>'
    head, mark, rest = content.partition(b"?>")
    return (
        head + mark + declared + rest.replace(b"R1", rng.choice((b"&b;", b"&c;")))
        if mark
        else declared + content
    )


_MUTATIONS: Final[tuple[Mutation, ...]] = (
    *(_cut, _flip, _insert, _double, _drop, _figures, _odd, _widen, _entities),
)
