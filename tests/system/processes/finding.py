"""The processes of an installation, found by what they are."""

from __future__ import annotations

from collections.abc import Callable

from batconnect.embedded import processes
from batconnect.embedded.postgres import open_cluster
from tests.system.installation import Installation

Find = Callable[[Installation], list[int]]


def program(words: str) -> Find:
    """The main process of the program whose command line has these words."""

    def find(installation: Installation) -> list[int]:
        assert installation.supervisor
        return [
            pid
            for pid in installation.supervised()
            if words in processes.command_line(pid=pid)
            and processes.parent(pid=pid) == installation.supervisor.pid
        ]

    return find


def children(words: str) -> Find:
    """The children of that program."""

    def find(installation: Installation) -> list[int]:
        parents = program(words)(installation)
        return [pid for pid in installation.supervised() if processes.parent(pid=pid) in parents]

    return find


def postmaster(installation: Installation) -> list[int]:
    cluster = open_cluster(data=installation.data)
    try:
        pid = int(cluster.pid_file.read_text().splitlines()[0])
    except (FileNotFoundError, IndexError):
        return []
    return [pid] if cluster.lives() else []


def redis(installation: Installation) -> list[int]:
    return [pid for pid in installation.broker() if processes.is_alive(pid=pid)]


WEB, WORKER, BEAT = "batconnect.serving", "batconnect.celery:app worker", "batconnect.celery:app beat"
PROCESSES: dict[str, Find] = {
    "web worker": children(WEB),
    "web master": program(WEB),
    "worker's child": children(WORKER),
    "worker": program(WORKER),
    "beat": program(BEAT),
    "PostgreSQL": postmaster,
    "Redis": redis,
}
