"""A declared face made ready for its templates: values written, rows linked, the next step's button found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, cast

from django.db import models
from django.http import HttpRequest
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.timezone import localtime

from batconnect.core.console.faces.declared import MAX_ROWS, Card, Face, Figure, Kept, Money, Named, Table
from batconnect.core.console.faces.people import People
from batconnect.core.console.faces.timeline import timeline_of
from batconnect.core.console.links import Link, LinkingSite
from batconnect.core.console.markup import escaped, put_together
from batconnect.core.console.rights import actor_of, has_permission
from batconnect.core.kernel.money import format_amount
from batconnect.core.kernel.words import format_day, say_days

NOTHING: Final = "–"
_SUM: Final = '<tr class="is-sum">'


@dataclass(frozen=True, slots=True)
class Shown:
    """A value as it stands on the page, with where it leads."""

    text: str
    address: str = ""


@dataclass(frozen=True, slots=True)
class DrawnTable:
    """A table ready for the template, its rows as one text: a template for each cell took most of a page's time."""

    declared: Table
    headings: Sequence[tuple[str, bool]]
    body: SafeString
    count: int
    total: SafeString
    rest: Shown | None
    template: str = "admin/faces/table.html"


class Drawing:
    """Draws for one request."""

    def __init__(self, page: Any, request: HttpRequest) -> None:
        self.page, self.request, self.actor = page, request, actor_of(request)
        self.site = cast(LinkingSite, page.admin_site)
        self.people = People(self.actor)

    def value(self, value: Any) -> Shown:
        """The value in words: amounts with separators, days as every page has them, a row by its name."""
        if value is None or value == "":
            return Shown(NOTHING)
        if isinstance(value, Shown):
            return value
        if isinstance(value, Kept):
            return Shown(self.people.full_name(value.name, value.user_id))
        if isinstance(value, Link):
            return Shown(value.text, value.address)
        if isinstance(value, models.Model):
            value = Named(value, str(value))
        if isinstance(value, Named):
            return Shown(value.name, self.site.address_of_row(self.request, type(value.row), value.row.pk))
        return Shown(_text(value))

    def card(self, card: Card, row: models.Model) -> dict[str, Any]:
        """What the card's template takes."""
        button = self._button(card.next_action, row) if card.next_action else None
        return {
            "declared": card,
            "amount": _text(card.amount) if card.amount is not None else "",
            "person": self.value(card.person) if card.person else None,
            "sentence": _text(card.sentence),
            "since": _text(card.since) if card.since else "",
            "facts": [
                (label, self.value(value))
                for label, value in card.facts
                if value not in (None, "", [], Kept())
            ],
            "button": button,
        }

    def sections(self, face: Face, row: models.Model) -> list[Any]:
        """The parts of the document, each with its template."""
        return [
            self._table(each) if isinstance(each, Table) else each
            for declared in (face.sections, *face.more)
            for each in declared(self.actor, row)
        ]

    def timeline(self, row: models.Model) -> list[dict[str, Any]]:
        """What happened, newest first."""
        return [
            {
                "at": _text(line.at),
                "who": "" if line.who == NOTHING else line.who,
                "did": [(what, self.value(about) if about else None) for what, about in line.did],
                "reason": line.reason,
            }
            for line in timeline_of(self.actor, row, self.people)
        ]

    def _button(self, name: str, row: models.Model) -> Shown | None:
        """The address of the page's action of that name, for whom it is offered to."""
        declared = next((each for each in getattr(self.page, "row_actions", ()) if each.name == name), None)
        if declared is None or not has_permission(self.request, declared.permission):
            return None
        if not declared.is_shown(self.actor, row):
            return None
        address = reverse(f"admin:{self.page.list_url}_{name}", args=[row.pk])
        return Shown(declared.label or declared.title, address)

    def _table(self, table: Table) -> DrawnTable:
        shown = table.rows[:MAX_ROWS]
        numbers = [_is_numbers(row[place] for row in shown) for place in range(len(table.columns))]

        starts = [
            cell_start(heading, is_number=is_number)
            for heading, is_number in zip(table.columns, numbers, strict=True)
        ]

        def drawn(row: Sequence[Any]) -> str:
            cells = (
                f"{start}{'' if value in (None, '', Kept()) else self._cell(value)}</td>"
                for start, value in zip(starts, row, strict=True)
            )
            return "".join(cells)

        rows = (
            f"{_SUM if place in table.strong else '<tr>'}{drawn(row)}</tr>" for place, row in enumerate(shown)
        )
        has_more = len(table.rows) > len(shown)
        return DrawnTable(
            declared=table,
            headings=list(zip(table.columns, numbers, strict=True)),
            body=put_together(rows),
            count=len(shown),
            total=put_together([drawn(table.total)] if table.total else ()),
            rest=self.value(table.rest) if has_more and table.rest is not None else None,
        )

    def _cell(self, value: Any) -> str:
        shown = self.value(value)
        text = escaped(shown.text)
        return f'<a class="face-link" href="{escaped(shown.address)}">{text}</a>' if shown.address else text


def cell_start(heading: str, *, is_number: bool) -> str:
    """The opening tag of a table's cell, with the heading that it gets on a narrow screen."""
    kind = ' class="is-number"' if is_number else ""
    return f'<td data-label="{escaped(heading)}"{kind}>'


def page_context(page: Any, request: HttpRequest, row: models.Model) -> dict[str, Any]:
    """What `admin/faces/page.html` takes of a row whose page has a face; its card is the title as well."""
    drawing, face = Drawing(page, request), page.face
    card = face.card(drawing.actor, row)
    return {
        "face_card": drawing.card(card, row),
        "face_sections": drawing.sections(face, row),
        "face_timeline": drawing.timeline(row),
        "title": f"{card.kind} {card.number}",
        "subtitle": None,
    }


def card_context(page: Any, request: HttpRequest, row: models.Model) -> dict[str, Any]:
    """The row's card alone, for the page on which something is done to it; there nothing is to be done next."""
    drawing = Drawing(page, request)
    drawn = drawing.card(page.face.card(drawing.actor, row), row)
    return {**drawn, "button": None, "is_repeated": True}


def format_instant(at: datetime) -> str:
    """`Nov. 28, 2026, 16:44`, in the company's time."""
    here = localtime(at)
    return f"{format_day(here)}, {here:%H:%M}"


def _is_numbers(values: Any) -> bool:
    given = [each for each in values if each not in (None, "")]
    return bool(given) and all(
        isinstance(each, Decimal | int | Money | Figure) and not isinstance(each, bool) for each in given
    )


def _text(value: Any) -> str:
    if isinstance(value, Money):
        return f"{format_amount(value.amount)} {value.currency}"
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, Decimal):
        return format_amount(value)
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, datetime):
        return format_instant(value)
    if isinstance(value, date):
        return format_day(value)
    return say_days(str(value))
