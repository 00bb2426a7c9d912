"""A disk that is full, for the processes of one installation: the system refuses every byte that they write to a file.

The limit of a file's size does that without a disk of its own, and for an ordinary user too; a process inherits it, so
that what is started meanwhile has it as well. The database's sessions are left out: of a limit PostgreSQL tells them
as of an error of its own (XX000), where a full disk has a state (53100) that `tests/faults/test_outages.py` gives them.
Its writers are not, and the first of them that cannot write the log ends every session.
"""

from __future__ import annotations

import subprocess
import time
from pathlib import Path
from typing import Final

from batconnect.embedded.postgres import open_cluster
from tests.system.installation import Installation

_WRITERS: Final = (b"checkpointer", b"background writer", b"walwriter")
_SETTING: Final = "for pid in {pids}; do prlimit --pid $pid --fsize={limit}: || true; done"


def fill_disk(installation: Installation, *, seconds: float) -> None:
    """Refuse what is written for so long; `free_disk` ends it."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        _limit(installation, "0")
        time.sleep(0.2)


def free_disk(installation: Installation) -> None:
    """Let everything write again. What was started while it ran has the old limit: to be called until all is well."""
    _limit(installation, "unlimited")


def _limit(installation: Installation, limit: str) -> None:
    cluster = open_cluster(data=installation.data)
    servers = cluster.backends()
    assert installation.supervisor is not None
    others = [installation.supervisor.pid, *(set(installation.alive()) - set(servers))]
    writers = [pid for pid in servers if _title(pid).endswith(_WRITERS)]
    # Each by the user whose processes they are: others may not, not even root in a container.
    cluster.user.run(command=_command(writers, limit))
    subprocess.run(_command(others, limit), capture_output=True, check=False)


def _title(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().rstrip(b"\0 ")
    except OSError:
        return b""


def _command(pids: list[int], limit: str) -> list[str]:
    return ["sh", "-c", _SETTING.format(pids=" ".join(map(str, pids)), limit=limit)]
