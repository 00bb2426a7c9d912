"""Layouts, and remembered tags and plates."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from agencies.models import AgencyLayout, Kind, KnownVehicle
from agencies.rules.layouts import Form, ReadyLayout
from batconnect.core.api.answers import Answer, Anything, Choice, Day, Flag, Id, Instant, Listed, Text, Whole
from batconnect.core.api.fields import DayInput, LabeledChoice, StrictBoolean, StrictSerializer


class LayoutChange(StrictSerializer):
    """What is to be different in a layout."""

    name = serializers.CharField(max_length=60, required=False)
    agency = serializers.CharField(max_length=40, required=False)
    columns = serializers.DictField(
        child=serializers.CharField(max_length=60), required=False, help_text="Which heading holds a field."
    )
    date_form = serializers.ChoiceField(choices=AgencyLayout.DateForm.choices, required=False)
    decimal_sign = serializers.ChoiceField(choices=AgencyLayout.DecimalSign.choices, required=False)
    zone = serializers.CharField(max_length=40, required=False, allow_blank=True)
    is_negative = StrictBoolean(required=False)
    authorities = serializers.DictField(
        child=serializers.CharField(max_length=20),
        required=False,
        help_text="Of trips: for which tax authority a surcharge is held.",
    )


class LayoutInput(LayoutChange):
    """A layout to make."""

    kind = LabeledChoice(Kind.choices)
    name = serializers.CharField(max_length=60)
    agency = serializers.CharField(max_length=40)
    columns = serializers.DictField(child=serializers.CharField(max_length=60))


class _Form(Answer):
    """How a file is read."""

    kind = Choice(Kind, "tolls")
    agency = Text("E-ZPass NY")
    columns = Anything({"amount": "Amount"}, help_text="Which heading holds a field.")
    date_form = Choice(AgencyLayout.DateForm)
    decimal_sign = Choice(AgencyLayout.DecimalSign)
    zone = Text("")
    is_negative = Flag(True)
    authorities = Anything(help_text="Of trips: for which tax authority a surcharge is held.")


class AgencyLayoutRow(_Form):
    """A layout; a ready one has a `code` and no `id`."""

    id = Id("f7", null=True)
    code = Text("")
    name = Text("E-ZPass account 1")


class AgencyLayoutList(Answer):
    """The company's own layouts by name, then the ready ones."""

    results = Listed(AgencyLayoutRow)


class ProposedForm(_Form):
    """What is proposed for a file, or what it is read by."""


class KnownVehicleInput(StrictSerializer):
    """A tag or plate in a vehicle."""

    mark = LabeledChoice(KnownVehicle.Mark.choices)
    text = serializers.CharField(max_length=40)
    vehicle_id = serializers.IntegerField(min_value=1, max_value=2**63 - 1)
    from_on = DayInput()
    until_on = DayInput(required=False, allow_null=True)


class KnownVehicleEnd(StrictSerializer):
    """`{until_on}`: the last day, or null while it lasts."""

    until_on = DayInput(allow_null=True)


class KnownVehicleRow(Answer):
    """A tag or plate that is remembered."""

    id = Id("f8")
    mark = Choice(KnownVehicle.Mark)
    text = Text("512345678")
    vehicle_id = Whole(7)
    plate_no = Text("1SAM401")
    from_on = Day("2026-11-03")
    until_on = Day(null=True)
    created_by = Text("Mara")
    created_at = Instant()


def form_document(form: Form) -> dict[str, Any]:
    """How a file is read."""
    return {
        "columns": dict(form.columns),
        "authorities": dict(form.authorities),
        **{
            name: getattr(form, name)
            for name in ("kind", "agency", "date_form", "decimal_sign", "zone", "is_negative")
        },
    }


def layout_row(layout: AgencyLayout) -> dict[str, Any]:
    """A layout of the company's own."""
    return {
        "code": "",
        **{
            name: getattr(layout, name)
            for name in (
                *(
                    "id",
                    "name",
                    "kind",
                    "agency",
                    "columns",
                    "date_form",
                    "decimal_sign",
                    "zone",
                    "is_negative",
                ),
                "authorities",
            )
        },
    }


def ready_row(ready: ReadyLayout) -> dict[str, Any]:
    """A ready layout."""
    return {"id": None, "code": ready.code, "name": ready.name, **form_document(ready.form)}


def known_row(known: KnownVehicle) -> dict[str, Any]:
    """A remembered tag or plate."""
    return {
        "plate_no": known.vehicle.plate_no,
        **{
            name: getattr(known, name)
            for name in (
                "id",
                "mark",
                "text",
                "vehicle_id",
                "from_on",
                "until_on",
                "created_by",
                "created_at",
            )
        },
    }
