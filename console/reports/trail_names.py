"""What the audit trail says that an event is about: the kind in words, and the row's name or number; never its key."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, Final
from uuid import UUID

from django.db import connection, models

from batconnect.core.console.bulk.services import SUBJECT as BULK_OPERATION
from batconnect.core.kernel.subject import find_in_trail, find_source
from batconnect.core.kernel.words import describe_code, say_days
from batconnect.core.models import BulkOperation, User

_UUID: Final = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_NUMBER: Final = re.compile("[0-9]{1,18}")
_CODE: Final = re.compile("[a-z][a-z_.]*")
# People have places in several companies: those of this one are named.
_IN_COMPANY: Final = "t.company_id = %(company)s::uuid"
_HAS_A_PLACE: Final = (
    "exists (select from memberships m where m.company_id = %(company)s::uuid and m.user_id = t.id)"
)
Event = tuple[str, str]
"""The kind and the key of what an event is about."""


def read_names(*, company_id: UUID, events: Iterable[Event]) -> dict[Event, str]:
    """How what the events are about is called, read in one statement. What has no row has no name."""
    keys: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for code, key in events:
        keys[code][_row_key(code, key)] = key
    selects: list[str] = []
    values: dict[str, Any] = {"company": company_id}
    for place, (code, given) in enumerate(keys.items()):
        found = _statement(code)
        if found is not None and (wanted := [key for key in given if found[1].fullmatch(key)]):
            selects.append(found[0].replace("{place}", str(place)))
            values |= {f"code_{place}": code, f"keys_{place}": wanted}
    if not selects:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(" union all ".join(selects), values)
        return {(code, keys[code][key]): name for code, key, name in cursor.fetchall() if name}


def say_subject(event: Event, name: str) -> str:
    """`Drawer session Front counter USD, Nov. 28, 2026`; a kind alone where there is no name: `Customers`."""
    code, key = event
    subject = find_in_trail(code)
    if subject is None:
        kind = describe_code(code)
    else:
        meta = subject.model_class._meta
        word = str(meta.verbose_name if key else meta.verbose_name_plural)
        kind = word[:1].upper() + word[1:]
    said = say_days(name) if name else _say_key(_row_key(code, key), in_table=subject is not None)
    return f"{kind} {said}".rstrip()


def _say_key(key: str, *, in_table: bool) -> str:
    """What a key says to people: a number of a document, or a code's words."""
    if _UUID.search(key) or (in_table and key.isdecimal()):
        return ""
    return describe_code(key) if _CODE.fullmatch(key) else key


def _row_key(code: str, key: str) -> str:
    source = find_source(code)
    return source[1].name_in(key) if source else key


@cache
def _statement(code: str) -> tuple[str, re.Pattern[str]] | None:
    """SQL: the names of rows by their keys, and how a key is written; None for a kind without rows."""
    if code == BULK_OPERATION:
        return _select("t.title", BulkOperation)
    subject = find_in_trail(code)
    if subject is None or not subject.named:
        return None
    named, model, source = subject.named.format(t="t"), subject.model_class, find_source(code)
    if source is None or not source[1].through:
        return _select(named, model, bound=_HAS_A_PLACE if model is User else _IN_COMPANY)
    # What has no page of its own is called as what it belongs to.
    field = model._meta.get_field(source[1].through).field  # type: ignore[union-attr]  # a relation
    table, column = field.model._meta.db_table, field.column
    join = f"join {table} r on r.company_id = t.company_id and r.{column} = t.id"
    return _select(named, model, join=join, keyed=field.model, alias="r")


def _select(
    named: str,
    model: type[models.Model],
    *,
    bound: str = _IN_COMPANY,
    join: str = "",
    keyed: type[models.Model] | None = None,
    alias: str = "t",
) -> tuple[str, re.Pattern[str]]:
    is_uuid = isinstance((keyed or model)._meta.pk, models.UUIDField)
    sql = (
        f"select %(code_{{place}})s, {alias}.id::text, {named} from {model._meta.db_table} t {join} "  # noqa: S608 - names of our own tables
        f"where {bound} and {alias}.id = any(%(keys_{{place}})s::{'uuid' if is_uuid else 'bigint'}[])"
    )
    return sql, _UUID if is_uuid else _NUMBER


def named_rows(*, company_id: UUID, rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The trail's rows, where each action says what it is about."""
    kept = [dict(row) for row in rows]
    events = {(row["subject_type"], row["subject_id"]) for row in kept if row["source"] == "action"}
    names = read_names(company_id=company_id, events=events)
    for row in kept:
        if row["source"] == "action":
            event = row["subject_type"], row["subject_id"]
            row["subject"] = say_subject(event, names.get(event, ""))
    return kept
