"""What the catalog of the migrated database says of every tenant table (docs/architecture.md#tenancy).

A new table cannot forget any of it: the tables are read from pg_catalog, not listed here.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection

from batconnect.core.database.tenancy import clear_company, set_company
from batconnect.core.kernel.actors import Actor
from console.tests.world import make_world
from tests.cast import NORTH, SOUTH
from tests.tenancy.catalog import NOT_OF_AN_EXTENSION

# Tables of the whole installation. A new one is added here only with a reason why it belongs to no company.
WITHOUT_COMPANY = {
    "companies": "the tenants themselves",
    "currencies": "reference data",
    "users": "a person may belong to several companies",
    "users_groups": "Django's, unused",
    "users_user_permissions": "Django's, unused",
    "auth_group": "Django's, unused",
    "auth_group_permissions": "Django's, unused",
    "auth_permission": "Django's, unused",
    "django_admin_log": "Django's, unused: the history is pghistory's",
    "django_content_type": "the list of models",
    "django_migrations": "what has been migrated",
    "django_session": "sign-ins, before there is a company",
    "axes_accessattempt": "sign-ins, before there is a company",
    "axes_accessattemptexpiration": "sign-ins, before there is a company",
    "axes_accessfailurelog": "sign-ins, before there is a company",
    "axes_accesslog": "sign-ins, before there is a company",
    "authenticators": "a person's second factor",
    "otp_static_staticdevice": "a person's second factor",
    "otp_static_statictoken": "a person's second factor",
    "token_families": "sign-ins, before there is a company",
    "spent_tokens": "sign-ins, before there is a company",
    "pghistory_context": "unused: the context stands in the history rows",
    "django_celery_beat_clockedschedule": "schedules of the installation",
    "django_celery_beat_crontabschedule": "schedules of the installation",
    "django_celery_beat_intervalschedule": "schedules of the installation",
    "django_celery_beat_periodictask": "schedules of the installation",
    "django_celery_beat_periodictasks": "schedules of the installation",
    "django_celery_beat_solarschedule": "schedules of the installation",
    "case_types": "flows are code",
    "case_steps": "flows are code",
    "case_step_configs": "flows are code",
    "case_step_config_paths": "flows are code",
    "case_states": "flows are code",
    "case_transitions": "flows are code",
}


# The target never changes or goes away, and the trigger looks it up anyway.
HELD_BY_TRIGGER = {
    ("ledger_postings", "account_id"): "ledger_posting_balanced",
    ("ledger_postings", "obligation_id"): "ledger_posting_balanced",
}
# Read before there is a company: to which does this user belong, which endpoint is an event addressed to?
BEFORE_COMPANY = {
    "membership_user",
    "notice_user",
    "notice_unread",
    "invitation_username",
    "gateway_endpoint_address",
}
# The whole key of a table with one row per company; a line of an entry (docs/adr/0104-bytes-of-a-payment.md).
KEYS = {"company_settings": ["company_id"], "ledger_postings": ["company_id", "entry_id", "line"]}


def rows(statement: str, *values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, list(values))
        return list(cursor.fetchall())


@pytest.fixture
def tenant_tables(db: None) -> set[str]:
    """Every table with a column company_id."""
    names = rows(
        "select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace "
        "join pg_attribute a on a.attrelid = c.oid and a.attname = 'company_id' and not a.attisdropped "
        "where n.nspname = 'public' and c.relkind in ('r', 'p')"
    )
    return {name for (name,) in names}


def test_every_other_table_is_known_to_belong_to_no_company(tenant_tables: set[str]) -> None:
    every = {
        name
        for (name,) in rows(
            "select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace "
            "where n.nspname = 'public' and c.relkind in ('r', 'p')"
        )
    }

    assert len(tenant_tables) > 20
    assert every - tenant_tables - set(WITHOUT_COMPANY) == set()


def test_every_tenant_table_forces_row_level_security(tenant_tables: set[str]) -> None:
    secured = {
        name
        for (name,) in rows(
            "select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace "
            "where n.nspname = 'public' and c.relrowsecurity and c.relforcerowsecurity"
        )
    }

    assert tenant_tables - secured == set()


def test_every_policy_is_the_scalar_one(tenant_tables: set[str]) -> None:
    policies = rows(
        "select c.relname, p.polcmd::text, p.polpermissive, pg_get_expr(p.polqual, p.polrelid), "
        "pg_get_expr(p.polwithcheck, p.polrelid) from pg_policy p join pg_class c on c.oid = p.polrelid"
    )

    assert {policy[0] for policy in policies} == tenant_tables
    assert len(policies) == len(tenant_tables), "two permissive policies would widen one another"
    expected = squeezed(
        # Shards' policies have no query in them.
        "(company_id = (NULLIF(current_setting('app.current_company_id'::text, true), ''::text))::uuid)"
        if settings.DATABASE_DISTRIBUTED
        else "(company_id = ( SELECT (NULLIF(current_setting('app.current_company_id'::text, true), ''::text))::uuid"
        ' AS "nullif"))'
    )
    for table, command, permissive, using, check in policies:
        assert (command, permissive) == ("*", True), table
        assert squeezed(check) == expected, table
        if table in ("memberships", "notices"):
            assert squeezed(using).startswith(f"({expected}or(user_id="), table
        elif table == "invitations":
            # By the person's own name, which whoever invites never looks up.
            own_name = "username)::text=((selectusers.usernamefromuserswhere(users.id="
            assert squeezed(using).startswith(f"({expected}or(({own_name}"), table
        elif table == "gateway_endpoints":
            # An event is addressed to an endpoint by its random id, before there is a company.
            named = expected.replace("app.current_company_id", "app.gateway_endpoint_id")
            assert squeezed(using) == f"({expected}or{named.replace('company_id=', 'id=')})", table
        else:
            assert squeezed(using) == expected, table


def squeezed(expression: str) -> str:
    return expression.lower().replace("\n", "").replace(" ", "")


def test_every_key_between_tenant_tables_carries_the_company(tenant_tables: set[str]) -> None:
    keys = rows(
        "select k.conname, t.relname, f.relname, k.condeferrable, "
        "(select array_agg(a.attname order by u.place) from unnest(k.conkey) with ordinality u(num, place) "
        " join pg_attribute a on a.attrelid = k.conrelid and a.attnum = u.num), "
        "(select array_agg(a.attname order by u.place) from unnest(k.confkey) with ordinality u(num, place) "
        " join pg_attribute a on a.attrelid = k.confrelid and a.attnum = u.num) "
        "from pg_constraint k join pg_class t on t.oid = k.conrelid join pg_class f on f.oid = k.confrelid "
        "where k.contype = 'f'"
    )

    between = [key for key in keys if key[1] in tenant_tables and key[2] in tenant_tables]

    assert len(between) > 10
    for name, _, _, deferrable, columns, targets in between:
        assert columns[0] == targets[0] == "company_id", name
        assert deferrable is False, name
        # A third column is one that the rows of both tables carry.
        assert len(columns) == 2 or columns[2:] == targets[2:], name


def test_every_tenant_relation_of_a_model_has_its_key(tenant_tables: set[str]) -> None:
    held = {
        (table, column)
        for table, column in rows(
            "select t.relname, a.attname from pg_constraint k join pg_class t on t.oid = k.conrelid "
            "cross join unnest(k.conkey) u(num) join pg_attribute a on a.attrelid = t.oid and a.attnum = u.num "
            "where k.contype = 'f' and cardinality(k.conkey) >= 2"
        )
    }
    held |= {
        (table, column)
        for (table, column), trigger in HELD_BY_TRIGGER.items()
        if rows("select from pg_trigger where tgrelid = %s::regclass and tgname = %s", table, trigger)
    }

    missing = [
        (model._meta.db_table, field.column)
        for model in apps.get_models(include_auto_created=True)
        if model._meta.db_table in tenant_tables and not model._meta.db_table.endswith("_history")
        for field in model._meta.concrete_fields
        if field.is_relation
        and field.related_model._meta.db_table in tenant_tables
        and (model._meta.db_table, field.column) not in held
    ]

    assert missing == []


def test_the_primary_key_of_every_tenant_table_begins_with_the_company(tenant_tables: set[str]) -> None:
    keys = dict(
        rows(
            "select t.relname, array_agg(a.attname::text order by u.place) from pg_constraint k "
            "join pg_class t on t.oid = k.conrelid cross join unnest(k.conkey) with ordinality u(num, place) "
            "join pg_attribute a on a.attrelid = t.oid and a.attnum = u.num where k.contype = 'p' group by t.relname"
        )
    )

    wrong = {
        table: keys.get(table)
        for table in tenant_tables
        if keys.get(table)
        != KEYS.get(table, ["company_id", "pgh_id" if table.endswith("_history") else "id"])
    }
    assert wrong == {}


def test_every_unique_index_has_the_company(tenant_tables: set[str]) -> None:
    """What is unique is so within a company: the id as well, however unlikely it is to come twice."""
    unique = rows(
        "select t.relname, i.relname from pg_index x join pg_class t on t.oid = x.indrelid "
        "join pg_class i on i.oid = x.indexrelid join pg_namespace n on n.oid = t.relnamespace "
        "where n.nspname = 'public' and x.indisunique and not exists (select from pg_attribute a "
        "where a.attrelid = t.oid and a.attname = 'company_id' and a.attnum = any(x.indkey))"
    )

    assert [(table, index) for table, index in unique if table in tenant_tables] == []


def test_every_trigger_that_looks_at_tables_of_companies_names_the_company(tenant_tables: set[str]) -> None:
    bodies = rows(
        "select distinct p.proname, p.prosrc from pg_trigger t join pg_proc p on p.oid = t.tgfoid "
        "where not t.tgisinternal"
    )
    named = re.compile(r"\b(?:from|join|into|update)\s+\"?(\w+)")

    looking = [(name, body) for name, body in bodies if tenant_tables & set(named.findall(body))]
    assert len(looking) > 10
    assert [name for name, body in looking if "company_id" not in body] == []


def test_no_trigger_mixes_truncate_with_changes_of_rows(db: None) -> None:
    mixed = rows(
        "select tgname from pg_trigger t where not tgisinternal and tgtype & 32 <> 0 and tgtype & (4 | 8 | 16) <> 0 "
        + NOT_OF_AN_EXTENSION.format("t.tgfoid")
    )

    assert mixed == []


def test_what_is_never_deleted_is_never_truncated(db: None) -> None:
    """A trigger that refuses every DELETE has one beside it that refuses TRUNCATE, and so has what is append-only."""
    open_to_truncate = rows(
        "select c.relname from pg_trigger t join pg_class c on c.oid = t.tgrelid join pg_proc f on f.oid = t.tgfoid "
        "where not t.tgisinternal and t.tgtype & 8 <> 0 and t.tgtype & 1 = 0 and f.prosrc like '%%raise exception%%' "
        "and not exists (select from pg_trigger u where u.tgrelid = t.tgrelid and u.tgtype & 32 <> 0)"
    )

    assert open_to_truncate == []


def test_company_comes_first_in_every_index(tenant_tables: set[str]) -> None:
    indexes = rows(
        "select t.relname, i.relname, a.attname from pg_index x "
        "join pg_class t on t.oid = x.indrelid join pg_class i on i.oid = x.indexrelid "
        "join pg_namespace n on n.oid = t.relnamespace "
        "left join pg_attribute a on a.attrelid = t.oid and a.attnum = x.indkey[0] where n.nspname = 'public'"
    )

    wrong = [
        (table, index, first)
        for table, index, first in indexes
        if table in tenant_tables and first != "company_id" and index not in BEFORE_COMPANY
    ]

    assert wrong == []


def test_every_index_is_listed_with_what_it_serves(tenant_tables: set[str]) -> None:
    page = Path(settings.BASE_DIR, "docs", "indexes.md").read_text()
    listed = dict(re.findall(r"^\| `(\w+)` \| (.+) \|$", page, re.MULTILINE))
    there = rows(
        "select t.relname, i.relname from pg_index x join pg_class t on t.oid = x.indrelid "
        "join pg_class i on i.oid = x.indexrelid join pg_namespace n on n.oid = t.relnamespace "
        "where n.nspname = 'public' and not x.indisprimary"
    )

    assert {index for table, index in there if table in tenant_tables} - set(listed) == set()
    assert set(listed) - {index for _, index in there} == set()


def test_no_index_repeats_the_beginning_of_another(tenant_tables: set[str]) -> None:
    """What an index can find, a longer one that begins with its columns finds as well."""
    repeated = rows(
        "select a.indexrelid::regclass::text, b.indexrelid::regclass::text from pg_index a "
        "join pg_index b on b.indrelid = a.indrelid and b.indexrelid <> a.indexrelid "
        "join pg_class t on t.oid = a.indrelid where t.relname = any(%s) and not a.indisunique "
        "and a.indpred is null and b.indpred is null and a.indexprs is null and b.indexprs is null "
        "and (b.indkey::int2[])[0:a.indnkeyatts - 1] = (a.indkey::int2[])[0:a.indnkeyatts - 1]",
        sorted(tenant_tables),
    )

    assert repeated == []


def test_the_runtime_role_owns_nothing_and_bypasses_nothing(db: None) -> None:
    owned = rows(
        "select c.relname from pg_class c join pg_roles r on r.oid = c.relowner where r.rolname = current_user "
        "union all select p.proname from pg_proc p join pg_roles r on r.oid = p.proowner "
        "where r.rolname = current_user"
    )
    flags = rows(
        "select rolsuper, rolbypassrls, rolcreaterole, rolcreatedb from pg_roles where rolname = current_user"
    )

    assert owned == []
    assert flags == [(False, False, False, False)]


def test_no_function_runs_with_its_owners_rights(db: None) -> None:
    definers = rows(
        "select p.proname from pg_proc p join pg_namespace n on n.oid = p.pronamespace "
        "where n.nspname = 'public' and p.prosecdef"
    )

    assert definers == []


def test_no_view_leaks(db: None) -> None:
    leaking = rows(
        "select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace "
        "where n.nspname = 'public' and (c.relkind = 'm' or c.relkind = 'v' "
        "and not coalesce('security_invoker=true' = any(c.reloptions), false)) "
        + NOT_OF_AN_EXTENSION.format("c.oid")
    )

    assert leaking == []


def test_without_a_company_there_are_no_rows(manager: Actor, tenant_tables: set[str]) -> None:
    make_world(manager)
    filled = {table for table in tenant_tables if count(table)}

    clear_company()

    assert {"customers", "ledger_postings", "payments", "memberships", "customers_history"} <= filled
    assert {table for table in tenant_tables if count(table)} == set()


def test_south_sees_nothing_of_north(manager: Actor, tenant_tables: set[str]) -> None:
    make_world(manager)

    set_company(SOUTH, metadata={"job": "test"})

    for table in tenant_tables:
        assert rows(f"select count(*) from {table} where company_id <> %s::uuid", SOUTH) == [(0,)], table
    assert rows("select count(*) from customers") == [(0,)]


def test_south_changes_nothing_of_north(manager: Actor, tenant_tables: set[str]) -> None:
    make_world(manager)
    set_company(SOUTH, metadata={"job": "test"})

    with connection.cursor() as cursor:
        cursor.execute("update customers set name = 'x'")
        updated = cursor.rowcount
        cursor.execute("delete from search_keys")
        deleted = cursor.rowcount

    assert (updated, deleted) == (0, 0)
    set_company(NORTH, metadata={"job": "test"})
    assert rows("select count(*) from customers where name = 'x'") == [(0,)]


def count(table: str) -> int:
    ((total,),) = rows(f"select count(*) from {table}")
    return int(total)
