"""What the page of a document with a schedule shows first: what was paid of it, what is left, and every installment."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final

from batconnect.core.console.faces import (
    MAX_ROWS,
    Card,
    Face,
    Kept,
    Money,
    Named,
    Section,
    Stamp,
    Table,
    stamped,
)
from batconnect.core.console.links import Link
from batconnect.core.console.once import once
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.money import ZERO, format_amount
from ledger.models import Obligation
from ledger.repayment.kinds import RepaidKind
from ledger.repayment.models import Installment, RepaidDocument, RepaymentMatrix
from ledger.repayment.printed import installment_state
from ledger.repayment.querysets import ScheduleRow, schedule_of

_TONES: Final = {"Open": "good", "Hold": "warn", "Cancelled": "bad"}
_STATUS: Final = {"Hold": "On hold", "Open": "Being repaid"}


def document_face(kind: RepaidKind, own: tuple[tuple[str, str], ...] = ()) -> Face:
    """The face of the kind's documents; `own` are further facts, (label, attribute)."""

    def card(actor: Actor, row: Any) -> Card:
        paid, left, done = _figures(actor, kind, row)
        is_open = row.status in (RepaidDocument.Status.OPEN, RepaidDocument.Status.HOLD)
        given = not is_open or getattr(row, "is_given", True)
        return Card(
            kind=kind.word,
            number=row.number,
            person=row.customer,
            person_is="Driver",
            amount=Money(left if is_open else row.amount, row.currency),
            amount_is="Left to repay" if is_open else "Amount",
            status=_STATUS.get(row.status, str(row.get_status_display())) if given else "Not handed over yet",
            tone=_TONES.get(row.status, "") if given else "warn",  # type: ignore[arg-type]  # tones
            since=row.closed_at or row.start_week,
            since_is="since" if row.closed_at else "repaid from",
            sentence=row.status_reason or row.notes,
            facts=(
                ("Amount", Money(row.amount, row.currency)),
                ("Paid", Money(paid, row.currency)),
                ("Installments paid", f"{done} of {row.installment_count}"),
                *((label, _fact(row, name)) for label, name in own),
                ("Lease", row.lease),
                ("Written by", Kept(row.created_by_name, row.created_by_id)),
                ("Statement", Link(f"{row.number} (PDF)", f"{kind.address(row.number)}/receipt?format=pdf")),
            ),
            next_step=""
            if not is_open
            else _next_step(actor, kind, row, left)
            if given
            else f"{format_amount(row.amount)} {row.currency} are to be handed over.",
            next_action="release"
            if row.status == RepaidDocument.Status.HOLD
            else "hand_over"
            if not given
            else "",
        )

    def sections(actor: Actor, row: Any) -> Iterator[Section]:
        yield _schedule(actor, kind, row)

    return Face(card=card, sections=sections)


def _fact(row: Any, name: str) -> Any:
    shown = getattr(row, f"get_{name}_display", None)
    value = shown() if shown is not None else getattr(row, name)
    return f"{value.normalize():f} %" if name.endswith("_rate") and isinstance(value, Decimal) else value


def _rows(actor: Actor, kind: RepaidKind, row: Any) -> list[ScheduleRow]:
    """The installments in force, read once for the card and the schedule."""
    return once(
        row, "schedule", lambda: schedule_of(actor=actor, kind=kind, document_id=row.pk, amount=row.amount)
    )


def _figures(actor: Actor, kind: RepaidKind, row: Any) -> tuple[Decimal, Decimal, int]:
    """What is paid, what is left (nothing of a cancelled document), and how many installments are paid."""
    rows = _rows(actor, kind, row)
    paid = sum((each.paid_amount for each in rows), ZERO)
    left = sum((each.outstanding if each.obligation_id else each.total_due for each in rows), ZERO)
    is_cancelled = row.status == RepaidDocument.Status.CANCELLED
    return paid, ZERO if is_cancelled else left, sum(each.status == Installment.Status.PAID for each in rows)


def _next_step(actor: Actor, kind: RepaidKind, row: Any, left: Decimal) -> str:
    if row.status == RepaidDocument.Status.HOLD:
        return "Its installments wait until it is released."
    return f"{format_amount(left)} {row.currency} are repaid week by week." if left else ""


def _schedule(actor: Actor, kind: RepaidKind, row: Any) -> Table:
    rows = _rows(actor, kind, row)
    current = today(actor.company)
    interest = ("Interest",) if kind.bears_interest else ()

    def line(each: ScheduleRow) -> tuple[Any, ...]:
        name: Any = each.installment_id
        if each.obligation_id is not None:
            name = Named(Obligation(id=each.obligation_id), name)
        return (
            name,
            each.due_date,
            each.principal_amount,
            *((each.interest_amount,) if interest else ()),
            each.total_due,
            each.paid_amount,
            each.balance,
            installment_state({"status": row.status}, each.shape(), current),
        )

    total = sum((each.total_due for each in rows), ZERO)
    principal = sum((each.principal_amount for each in rows), ZERO)
    paid = sum((each.paid_amount for each in rows), ZERO)
    own = (sum((each.interest_amount for each in rows), ZERO),) if interest else ()
    return Table(
        title="Schedule",
        columns=("Installment", "Due", "Principal", *interest, "Total", "Paid", "Principal left", "Status"),
        rows=[line(each) for each in rows[: MAX_ROWS + 1]],
        total=("All", "", principal, *own, total, paid, "", ""),
        empty="There is no installment in force.",
        rest="The statement (PDF) has all of them.",
    )


def installment_face(kind: RepaidKind) -> Face:
    """The face of the rows of the kind's schedules."""

    def card(actor: Actor, row: Any) -> Card:
        document = getattr(row, kind.parent)
        owed = Obligation.objects.filter(company_id=row.company_id, id=row.pk).first()
        is_late = owed is not None and bool(owed.outstanding) and row.due_date < today(actor.company)
        return Card(
            kind=f"Installment of a {kind.noun}",
            number=row.installment_id,
            person=document.customer,
            person_is="Driver",
            amount=Money(owed.outstanding if owed is not None else row.total_due, document.currency),
            amount_is="Left to pay" if owed is not None else "Amount",
            status="Overdue" if is_late else str(row.get_status_display()),
            tone="warn" if is_late else "good" if row.status == Installment.Status.PAID else "",
            since=row.due_date,
            since_is="due",
            sentence="Its document is on hold or cancelled, so it waits." if row.is_suspended else "",
            facts=(
                (kind.word, document),
                ("Principal", Money(row.principal, document.currency)),
                ("Total", Money(row.total_due, document.currency)),
                ("Posted on", row.posted_on),
                ("Owed as", owed),
            ),
        )

    return Face(card=card)


def _matrix_card(actor: Actor, row: RepaymentMatrix) -> Card:
    day = today(actor.company)
    versions = RepaymentMatrix.objects.filter(company_id=row.company_id, effective_from__lte=day)
    current = versions.order_by("-effective_from", "-version").values_list("id", flat=True).first()
    is_later = row.effective_from > day
    return Card(
        kind="Repayment matrix",
        number=f"Version {row.version}",
        person=Kept(row.actor, row.created_by_id),
        person_is="Made by",
        status="Applies today" if row.pk == current else "Applies later" if is_later else "Replaced",
        tone="good" if row.pk == current else "",
        since=row.effective_from,
        since_is="from",
        sentence="What is repaid a week goes by the amount; a schedule keeps the version it was made with.",
    )


MATRIX_FACE: Final = Face(card=_matrix_card)
stamped(RepaymentMatrix, Stamp("created_at", "Made", who="actor", person="created_by"))
