"""Whose transaction a service works in: each says so by a mark (docs/architecture.md#transactions).

| mark | the service |
|---|---|
| `@transaction.atomic` | is one transaction, and inside a running one a savepoint: who catches its refusal goes on |
| `@joins_transaction` | is part of its caller's transaction, and refuses to begin without one |
| `@commits_by_chunks` | commits chunk by chunk; inside a running transaction each chunk is a savepoint |
| `@outside_transactions` | makes transactions around calls to the world outside, and refuses to begin inside one |
| `@reads` | writes nothing |
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import connection
from django.db.transaction import TransactionManagementError

Given = ParamSpec("Given")
Result = TypeVar("Result")


def joins_transaction(service: Callable[Given, Result]) -> Callable[Given, Result]:
    """The service is part of its caller's transaction. Raises TransactionManagementError where none is running: it
    would be stored piece by piece."""

    @wraps(service)
    def joined(*args: Given.args, **kwargs: Given.kwargs) -> Result:
        if not connection.in_atomic_block:
            raise TransactionManagementError(f"{service.__name__} needs a transaction that its caller began.")
        return service(*args, **kwargs)

    return joined


def outside_transactions(service: Callable[Given, Result]) -> Callable[Given, Result]:
    """The service calls the world outside. Raises TransactionManagementError inside a transaction: it would hold its
    locks for as long as somebody else takes to answer."""

    @wraps(service)
    def alone(*args: Given.args, **kwargs: Given.kwargs) -> Result:
        # As `transaction.atomic(durable=True)` does: the transaction around a test is none.
        if any(not getattr(block, "_from_testcase", False) for block in connection.atomic_blocks):
            raise TransactionManagementError(f"{service.__name__} is not called inside a transaction.")
        return service(*args, **kwargs)

    return alone


def commits_by_chunks(service: Callable[Given, Result]) -> Callable[Given, Result]:
    """The service commits chunk by chunk (`core.database.tenancy.actor_transaction`): what is committed stays when a
    later chunk fails."""
    return service


def reads(service: Callable[Given, Result]) -> Callable[Given, Result]:
    """The service writes nothing."""
    return service
