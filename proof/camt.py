"""A bank's statement as a file. Needs Python alone, as `make load` uses it outside of the project's environment."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from proof.book import ZERO


def camt(number: int, *, opening: Decimal, lines: list[tuple[str, Decimal]], day: date) -> bytes:
    """A CAMT.053 statement that fits into its chain."""

    def money(amount: Decimal) -> str:
        return f'<Amt Ccy="USD">{abs(amount)}</Amt><CdtDbtInd>{"CRDT" if amount >= 0 else "DBIT"}</CdtDbtInd>'

    def balance(kind: str, amount: Decimal) -> str:
        return f"<Bal><Tp><CdOrPrtry><Cd>{kind}</Cd></CdOrPrtry></Tp>{money(amount)}<Dt><Dt>{day}</Dt></Dt></Bal>"

    entries = "".join(
        f"<Ntry>{money(amount)}<Sts>BOOK</Sts><BookgDt><Dt>{day}</Dt></BookgDt><AcctSvcrRef>{reference}</AcctSvcrRef>"
        f"<NtryDtls><TxDtls><RmtInf><Ustrd>{reference}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>"
        for reference, amount in lines
    )
    closing = opening + sum((amount for _, amount in lines), ZERO)
    return (
        '<?xml version="1.0" encoding="UTF-8"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08">'
        f"<BkToCstmrStmt><GrpHdr><MsgId>M{number}</MsgId></GrpHdr><Stmt><Id>S{number}</Id>"
        f"<ElctrncSeqNb>{number}</ElctrncSeqNb>{balance('OPBD', opening)}{balance('CLBD', closing)}{entries}"
        "</Stmt></BkToCstmrStmt></Document>"
    ).encode()
