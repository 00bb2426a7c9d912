"""Opening a drawer with its float, and counting it at the end of the day (docs/domain.md#drawers-counted)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from django.db import models, transaction
from django.db.models import Count, F, Func, Sum

from bank import postings
from bank.errors import (
    COUNT_WAITING,
    DRAWER_CLOSED,
    DRAWER_COUNTED,
    DRAWER_OF_ANOTHER,
    DRAWER_OPEN,
    SessionNotFound,
)
from bank.models import DrawerCount, DrawerSession
from bank.postings import DRAWER_SESSION
from bank.querysets.counter import account_of, checks_of_drawer, name_of
from bank.rules.denominations import Pieces, counted_cash
from batconnect.core.approvals.errors import NEEDS_PERSON
from batconnect.core.approvals.kinds import ApprovalKind, Carried
from batconnect.core.approvals.limits import Excess
from batconnect.core.approvals.services import About, request_approval
from batconnect.core.audit import audit_event
from batconnect.core.companies.currencies import OFFERED
from batconnect.core.database.rows import Change, execute_batch, insert_batch
from batconnect.core.database.transactions import joins_transaction
from batconnect.core.kernel import clock
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import Conflict, InvalidInput, NotAllowed
from batconnect.core.kernel.ids import uuid7
from batconnect.core.kernel.money import LARGEST, ZERO, format_amount
from batconnect.core.models import Approval, AuditEvent
from ledger.rules.reasons import LONGEST, checked_reason
from ledger.services import post_entries
from ledger.services.dates import open_day
from ledger.treasury.errors import DrawerShort
from ledger.treasury.models import Drawer
from ledger.treasury.services.paying import find_drawer, locked_balance

RIGHT: Final = "bank.count_drawer"
AGREE: Final = "bank.approve_count"
_Status = DrawerSession.Status
_COUNTED: Final = """
update bank_drawer_sessions set status = %s, attempt = %s, expected = %s::numeric, counted = %s::numeric,
  difference = %s::numeric, checks_expected = %s::int, checks_expected_amount = %s::numeric, checks_counted = %s::int,
  checks_counted_amount = %s::numeric, reason = %s, counted_by = %s, counted_on = %s::date,
  counted_at = %s::timestamptz, entry_id = %s::uuid
where company_id = %s::uuid and id = %s::uuid
"""
_AGREED: Final = """
update bank_drawer_sessions set status = 'counted', approved_by = %s, entry_id = %s::uuid
where company_id = %s::uuid and id = %s::uuid
"""


@dataclass(frozen=True, slots=True)
class CountOfDrawer:
    """What somebody counted: cash as an amount, or as pairs of a denomination and its pieces, or both; and checks by
    number and amount."""

    amount: Decimal | None = None
    pieces: Sequence[tuple[Decimal, int]] = ()
    checks: int = 0
    checks_amount: Decimal = ZERO
    reason: str = ""


@transaction.atomic
def open_session(
    *,
    actor: Actor,
    currency: str = "",
    amount: Decimal | None = None,
    pieces: Sequence[tuple[Decimal, int]] = (),
) -> DrawerSession:
    """Open the actor's own drawer in the currency, the office's where there is none, with the float as counted.

    A float that differs from the books is kept with the session; what is missing posts when the drawer is counted.
    Needs `bank.count_drawer`. Raises NotAllowed 403 for a job, InvalidInput for what `counted_cash` refuses and an
    unknown currency, Conflict 409 `drawer_open`.
    """
    actor.require(RIGHT)
    if actor.user_id is None:
        raise NotAllowed("A person opens a drawer.", code=NEEDS_PERSON)
    money = currency or actor.company.base_currency
    if money not in OFFERED:
        raise InvalidInput(f"{money[:10]!r} is not offered.", field="currency")
    counted, kept = counted_cash(currency=money, amount=amount, pieces=pieces)
    drawer = find_drawer(actor=actor, currency=money)
    expected = locked_balance(actor=actor, currency=money, code=account_of(drawer))
    live = DrawerSession.objects.exclude(status=_Status.COUNTED)
    if there := live.filter(company_id=actor.company_id, drawer=drawer, currency=money).first():
        raise Conflict(
            f"{name_of(drawer)} was opened by {there.opened_by} on {there.opened_on}.", code=DRAWER_OPEN
        )
    session = DrawerSession(
        id=uuid7(),
        company_id=actor.company_id,
        drawer=drawer,
        currency=money,
        holder_id=actor.user_id,
        opened_by=actor.name,
        opened_on=clock.today(actor.company),
        opening_expected=expected,
        opening_counted=counted,
    )
    event = _event(actor, session, "bank.drawer_opened", counted, expected)
    insert_batch([session], _rows(session, 0, kept), [event])
    session.refresh_from_db()
    return session


@transaction.atomic
def count_session(*, actor: Actor, session_id: UUID, count: CountOfDrawer) -> DrawerSession | Approval:
    """Count the drawer: what differs from the books posts to cash over and short, and the session is over.

    What is expected is read under the lock of the drawer and its account. A difference of the cash, with those of the
    drawer counted today, or of the checks above the company's `count_difference_limit` waits: the answer is the request
    on which another user decides. Needs `bank.count_drawer`, and `bank.approve_count` for a drawer that somebody else
    opened; a reason of 10 to 500 characters where anything differs. Raises SessionNotFound (404), NotAllowed 403
    `drawer_of_another`, Conflict 409 `drawer_counted`, `count_waiting`, `drawer_closed`, InvalidInput.
    """
    actor.require(RIGHT)
    session = _locked(actor, session_id)
    if session.holder_id != actor.user_id and not actor.can(AGREE):
        raise NotAllowed(f"{session.opened_by} opened this drawer.", code=DRAWER_OF_ANOTHER)
    if session.status == _Status.WAITING:
        raise Conflict("The count waits for a second person.", code=COUNT_WAITING)
    if session.status == _Status.COUNTED:
        raise Conflict(f"{session.counted_by} counted it on {session.counted_on}.", code=DRAWER_COUNTED)
    counted, kept = counted_cash(currency=session.currency, amount=count.amount, pieces=count.pieces)
    expected = _expected(actor, session)
    checks = checks_of_drawer(actor=actor, session=session).aggregate(n=Count("id"), total=Sum("amount"))
    session.attempt += 1
    session.expected, session.counted, session.difference = expected, counted, counted - expected
    session.checks_expected, session.checks_expected_amount = checks["n"], checks["total"] or ZERO
    session.checks_counted, session.checks_counted_amount = _checked_checks(count)
    session.reason = _checked_reason(session, count.reason)
    session.counted_by, session.counted_on = actor.name, clock.today(actor.company)
    session.counted_at = clock.now()
    _require_drawer(session)
    excess = _find_excess(actor, session)
    if excess is not None:
        return _ask(actor, session, kept, excess)
    return _finish(actor, session, kept)


def _locked(actor: Actor, session_id: UUID) -> DrawerSession:
    """The session, locked, and its drawer, into which nobody takes cash until the transaction ends."""
    rows = DrawerSession.objects.select_for_update(no_key=True, of=("self",))
    session = rows.filter(company_id=actor.company_id, id=session_id).first()
    if session is None:
        raise SessionNotFound(f"There is no session of a drawer {session_id}.")
    if session.drawer_id is not None:
        drawers = Drawer.objects.select_for_update(no_key=True)
        session.drawer = drawers.get(company_id=actor.company_id, id=session.drawer_id)
    return session


def _expected(actor: Actor, session: DrawerSession) -> Decimal:
    return locked_balance(actor=actor, currency=session.currency, code=account_of(session.drawer))


def _checked_checks(count: CountOfDrawer) -> tuple[int, Decimal]:
    if count.checks < 0 or not ZERO <= count.checks_amount <= LARGEST:
        raise InvalidInput("The number and the amount of checks are not below zero.", field="checks_counted")
    if not count.checks and count.checks_amount:
        raise InvalidInput(
            f"Say how many checks the {format_amount(count.checks_amount)} are.", field="checks_counted"
        )
    return count.checks, count.checks_amount


def _checks_differ(session: DrawerSession) -> Decimal:
    """By how much the checks differ, above zero."""
    assert session.checks_counted_amount is not None
    assert session.checks_expected_amount is not None
    return abs(session.checks_counted_amount - session.checks_expected_amount)


def _checked_reason(session: DrawerSession, reason: str) -> str:
    if session.difference or _checks_differ(session) or session.checks_counted != session.checks_expected:
        return checked_reason(reason)
    return reason.strip()[:LONGEST]


def _require_drawer(session: DrawerSession) -> None:
    if session.difference and session.drawer is not None and not session.drawer.is_active:
        raise Conflict(
            f"{session.drawer.name} is closed; {format_amount(session.difference)} would be posted to it.",
            code=DRAWER_CLOSED,
        )


def _find_excess(actor: Actor, session: DrawerSession) -> Excess | None:
    """Why a second person is needed. The account is locked, so that of two at once the second counts the first."""
    limit = actor.company.count_difference_limit
    assert session.difference is not None
    before = DrawerSession.objects.filter(
        company_id=actor.company_id,
        drawer=session.drawer_id,
        currency=session.currency,
        status=_Status.COUNTED,
        counted_on=session.counted_on,
    )
    total = before.aggregate(total=Sum(Func(F("difference"), function="abs")))["total"]
    counted: Decimal = total or ZERO
    if session.difference and abs(session.difference) + counted > limit:
        also = f" with the {format_amount(counted)} that differed today" if counted else ""
        sentence = (
            f"{format_amount(abs(session.difference))}{also} is above the limit of {format_amount(limit)}"
        )
        return Excess(limit, counted, sentence)
    checks = _checks_differ(session)
    if checks > limit:
        sentence = f"{format_amount(checks)} of checks is above the limit of {format_amount(limit)}"
        return Excess(limit, ZERO, sentence)
    return None


def _ask(actor: Actor, session: DrawerSession, kept: Pieces, excess: Excess) -> Approval:
    assert session.difference is not None
    about = About(
        subject_type=DRAWER_SESSION,
        subject_id=str(session.id),
        title=_title(session),
        parameters={"session_id": str(session.id), "attempt": session.attempt},
        reason=session.reason,
        amount=abs(session.difference) or _checks_differ(session),
        currency=session.currency,
        holds=str(session.id),
    )
    insert_batch(_rows(session, session.attempt, kept))
    session.status = _Status.WAITING
    return request_approval(
        actor=actor, kind=KIND, about=about, excess=excess, changes=[_counted(session, None)]
    )


def _title(session: DrawerSession) -> str:
    assert session.difference is not None
    assert session.counted is not None
    assert session.expected is not None
    return (
        f"Count of {name_of(session.drawer)}: {format_amount(session.counted)} of "
        f"{format_amount(session.expected)} {session.currency}"
    )


def _finish(actor: Actor, session: DrawerSession, kept: Pieces) -> DrawerSession:
    assert session.counted is not None
    assert session.expected is not None
    session.status = _Status.COUNTED
    event = _event(actor, session, "bank.drawer_counted", session.counted, session.expected)
    rows: list[Sequence[models.Model]] = [_rows(session, session.attempt, kept), [event]]
    if not session.difference:
        execute_batch(*rows, changes=[_counted(session, None)])
    else:
        draft = _draft(actor, session)
        post_entries(actor=actor, drafts=[draft], rows=rows, changes=[_counted(session, draft.id)])
    session.refresh_from_db()
    return session


def _draft(actor: Actor, session: DrawerSession) -> postings.EntryDraft:
    assert session.difference is not None
    return postings.drawer_counted(
        session_id=session.id,
        entry_id=uuid7(),
        account=account_of(session.drawer),
        difference=session.difference,
        currency=session.currency,
        on=open_day(actor=actor, day=clock.today(actor.company)),
        reason=session.reason,
    )


def _counted(session: DrawerSession, entry_id: UUID | None) -> Change:
    counted_at: datetime | None = session.counted_at
    return Change(
        _COUNTED,
        [
            *(str(session.status), session.attempt, session.expected, session.counted, session.difference),
            *(session.checks_expected, session.checks_expected_amount),
            *(session.checks_counted, session.checks_counted_amount),
            *(session.reason, session.counted_by, session.counted_on, counted_at, entry_id),
            *(session.company_id, session.id),
        ],
    )


def _waiting(actor: Actor, approval: Approval) -> DrawerSession:
    """The session whose count the request is about. Raises Conflict where it is another count by now."""
    session = _locked(actor, UUID(approval.parameters["session_id"]))
    if session.status != _Status.WAITING or session.attempt != approval.parameters["attempt"]:
        raise Conflict("This count does not wait any more.", code=DRAWER_COUNTED)
    return session


@joins_transaction
def _carry_out(actor: Actor, approval: Approval) -> Carried:
    """Post the difference as it was counted; what was taken or paid out since then stands beside it."""
    session = _waiting(actor, approval)
    assert session.difference is not None
    _require_drawer(session)
    stands = _expected(actor, session)
    if stands + session.difference < min(stands, ZERO):
        raise DrawerShort(
            f"{name_of(session.drawer)} holds {format_amount(max(stands, ZERO))} by now: "
            f"{format_amount(-session.difference)} cannot be missing."
        )
    draft = _draft(actor, session) if session.difference else None
    agreed = Change(_AGREED, [actor.name, draft.id if draft else None, session.company_id, session.id])
    if draft is None:
        execute_batch(changes=[agreed])
    else:
        post_entries(actor=actor, drafts=[draft], changes=[agreed])
    session.refresh_from_db()
    return Carried(f"{_title(session)} is agreed to.", {"session_id": str(session.id)}, session)


@joins_transaction
def _turn_down(actor: Actor, approval: Approval) -> Carried | None:
    """The drawer is open again, and is to be counted once more."""
    session = _waiting(actor, approval)
    session.status = _Status.OPEN
    for name in ("expected", "counted", "difference", "counted_on", "counted_at"):
        setattr(session, name, None)
    for name in ("checks_expected", "checks_counted", "checks_expected_amount", "checks_counted_amount"):
        setattr(session, name, None)
    session.reason = session.counted_by = ""
    execute_batch(changes=[_counted(session, None)])
    return Carried(f"{name_of(session.drawer)} is to be counted again.", {}, session)


KIND: Final = ApprovalKind(
    code="count",
    label="Count of a drawer",
    permission=AGREE,
    view_permission="bank.view",
    trail="bank.count",
    carry_out=_carry_out,
    turn_down=_turn_down,
    limit="count_difference_limit",
)


def _rows(session: DrawerSession, attempt: int, kept: Pieces) -> list[DrawerCount]:
    return [
        DrawerCount(
            id=uuid7(),
            company_id=session.company_id,
            session_id=session.id,
            attempt=attempt,
            denomination=value,
            pieces=pieces,
        )
        for value, pieces in kept
    ]


def _event(
    actor: Actor, session: DrawerSession, action: str, counted: Decimal, expected: Decimal
) -> AuditEvent:
    return audit_event(
        actor=actor,
        action=action,
        subject_type=DRAWER_SESSION,
        subject_id=session.id,
        reason=session.reason,
        details={
            "drawer": name_of(session.drawer),
            "counted": str(counted),
            "expected": str(expected),
            "currency": session.currency,
        },
    )
