"""Making a document that a driver repays: the one step of its case, with the schedule that it makes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from django import forms
from django.urls import reverse
from unfold.widgets import UnfoldAdminFileFieldWidget

from batconnect.core.console.counter_forms import TypedAmounts
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import InvalidInput
from batconnect.core.kernel.ids import uuid7
from cases import registry
from cases.services import create_case, submit_step
from console.counter.payers import Payer
from console.counter.results import Result
from ledger.previews import bookings_since
from ledger.repayment.counter import AtCounter, Attachment

_ROW: Final = ("due_date", "principal_amount", "interest_amount", "total_due", "balance")


class AttachForm(forms.Form):
    """A document's file."""

    file = forms.FileField(widget=UnfoldAdminFileFieldWidget)

    def __init__(self, attachment: Attachment) -> None:
        super().__init__()
        field = self.fields["file"]
        field.label, field.help_text = f"The {attachment.name}", attachment.allowed
        field.widget.attrs["accept"] = ",".join(attachment.accepted)


def preview(
    counter: AtCounter, *, actor: Actor, payer: Payer, data: Mapping[str, str]
) -> list[dict[str, Any]]:
    """The schedule that the document would have; writes nothing. Raises what the step refuses."""
    with _typed_amounts(actor) as amounts:
        return counter.preview(actor=actor, step=_step_data(counter, payer=payer, data=data, amounts=amounts))


def make(counter: AtCounter, *, actor: Actor, payer: Payer, data: Mapping[str, str]) -> Result:
    """Open a case of the kind and carry out its step. Raises what the step refuses."""
    began = uuid7()
    flow = registry.find(counter.kind.case_type)
    assert flow is not None, f"no flow makes what {counter.kind.app} are"
    with _typed_amounts(actor) as amounts:
        step = _step_data(counter, payer=payer, data=data, amounts=amounts)
        case = create_case(actor=actor, case_type=flow.code).case
        done = submit_step(actor=actor, case_no=case.case_no, step_id=flow.step_ids[0], data=step).result
    payload, seen = done.payload, tuple(sorted(step.items()))
    if done.waits:
        return Result(
            address=reverse("admin:core_approval_change", args=[payload["approval_request_id"]]),
            seen=(seen, done.message),
            installments=preview(counter, actor=actor, payer=payer, data=data),
            waits=done.message,
        )
    rows = payload["installments"]
    return Result(
        address=reverse(f"admin:{counter.kind.noun}_made", args=[payload[counter.kind.number_field]]),
        seen=(seen, tuple(tuple(row[name] for name in _ROW) for row in rows)),
        installments=[dict(row) for row in rows],
        bookings=bookings_since(actor=actor, began=began),
    )


def _step_data(
    counter: AtCounter, *, payer: Payer, data: Mapping[str, str], amounts: TypedAmounts
) -> dict[str, Any]:
    """What the step takes. Raises InvalidInput while no lease is chosen."""
    lease, amount = data.get("lease", ""), counter.kind.amount_field
    if not lease or payer.driver is None:
        raise InvalidInput("Choose the lease that this is for.", field="lease_id")
    return {
        "driver_id": payer.driver.pk,
        "lease_id": int(lease) if lease.isascii() and lease.isdecimal() else lease,
        **{name: data.get(name, "").strip() for name in counter.form.base_fields},
        amount: amounts.plain(amount, data.get(amount, "")),
    }


@contextmanager
def _typed_amounts(actor: Actor) -> Iterator[TypedAmounts]:
    """Amounts in the company's currency; a refusal inside says how to write one that is none."""
    amounts = TypedAmounts(actor.company.base_currency)
    try:
        yield amounts
    except InvalidInput as refusal:
        raise amounts.explained(refusal) from refusal
