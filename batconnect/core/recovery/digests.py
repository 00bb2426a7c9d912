"""What a database holds, as one figure per table, to compare two of them."""

from __future__ import annotations

from typing import Any, Final

from psycopg import Connection, sql

_TABLES: Final = """
select n.nspname, c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p') and not c.relispartition
  and n.nspname <> 'information_schema' and n.nspname not like 'pg\\_%'
  and not exists (select from pg_depend d
    where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
order by 1, 2
"""
# The text of a row depends on these.
_FORMATS: Final = (
    "set local timezone = 'UTC'",
    "set local datestyle = 'ISO, MDY'",
    "set local intervalstyle = 'postgres'",
    "set local extra_float_digits = 1",
    "set local bytea_output = 'hex'",
)
_DIGEST: Final = "select count(*), coalesce(sum(hashtextextended(t::text, 0)::numeric), 0)::text from {} t"

Digests = dict[str, tuple[int, str]]
"""Per table: its number of rows, and a checksum over their whole content that does not depend on their order."""


def digest_tables(connection: Connection[Any]) -> Digests:
    """The digests of every table that the transaction sees. The role must bypass row-level security."""
    for statement in _FORMATS:
        connection.execute(statement)
    tables = connection.execute(_TABLES).fetchall()
    digests: Digests = {}
    for schema, table in tables:
        row = connection.execute(sql.SQL(_DIGEST).format(sql.Identifier(schema, table))).fetchone()
        assert row is not None
        digests[f"{schema}.{table}"] = (row[0], row[1])
    return digests


def compare_digests(*, kept: Digests, found: Digests) -> list[str]:
    """One sentence for each table that is not what it was; none when all are."""
    differences = [f"{table} is missing." for table in sorted(kept.keys() - found.keys())]
    differences += [f"{table} was not in the backup." for table in sorted(found.keys() - kept.keys())]
    for table in sorted(kept.keys() & found.keys()):
        (rows, checksum), (rows_now, checksum_now) = kept[table], found[table]
        if rows != rows_now:
            differences.append(f"{table} has {rows_now} rows; the backup has {rows}.")
        elif checksum != checksum_now:
            differences.append(f"{table} has its {rows} rows, but not all with their content.")
    return differences
