"""The environment of every process: what is not configured is served by the embedded servers.

A process that uses them holds `embedded.users` in common with the others until it ends, however it ends: the
kernel lets go for a killed one. A process that finds itself alone on leaving stops the servers.
"""

import atexit
import base64
import fcntl
import os
import secrets
from collections.abc import Callable, Mapping, MutableMapping
from pathlib import Path

from . import broker, postgres
from .files import exclusive, open_lock, try_exclusive, write_private
from .paths import DataDir, locate_data_dir

ADDRESSES = ("DATABASE_URL", "CELERY_BROKER_URL")
"""What every process needs to know about the servers."""
OWNERS_ADDRESSES = ("DATABASE_OWNER_URL", "DATABASE_SUPERUSER_URL", "DATABASE_BACKUP_URL")
"""What only a command at the operator's hand may know."""

_operators: set[int] = set()
"""The process, once it was prepared as an operator's."""

_memberships: dict[Path, tuple[int, int]] = {}
"""Per data dir: the process that joined, and its descriptor of the users' lock."""


def prepare_environment(*, environ: MutableMapping[str, str] = os.environ) -> None:
    """Set what is not set: runtime database URL, broker URL and secret keys, with the servers behind them running.

    Sets `DATABASE_URL` (runtime role) and `BATCONNECT_EMBEDDED=1` when the database is the embedded one;
    `CELERY_BROKER_URL` when the broker is; `SECRET_KEY` and `ENCRYPTION_KEYS` only beside the embedded database;
    `BATCONNECT_DATA_DIR` always, absolute. What is already set wins, unless it was inherited from a process that
    used the same servers: then they are made sure of again.
    Raises EmbeddedError when a server cannot be started.
    """
    data = locate_data_dir(environ=environ)
    environ["BATCONNECT_DATA_DIR"] = str(data.path)
    wants_database = uses_database(data=data, environ=environ)
    wants_broker = uses_broker(data=data, environ=environ)
    if not wants_database and not wants_broker:
        return
    data.make()
    with exclusive(path=data.lock):
        _join(data=data)
        if wants_database:
            _use_database(data=data, environ=environ)
        if wants_broker:
            environ["CELERY_BROKER_URL"] = broker.ensure_broker(data=data, environ=environ).url()


def prepare_operators_environment(*, environ: MutableMapping[str, str] = os.environ) -> None:
    """As `prepare_environment`, for a command at the operator's hand: it may act as the database's owner.

    Sets `DATABASE_OWNER_URL` (migrations, roles) and `DATABASE_SUPERUSER_URL` (tests) too, out of the embedded
    database's record. Web servers, workers and beat never call this.
    """
    _operators.add(os.getpid())
    prepare_environment(environ=environ)
    data = locate_data_dir(environ=environ)
    if environ.get("BATCONNECT_EMBEDDED") == "1" and uses_database(data=data, environ=environ):
        address = postgres.recorded_address(data=data)
        assert address is not None
        environ["DATABASE_OWNER_URL"] = address.url(role=postgres.OWNER_ROLE)
        environ["DATABASE_SUPERUSER_URL"] = address.url(role=postgres.SUPERUSER)


def without_owner(*, environ: Mapping[str, str]) -> dict[str, str]:
    """The environment of web servers, workers and beat: nothing in it leads to more than the runtime role."""
    return {name: value for name, value in environ.items() if name not in OWNERS_ADDRESSES}


def forget_owner(*, environ: MutableMapping[str, str] = os.environ) -> None:
    """Drop the owner's addresses, if whoever started this web server, worker or beat by hand left them in.

    Nothing happens in an operator's command, which may import the same modules.
    """
    if os.getpid() not in _operators:
        for name in OWNERS_ADDRESSES:
            environ.pop(name, None)


def uses_database(*, data: DataDir, environ: Mapping[str, str]) -> bool:
    """True when no other database than the embedded one of this data dir is configured."""
    return _is_unset_or_ours(data=data, url=environ.get("DATABASE_URL", ""))


def uses_broker(*, data: DataDir, environ: Mapping[str, str]) -> bool:
    """True when no other broker than the embedded one of this data dir is configured."""
    return _is_unset_or_ours(data=data, url=environ.get("CELERY_BROKER_URL", ""))


def leave(*, data: DataDir) -> bool:
    """Stop using the servers; the last one out stops them. True when this was the last."""
    joined = _memberships.pop(data.path, None)
    # A forked child shares its parent's membership and must not end it.
    if joined is None or joined[0] != os.getpid() or not data.path.exists():
        return False
    descriptor = joined[1]
    with exclusive(path=data.lock):
        last = try_exclusive(descriptor=descriptor)
        if last:
            stop_servers(data=data)
        os.close(descriptor)
    return last


def stop_servers(*, data: DataDir) -> None:
    """Stop database and broker of this data dir. The caller holds `data.lock`."""
    broker.stop_broker(data=data)
    postgres.stop_postgres(data=data)


def has_users(*, data: DataDir) -> bool:
    """True when some process uses the servers just now."""
    descriptor = open_lock(path=data.users)
    try:
        return not try_exclusive(descriptor=descriptor)
    finally:
        os.close(descriptor)


def _join(*, data: DataDir) -> None:
    joined = _memberships.get(data.path)
    if joined is not None and joined[0] == os.getpid():
        return
    descriptor = open_lock(path=data.users)
    fcntl.flock(descriptor, fcntl.LOCK_SH)
    _memberships[data.path] = (os.getpid(), descriptor)
    atexit.register(leave, data=data)


def _use_database(*, data: DataDir, environ: MutableMapping[str, str]) -> None:
    address = postgres.ensure_postgres(data=data)
    environ["DATABASE_URL"] = address.url(role=postgres.RUNTIME_ROLE)
    environ["BATCONNECT_EMBEDDED"] = "1"
    for name, path, make in (
        ("SECRET_KEY", data.secret_key, lambda: secrets.token_urlsafe(48)),
        ("ENCRYPTION_KEYS", data.encryption_keys, _new_encryption_key),
    ):
        if not environ.get(name):
            environ[name] = _ensure_secret(path=path, make=make)


def _is_unset_or_ours(*, data: DataDir, url: str) -> bool:
    if not url:
        return True
    database = postgres.recorded_address(data=data) if url.startswith("postgresql:") else None
    if database is not None:
        return f":{database.passwords[postgres.RUNTIME_ROLE]}@" in url
    queue = broker.recorded_address(data=data) if url.startswith("redis") else None
    return queue is not None and queue.url() == url


def _new_encryption_key() -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()


def _ensure_secret(*, path: Path, make: Callable[[], str]) -> str:
    if not path.exists():
        write_private(path=path, text=make())
    return path.read_text(encoding="utf-8").strip()
