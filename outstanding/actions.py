"""The console's actions by which a policy's premium is paid, and planned to be paid."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django import forms
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from unfold.enums import ActionVariant
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldBooleanSwitchWidget,
)

from batconnect.core.console.base import actor_of
from batconnect.core.console.confirmations import Preview
from batconnect.core.console.faces import MAX_ROWS as MAX_SHOWN
from batconnect.core.console.form_fields import DayField
from batconnect.core.console.once import once
from batconnect.core.console.row_actions import RowAction
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.errors import Conflict
from batconnect.core.kernel.money import ZERO, format_amount
from batconnect.core.kernel.words import format_count, format_day
from ledger.chart import METHODS
from ledger.models import Obligation
from ledger.previews import posted_by
from outstanding.errors import PlanActive
from outstanding.models import CustomerInstallment, PaymentPlan, RenewalCase
from outstanding.querysets import active_plan, open_obligations_of, read_summary
from outstanding.rules.modes import OFFLINE, PAY_MODES, PLAN_METHODS, is_offline, method_of
from outstanding.rules.plans import (
    FEWEST_ROWS,
    FREQUENCIES,
    MAX_ROWS,
    add_months,
    due_dates,
    split_evenly,
)
from outstanding.rules.rows import OpenRow, status_of
from outstanding.services import PlanMade, PlanRequest, pay_installments, setup_plan

MAX_OFFERED: Final = 200
"""Rows of a case that the form lists; a case with more is paid by the API, or these first."""
USUAL_TERMS: Final = "monthly:3"
_CHANGED: Final = "What is owed has changed since the page was opened: choose again from what is open now."


def _labeled(modes: tuple[str, ...]) -> list[tuple[str, str]]:
    """The modes as people read them, those first whose money is there when the payment is entered."""
    ordered = sorted(
        modes, key=lambda mode: (mode not in OFFLINE, PAY_MODES.index(mode) if mode in PAY_MODES else 99)
    )
    return [(mode, METHODS[method_of(mode)]) for mode in ordered]


def _notes() -> forms.CharField:
    return forms.CharField(
        max_length=500, required=False, widget=UnfoldAdminTextareaWidget(attrs={"rows": 2})
    )


class PayForm(forms.Form):
    """Which installments are paid, and how."""

    installments = forms.TypedMultipleChoiceField(
        coerce=int,
        choices=(),
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        error_messages={"invalid_choice": _CHANGED, "required": "Choose at least one installment."},
    )
    mode = forms.ChoiceField(
        label="Method",
        choices=_labeled(PAY_MODES),
        initial="cash",
        widget=UnfoldAdminSelectWidget,
        help_text="Cash, a check and a bank transfer are paid at once; anything else goes through the gateway.",
    )
    notes = _notes()


class TermsWidget(forms.RadioSelect):
    """The terms side by side: a line for each number of installments, a column for how often they fall due."""

    lines: list[dict[str, Any]]

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        """The table, each cell the last due date with a radio button."""
        context = {"name": name, "value": value, "lines": self.lines, "frequencies": FREQUENCIES}
        return render_to_string("admin/outstanding/terms.html", context)


class PlanForm(forms.Form):
    """In how many parts, how often, from when on, and by what."""

    start_date = DayField(label="First due on")
    terms = forms.ChoiceField(
        label="Installments",
        choices=[
            (f"{frequency}:{count}", f"{count}, {frequency}")
            for count in range(FEWEST_ROWS, MAX_ROWS + 1)
            for frequency in FREQUENCIES
        ],
        widget=TermsWidget,
    )
    method = forms.ChoiceField(choices=_labeled(PLAN_METHODS), initial="cash", widget=UnfoldAdminSelectWidget)
    auto_payment = forms.BooleanField(
        label="Collect automatically",
        required=False,
        widget=UnfoldBooleanSwitchWidget,
        help_text="On the due dates, through the gateway: not with cash, a check or a bank transfer.",
    )
    notes = _notes()


def _offer_installments(request: HttpRequest, row: RenewalCase, form: PayForm) -> None:
    """What is open and not being paid already, all of it chosen."""
    actor = actor_of(request)
    summary = read_summary(actor=actor, case=row.pk)
    payable = [each for each in summary.rows if not each.is_processing][:MAX_OFFERED]
    field = form.fields["installments"]
    assert isinstance(field, forms.MultipleChoiceField)
    day = today(actor.company)
    field.choices = [(str(each.id), _described(each, summary.currency, day)) for each in payable]
    form.initial.setdefault("installments", [str(each.id) for each in payable])
    waiting = len(summary.rows) - len(payable)
    if waiting:
        field.help_text = f"{waiting} more: a payment of them is in progress, or they come after these."


def _described(row: OpenRow, currency: str, day: date) -> str:
    what = row.period or row.description
    return (
        f"{what[:80]}, due {format_day(row.due_date)}: {format_amount(row.amount)} {currency}, "
        f"{status_of(row, on=day).replace('_', ' ')}"
    )


def _compare_terms(request: HttpRequest, row: RenewalCase, form: PlanForm) -> None:
    """Let the widget show what each number of installments comes to, from the day that was typed."""
    actor = actor_of(request)
    total = sum((each.amount for each in read_summary(actor=actor, case=row.pk).rows), ZERO)
    typed = form["start_date"].value()
    try:
        start = form.fields["start_date"].clean(typed)
    except forms.ValidationError:
        start = today(actor.company)
    widget = form.fields["terms"].widget
    assert isinstance(widget, TermsWidget)
    widget.lines = list(_compared(total, start, row.currency))


def _compared(total: Decimal, start: date, currency: str) -> Iterator[dict[str, Any]]:
    for count in range(FEWEST_ROWS, MAX_ROWS + 1):
        shares = split_evenly(total=total, count=count)
        if not shares[-1]:
            return
        yield {
            "count": count,
            "shares": f"{_told(shares)} {currency}",
            "cells": [
                {
                    "value": f"{frequency}:{count}",
                    "frequency": frequency,
                    "last": due_dates(start=start, frequency=frequency, count=count)[-1],
                }
                for frequency in FREQUENCIES
            ],
        }


def _told(shares: list[Decimal]) -> str:
    """`2 × 80,166.67, 1 × 80,166.66`."""
    amounts = dict.fromkeys(shares)
    return ", ".join(f"{shares.count(each)} × {format_amount(each)}" for each in amounts)


def _pay(actor: Actor, row: RenewalCase, values: dict[str, Any]) -> Preview:
    def run() -> str:
        made = pay_installments(
            actor=actor,
            case=row.pk,
            mode=values["mode"],
            row_ids=values["installments"],
            notes=values["notes"],
        )
        what = format_count(made.rows, "installment")
        amount = f"{format_amount(made.payment.amount)} {row.currency}"
        method = METHODS[method_of(values["mode"])]
        if is_offline(values["mode"]):
            return f"{amount} by {method} pays {what} of {row.policy_number}."
        return (
            f"{amount} by {method} for {what} of {row.policy_number} is handed to the gateway. Nothing is posted until "
            f"it reports."
        )

    return posted_by(actor=actor, run=run)


def _plan(actor: Actor, row: RenewalCase, values: dict[str, Any]) -> Preview:
    try:
        return _planned(row, _set_up(actor, row, values, replace=False), "", "")
    except PlanActive as refusal:
        raise Conflict(
            f"{row.policy_number} has a payment plan meanwhile. Open the case again to replace it."
        ) from refusal


def _replace_plan(actor: Actor, row: RenewalCase, values: dict[str, Any]) -> Preview:
    replaced = active_plan(actor=actor, case_id=row.pk)
    if replaced is None:
        raise Conflict(f"{row.policy_number} has no active payment plan any more. Open the case again.")
    told = f" It replaces the plan of {replaced.made_on} over {format_amount(replaced.total_amount)}."
    return _planned(row, _set_up(actor, row, values, replace=True), told, str(replaced.pk))


def _set_up(actor: Actor, row: RenewalCase, values: dict[str, Any], *, replace: bool) -> PlanMade:
    frequency, _, count = values["terms"].partition(":")
    wanted = PlanRequest(
        installment_count=int(count),
        start_date=values["start_date"],
        frequency=frequency,
        method=values["method"],
        auto_payment_enabled=values["auto_payment"],
        notes=values["notes"],
    )
    return setup_plan(actor=actor, case=row.pk, wanted=wanted, replace=replace)


def _planned(row: RenewalCase, made: PlanMade, told: str, state: str) -> Preview:
    """What the plan says; nothing is posted, the debt stays the same."""
    summary = (
        f"{row.policy_number} is paid in {format_count(len(made.rows), 'installment')}, "
        f"{format_amount(made.total)} {row.currency} in "
        f"all.{told}"
    )
    return Preview(
        " ".join([summary, *made.warnings]),
        ("installment", "due on", "amount"),
        tuple(
            (str(each.number), format_day(each.due_date), format_amount(each.amount)) for each in made.rows
        ),
        state=state,
    )


def _first_plan(actor: Actor, row: RenewalCase) -> dict[str, Any]:
    return {"terms": USUAL_TERMS, "start_date": add_months(today(actor.company), 1)}


def _is_payable(actor: Actor, row: RenewalCase) -> bool:
    return any(not each.is_processing for each in read_summary(actor=actor, case=row.pk).rows)


def installments_of(row: RenewalCase) -> list[CustomerInstallment]:
    """The case's first installments with their obligations, at most one more than a page shows; read once for the page
    and its buttons."""

    def read() -> list[CustomerInstallment]:
        mine = CustomerInstallment.objects.filter(company_id=row.company_id, renewal_case=row.pk)
        return list(mine.select_related("obligation").order_by("due_date", "id")[: MAX_SHOWN + 1])

    return once(row, "installments", read)


def plans_of(row: RenewalCase) -> list[PaymentPlan]:
    """The case's latest plans, at most one more than a page shows; read once for the page and its buttons."""

    def read() -> list[PaymentPlan]:
        mine = PaymentPlan.objects.filter(company_id=row.company_id, renewal_case=row.pk)
        return list(mine.order_by("-id")[: MAX_SHOWN + 1])

    return once(row, "plans", read)


def _owes(actor: Actor, row: RenewalCase) -> bool:
    installments = installments_of(row)
    if any(each.obligation.status == Obligation.Status.OPEN for each in installments):
        return True
    if len(installments) <= MAX_SHOWN:
        return False
    owed = Obligation.objects.filter(open_obligations_of(row.pk), company_id=actor.company_id)
    return once(row, "owes", owed.exists)


def _has_plan(actor: Actor, row: RenewalCase) -> bool:
    plans = plans_of(row)
    if any(each.status == PaymentPlan.Status.ACTIVE for each in plans):
        return True
    if len(plans) <= MAX_SHOWN:
        return False
    return once(row, "has_plan", lambda: active_plan(actor=actor, case_id=row.pk) is not None)


PAY: Final = RowAction(
    name="pay",
    title="Take a premium payment",
    permission="outstanding.collect",
    icon="payments",
    variant=ActionVariant.PRIMARY,
    form=PayForm,
    prepare=_offer_installments,
    run=_pay,
    offered=_is_payable,
)
PLAN: Final = RowAction(
    name="plan",
    title="Make a payment plan",
    label="Make a plan",
    permission="outstanding.plan",
    icon="calendar_month",
    form=PlanForm,
    prepare=_compare_terms,
    run=_plan,
    initial=_first_plan,
    offered=lambda actor, row: _owes(actor, row) and not _has_plan(actor, row),
)
REPLACE_PLAN: Final = RowAction(
    name="replace_plan",
    title="Replace the payment plan",
    label="Replace the plan",
    permission="outstanding.plan",
    icon="event_repeat",
    form=PlanForm,
    prepare=_compare_terms,
    run=_replace_plan,
    initial=_first_plan,
    offered=lambda actor, row: _owes(actor, row) and _has_plan(actor, row),
)
