"""What the pages of obligations, entries and verifications show first, and which entries a row's timeline has."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from django.db import models
from django.db.models import Q, Sum
from django.utils.timezone import localtime

from batconnect.core.console.faces import (
    LATEST,
    MAX_ROWS,
    Card,
    Face,
    Kept,
    Money,
    Named,
    Section,
    Table,
    TimelineEvent,
    adds_to_timeline,
)
from batconnect.core.console.faces.timeline import sources_of
from batconnect.core.console.once import once
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.money import ZERO, format_amount
from batconnect.core.kernel.words import describe_code, format_count, format_day
from ledger import sources
from ledger.models import Account, Entry, LedgerVerification, Obligation, Posting
from ledger.postings import OBLIGATION
from ledger.rules.entry_numbers import format_entry_number

NAMED_IN: Final[dict[type[models.Model], tuple[str, str]]] = {Obligation: ("obligation", "pk")}
"""The column by which postings name rows of a table, and what of the row stands there: an app that has one adds it."""


def says(event: str) -> str:
    """What happened, by the code of an entry's event."""
    return describe_code(event).replace("Dtr ", "DTR ")


def entries_of_row(actor: Actor, row: Any) -> list[Any]:
    """What was posted for a row, the latest first: whatever names it, or what it is the source of. Entries with their
    `debits`, read once for its timeline and its links. Nothing for those who may not see the ledger."""

    def read() -> list[Any]:
        entries = _entries_about(actor, row) if actor.can("ledger.view") else None
        if entries is None:
            return []
        debits = Sum("postings__amount", filter=Q(postings__amount__gt=0))
        return list(entries.annotate(debits=debits).order_by("-id")[:LATEST])

    return once(row, "entries", read)


def _entries_about(actor: Actor, row: Any) -> models.QuerySet[Entry] | None:
    entries = Entry.objects.filter(company_id=actor.company_id)
    if (named_in := NAMED_IN.get(type(row))) is not None:
        column, attribute = named_in
        mine = Posting.objects.filter(**{"company_id": actor.company_id, column: getattr(row, attribute)})
        return entries.filter(id__in=mine.values("entry"))
    if isinstance(row, Entry):
        return entries.filter(Q(id=row.id) | Q(reverses=row.id))
    if named := sources_of(row):
        codes, keys = [each.code for each, _ in named], {key for _, key in named}
        return entries.filter(source_type__in=codes, source_id__in=keys)
    return None


@adds_to_timeline()
def entries_about(actor: Actor, row: Any) -> Iterable[TimelineEvent]:
    """What was posted for a row."""
    for each in entries_of_row(actor, row):
        yield TimelineEvent(
            at=each.posted_at,
            what=f"{says(each.event)} {format_amount(each.debits or ZERO)}",
            user_id=each.created_by_id,
            who=each.actor,
            reason=each.reason,
            about=None if each == row else Named(each, "(entry)"),
        )


def _obligation_card(actor: Actor, row: Obligation) -> Card:
    late = (today(actor.company) - row.due_date).days
    is_open = row.status == Obligation.Status.OPEN
    is_late = is_open and late > 0
    return Card(
        kind=f"Obligation, {row.get_category_display()}",
        number=row.reference_id,
        person=row.customer,
        amount=Money(row.outstanding if is_open else row.original, row.currency),
        amount_is="Still owed" if is_open else "Original",
        status=f"Overdue by {late} day{'' if late == 1 else 's'}" if is_late else row.get_status_display(),
        tone="warn" if is_late else "good" if row.status == Obligation.Status.SETTLED else "",
        since=row.due_date if is_open else row.issue_date,
        since_is="due" if is_open else "since",
        sentence=row.description,
        facts=(
            ("Lease", row.lease),
            ("Issued", row.issue_date),
            ("Due", row.due_date),
            ("Before the books were opened", True if row.is_opening else None),
        ),
        next_step=f"{format_amount(row.outstanding)} {row.currency} are to be collected." if is_open else "",
    )


def _obligation_sections(actor: Actor, row: Obligation) -> Iterator[Section]:
    paid = row.original - row.outstanding - row.written_off
    lines = [("Original", _behind(actor, row), row.original)]
    if paid:
        lines.append(("− Paid, credited or withdrawn", "See what happened to it", paid))
    if row.written_off:
        lines.append(("− Written off", "Nobody expects it any more", row.written_off))
    lines.append(("= Left", "What is still owed", row.outstanding))
    yield Table(
        title="What it is for, and what is left",
        columns=("What", "Why", f"Amount, {row.currency}"),
        rows=lines,
        strong=frozenset({len(lines) - 1}),
        has_heading=False,
    )


def _behind(actor: Actor, row: Obligation) -> str:
    """The document that raised it, in words."""
    describe = sources.source(row.source_type).describe if row.source_type != OBLIGATION else None
    text = describe(actor, [row.source_id]).get(row.source_id) if describe else None
    return text.text if text is not None and text.text else row.description


OBLIGATION_FACE: Final = Face(card=_obligation_card, sections=_obligation_sections)


def entry_number(row: Any) -> str:
    """Its number, once it has one; the page's read brings it along."""
    year = getattr(row, "number_year", None)
    return format_entry_number(year, row.number_value) if year else ""


def _entry_card(actor: Actor, row: Entry) -> Card:
    debits = Posting.objects.filter(company_id=row.company_id, entry=row.id, amount__gt=0)
    total = debits.aggregate(total=Sum("amount"))["total"] or ZERO
    return Card(
        kind="Entry",
        number=entry_number(row) or says(row.event),
        person=row.customer,
        amount=Money(total, row.currency),
        amount_is="Debits",
        status="Takes another entry back" if row.reverses_id else "Posted",
        tone="warn" if row.reverses_id else "good",
        since=row.posted_at,
        since_is="on",
        sentence=says(row.event) + (f": {row.reason}" if row.reason else ""),
        facts=(
            ("Effective on", row.effective_on),
            ("Posted by", Kept(row.actor, row.created_by_id)),
            ("Lease", row.lease),
            ("Takes back", row.reverses),
        ),
    )


def _entry_sections(actor: Actor, row: Entry) -> Iterator[Section]:
    postings = list(
        Posting.objects.filter(company_id=row.company_id, entry=row.id)
        .select_related("account", "obligation")
        .order_by("line")[: MAX_ROWS + 1]
    )
    debit = sum((each.amount for each in postings if each.amount > 0), ZERO)
    credit = sum((-each.amount for each in postings if each.amount < 0), ZERO)
    yield Table(
        title="Postings",
        columns=("Account", "Obligation", "Debit", "Credit"),
        rows=[
            (
                each.account,
                each.obligation,
                each.amount if each.amount > 0 else None,
                -each.amount if each.amount < 0 else None,
            )
            for each in postings
        ],
        total=() if len(postings) > MAX_ROWS else ("Total", "", debit, credit),
        rest=f"The entry has {format_count(row.line_count, 'line')}; the journal report has all."
        if row.line_count
        else None,
    )


ENTRY_FACE: Final = Face(card=_entry_card, sections=_entry_sections)


_RECOMPUTED: Final[dict[str, str]] = {
    LedgerVerification.Scope.WHOLE: "every figure",
    LedgerVerification.Scope.NEW: "what was new, and every figure that it touched,",
}


def _verification_card(actor: Actor, row: LedgerVerification) -> Card:
    is_right = not row.differences
    return Card(
        kind="Verification of the ledger",
        number=f"of {format_day(localtime(row.finished_at))}",
        person=Kept(row.actor),
        person_is="By",
        status="The books agree" if is_right else format_count(row.differences, "difference"),
        tone="good" if is_right else "bad",
        since=row.finished_at,
        since_is="on",
        sentence=(
            f"{row.checks} check{'' if row.checks == 1 else 's'} recomputed {_RECOMPUTED[row.scope]}"
            " from its postings; " + ("each agrees." if is_right else f"{row.differences:,} do not agree.")
        ),
        next_step="" if is_right else "Have the differences looked into before anything more is posted.",
    )


def _verification_sections(actor: Actor, row: LedgerVerification) -> Iterator[Section]:
    if row.findings:
        yield Table(
            title="What does not agree",
            columns=("Check", "What", "Difference"),
            rows=[(each["check"], each["subject"], each["message"]) for each in row.findings],
        )


VERIFICATION_FACE: Final = Face(card=_verification_card, sections=_verification_sections)


def _account_card(actor: Actor, row: Account) -> Card:
    return Card(
        kind="Account",
        number=row.own_name or row.name,
        status=str(row.get_kind_display()),
        facts=(
            ("Own number", row.own_number),
            ("Name in the chart", row.name if row.own_name else ""),
            ("Code", row.code),
            ("Currency", row.currency),
        ),
        next_step="Its balance, and every entry on it, stand in the report.",
        next_action="ledger",
    )


ACCOUNT_FACE: Final = Face(card=_account_card)
