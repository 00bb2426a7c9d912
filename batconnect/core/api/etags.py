"""Versions of a document: `ETag` out, `If-Match` in (412 when stale)."""

from __future__ import annotations

import hashlib
from typing import Any

from rest_framework.request import Request

from batconnect.core.kernel.errors import StalePrecondition


def etag(*parts: Any) -> str:
    """The strong ETag of a document from everything that changes when it does."""
    joined = "\n".join(str(part) for part in parts)
    return f'"{hashlib.sha256(joined.encode()).hexdigest()[:32]}"'


def require_match(request: Request, current: str) -> None:
    """Raise StalePrecondition (412) when `If-Match` is sent and names another version; call it under the lock."""
    sent = request.headers.get("If-Match", "").strip()
    if sent and sent != "*" and current not in [each.strip() for each in sent.split(",")]:
        raise StalePrecondition("The document has changed since you read it.")
