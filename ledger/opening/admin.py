"""The console's page of the opening of the books: prepared from a file, locked by two people."""

from __future__ import annotations

from typing import Any, Final

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from unfold.enums import ActionVariant

from batconnect.core.approvals.messages import describe_waiting
from batconnect.core.console.base import ReadOnlyAdmin, ReadOnlyInline
from batconnect.core.console.confirmations import OptionalReasonForm, Preview
from batconnect.core.console.imports import ImportingAdmin
from batconnect.core.console.row_actions import RowAction, RowActionAdmin
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.money import format_amount
from ledger.opening.faces import OPENING_FACE
from ledger.opening.imports import OPENINGS
from ledger.opening.models import OpeningBatch, OpeningLine
from ledger.opening.services.batch import OPEN, ask_to_lock, difference_of
from ledger.querysets import with_account_names


def _ask(actor: Actor, row: OpeningBatch, values: dict[str, Any]) -> Preview:
    request = ask_to_lock(actor=actor, reason=values["reason"])
    debit, credit = difference_of(actor=actor, batch=row)
    return Preview(
        describe_waiting(request),
        ("debits", "credits"),
        ((format_amount(debit), format_amount(credit)),),
        state=str(row.version),
    )


LOCK: Final = RowAction(
    name="lock",
    title="Ask for the lock",
    permission=OPEN,
    icon="lock",
    variant=ActionVariant.PRIMARY,
    form=OptionalReasonForm,
    run=_ask,
    offered=lambda actor, row: row.status == OpeningBatch.Status.DRAFT,
)


class LineInline(ReadOnlyInline):
    """The lines: a debit is positive, a credit negative."""

    model = OpeningLine
    view_permission = "ledger.view"
    fields = ("place", "kind", "account_named", "name", "amount")
    ordering = ("place",)
    show_change_link = False

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        return with_account_names(super().get_queryset(request))

    @admin.display(description="account")
    def account_named(self, row: OpeningLine) -> str:
        """The account's name and code."""
        return str(row.account_named)  # type: ignore[attr-defined]  # of `with_account_names`


@admin.register(OpeningBatch)
class OpeningBatchAdmin(ImportingAdmin, ReadOnlyAdmin, RowActionAdmin):
    """What the company's books begin with."""

    imports = OPENINGS
    import_title = "Prepare the opening"
    list_display = (
        "cut_over_on",
        "status",
        "version",
        "prepared_by",
        "prepared_at",
        "locked_by",
        "locked_at",
    )
    list_filter = ("status",)
    ordering = ("-id",)
    inlines = (LineInline,)
    row_actions = (LOCK,)
    face = OPENING_FACE
