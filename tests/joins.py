"""Every statement of the suite is read by PostgreSQL's own parser: joins of companies' tables compare the company.

A join over `id` alone finds the same rows today, since ids are unique in the whole installation. The keys, their
indexes and a database that is distributed by company have the company first.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache, lru_cache
from itertools import count
from typing import Any, Final

from django.apps import apps
from pglast import ast, parse_sql
from pglast.enums import A_Expr_Kind

COMPANY: Final = "company_id"
_PLACEHOLDER: Final = re.compile(r"%(?:\((\w+)\))?[sbt]")
_numbers = count()


class JoinWithoutCompany(AssertionError):
    """A statement joins two tables of companies and does not compare their companies."""


@dataclass(frozen=True)
class Source:
    """Something to read columns from: a table of companies, or anything else (a CTE, a function, values)."""

    table: str
    number: int = field(default_factory=lambda: next(_numbers))

    @property
    def is_tenant(self) -> bool:
        return self.table in tenant_tables()


Scope = dict[str, Source]


@cache
def tenant_tables() -> frozenset[str]:
    """The tables with a company, from the models."""
    return frozenset(
        model._meta.db_table
        for model in apps.get_models(include_auto_created=True)
        if any(each.column == COMPANY for each in model._meta.local_fields)
    )


@lru_cache(maxsize=20_000)
def unjoined(statement: str) -> tuple[str, ...]:
    """The comparisons of columns between two tables of companies whose companies are not compared, and casts of what
    a statement returns: a distributed database returns columns as they are."""
    numbered = _PLACEHOLDER.sub("$1", statement).replace("%%", "%")
    reader = _Reader()
    for each in parse_sql(numbered):
        reader.read(each.stmt, {}, frozenset())
    return tuple(reader.wrong())


class _Reader:
    """Collects which columns are compared with which, over all parts of a statement."""

    def __init__(self) -> None:
        self.pairs: list[tuple[Source, str, Source, str]] = []
        self.same: dict[Any, Any] = {}
        self.casts = 0

    def wrong(self) -> Iterator[str]:
        for ours, column, theirs, other in self.pairs:
            if ours.is_tenant and theirs.is_tenant and self._root(ours) != self._root(theirs):
                yield f"{ours.table}.{column} = {theirs.table}.{other} without the company"
        if self.casts:
            yield "a cast in RETURNING"

    def _root(self, key: Any) -> Any:
        while key in self.same:
            key = self.same[key]
        return key

    def _unite(self, one: Any, other: Any) -> None:
        one, other = self._root(one), self._root(other)
        if one != other:
            self.same[one] = other

    def read(self, node: Any, scope: Scope, ctes: frozenset[str]) -> None:
        """Read a statement, or a part of one, with the sources that its names can mean."""
        if isinstance(node, tuple | list):
            for each in node:
                self.read(each, scope, ctes)
            return
        if not isinstance(node, ast.Node):
            return
        if isinstance(node, ast.SelectStmt | ast.UpdateStmt | ast.DeleteStmt | ast.InsertStmt):
            self._statement(node, scope, ctes)
            return
        if isinstance(node, ast.A_Expr):
            self._comparison(node, scope)
        self._parts(node, scope, ctes)

    def _parts(self, node: Any, scope: Scope, ctes: frozenset[str], *, without: tuple[str, ...] = ()) -> None:
        for name in node:
            if name not in without:
                self.read(getattr(node, name), scope, ctes)

    def _statement(self, node: Any, outer: Scope, ctes: frozenset[str]) -> None:
        if node.withClause:
            for each in node.withClause.ctes:
                # A recursive one names itself.
                ctes |= {each.ctename}
                self.read(each.ctequery, outer, ctes)
        scope = dict(outer)
        if getattr(node, "returningClause", None):
            self.casts += sum(isinstance(each.val, ast.TypeCast) for each in node.returningClause.exprs)
        if isinstance(node, ast.InsertStmt):
            self._parts(node, scope, ctes, without=("withClause", "relation"))
            return
        if getattr(node, "relation", None):
            self._source(node.relation, scope, ctes)
        for each in (*(getattr(node, "fromClause", None) or ()), *(getattr(node, "usingClause", None) or ())):
            self._source(each, scope, ctes)
        self._parts(node, scope, ctes, without=("withClause", "relation", "fromClause", "usingClause"))

    def _source(self, node: Any, scope: Scope, ctes: frozenset[str]) -> list[Source]:
        """Put what a FROM item reads into the scope."""
        if isinstance(node, ast.RangeVar):
            table = "" if node.relname in ctes else node.relname
            return [self._named(node.alias.aliasname if node.alias else node.relname, table, scope)]
        if isinstance(node, ast.JoinExpr):
            left = self._source(node.larg, scope, ctes)
            right = self._source(node.rarg, scope, ctes)
            for column in node.usingClause or ():
                for ours in left:
                    for theirs in right:
                        self._compared(ours, column.sval, theirs, column.sval)
            self.read(node.quals, scope, ctes)
            return left + right
        # Subqueries in FROM see their neighbors only when they are lateral, and then as these are.
        self._parts(node, scope, ctes, without=("alias",))
        return [self._named(node.alias.aliasname if node.alias else "", "", scope)]

    def _named(self, name: str, table: str, scope: Scope) -> Source:
        scope[name] = Source(table)
        return scope[name]

    def _comparison(self, node: Any, scope: Scope) -> None:
        if node.kind != A_Expr_Kind.AEXPR_OP or node.name[-1].sval != "=":
            return
        left, right = self._column(node.lexpr, scope), self._column(node.rexpr, scope)
        if left and right:
            self._compared(*left, *right)
        elif left and left[1] == COMPANY:
            # With a value: the statement names one company.
            self._unite(left[0], "a value")
        elif right and right[1] == COMPANY:
            self._unite(right[0], "a value")

    def _compared(self, ours: Source, column: str, theirs: Source, other: str) -> None:
        if column == other == COMPANY:
            self._unite(ours, theirs)
        else:
            self.pairs.append((ours, column, theirs, other))

    def _column(self, node: Any, scope: Scope) -> tuple[Source, str] | None:
        while isinstance(node, ast.TypeCast):
            node = node.arg
        if not isinstance(node, ast.ColumnRef) or not all(
            isinstance(each, ast.String) for each in node.fields
        ):
            return None
        names = [each.sval for each in node.fields]
        if len(names) == 2 and names[0] in scope:
            return scope[names[0]], names[1]
        return None


def check_joins(execute: Callable[..., Any], statement: Any, values: Any, many: bool, context: Any) -> Any:
    """An execute wrapper: refuses a statement that joins across companies. Each text is read once."""
    if isinstance(statement, str) and _may_join(statement):
        wrong = unjoined(statement)
        if wrong:
            raise JoinWithoutCompany(f"{'; '.join(wrong)} in:\n{statement}")
    return execute(statement, values, many, context)


def _may_join(statement: str) -> bool:
    return statement.lstrip()[:6].lower().startswith(("select", "with", "update", "delete", "insert"))
