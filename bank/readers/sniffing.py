"""What a file is, by its first bytes and never by its name (docs/domain.md#statement-files)."""

from __future__ import annotations

import re
from typing import IO, Final, Literal

from bank.readers import refusals
from bank.readers.refusals import refuse
from bank.readers.values import decode

Kind = Literal["camt", "mt940", "bai2", "ofx", "table"]
_HEAD: Final = 65_536
_BINARY: Final = (
    (b"%PDF", "a PDF: ask the bank for a file of data, such as CAMT.053 or CSV"),
    (b"\xd0\xcf\x11\xe0", "an Excel workbook of the old kind (.xls): save it as .xlsx or CSV"),
    (b"\x89PNG", "an image"),
    (b"\xff\xd8\xff", "an image"),
    (b"GIF8", "an image"),
    (b"II*\x00", "an image"),
    (b"MM\x00*", "an image"),
    (b"\x1f\x8b", "a compressed file: unpack it first"),
    (b"BZh", "a compressed file: unpack it first"),
    (b"7z\xbc\xaf", "an archive: unpack it first"),
    (b"Rar!", "an archive: unpack it first"),
    (b"\xfd7zXZ", "a compressed file: unpack it first"),
    (b"{\\rtf", "a text document"),
    (b"-----BEGIN PGP", "encrypted: decrypt it first"),
    (b"SQLite format", "a database"),
)
_ZIP: Final = b"PK\x03\x04"
_NOTIFICATION: Final = re.compile(r"<(?:[\w.-]+:)?BkToCstmrDbtCdtNtfctn[\s>/]", re.ASCII)
_HTML: Final = re.compile(r"\s*<(?:!doctype html|html)\b", re.IGNORECASE)
_OFX: Final = re.compile(r"OFXHEADER|<\?OFX|<OFX>", re.IGNORECASE)
_MT: Final = re.compile(r"(?:^|[\r\n])\s*(?:\{1:[^}]*\}.*)?:20:", re.ASCII)
_ENVELOPE: Final = re.compile(r"\{1:[A-Z0-9]+\}\{2:[IO]([0-9]{3})", re.ASCII)
_MT_TAGS: Final = re.compile(r"(?:^|[\r\n]):(?:25P?|28C?|60[FM]|61|62[FM]|34F):", re.ASCII)
_BAI: Final = re.compile(r"\s*01,[^,\n]*,[^,\n]*,\d{6},\d{0,4},")
_NACHA: Final = re.compile(r"101[ 0-9]{20}[0-9]{6}")
_JSON: Final = re.compile(r"\s*[\[{]\s*[\"{\[\]}]")
_QIF: Final = re.compile(r"\s*!Type:", re.IGNORECASE)


def find_kind(file: IO[bytes]) -> Kind:
    """What the file is to be read as. Raises UnreadableStatement for anything else, by its right name."""
    file.seek(0)
    head = file.read(_HEAD)
    if not head.strip(b" \t\r\n\x00\xef\xbb\xbf\xff\xfe") and not file.read(1):
        raise refuse(refusals.EMPTY, "The file is empty.")
    for signature, what in _BINARY:
        if head.startswith(signature):
            raise refuse(refusals.WRONG_FILE, f"The file is {what}.")
    if head.startswith(_ZIP):
        if b"[Content_Types].xml" in head or b"xl/" in head or b"_rels/" in head:
            return "table"
        raise refuse(refusals.WRONG_FILE, "The file is a ZIP archive: unpack it first.")
    return _kind_of_text(_text(head))


def is_notification(file: IO[bytes]) -> bool:
    """Whether the file is a CAMT.054, not a statement but what entries of one consist of."""
    file.seek(0)
    head = file.read(_HEAD)
    if any(head.startswith(signature) for signature, _ in _BINARY) or head.startswith(_ZIP):
        return False
    try:
        return _NOTIFICATION.search(_text(head)) is not None
    except refusals.UnreadableStatement:
        return False


def _text(head: bytes) -> str:
    """The text at the file's beginning, whose last character may be cut."""
    cut = head[: len(head) - len(head) % 4] if len(head) == _HEAD else head
    try:
        return decode(cut, any_bytes=True)[0].lstrip("\ufeff")
    except refusals.UnreadableStatement:
        if cut[:2] in (b"\xff\xfe", b"\xfe\xff"):
            return cut.decode("utf-16", errors="replace")
        raise


def _kind_of_text(text: str) -> Kind:
    if _OFX.search(text[:4000]):
        return "ofx"
    if _HTML.match(text):
        raise refuse(refusals.WRONG_FILE, "The file is a page of a website (HTML), not what it was to be.")
    if text.lstrip().startswith("<"):
        return "camt"
    envelope = _ENVELOPE.search(text[:4000])
    if envelope or (_MT.search(text[:4000]) and _MT_TAGS.search(text)):
        return "mt940"
    if _BAI.match(text):
        return "bai2"
    if _NACHA.match(text):
        raise refuse(refusals.WRONG_FILE, "The file is an ACH file (NACHA), payments sent to the bank.")
    if _QIF.match(text):
        raise refuse(
            refusals.WRONG_FILE, "The file is a QIF file, which names no currency: ask for OFX or CSV."
        )
    if _JSON.match(text):
        raise refuse(refusals.WRONG_FILE, "The file is JSON, not a statement.")
    return "table"
