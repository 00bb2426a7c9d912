"""Numbers that go on where they were: Citus makes a table of its own out of one that keys tie to tables on every node,
and lets the sequence of its identity begin anew.
"""

from __future__ import annotations

from typing import Any, Final

from django.db import connection

_IDENTITIES: Final = """
select c.relname, a.attname, pg_get_serial_sequence(quote_ident(c.relname), a.attname)
from pg_dist_partition p join pg_class c on c.oid = p.logicalrelid
join pg_attribute a on a.attrelid = c.oid and a.attidentity <> ''
where p.partmethod = 'n' order by 1, 2
"""


def go_on_counting() -> list[str]:
    """Let each identity of tables that are not by company give numbers that no row has; those that would not have. As
    the owner, who sees all of their rows."""
    behind = []
    with connection.cursor() as cursor:
        cursor.execute(_IDENTITIES)
        for table, column, sequence in cursor.fetchall():
            if _is_behind(cursor, table, column, sequence):
                behind.append(table)
    return behind


def _is_behind(cursor: Any, table: str, column: str, sequence: str) -> bool:
    quote = connection.ops.quote_name
    cursor.execute(f"select max({quote(column)}) from {quote(table)}")  # noqa: S608 - names of the catalog
    (highest,) = cursor.fetchone()
    cursor.execute(f"select last_value, is_called from {sequence}")  # noqa: S608 - as above
    last, is_called = cursor.fetchone()
    if highest is None or (highest < last or (highest == last and is_called)):
        return False
    cursor.execute("select setval(%s::regclass, %s)", [sequence, highest])
    return True
