"""Turns a migrated database into one that Citus distributes by company; repeatable (docs/scale-distributed.md).

Keys between tables are taken off and put back, because tables get their places one after another. What was taken off
stands in the schema `distribution` of the same database until it is back, so that a run which was cut off is taken up
by the next.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from django.db import connection, transaction

from batconnect.core.database.constraints import CompanyIsolation
from batconnect.core.database.distribution.plan import (
    HISTORY,
    Place,
    PlannedTable,
    planned_tables,
    planned_triggers,
    where_tables_lie,
)
from batconnect.core.database.triggers import Trigger

_LEDGER: Final = """
create schema if not exists distribution;
create table if not exists distribution.taken_off (place bigint generated always as identity, statement text not null);
create table if not exists distribution.made (rule text primary key, digest text not null)
"""
_KEYS: Final = """
select k.conrelid::regclass::text, quote_ident(k.conname), pg_get_constraintdef(k.oid) from pg_constraint k
where k.contype = 'f' and k.connamespace = 'public'::regnamespace
  and (k.conrelid::regclass::text = any(%s) or k.confrelid::regclass::text = any(%s)) and k.conparentid = 0
order by k.conname
"""
_TRIGGERS: Final = """
select quote_ident(tgname) from pg_trigger where tgrelid = %s::regclass and not tgisinternal
"""
# What a later migration made of a trigger is not what shards have.
_FORGET: Final = """
delete from distribution.made where rule in (
  select 'trigger ' || tgname || ' of ' || tgrelid::regclass::text from pg_trigger
  where (tgnewtable is not null or tgoldtable is not null) and tgrelid in (select logicalrelid from pg_dist_partition))
"""
# Those that Citus has of its own are internal.
_UNDECLARED: Final = """
select tgrelid::regclass::text, tgname from pg_trigger where not tgisinternal
and tgrelid in (select logicalrelid from pg_dist_partition) order by 1, 2
"""
_MISSING: Final = "select name from unnest(%s::text[]) name where to_regclass(quote_ident(name)) is null"
_ALTERED: Final = re.compile(r'\s*alter table ("?\w+"?)', re.IGNORECASE)
_ONLY_ONCE: Final = "if (select groupid from pg_catalog.pg_dist_local_group) <> 0 then return null; end if; "


class CannotDistribute(Exception):
    """The server is not ready for it; says what to do."""


@dataclass(slots=True)
class Report:
    """What a run did, or would do."""

    tables: dict[Place, list[str]] = field(default_factory=lambda: {place: [] for place in Place})
    there: int = 0
    policies: int = 0
    triggers: int = 0
    keys: int = 0


def distribute(*, dry_run: bool, say: Callable[[str], object]) -> Report:
    """Give every table its place, and its policies, triggers and keys as shards can have them. As the owner.

    Raises CannotDistribute when the server has no Citus, or no node to distribute to, or a table is not there yet.
    """
    _refuse_unready()
    _refuse_unmigrated()
    report = Report()
    there = where_tables_lie()
    waiting = []
    for planned in planned_tables():
        current = there.get(planned.name, Place.COORDINATOR)
        if current is planned.place:
            report.there += 1
            continue
        if current is not Place.COORDINATOR:
            raise CannotDistribute(
                f"{planned.name} lies {current}, and belongs {planned.place}: undistribute it first."
            )
        waiting.append(planned)
        report.tables[planned.place].append(planned.name)
    if dry_run:
        return report
    _run(*_LEDGER.split(";"))
    _take_off(waiting)
    first = next((name for name, place in there.items() if place is Place.BY_COMPANY), "")
    for planned in sorted(waiting, key=lambda each: each.place is not Place.EVERYWHERE):
        say(f"{planned.name}: {planned.place}")
        first = _move(planned, beside=first)
    _run(_FORGET)
    report.policies = _make_policies()
    report.triggers = _make_triggers()
    report.keys = _put_back()
    return report


def _refuse_unready() -> None:
    with connection.cursor() as cursor:
        cursor.execute("select extversion from pg_extension where extname = 'citus'")
        if cursor.fetchone() is None:
            raise CannotDistribute(
                "This database has no Citus: as a superuser, `create extension citus` on every node."
            )
        cursor.execute(
            "select count(*) from pg_dist_node where noderole = 'primary' and isactive and shouldhaveshards"
        )
        if cursor.fetchone() == (0,):
            raise CannotDistribute(
                "There is no node for shards: as a superuser, `select citus_add_node(host, port)`."
            )
        cursor.execute("select count(*) from pg_dist_node where groupid = 0")
        if cursor.fetchone() == (0,):
            raise CannotDistribute(
                "The coordinator is not listed: as a superuser, `select citus_set_coordinator_host(host, port)`."
            )
        cursor.execute("show citus.enable_unsafe_triggers")
        if cursor.fetchone() != ("on",):
            raise CannotDistribute(
                "Set citus.enable_unsafe_triggers = on and citus.propagate_set_commands = local."
            )


def _refuse_unmigrated() -> None:
    with connection.cursor() as cursor:
        cursor.execute(_MISSING, [[planned.name for planned in planned_tables()]])
        missing = [name for (name,) in cursor.fetchall()]
    if missing:
        raise CannotDistribute(f"There is no table {', '.join(missing)} yet: run `manage.py migrate` first.")


def _run(*statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def _take_off(waiting: list[PlannedTable]) -> None:
    """Keys, policies and triggers of the tables that move. Rows are copied as the owner, whom a policy would hide them
    from."""
    names = [planned.name for planned in waiting]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_KEYS, [names, names])
        for table, key, definition in cursor.fetchall():
            cursor.execute(
                "insert into distribution.taken_off (statement) values (%s)",
                [f"alter table {table} add constraint {key} {definition}"],
            )
            cursor.execute(f"alter table {table} drop constraint {key}")


def _move(planned: PlannedTable, *, beside: str) -> str:
    """Move one table with its rows; the name of a table that the next ones are put beside."""
    table = connection.ops.quote_name(planned.name)
    rules = [policy.named_on(planned.name) for policy in planned.policies()]
    rules += [rule.named_on(of) for rule, of, _ in planned_triggers() if of == planned.name]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("set local citus.multi_shard_modify_mode to 'sequential'")
        # A restored backup says so of tables that lie on one server again.
        cursor.execute("delete from distribution.made where rule = any(%s)", [rules])
        if planned.policies():
            cursor.execute(f"alter table {table} no force row level security")
            cursor.execute(f"alter table {table} disable row level security")
        for policy in planned.policies():
            cursor.execute(policy.drop_sql(planned.model))
        cursor.execute(_TRIGGERS, [planned.name])
        for (trigger,) in cursor.fetchall():
            cursor.execute(f"drop trigger {trigger} on {table}")
        for column in planned.small_keys():
            cursor.execute(
                f"alter table {table} alter column {connection.ops.quote_name(column)} type bigint"
            )
        if planned.place is Place.EVERYWHERE:
            cursor.execute("select create_reference_table(%s::regclass)", [planned.name])
            return beside
        cursor.execute(
            "select create_distributed_table(%s::regclass, 'company_id', colocate_with => %s::text)",
            [planned.name, beside or "none"],
        )
    return beside or planned.name


def what_waits() -> list[str]:
    """What the database is told to become by the next run: tables to be moved, and keys to be put back. None where
    nothing is distributed. As the owner."""
    there = where_tables_lie()
    if not there:
        return []
    waiting = [
        f"{planned.name} goes {planned.place}"
        for planned in planned_tables()
        if there.get(planned.name, Place.COORDINATOR) is not planned.place
    ]
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from distribution.taken_off")
        (keys,) = cursor.fetchone()
    return [*waiting, *([f"keys to be put back: {keys}"] if keys else [])]


def make_rules_of_shards() -> None:
    """Give one server alone, undistributed, the policies and triggers that shards have: what the application does in a
    distributed database can then be tried without nodes. As the owner."""
    for planned in planned_tables():
        for policy in planned.policies():
            _run(*_policy_statements(planned, policy))
    for rule, table, _ in planned_triggers():
        _run(*trigger_statements(rule, table, Place.BY_COMPANY))


def _policy_statements(planned: PlannedTable, policy: CompanyIsolation) -> list[str]:
    table = connection.ops.quote_name(planned.name)
    name = connection.ops.quote_name(policy.name)
    read, write = policy.on_shards()
    return [
        f"drop policy if exists {name} on {table}",
        f"create policy {name} on {table} using ({read}) with check ({write})",
        f"alter table {table} enable row level security",
        f"alter table {table} force row level security",
    ]


def _make_policies() -> int:
    made = 0
    for planned in planned_tables():
        if planned.place is Place.COORDINATOR:
            continue
        for policy in planned.policies():
            made += _make(policy.named_on(planned.name), _policy_statements(planned, policy))
    return made


def _make_triggers() -> int:
    _drop_undeclared()
    made = 0
    for rule, table, place in planned_triggers():
        if place is not Place.COORDINATOR:
            made += _make(rule.named_on(table), trigger_statements(rule, table, place))
    return made


def _drop_undeclared() -> None:
    """Take away what shards have of a rule that a migration dropped or renamed."""
    declared = {
        (table, name)
        for rule, table, place in planned_triggers()
        if place is not Place.COORDINATOR
        for name in names_on_shards(rule)
    }
    with connection.cursor() as cursor:
        cursor.execute(_UNDECLARED)
        undeclared = [found for found in cursor.fetchall() if found not in declared]
    for table, name in undeclared:
        quoted = connection.ops.quote_name(name)
        with transaction.atomic():
            _run(
                "set local citus.multi_shard_modify_mode to 'sequential'",
                f"drop trigger {quoted} on {connection.ops.quote_name(table)}",
                f"drop function if exists {quoted}()",
            )


def names_on_shards(rule: Trigger) -> list[str]:
    """The names of the triggers that a rule is on shards."""
    if rule.on_shards:
        return [f"{rule.name}{each.suffix}" for each in rule.on_shards]
    return [rule.name, *([f"{rule.name}_truncate"] if rule.truncate else [])]


def trigger_statements(rule: Trigger, table: str, place: Place) -> list[str]:
    """The statements that replace a trigger by what it is on shards."""
    quoted = connection.ops.quote_name(table)
    names = [rule.name, f"{rule.name}_truncate", *(f"{rule.name}{each.suffix}" for each in rule.on_shards)]
    statements = [
        f"drop trigger if exists {connection.ops.quote_name(name)} on {quoted}"
        for name in dict.fromkeys(names)
    ]
    if rule.on_shards:
        for each in rule.on_shards:
            statements += each.make_sql(name=rule.name, table=table)
        return statements
    made = rule.statements(table)
    made[0] = made[0].replace("create function", "create or replace function", 1)
    if place is Place.EVERYWHERE and f'{HISTORY}"' in rule.body:
        # Each node changes its own copy; the history is kept once.
        made[0] = made[0].replace("begin ", f"begin {_ONLY_ONCE}", 1)
    return statements + made


def _make(rule: str, statements: Iterable[str]) -> int:
    """Run the statements of a rule unless the same were run before; 1 when they were run."""
    statements = list(statements)
    digest = hashlib.sha256("\n".join(statements).encode()).hexdigest()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("select digest from distribution.made where rule = %s", [rule])
        if cursor.fetchone() == (digest,):
            return 0
        cursor.execute("set local citus.multi_shard_modify_mode to 'sequential'")
        for statement in statements:
            cursor.execute(statement)
        cursor.execute(
            "insert into distribution.made values (%s, %s) on conflict (rule) do update set digest = excluded.digest",
            [rule, digest],
        )
    return 1


def _put_back() -> int:
    with connection.cursor() as cursor:
        cursor.execute("select place, statement from distribution.taken_off order by place")
        taken_off: list[Any] = cursor.fetchall()
    for place, statement in taken_off:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("set local citus.multi_shard_modify_mode to 'sequential'")
            if _is_there(statement):
                cursor.execute(statement)
            cursor.execute("delete from distribution.taken_off where place = %s", [place])
    return len(taken_off)


def _is_there(statement: str) -> bool:
    """Whether the table that a key is put back to is still there: a later migration may have dropped it."""
    table = _ALTERED.match(statement)
    assert table, f"a key belongs to a table: {statement}"
    with connection.cursor() as cursor:
        cursor.execute("select to_regclass(%s) is not null", [table[1]])
        return bool(cursor.fetchone()[0])
