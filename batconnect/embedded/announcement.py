"""Tells the operator when everything is ready, and where."""

import http.client
import threading
import time
from collections.abc import Callable

from honcho.printer import Message, Printer
from rich.console import Console
from rich.panel import Panel

from .paths import DataDir
from .ports import LOOPBACK

READY_PATH = "/health/ready/"
READY_SECONDS = 120
POLL_SECONDS = 0.1


class ReadyPrinter(Printer):
    """Prints the processes' lines, and the announcement once the web process says it is ready."""

    def __init__(self, *, port: int, announce: Callable[[], Panel]) -> None:
        super().__init__()
        self._port = port
        self._announce = announce
        self._watching = False

    def write(self, message: Message) -> None:
        """Print one line. The first comes when all processes were forked: only then may a thread start."""
        super().write(message)
        if not self._watching:
            self._watching = True
            threading.Thread(target=self._watch, name="ready", daemon=True).start()

    def _watch(self) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            if answers_ready(port=self._port):
                Console(highlight=False).print(self._announce())
                return
            time.sleep(POLL_SECONDS)


def answers_ready(*, port: int) -> bool:
    """True when the web process answers its readiness check with 200."""
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=5)
    try:
        connection.request("GET", READY_PATH)
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def describe_installation(*, data: DataDir, port: int, seconds: float) -> Panel:
    """Where the console and the API are, with the demo logins if there are any."""
    lines = [
        f"Console   http://localhost:{port}/admin/",
        f"API       http://localhost:{port}/docs",
    ]
    if data.demo_logins.exists():
        lines += ["", data.demo_logins.read_text(encoding="utf-8").strip()]
    lines += ["", "Ctrl-C stops everything; all data is kept."]
    return Panel("\n".join(lines), title=f"BAT Connect is ready after {seconds:.1f} s", expand=False)
