"""Tells the operator when everything is ready, and where."""

import http.client
import threading
import time
from collections.abc import Callable
from contextlib import suppress

from rich.console import Console
from rich.panel import Panel

from .paths import DataDir
from .ports import LOOPBACK

READY_PATH = "/health/ready/"
READY_SECONDS = 120
POLL_SECONDS = 0.1


def announce_when_ready(*, port: int, describe: Callable[[Console], Panel]) -> None:
    """Print the announcement once the web process says it is ready; returns at once."""

    def watch() -> None:
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            if answers_ready(port=port):
                console = Console(highlight=False)
                # Nobody may be reading any more.
                with suppress(OSError):
                    console.print(describe(console))
                return
            time.sleep(POLL_SECONDS)

    threading.Thread(target=watch, name="ready", daemon=True).start()


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


def describe_installation(*, data: DataDir, port: int, seconds: float, is_terminal: bool) -> Panel:
    """Where the console and the API are, and the demo logins if there are any.

    Their password is printed only to a terminal: anything else, such as a log, would keep it.
    """
    lines = [
        f"Console   http://localhost:{port}/admin/",
        f"API       http://localhost:{port}/docs",
    ]
    if data.demo_logins.exists():
        logins = data.demo_logins.read_text(encoding="utf-8").strip()
        lines += ["", logins if is_terminal else f"The demo logins are in {data.demo_logins}"]
    lines += ["", "Ctrl-C stops everything; all data is kept."]
    return Panel("\n".join(lines), title=f"BAT Connect is ready after {seconds:.1f} s", expand=False)
