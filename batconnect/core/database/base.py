"""Django's PostgreSQL backend, which tells a COMMIT that failed from one whose outcome is unknown.

A server that refuses a COMMIT has rolled back and says so. When the connection is lost in between, the work may be
stored: that is `CommitInDoubt`. What was lost before COMMIT was sent is certain, the server rolls it back.
"""

from __future__ import annotations

from types import TracebackType
from typing import Any

import psycopg.errors
from django.conf import settings
from django.db import Error
from django.db.backends.postgresql import base, features, operations
from django.db.utils import DatabaseErrorWrapper
from django.utils.functional import cached_property
from psycopg.pq import ConnStatus, TransactionStatus

from batconnect.core.database import disk
from batconnect.core.database.distribution.migrating import SchemaEditor
from batconnect.core.database.distribution.stepwise import step_by_step
from batconnect.core.database.faults import DISK_FULL, CommitInDoubt


class _Noticing(DatabaseErrorWrapper):
    """Turns the driver's errors into Django's, and remembers that the disk is full."""

    wrapper: DatabaseWrapper

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if getattr(error, "sqlstate", None) == DISK_FULL:
            disk.mark_full(self.wrapper.settings_dict["NAME"])
        super().__exit__(kind, error, trace)


class DatabaseFeatures(features.DatabaseFeatures):
    """PostgreSQL as Django knows it, except for keys: (company_id, id) where Django expects `id` alone."""

    # `group by id` would leave the other columns of a row undetermined.
    allows_group_by_selected_pks = False


class DatabaseOperations(operations.DatabaseOperations):
    """PostgreSQL's, with the company in each query where the database is distributed by it."""

    if settings.DATABASE_DISTRIBUTED:
        compiler_module = "batconnect.core.database.distribution.of_company"


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection that counts its commits and knows which one is in doubt."""

    features_class = DatabaseFeatures
    ops_class = DatabaseOperations
    SchemaEditorClass = (
        SchemaEditor if settings.DATABASE_DISTRIBUTED else base.DatabaseWrapper.SchemaEditorClass
    )
    company_of_queries = ""
    """Of which company queries are, where the database is distributed; the policies decide what they find."""

    is_replica = False
    """Whether it is one to read from, on which nothing can be written (`database.replica`)."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if settings.DATABASE_DISTRIBUTED:
            self.execute_wrappers.append(step_by_step)

    commits = 0
    """How many transactions were committed: two readings that differ say that something was stored."""

    @cached_property
    def wrap_database_errors(self) -> _Noticing:
        """The context in which every statement runs."""
        return _Noticing(self)

    def _commit(self) -> None:
        if self.connection is None:
            return
        server = self.connection.pgconn
        if server.transaction_status == TransactionStatus.INERROR:
            # PostgreSQL would roll back and call it a success.
            with self.wrap_database_errors:
                raise psycopg.errors.InFailedSqlTransaction("a statement failed, nothing can be committed")
        was_there = server.status == ConnStatus.OK
        name: Any = self.settings_dict["NAME"]
        writes = disk.is_full(name) and was_there and self._has_written()
        try:
            super()._commit()  # type: ignore[misc]  # the stubs leave it out
        except Error as error:
            if was_there and server.status != ConnStatus.OK:
                raise CommitInDoubt("The connection was lost during COMMIT.") from error.__cause__
            raise
        self.commits += 1
        if writes:
            disk.mark_writable(name)

    def _has_written(self) -> bool:
        with self.cursor() as cursor:
            cursor.execute("select pg_current_xact_id_if_assigned() is not null")
            (written,) = cursor.fetchone()
            return bool(written)
