"""A primary and its streaming replica, of embedded servers, with a copy of the suite's database in them."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import psycopg
from django.conf import settings
from django.db import connection

from batconnect.embedded.cluster import Cluster
from batconnect.embedded.paths import locate_data_dir
from batconnect.embedded.ports import find_free_port
from batconnect.embedded.postgres import DATABASE, OWNER_ROLE, RUNTIME_ROLE, SUPERUSER, open_cluster

PASSWORD: Final = "of-the-drill"
_ROLES: Final = (SUPERUSER, OWNER_ROLE, RUNTIME_ROLE)


class Server:
    """One of the two."""

    def __init__(self, suite: Cluster, folder: Path, name: str) -> None:
        home = folder / name
        home.mkdir(mode=0o700)
        suite.user.own(folder=home)
        self.cluster = Cluster(
            home, suite.programs, suite.user, title=f"batconnect-drill-{name}-{os.getpid()}"
        )
        self.port = find_free_port()

    def url(self, role: str = SUPERUSER) -> str:
        return f"postgresql://{role}:{PASSWORD}@127.0.0.1:{self.port}/{DATABASE}"

    def run(self, program: str, *words: str) -> None:
        done = self.cluster.user.run(command=[self.cluster.programs / program, *words])
        assert done.returncode == 0, done.stderr

    def ask(self, statement: str) -> Any:
        with psycopg.connect(self.url(), autocommit=True) as superuser:
            cursor = superuser.execute(statement)
            row = cursor.fetchone() if cursor.description else None
            return row[0] if row else None

    def start(self) -> None:
        self.cluster.start(port=self.port)

    def kill(self) -> None:
        """Every process at once, as when the machine's power goes."""
        for pid in self.cluster.backends():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.cluster.clear_remains()


class Pair:
    """The primary and the replica."""

    def __init__(self, folder: Path) -> None:
        suite = open_cluster(data=locate_data_dir(environ=os.environ))
        self.primary, self.replica = (Server(suite, folder, name) for name in ("primary", "replica"))

    def begin(self) -> None:
        self.primary.cluster.create(
            statements=[
                f"CREATE ROLE {OWNER_ROLE} LOGIN",
                f"CREATE ROLE {RUNTIME_ROLE} LOGIN",
                *(f"ALTER ROLE {role} PASSWORD '{PASSWORD}'" for role in _ROLES),
                f"CREATE DATABASE {DATABASE} OWNER {OWNER_ROLE}",
            ]
        )
        with (self.primary.cluster.folder / "pg_hba.conf").open("a") as rules:
            rules.write("host replication all 127.0.0.1/32 scram-sha-256\n")
        self.primary.start()
        dump = self.primary.cluster.home / "suite.dump"
        name = connection.settings_dict["NAME"]
        self.primary.run("pg_dump", "-Fc", "-f", str(dump), "-d", at_database(str(name)))
        self.primary.run("pg_restore", "-d", self.primary.url(), "--exit-on-error", str(dump))
        self.replica.run(
            *("pg_basebackup", "-R", "--checkpoint=fast", "--no-manifest"),
            *("--pgdata", str(self.replica.cluster.folder), "--dbname", self.primary.url()),
        )
        self.replica.start()

    def end(self) -> None:
        for server in (self.replica, self.primary):
            server.cluster.stop()

    def url(self, sessions: str) -> str:
        """Either of them, as the application is told: the one that takes such sessions."""
        hosts = ",".join(f"127.0.0.1:{server.port}" for server in (self.primary, self.replica))
        return f"postgresql://{RUNTIME_ROLE}:{PASSWORD}@{hosts}/{DATABASE}?target_session_attrs={sessions}"


def at_database(name: str) -> str:
    """The superuser's address of a database of the suite's server."""
    return urlsplit(settings.DATABASE_SUPERUSER_URL)._replace(path=f"/{name}").geturl()


@contextmanager
def replicated() -> Iterator[Pair]:
    """Both, streaming; nothing is left of them afterwards."""
    suite = open_cluster(data=locate_data_dir(environ=os.environ))
    folder = suite.home / f"drill-{os.getpid()}"
    folder.mkdir(mode=0o700)
    suite.user.own(folder=folder)
    pair = Pair(folder)
    try:
        pair.begin()
        yield pair
    finally:
        pair.end()
        shutil.rmtree(folder)
