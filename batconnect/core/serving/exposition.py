"""Figures of the processes of one program, added up and answered to Prometheus by its main process.

Each process writes into files of its own in one folder (PROMETHEUS_MULTIPROC_DIR), which Prometheus' client looks for
once, when it is first imported: `prepare` comes before that.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from typing import Final

_FOLDER: Final = "PROMETHEUS_MULTIPROC_DIR"
_BEGINNING: Final = "batconnect-metrics-"


def is_wanted(port: str) -> bool:
    """Whether the environment names a port to answer on, in the variable `port`."""
    return os.environ.get(port, "0") not in ("", "0")


def prepare() -> None:
    """Make the folder, unless the environment names one."""
    if _FOLDER not in os.environ:
        os.environ[_FOLDER] = tempfile.mkdtemp(prefix=_BEGINNING)


def answer(*, port: str, address: str) -> None:
    """Answer from now on, at any path, where the variables `port` and `address` say; by default on 127.0.0.1 alone."""
    from prometheus_client import CollectorRegistry, multiprocess, start_http_server

    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry)
    start_http_server(int(os.environ[port]), addr=os.environ.get(address, "127.0.0.1"), registry=registry)


def forget_process(pid: int) -> None:
    """Forget the gauges of a process that has ended. Counters stay."""
    from prometheus_client import multiprocess

    multiprocess.mark_process_dead(pid)


def remove() -> None:
    """Remove the folder, if `prepare` made it."""
    folder = os.environ.get(_FOLDER, "")
    if os.path.basename(folder).startswith(_BEGINNING):
        shutil.rmtree(folder, ignore_errors=True)
