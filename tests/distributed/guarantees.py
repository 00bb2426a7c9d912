"""What the database guarantees, tried by raw SQL on the coordinator and on the shards themselves.

Each attempt is of the runtime role, or of the owner where that says more, in a company of the cast. `prove` raises
AssertionError naming the first guarantee that did not hold.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import psycopg
import pytest

from batconnect.core.kernel.ids import uuid7
from tests.cast import NORTH, SOUTH

# The node says why in its own log, and as a warning.
_AT_COMMIT: Final = "could not commit transaction"
_POSTING: Final = """
insert into ledger_postings (id, company_id, entry_id, line, line_count, account_id, currency, subledger, amount)
values (%(posting)s::uuid, %(company)s::uuid, %(id)s::uuid, %(line)s, %(lines)s, %(account)s::uuid, 'USD',
  %(subledger)s, %(amount)s)
"""


@dataclass(frozen=True)
class Cluster:
    """Addresses of the coordinator, per role, and how to reach another node as the same."""

    runtime: str
    owner: str

    @contextmanager
    def company(
        self, company: UUID = NORTH, *, owner: bool = False, commit: bool = False
    ) -> Iterator[psycopg.Connection]:
        """A transaction in the company."""
        with psycopg.connect(self.owner if owner else self.runtime) as connection:
            connection.execute(f"set local app.current_company_id = '{company}'")
            yield connection
            if commit:
                connection.commit()
            else:
                connection.rollback()

    def shards(self, table: str) -> list[tuple[str, str]]:
        """The node (host:port) and name of each shard of the table."""
        with psycopg.connect(self.owner) as connection:
            return connection.execute(
                "select nodename || ':' || nodeport, %s || '_' || shardid from pg_dist_shard "
                "join pg_dist_placement using (shardid) join pg_dist_node using (groupid) "
                "where logicalrelid = %s::regclass and shouldhaveshards",
                [table, table],
            ).fetchall()

    def at(self, node: str, *, owner: bool = False) -> psycopg.Connection:
        """A connection to the node itself, past the coordinator."""
        host, _, port = node.rpartition(":")
        return psycopg.connect(self.owner if owner else self.runtime, host=host, port=int(port))


def _refused(attempt: Callable[[], Any], *states: str) -> str:
    with pytest.raises(psycopg.Error) as refused:
        attempt()
    said = str(refused.value).splitlines()[0]
    assert not states or refused.value.sqlstate in states, f"refused, but as {refused.value.sqlstate}: {said}"
    return said


def _entry(
    cluster: Cluster, connection: psycopg.Connection, amounts: list[int], lines: int | None = None
) -> UUID:
    """Post an entry by raw SQL: values, as a distributed database takes them."""
    key = uuid7()
    row = connection.execute(
        "select currency, effective_on, event, source_type from ledger_entries where company_id = %s limit 1",
        [NORTH],
    ).fetchone()
    account = connection.execute(
        "select id, subledger from ledger_accounts"
        " where company_id = %s and currency = 'USD' and subledger = '' limit 1",
        [NORTH],
    ).fetchone()
    assert row
    assert account
    count = lines or len(amounts)
    connection.execute(
        "insert into ledger_entries (id, company_id, currency, effective_on, event, source_type, source_id, line_count,"
        " is_full_reversal, case_no, reason, operation_id, actor, request_id) values"
        " (%s, %s, %s, %s, %s, %s, %s, %s, false, '', 'tried', %s, 'tried', '')",
        [key, NORTH, *row, uuid7(), count, uuid7()],
    )
    for number, amount in enumerate(amounts, start=1):
        _post(connection, key, number, count, account, amount)
    return key


def _post(
    connection: psycopg.Connection, entry: UUID, line: int, lines: int, account: Any, amount: int
) -> None:
    connection.execute(
        _POSTING,
        {
            "posting": uuid7(),
            "company": NORTH,
            "id": entry,
            "line": line,
            "lines": lines,
            "account": account[0],
            "subledger": account[1],
            "amount": amount,
        },
    )


def _committed(cluster: Cluster, amounts: list[int], lines: int | None = None) -> UUID:
    with cluster.company(commit=True) as connection:
        return _entry(cluster, connection, amounts, lines)


def balanced_is_taken(cluster: Cluster) -> str:
    """An entry whose lines sum to zero is committed, and its noted for the kept totals."""
    key = _committed(cluster, [7, -7])
    with cluster.company() as connection:
        found = connection.execute(
            "select count(*) from ledger_postings where company_id = %s and entry_id = %s", [NORTH, key]
        ).fetchone()
        noted = connection.execute(
            "select count(*) from ledger_new_entries where company_id = %s and id = %s", [NORTH, key]
        ).fetchone()
    assert (found, noted) == ((2,), (1,))
    return "2 postings"


def unbalanced_is_refused(cluster: Cluster) -> str:
    """An entry that does not sum to zero is refused at COMMIT, and nothing of it stays."""
    before = _count(cluster, "ledger_entries")
    said = _refused(lambda: _committed(cluster, [7, -6]))
    assert _AT_COMMIT in said, said
    assert _count(cluster, "ledger_entries") == before
    return said


def incomplete_is_refused(cluster: Cluster) -> str:
    """So is one that says three lines and has two, or has none."""
    before = _count(cluster, "ledger_entries")
    assert _AT_COMMIT in _refused(lambda: _committed(cluster, [7, -7], 3))
    said = _refused(lambda: _committed(cluster, [], 2))
    assert _AT_COMMIT in said, said
    assert _count(cluster, "ledger_entries") == before
    return said


def appending_is_refused(cluster: Cluster) -> str:
    """A line more for an entry that is whole is refused, whatever number it takes."""
    key = _committed(cluster, [3, -3])
    with cluster.company() as connection:
        account = connection.execute(
            "select id, subledger from ledger_accounts where company_id = %s and currency = 'USD' and subledger = ''"
            " limit 1",
            [NORTH],
        ).fetchone()

    def append(line: int, lines: int) -> None:
        with cluster.company(commit=True) as connection:
            _post(connection, key, line, lines, account, 5)

    _refused(lambda: append(2, 2), "23505")
    _refused(lambda: append(3, 2), "23514")
    return _refused(lambda: append(3, 3), "23503")


def appending_on_a_shard_is_refused(cluster: Cluster) -> str:
    """Past the coordinator, as the tables' owner, on the shard itself."""
    key = _committed(cluster, [4, -4])
    tried = 0
    for node, shard in cluster.shards("ledger_postings"):
        with cluster.at(node, owner=True) as connection:
            connection.execute(f"set app.current_company_id = '{NORTH}'")
            connection.execute("set citus.enable_manual_changes_to_shards = on")
            row = connection.execute(
                f"select account_id, subledger from {shard} where entry_id = %s limit 1", [key]
            ).fetchone()
            if row is None:
                continue
            tried += 1
            for line, lines in ((2, 2), (3, 2), (3, 3)):
                _refused(
                    lambda line=line, lines=lines, connection=connection, shard=shard, row=row: (
                        connection.execute(
                            _POSTING.replace("ledger_postings", shard),
                            {
                                "posting": uuid7(),
                                "company": NORTH,
                                "id": key,
                                "line": line,
                                "lines": lines,
                                "account": row[0],
                                "subledger": row[1],
                                "amount": 1,
                            },
                        )
                    ),
                    "23505",
                    "23514",
                    "23503",
                )
                connection.rollback()
                connection.execute(f"set app.current_company_id = '{NORTH}'")
                connection.execute("set citus.enable_manual_changes_to_shards = on")
    assert tried == 1
    return "three ways"


def append_only(cluster: Cluster) -> str:
    """Entries, postings and the trail are neither changed nor deleted nor emptied: by the owner, through the
    coordinator and on every shard."""
    tried = 0
    for table in ("ledger_entries", "ledger_postings", "audit_events", "customers_history"):
        column = "pgh_label" if table.endswith("_history") else "id"
        for statement in (
            f"update {table} set {column} = {column} where company_id = '{NORTH}'",
            f"delete from {table} where company_id = '{NORTH}'",
            f"truncate {table} cascade",
        ):

            def attempt(statement: str = statement) -> None:
                with cluster.company(owner=True) as connection:
                    connection.execute(statement)

            _refused(attempt)
            tried += 1
        for node, shard in cluster.shards(table):
            for change in (f"update {shard} set {column} = {column}", f"delete from {shard}"):

                def on_shard(node: str = node, change: str = change) -> None:
                    with cluster.at(node, owner=True) as connection:
                        connection.execute("set citus.enable_manual_changes_to_shards = on")
                        connection.execute(change)

                _refused(on_shard)
                tried += 1
    return f"{tried} attempts"


def isolation(cluster: Cluster) -> str:
    """South sees and changes nothing of north, and without a company there is nothing: through the coordinator, and on
    every node."""
    tables = _company_tables(cluster)
    with cluster.company(SOUTH) as connection:
        for table in tables:
            (count,) = connection.execute(
                f"select count(*) from {table} where company_id <> %s", [SOUTH]
            ).fetchone()
            assert count == 0, table
        changed = connection.execute(
            "update customers set name = 'x' where company_id = %s", [NORTH]
        ).rowcount
        assert changed == 0
    with psycopg.connect(cluster.runtime) as connection:
        for table in tables:
            (count,) = connection.execute(f"select count(*) from {table}").fetchone()
            assert count == 0, table
    shards = 0
    for table in tables:
        for node, shard in cluster.shards(table):
            with cluster.at(node) as connection:
                connection.execute(f"set app.current_company_id = '{SOUTH}'")
                (count,) = connection.execute(
                    f"select count(*) from {shard} where company_id <> %s", [SOUTH]
                ).fetchone()
                assert count == 0, shard
                shards += 1
    return f"{len(tables)} tables, {shards} shards"


def foreign_rows_are_refused(cluster: Cluster) -> str:
    """A row for another company is refused by the policy, a key to another company's row by the key."""

    def insert(company: UUID) -> None:
        with cluster.company(SOUTH) as connection:
            connection.execute(
                "insert into customers (company_id, id, name, email, phone, address, external_reference, created_at)"
                " values (%s, %s, 'x', '', '', '', '', now())",
                [company, uuid7()],
            )

    insert(SOUTH)
    return _refused(lambda: insert(NORTH), "42501")


def idempotency(cluster: Cluster) -> str:
    """A key is claimed once: the second waits for the first and then finds it."""
    key = uuid7()
    claim = (
        "insert into idempotency_keys (company_id, user_id, key, request_hash, headers)"
        " values (%s, 2, %s, '\\x00', '{}') on conflict (company_id, user_id, key) do nothing returning id"
    )
    with cluster.company() as first, cluster.company() as second:
        assert first.execute(claim, [NORTH, key]).fetchone()
        second.execute("set local lock_timeout = '300ms'")
        said = _refused(lambda: second.execute(claim, [NORTH, key]), "55P03")
        first.commit()
    with cluster.company() as third:
        assert third.execute(claim, [NORTH, key]).fetchone() is None
    return said


def history_is_kept(cluster: Cluster) -> str:
    """A change of reference data adds to its history, which only its trigger writes."""
    with cluster.company() as connection:
        (before,) = connection.execute(
            "select count(*) from customers_history where company_id = %s", [NORTH]
        ).fetchone()
        connection.execute("update customers set phone = phone || '1' where company_id = %s", [NORTH])
        (after,) = connection.execute(
            "select count(*) from customers_history where company_id = %s", [NORTH]
        ).fetchone()
        assert after > before

    def write() -> None:
        with cluster.company() as connection:
            connection.execute(
                "insert into customers_history (company_id, id, name, email, phone, address, external_reference,"
                " created_at, pgh_created_at, pgh_label, pgh_obj_id)"
                " values (%s, %s, 'x', '', '', '', '', now(), now(), 'update', %s)",
                [NORTH, uuid7(), uuid7()],
            )

    _refused(write, "42501")
    return f"{after - before} rows"


def _count(cluster: Cluster, table: str) -> int:
    with cluster.company() as connection:
        (count,) = connection.execute(
            f"select count(*) from {table} where company_id = %s", [NORTH]
        ).fetchone()
        return int(count)


def _company_tables(cluster: Cluster) -> list[str]:
    with psycopg.connect(cluster.owner) as connection:
        rows = connection.execute(
            "select logicalrelid::text from pg_dist_partition where partmethod = 'h' order by 1"
        ).fetchall()
    return [table for (table,) in rows]


GUARANTEES: Final = (
    balanced_is_taken,
    unbalanced_is_refused,
    incomplete_is_refused,
    appending_is_refused,
    appending_on_a_shard_is_refused,
    append_only,
    isolation,
    foreign_rows_are_refused,
    idempotency,
    history_is_kept,
)


def prove(cluster: Cluster) -> Iterator[tuple[str, str, bool]]:
    """Try each; its name, what was said, and whether it held."""
    for guarantee in GUARANTEES:
        name = guarantee.__name__.replace("_", " ")
        try:
            yield name, guarantee(cluster), True
        except (AssertionError, psycopg.Error, pytest.fail.Exception) as error:
            yield name, f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}", False
