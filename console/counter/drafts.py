"""What was typed, between the form and its confirmation: in the session, under the form's one-time key.

The key is made with the form and ends in the table of idempotency keys, in the transaction of the work. So one form
makes one payment, loan or repair, however often and in whichever order its buttons are pressed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Any, Final
from uuid import UUID, uuid4

from django.db import transaction
from django.http import HttpRequest, HttpResponse

from batconnect.core.api.idempotency import StoredAnswer, claim_key, store_answer
from batconnect.core.kernel.actors import Actor
from batconnect.core.models import IdempotencyKey

MAX_KEPT: Final = 6
_SESSION: Final = "counter_drafts"


def new_key() -> UUID:
    """The key of a form that was just opened."""
    return uuid4()


def read_key(text: str | None) -> UUID | None:
    """The key in an address or a form, None when it is none."""
    try:
        return UUID(text or "")
    except ValueError:
        return None


def keep_draft(
    request: HttpRequest, *, actor: Actor, wizard: str, key: UUID, data: Mapping[str, str]
) -> None:
    """Keep what was typed, with the six drafts before it at most."""
    drafts = dict(request.session.get(_SESSION, {}))
    drafts.pop(str(key), None)
    drafts[str(key)] = {"wizard": wizard, "company": str(actor.company_id), "data": dict(data)}
    request.session[_SESSION] = dict(list(drafts.items())[-MAX_KEPT:])


def find_draft(request: HttpRequest, *, actor: Actor, wizard: str, key: UUID | None) -> dict[str, str] | None:
    """What was typed under the key in this wizard in this company; None when the session does not know it."""
    draft: dict[str, Any] = request.session.get(_SESSION, {}).get(str(key), {})
    if draft.get("wizard") != wizard or draft.get("company") != str(actor.company_id):
        return None
    data: dict[str, str] = draft["data"]
    return data


def drop_draft(request: HttpRequest, *, key: UUID) -> None:
    """Forget what was typed under the key."""
    drafts = dict(request.session.get(_SESSION, {}))
    if drafts.pop(str(key), None) is not None:
        request.session[_SESSION] = drafts


def find_done(*, actor: Actor, wizard: str, key: UUID | None) -> str | None:
    """The address of what was made with the key in this wizard, None while nothing was."""
    if key is None or actor.user_id is None:
        return None
    row = (
        IdempotencyKey.objects.filter(company_id=actor.company_id, user_id=actor.user_id, key=key)
        .values_list("request_hash", "headers")
        .first()
    )
    if row is None or bytes(row[0]) != _hash(wizard):
        return None
    address: str | None = row[1].get("Location")
    return address


def do_once(*, actor: Actor, wizard: str, key: UUID, work: Callable[[], str]) -> tuple[str, bool]:
    """Do the work, which says where its result is shown, or find what the key did before; and whether it was done now.

    A duplicate that is running is waited for. All or nothing: a Refusal of the work leaves the key unused. Raises
    Conflict `idempotency_in_progress`, KeyReused for a key of another wizard.
    """
    with transaction.atomic():
        claim = claim_key(actor=actor, key=key, wanted=_hash(wizard))
        if isinstance(claim, StoredAnswer):
            return claim.headers["Location"], False
        address = work()
        store_answer(claim, HttpResponse(status=201, headers={"Location": address}))
    return address, True


def _hash(wizard: str) -> bytes:
    """The wizard alone: the same form with other amounts is still the same payment."""
    return hashlib.sha256(f"console counter {wizard}".encode()).digest()
