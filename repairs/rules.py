"""Which files a repair accepts: decided by their content, not by their name."""

from __future__ import annotations

from typing import Final

from batconnect.core.files.attached import JPEG, LARGEST_FILE, LONGEST_NAME, PDF, PNG, content_type_of
from batconnect.core.files.attached import safe_name as _safe_name

__all__ = ["EXTENSIONS", "LARGEST_BYTES", "LONGEST_NAME", "content_type_of", "safe_name"]

LARGEST_BYTES: Final = LARGEST_FILE
# The type with the extension it is stored under.
EXTENSIONS: Final = {PDF: "pdf", JPEG: "jpg", PNG: "png"}


def safe_name(name: str, *, content_type: str) -> str:
    """The name as people will see it: no folders, no control characters, the extension of the content."""
    return _safe_name(name, extension=EXTENSIONS[content_type])
