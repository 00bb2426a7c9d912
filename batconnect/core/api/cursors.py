"""The place of a row in a sorted list, as a text that a client hands back: `after` (docs/api.md#lists, ADR 86).

What a list is sorted by, key included, is compared as one row of values, which an index answers at any depth. The text
is signed: its values are ours when they come back, and need no reading as a client's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.core.signing import BadSignature, Signer
from django.db.models import F, Func, Model, Q, QuerySet, TextField, Value
from django.db.models.lookups import GreaterThan, LessThan

from batconnect.core.kernel.codes import UNKNOWN_CURSOR
from batconnect.core.kernel.errors import InvalidInput

_SALT: Final = "core.api.cursors"
_LONGEST: Final = 2000
_READERS: Final[Mapping[str, Callable[[str], Any]]] = {
    "uuid": UUID,
    "decimal": Decimal,
    "datetime": datetime.fromisoformat,
    "date": date.fromisoformat,
}
_NAMES: Final = {UUID: "uuid", Decimal: "decimal", datetime: "datetime", date: "date"}


@dataclass(frozen=True, slots=True)
class Place:
    """A list and its order, for which alone a cursor is good: the table, the columns with the key, the direction."""

    table: str
    columns: Sequence[str]
    descending: bool

    def text(self) -> str:
        """What tells it from every other."""
        return " ".join((self.table, *self.columns, "desc" if self.descending else "asc"))


def write_cursor(place: Place, values: Sequence[Any]) -> str:
    """The cursor of the row that has these values in the order's columns."""
    packed = [[_NAMES[type(each)], str(each)] if type(each) in _NAMES else each for each in values]
    return Signer(salt=_SALT).sign_object([place.text(), packed], compress=True)


def read_cursor(text: str, place: Place) -> list[Any]:
    """The values in a cursor of this place. Raises InvalidInput of `after` for any other text."""
    try:
        made_for, packed = Signer(salt=_SALT).unsign_object(text if len(text) <= _LONGEST else "")
    except (BadSignature, ValueError) as error:
        raise InvalidInput(
            "after is none of the cursors that lists answer as `next`.", code=UNKNOWN_CURSOR, field="after"
        ) from error
    if made_for != place.text():
        raise InvalidInput(
            "after was answered by another list, or by this one in another order: keep sort_by and sort_order, or "
            "begin again without after.",
            code=UNKNOWN_CURSOR,
            field="after",
        )
    return [_READERS[each[0]](each[1]) if isinstance(each, list) else each for each in packed]


def after_place(rows: QuerySet[Any, Any], place: Place, values: Sequence[Any]) -> QuerySet[Any, Any]:
    """The rows that stand behind such a row in this order, whether that row is still there or not."""
    columns = [_look_up(rows, column, value) for column, value in zip(place.columns, values, strict=True)]
    return rows.filter(_behind(columns, place.descending))


@dataclass(frozen=True, slots=True)
class _Column:
    """A column of the order, and what the row had there. A value is sent as its column's kind: another integer's
    would be cut to what that can hold."""

    name: str
    value: Any
    field: Any
    may_be_null: bool


class _Row(Func):
    """Columns or values as one row, compared from left to right."""

    template = "(%(expressions)s)"
    output_field = TextField()


def _behind(columns: Sequence[_Column], descending: bool) -> Q:
    """PostgreSQL sorts null as the largest of all."""
    if not any(each.may_be_null for each in columns):
        compare = LessThan if descending else GreaterThan
        row = _Row(*(Value(each.value, output_field=each.field) for each in columns))
        return Q(compare(_Row(*(F(each.name) for each in columns)), row))
    first, *rest = columns
    name, value = first.name, first.value
    if value is None:
        same = Q(**{f"{name}__isnull": True})
        after = Q(**{f"{name}__isnull": False}) if descending else None
    else:
        same = Q(**{name: value})
        after = Q(**{f"{name}__{'lt' if descending else 'gt'}": value})
        if first.may_be_null and not descending:
            after |= Q(**{f"{name}__isnull": True})
    deeper = same & _behind(rest, descending) if rest else Q(pk__in=[])
    behind = deeper if after is None else after | deeper
    # Says nothing new, and is what an index begins at.
    return behind & Q(**{f"{name}__lte": value}) if descending and value is not None else behind


def _look_up(rows: QuerySet[Any, Any], name: str, value: Any) -> _Column:
    """The column by its name or path: what it holds, and whether it, or what leads to it, may be null."""
    computed = rows.query.annotations.get(name)
    if computed is not None:
        return _Column(name, value, computed.output_field, may_be_null=True)
    model: type[Model] = rows.model
    may_be_null, field = False, None
    for part in name.split("__"):
        found: Any = model._meta.pk if part == "pk" else model._meta.get_field(part)
        may_be_null = may_be_null or not found.concrete or found.null
        field, model = found, found.related_model or model
    return _Column(name, value, field, may_be_null)
