"""One company to a node of its own: its rows get shards to themselves, and these are moved."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from django.db import connection

from batconnect.core.database.distribution.distributing import CannotDistribute

_ANY_TABLE: Final = "ledger_entries"
_WHERE: Final = """
select s.shardid, n.nodename, n.nodeport, s.shardminvalue = s.shardmaxvalue from pg_dist_shard s
join pg_dist_placement p using (shardid) join pg_dist_node n using (groupid)
where s.shardid = get_shard_id_for_distribution_column(%s::regclass, %s::uuid)
"""


def move_company(company_id: UUID, *, node: str, dry_run: bool) -> list[str]:
    """Give the company shards of its own, and move them to the node (host:port); what was done, in lines. As the owner.

    Raises CannotDistribute for a node or company that is not there.
    """
    host, _, port = node.rpartition(":")
    with connection.cursor() as cursor:
        cursor.execute(
            "select 1 from pg_dist_node where nodename = %s and nodeport = %s::int and isactive and shouldhaveshards",
            [host, port if port.isdigit() else "0"],
        )
        if cursor.fetchone() is None:
            raise CannotDistribute(f"There is no node {node} that holds shards; pg_dist_node lists them.")
        cursor.execute("select name from companies where id = %s", [company_id])
        found = cursor.fetchone()
        if found is None:
            raise CannotDistribute(f"There is no company {company_id}.")
        (name,) = found
        cursor.execute(_WHERE, [_ANY_TABLE, company_id])
        shard, current, current_port, is_alone = cursor.fetchone()
        said = []
        if not is_alone:
            said.append(f"{name} gets shards to itself, out of {shard} and those beside it.")
            if not dry_run:
                # With the triggers and keys that shards have, there is no way to do it while rows are written.
                cursor.execute(
                    "select isolate_tenant_to_new_shard(%s::regclass, %s::uuid, 'CASCADE', "
                    "shard_transfer_mode => 'block_writes')",
                    [_ANY_TABLE, company_id],
                )
                cursor.execute(_WHERE, [_ANY_TABLE, company_id])
                shard, current, current_port, _ = cursor.fetchone()
        if (current, str(current_port)) == (host, port):
            return [*said, f"{name} is on {node}."]
        said.append(f"{name} moves from {current}:{current_port} to {node}.")
        if not dry_run:
            cursor.execute(
                "select citus_move_shard_placement(%s::bigint, %s::text, %s::int, %s::text, %s::int, "
                "shard_transfer_mode => 'block_writes')",
                [shard, current, current_port, host, int(port)],
            )
    return said
