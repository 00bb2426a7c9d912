"""Entering in the journal by hand: accruals, reclassifications (docs/domain.md#journal-entries)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Sum

from batconnect.core.approvals.kinds import ApprovalKind, Carried
from batconnect.core.approvals.limits import Excess
from batconnect.core.approvals.services import About, request_approval
from batconnect.core.audit import audit_event
from batconnect.core.database.numbers import take
from batconnect.core.database.rows import Change
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.errors import Conflict, InvalidInput
from batconnect.core.kernel.ids import uuid7
from batconnect.core.kernel.money import ZERO, exact_money, format_amount
from batconnect.core.models import Approval
from ledger.errors import ALREADY_VOIDED, DATE_CLOSED
from ledger.general.errors import REVERSED_TOO_EARLY, ManualEntryNotFound
from ledger.general.models import ManualEntry
from ledger.general.postings import MANUAL_ENTRY, REVERSED, VOIDED, journal_entered
from ledger.general.services.lines import Line, checked_lines
from ledger.general.subjects import MANUAL_NUMBERS
from ledger.models import Posting
from ledger.postings import Leg, reversal
from ledger.rules.reasons import checked_reason
from ledger.services import post_entries, require_book_date

ENTER: Final = "ledger.enter_journal"
_ONE_AT_A_TIME: Final = "select pg_advisory_xact_lock(hashtextextended(%s, 10))"
_TAKE_BACK: Final = """
update manual_entries set reversal_id = %s::uuid, is_voided = %s where company_id = %s::uuid and id = %s::uuid
"""


@dataclass(frozen=True, slots=True)
class Wanted:
    """An entry that somebody wants made: (account code, amount) lines that sum to zero, in one currency."""

    on: date
    currency: str
    lines: tuple[tuple[str, Decimal], ...]
    reason: str
    reverse_on: date | None

    @property
    def amount(self) -> Decimal:
        """What its debits come to."""
        return sum((amount for _, amount in self.lines if amount > 0), ZERO)


@transaction.atomic
def enter_journal(
    *,
    actor: Actor,
    on: date,
    lines: Sequence[Line],
    reason: str,
    currency: str = "",
    reverse_on: date | None = None,
) -> ManualEntry | Approval:
    """Post what a person enters, with number `JE-YYYY-NNN`; above the company's limit request approval.

    The limit counts what was entered today in the currency, whoever did it. `currency` is the company's own
    when empty. With `reverse_on` it is taken back on that day: at once when the day has come, else by a job. Needs
    `ledger.enter_journal` and a reason of 10 to 500 characters. Raises InvalidInput for lines (`wrong_lines`,
    `unknown_account`, `account_of_items`, `not_balanced`), for a date in the future or closed, `reversed_too_early`.

    Rule: docs/domain.md#journal-entries.
    """
    actor.require(ENTER)
    money = currency or actor.company.base_currency
    checked = checked_lines(actor=actor, currency=money, lines=lines)
    wanted = Wanted(on, money, checked, checked_reason(reason), reverse_on)
    return _enter(actor, wanted, None)


@transaction.atomic
def void_manual_entry(*, actor: Actor, manual_entry_id: UUID, reason: str) -> ManualEntry | Approval:
    """Take a manual entry back today, by the reversal of its entry; above the limit request approval.

    Needs `ledger.void` and a reason of 10 to 500 characters. Raises ManualEntryNotFound (404), Conflict 409
    `already_voided` when it was voided, or taken back on its day.
    """
    actor.require("ledger.void")
    return _void(actor, manual_entry_id, checked_reason(reason), None)


@transaction.atomic
def reverse_due_entries(*, actor: Actor) -> int:
    """Take back every manual entry whose `reverse_on` has come: effective on that day, or the first open one after it.

    How many were. What is voided, or was taken back before, is left alone.
    """
    due = ManualEntry.objects.select_for_update(no_key=True, of=("self",)).filter(
        company_id=actor.company_id, reverse_on__lte=today(actor.company), reversal__isnull=True
    )
    rows = list(due.select_related("entry").order_by("id"))
    for row in rows:
        _reverse(actor, row)
    return len(rows)


def _enter(actor: Actor, wanted: Wanted, approval: Approval | None) -> ManualEntry | Approval:
    require_book_date(actor=actor, day=wanted.on, field="date")
    _require_later(actor, wanted)
    excess = _find_excess(actor, wanted.amount, wanted.currency)
    if excess is not None and approval is None:
        title = f"Journal entry of {format_amount(wanted.amount)} {wanted.currency} on {wanted.on}"
        return _ask(actor, excess, title, wanted.amount, wanted.currency, wanted.reason, _as_json(wanted))
    row = _post(actor, wanted, approval)
    if row.reverse_on is not None and row.reverse_on <= today(actor.company):
        _reverse(actor, row)
    return row


def _post(actor: Actor, wanted: Wanted, approval: Approval | None) -> ManualEntry:
    day = today(actor.company)
    row_id = uuid7()
    draft = journal_entered(
        manual_entry_id=row_id,
        lines=wanted.lines,
        currency=wanted.currency,
        on=wanted.on,
        reason=wanted.reason,
    )
    (number,) = take(MANUAL_NUMBERS, company_id=actor.company_id, day=day)
    # Whoever asked for it entered it; whoever agreed is the second person.
    row = ManualEntry(
        id=row_id,
        company_id=actor.company_id,
        number=number.text,
        number_order=number.order,
        effective_on=wanted.on,
        currency=wanted.currency,
        amount=wanted.amount,
        reason=wanted.reason,
        entry_id=draft.id,
        reverse_on=wanted.reverse_on,
        entered_on=day,
        created_by_id=approval.requested_by_id if approval else actor.user_id,
        entered_by=_name_of(approval) if approval else actor.name,
        approved_by=actor.name if approval else "",
    )
    trail = audit_event(
        actor=actor,
        action="ledger.enter_journal",
        subject_type=MANUAL_ENTRY,
        subject_id=row_id,
        reason=wanted.reason,
        details={"number": number.text, "amount": str(wanted.amount), "currency": wanted.currency},
    )
    post_entries(actor=actor, drafts=[draft], rows=[[row], [trail]])
    row._state.adding = False
    return row


def _void(
    actor: Actor, manual_entry_id: UUID, reason: str, approval: Approval | None
) -> ManualEntry | Approval:
    known = ManualEntry.objects.filter(company_id=actor.company_id, id=manual_entry_id).first()
    if known is None:
        raise ManualEntryNotFound(f"There is no manual entry {manual_entry_id}.")
    excess = _find_excess(actor, known.amount, known.currency)
    row = (
        ManualEntry.objects.select_for_update(no_key=True, of=("self",))
        .select_related("entry")
        .get(company_id=actor.company_id, id=manual_entry_id)
    )
    if row.reversal_id is not None:
        how = "voided" if row.is_voided else f"taken back on {row.reverse_on}, as was entered with it"
        raise Conflict(f"{row.number} is {how}.", code=ALREADY_VOIDED)
    if excess is not None and approval is None:
        title = f"Void of {row.number} for {format_amount(row.amount)} {row.currency}"
        parameters = {"void": str(row.id)}
        return _ask(actor, excess, title, row.amount, row.currency, reason, parameters, row)
    _take_back(actor, row, event=VOIDED, on=today(actor.company), reason=reason, is_void=True)
    return row


def _reverse(actor: Actor, row: ManualEntry) -> None:
    """On its day; when that is closed by now, on the first open one."""
    assert row.reverse_on is not None
    closed = actor.company.closed_until
    on = row.reverse_on if closed is None else max(row.reverse_on, closed + timedelta(days=1))
    _take_back(actor, row, event=REVERSED, on=on, reason=f"Reversal of {row.number}", is_void=False)


def _take_back(actor: Actor, row: ManualEntry, *, event: str, on: date, reason: str, is_void: bool) -> None:
    lines = Posting.objects.filter(company_id=actor.company_id, entry=row.entry_id).order_by("line")
    draft = reversal(
        entry_id=row.entry_id,
        event=event,
        source_type=MANUAL_ENTRY,
        source_id=str(row.id),
        currency=row.currency,
        on=on,
        legs=[Leg(*line) for line in lines.values_list("account__code", "amount")],
        customer_id=None,
        lease_id=None,
        reason=reason,
    )
    trail = audit_event(
        actor=actor,
        action=f"ledger.{event}",
        subject_type=MANUAL_ENTRY,
        subject_id=row.id,
        reason=reason,
        details={"number": row.number, "amount": str(row.amount), "currency": row.currency},
    )
    change = Change(_TAKE_BACK, [draft.id, is_void, actor.company_id, row.id])
    post_entries(actor=actor, drafts=[draft], rows=[[trail]], changes=[change])
    row.reversal_id, row.is_voided = draft.id, is_void


def _require_later(actor: Actor, wanted: Wanted) -> None:
    if wanted.reverse_on is None:
        return
    if wanted.reverse_on <= wanted.on:
        raise InvalidInput(
            f"{wanted.reverse_on} is not after {wanted.on}, the entry's date.",
            code=REVERSED_TOO_EARLY,
            field="reverse_on",
        )
    closed = actor.company.closed_until
    if closed is not None and wanted.reverse_on <= closed:
        raise InvalidInput(
            f"{wanted.reverse_on} is closed: the books are closed up to and including {closed}.",
            code=DATE_CLOSED,
            field="reverse_on",
        )


def _find_excess(actor: Actor, amount: Decimal, currency: str) -> Excess | None:
    """Why a second person is needed. Locks what is entered in the company until the transaction ends, so that of two
    at once the second counts the first."""
    with connection.cursor() as cursor:
        cursor.execute(_ONE_AT_A_TIME, [f"manual entries {actor.company_id}"])
    limit = KIND.limit_of(actor.company)
    if limit is None:
        return None
    today_s = ManualEntry.objects.filter(
        company_id=actor.company_id, entered_on=today(actor.company), currency=currency
    )
    counted: Decimal = today_s.aggregate(total=Sum("amount"))["total"] or ZERO
    if amount + counted <= limit:
        return None
    before = f" with the {format_amount(counted)} entered today" if counted else ""
    return Excess(
        limit, counted, f"{format_amount(amount)}{before} is above the limit of {format_amount(limit)}"
    )


def _ask(
    actor: Actor,
    excess: Excess,
    title: str,
    amount: Decimal,
    currency: str,
    reason: str,
    parameters: Mapping[str, Any],
    row: ManualEntry | None = None,
) -> Approval:
    about = About(
        subject_type=MANUAL_ENTRY,
        subject_id=str(row.id if row else uuid7()),
        title=title,
        parameters=parameters,
        reason=reason,
        amount=amount,
        currency=currency,
        holds=str(row.id) if row else "",
    )
    return request_approval(actor=actor, kind=KIND, about=about, excess=excess)


def _name_of(approval: Approval) -> str:
    """Whoever asked, as actors are named."""
    return approval.requested_by.first_name or approval.requested_by.get_username()


def _as_json(wanted: Wanted) -> dict[str, Any]:
    return {
        "date": wanted.on.isoformat(),
        "currency": wanted.currency,
        "lines": [[account, str(amount)] for account, amount in wanted.lines],
        "reverse_on": wanted.reverse_on.isoformat() if wanted.reverse_on else None,
    }


def _carry_out(actor: Actor, approval: Approval) -> Carried:
    """Enter or void what another person asked for; refused when its date is closed by now."""
    parameters = approval.parameters
    done: ManualEntry | Approval
    if "void" in parameters:
        done = _void(actor, UUID(parameters["void"]), approval.reason, approval)
        assert isinstance(done, ManualEntry)
        return Carried(f"{done.number} is voided.", {"entry_id": str(done.reversal_id)}, done)
    wanted = Wanted(
        on=date.fromisoformat(parameters["date"]),
        currency=parameters["currency"],
        lines=tuple((account, exact_money(amount)) for account, amount in parameters["lines"]),
        reason=approval.reason,
        reverse_on=date.fromisoformat(parameters["reverse_on"]) if parameters["reverse_on"] else None,
    )
    done = _enter(actor, wanted, approval)
    assert isinstance(done, ManualEntry)
    sentence = f"{done.number} for {format_amount(done.amount)} {done.currency} is posted."
    return Carried(sentence, {"entry_id": str(done.entry_id), "manual_entry_id": str(done.id)}, done)


KIND: Final = ApprovalKind(
    code="manual_entry",
    label="Journal entry",
    permission="ledger.approve_journal_entry",
    view_permission="ledger.view",
    trail="ledger.manual_entry",
    carry_out=_carry_out,
    limit="manual_entry_approval_limit",
)
