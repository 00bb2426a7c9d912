"""What the page of a renewal case shows first: its installments with what is left, plans, payments, premiums."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from batconnect.core.console.faces import (
    MAX_ROWS,
    Card,
    Face,
    Kept,
    Money,
    Section,
    Stamp,
    Table,
    TimelineEvent,
    adds_to_timeline,
    stamped,
)
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.money import ZERO, format_amount
from batconnect.core.kernel.words import describe_code, format_count
from cases.case_page import happened_in
from cases.states import FINAL_STATES
from ledger.models import Obligation
from outstanding.actions import installments_of, plans_of
from outstanding.models import (
    CustomerPayment,
    PaymentPlan,
    PaymentReminder,
    PremiumMove,
    RenewalCancellation,
    RenewalCase,
)
from payments.rules.methods import method_label


def _card(actor: Actor, row: RenewalCase) -> Card:
    owed = [each for each in installments_of(row) if each.obligation.status == Obligation.Status.OPEN]
    left = sum((each.obligation.outstanding for each in owed), ZERO)
    late = [each for each in owed if each.obligation.due_date < today(actor.company)]
    is_over = row.case.state in FINAL_STATES
    return Card(
        kind="Renewal case",
        number=row.policy_number,
        person=row.customer,
        amount=Money(left, row.currency),
        amount_is="Still owed",
        status="Overdue" if late else str(row.case.get_state_display()),
        tone="warn" if late else "good" if not left else "",
        since=late[0].due_date if late else row.created_at,
        since_is="since" if late else "opened",
        facts=(
            ("Premium", Money(row.premium, row.currency)),
            ("Policy", row.policy_type),
            ("Case", row.case),
            ("Installments", len(owed) and f"{len(owed)} open"),
        ),
        next_step=f"{format_amount(left)} {row.currency} are to be collected."
        if left and not is_over
        else "",
        next_action="pay",
    )


def _sections(actor: Actor, row: RenewalCase) -> Iterator[Section]:
    here = {"company_id": row.company_id, "renewal_case": row.pk}
    installments = installments_of(row)
    yield Table(
        title="Installments of the premium",
        columns=("Period", "Due", "Obligation", "Amount", "Left", "Status"),
        rows=[
            (
                each.period,
                each.due_date,
                each.obligation,
                each.amount,
                each.obligation.outstanding,
                str(each.obligation.get_status_display()),
            )
            for each in installments
        ],
        total=(
            "All",
            "",
            "",
            sum((each.amount for each in installments), ZERO),
            sum((each.obligation.outstanding for each in installments), ZERO),
            "",
        ),
        rest="The list Obligations has all of them.",
    )
    plans = plans_of(row)
    if plans:
        yield Table(
            title="Plans",
            columns=("Plan", "From", "Paid by", "Amount", "Status"),
            rows=[
                (
                    each,
                    each.start_date,
                    method_label(each.method),
                    each.total_amount,
                    str(each.get_status_display()),
                )
                for each in plans
            ],
        )
    yield from _money(row, here)


def _money(row: RenewalCase, here: dict[str, Any]) -> Iterator[Table]:
    """What came of the customer, and what went to the insurer."""
    payments = CustomerPayment.objects.filter(**here).select_related("payment").order_by("-id")
    yield Table(
        title="Payments of the customer",
        columns=("Payment", "On", "How", "Amount", "Status", "Booked as"),
        rows=[
            (
                each,
                each.initiated_on,
                method_label(each.mode),
                each.amount,
                f"{each.get_status_display()}{f': {each.failure_reason}' if each.failure_reason else ''}",
                each.payment,
            )
            for each in payments[: MAX_ROWS + 1]
        ],
        empty="The customer has not paid anything of it yet.",
        rest="The list Customers' payments has all of them.",
    )
    moves = list(PremiumMove.objects.filter(**here).order_by("-id")[: MAX_ROWS + 1])
    if moves:
        yield Table(
            title="Passed on, and commission",
            columns=("What", "When", "By", "Amount", "Note"),
            rows=[
                (
                    f"{each.get_kind_display()}{', voided' if each.is_voided else ''}",
                    each.created_at,
                    Kept(each.made_by),
                    each.amount,
                    each.note,
                )
                for each in moves
            ],
        )


RENEWAL_FACE: Final = Face(card=_card, sections=_sections)


def _plan_card(actor: Actor, row: PaymentPlan) -> Card:
    case = row.renewal_case
    tones: dict[str, Any] = {"active": "good", "completed": "good", "defaulted": "bad"}
    return Card(
        kind="Payment plan",
        number=case.policy_number,
        person=case.customer,
        amount=Money(row.total_amount, case.currency),
        amount_is=f"In {format_count(row.installment_count, 'installment')}, {row.get_frequency_display().lower()}",
        status=str(row.get_status_display()),
        tone=tones.get(row.status, ""),
        since=row.ended_on or row.made_on,
        sentence=row.notes,
        facts=(
            ("Renewal case", case),
            ("First installment", row.start_date),
            ("Paid by", method_label(row.method)),
            ("Paid automatically", row.auto_payment_enabled),
            ("Made on", row.made_on),
            ("Made by", Kept("", row.created_by_id)),
        ),
    )


PLAN_FACE: Final = Face(card=_plan_card)

_PAID_TONES: Final[dict[str, Any]] = {"completed": "good", "failed": "bad", "cancelled": "bad"}
_MAIL_TONES: Final[dict[str, Any]] = {"pending": "warn", "sent": "good", "failed": "bad"}
_WAITING: Final = (CustomerPayment.Status.INITIATED, CustomerPayment.Status.PROCESSING)


def _paid_card(actor: Actor, row: CustomerPayment) -> Card:
    case = row.renewal_case
    settled = row.settled_amount
    return Card(
        kind="Payment of a customer",
        number=row.transaction_id,
        person=case.customer,
        amount=Money(row.amount, case.currency),
        status=str(row.get_status_display()),
        tone=_PAID_TONES.get(row.status, "warn"),
        since=row.finished_on or row.initiated_on,
        sentence=row.failure_reason or row.notes,
        facts=(
            ("Renewal case", case),
            ("Paid by", method_label(row.mode)),
            ("Taken automatically", row.is_automatic),
            ("Settled", Money(settled, case.currency) if settled is not None else None),
            ("Booked as", row.payment),
            ("Started by", Kept(row.actor, row.created_by_id)),
        ),
        next_step="Nothing: the gateway says what became of it." if row.status in _WAITING else "",
    )


def _reminder_card(actor: Actor, row: PaymentReminder) -> Card:
    case = row.renewal_case
    is_waiting = row.state == PaymentReminder.State.PENDING
    return Card(
        kind=f"Reminder, {describe_code(row.stage).lower()}",
        number=row.subject,
        person=case.customer,
        status=str(row.get_state_display()),
        tone=_MAIL_TONES.get(row.state, ""),
        since=row.sent_at or row.created_at,
        facts=(
            ("Renewal case", case),
            ("To", row.recipient),
            ("Of what fell due on", row.due_date),
            ("Attempts", row.attempts),
            ("Next attempt", row.due_at if is_waiting else None),
        ),
        next_step="Look at the address, then send it by mail."
        if row.state == PaymentReminder.State.FAILED
        else "",
    )


def _reminder_sections(actor: Actor, row: PaymentReminder) -> Iterator[Section]:
    yield Table(
        title="What it says",
        columns=("Part", "Text"),
        rows=[("Subject", row.subject), ("Text", row.body)],
        has_heading=False,
    )


CUSTOMER_PAYMENT_FACE: Final = Face(card=_paid_card)
REMINDER_FACE: Final = Face(card=_reminder_card, sections=_reminder_sections)
stamped(CustomerPayment, Stamp("created_at", "Started", who="actor", person="created_by"))
stamped(
    PaymentReminder,
    Stamp("created_at", "Put in the outbox"),
    Stamp("sent_at", "Handed to the mail server"),
)


@adds_to_timeline(RenewalCase)
def _of_its_case(actor: Actor, row: RenewalCase) -> Iterable[TimelineEvent]:
    yield from happened_in(actor, row.case.case_no)
    for each in RenewalCancellation.objects.filter(company_id=row.company_id, renewal_case=row.pk):
        yield TimelineEvent(
            at=each.created_at,
            what=f"Policy canceled; {format_amount(each.unearned)} are unearned",
            who=each.made_by,
            reason=each.reason,
        )
