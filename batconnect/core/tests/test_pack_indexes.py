"""Indexes are built anew beside all other work (docs/operations.md#indexes)."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import override_settings

from batconnect.core.database.roles import as_owner

pytestmark = pytest.mark.django_db(transaction=True)
INDEXES = """
select c.relname, pg_relation_filenode(c.oid), i.indisvalid from pg_index i join pg_class c on c.oid = i.indexrelid
where i.indrelid = 'ledger_new_entries'::regclass
"""


def indexes() -> list[tuple[str, int, bool]]:
    with connection.cursor() as cursor:
        cursor.execute(INDEXES)
        return list(cursor.fetchall())


def pack(*, least_mb: int = 0) -> str:
    said = StringIO()
    call_command("pack_indexes", tables=["ledger_new_entries"], least_mb=least_mb, stdout=said)
    return said.getvalue()


def test_builds_the_table_s_indexes_anew_and_removes_what_an_interrupted_run_left() -> None:
    ((name, before, _),) = indexes()
    with as_owner(), connection.cursor() as cursor:
        cursor.execute(f"create unique index {name}_ccnew on ledger_new_entries (company_id, id)")
    from tests.databases import superuser_connection

    with superuser_connection() as server:
        server.execute(
            "update pg_index set indisvalid = false where indexrelid = %s::regclass", [f"{name}_ccnew"]
        )

    said = pack()

    ((kept, after, is_valid),) = indexes()
    assert (kept, is_valid) == (name, True)
    assert after != before
    assert f"{name} of ledger_new_entries:" in said


def test_leaves_small_indexes_and_other_tables_alone() -> None:
    before = indexes()

    assert pack(least_mb=64) == "Together 0.0 → 0.0 MB.\n"
    assert indexes() == before


def test_refuses_where_shards_have_their_own() -> None:
    with override_settings(DATABASE_DISTRIBUTED=True), pytest.raises(CommandError, match="on the nodes"):
        pack()
