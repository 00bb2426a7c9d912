"""Which files people attach: decided by their content, never by their name, and always handed out to be saved."""

from __future__ import annotations

import re
import zipfile
from io import BytesIO
from typing import Final

LARGEST_FILE: Final = 10 * 1024 * 1024
LONGEST_NAME: Final = 120
PDF: Final = "application/pdf"
JPEG: Final = "image/jpeg"
PNG: Final = "image/png"
_OFFICE: Final = "application/vnd.openxmlformats-officedocument"
EXTENSIONS: Final = {
    PDF: "pdf",
    JPEG: "jpg",
    PNG: "png",
    "image/gif": "gif",
    "image/webp": "webp",
    "text/plain": "txt",
    "text/csv": "csv",
    f"{_OFFICE}.spreadsheetml.sheet": "xlsx",
    f"{_OFFICE}.wordprocessingml.document": "docx",
}
"""What is taken, with the extension it is handed out under."""
HEADERS: Final = {
    "Cache-Control": "private, no-store",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "X-Content-Type-Options": "nosniff",
}
"""What an attached file is handed out with, besides being an attachment: no browser runs or draws it."""
_PARTS: Final = {
    "xl/workbook.xml": f"{_OFFICE}.spreadsheetml.sheet",
    "word/document.xml": f"{_OFFICE}.wordprocessingml.document",
}
_UNSAFE: Final = re.compile(r"[^\w .()\-]+")
_NOT_TEXT: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_MAX_PARTS: Final = 5_000


def content_type_of(content: bytes) -> str | None:
    """The type of a PDF, JPEG or PNG; None for anything else, and for one that is cut off."""
    if content.startswith(b"%PDF-") and b"%%EOF" in content[-2048:]:
        return PDF
    if content.startswith(b"\xff\xd8\xff") and content.rstrip(b"\x00").endswith(b"\xff\xd9"):
        return JPEG
    if content.startswith(b"\x89PNG\r\n\x1a\n") and b"IEND" in content[-16:]:
        return PNG
    return None


def attached_type_of(content: bytes, *, name: str = "") -> str | None:
    """The type of a file that may be attached, one of EXTENSIONS; None for any other: markup, programs, macros.

    The name only decides whether a text is a table.
    """
    if found := content_type_of(content):
        return found
    if content[:6] in (b"GIF87a", b"GIF89a"):
        return "image/gif"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    if content[:4] == b"PK\x03\x04":
        return _office_type(content)
    return _text_type(content, name)


def safe_name(name: str, *, extension: str) -> str:
    """The name as people will see it: no folders, no control characters, the extension of the content."""
    base = name.replace("\\", "/").rsplit("/", 1)[-1]
    stem = base.rsplit(".", 1)[0] if "." in base else base
    clean = _UNSAFE.sub("_", stem).strip(" ._") or "document"
    return f"{clean[: LONGEST_NAME - 8]}.{extension}"


def _office_type(content: bytes) -> str | None:
    """A workbook or a text document without macros; nothing of it is unpacked."""
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            names = {each.filename for each in archive.infolist()}
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return None
    if len(names) > _MAX_PARTS or any(each.lower().endswith("vbaproject.bin") for each in names):
        return None
    return next((kind for part, kind in _PARTS.items() if part in names), None)


def _text_type(content: bytes, name: str) -> str | None:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    # What begins as markup would be drawn by a program that trusts names less than contents.
    if not text.strip() or _NOT_TEXT.search(text) or text.lstrip().startswith("<"):
        return None
    return "text/csv" if name.lower().endswith(".csv") else "text/plain"
