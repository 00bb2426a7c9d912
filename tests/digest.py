"""What a refusal must leave alone: every row of both companies."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from django.db import connection, transaction

from batconnect.core.database.tenancy import _read_settings, _write_settings, set_company
from tests.cast import NORTH, SOUTH

_TABLES = """
select c.relname from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'company_id'
where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not a.attisdropped order by 1
"""
_CHECKSUM = """
select '{table}', count(*), coalesce(sum(hashtextextended(t::text, 0)::numeric), 0)::text from "{table}" t
"""


@contextmanager
def assert_nothing_written() -> Iterator[None]:
    """Around a refused call: no row of any table with a company is added, changed or gone afterwards.

    Works inside a test's transaction and outside of one, and leaves the company context as it was::

        with assert_nothing_written(), pytest.raises(Conflict):
            write_off(...)
    """
    before = digest()
    yield
    after = digest()
    changed = sorted(table for table in before if before[table] != after[table])
    assert not changed, f"rows were written: {', '.join(f'{t} {before[t]} -> {after[t]}' for t in changed)}"


def digest() -> dict[str, tuple[int, str]]:
    """Per company and table: the number of rows and a checksum over their whole content."""
    digests: dict[str, tuple[int, str]] = {}
    with transaction.atomic():
        statement = _checksums()
        kept = _read_settings()
        for name, company_id in (("north", NORTH), ("south", SOUTH)):
            set_company(company_id, metadata={"job": "digest"})
            # Planned once for each connection: planning costs several times what reading a test's few rows does.
            rows = connection.connection.execute(statement, prepare=True).fetchall()
            digests |= {f"{name}.{table}": (count, checksum) for table, count, checksum in rows}
        _write_settings(kept)
    return digests


@cache
def _checksums() -> str:
    """The statement over all tables, which no test adds to."""
    with connection.cursor() as cursor:
        cursor.execute(_TABLES)
        return " union all ".join(_CHECKSUM.format(table=table) for (table,) in cursor.fetchall())
