"""The console's world, made once by each process: what a test does to it is rolled back, as everywhere.

A test that asks for `world` runs in a database where it is committed. The fixture is put before all others of the test,
because the transaction of the test must begin there.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection, connections

from tests.cast import acting
from tests.databases import clone, ensure_template, remove

_MADE_BY = "console.tests.conftest"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let every test of the world begin in its database."""
    for item in items:
        if not isinstance(item, pytest.Function):
            continue
        made_by = item._fixtureinfo.name2fixturedefs.get("world")
        if made_by and made_by[-1].func.__module__ == _MADE_BY and "in_world" not in item.fixturenames:
            item.fixturenames.insert(0, "in_world")


@pytest.fixture(scope="session")
def database_of_world(django_db_setup: None, django_db_blocker: Any) -> Iterator[str]:
    """The name of this process's database with the world in it."""
    from console.tests.world import make_world

    plain = str(connection.settings_dict["NAME"])
    name = f"{plain}_world"
    with django_db_blocker.unblock():
        clone(template=ensure_template(), name=name)
        try:
            with acting("manager") as manager:
                make_world(manager)
                # No worker is there to be woken.
                connection.run_on_commit.clear()
        finally:
            _point_at(plain)
    yield name
    with django_db_blocker.unblock():
        remove(name=name)


@pytest.fixture
def in_world(database_of_world: str) -> Iterator[None]:
    """The test's connection is to the database of the world."""
    plain = str(connection.settings_dict["NAME"])
    _point_at(database_of_world)
    yield
    _point_at(plain)


def _point_at(name: str) -> None:
    connections.close_all()
    connection.settings_dict["NAME"] = name
