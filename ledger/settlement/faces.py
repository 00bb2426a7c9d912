"""What the pages of DTRs and of weekly runs show first: how the week adds up, and what a run did, in a sentence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
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
    TimelineEvent,
    adds_to_timeline,
    stamped,
)
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.money import format_amount
from batconnect.core.kernel.words import describe_code, format_day
from ledger import weekly
from ledger.models import Dtr, DtrExport, LeaseEarning, Obligation, WeeklyRun
from ledger.rules.settlement import last_day
from ledger.settlement.services.documents import dtr_document


def week_of(row: Dtr) -> str:
    """`Nov. 15, 2026 – Nov. 21, 2026`."""
    return f"{format_day(row.week)} – {format_day(last_day(row.week))}"


def _dtr_card(actor: Actor, row: Dtr) -> Card:
    is_waiting = row.status == Dtr.Status.FINALIZED and row.due_to_driver > 0
    owes = not row.due_to_driver and row.carried_forward > 0
    paid = row.status == Dtr.Status.PAID
    how = f"{row.get_payment_method_display()} {row.payment_reference}".strip() if paid else ""
    return Card(
        kind="Driver transaction report",
        number=row.number,
        person=row.customer,
        person_is="Driver",
        amount=Money(row.carried_forward if owes else row.due_to_driver, row.currency),
        amount_is="Carried forward" if owes else "Due to the driver",
        status="Waits to be paid out" if is_waiting else str(row.get_status_display()),
        tone="warn" if is_waiting else "good",
        since=row.paid_on or row.settled_on,
        since_is="paid" if row.paid_on else "settled",
        sentence=_outcome(row),
        facts=(
            ("Week", week_of(row)),
            ("Lease", row.lease),
            ("Paid by", how),
            ("Paid out by", Kept(row.paid_by)),
            ("Payouts that came back", row.returned_payouts or None),
            ("Report before", row.previous),
            ("Former driver of the lease", True if row.is_former else None),
        ),
        next_step=f"{format_amount(row.due_to_driver)} {row.currency} are to be paid out."
        if is_waiting
        else "",
        next_action="pay_out",
    )


def _outcome(row: Dtr) -> str:
    """What the week came to, in a sentence."""
    if row.due_to_driver and row.carried_forward:
        return f"So much is paid of the earnings; {format_amount(row.carried_forward)} stay owed, on the next report."
    if row.due_to_driver:
        return "What is left of the earnings after everything that was owed."
    if row.carried_forward:
        return "The earnings did not cover everything that was owed. The rest is on the next report."
    return "Nothing is due either way: everything that was owed is settled."


def _dtr_sections(actor: Actor, row: Dtr) -> Iterator[Section]:
    told = dtr_document(actor=actor, dtr=row)
    yield _adds_up(row, told)
    charges = told["charge_lines"]
    if charges:
        yield Table(
            title="Charges",
            columns=("For", "What", "Reference", "Due", "Amount"),
            rows=[
                (
                    each["category"],
                    f"{each['description']}{' (delayed)' if each['delayed'] else ''}",
                    _obligation(each),
                    each["due_date"],
                    each["amount"],
                )
                for each in charges[: MAX_ROWS + 1]
            ],
            total=("All charges", "", "", "", row.charges),
            rest="The PDF has all of them.",
        )
    for title, name in _OTHERS:
        if told[name]:
            yield Table(
                title=title,
                columns=("What", "Of", "Reference", "On", "Amount"),
                rows=[
                    (
                        each["description"] or describe_code(each["event"]),
                        each["category"],
                        _obligation(each),
                        each["date"],
                        each["amount"],
                    )
                    for each in told[name][: MAX_ROWS + 1]
                ],
                rest="The PDF has all of them.",
            )


_OTHERS: Final = (
    ("Interim payments", "interim_payment_lines"),
    ("Credits", "credit_lines"),
    ("Adjustments", "adjustment_lines"),
    ("Kept of the earnings", "recovered_lines"),
    ("Paid by other leases", "netted_in_lines"),
)


def _obligation(line: Mapping[str, Any]) -> Any:
    """The obligation of a line, to be linked; its reference is its name here."""
    if line["obligation_id"] is None:
        return line["reference_id"]
    return Named(Obligation(id=line["obligation_id"]), str(line["reference_id"]))


def _adds_up(row: Dtr, told: Mapping[str, Any]) -> Table:
    """As the driver is handed it (templates/pdf/dtr.html)."""
    earned = " · ".join(
        f"{each['description']}{' (delayed)' if each['delayed'] else ''} {format_amount(each['amount'])}"
        for each in told["earnings_lines"][:12]
    )
    kept = " · ".join(
        f"{each['category']} {format_amount(each['recovered'])}"
        for each in told["charges_by_category"]
        if each["recovered"]
    )
    before = "Carried forward by the report before" if row.previous_id else "The first report on this lease"
    steps: Sequence[tuple[str, str, Decimal, bool, bool]] = (
        # what, why, amount, whether it is shown when zero, whether it is a sum
        ("Balance from before", before, row.prior_balance, True, False),
        ("+ Charges", "What fell due, listed below", row.charges, True, False),
        ("− Interim payments", "Applied to what is owed", row.interim_payments, True, False),
        ("− Credits", "Credit memos applied to what is owed", row.credits, False, False),
        ("− Adjustments", "Charges withdrawn or written off", row.adjustments, True, False),
        ("= Owed", "", row.owed, True, True),
        ("Gross earnings", earned or "No earnings came in for this week", row.earned, True, False),
        ("Of it paid in any case", "So much of the earnings is not kept", row.protected, False, False),
        ("− Kept for what was owed", kept or "Nothing", row.recovered, True, False),
        ("− Used for the driver's other leases", "For what is owed on them", row.netted_out, False, False),
        ("+ Credits paid", "What credit memos left after everything owed", row.credits_paid, False, False),
        ("Paid by the driver's other leases", "Of what was owed here", row.netted_in, False, False),
        ("= Due to the driver", "", row.due_to_driver, not row.carried_forward, True),
        ("= Carried forward", "On the next report", row.carried_forward, False, True),
    )
    shown = [each for each in steps if each[3] or each[2]]
    note = ""
    if row.unallocated_cash:
        cash = f"{format_amount(row.unallocated_cash)} {row.currency}"
        note = f"{cash} that the driver paid is not applied to anything yet; it waits for what is owed next."
    return Table(
        title="How the week adds up",
        columns=("What", "Why", f"Amount, {row.currency}"),
        rows=[each[:3] for each in shown],
        strong=frozenset(place for place, each in enumerate(shown) if each[4]),
        note=note,
        has_heading=False,
    )


DTR_FACE: Final = Face(card=_dtr_card, sections=_dtr_sections)


@adds_to_timeline(Dtr)
def _made_and_paid(actor: Actor, row: Dtr) -> Iterable[TimelineEvent]:
    yield TimelineEvent(at=row.created_at, what="Made by the weekly settlement", who="Weekly settlement")


_RUN_TONES: Final = {"completed": "good", "failed": "bad", "running": "warn"}
_COUNTED: Final = ("processed", "made", "posted", "skipped", "failed")
_AMOUNTS: Final = ("amount", "gross", "recovered", "due_to_drivers", "carried_forward")


def _run_card(actor: Actor, row: WeeklyRun) -> Card:
    label = weekly.labels().get(row.job) or describe_code(row.job)
    is_failed = row.status == WeeklyRun.Status.FAILED
    return Card(
        kind="Weekly run",
        number=f"{label}, week of {format_day(row.week)}",
        person=Kept(row.actor) if row.actor else None,
        person_is="By",
        status=str(row.get_status_display()),
        tone=_RUN_TONES.get(row.status, ""),  # type: ignore[arg-type]  # tones
        since=row.completed_at or row.started_at,
        since_is="on" if row.completed_at else "since",
        sentence=describe_run(row),
        facts=(("Attempts", row.attempts), ("Started", row.started_at)),
        next_step="It is tried again by the hourly catch-up; what stopped it stands above."
        if is_failed
        else "",
    )


def describe_run(row: WeeklyRun) -> str:
    """What the run did: `36 processed, 36 posted, 0 skipped; amount 12,600.00.`"""
    figures = row.figures if isinstance(row.figures, dict) else {}
    counted = ", ".join(
        f"{figures[name]:,} {name}" for name in _COUNTED if isinstance(figures.get(name), int)
    )
    amounts = ", ".join(
        f"{describe_code(name).lower()} {format_amount(amount)}"
        for name in _AMOUNTS
        if (amount := _amount(figures.get(name))) is not None
    )
    done = "; ".join(each for each in (counted, amounts) if each)
    told = f"{done[:1].upper()}{done[1:]}." if done else "It has not done anything yet."
    return f"{told} It stopped: {row.error}" if row.error else told


def _amount(value: object) -> Decimal | None:
    try:
        return Decimal(value) if isinstance(value, str) else None
    except InvalidOperation:
        return None


def _run_sections(actor: Actor, row: WeeklyRun) -> Iterator[Section]:
    figures = row.figures if isinstance(row.figures, dict) else {}
    for title, name in (("What failed", "failures"), ("Leases that nobody drove", "undriven")):
        lines = figures.get(name)
        if isinstance(lines, list) and lines:
            yield Table(
                title=title, columns=("What",), rows=[(str(each),) for each in lines], has_heading=False
            )


def _earning_card(actor: Actor, row: LeaseEarning) -> Card:
    is_open = row.status == LeaseEarning.Status.CREDITED and row.dtr is None
    return Card(
        kind=f"Earnings of a week, {row.get_kind_display().lower()}",
        number=f"{row.lease}, week of {format_day(row.week)}",
        person=row.customer,
        person_is="Driver",
        amount=Money(row.gross, row.currency),
        status="Waits for its report" if is_open else str(row.get_status_display()),
        tone="warn" if is_open else "good" if row.dtr is not None else "bad",
        since=row.created_at,
        since_is="imported",
        facts=(
            ("Lease", row.lease),
            ("Reference", row.reference),
            ("Entry", row.entry),
            ("Report", row.dtr),
            ("Imported by", Kept(row.imported_by)),
        ),
        next_step="The next settlement puts it on the report of the driver." if is_open else "",
    )


_EXPORT_TONES: Final = {"completed": "good", "failed": "bad"}
_EXPORT_NEXT: Final = {
    "completed": ("Download the file.", "fetch"),
    "failed": ("Have it tried again.", "retry"),
}


def _export_card(actor: Actor, row: DtrExport) -> Card:
    next_step, next_action = _EXPORT_NEXT.get(row.status, ("It is written in the background.", ""))
    return Card(
        kind="Export of DTRs",
        number=f"of the week of {format_day(row.week)}",
        person=Kept("", row.requested_by_id),
        person_is="Asked for by",
        status=str(row.get_status_display()),
        tone=_EXPORT_TONES.get(row.status, "warn"),  # type: ignore[arg-type]  # tones
        since=row.completed_at or row.requested_at,
        since_is="on" if row.completed_at else "since",
        sentence=row.error,
        facts=(("Written", f"{row.done:,} of {row.total:,}"), ("Attempts", row.attempts)),
        next_step=next_step,
        next_action=next_action,
    )


EARNING_FACE: Final = Face(card=_earning_card)
EXPORT_FACE: Final = Face(card=_export_card)
stamped(LeaseEarning, Stamp("created_at", "Imported", who="imported_by"))
stamped(
    DtrExport,
    Stamp("requested_at", "Asked for", person="requested_by"),
    Stamp("completed_at", lambda row: str(row.get_status_display())),
)

RUN_FACE: Final = Face(card=_run_card, sections=_run_sections)


@adds_to_timeline(WeeklyRun)
def _started_and_ended(actor: Actor, row: WeeklyRun) -> Iterable[TimelineEvent]:
    if row.started_at is not None:
        yield TimelineEvent(at=row.started_at, what="Started", who=row.actor)
    if row.completed_at is not None:
        yield TimelineEvent(at=row.completed_at, what="Completed", who=row.actor)
