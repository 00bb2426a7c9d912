"""Connections of a pool that serve one company after the other: none ever shows what the last one left behind."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final
from uuid import UUID

import pytest
from django.db import connection, connections, transaction

from batconnect.core.database.tenancy import company_context, open_request, set_company
from batconnect.core.models import User
from batconnect.directory.models import Vehicle
from tests.cast import NORTH, SOUTH, STAFF

THREADS: Final = 8
# Fewer connections than threads: each of them is handed from company to company all the time.
CONNECTIONS: Final = 3
PLATES: Final = {NORTH: "NORTH1", SOUTH: "SOUTH1", None: None}
PERSON: Final = {NORTH: STAFF["cashier"][0], SOUTH: STAFF["outsider"][0]}


@pytest.fixture
def pool(transactional_db: None) -> Any:
    """The test's database through psycopg's own pool, as Django uses one."""
    for company_id in (NORTH, SOUTH):
        with company_context(company_id, job="test"):
            Vehicle.objects.create(
                company_id=company_id, plate_no=PLATES[company_id], vin=str(company_id)[:17]
            )
    connections.close_all()
    kept = (connection.settings_dict["OPTIONS"], connection.settings_dict["CONN_MAX_AGE"])
    connection.settings_dict["OPTIONS"] = {
        **kept[0],
        "pool": {"min_size": CONNECTIONS, "max_size": CONNECTIONS, "timeout": 60},
    }
    connection.settings_dict["CONN_MAX_AGE"] = 0
    yield
    connections.close_all()
    connection.close_pool()
    connection.settings_dict["OPTIONS"], connection.settings_dict["CONN_MAX_AGE"] = kept


def visit(seed: int, times: int) -> tuple[int, set[int], list[str]]:
    """Enter companies in a random order, each time on whichever connection is free: switches, processes, findings."""
    chosen, wrong, servers = random.Random(seed), [], set()  # noqa: S311 - a seeded test
    for _ in range(times):
        company_id = chosen.choice((NORTH, SOUTH, None))
        way = chosen.choice(("request", "job", "failed"))
        try:
            with transaction.atomic():
                servers.add(connection.connection.info.backend_pid)
                seen = _seen(company_id, way)
                if way == "failed":
                    transaction.set_rollback(True)
            if seen != ([PLATES[company_id]] if company_id else []):
                wrong.append(f"{way} in {company_id}: {seen}")
        finally:
            connection.close()
    return times, servers, wrong


def _seen(company_id: UUID | None, way: str) -> list[str]:
    if company_id is not None and way == "request":
        opened = open_request(user_id=PERSON[company_id], company_id=company_id, request_id="switch")
        assert opened is not None
        assert opened[1] is not None
        assert opened[1].company_id == company_id
    elif company_id is not None:
        set_company(company_id, metadata={"job": "switch"})
    return sorted(Vehicle.objects.values_list("plate_no", flat=True))


@pytest.mark.parametrize("switches", [400, pytest.param(10_000, marks=pytest.mark.system)], ids=str)
def test_no_connection_of_a_pool_remembers_a_company(pool: None, switches: int) -> None:
    with ThreadPoolExecutor(THREADS) as threads:
        visited = list(threads.map(visit, range(THREADS), [switches // THREADS] * THREADS))

    assert sum(times for times, _, _ in visited) == switches
    assert [finding for _, _, wrong in visited for finding in wrong] == []
    # They did share: every connection served several threads.
    assert len(set().union(*(servers for _, servers, _ in visited))) == CONNECTIONS
    assert User.objects.filter(pk__in=PERSON.values()).count() == 2
