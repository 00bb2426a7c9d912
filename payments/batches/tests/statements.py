"""Banks' statements, for the tests of bank feeds."""

from __future__ import annotations

from typing import Any

from payments.batches.tests.builders import upload
from tests.cast import StaffClient

CAMT = """<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"><BkToCstmrStmt><GrpHdr><MsgId>1</MsgId></GrpHdr>
<Stmt><Id>S</Id>{entries}</Stmt></BkToCstmrStmt></Document>"""
ENTRY = """<Ntry><Amt Ccy="USD">{amount}</Amt><CdtDbtInd>{direction}</CdtDbtInd><Sts>{status}</Sts>
<BookgDt><Dt>{day}</Dt></BookgDt><AcctSvcrRef>{reference}</AcctSvcrRef><NtryDtls><TxDtls>
<Refs><EndToEndId>NOTPROVIDED</EndToEndId></Refs><RltdPties><Dbtr><Nm>{name}</Nm></Dbtr><DbtrAcct><Id><IBAN>{account}</IBAN>
</Id></DbtrAcct></RltdPties><RmtInf><Ustrd>{text}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>"""


def entry(**changes: str) -> str:
    return ENTRY.format(
        **{
            "amount": "120.00",
            "direction": "CRDT",
            "status": "BOOK",
            "reference": "B-1",
            "name": "Somebody",
            "account": "",
            "text": "thank you",
            "day": "2025-01-15",
            **changes,
        }
    )


def camt(*entries: str) -> bytes:
    return CAMT.format(entries="".join(entries)).encode()


def feed(client: StaffClient, content: bytes, **fields: str) -> Any:
    return upload(client, content, source_type="bank_feed", name="statement", **fields)
