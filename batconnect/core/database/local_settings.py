"""Settings of the running transaction, on every server that takes part in it.

A distributed database sends `SET LOCAL` on to its nodes, one statement at a time; of `set_config()` they hear nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import connection
from psycopg import OperationalError
from psycopg.errors import error_from_result
from psycopg.pq import ConnStatus, Escaping, ExecStatus, TransactionStatus


def set_local(values: Iterable[tuple[str, str]]) -> None:
    """Set them for the running transaction, in one round trip with its BEGIN when that has not been sent yet.

    The driver sends BEGIN before a transaction's first statement, unless the server is in one already.
    """
    assert connection.in_atomic_block, "a setting ends with its transaction"
    connection.ensure_connection()
    server = connection.connection.pgconn
    quoted = Escaping(server).escape_literal
    commands = [b"SET LOCAL %b = %b" % (name.encode(), quoted(value.encode())) for name, value in values]
    if server.transaction_status == TransactionStatus.IDLE:
        commands.insert(0, b"BEGIN")
    for command in commands if settings.DATABASE_DISTRIBUTED else (b"; ".join(commands),):
        _execute(command)


@contextmanager
def joins_as_written() -> Iterator[None]:
    """Let statements join their tables in the order in which they name them, as is best for one row read by its key.

    To weigh the orders of eight tables takes the planner many times as long as the reading, because the company's id
    lets each be joined to each. Within a transaction; when this ends badly, its rollback sets the limit back.
    """
    set_local([("join_collapse_limit", "1")])
    yield
    _execute(b"SET LOCAL join_collapse_limit TO DEFAULT")


def _execute(command: bytes) -> None:
    server = connection.connection.pgconn
    with connection.wrap_database_errors:
        result = server.exec_(command)
        if result.status != ExecStatus.COMMAND_OK:
            if server.status != ConnStatus.OK:
                raise OperationalError(server.get_error_message())
            raise error_from_result(result)
