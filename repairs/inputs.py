"""A repair and its document as clients send them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from django.core.files.uploadedfile import UploadedFile
from rest_framework.parsers import MultiPartParser

from batconnect.core.api.fields import parse_day
from batconnect.core.kernel.errors import InvalidInput, TooLarge
from ledger.repayment.inputs import SentDocument, read_document
from repairs.errors import NOT_A_DOCUMENT
from repairs.kind import REPAIRS
from repairs.rules import LARGEST_BYTES

FORM: Final = Path(__file__).parent / "bpm_flows/newrepair/schemas/enter_details.json"
_ENVELOPE_BYTES: Final = 64 * 1024


def read_repair(data: Mapping[str, Any]) -> SentDocument:
    """The repair in data that fits the form."""
    return read_document(
        data,
        kind=REPAIRS,
        invoice_number=data["invoice_number"].strip(),
        invoice_date=parse_day(data["invoice_date"]),
        workshop_type=data["workshop_type"],
    )


class LimitedMultiPartParser(MultiPartParser):
    """Refuses (413) a body that announces more bytes than a document may have, before reading it."""

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        request = (parser_context or {}).get("request")
        announced = int(request.META.get("CONTENT_LENGTH") or 0) if request is not None else 0
        if announced > LARGEST_BYTES + _ENVELOPE_BYTES:
            raise TooLarge(f"The body has {announced:,} bytes; at most {LARGEST_BYTES:,} are accepted.")
        return super().parse(stream, media_type, parser_context)


def read_upload(data: Any) -> dict[str, Any]:
    """The name and content of the one file in the field `file`. Raises InvalidInput, TooLarge."""
    files = data.getlist("file") if hasattr(data, "getlist") else []
    if len(files) != 1 or not isinstance(files[0], UploadedFile):
        raise InvalidInput("Send one file in the multipart field file.", code=NOT_A_DOCUMENT, field="file")
    if unknown := sorted(name for name in data if name != "file"):
        raise InvalidInput(f"Unknown field: {unknown[0][:40]}.", field=unknown[0][:40])
    upload = files[0]
    if (upload.size or 0) > LARGEST_BYTES:
        raise TooLarge(f"The file has {upload.size:,} bytes; at most {LARGEST_BYTES:,} are accepted.")
    return {"name": upload.name or "", "content": upload.read()}
