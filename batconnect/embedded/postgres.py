"""The embedded PostgreSQL of one data dir: where it lives, its roles, and that it runs."""

import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path

from .binaries import locate_programs
from .cluster import Cluster
from .errors import EmbeddedError, PortTakenError
from .files import hand_to_owner_of_folder, make_open_folder, read_record, write_private, write_record
from .paths import DataDir
from .ports import LOOPBACK, find_free_port, is_free
from .server_user import ServerUser, choose_server_user

DATABASE = "batconnect"
SUPERUSER = "postgres"
OWNER_ROLE = "batconnect_owner"
RUNTIME_ROLE = "batconnect_app"
ROLES = (SUPERUSER, OWNER_ROLE, RUNTIME_ROLE)
START_ATTEMPTS = 5


@dataclass(frozen=True)
class PostgresAddress:
    """Where the server is and the passwords of its roles."""

    port: int
    passwords: dict[str, str]

    def url(self, *, role: str) -> str:
        """The database URL of the role."""
        return f"postgresql://{role}:{self.passwords[role]}@{LOOPBACK}:{self.port}/{DATABASE}"


def ensure_postgres(*, data: DataDir) -> PostgresAddress:
    """Make the cluster if there is none, start it if it does not run, and say where it is.

    The caller holds `data.lock`. Raises EmbeddedError when it cannot be made or started.
    """
    cluster = open_cluster(data=data)
    record = read_record(path=data.postgres_record)
    passwords = _ensure_passwords(data=data, record=record)
    if not cluster.exists():
        cluster.create(statements=_roles_and_database(passwords=passwords))
    elif not record:
        # The record was lost and with it the passwords: give the roles the new ones.
        cluster.stop()
        cluster.alter(statements=_give_passwords(passwords=passwords))
    port = cluster.running_port()
    if port is None:
        cluster.clear_remains()
        port = _start(cluster=cluster, preferred=int(record.get("port") or find_free_port()))
    if record.get("port") != str(port):
        write_record(path=data.postgres_record, record={**passwords, "port": str(port)})
    return PostgresAddress(port=port, passwords=passwords)


def stop_postgres(*, data: DataDir) -> None:
    """Stop the server of this data dir, if it has one. The caller holds `data.lock`."""
    if data.postgres_record.exists():
        open_cluster(data=data).stop()


def recorded_address(*, data: DataDir) -> PostgresAddress | None:
    """Where the server was last started, or None when there never was one; it may not run."""
    record = read_record(path=data.postgres_record)
    if "port" not in record:
        return None
    return PostgresAddress(port=int(record["port"]), passwords={role: record[role] for role in ROLES})


def open_cluster(*, data: DataDir) -> Cluster:
    """The cluster of this data dir with its folder made, whether or not it was initialized yet."""
    home = data.postgres
    if data.postgres_pointer.exists():
        home = Path(data.postgres_pointer.read_text(encoding="utf-8").strip())
    user = choose_server_user(cluster_home=home)
    if not home.exists():
        if not user.can_enter(folder=data.path):
            home = _place_under_state_root(data=data, user=user)
        home.mkdir(mode=0o700, exist_ok=True)
        user.own(folder=home)
        if not user.switch:
            hand_to_owner_of_folder(path=home)
    programs = locate_programs(data=data, user=user)
    title = f"batconnect-{data.digest}"
    return Cluster(home=home, programs=programs, user=user, title=title, durable=data.durable)


def _place_under_state_root(*, data: DataDir, user: ServerUser) -> Path:
    folder = data.state_root / data.digest
    make_open_folder(path=data.state_root)
    if (folder / "postgres").exists():
        _set_aside(data=data, folder=folder)
    make_open_folder(path=folder)
    if not user.can_enter(folder=folder):
        raise EmbeddedError(
            f"The server's user cannot enter {folder}. Set BATCONNECT_STATE_DIR or DATABASE_URL."
        )
    write_private(path=data.postgres_pointer, text=f"{folder / 'postgres'}\n")
    return folder / "postgres"


def _set_aside(*, data: DataDir, folder: Path) -> None:
    # A cluster without a pointer is that of an earlier data dir of the same name: another installation's
    # data, so it is kept, out of the way.
    user = choose_server_user(cluster_home=folder / "postgres")
    programs = locate_programs(data=data, user=user)
    Cluster(home=folder / "postgres", programs=programs, user=user, title=f"batconnect-{data.digest}").stop()
    number = next(n for n in range(1, 10_000) if not (folder / f"postgres.{n}").exists())
    shutil.move(folder / "postgres", folder / f"postgres.{number}")


def _ensure_passwords(*, data: DataDir, record: dict[str, str]) -> dict[str, str]:
    # Kept before the cluster is made: a crash in between must not lose them.
    passwords = {role: record.get(role) or secrets.token_urlsafe(24) for role in ROLES}
    if any(role not in record for role in ROLES) and not open_cluster(data=data).exists():
        write_record(path=data.postgres_record, record={**record, **passwords})
    return passwords


def _roles_and_database(*, passwords: dict[str, str]) -> list[str]:
    return [
        f"CREATE ROLE {OWNER_ROLE} LOGIN CREATEDB NOCREATEROLE NOSUPERUSER NOBYPASSRLS",
        f"CREATE ROLE {RUNTIME_ROLE} LOGIN NOCREATEDB NOCREATEROLE NOSUPERUSER NOBYPASSRLS",
        *_give_passwords(passwords=passwords),
        f"CREATE DATABASE {DATABASE} OWNER {OWNER_ROLE}",
    ]


def _give_passwords(*, passwords: dict[str, str]) -> list[str]:
    return [f"ALTER ROLE {role} PASSWORD '{passwords[role]}'" for role in ROLES]


def _start(*, cluster: Cluster, preferred: int) -> int:
    port = preferred if is_free(port=preferred) else find_free_port()
    for _ in range(START_ATTEMPTS):
        try:
            cluster.start(port=port)
        except PortTakenError:
            port = find_free_port()
        else:
            return port
    raise EmbeddedError("No free loopback port was found for the embedded PostgreSQL.")
