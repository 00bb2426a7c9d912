"""Layouts of a company: made, changed, removed, and found for a file (docs/domain.md#agency-layouts)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from agencies.errors import LAYOUT_INCOMPLETE, LAYOUT_NAME, LayoutNotFound
from agencies.models import AgencyLayout
from agencies.readers.table import fold
from agencies.rules.fields import FIELDS, SURCHARGES, TRIPS
from agencies.rules.layouts import READY, Form
from agencies.subjects import LAYOUT
from batconnect.core.audit import record_event
from batconnect.core.database.transactions import reads
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import FieldError, InvalidInput
from batconnect.core.kernel.field_codes import INVALID, UNKNOWN_FIELD
from ledger.chart import OTHER_AUTHORITY
from ledger.errors import UNKNOWN_AUTHORITY
from ledger.models import TaxAuthority

CHANGE: Final = "agencies.change_layouts"
FIELDS_OF_LAYOUTS: Final = (
    *("name", "agency", "columns", "date_form", "decimal_sign", "zone", "is_negative", "authorities"),
)
_LIMIT: Final = 200


@transaction.atomic
def add_layout(*, actor: Actor, kind: str, **values: Any) -> AgencyLayout:
    """Keep how an exporter writes its files. Needs `agencies.change_layouts`.

    Raises InvalidInput naming the fields that are not valid, `layout_incomplete`, `layout_name_taken`.
    """
    actor.require(CHANGE)
    layout = AgencyLayout(company_id=actor.company_id, kind=kind, created_by=actor.name)
    return _save(actor, layout, values, "agencies.layout_added")


@transaction.atomic
def change_layout(*, actor: Actor, layout_id: UUID, **values: Any) -> AgencyLayout:
    """Change some of a layout's fields; what was imported keeps how it was read. Needs `agencies.change_layouts`.

    Raises LayoutNotFound (404), and as `add_layout`.
    """
    actor.require(CHANGE)
    return _save(actor, _locked(actor, layout_id), values, "agencies.layout_changed")


@transaction.atomic
def remove_layout(*, actor: Actor, layout_id: UUID) -> None:
    """Take a layout off the list; its name is free again. Needs `agencies.change_layouts`. Raises LayoutNotFound."""
    actor.require(CHANGE)
    layout = _locked(actor, layout_id)
    layout.is_active = False
    layout.save(update_fields=["is_active"])
    _trail(actor, layout, "agencies.layout_removed")


@reads
def find_layout(*, actor: Actor, layout_id: UUID) -> AgencyLayout:
    """The layout. Raises LayoutNotFound (404)."""
    layout = AgencyLayout.objects.filter(company_id=actor.company_id, id=layout_id, is_active=True).first()
    if layout is None:
        raise LayoutNotFound(f"There is no layout {layout_id}.")
    return layout


@reads
def layouts_of(actor: Actor) -> list[AgencyLayout]:
    """The company's own layouts, by name."""
    return list(
        AgencyLayout.objects.filter(company_id=actor.company_id, is_active=True).order_by("name")[:_LIMIT]
    )


@reads
def form_of(layout: AgencyLayout) -> Form:
    """How the layout reads a file."""
    return Form(
        layout.kind,
        layout.columns,
        layout.agency,
        layout.date_form,
        layout.decimal_sign,
        layout.zone,
        layout.is_negative,
        layout.authorities,
    )


@reads
def named_forms(*, actor: Actor, layout: str = "") -> list[tuple[str, Form]]:
    """Layouts with their names: the one that is named, by id or as a ready one's code, else the company's own and then
    the ready ones. Raises LayoutNotFound."""
    ready = {each.code: (each.name, each.form) for each in READY}
    if layout in ready:
        return [ready[layout]]
    if layout:
        try:
            found = find_layout(actor=actor, layout_id=UUID(layout))
        except ValueError as error:
            raise LayoutNotFound(f"There is no layout {layout[:60]}.") from error
        return [(found.name, form_of(found))]
    return [(each.name, form_of(each)) for each in layouts_of(actor)] + list(ready.values())


def _locked(actor: Actor, layout_id: UUID) -> AgencyLayout:
    rows = AgencyLayout.objects.select_for_update().filter(company_id=actor.company_id, is_active=True)
    layout = rows.filter(id=layout_id).first()
    if layout is None:
        raise LayoutNotFound(f"There is no layout {layout_id}.")
    return layout


def _save(actor: Actor, layout: AgencyLayout, values: Mapping[str, Any], action: str) -> AgencyLayout:
    assert values.keys() <= set(FIELDS_OF_LAYOUTS), (
        f"a layout has no {values.keys() - set(FIELDS_OF_LAYOUTS)}"
    )
    is_new = layout._state.adding
    for name, value in values.items():
        setattr(layout, name, value)
    _require_valid(actor, layout)
    try:
        with transaction.atomic():
            layout.save(update_fields=None if is_new else FIELDS_OF_LAYOUTS)
    except IntegrityError as error:
        raise InvalidInput(
            f"There is a layout {layout.name!r} already.", code=LAYOUT_NAME, field="name"
        ) from error
    _trail(actor, layout, action)
    return layout


def _require_valid(actor: Actor, layout: AgencyLayout) -> None:
    errors = [*_wrong_columns(layout), *_wrong_authorities(actor, layout)]
    try:
        layout.clean_fields(exclude=["company", "columns", "authorities"])
    except ValidationError as error:
        errors += [
            FieldError(name, str(each.messages[0]))
            for name, held in error.error_dict.items()
            for each in held
        ]
    if layout.zone:
        try:
            ZoneInfo(layout.zone)
        except (KeyError, ValueError, OSError):
            message = f"{layout.zone[:40]} is not an IANA time zone such as America/New_York."
            errors.append(FieldError("zone", message, INVALID))
    if errors:
        code = UNKNOWN_AUTHORITY if errors[0].code == UNKNOWN_AUTHORITY else INVALID
        raise InvalidInput(errors[0].message, code=code, errors=errors)
    if missing := form_of(layout).missing():
        message = f"A layout of {layout.get_kind_display().lower()} names a heading for {', '.join(missing)}."
        raise InvalidInput(message, code=LAYOUT_INCOMPLETE, field="columns")


def _wrong_columns(layout: AgencyLayout) -> list[FieldError]:
    fields = FIELDS[layout.kind]
    errors = [
        FieldError(f"columns.{name[:40]}", f"{name[:40]} is none of {', '.join(fields)}.", UNKNOWN_FIELD)
        for name in layout.columns
        if name not in fields
    ]
    texts = [(name, text) for name, text in layout.columns.items() if name in fields]
    errors += [
        FieldError(f"columns.{name}", "Name a heading of 1 to 60 characters.", INVALID)
        for name, text in texts
        if not isinstance(text, str) or not 0 < len(text.strip()) <= 60
    ]
    folded = [fold(text) for _, text in texts if isinstance(text, str)]
    if twice := sorted({each for each in folded if folded.count(each) > 1}):
        message = f"These headings are named twice: {', '.join(twice)[:200]}."
        errors.append(FieldError("columns", message, INVALID))
    return errors


def _wrong_authorities(actor: Actor, layout: AgencyLayout) -> list[FieldError]:
    allowed: Sequence[str] = SURCHARGES if layout.kind == TRIPS else ()
    errors = [
        FieldError(f"authorities.{name[:40]}", f"{name[:40]} is not a surcharge of trips.", UNKNOWN_FIELD)
        for name in layout.authorities
        if name not in allowed
    ]
    codes = {str(code) for code in layout.authorities.values()} - {OTHER_AUTHORITY}
    known = set(
        TaxAuthority.objects.filter(company_id=actor.company_id, code__in=codes, is_active=True).values_list(
            "code", flat=True
        )
    )
    return errors + [
        FieldError("authorities", f"There is no tax authority {code[:20]}.", UNKNOWN_AUTHORITY)
        for code in sorted(codes - known)
    ]


def _trail(actor: Actor, layout: AgencyLayout, action: str) -> None:
    record_event(
        actor=actor, action=action, subject_type=LAYOUT, subject_id=layout.id, details={"name": layout.name}
    )
