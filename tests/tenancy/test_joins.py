"""Joins between tables of companies compare the company: those of models by their key, those of SQL texts by hand.

`conftest.py` refuses every statement of the suite that does not; here stand the ways in which Django writes joins.
"""

from __future__ import annotations

from typing import Any

import pytest
from django.apps import apps
from django.db import connection, models
from django.db.models import Q

from batconnect.core.database.keys import TenantKey, TenantOneToOneKey
from batconnect.core.kernel.actors import Actor
from ledger.models import Entry, Obligation, Posting
from payments.models import Allocation
from tests.joins import JoinWithoutCompany, tenant_tables, unjoined

KEYS = [
    field
    for model in apps.get_models(include_auto_created=True)
    for field in model._meta.local_fields
    if field.is_relation
    and model._meta.db_table in tenant_tables()
    and field.related_model._meta.db_table in tenant_tables()
]


def sql_of(rows: Any) -> str:
    return str(rows.query.sql_with_params()[0])


def joined_on(statement: str) -> list[str]:
    """What stands behind each ON."""
    return [part.split(" WHERE ")[0].split(" INNER JOIN ")[0] for part in statement.split(" ON ")[1:]]


@pytest.mark.parametrize("field", KEYS, ids=str)
def test_every_tenant_relation_compares_both_columns(field: Any) -> None:
    assert isinstance(field, TenantKey | TenantOneToOneKey) or field.model._meta.db_table.endswith("_history")
    if not isinstance(field, TenantKey | TenantOneToOneKey):
        return  # history rows name what they are of, which may be gone
    (on,) = joined_on(sql_of(field.model._base_manager.select_related(field.name).order_by()))

    assert f'"{field.model._meta.db_table}"."{field.column}" = ' in on
    assert on.count('"company_id"') == 2


@pytest.mark.parametrize(
    "rows",
    [
        Posting.objects.filter(entry__event="x"),
        Entry.objects.filter(postings__amount=1),
        Entry.objects.filter(reverses__event="x"),
        Entry.objects.select_related("customer", "lease", "reverses"),
        Obligation.objects.filter(Q(lease__lease_id="x") | Q(lease__isnull=True)),
        Allocation.objects.select_related("payment__customer", "obligation__lease"),
    ],
    ids=["forward", "reverse", "self", "nullable", "nullable filter", "over two"],
)
def test_django_compares_the_company_in(rows: models.QuerySet[Any]) -> None:
    statement = sql_of(rows)

    assert " JOIN " in statement
    assert all(on.count('"company_id"') == 2 for on in joined_on(statement)), statement
    assert unjoined(statement) == ()


@pytest.mark.parametrize(
    "rows",
    [Entry.objects.exclude(postings__amount=1), Obligation.objects.exclude(postings__entry__event="x")],
    ids=["over one", "over two"],
)
def test_excluding_over_a_reverse_relation_compares_the_key_alone(rows: models.QuerySet[Any]) -> None:
    """Django has no alias to compare there: such a query is right under row security, and the suite wants `Exists`."""
    statement = sql_of(rows)

    if 'U1."company_id" = %s' in statement or 'U2."company_id" = %s' in statement:
        # Of a distributed database's queries each names the company that it runs for.
        assert unjoined(statement) == ()
        return
    assert unjoined(statement) in (
        ("ledger_postings.entry_id = ledger_entries.id without the company",),
        ("ledger_postings.obligation_id = ledger_obligations.id without the company",),
    )


def test_a_migration_names_the_key_as_it_is() -> None:
    name, path, args, kwargs = Posting._meta.get_field("entry").deconstruct()

    assert (name, path, args) == ("entry", "batconnect.core.database.keys.TenantKey", [])
    assert kwargs == {"to": "ledger.entry", "on_delete": models.PROTECT, "related_name": "postings"}


@pytest.mark.parametrize(
    ("statement", "wrong"),
    [
        ("select from payments p join payment_allocations a on a.payment_id = p.id", True),
        ("select from payments p, payment_allocations a where a.payment_id = p.id", True),
        (
            "select from payments p where exists (select from payment_allocations a where a.payment_id = p.id)",
            True,
        ),
        ("select from payments p join payment_allocations a using (payment_id)", True),
        ("select from payments p join payment_allocations a using (company_id, payment_id)", False),
        (
            "select from payments p join payment_allocations a on a.payment_id = p.id and a.company_id = p.company_id",
            False,
        ),
        (
            "select from payments p join payment_allocations a on a.payment_id = p.id"
            " where p.company_id = %s::uuid and a.company_id = %s::uuid",
            False,
        ),
        ("select from payments p join users u on u.id = p.created_by_id", False),
        ("update payments set notes = '' returning id", False),
        ("update payments set notes = '' returning id::text", True),
    ],
)
def test_the_reader_of_statements_tells(statement: str, wrong: bool) -> None:
    assert bool(unjoined(statement)) is wrong


def test_the_suite_refuses_such_a_statement(manager: Actor) -> None:
    with connection.cursor() as cursor, pytest.raises(JoinWithoutCompany, match=r"payments\.id"):
        cursor.execute("select from payment_allocations a join payments p on a.payment_id = p.id")
