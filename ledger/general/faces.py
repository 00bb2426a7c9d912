"""What the pages of manual journal entries and of the journal's exports show first."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from batconnect.core.console.faces import MAX_ROWS, Card, Face, Kept, Money, Section, Stamp, Table, stamped
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.money import ZERO
from batconnect.core.kernel.words import format_count, format_day
from ledger.general.models import JournalExport, ManualEntry
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


def _export_card(actor: Actor, row: JournalExport) -> Card:
    return Card(
        kind="Journal export",
        number=f"{format_day(row.first)} – {format_day(row.last)}, part {row.part}",
        person=Kept(row.made_by),
        person_is="Made by",
        status="Written",
        tone="good",
        since=row.made_at,
        sentence=f"Without a number yet, so in the next part: "
        f"{format_count(row.left_out, 'entry', 'entries')} of the period."
        if row.left_out
        else "",
        facts=(("Entries", row.entries), ("Postings", row.postings)),
        next_step="Download its files above.",
    )


def _export_sections(actor: Actor, row: JournalExport) -> Iterator[Section]:
    yield Table(
        title="What it adds up to",
        columns=("Currency", "Debit", "Credit"),
        rows=[
            (each["currency"], _amount(each["debit"]), _amount(each["credit"]))
            for each in row.totals[: MAX_ROWS + 1]
        ],
        empty="It has no entries.",
    )


def _amount(text: str) -> Decimal:
    return Decimal(text.replace(",", ""))


EXPORT_FACE: Final = Face(card=_export_card, sections=_export_sections)
stamped(JournalExport, Stamp("made_at", "Made", who="made_by"))
