"""Holding customers while something counted for each is done, in the order of docs/architecture.md#lock-order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from django.db import connection

_LOCK: Final = """
select id from customers where company_id = %s::uuid and id = any(%s::uuid[]) order by id for no key update
"""


def lock_customers(company_id: UUID, ids: Sequence[UUID]) -> None:
    """Hold the customers until the transaction ends, in the order of their ids."""
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [company_id, list(ids)])
