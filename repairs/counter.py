"""Entering a workshop's invoice at the counter."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from django.utils.dateformat import format as format_day

from batconnect.core.console.counter_forms import (
    choice_field,
    day_field,
    money_field,
    notes_field,
    text_field,
)
from batconnect.core.kernel.actors import Actor
from ledger.repayment.counter import AtCounter, Attachment, DocumentForm, first_week_field
from repairs.inputs import FORM, read_repair
from repairs.kind import REPAIRS
from repairs.models import RepairInvoice
from repairs.rules import EXTENSIONS, LARGEST_BYTES
from repairs.services import attach_document, plan_repair


class RepairForm(DocumentForm):
    """The workshop's invoice, and from when it is repaid."""

    workshop_type = choice_field("Workshop", RepairInvoice.Workshop.choices)
    invoice_number = text_field(
        "Invoice number", help_text="As printed on the workshop's invoice.", autofocus=True
    )
    invoice_date = day_field("Invoice date")
    total_amount = money_field("Invoice total")
    start_week = first_week_field()
    notes = notes_field()

    @classmethod
    def first_values(cls, day: date) -> dict[str, str]:
        """As every document; an invoice of the day."""
        return {"invoice_date": day.isoformat(), **super().first_values(day)}


def _facts(row: Mapping[str, Any]) -> list[tuple[str, str]]:
    written = format_day(row["invoice_date"], "M j, Y")
    return [("Invoice", f"{row['invoice_number']} of {written}, {row['workshop_type']}")]


def _keep(*, actor: Actor, number: str, name: str, content: bytes) -> None:
    attach_document(actor=actor, repair_id=number, name=name, content=content)


AT_COUNTER: Final = AtCounter(
    kind=REPAIRS,
    icon="build",
    action="enter",
    done="entered",
    form=RepairForm,
    schema=FORM,
    read=read_repair,
    plan=plan_repair,
    # The schedule does not depend on it, but the rest of the form is checked.
    unplanned={"invoice_number": "-"},
    facts=_facts,
    attachment=Attachment(
        name="workshop's invoice",
        accepted=tuple(EXTENSIONS),
        allowed="PDF, JPEG or PNG, at most 10 MB.",
        largest=LARGEST_BYTES,
        keep=_keep,
    ),
)
