"""The web process of the Procfile and the load client, for the benchmarks over HTTP."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


@contextmanager
def web() -> Iterator[int]:
    """The web process as the Procfile starts it, on a free port."""
    from batconnect.embedded.ports import find_free_port

    port = find_free_port()
    line = next(text for text in (ROOT / "Procfile").read_text().splitlines() if text.startswith("web:"))
    environ = {
        **os.environ,
        "PORT": str(port),
        "BIND": "127.0.0.1",
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
    }
    process = subprocess.Popen(["/bin/sh", "-c", line.removeprefix("web:")], cwd=ROOT, env=environ)
    try:
        _wait_until_up(port)
        yield port
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=20)


def _wait_until_up(port: int) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/", timeout=5):
                return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


@contextmanager
def load_client() -> Iterator[Any]:
    """The load client's process; call what it yields with the members of a job (`benchmarks.client`)."""
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.client"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin
    assert process.stdout

    def send(**job: Any) -> dict[str, Any]:
        process.stdin.write(json.dumps(job) + "\n")  # type: ignore[union-attr]  # a pipe, as asked for
        process.stdin.flush()  # type: ignore[union-attr]
        return json.loads(process.stdout.readline())  # type: ignore[union-attr,no-any-return]

    try:
        yield send
    finally:
        process.stdin.close()
        process.wait(timeout=20)
