"""Pages of one statement that come in several files are one statement (docs/domain.md#statement-files).

A page is held until all of them are here. It stays readable, and says which statement it became a part of.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from gzip import decompress
from itertools import pairwise
from typing import Any, Final
from uuid import UUID

from django.db import models

from bank.models import Statement, StatementFile
from bank.readers.interface import ParsedStatement
from bank.readers.joining import join_all
from bank.services.reading import read_file
from bank.services.storing import Read, as_read
from bank.subjects import STATEMENT
from batconnect.core.audit import record_event
from batconnect.core.database.transactions import joins_transaction, reads
from batconnect.core.kernel.actors import Actor

PAGES: Final = "page_missing"
JOINED: Final = "pages_joined"
WHOLE: Final = 0
"""The place in its file of a statement that is of several files."""
MAX_LINES: Final = 10_000
"""As many lines as one file may have."""
# Numbers begin at one again with a year: pages of one statement are nearer than this.
_NEAR_DAYS: Final = 62


@dataclass(frozen=True, slots=True)
class Page:
    """Which pages of a statement are here, from one to another, and whether the last of them is its last."""

    first: int
    last: int
    is_last: bool

    @property
    def kept(self) -> dict[str, Any]:
        """As it is kept with a held page."""
        return {"first_page": self.first, "last_page": self.last, "is_last_page": self.is_last}

    def overlaps(self, other: Page) -> bool:
        """Whether a page is in both."""
        return self.first <= other.last and other.first <= self.last

    def __str__(self) -> str:
        return str(self.first) if self.first == self.last else f"{self.first} to {self.last}"


@dataclass(frozen=True, slots=True)
class HeldPage:
    """A page that was stored before, and waits for the others."""

    page: Page
    statement: Statement


def page_of(parsed: ParsedStatement) -> Page | None:
    """The pages of a statement that is not whole; None for one that is."""
    if parsed.page is None:
        return None
    first = parsed.first_page or parsed.page
    page = Page(first, parsed.page, parsed.is_last_page)
    return None if first == 1 and page.is_last else page


def missing_pages(page: Page, others: Sequence[Page]) -> str:
    """What is here of the statement, what is missing, and what to do."""
    here = sorted([page, *others], key=_by_first)
    gaps = []
    after = 0
    for each in here:
        if each.first > after + 1:
            gaps.append(f"page {Page(after + 1, each.first - 1, False)}")
        after = max(after, each.last)
    if not any(each.is_last for each in here):
        gaps.append("what follows page " + str(after))
    told = ", ".join(f"page {each}" for each in here)
    return (
        f"Of the statement {told} {'is' if len(here) == 1 else 'are'} here; missing: {', '.join(gaps)}. It is booked "
        "once all of its pages are here: send them, in one file or in several."
    )[:500]


@reads
def held_pages(actor: Actor, read: Read) -> list[HeldPage]:
    """Pages of the same account, format, number and time that wait, the first one first; none without a number."""
    parsed = read.parsed
    if not parsed.sequence_no:
        return []
    rows = Statement.objects.filter(
        company_id=actor.company_id,
        bank_account=read.account,
        format=parsed.format,
        sequence_no=parsed.sequence_no[:35],
        status=Statement.Status.HELD,
        hold_code=PAGES,
    )
    near = [each for each in rows if _are_near(_days(each.period_from, each.period_to), _days_of(parsed))]
    pages = [HeldPage(_kept(each.hold_details), each) for each in near]
    return sorted(pages, key=lambda each: each.page.first)


@reads
def whole_of(actor: Actor, read: Read) -> Statement | None:
    """The whole statement of a page's account, number and time; the booked one first."""
    parsed = read.parsed
    if not parsed.sequence_no:
        return None
    rows = Statement.objects.filter(
        company_id=actor.company_id,
        bank_account=read.account,
        sequence_no=parsed.sequence_no[:35],
        status__in=["received", "waiting", "booking", "booked"],
    ).order_by("id")
    near = [each for each in rows if _are_near(_days(each.period_from, each.period_to), _days_of(parsed))]
    return max(near, key=lambda each: each.status in ("booking", "booked"), default=None)


@reads
def page_fault(actor: Actor, read: Read) -> str:
    """What is missing of a page's statement beside the pages that wait; "" where it is whole, or will be."""
    page = page_of(read.parsed)
    if page is None:
        return ""
    others = [each.page for each in held_pages(actor, read) if not each.page.overlaps(page)]
    return "" if _are_all(sorted([page, *others], key=_by_first)) else missing_pages(page, others)


@reads
def join_held(actor: Actor, read: Read, pages: Sequence[HeldPage]) -> Read | None:
    """The whole statement, where all of its pages wait; None where one is missing, or where it is longer than one file
    may be."""
    if not _are_all([each.page for each in pages]):
        return None
    if sum(each.statement.total_lines for each in pages) > MAX_LINES:
        return None
    parsed = [_read_again(actor, each.statement) for each in pages]
    return as_read(WHOLE, join_all(parsed), read.account)


@joins_transaction
def put_together(*, actor: Actor, pages: Sequence[HeldPage], whole: Statement) -> None:
    """The pages are not booked by themselves: each says which statement it became a part of, from which line on."""
    before = 0
    for each in pages:
        statement = each.statement
        statement.status = Statement.Status.REFUSED
        statement.hold_code = JOINED
        statement.hold_message = f"Page {each.page} of the statement, which is there as a whole."
        statement.hold_details = {**each.page.kept, "joined_into": str(whole.id), "lines_before": before}
        statement.save(update_fields=["status", "hold_code", "hold_message", "hold_details"])
        record_event(
            actor=actor,
            action="bank.pages_joined",
            subject_type=STATEMENT,
            subject_id=statement.id,
            details={"into": str(whole.id)},
        )
        before += statement.total_lines


@reads
def batches_of(*, actor: Actor, statement: Statement) -> set[UUID]:
    """The payment batches whose rows the statement's parts are: its own, and those of its pages."""
    batches = {statement.batch_id}
    if statement.place == WHOLE:
        batches |= set(_pages_of(actor, statement).values_list("batch_id", flat=True))
    return {each for each in batches if each is not None}


@reads
def places_of_pages(*, actor: Actor, wholes: Iterable[Statement]) -> dict[int, tuple[Statement, int]]:
    """By the place of a page in its file, the whole statement that was put together when that file came, and how many
    lines of it come before the page."""
    found: dict[int, tuple[Statement, int]] = {}
    for whole in wholes:
        if whole.place == WHOLE:
            for page in _pages_of(actor, whole).filter(checksum=whole.checksum):
                found[page.place] = (whole, page.hold_details["lines_before"])
    return found


def _pages_of(actor: Actor, whole: Statement) -> models.QuerySet[Statement]:
    return Statement.objects.filter(
        company_id=actor.company_id,
        bank_account=whole.bank_account_id,
        sequence_no=whole.sequence_no,
        hold_code=JOINED,
        hold_details__joined_into=str(whole.id),
    )


def _are_all(pages: Sequence[Page]) -> bool:
    """Whether they are all pages of a statement, one after the other."""
    follow = all(second.first == first.last + 1 for first, second in pairwise(pages))
    ends = [each.is_last for each in pages]
    return bool(pages) and follow and pages[0].first == 1 and ends[-1] and not any(ends[:-1])


def _by_first(page: Page) -> int:
    return page.first


def _kept(details: dict[str, Any]) -> Page:
    return Page(details["first_page"], details["last_page"], details["is_last_page"])


def _read_again(actor: Actor, statement: Statement) -> ParsedStatement:
    kept = StatementFile.objects.get(company_id=actor.company_id, checksum=statement.checksum)
    parsed = read_file(actor=actor, content=decompress(bytes(kept.content)), currency=statement.currency)
    return parsed[statement.place - 1]


def _days(first: date | None, last: date | None) -> tuple[date, date] | None:
    days = sorted(each for each in (first, last) if each is not None)
    return (days[0], days[-1]) if days else None


def _days_of(parsed: ParsedStatement) -> tuple[date, date] | None:
    return _days(parsed.period_from, parsed.period_to)


def _are_near(one: tuple[date, date] | None, other: tuple[date, date] | None) -> bool:
    if one is None or other is None:
        return True
    return (one[0] - other[1]).days <= _NEAR_DAYS and (other[0] - one[1]).days <= _NEAR_DAYS
