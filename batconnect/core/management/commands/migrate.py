"""`migrate` as the role that owns the tables: the runtime role cannot, and must not."""

from __future__ import annotations

from typing import Any, Final

from django.core.management.commands.migrate import Command as MigrateCommand
from django.db import connection

from batconnect.core.database.migrating import only_changed_models_rendered
from batconnect.core.database.roles import as_owner

# Keys by (company_id, id) of empty tables that have younger indexes beginning with the company.
_OLDER_KEYS: Final = """
select k.relname from pg_index i
join pg_class t on t.oid = i.indrelid join pg_namespace s on s.oid = t.relnamespace
join pg_class k on k.oid = i.indexrelid
where s.nspname = 'public' and i.indisunique and i.indnkeyatts = 2 and pg_relation_size(t.oid) = 0
  and (select array_agg(a.attname::text order by n) from unnest(i.indkey::int[]) with ordinality u(num, n)
       join pg_attribute a on a.attrelid = t.oid and a.attnum = u.num) = '{company_id,id}'
  and exists (select 1 from pg_index y where y.indrelid = i.indrelid and y.indexrelid > i.indexrelid)
"""


# A migration that waits for a table keeps everybody after it waiting: it gives up, and is run again later.
LOCK_TIMEOUT: Final = "10s"


class Command(MigrateCommand):
    def execute(self, *args: Any, **options: Any) -> Any:
        with as_owner():
            with connection.cursor() as cursor:
                cursor.execute(f"set lock_timeout to '{LOCK_TIMEOUT}'")
            with only_changed_models_rendered():
                result = super().execute(*args, **options)
            if not connection.in_atomic_block:
                _make_keys_the_youngest()
            return result


def _make_keys_the_youngest() -> None:
    """Build those keys anew. Of indexes that cost the same, as all do before a table has statistics, the planner takes
    the youngest: without this the key checks of a first big transaction walk through all rows of the company."""
    with connection.cursor() as cursor:
        cursor.execute(_OLDER_KEYS)
        for (name,) in cursor.fetchall():
            cursor.execute(f"reindex index concurrently {connection.ops.quote_name(name)}")
