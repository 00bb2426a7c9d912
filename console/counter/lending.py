"""Lending and entering repairs: the one step of either case, with the schedule that it makes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any, Final

from django import forms
from django.urls import reverse
from unfold.widgets import UnfoldAdminFileFieldWidget

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today, week_start
from batconnect.core.kernel.errors import FieldError, InvalidInput
from batconnect.core.kernel.ids import uuid7
from cases.services import SubmittedStep, create_case, submit_step
from console.counter.fields import (
    CounterForm,
    TypedAmounts,
    choice_field,
    day_field,
    money_field,
    notes_field,
    text_field,
)
from console.counter.payers import Payer
from console.counter.results import Result
from ledger.previews import bookings_since
from ledger.repayment.inputs import checked_form
from ledger.repayment.rules import WEEK
from ledger.repayment.shapes import planned_rows
from loans import inputs as loan_inputs
from loans.bpm_flows.newloan import flows as loan_flow
from loans.kind import ENTER_DETAILS
from loans.services import plan_loan
from repairs import inputs as repair_inputs
from repairs.bpm_flows.newrepair import flows as repair_flow
from repairs.models import RepairInvoice
from repairs.services import plan_repair

A_SUNDAY: Final = "2000-01-02"  # the calendar offers the Sundays alone, counted from one of them
_ROW: Final = ("due_date", "principal_amount", "interest_amount", "total_due", "balance")


class DocumentForm(CounterForm):
    """A document that a driver repays; `STEP` are the names that the step knows."""

    STEP: tuple[str, ...] = ()
    AMOUNT: str = ""

    def __init__(self, data: dict[str, str] | None = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.lease_error = ""

    def place_error(self, error: FieldError) -> bool:
        """Show the lease's error beside the leases."""
        if error.field == "lease_id":
            self.lease_error = error.message
            return True
        return False

    @classmethod
    def step_data(cls, *, payer: Payer, data: Mapping[str, str], amounts: TypedAmounts) -> dict[str, Any]:
        """What the step takes. Raises InvalidInput while no lease is chosen."""
        lease = data.get("lease", "")
        if not lease or payer.driver is None:
            raise InvalidInput("Choose the lease that this is for.", field="lease_id")
        return {
            "driver_id": payer.driver.pk,
            "lease_id": int(lease) if lease.isascii() and lease.isdecimal() else lease,
            **{name: data.get(name, "").strip() for name in cls.STEP},
            cls.AMOUNT: amounts.plain(cls.AMOUNT, data.get(cls.AMOUNT, "")),
        }


class LoanForm(DocumentForm):
    """What is lent, and from when it is repaid."""

    AMOUNT = "loan_amount"
    STEP = ("loan_amount", "interest_rate", "start_week", "notes")

    loan_amount = money_field("Loan amount", autofocus=True)
    interest_rate = text_field(
        "Interest, percent a year", help_text="0 to 100; 0 for none.", inputmode="decimal"
    )
    start_week = day_field(
        "First week",
        help_text="The Sunday on which the first installment falls due.",
        step=7,
        min=A_SUNDAY,
    )
    notes = notes_field()


class RepairForm(DocumentForm):
    """The workshop's invoice, and from when it is repaid."""

    AMOUNT = "total_amount"
    STEP = ("invoice_number", "invoice_date", "workshop_type", "total_amount", "start_week", "notes")

    workshop_type = choice_field("Workshop", RepairInvoice.Workshop.choices)
    invoice_number = text_field(
        "Invoice number", help_text="As printed on the workshop's invoice.", autofocus=True
    )
    invoice_date = day_field("Invoice date")
    total_amount = money_field("Invoice total")
    start_week = day_field(
        "First week",
        help_text="The Sunday on which the first installment falls due.",
        step=7,
        min=A_SUNDAY,
    )
    notes = notes_field()


class AttachForm(forms.Form):
    """The workshop's invoice as a file."""

    file = forms.FileField(
        label="The workshop's invoice",
        help_text="PDF, JPEG or PNG, at most 10 MB.",
        widget=UnfoldAdminFileFieldWidget(attrs={"accept": "application/pdf,image/jpeg,image/png"}),
    )


def first_values(*, actor: Actor, form: type[DocumentForm]) -> dict[str, Any]:
    """What the form begins with: today, and the next Sunday."""
    day = today(actor.company)
    values = {
        "interest_rate": "0",
        "invoice_date": day.isoformat(),
        "start_week": next_sunday(day).isoformat(),
    }
    return {name: value for name, value in values.items() if name in form.base_fields}


def next_sunday(day: date) -> date:
    """The first Sunday from the day on."""
    start = week_start(day)
    return start if start == day else start + WEEK


def preview_loan(*, actor: Actor, payer: Payer, data: Mapping[str, str]) -> list[dict[str, Any]]:
    """The schedule that the loan would have; writes nothing. Raises what the step refuses."""
    with _typed_amounts(actor) as amounts:
        step = LoanForm.step_data(payer=payer, data=data, amounts=amounts)
        sent = loan_inputs.read_loan(checked_form(loan_inputs.FORM, step))
        return planned_rows(plan_loan(actor=actor, **sent.terms).rows)


def preview_repair(*, actor: Actor, payer: Payer, data: Mapping[str, str]) -> list[dict[str, Any]]:
    """The schedule that the repair would have; writes nothing. Raises what the step refuses."""
    with _typed_amounts(actor) as amounts:
        step = RepairForm.step_data(payer=payer, data=data, amounts=amounts)
        if not step["invoice_number"]:
            # The schedule does not depend on it, but the rest of the form is checked.
            step["invoice_number"] = "-"
        sent = repair_inputs.read_repair(checked_form(repair_inputs.FORM, step))
        return planned_rows(plan_repair(actor=actor, **sent.terms).rows)


def lend(*, actor: Actor, payer: Payer, data: Mapping[str, str]) -> Result:
    """Open a case of a loan and carry out its step. Raises what the step refuses."""
    began = uuid7()
    with _typed_amounts(actor) as amounts:
        step = LoanForm.step_data(payer=payer, data=data, amounts=amounts)
        done = _carry_out(actor, loan_flow.NewLoan.code, ENTER_DETAILS, step)
    payload = done.result.payload
    if done.result.waits:
        return Result(
            address=reverse("admin:core_approval_change", args=[payload["approval_request_id"]]),
            seen=(tuple(sorted(step.items())), done.result.message),
            installments=preview_loan(actor=actor, payer=payer, data=data),
            waits=done.result.message,
        )
    return _result(actor, "admin:loan_made", payload["loan_id"], payload["installments"], step, began)


def enter_repair(*, actor: Actor, payer: Payer, data: Mapping[str, str]) -> Result:
    """Open a case of a repair and carry out its step. Raises what the step refuses."""
    began = uuid7()
    with _typed_amounts(actor) as amounts:
        step = RepairForm.step_data(payer=payer, data=data, amounts=amounts)
        done = _carry_out(actor, repair_flow.NewRepair.code, repair_flow.ENTER_DETAILS, step)
    payload = done.result.payload
    return _result(actor, "admin:repair_made", payload["repair_id"], payload["installments"], step, began)


@contextmanager
def _typed_amounts(actor: Actor) -> Iterator[TypedAmounts]:
    """Amounts in the company's currency; a refusal inside says how to write one that is none."""
    amounts = TypedAmounts(actor.company.base_currency)
    try:
        yield amounts
    except InvalidInput as refusal:
        raise amounts.explained(refusal) from refusal


def _carry_out(actor: Actor, case_type: str, step_id: str, step: dict[str, Any]) -> SubmittedStep:
    case = create_case(actor=actor, case_type=case_type).case
    return submit_step(actor=actor, case_no=case.case_no, step_id=step_id, data=step)


def _result(
    actor: Actor, page: str, number: str, rows: Sequence[Mapping[str, Any]], step: dict[str, Any], began: Any
) -> Result:
    return Result(
        address=reverse(page, args=[number]),
        seen=(tuple(sorted(step.items())), tuple(tuple(row[name] for name in _ROW) for row in rows)),
        installments=[dict(row) for row in rows],
        bookings=bookings_since(actor=actor, began=began),
    )
