"""The connection to the replica: read-only, and a request on it ends at once when the replica cannot go on."""

from __future__ import annotations

from types import TracebackType
from typing import Any, Final

from django.db import Error, InterfaceError
from django.db.utils import DatabaseErrorWrapper
from django.utils.functional import cached_property

from batconnect.core.database import base
from batconnect.core.database.faults import Fault, fault_of

_READ_ONLY: Final = "25006"


class AskPrimary(BaseException):
    """The replica cannot answer this request: the primary is asked from its beginning.

    Not an `Exception`, so that no view, no handler and no savepoint takes it for an answer on its way out.
    """


class _Abandoning(DatabaseErrorWrapper):
    """Turns the driver's errors into Django's, and in a request those of the replica into AskPrimary."""

    wrapper: DatabaseWrapper

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            super().__exit__(kind, error, trace)
        except Error as raised:
            reason = _reason(raised) if self.wrapper.serves_request else None
            if reason is None:
                raise
            self.wrapper.failed = reason
            # What is still to be rolled back fails in the ordinary way.
            self.wrapper.serves_request = False
            raise AskPrimary from raised


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection to the replica."""

    is_replica = True

    serves_request = False
    """Whether a request reads from it: outside of one its errors are errors."""
    failed = ""
    """Why the request ended: `wrote` for a statement that the replica refuses, `conflict` for one that it canceled,
    `away`."""
    primary: base.DatabaseWrapper | None = None
    """The thread's connection to the primary, while this one stands in its place."""

    @cached_property
    def wrap_database_errors(self) -> Any:
        """The context in which every statement runs."""
        return _Abandoning(self)

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """A connection whose transactions are read-only, also on a server that was promoted meanwhile."""
        connection = super().get_new_connection(conn_params)
        connection.read_only = True
        return connection


def _reason(error: Error) -> str | None:
    if isinstance(error, InterfaceError):
        return "away"
    if getattr(error.__cause__, "sqlstate", None) == _READ_ONLY:
        return "wrote"
    match fault_of(error):
        case Fault.UNAVAILABLE | Fault.IN_DOUBT:
            return "away"
        case Fault.BUSY:
            return "conflict"
    return None
