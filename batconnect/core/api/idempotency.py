"""A write repeated with its Idempotency-Key is done once and answered twice.

The key is claimed before anything else is locked, in the transaction of the work: a duplicate waits on the unique
index until that transaction ends. Two requests are the same when method, path, query and body are: JSON by
value (order of members and spacing do not matter, `265.0` and `265.00` are one number, `"265.00"` is a text),
files by their content.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import OperationalError, connection
from django.http import HttpResponse, QueryDict

from batconnect.core.database.local_settings import set_local
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.codes import (
    IDEMPOTENCY_IN_PROGRESS,
    IDEMPOTENCY_KEY_INVALID,
    IDEMPOTENCY_KEY_MISSING,
)
from batconnect.core.kernel.errors import Conflict, InvalidInput, KeyReused
from batconnect.core.serving.web_metrics import count_replay

REPLAYED_HEADER: Final = "Idempotent-Replayed"
_KEPT_HEADERS: Final = ("Content-Type", "ETag", "Location", "Content-Disposition")
_LOCK_NOT_AVAILABLE: Final = "55P03"
_CLAIM: Final = """
with wait as materialized (select set_config('lock_timeout', %s, true))
insert into idempotency_keys (company_id, user_id, key, request_hash, headers)
select %s::uuid, %s::bigint, %s::uuid, %s::bytea, '{}'::jsonb from wait
on conflict (company_id, user_id, key) do nothing
returning id
"""
_LOCK_TIMEOUT: Final = "lock_timeout"
_CLAIM_BY_VALUES: Final = """
insert into idempotency_keys (company_id, user_id, key, request_hash, headers)
values (%s::uuid, %s::bigint, %s::uuid, %s::bytea, '{}'::jsonb)
on conflict (company_id, user_id, key) do nothing
returning id
"""
_READ: Final = """
select id, request_hash, status, body, headers, created_at < now() - make_interval(days => %s::int)
from idempotency_keys where company_id = %s::uuid and user_id = %s::bigint and key = %s::uuid
"""
_STORE: Final = """
update idempotency_keys set status = %s::smallint, body = %s::bytea, headers = %s::jsonb where id = %s::bigint
"""


@dataclass(frozen=True, slots=True)
class Claim:
    """A key that this request holds until its transaction ends."""

    id: int


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """What the first request with the key was answered."""

    status: int
    body: bytes
    headers: Mapping[str, str]

    def to_response(self) -> HttpResponse:
        """The stored answer, marked as replayed, and counted."""
        count_replay()
        return HttpResponse(self.body, status=self.status, headers={**self.headers, REPLAYED_HEADER: "true"})


def read_key(header: str | None, *, required: bool) -> UUID | None:
    """The key of the header. Raises InvalidInput when it is missing where required, or no UUID."""
    if not header:
        if required:
            raise InvalidInput(
                "This call needs the header Idempotency-Key with a UUID.",
                code=IDEMPOTENCY_KEY_MISSING,
                field="Idempotency-Key",
            )
        return None
    try:
        return UUID(header.strip())
    except ValueError as error:
        raise InvalidInput(
            "Idempotency-Key is not a UUID.", code=IDEMPOTENCY_KEY_INVALID, field="Idempotency-Key"
        ) from error


def request_hash(*, method: str, path: str, query: QueryDict, data: Any) -> bytes:
    """The SHA-256 by which two requests are the same."""
    digest = hashlib.sha256(f"{method}\n{path.rstrip('/')}\n".encode())
    digest.update(json.dumps(sorted((name, query.getlist(name)) for name in query)).encode())
    if isinstance(data, QueryDict):
        for name in sorted(data):
            for value in data.getlist(name):
                digest.update(f"\n{name}=".encode())
                digest.update(_part_digest(value))
    else:
        _digest_json(digest, data)
    return digest.digest()


def claim_key(*, actor: Actor, key: UUID, wanted: bytes) -> Claim | StoredAnswer:
    """Claim the key in the running transaction, or return the answer stored under it.

    Two round trips in all for a first request (claim here, `store_answer` later). A duplicate that is still
    running is waited for, at most IDEMPOTENCY_WAIT_SECONDS (which also bounds every later lock of this
    transaction). Raises Conflict 409 `idempotency_in_progress`, KeyReused 422 for another request's key.
    """
    owner = [actor.company_id, actor.user_id, key]
    with connection.cursor() as cursor:
        claimed = _insert(cursor, owner, wanted)
        if claimed is not None:
            return claimed
        cursor.execute(_READ, [settings.IDEMPOTENCY_KEEP_DAYS, *owner])
        stored = cursor.fetchone()
        if stored is None or stored[5]:
            # Purged in between, or too old to count: the key is free again.
            cursor.execute("delete from idempotency_keys where id = %s::bigint", [stored[0] if stored else 0])
            claimed = _insert(cursor, owner, wanted)
            if claimed is None:
                raise _still_running()
            return claimed
    _, stored_hash, status, body, headers, _ = stored
    if bytes(stored_hash) != wanted:
        raise KeyReused(
            "This Idempotency-Key was used for another request; use a new one.", field="Idempotency-Key"
        )
    if isinstance(headers, str):
        headers = json.loads(headers)
    return StoredAnswer(status=status, body=bytes(body or b""), headers=headers)


def store_answer(claim: Claim, response: HttpResponse) -> None:
    """Keep the rendered 2xx answer with the claimed key, in the transaction of the work."""
    headers = {name: response[name] for name in _KEPT_HEADERS if name in response}
    with connection.cursor() as cursor:
        cursor.execute(_STORE, [response.status_code, response.content, json.dumps(headers), claim.id])


def purge_keys(*, company_id: UUID) -> int:
    """Delete the company's keys older than IDEMPOTENCY_KEEP_DAYS; returns how many. Runs in the company's context."""
    with connection.cursor() as cursor:
        cursor.execute(
            "delete from idempotency_keys "
            "where company_id = %s::uuid and created_at < now() - make_interval(days => %s::int)",
            [company_id, settings.IDEMPOTENCY_KEEP_DAYS],
        )
        return int(cursor.rowcount)


def _insert(cursor: Any, owner: list[Any], digest: bytes) -> Claim | None:
    try:
        wait = f"{settings.IDEMPOTENCY_WAIT_SECONDS}s"
        if settings.DATABASE_DISTRIBUTED:
            set_local([(_LOCK_TIMEOUT, wait)])
            cursor.execute(_CLAIM_BY_VALUES, [*owner, digest])
        else:
            cursor.execute(_CLAIM, [wait, *owner, digest])
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", None) == _LOCK_NOT_AVAILABLE:
            raise _still_running() from error
        raise
    row = cursor.fetchone()
    return Claim(id=row[0]) if row else None


def _still_running() -> Conflict:
    return Conflict(
        "The first request with this Idempotency-Key is still running.",
        code=IDEMPOTENCY_IN_PROGRESS,
        headers={"Retry-After": "1"},
    )


def _part_digest(value: Any) -> bytes:
    digest = hashlib.sha256()
    if isinstance(value, UploadedFile):
        for chunk in value.chunks():
            digest.update(chunk)
        value.seek(0)
    else:
        digest.update(str(value).encode())
    return digest.digest()


def _digest_json(digest: Any, value: Any) -> None:
    """Add the value as JSON with sorted names and without spaces, a number as `{"":"265.1"}`.

    Piece by piece: the whole text, and a document of such numbers, would take several times the body's memory.
    """
    if isinstance(value, dict):
        before = b"{"
        for name in sorted(value):
            digest.update(before + json.dumps(name).encode() + b":")
            _digest_json(digest, value[name])
            before = b","
        digest.update(b"}" if value else b"{}")
    elif isinstance(value, list):
        before = b"["
        for held in value:
            digest.update(before)
            _digest_json(digest, held)
            before = b","
        digest.update(b"]" if value else b"[]")
    elif isinstance(value, Decimal | int) and not isinstance(value, bool):
        digest.update(f'{{"":"{Decimal(value).normalize():f}"}}'.encode())
    else:
        digest.update(json.dumps(value).encode())
