"""`make run` on a data folder of its own: the first start until it is ready, and started again."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.results import Section, median
from benchmarks.scratch import SETTINGS_OF_A_RUN
from benchmarks.web import ROOT

AGAIN, LONGEST_S = 3, 300
TITLE = "From start to ready"


def measure() -> Section:
    """Seconds until `/health/ready/` answers, with requirements installed and the demo loaded at the first start."""
    folder = Path(tempfile.mkdtemp(prefix="batconnect-restart-"))
    folder.chmod(0o755)
    try:
        first = _start(folder)
        again = [_start(folder) for _ in range(AGAIN)]
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    section = Section(
        TITLE,
        "`python -m batconnect.embedded run` with an empty data folder, requirements installed, and then again with "
        f"what it left, {AGAIN} times.",
    )
    section.add("first start until it is ready, s", f"{first:.1f}")
    section.at_most("started again until it is ready, s", median(again), 8)
    return section


def _start(folder: Path) -> float:
    from batconnect.embedded.announcement import answers_ready
    from batconnect.embedded.ports import find_free_port

    port = find_free_port()
    environ = {name: value for name, value in os.environ.items() if name not in SETTINGS_OF_A_RUN}
    environ |= {"BATCONNECT_DATA_DIR": str(folder), "PORT": str(port)}
    began = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", "batconnect.embedded", "run"], cwd=ROOT, env=environ, stdout=subprocess.DEVNULL
    )
    try:
        while not answers_ready(port=port):
            assert process.poll() is None, "the run ended"
            assert time.monotonic() - began < LONGEST_S, "the run does not get ready"
            time.sleep(0.1)
        return time.monotonic() - began
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=60)
