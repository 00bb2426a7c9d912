"""Bodies of uploads: larger than other calls take, and never above the batch's limit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Final

from rest_framework.parsers import MultiPartParser

from batconnect.core.api.json import ExactJSONParser, read_limited
from batconnect.core.files.uploads import MAX_BYTES
from batconnect.core.kernel.counting import MAX_VALUES_OF_ROWS
from batconnect.core.kernel.errors import TooLarge
from batconnect.core.kernel.json import read_exact_json

# What multipart adds around the file: boundaries, headers, the other fields.
_AROUND: Final = 65_536


class BatchJSONParser(ExactJSONParser):
    """JSON as everywhere, up to the size of a batch."""

    def parse(
        self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        body = read_limited(stream, announced=_announced(parser_context), limit=MAX_BYTES)
        return read_exact_json(body, max_values=MAX_VALUES_OF_ROWS) if body.strip() else {}


class BatchUploadParser(MultiPartParser):
    """multipart/form-data with one file; above the limit it is refused (413) without being kept."""

    limit: ClassVar[int] = MAX_BYTES

    def parse(
        self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        announced = _announced(parser_context)
        if announced > self.limit + _AROUND:
            read_limited(stream, announced=announced, limit=self.limit)
        parsed = super().parse(stream, media_type, dict(parser_context or {}))
        held: Any
        for held in parsed.files.values():
            if held.size > self.limit:
                raise TooLarge(
                    f"The file has {held.size:,} bytes; at most {self.limit:,} are accepted.", field="file"
                )
        return parsed


def _announced(parser_context: Mapping[str, Any] | None) -> int:
    request = (parser_context or {}).get("request")
    return int(request.META.get("CONTENT_LENGTH") or 0) if request is not None else 0
