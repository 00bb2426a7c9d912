"""The running company in each query that Django writes, so that it is planned for one node.

A distributed database plans for a constant: what a policy adds by `current_setting` tells it nothing, and it would ask
every node. Isolation stays the policies'.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, Final

from django.apps import apps
from django.db import connection, models
from django.db.models.sql import RawQuery, compiler
from django.db.models.sql.compiler import SQLInsertCompiler
from django.db.models.sql.subqueries import AggregateQuery

_KNOWN: Final = "company_of_queries"


def remember_company(company_id: str) -> None:
    """Say of which company the queries of this connection are from now on; empty for none."""
    setattr(connection, _KNOWN, company_id)


@contextmanager
def company_kept() -> Iterator[None]:
    """Afterwards the queries are of the company that they were of before, however it ends."""
    kept = getattr(connection, _KNOWN, "")
    try:
        yield
    finally:
        setattr(connection, _KNOWN, kept)


@cache
def _is_of_company(model: type[models.Model]) -> bool:
    # Read once the models are there: they are made with the rules that this is about.
    from batconnect.core.database.distribution.plan import Place, place_of

    if place_of(model) is not Place.BY_COMPANY:
        return False
    # What a person reads of every company has no one company.
    return not any(
        getattr(rule, name, None)
        for rule in model._meta.constraints
        for name in ("or_own_user", "or_own_username", "or_named_by")
    )


@cache
def _model_of(table: str) -> type[models.Model] | None:
    return next((model for model in apps.get_models() if model._meta.db_table == table), None)


def _with_company(query: Any, company_id: str) -> Any:
    """The query, with a condition on the company of the table that it begins with."""
    if not company_id or isinstance(query, AggregateQuery | RawQuery) or query.combinator:
        return query
    if query.model is None:
        return query
    query = query.clone()
    if not query.alias_map:
        query.get_initial_alias()
    # Of a subquery that `exclude()` makes Django takes the first tables away again: they have no references.
    alias = next((each for each in query.alias_map if query.alias_refcount[each]), None)
    model = _model_of(query.alias_map[alias].table_name) if alias else None
    if model is None or not _is_of_company(model):
        return query
    company = model._meta.get_field("company")
    query.where.add(company.get_lookup("exact")(company.get_col(alias), company_id), "AND")
    return query


class _OfCompany:
    def __init__(self, query: Any, connection: Any, using: str | None, elide_empty: bool = True) -> None:
        known = getattr(connection, _KNOWN, "")
        super().__init__(_with_company(query, known), connection, using, elide_empty)  # type: ignore[call-arg]  # a mixin of compilers


class SQLCompiler(_OfCompany, compiler.SQLCompiler):
    """SELECT."""


class SQLUpdateCompiler(_OfCompany, compiler.SQLUpdateCompiler):
    """UPDATE."""


class SQLDeleteCompiler(_OfCompany, compiler.SQLDeleteCompiler):
    """DELETE."""


class SQLAggregateCompiler(compiler.SQLAggregateCompiler):
    """The query within it is compiled, and so has its company, by itself."""


__all__ = [
    "SQLAggregateCompiler",
    "SQLCompiler",
    "SQLDeleteCompiler",
    "SQLInsertCompiler",
    "SQLUpdateCompiler",
]
