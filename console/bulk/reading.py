"""What the pages of operations show. Reads only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Count, Q, QuerySet, Sum

from batconnect.core.console.bulk.actions import bulk_actions
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.money import format_amount
from batconnect.core.models import BulkOperation, BulkRow

_Row = BulkRow.State
MAX_REASONS: Final = 20


@dataclass(frozen=True, slots=True)
class Counts:
    """How many rows of an operation are in which state, and what those that are planned or done add up to."""

    by_state: Mapping[str, int]
    totals: tuple[str, ...]
    reasons: tuple[tuple[str, int], ...]

    @property
    def planned(self) -> int:
        """To be done."""
        return self.by_state.get(_Row.PLANNED, 0)

    @property
    def done(self) -> int:
        """Done."""
        return self.by_state.get(_Row.DONE, 0)

    @property
    def left(self) -> int:
        """Left out of the preview."""
        return self.by_state.get(_Row.LEFT, 0)

    @property
    def refused(self) -> int:
        """Planned and not done."""
        return self.by_state.get(_Row.REFUSED, 0)

    @property
    def waiting(self) -> int:
        """Not looked at yet."""
        return self.by_state.get(_Row.CHOSEN, 0)


def count(operation: BulkOperation) -> Counts:
    """Two or three statements over the operation's own rows."""
    rows = BulkRow.objects.filter(company_id=operation.company_id, operation=operation).order_by()
    grouped = rows.values("state", "currency").annotate(n=Count("id"), amount=Sum("amount"))
    by_state: dict[str, int] = {}
    totals: dict[str, Any] = {}
    for each in grouped:
        by_state[each["state"]] = by_state.get(each["state"], 0) + each["n"]
        if each["state"] in (_Row.PLANNED, _Row.DONE) and each["amount"] is not None:
            totals[each["currency"]] = totals.get(each["currency"], 0) + each["amount"]
    why = rows.filter(state__in=(_Row.LEFT, _Row.REFUSED)).values("said").annotate(n=Count("id"))
    reasons = tuple((each["said"], each["n"]) for each in why.order_by("-n", "said")[:MAX_REASONS])
    amounts = tuple(f"{format_amount(amount)} {currency}" for currency, amount in sorted(totals.items()))
    return Counts(by_state, amounts, reasons)


def operations(actor: Actor) -> QuerySet[BulkOperation]:
    """Those of tables that the actor may see, the latest first; of the unconfirmed ones only one's own."""
    codes = [each.code for each in bulk_actions() if each.shows(actor)]
    mine = Q(confirmed_at__isnull=False) | Q(asked_by_id=actor.user_id)
    rows = BulkOperation.objects.filter(mine, company_id=actor.company_id, action__in=codes)
    return rows.order_by("-id")
