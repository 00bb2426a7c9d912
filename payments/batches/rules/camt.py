"""CAMT.053 bank statements (ISO 20022): what each entry says, read as a stream, without entities (ADR 0010).

Only the paths that a receipt needs; any version of the message, whatever its namespace. An entry that sums up
several transactions gives one line for each.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, Any, Final
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

from batconnect.core.files.uploads import ExpatError, ForbiddenXml, TooHeavy, XmlBounds, check_xml
from payments.batches import errors
from payments.batches.errors import UnreadableFile
from payments.batches.rules.files import refuse

_STATEMENT: Final = "BkToCstmrStmt"
_ENTRY: Final = "Ntry"
_BOUNDS: Final = XmlBounds(elements=400_000, attributes=100_000, depth=40)


def check_statement(file: IO[bytes]) -> None:
    """Refuse XML that is heavier than 10,000 transactions make it, before anything is made of it.

    Raises UnreadableFile.
    """
    file.seek(0)
    try:
        check_xml(file, _BOUNDS)
    except TooHeavy as error:
        raise refuse(errors.TOO_MUCH_XML, str(error)) from error
    except ForbiddenXml as error:
        raise _forbidden() from error
    except ExpatError as error:
        raise _unreadable(error) from error


def read_statement(file: IO[bytes]) -> Iterator[dict[str, str]]:
    """Each transaction as cells: amount (negative when it went out), currency, payment_date, reference_number,
    payer_name, payer_account, text. Raises UnreadableFile for a file that is not CAMT.053, and for entities or DTDs.

    An element is dropped as soon as it ends; those inside an entry are kept until the entry ends.
    """
    file.seek(0)
    path: list[Element] = []
    entries = 0
    try:
        for event, element in iterparse(file, events=("start", "end"), forbid_dtd=True):
            name = _local(element)
            if event == "start":
                path.append(element)
                entries += name == _ENTRY
                if len(path) == 2 and name != _STATEMENT:
                    raise refuse(errors.BAD_XML, f"The XML holds {name[:60]}, not a CAMT.053 statement.")
                continue
            path.pop()
            if name == _ENTRY:
                entries -= 1
                if not entries:
                    yield from _lines(element)
            if not entries and path:
                path[-1].clear()
    except DefusedXmlException as error:
        raise _forbidden() from error
    except (ParseError, ValueError, LookupError) as error:
        raise _unreadable(error) from error


def _forbidden() -> UnreadableFile:
    return refuse(errors.XML_FORBIDDEN, "The XML declares a document type or entities, so it is refused.")


def _unreadable(error: Exception) -> UnreadableFile:
    return refuse(errors.BAD_XML, f"The XML cannot be read: {str(error)[:150]}.")


def _lines(entry: Element) -> Iterator[dict[str, str]]:
    direction = _text(entry, "CdtDbtInd")
    if _text(entry, "RvslInd") == "true":
        # A credit taken back is money that went out, and the other way round.
        direction = {"CRDT": "DBIT", "DBIT": "CRDT"}.get(direction, direction)
    status = _text(entry, "Sts", "Cd") or _text(entry, "Sts")
    common = {
        "payment_date": _day(entry, "BookgDt") or _day(entry, "ValDt"),
        "reference_number": _text(entry, "AcctSvcrRef"),
        "text": _text(entry, "AddtlNtryInf"),
        "booked": status or "BOOK",
    }
    details = [each for group in _all(entry, "NtryDtls") for each in _all(group, "TxDtls")]
    amount, currency = _amount(entry)
    if len(details) < 2:
        yield {
            **common,
            **(_details(details[0], common) if details else {}),
            **_money(amount, currency, direction),
        }
        return
    for each in details:
        detail_amount, detail_currency = _amount(each)
        if not detail_amount:
            detail_amount, detail_currency = _amount(_one(each, "AmtDtls", "TxAmt"))
        yield {
            **common,
            **_details(each, common),
            **_money(detail_amount, detail_currency or currency, direction),
        }


def _money(amount: str, currency: str, direction: str) -> dict[str, str]:
    signed = f"-{amount}" if direction == "DBIT" and amount else amount
    return {"amount": signed, "currency": currency}


def _details(details: Element, common: dict[str, str]) -> dict[str, str]:
    references = (
        _text(details, "Refs", "AcctSvcrRef"),
        _text(details, "Refs", "TxId"),
        _text(details, "Refs", "EndToEndId"),
    )
    reference = next((each for each in references if each and each != "NOTPROVIDED"), "")
    remittance = _one(details, "RmtInf")
    words = [each.text or "" for each in _all(remittance, "Ustrd")]
    words += [
        _text(each, "CdtrRefInf", "Ref")
        for each in _all(remittance, "Strd")
        if _text(each, "CdtrRefInf", "Ref")
    ]
    party = _one(details, "RltdPties")
    account = _one(party, "DbtrAcct", "Id")
    return {
        "reference_number": reference or common["reference_number"],
        "payer_name": _text(party, "Dbtr", "Nm") or _text(party, "Dbtr", "Pty", "Nm"),
        "payer_account": _text(account, "IBAN") or _text(account, "Othr", "Id"),
        "text": " ".join(" ".join(words).split()) or common["text"],
    }


def _amount(element: Element | None) -> tuple[str, str]:
    child = _one(element, "Amt")
    if child is None:
        return "", ""
    return _cents((child.text or "").strip()), child.get("Ccy", "")


def _cents(text: str) -> str:
    """The standard allows up to five decimals: zeros beyond the cents say nothing."""
    whole, point, decimals = text.partition(".")
    return f"{whole}.{decimals[:2]}" if point and not decimals[2:].strip("0") else text


def _day(entry: Element, name: str) -> str:
    return _text(entry, name, "Dt") or _text(entry, name, "DtTm")[:10]


def _local(element: Any) -> str:
    return str(element.tag).rpartition("}")[2]


def _all(element: Element | None, name: str) -> list[Element]:
    return [] if element is None else [each for each in element if _local(each) == name]


def _one(element: Element | None, *names: str) -> Element | None:
    for name in names:
        matches = _all(element, name)
        if not matches:
            return None
        element = matches[0]
    return element


def _text(element: Element | None, *names: str) -> str:
    child = _one(element, *names)
    return (child.text or "").strip() if child is not None else ""
