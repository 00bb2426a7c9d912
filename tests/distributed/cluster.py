"""The suite's databases on a Citus cluster: each is one of the same name on every node (docs/scale-distributed.md).

`CLUSTER_NODES` names the workers, host:port each; DATABASE_SUPERUSER_URL is the coordinator's, and its login theirs.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from time import sleep
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import psycopg
from django.conf import settings
from psycopg import sql
from psycopg.errors import ObjectInUse

NODES: Final = tuple(node for node in os.environ.get("CLUSTER_NODES", "").split(",") if node)
"""The workers; none where the suite runs on one server."""
_LEAVE: Final = "select pg_terminate_backend(pid) from pg_stat_activity where datname = %s"
_ATTEMPTS: Final = 12


def create(name: str, *, template: str = "") -> None:
    """A new database on every node, of the owner; a copy of another that nobody uses."""
    owner = sql.Identifier(unquote(urlsplit(settings.DATABASE_OWNER_URL).username or ""))
    statement = sql.SQL("create database {} owner {}").format(sql.Identifier(name), owner)
    if template:
        statement += sql.SQL(" template {}").format(sql.Identifier(template))

    def make(server: psycopg.Connection) -> None:
        _insist(lambda: server.execute(statement))
        # What `setup_roles` takes from a database does not come along with its copy.
        server.execute(sql.SQL("revoke temporary on database {} from public").format(sql.Identifier(name)))

    _on_every_node(make)


def drop(name: str) -> None:
    """Drop it on every node, whoever is connected."""
    statement = sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name))
    _on_every_node(lambda server: _insist(lambda: server.execute(statement)))


def join(name: str) -> None:
    """Make the nodes' databases of that name one cluster."""

    def extend(server: psycopg.Connection) -> None:
        with _at(_address(server), name) as database:
            database.execute("create extension citus")

    _on_every_node(extend)
    coordinator, *workers = _addresses()
    with _at(coordinator, name) as database:
        database.execute("select citus_set_coordinator_host(%s, %s)", _host_and_port(coordinator))
        for worker in workers:
            database.execute("select citus_add_node(%s, %s)", _host_and_port(worker))


@contextmanager
def at_rest(name: str) -> Iterator[None]:
    """Inside, nobody is connected to it on any node, nor can be: Citus's own daemons would come back."""
    _allow(name, "false")
    try:
        yield
    finally:
        _allow(name, "true")


def close(name: str, *, as_name: str) -> None:
    """Give a finished template its name; nobody connects to it from then on."""
    _allow(name, "false")
    rename = sql.SQL("alter database {} rename to {}").format(sql.Identifier(name), sql.Identifier(as_name))
    _on_every_node(lambda server: _insist(lambda: server.execute(rename)))


@contextmanager
def runtime_is_owner() -> Iterator[None]:
    """Inside, the runtime role may do what the owner may, on every node: in one transaction Citus does not let two
    roles write the same shard."""
    owner, runtime = (
        sql.Identifier(unquote(urlsplit(settings.DATABASE_OWNER_URL).username or "")),
        sql.Identifier(settings.RUNTIME_ROLE),
    )
    _run_on_every_node(sql.SQL("grant {} to {}").format(owner, runtime))
    try:
        yield
    finally:
        _run_on_every_node(sql.SQL("revoke {} from {}").format(owner, runtime))


def _run_on_every_node(statement: sql.Composed) -> None:
    def run(server: psycopg.Connection) -> None:
        server.execute("set citus.enable_ddl_propagation to off")
        server.execute(statement)

    _on_every_node(run)


def _allow(name: str, word: str) -> None:
    def run(server: psycopg.Connection) -> None:
        server.execute(
            sql.SQL("alter database {} with allow_connections {}").format(sql.Identifier(name), sql.SQL(word))
        )
        if word == "false":
            server.execute(_LEAVE, [name])

    _on_every_node(run)


def _insist(attempt: Callable[[], Any]) -> None:
    """Try until those who are leaving have left."""
    for left in range(_ATTEMPTS - 1, -1, -1):
        try:
            attempt()
        except ObjectInUse:
            if not left:
                raise
            sleep(1 / 4)
        else:
            return


def _on_every_node(do: Callable[[psycopg.Connection], Any]) -> None:
    def run(address: str) -> None:
        with _at(address) as server:
            do(server)

    with ThreadPoolExecutor() as pool:
        list(pool.map(run, _addresses()))


def _addresses() -> list[str]:
    coordinator = urlsplit(settings.DATABASE_SUPERUSER_URL)
    return [f"{coordinator.hostname}:{coordinator.port or 5432}", *NODES]


def _address(server: psycopg.Connection) -> str:
    return f"{server.info.host}:{server.info.port}"


def _host_and_port(address: str) -> tuple[str, int]:
    host, _, port = address.rpartition(":")
    return host, int(port)


def _at(address: str, database: str = "postgres") -> psycopg.Connection:
    host, port = _host_and_port(address)
    return psycopg.connect(
        settings.DATABASE_SUPERUSER_URL, host=host, port=port, dbname=database, autocommit=True
    )
