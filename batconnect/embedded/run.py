"""What `make run` does: servers, the database's contents, then web, worker and beat until told to stop."""

import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from honcho.environ import parse_procfile
from rich.console import Console

from . import processes
from .announcement import announce_when_ready, describe_installation
from .environment import prepare_environment
from .errors import EmbeddedError, PortTakenError
from .files import exclusive, read_record, write_record
from .forwarding import run_forwarding_signals
from .journal import Journal
from .paths import PROJECT_ROOT, DataDir, locate_data_dir
from .ports import is_free
from .preparation import forget_prepared, is_prepared, remember_prepared
from .supervisor import Supervisor

# In the environment of everything that a run starts, so that a later one finds what a crash left behind.
MARKER = "BATCONNECT_SUPERVISED"
LEFTOVER_SECONDS = 2.0
TOLD_TO_STOP = (128 + signal.SIGINT, 128 + signal.SIGTERM)
DEFAULT_PORT = "8000"
DEFAULT_BIND = "127.0.0.1"


def run() -> int:
    """Start everything and stay until SIGINT or SIGTERM; returns the exit code (0 when told to stop).

    Raises EmbeddedError when this data dir is already being served, PortTakenError before it starts.
    """
    data = locate_data_dir(environ=os.environ)
    data.make()
    _claim(data=data)
    signal.signal(signal.SIGTERM, _stop)
    # A closed terminal stops the run as a SIGTERM would.
    signal.signal(signal.SIGHUP, _stop)
    console = Console(highlight=False)
    try:
        return _run(data=data, console=console)
    except KeyboardInterrupt:
        return 0
    finally:
        # From here on the servers are stopped; a second Ctrl-C must not cut that short.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)


def _run(*, data: DataDir, console: Console) -> int:
    began = time.monotonic()
    os.environ.setdefault("BIND", DEFAULT_BIND)
    # The Procfile names programs of this virtual environment, which need not be an activated one.
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    port = int(os.environ.setdefault("PORT", DEFAULT_PORT))
    _require_free_port(port=port)
    with _step(console=console, title="Starting database and broker"):
        prepare_environment()
    with _step(console=console, title="Preparing the database"):
        code = _prepare(data=data, console=console)
    if code in TOLD_TO_STOP:
        console.print("Stopped before everything was prepared; `make run` goes on from here.")
        return 0
    if code:
        raise EmbeddedError(f"manage.py prepare failed with exit code {code}.")
    announce_when_ready(
        port=port,
        describe=lambda console: describe_installation(
            data=data, port=port, seconds=time.monotonic() - began, is_terminal=console.is_terminal
        ),
    )
    commands = parse_procfile((PROJECT_ROOT / "Procfile").read_text(encoding="utf-8")).processes
    failure = Supervisor(commands=commands, data=data, journal=Journal(programs=commands)).run()
    if failure:
        raise EmbeddedError(failure)
    with suppress(OSError):  # the terminal may be closed by now
        console.print("Everything has stopped; `make run` starts it again, with all its data.")
    return 0


def _prepare(*, data: DataDir, console: Console) -> int:
    """Run `manage.py prepare`, unless this state of the project did so for this cluster; its exit code."""
    embedded = os.environ.get("BATCONNECT_EMBEDDED") == "1"
    if embedded and is_prepared(data=data):
        console.print("  Nothing changed since it was last prepared.")
        return 0
    forget_prepared(data=data)
    # The demo goes into the database that came with the project, never into one that was given.
    demo = ["--demo"] if embedded else []
    code = run_forwarding_signals(command=[sys.executable, str(PROJECT_ROOT / "manage.py"), "prepare", *demo])
    if embedded and code == 0:
        remember_prepared(data=data)
    return code


def _stop(signum: int, frame: object) -> None:
    raise KeyboardInterrupt


def _claim(*, data: DataDir) -> None:
    """Become the one run of this data dir, ending what a killed one left; returns in a program run anew.

    /proc shows the environment that exec was given, so the marker gets there by an exec of ourselves, which
    keeps process id and start time. Raises EmbeddedError when another run is alive.
    """
    this = {"pid": str(os.getpid()), "started": str(processes.started_at_ticks(pid=os.getpid()))}
    with exclusive(path=data.lock):
        record = read_record(path=data.run_record)
        if record == this and os.environ.get(MARKER) == str(data.path):
            return
        if record and _is_alive(record=record):
            raise EmbeddedError(
                f"{data.path} is already being served by process {record['pid']}; stop that one first."
            )
        _end_leftovers(data=data)
        write_record(path=data.run_record, record=this)
    environ = {**os.environ, MARKER: str(data.path), "BATCONNECT_DATA_DIR": str(data.path)}
    os.chdir(PROJECT_ROOT)
    os.execve(sys.executable, [sys.executable, "-m", "batconnect.embedded", "run"], environ)  # noqa: S606 - ourselves


def is_served(*, data: DataDir) -> bool:
    """True while a run serves this data dir."""
    record = read_record(path=data.run_record)
    return bool(record and _is_alive(record=record))


def _is_alive(*, record: dict[str, str]) -> bool:
    pid = int(record["pid"])
    return processes.is_alive(pid=pid) and str(processes.started_at_ticks(pid=pid)) == record["started"]


def _end_leftovers(*, data: DataDir) -> None:
    def leftovers() -> list[int]:
        return processes.with_environment(name=MARKER, value=str(data.path))

    processes.end(pids=leftovers, gentle=signal.SIGTERM, seconds=LEFTOVER_SECONDS)


def _require_free_port(*, port: int) -> None:
    if not is_free(port=port, host=os.environ["BIND"]):
        raise PortTakenError(f"Port {port} is taken by another program. Choose one: PORT={port + 1} make run")


@contextmanager
def _step(*, console: Console, title: str) -> Iterator[None]:
    began = time.monotonic()
    with console.status(f"{title} …") if console.is_terminal else _plain(console=console, title=title):
        yield
    console.print(f"✓ {title} [dim]({time.monotonic() - began:.1f} s)[/dim]")


@contextmanager
def _plain(*, console: Console, title: str) -> Iterator[None]:
    console.print(f"… {title}")
    yield
