"""How the API reads and writes JSON: bodies of a limited size, numbers exactly (`core.kernel.json`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import IO, Any, Final

from django.conf import settings
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer

from batconnect.core.kernel.counting import MAX_VALUES, MAX_VALUES_OF_ROWS
from batconnect.core.kernel.errors import TooLarge
from batconnect.core.kernel.json import read_exact_json, write_exact_json

# Read and thrown away, so that an ordinary client gets to see the refusal instead of a broken connection.
_DRAINED_BYTES: Final = 32 * 1024 * 1024


def read_limited(stream: IO[bytes], *, announced: int, limit: int) -> bytes:
    """The whole body, at most `limit` bytes; a larger one is refused (413) without being kept."""
    if announced > limit:
        left = min(announced, _DRAINED_BYTES)
        while left > 0 and (chunk := stream.read(min(left, 65536))):
            left -= len(chunk)
        raise TooLarge(f"The body has {announced:,} bytes; at most {limit:,} are accepted.")
    body = stream.read(limit + 1)
    if len(body) > limit:
        raise TooLarge(f"The body is larger than the {limit:,} bytes that are accepted.")
    return body


class ExactJSONParser(BaseParser):
    """Parses `application/json` exactly; see `read_exact_json`."""

    media_type = "application/json"
    max_values = MAX_VALUES

    def parse(
        self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        request = (parser_context or {}).get("request")
        announced = int(request.META.get("CONTENT_LENGTH") or 0) if request is not None else 0
        body = read_limited(stream, announced=announced, limit=settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
        return read_exact_json(body, max_values=self.max_values) if body.strip() else {}


class RowsJSONParser(ExactJSONParser):
    """For bodies of rows, which have more values than others."""

    max_values = MAX_VALUES_OF_ROWS


class ExactJSONRenderer(BaseRenderer):
    """Money with exactly two decimals, rates with up to four, instants in UTC with `Z` and whole seconds."""

    media_type = "application/json"
    format = "json"
    charset = None

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        return b"" if data is None else write_exact_json(data)
