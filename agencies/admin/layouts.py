"""The console's page of layouts: made where a file is uploaded, taken off the list here."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from unfold.enums import ActionVariant

from agencies.faces import LAYOUT_FACE
from agencies.models import AgencyLayout
from agencies.services.layouts import CHANGE, remove_layout
from batconnect.core.console.base import ReadOnlyAdmin
from batconnect.core.console.confirmations import Preview
from batconnect.core.console.row_actions import RowAction, RowActionAdmin
from batconnect.core.kernel.actors import Actor


def _remove(actor: Actor, row: AgencyLayout, values: dict[str, Any]) -> Preview:
    remove_layout(actor=actor, layout_id=row.id)
    return Preview(f"{row} is off the list; what was imported by it stays as it was read.")


@admin.register(AgencyLayout)
class AgencyLayoutAdmin(ReadOnlyAdmin, RowActionAdmin):
    """How exporters write their files, as the company keeps it."""

    list_display = ("name", "kind", "agency", "date_form", "is_negative", "is_active", "created_by")
    list_filter = ("kind", "is_active")
    search_fields = ("name", "agency")
    ordering = ("name",)
    face = LAYOUT_FACE
    row_actions = (
        RowAction(
            name="remove",
            title="Take it off the list",
            permission=CHANGE,
            icon="delete",
            variant=ActionVariant.DANGER,
            form=forms.Form,
            run=_remove,
            offered=lambda actor, row: row.is_active,
        ),
    )
