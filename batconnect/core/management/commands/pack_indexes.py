"""Build large indexes anew, beside all other work: what is written company by company leaves their pages half empty."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any, Final

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from batconnect.core.database.roles import as_owner

LEAST_MB: Final = 64
_INDEXES: Final = """
select c.relname, t.relname, pg_relation_size(c.oid)
from pg_index i
join pg_class c on c.oid = i.indexrelid
join pg_class t on t.oid = i.indrelid
join pg_am m on m.oid = c.relam
where t.relnamespace = 'public'::regnamespace and t.relkind = 'r' and m.amname = 'btree' and i.indisvalid
  and pg_relation_size(c.oid) >= %s and (%s::text[] = '{}' or t.relname = any(%s::text[]))
order by pg_relation_size(c.oid), c.relname
"""
# What a run that was interrupted has left behind; PostgreSQL names it so.
_LEFT: Final = r"""
select c.relname from pg_index i join pg_class c on c.oid = i.indexrelid
where c.relnamespace = 'public'::regnamespace and not i.indisvalid and c.relname ~ '_ccnew[0-9]*$'
"""


class Command(BaseCommand):
    help = (
        "Build large indexes anew, one after another, while everything goes on: each needs as much free space again "
        "until it is done. Repeatable; what an interrupted run left behind is removed."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--least-mb",
            type=int,
            default=LEAST_MB,
            help="leave smaller indexes as they are (%(default)s MB)",
        )
        parser.add_argument(
            "--table", action="append", default=[], dest="tables", help="only of this table; may be repeated"
        )

    def handle(self, *, least_mb: int, tables: list[str], **options: Any) -> None:
        if settings.DATABASE_DISTRIBUTED:
            raise CommandError("Shards have indexes of their own: run REINDEX on the nodes.")
        before = after = 0
        with as_owner(), connection.cursor() as cursor:
            # It waits for transactions that are running, and nobody waits for it.
            cursor.execute("set lock_timeout = '1h'")
            cursor.execute(_LEFT)
            for (name,) in cursor.fetchall():
                cursor.execute(f"drop index concurrently if exists {connection.ops.quote_name(name)}")
            cursor.execute(_INDEXES, [least_mb * 2**20, tables, tables])
            for name, table, size in cursor.fetchall():
                cursor.execute(f"reindex index concurrently {connection.ops.quote_name(name)}")
                cursor.execute("select pg_relation_size(%s::regclass)", [name])
                (packed,) = cursor.fetchone()
                before, after = before + size, after + packed
                self.stdout.write(f"{name} of {table}: {_mb(size)} → {_mb(packed)} MB")
        self.stdout.write(f"Together {_mb(before)} → {_mb(after)} MB.")


def _mb(size: int) -> str:
    return f"{size / 2**20:,.1f}"
