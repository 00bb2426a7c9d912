"""The memory of an installation's processes, by name, while the day goes on."""

from __future__ import annotations

import os
import statistics
import threading
import time
from collections import defaultdict
from pathlib import Path

from batconnect.embedded import processes
from tests.system.installation import Installation

EVERY_SECONDS = 2.0
GROWTH, MEGABYTES = 1.25, 24.0
"""A process is flat that ends at most so much above the middle of the day: a ratio, or what is small for any."""
_NAMES = (
    ("batconnect.serving", "web"),
    (" beat ", "beat"),
    (" worker ", "worker"),
    ("redis", "broker"),
    ("batconnect.embedded", "supervisor"),
)


class Memory(threading.Thread):
    """Samples what each process has of its own (`RssAnon`: shared buffers are not counted once for each)."""

    def __init__(self, installation: Installation) -> None:
        super().__init__(name="memory", daemon=True)
        self._installation = installation
        self._ended = threading.Event()
        self._samples: dict[str, list[tuple[float, float]]] = defaultdict(list)

    def run(self) -> None:
        while not self._ended.wait(EVERY_SECONDS):
            now, largest = time.time(), dict[str, float]()
            for pid in self._installation.alive():
                if megabytes := _own_megabytes(pid):
                    name = _name(processes.command_line(pid=pid), pid)
                    largest[name] = max(largest.get(name, 0.0), megabytes)
            for name, megabytes in largest.items():
                self._samples[name].append((now, megabytes))

    def end(self) -> None:
        self._ended.set()
        self.join()

    def flat(self, *, middle: float, end: float) -> list[tuple[str, float, float, bool]]:
        """Of each name the largest process around the middle and at the end, and whether it stayed flat."""
        said = []
        margin = (end - middle) / 5
        for name, samples in sorted(self._samples.items()):
            around = [size for at, size in samples if middle - margin <= at <= middle + margin]
            last = [size for at, size in samples if at >= end - margin]
            if around and last:
                before, after = statistics.median(around), statistics.median(last)
                said.append((name, before, after, after <= max(before * GROWTH, before + MEGABYTES)))
        return said


def _own_megabytes(pid: int) -> float:
    try:
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("RssAnon:"):
                return int(line.split()[1]) / 1024
    except OSError:  # it ended meanwhile
        pass
    return 0.0


def _name(command: str, pid: int) -> str:
    if command.startswith("postgres:"):
        return "database, connections" if "batconnect_" in command else "database, its own"
    for words, name in _NAMES:
        if words in f" {command} ":
            parent = processes.parent(pid=pid) or 0
            is_child = words in f" {processes.command_line(pid=parent)} "
            return f"{name}, {'process' if is_child else 'main'}" if name in ("web", "worker") else name
    return os.path.basename(command.split(" ")[0]) or "?"
