"""What the page of a manual journal entry shows first: why it was entered, what it posted, if it was taken back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from batconnect.core.console.faces import MAX_ROWS, Card, Face, Kept, Money, Section, Table
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.money import ZERO
from ledger.general.models import ManualEntry
from ledger.models import Posting


def _card(actor: Actor, row: ManualEntry) -> Card:
    is_back = row.reversal_id is not None
    status = "Voided" if row.is_voided else "Taken back" if is_back else "In the books"
    return Card(
        kind="Manual journal entry",
        number=row.number,
        amount=Money(row.amount, row.currency),
        status=status,
        tone="bad" if row.is_voided else "" if is_back else "good",
        since=row.effective_on,
        since_is="on",
        sentence=row.reason,
        facts=(
            ("Entry", row.entry),
            ("To be taken back on", row.reverse_on),
            ("Taken back by", row.reversal),
            ("Entered by", Kept(row.entered_by, row.created_by_id)),
            ("Approved by", Kept(row.approved_by)),
        ),
    )


def _sections(actor: Actor, row: ManualEntry) -> Iterator[Section]:
    mine = Posting.objects.filter(company_id=row.company_id, entry=row.entry_id).select_related("account")
    rows = list(mine.order_by("id")[: MAX_ROWS + 1])
    yield Table(
        title="What it posted",
        columns=("Account", "Debit", "Credit"),
        rows=[
            (each.account, each.amount if each.amount > 0 else "", -each.amount if each.amount < 0 else "")
            for each in rows
        ],
        total=("All", row.amount, sum((-each.amount for each in rows if each.amount < 0), ZERO)),
        rest=row.entry,
    )


MANUAL_ENTRY_FACE: Final = Face(card=_card, sections=_sections)
