"""What drivers had earned before the books were opened and was not paid out (docs/domain.md#opening-batch)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import week_start
from batconnect.core.kernel.ids import uuid7
from batconnect.directory.models import LeaseDriver
from ledger import chart
from ledger.openings import OpeningDay, OpeningItem, OpeningKind, WrongLine
from ledger.postings import earnings_credited
from ledger.settlement.models import LeaseEarning
from ledger.settlement.services.earnings import post_earnings

_CHUNK: Final = 200
_Driven = tuple[int, UUID, int]
"""Driver, customer and lease."""


def _driven(actor: Actor, item: OpeningItem) -> _Driven | None:
    """The driver of the line's lease, now or once, who has the line's license."""
    named = {"lease" if isinstance(item.lease, int) else "lease__lease_id": item.lease}
    rows = LeaseDriver.objects.filter(
        company_id=actor.company_id, driver__tlc_license=item["customer"], **named
    )
    return rows.values_list("driver_id", "driver__customer_id", "lease_id").first()


def _week(actor: Actor, day: OpeningDay) -> date:
    """The week before the first one to be settled."""
    first = actor.company.settles_from or day.on + timedelta(days=1)
    return week_start(first - timedelta(days=1))


def _check(actor: Actor, items: Sequence[OpeningItem], day: OpeningDay) -> list[WrongLine]:
    references = {item["reference"] for item in items}
    rows = LeaseEarning.objects.filter(
        company_id=actor.company_id, status=LeaseEarning.Status.CREDITED, reference__in=references - {""}
    )
    taken = set(rows.values_list("reference", flat=True))
    times = Counter(item["reference"] for item in items)
    wrong: list[WrongLine] = []
    for item in items:
        reference = item["reference"]
        if not item["customer"] or not item["lease"] or _driven(actor, item) is None:
            message = f"No driver with the license {item['customer']} is or was on lease {item['lease']}."
            wrong.append(WrongLine(item.place, "customer", message))
        if not reference:
            wrong.append(WrongLine(item.place, "reference", "Give the earnings a reference of their own."))
        elif reference in taken or times[reference] > 1:
            message = f"Other earnings have the reference {reference}."
            wrong.append(WrongLine(item.place, "reference", message))
    return wrong


def _open(actor: Actor, items: Sequence[OpeningItem], day: OpeningDay) -> None:
    week = _week(actor, day)
    rows: list[LeaseEarning] = []
    drafts = []
    for item in items:
        driven = _driven(actor, item)
        assert driven is not None, "checked before"
        driver_id, customer_id, lease_id = driven
        row = LeaseEarning(
            id=uuid7(),
            company_id=actor.company_id,
            driver_id=driver_id,
            customer_id=customer_id,
            lease_id=lease_id,
            week=week,
            currency=actor.company.base_currency,
            kind=LeaseEarning.Kind.ADJUSTMENT,
            reference=item["reference"],
            gross=-item.amount,
            imported_by=actor.name,
        )
        draft = earnings_credited(
            earning_id=row.id,
            amount=row.gross,
            currency=row.currency,
            on=day.on,
            customer_id=customer_id,
            lease_id=lease_id,
            against=chart.OPENING_BALANCES,
            event="opening_balance",
            operation_id=day.batch_id,
        )
        row.entry_id = draft.id
        rows.append(row)
        drafts.append(draft)
    for start in range(0, len(rows), _CHUNK):
        chunk = slice(start, start + _CHUNK)
        post_earnings(actor=actor, drafts=drafts[chunk], earnings=rows[chunk])


EARNINGS: Final = OpeningKind(
    code="earnings",
    label="What a driver has earned and was not paid out",
    side="credit",
    columns=("customer", "lease", "reference", "name"),
    account_of=lambda item: chart.DRIVER_EARNINGS_PAYABLE,
    check=_check,
    open=_open,
)
