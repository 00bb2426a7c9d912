"""One company to a node of its own: its rows get shards to themselves, and these are moved.

Shards are copied as the owner of the tables, from whom a forced policy hides every row: what is copied then is empty,
and nothing says so. So no policy is forced on the owner meanwhile (the application's role stays under all of them), and
the rows of every table are counted before and after.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final
from uuid import UUID

from django.db import connection, transaction

from batconnect.core.database.distribution.distributing import CannotDistribute
from batconnect.core.database.distribution.plan import Place, planned_tables

_ANY_TABLE: Final = "ledger_entries"
_WHERE: Final = """
select s.shardid, n.nodename, n.nodeport, s.shardminvalue = s.shardmaxvalue from pg_dist_shard s
join pg_dist_placement p using (shardid) join pg_dist_node n using (groupid)
where s.shardid = get_shard_id_for_distribution_column(%s::regclass, %s::uuid)
"""


def move_company(company_id: UUID, *, node: str, dry_run: bool) -> Iterator[str]:
    """Give the company shards of its own, and move them to the node (host:port); what was done, in lines. As the owner.

    Raises CannotDistribute for a node or company that is not there, and when rows would be missing afterwards: what was
    copied is then taken back.
    """
    name, host, port = _checked(company_id, node)
    shard, current, is_alone = _where(company_id)
    if is_alone and current == node:
        yield f"{name} is on {node}."
        return
    if not is_alone:
        yield f"{name} gets shards to itself, out of {shard} and those beside it."
    if dry_run:
        if current != node:
            yield f"{name} moves from {current} to {node}."
        return
    with _not_forced():
        before = _counts()
        if not is_alone:
            # With the triggers and keys that shards have, there is no way to do it while rows are written.
            _copied(
                "select isolate_tenant_to_new_shard(%s::regclass, %s::uuid, 'CASCADE', "
                "shard_transfer_mode => 'block_writes')",
                [_ANY_TABLE, company_id],
                before,
            )
        shard, current, _ = _where(company_id)
        if current != node:
            yield f"{name} moves from {current} to {node}."
            old_host, _, old_port = current.rpartition(":")
            _copied(
                "select citus_move_shard_placement(%s::bigint, %s::text, %s::int, %s::text, %s::int, "
                "shard_transfer_mode => 'block_writes')",
                [shard, old_host, int(old_port), host, int(port)],
                before,
            )
    yield f"{sum(before.values()):,} rows of {len(before)} tables are there as before."


def _checked(company_id: UUID, node: str) -> tuple[str, str, str]:
    host, _, port = node.rpartition(":")
    with connection.cursor() as cursor:
        cursor.execute(
            "select 1 from pg_dist_node where nodename = %s and nodeport = %s::int and isactive and shouldhaveshards",
            [host, port if port.isdecimal() else "0"],
        )
        if cursor.fetchone() is None:
            raise CannotDistribute(f"There is no node {node} that holds shards; pg_dist_node lists them.")
        cursor.execute("select name from companies where id = %s", [company_id])
        found = cursor.fetchone()
    if found is None:
        raise CannotDistribute(f"There is no company {company_id}.")
    return found[0], host, port


def _where(company_id: UUID) -> tuple[int, str, bool]:
    with connection.cursor() as cursor:
        cursor.execute(_WHERE, [_ANY_TABLE, company_id])
        shard, host, port, is_alone = cursor.fetchone()
        return shard, f"{host}:{port}", bool(is_alone)


def _copied(statement: str, values: list[Any], before: dict[str, int]) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("set local statement_timeout to 0")
        cursor.execute(statement, values)
        after = _counts()
        missing = [table for table, rows in before.items() if after[table] != rows]
        if missing:
            raise CannotDistribute(f"Rows of {', '.join(missing)} were not copied: nothing was changed.")


def _names() -> list[str]:
    return [planned.name for planned in planned_tables() if planned.place is Place.BY_COMPANY]


def _counts() -> dict[str, int]:
    with connection.cursor() as cursor:
        counts = {}
        for table in _names():
            cursor.execute(f"select count(*) from {connection.ops.quote_name(table)}")  # noqa: S608 - names of our own tables
            counts[table] = cursor.fetchone()[0]
        return counts


@contextmanager
def _not_forced() -> Iterator[None]:
    _force("no force")
    try:
        yield
    finally:
        _force("force")


def _force(word: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("set local citus.multi_shard_modify_mode to 'sequential'")
        for table in _names():
            cursor.execute(f"alter table {connection.ops.quote_name(table)} {word} row level security")
