"""The proof of the seals: every row is what was sealed, and every seal stands on the one before it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.db import connection

from batconnect.core.database.transactions import reads
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import now, today
from batconnect.core.models import JobRun, Seal
from batconnect.core.sealing.chain import seal_digest
from batconnect.core.sealing.kinds import sealed_kinds
from batconnect.core.sealing.sealing import LOOK_BACK
from batconnect.core.sealing.statements import ROWS_OF_SEALS, changed_since_sql, changed_sql

VERIFY_SEALS: Final = "core.verify_seals"
"""The job that does it every night; its runs say what it found, and up to which seal."""
WHOLE_EVERY: Final = timedelta(days=7)
_LATE: Final = f"{LOOK_BACK.days} days"
_SUNDAY: Final = 7


@dataclass(frozen=True, slots=True)
class SealDifference:
    """What is not as it was sealed, and why."""

    subject: str
    message: str


@reads
def seal_differences(*, actor: Actor) -> Iterator[SealDifference]:
    """Every row that was changed, removed or put in afterwards, and every seal that does not hold.

    Reads all that is sealed: for a command or a job, not for a page. Rule: docs/seals.md#checking.
    """
    yield from _of_chain(actor)
    for kind in sealed_kinds():
        with connection.chunked_cursor() as cursor:
            cursor.execute(changed_sql(kind), {"company": actor.company_id, "late": _LATE})
            while rows := cursor.fetchmany(500):
                for subject, message in rows:
                    yield SealDifference(subject, message)


@reads
def new_seal_differences(*, actor: Actor, after: int, digest: bytes, upto: int) -> Iterator[SealDifference]:
    """The same of the seals behind number `after`, which had this digest when it was last looked at.

    Reads their rows alone: what was put in past the application, and was never sealed, is found by `seal_differences`.
    """
    head = Seal.objects.filter(company_id=actor.company_id, number=after).first()
    if head is None or bytes(head.digest) != digest:
        yield SealDifference(
            f"seal {after}", "is gone" if head is None else "is not what it was when last verified"
        )
    yield from _of_chain(actor, after=after, digest=digest)
    for kind in sealed_kinds():
        with connection.chunked_cursor() as cursor:
            cursor.execute(
                changed_since_sql(kind),
                {"company": actor.company_id, "after": after, "upto": upto, "late": _LATE},
            )
            while rows := cursor.fetchmany(500):
                for subject, message in rows:
                    yield SealDifference(subject, message)


@reads
def check_and_count(*, actor: Actor) -> tuple[dict[str, int], SealDifference | None]:
    """How many seals there are and how many differences (`seal_differences`), and the first of these."""
    first, count = None, 0
    for difference in seal_differences(actor=actor):
        first, count = first or difference, count + 1
    seals = Seal.objects.filter(company_id=actor.company_id).count()
    return {"seals": seals, "differences": count}, first


@reads
def check_new_and_count(*, actor: Actor) -> tuple[dict[str, int], SealDifference | None]:
    """The night's check: as `check_and_count`, of the seals from the last one on that held, on Sundays of all.

    The counts say besides which seals were read, `first` to `last`: where they held, the next night begins with the
    last. Everything is read too where no earlier night held, after one that found something, and a week after the last
    that read everything. Rule: docs/seals.md#checking.
    """
    last = Seal.objects.filter(company_id=actor.company_id).order_by("-number").first()
    held = _held_before(actor)
    if held is None or last is None or held.number == 1:
        counts, first = check_and_count(actor=actor)
        return {**counts, "first": 1, "last": last.number if last else 0}, first
    found = list(
        new_seal_differences(
            actor=actor, after=held.number - 1, digest=bytes(held.previous), upto=last.number
        )
    )
    counts = {"seals": last.number - held.number + 1, "differences": len(found)}
    return {**counts, "first": held.number, "last": last.number}, found[0] if found else None


def _held_before(actor: Actor) -> Seal | None:
    """The seal that tonight's check begins with; None for all of them."""
    if today(actor.company).isoweekday() == _SUNDAY:
        return None
    runs = JobRun.objects.filter(
        company_id=actor.company_id, task=VERIFY_SEALS, finished_at__isnull=False
    ).order_by("-id")
    latest = runs.first()
    whole = runs.filter(state=JobRun.State.DONE, counts__first=1).first()
    if latest is None or latest.state != JobRun.State.DONE or latest.counts.get("differences") != 0:
        return None
    if whole is None or whole.finished_at is None or now() - whole.finished_at > WHOLE_EVERY:
        return None
    return Seal.objects.filter(company_id=actor.company_id, number=latest.counts.get("last", 0)).first()


def _of_chain(actor: Actor, *, after: int = 0, digest: bytes = b"") -> Iterator[SealDifference]:
    expected, before = after + 1, digest
    with connection.chunked_cursor() as cursor:
        cursor.execute(ROWS_OF_SEALS, {"company": actor.company_id, "after": after})
        while rows := cursor.fetchmany(100):
            for number, previous, digest, covered, found, digests, last_place in rows:
                subject = f"seal {number}"
                if number != expected:
                    yield SealDifference(subject, f"seal {expected} should come before it")
                elif bytes(previous) != before:
                    yield SealDifference(subject, "is not made on the seal before it")
                if not covered == found == last_place:
                    yield SealDifference(subject, f"covers {covered} rows, and {found} are there")
                computed = seal_digest(
                    company_id=actor.company_id,
                    number=number,
                    previous=bytes(previous),
                    rows=[bytes(digests)],
                )
                if computed != bytes(digest):
                    yield SealDifference(subject, "is not the digest of its rows")
                expected, before = number + 1, bytes(digest)
