"""The first handler of every upload: a body that is larger than its entry point takes is refused before it is
stored."""

from __future__ import annotations

from typing import Any, Final

from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import FileUploadHandler

from batconnect.core.files.uploads import MAX_BYTES

# What multipart adds around the file: boundaries, headers, the other fields.
_AROUND: Final = 1024 * 1024
_larger: dict[str, int] = {}


def allow_larger(path: str, limit: int) -> None:
    """Let uploads to the path (`/ledger/imports`, without a slash behind) have this many bytes; called when an app is
    ready."""
    _larger[path] = limit


def limit_of(path: str) -> int:
    """The most bytes of a file that is uploaded to the path."""
    return _larger.get(path.rstrip("/"), MAX_BYTES)


class BoundedUpload(FileUploadHandler):
    """Looks at the announced length and hands everything on to the handlers after it."""

    def handle_raw_input(
        self,
        input_data: Any,
        META: Any,  # noqa: N803 - Django's name
        content_length: int,
        boundary: Any,
        encoding: Any = None,
    ) -> None:
        """Raises RequestDataTooBig (413; in the console 400)."""
        limit = limit_of(str(META.get("PATH_INFO", "")))
        if content_length > limit + _AROUND:
            raise RequestDataTooBig(f"At most {limit:,} bytes are accepted.")

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        return raw_data

    def file_complete(self, file_size: int) -> None:
        return None
