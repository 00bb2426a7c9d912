"""`migrate` as the role that owns the tables: the runtime role cannot, and must not."""

from __future__ import annotations

from typing import Any, Final

from django.conf import settings
from django.core.management.base import CommandError
from django.core.management.commands.migrate import Command as MigrateCommand
from django.db import connection

from batconnect.core.database.distribution.distributing import what_waits
from batconnect.core.database.distribution.plan import where_tables_lie
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
  and not t.relname = any(%s)
"""


# A migration that waits for a table keeps everybody after it waiting: it gives up, and is run again later.
LOCK_TIMEOUT: Final = "10s"


class Command(MigrateCommand):
    def execute(self, *args: Any, **options: Any) -> Any:
        with as_owner():
            with connection.cursor() as cursor:
                cursor.execute(f"set lock_timeout to '{LOCK_TIMEOUT}'")
            distributed = where_tables_lie()
            if distributed and not settings.DATABASE_DISTRIBUTED:
                raise CommandError(
                    "This database is distributed: migrate it with DATABASE_DISTRIBUTED=true "
                    "(docs/scale-distributed.md#migrations)."
                )
            with only_changed_models_rendered():
                result = super().execute(*args, **options)
            if not connection.in_atomic_block:
                _make_keys_the_youngest(but=list(distributed))
            if distributed and options["verbosity"] > 0:
                # Of rules that changed nothing is known before it looks.
                waiting = "".join(f"{each}; " for each in what_waits())
                self.stdout.write(f"{waiting}now run `manage.py distribute`, then `manage.py setup_roles`.")
            return result


def _make_keys_the_youngest(*, but: list[str]) -> None:
    """Build those keys anew. Of indexes that cost the same, as all do before a table has statistics, the planner takes
    the youngest: without this the key checks of a first big transaction walk through all rows of the company. `but`
    names tables whose rows are not here: they seem empty."""
    with connection.cursor() as cursor:
        cursor.execute(_OLDER_KEYS, [but])
        for (name,) in cursor.fetchall():
            cursor.execute(f"reindex index concurrently {connection.ops.quote_name(name)}")
