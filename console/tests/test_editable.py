"""What a page lets people edit, the runtime role may write: declared rights against the forms as they are shown."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core.exceptions import FieldDoesNotExist
from django.db import models

from batconnect.core.database.rights import table_rights
from batconnect.core.kernel.actors import Actor
from console.tests.conftest import ConsoleClient
from console.tests.test_matrix import PAGES, path_of
from console.tests.world import row_of


@pytest.mark.parametrize("who", ["manager", "administrator"])
def test_every_editable_column_may_be_written(
    world: Actor, console_of: Callable[[str], ConsoleClient], who: str
) -> None:
    client, refused, seen = console_of(who), [], 0

    for model in PAGES:
        page = client.get(path_of(model, "change", row_of(model).pk))
        if page.status_code != 200 or not page.context["has_change_permission"]:
            continue
        for column in editable_columns(model, page.context["adminform"].form.fields):
            seen += 1
            if column not in table_rights()[model._meta.db_table].update:
                refused.append(f"{model._meta.db_table}.{column}")

    assert seen > 5
    assert not refused


def editable_columns(model: type[models.Model], names: object) -> list[str]:
    """The columns behind the fields of a form; fields of the form alone have none."""
    columns = []
    for name in list(names):  # type: ignore[call-overload]  # a form's fields, which Django does not type
        try:
            field = model._meta.get_field(name)
        except FieldDoesNotExist:
            continue
        if isinstance(field, models.Field) and field.column:
            columns.append(field.column)
    return columns
