"""A sequence of ids that several tables share, declared beside the models like every rule of the database."""

from __future__ import annotations

from django.db import connection, models

from batconnect.core.database.constraints import DatabaseRule


class IdSequence(DatabaseRule):
    """The sequence of this name: ids are taken before the rows are inserted, so no column refers to it."""

    def make_sql(self, model: type[models.Model]) -> str:
        return f'create sequence "{self.name}"'

    def drop_sql(self, model: type[models.Model]) -> str:
        return f'drop sequence if exists "{self.name}"'


def take_ids(sequence: str, count: int = 1) -> list[int]:
    """The next `count` ids of the sequence; gaps do not matter."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select nextval(%s::regclass) from generate_series(1, %s::int)", [f'"{sequence}"', count]
        )
        return [key for (key,) in cursor.fetchall()]
