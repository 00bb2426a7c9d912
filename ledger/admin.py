"""The console's pages on the ledger: read-only. It changes through its actions."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from unfold.enums import ActionVariant

from batconnect.core.approvals.messages import describe_waiting
from batconnect.core.console.base import ReadOnlyAdmin
from batconnect.core.console.bulk.actions import BulkAction
from batconnect.core.console.bulk.lists import BulkActionAdmin
from batconnect.core.console.confirmations import AmountReasonForm, Preview, ReasonForm
from batconnect.core.console.imports import ImportingAdmin
from batconnect.core.console.lists.sorting import Order
from batconnect.core.console.row_actions import RowAction, RowActionAdmin
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import NotFound
from batconnect.core.kernel.money import format_amount
from batconnect.core.models import Approval
from ledger.admin_filters import AgeFilter, CurrencyFilter
from ledger.faces import ENTRY_FACE, OBLIGATION_FACE, entry_number
from ledger.models import Entry, Obligation, Posting
from ledger.postings import OBLIGATION
from ledger.previews import posted_by
from ledger.services import void_posting, write_off
from ledger.vendors.imports import AGENCY_CHARGES


def _write_off(actor: Actor, row: Obligation, values: dict[str, Any]) -> Preview:
    def run() -> str:
        done = write_off(actor=actor, obligation_id=row.id, amount=values["amount"], reason=values["reason"])
        if done.request is None:
            return f"{format_amount(done.amount)} {row.currency} of {row} is written off."
        return describe_waiting(done.request)

    return posted_by(actor=actor, run=run)


def _void_entry(actor: Actor, row: Entry, values: dict[str, Any]) -> Preview:
    return _void(actor, Posting.objects.filter(company_id=actor.company_id, entry=row.id), row, values)


def _void_obligation(actor: Actor, row: Obligation, values: dict[str, Any]) -> Preview:
    raising = Posting.objects.filter(
        company_id=actor.company_id,
        entry__source_type=OBLIGATION,
        entry__source_id=str(row.id),
        entry__reverses__isnull=True,
    )
    return _void(actor, raising, row, values)


def _void(
    actor: Actor, lines: models.QuerySet[Posting], row: models.Model, values: dict[str, Any]
) -> Preview:
    posting_id: UUID | None = lines.order_by("line").values_list("id", flat=True).first()
    if posting_id is None:
        raise NotFound("Nothing is posted here that could be voided.")

    def run() -> str:
        done = void_posting(actor=actor, posting_id=posting_id, reason=values["reason"])
        return describe_waiting(done) if isinstance(done, Approval) else f"{row} is voided."

    return posted_by(actor=actor, run=run)


def _is_open(actor: Actor, row: Obligation) -> bool:
    return row.status == Obligation.Status.OPEN


WRITE_OFF: Final = RowAction(
    name="write_off",
    title="Write off",
    permission="ledger.write_off",
    icon="money_off",
    form=AmountReasonForm,
    run=_write_off,
    initial=lambda actor, row: {"amount": row.outstanding},
    offered=_is_open,
)
VOID_OBLIGATION: Final = RowAction(
    name="void",
    title="Void",
    permission="ledger.void",
    icon="undo",
    variant=ActionVariant.DANGER,
    form=ReasonForm,
    run=_void_obligation,
    offered=_is_open,
)
VOID_ENTRY: Final = RowAction(
    name="void",
    title="Void the event",
    permission="ledger.void",
    icon="undo",
    variant=ActionVariant.DANGER,
    form=ReasonForm,
    run=_void_entry,
)


@admin.register(Obligation)
class ObligationAdmin(ImportingAdmin, ReadOnlyAdmin, BulkActionAdmin):
    """Who owes what, and since when; writing off and voiding take their permissions."""

    list_display = (
        "reference_id",
        "category",
        "customer",
        "lease",
        "original",
        "outstanding",
        "due_date",
        "status",
    )
    list_filter = (
        "status",
        "category",
        AgeFilter,
        CurrencyFilter,
        "customer",
        "lease",
        "due_date",
        "issue_date",
        "outstanding",
    )
    date_hierarchy = "due_date"
    totals = ("original", "outstanding")
    list_select_related = ("customer", "lease")
    search_fields = ("^reference_id", "customer__name", "lease__lease_id")
    ordering = ("due_date", "id")
    face = OBLIGATION_FACE
    sorts = (
        Order("Largest debt first", "-outstanding", (("status__exact", "open"),)),
        Order("Largest amount first", "-original"),
        Order("Oldest first", "issue_date"),
        Order("By customer", "customer"),
    )
    row_actions = (WRITE_OFF, VOID_OBLIGATION)
    bulk_actions = (BulkAction(of=VOID_OBLIGATION, title="Void obligations", amount="outstanding"),)
    imports = AGENCY_CHARGES
    import_title = "Upload charges"
    import_urls = (("upload/", "upload_charges"), ("upload-template/", "charges_template"))


@admin.register(Entry)
class EntryAdmin(ReadOnlyAdmin, RowActionAdmin):
    """The journal; voiding an entry's event takes the permission."""

    list_display = (
        *("entry_number", "effective_on", "event", "customer", "lease", "case_no", "actor", "posted_at"),
    )
    readonly_fields = ("entry_number",)
    list_filter = ("event", "customer", "effective_on", "case_no", "source_id")
    date_hierarchy = "effective_on"
    list_select_related = ("customer", "lease")
    search_fields = ("customer__name", "lease__lease_id")
    ordering = ("-id",)
    face = ENTRY_FACE
    row_actions = (VOID_ENTRY,)

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        return (
            super()
            .get_queryset(request)
            .annotate(number_year=models.F("numbered__year"), number_value=models.F("numbered__number"))
        )

    @admin.display(description="number", empty_value="–")
    def entry_number(self, row: Any) -> str | None:
        """Its number, once it has one."""
        return entry_number(row) or None


# The settlement's pages are in their own package; Django looks for them here.
from ledger import verification_admin  # noqa: E402, F401 - registered by being imported
from ledger.clearing import admin as clearing_admin  # noqa: E402, F401 - registered by being imported
from ledger.general import admin as general_admin  # noqa: E402, F401 - registered by being imported
from ledger.opening import admin as opening_admin  # noqa: E402, F401 - registered by being imported
from ledger.paying import admin as paying_admin  # noqa: E402, F401 - registered by being imported
from ledger.settlement import admin as settlement_admin  # noqa: E402, F401 - registered by being imported
from ledger.treasury import admin as treasury_admin  # noqa: E402, F401 - registered by being imported
from ledger.vendors import admin as vendors_admin  # noqa: E402, F401 - registered by being imported
