"""Open parts of lines, as the desk and the call that accepts what is certain choose among them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db.models import Q, QuerySet

from bank.models import LinePart
from batconnect.core.kernel.actors import Actor

MAX_TEXT: Final = 60


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which open parts: of an account, of a direction (`in`, `out`), with a text in name, words or reference."""

    account: UUID | None = None
    direction: str = ""
    text: str = ""


def open_parts(*, actor: Actor) -> QuerySet[LinePart]:
    """The company's parts that nobody has explained."""
    return LinePart.objects.filter(company_id=actor.company_id, status=LinePart.Status.OPEN)


def wanted_parts(*, actor: Actor, wanted: Wanted) -> QuerySet[LinePart]:
    """Those of the open parts that are wanted, the oldest first, with account and line."""
    rows = open_parts(actor=actor).select_related("bank_account", "line").order_by("payment_date", "id")
    if wanted.account is not None:
        rows = rows.filter(bank_account=wanted.account)
    if wanted.direction:
        rows = rows.filter(direction=wanted.direction)
    if wanted.text:
        named = Q(payer_name__icontains=wanted.text) | Q(text__icontains=wanted.text)
        rows = rows.filter(named | Q(reference_number__icontains=wanted.text))
    return rows
