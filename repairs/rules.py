"""Which files a repair accepts: decided by their content, not by their name."""

from __future__ import annotations

import re
from typing import Final

LARGEST_BYTES: Final = 10 * 1024 * 1024
LONGEST_NAME: Final = 120
# The type with the extension it is stored under.
EXTENSIONS: Final = {"application/pdf": "pdf", "image/jpeg": "jpg", "image/png": "png"}
_UNSAFE: Final = re.compile(r"[^\w .()\-]+")


def content_type_of(content: bytes) -> str | None:
    """The type of a PDF, JPEG or PNG; None for anything else."""
    if content.startswith(b"%PDF-") and b"%%EOF" in content[-2048:]:
        return "application/pdf"
    if content.startswith(b"\xff\xd8\xff") and content.rstrip(b"\x00").endswith(b"\xff\xd9"):
        return "image/jpeg"
    if content.startswith(b"\x89PNG\r\n\x1a\n") and b"IEND" in content[-16:]:
        return "image/png"
    return None


def safe_name(name: str, *, content_type: str) -> str:
    """The name as people will see it: no folders, no control characters, the extension of the content."""
    base = name.replace("\\", "/").rsplit("/", 1)[-1]
    stem = base.rsplit(".", 1)[0] if "." in base else base
    clean = _UNSAFE.sub("_", stem).strip(" ._") or "document"
    return f"{clean[: LONGEST_NAME - 8]}.{EXTENSIONS[content_type]}"
